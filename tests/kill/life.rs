//! One run of the program, whose output comes through a pipe to the last byte, and its end.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::io::ioctl_fionread;

use super::support::AWS_ENVIRONMENT;
use super::support::deadline::{Deadline, PATIENCE};
use super::world::{World, version};

pub struct Life {
    child: Child,
    /// As long as nobody reads it.
    unread: Option<ChildStdout>,
    pieces: Receiver<Vec<u8>>,
    pub output: Vec<u8>,
}

/// What was printed by the end.
pub struct Death {
    /// The records, by their number.
    pub printed: Vec<usize>,
    /// The last line was cut off.
    pub is_torn: bool,
}

impl Life {
    pub fn begin(world: &World, capture: &Path, is_last: bool) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
        command.env_clear().envs(AWS_ENVIRONMENT).env("HOME", "/nonexistent");
        command.env("AWS_ENDPOINT_URL", world.endpoint());
        command.args(["tail", "events", "--from", "trim-horizon", "-o", "jsonl", "--checkpoint"]);
        command.arg(world.checkpoint()).arg("--capture").arg(capture);
        command.args(is_last.then_some("--no-follow"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(world.said()).unwrap());
        let mut child = command.spawn().unwrap();
        let unread = child.stdout.take();
        Self { child, unread, pieces: channel().1, output: vec![] }
    }

    /// Reads its output from now on.
    pub fn read(&mut self) {
        let Some(mut stdout) = self.unread.take() else { return };
        let (sender, pieces) = channel();
        self.pieces = pieces;
        thread::spawn(move || {
            let mut piece = [0; 4_096];
            while let Ok(length @ 1..) = stdout.read(&mut piece) {
                if sender.send(piece[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
    }

    /// Waits until the pipe is full: then it has written a part of what it wants to write. How many bytes
    /// that are depends on the pieces that they came in.
    pub fn stall(&self) {
        let deadline = Deadline::after(PATIENCE);
        while ioctl_fionread(self.unread.as_ref().unwrap()).unwrap() < 25_000 {
            assert!(!deadline.has_passed(), "the pipe never fills");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Takes what comes within a moment; false if nothing did.
    pub fn take(&mut self) -> bool {
        match self.pieces.recv_timeout(Duration::from_millis(5)) {
            Ok(piece) => {
                self.output.extend(piece);
                true
            }
            Err(_) => false,
        }
    }

    pub fn kill(mut self) -> Death {
        assert_eq!(self.child.try_wait().unwrap(), None, "it ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.read();
        self.death()
    }

    /// Waits until it ends by itself.
    pub fn end(mut self) -> Death {
        self.read();
        self.output.extend(self.pieces.iter().flatten());
        assert!(self.child.wait().unwrap().success());
        self.death()
    }

    fn death(mut self) -> Death {
        // What was printed and not read yet is in the pipe.
        self.output.extend(self.pieces.iter().flatten());
        let text = String::from_utf8_lossy(&self.output);
        let is_torn = !text.is_empty() && !text.ends_with('\n');
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        Death { printed: whole.lines().map(version).collect(), is_torn }
    }
}
