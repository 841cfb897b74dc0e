//! The program without a terminal: its arguments and environment go in, its output and end come out.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use super::AWS_ENVIRONMENT;
use super::deadline::{Deadline, PATIENCE};

/// dynascope, about to run in a clean environment.
pub struct Program {
    command: Command,
}

/// How it ended, and all it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The exit status; where a signal killed it, the signal's number, negative.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    pub fn new(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
        command.env_clear().envs(AWS_ENVIRONMENT).env("HOME", "/nonexistent").env("TZ", "UTC");
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command }
    }

    /// Against an endpoint.
    pub fn at(endpoint: &str, args: &[&str]) -> Self {
        Self::new(args).env("AWS_ENDPOINT_URL", endpoint)
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// With files that cannot grow beyond so many kilobytes: as on a disk that is full.
    pub fn with_full_disk(self, kilobytes: u32) -> Self {
        let mut command = Command::new("/bin/bash");
        let script = format!("trap '' XFSZ; ulimit -S -f {kilobytes}; exec \"$0\" \"$@\"");
        command
            .env_clear()
            .arg("-c")
            .arg(script)
            .arg(self.command.get_program())
            .args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command }
    }

    /// With a stdin that stays open: [`tell`](Running::tell) writes to it.
    pub fn listening(mut self) -> Self {
        self.command.stdin(Stdio::piped());
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Ended {
        self.start().wait()
    }

    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().expect("dynascope starts");
        let stdout = child.stdout.take().map(BufReader::new);
        let said: Arc<Mutex<String>> = Arc::default();
        let stderr = child.stderr.take().map(|stderr| {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                let (mut stderr, mut line) = (BufReader::new(stderr), String::new());
                while stderr.read_line(&mut line).expect("stderr is UTF-8") > 0 {
                    *said.lock().unwrap() += &std::mem::take(&mut line);
                }
                said.lock().unwrap().clone()
            })
        });
        let stdin = child.stdin.take();
        Running { child, stdin, stdout, stderr, said }
    }
}

fn text(mut source: impl Read) -> String {
    let mut bytes = vec![];
    source.read_to_end(&mut bytes).expect("output can be read");
    String::from_utf8(bytes).expect("output is UTF-8")
}

/// A running program. Dropped, it is killed.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<JoinHandle<String>>,
    /// Of stderr, so far.
    said: Arc<Mutex<String>>,
}

impl Running {
    /// Writes to its stdin.
    pub fn tell(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("it listens");
        stdin.write_all(text.as_bytes()).expect("stdin takes a text");
    }

    /// There is room on the disk again.
    pub fn free_disk(&self) {
        let limit = getrlimit(Resource::Fsize).maximum;
        let all = Rlimit { current: limit, maximum: limit };
        prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, all).expect("a limit is raised");
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the next line of stdout, without its end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("stdout is open");
        stdout.read_line(&mut line).expect("output is UTF-8");
        assert!(line.ends_with('\n'), "the output ended with {line:?}");
        line.trim_end_matches('\n').to_owned()
    }

    /// Waits until it has said something on stderr.
    pub fn wait_to_say(&self, text: &str) {
        let deadline = Deadline::after(PATIENCE);
        while !self.said.lock().unwrap().contains(text) {
            assert!(!deadline.has_passed(), "not {text:?} but:\n{}", self.said.lock().unwrap());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Reads no more, as `head` when it has enough.
    pub fn close_stdout(&mut self) {
        drop(self.stdout.take());
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the program takes a signal");
    }

    /// Waits for its end; what of its output was read before is not in it.
    pub fn wait(mut self) -> Ended {
        let stdout = self.stdout.take().map(|stdout| thread::spawn(move || text(stdout)));
        let deadline = Deadline::after(PATIENCE * 2);
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the state of the program") {
                break status;
            }
            if deadline.has_passed() {
                // The readers end with it: what it said is told.
                self.child.kill().expect("the program is killed");
                let said = self.stderr.take().map(|stderr| stderr.join().unwrap()).unwrap_or_default();
                panic!("the program does not end; it said:\n{said}");
            }
            thread::sleep(Duration::from_millis(2));
        };
        let read = |reader: Option<JoinHandle<String>>| {
            reader.map(|reader| reader.join().expect("output is read")).unwrap_or_default()
        };
        Ended {
            status: status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)),
            stdout: read(stdout),
            stderr: read(self.stderr.take()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
