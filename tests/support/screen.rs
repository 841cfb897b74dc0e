//! A terminal for the tests: a program runs in it, keys go in, a screen comes out.

use std::io::Write;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use vt100::Parser;

use super::AWS_ENVIRONMENT;
use super::deadline::{Deadline, PATIENCE};
use super::emulator::{Answers, Output, Shared, read_on};
use super::keys::keys;

/// After an Esc a terminal's reader cannot tell it from Alt until nothing follows for a while.
const AFTER_ESC: Duration = Duration::from_millis(100);

/// A program in a terminal of its own. Dropped, the program is killed.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    // Held open, so that the terminal's settings can be read after the program has ended.
    _slave: Box<dyn SlavePty + Send>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    shared: Arc<Shared>,
    settings_before: String,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    Status(u32),
    /// The signal by its description: `Terminated`, `Killed`.
    Signal(String),
}

/// How the program is started: `Screen::command("bash").arg("-i").size(80, 24).spawn()`.
pub struct Start {
    command: CommandBuilder,
    size: PtySize,
}

impl Start {
    pub fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn directory(mut self, path: &std::path::Path) -> Self {
        self.command.cwd(path);
        self
    }

    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = size(columns, rows);
        self
    }

    pub fn spawn(self) -> Screen {
        let pair = native_pty_system().openpty(self.size).expect("a pseudo-terminal");
        let shared = Arc::new(Shared::default());
        let (rows, columns) = (non_zero(self.size.rows), non_zero(self.size.cols));
        let parser = Parser::new_with_callbacks(rows, columns, 0, Answers::default());
        *shared.output.lock().unwrap() = Some(Output { parser, raw: vec![] });
        let reader = pair.master.try_clone_reader().expect("a reader of the terminal");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer to the terminal")));
        let settings_before = settings(pair.master.as_ref());
        let child = pair
            .slave
            .spawn_command(self.command.clone())
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", self.command));
        thread::spawn({
            let (shared, writer) = (shared.clone(), writer.clone());
            move || read_on(reader, &shared, &writer)
        });
        Screen { child, master: pair.master, _slave: pair.slave, writer, shared, settings_before }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// The emulator knows no empty screen; the program is told the real size.
fn non_zero(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).unwrap_or(NonZeroU16::MIN)
}

/// The terminal's settings (termios), as text that can be compared.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:#?}", master.get_termios().expect("the settings of the terminal"))
}

impl Screen {
    /// dynascope itself.
    pub fn spawn(args: &[&str], columns: u16, rows: u16) -> Self {
        Self::command(env!("CARGO_BIN_EXE_dynascope")).args(args).size(columns, rows).spawn()
    }

    /// Any program, in a clean environment: no variable of the tests' own but `PATH`.
    pub fn command(program: &str) -> Start {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        let fixed =
            [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("HOME", "/nonexistent")];
        for (name, value) in fixed.into_iter().chain(AWS_ENVIRONMENT) {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Start { command, size: size(80, 24) }
    }

    fn output(&self) -> MutexGuard<'_, Option<Output>> {
        self.shared.output.lock().unwrap()
    }

    /// Reads the screen: `screen.see(|screen| screen.cell(0, 0)…)`.
    pub fn see<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.output().as_ref().expect("set at the start").parser.screen())
    }

    /// The screen's text: lines without what is empty at their end.
    pub fn text(&self) -> String {
        self.see(vt100::Screen::contents)
    }

    /// Everything that the program has sent to the terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.output().as_ref().expect("set at the start").raw.clone()
    }

    /// Waits until the screen is as wanted; fails, showing it, when that takes too long.
    pub fn wait_for(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        self.wait_for_output(what, |output| wanted(output.parser.screen()));
    }

    /// Waits until the program has sent this text, whether it is still on the screen or not.
    pub fn wait_for_sent(&mut self, text: &str) {
        let has_it = |raw: &[u8]| raw.windows(text.len()).any(|window| window == text.as_bytes());
        self.wait_for_output(&format!("{text:?}"), |output| has_it(&output.raw));
    }

    fn wait_for_output(&mut self, what: &str, wanted: impl Fn(&Output) -> bool) {
        let deadline = Deadline::after(PATIENCE);
        loop {
            // Asked before the screen is looked at: what it wrote last is then still seen.
            let ended = self.child.try_wait().expect("the state of the program");
            let output = self.output();
            if wanted(output.as_ref().expect("set at the start")) {
                return;
            }
            // Woken by output, or by and by to notice an end.
            let pause = deadline.left().min(Duration::from_millis(50));
            let (output, timeout) = self.shared.grew.wait_timeout(output, pause).unwrap();
            let still = timeout.timed_out();
            drop(output);
            if let Some(status) = ended.filter(|_| still) {
                panic!("the program ended ({status:?}) before the screen showed {what}:\n{}", self.dump());
            }
            assert!(!deadline.has_passed(), "the screen never showed {what}:\n{}", self.dump());
        }
    }

    pub fn wait_for_text(&mut self, text: &str) {
        self.wait_for(&format!("{text:?}"), |screen| screen.contents().contains(text));
    }

    pub fn wait_for_no_text(&mut self, text: &str) {
        self.wait_for(&format!("no {text:?}"), |screen| !screen.contents().contains(text));
    }

    /// Presses keys: `jj<Enter><C-d><Esc>`.
    pub fn keys(&mut self, text: &str) {
        let cursor_keys = self.see(vt100::Screen::application_cursor);
        for key in keys(text, cursor_keys) {
            self.send(&key);
            if key == [0x1b] {
                thread::sleep(AFTER_ESC);
            }
        }
    }

    /// Pastes text, bracketed if the program asked for that.
    pub fn paste(&mut self, text: &str) {
        if self.see(vt100::Screen::bracketed_paste) {
            self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
        } else {
            self.send(text.as_bytes());
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.writer.lock().unwrap().write_all(bytes).expect("the terminal takes input");
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        let mut output = self.output();
        let parser = &mut output.as_mut().expect("set at the start").parser;
        parser.set_size(non_zero(rows), non_zero(columns));
        drop(output);
        self.master.resize(size(columns, rows)).expect("the terminal takes a size");
    }

    /// Sends a signal to the program itself.
    pub fn signal(&mut self, signal: rustix::process::Signal) {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(rustix::process::Pid::from_raw).expect("the program runs");
        rustix::process::kill_process(id, signal).expect("the program takes a signal");
    }

    /// Waits for the end of the program, and of what it wrote.
    pub fn wait_for_exit(&mut self) -> Exit {
        let deadline = Deadline::after(PATIENCE);
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the state of the program") {
                break status;
            }
            assert!(!deadline.has_passed(), "the program does not end:\n{}", self.dump());
            thread::sleep(Duration::from_millis(5));
        };
        self.wait_until_still(Duration::from_millis(50));
        match status.signal() {
            Some(signal) => Exit::Signal(signal.to_owned()),
            None => Exit::Status(status.exit_code()),
        }
    }

    /// Waits until nothing has been written for `span`; returns how many bytes came meanwhile.
    pub fn wait_until_still(&mut self, span: Duration) -> usize {
        let deadline = Deadline::after(PATIENCE);
        let start = self.raw().len();
        loop {
            let before = self.raw().len();
            thread::sleep(span);
            let now = self.raw().len();
            if now == before {
                return now - start;
            }
            assert!(!deadline.has_passed(), "the program writes on and on:\n{}", self.dump());
        }
    }

    /// Fails unless the terminal is as it was before the program: settings, screen, cursor, modes.
    pub fn assert_restored(&self) {
        assert_eq!(settings(self.master.as_ref()), self.settings_before, "the settings of the terminal");
        self.see(|screen| {
            assert!(!screen.alternate_screen(), "the alternate screen is still shown");
            assert!(!screen.hide_cursor(), "the cursor is still hidden");
            assert!(!screen.bracketed_paste(), "bracketed paste is still on");
            assert!(!screen.application_cursor(), "the arrows still send application codes");
            assert!(!screen.application_keypad(), "the keypad still sends application codes");
            let mouse = screen.mouse_protocol_mode();
            assert_eq!(mouse, vt100::MouseProtocolMode::None, "the mouse is still reported");
            let plain =
                screen.fgcolor() == vt100::Color::Default && screen.bgcolor() == vt100::Color::Default;
            assert!(plain && !screen.bold() && !screen.inverse(), "text is still styled");
        });
    }

    fn dump(&self) -> String {
        let (columns, lines) = self.see(|screen| {
            let columns = screen.size().1.get();
            (columns, screen.rows(0, columns).collect::<Vec<_>>())
        });
        let edge = "─".repeat(usize::from(columns));
        let tail = self.raw();
        let tail = String::from_utf8_lossy(&tail[tail.len().saturating_sub(300)..]).into_owned();
        format!("┌{edge}\n│{}\n└{edge}\nlast output: {tail:?}", lines.join("\n│"))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
