//! The one door to the terminal: raw mode, the alternate screen, paste, mouse, signals, and the way
//! back.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::io::{self, Stdout, Write as _, stdout};
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use rustix::process::{Signal as Unix, getpid, kill_process};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

pub use crossterm::event::Event;

use crate::model::text::sanitize_lines;

/// Whether the terminal is ours, and has to be given back. Held until the whole of a change is done:
/// where one thread gives the terminal back while another takes it, it would be left half of each.
/// Nothing that is done meanwhile panics, as the panic hook would then wait for itself.
static IS_OURS: Mutex<bool> = Mutex::new(false);

fn is_ours() -> MutexGuard<'static, bool> {
    IS_OURS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back as it was. Called by whatever ends the explorer; only the first call
/// does anything.
pub fn restore() {
    give_back(&mut is_ours());
}

fn give_back(is_ours: &mut bool) {
    if !std::mem::take(is_ours) {
        return;
    }
    let mut out = stdout();
    // Each on its own: where one fails, the others still help.
    let _ = execute!(out, DisableMouseCapture);
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen);
    let _ = execute!(out, cursor::Show);
    let _ = disable_raw_mode();
    let _ = out.flush();
}

fn take(is_ours: &mut bool, with_mouse: bool) -> io::Result<()> {
    // Before anything is changed: what fails half-way is undone too.
    *is_ours = true;
    let taken = enable_raw_mode().and_then(|()| {
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if with_mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
    });
    if taken.is_err() {
        give_back(is_ours);
    }
    taken
}

/// A panic in any thread gives the terminal back before its message is written, made harmless: it may
/// quote a value. Where the explorer lives on (the panic of a task is caught), it takes the terminal
/// again, and the message stays in the scrollback.
pub fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            // Until the message is written nobody takes the terminal again.
            let mut is_ours = is_ours();
            give_back(&mut is_ours);
            let backtrace = Backtrace::capture();
            let mut text = info.to_string();
            if backtrace.status() == BacktraceStatus::Captured {
                let _ = write!(text, "\n{backtrace}");
            }
            let _ = io::stderr().lock().write_all(sanitize_lines(&text).as_bytes());
        }));
    });
}

/// The terminal, taken. Dropping it gives it back.
#[derive(Debug)]
pub struct Terminal {
    // Never dropped: its drop prints to stderr, and panics, where the terminal is gone.
    inner: ManuallyDrop<ratatui::Terminal<CrosstermBackend<Stdout>>>,
    has_mouse: bool,
}

impl Terminal {
    /// Takes the terminal: raw mode, the alternate screen, bracketed paste, the mouse.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        take(&mut is_ours(), true)?;
        let inner = ratatui::Terminal::new(CrosstermBackend::new(stdout())).inspect_err(|_| restore())?;
        Ok(Self { inner: ManuallyDrop::new(inner), has_mouse: true })
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.inner.draw(draw).map(|_| ())
    }

    /// Takes the terminal again where a panic or a suspension gave it back; the next frame is drawn
    /// whole. Whether it had to be.
    pub fn reclaim(&mut self) -> io::Result<bool> {
        let mut is_ours = is_ours();
        if *is_ours {
            return Ok(false);
        }
        take(&mut is_ours, self.has_mouse)?;
        // Not `clear`: it asks the terminal where the cursor is, and the answer would go to the
        // thread that reads keys.
        let size = self.inner.size()?;
        self.inner.resize(size.into())?;
        Ok(true)
    }

    pub fn capture_mouse(&mut self, capture: bool) -> io::Result<()> {
        self.has_mouse = capture;
        if capture { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) }
    }

    /// Asks the terminal to put a text on its clipboard (OSC 52). It may not do so, and does not say.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Gives the terminal back and stops this process, until it is continued. The caller then
    /// reclaims the terminal.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        // STOP, as TSTP is caught by us. The shell sees a stopped job either way.
        kill_process(getpid(), Unix::STOP)?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Hands over what happens at the terminal, until nobody takes it or the terminal is gone. Blocks.
pub fn read_events(mut take: impl FnMut(Event) -> bool) {
    while let Ok(event) = crossterm::event::read() {
        if !take(event) {
            return;
        }
    }
}

/// What the system tells a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// To end, by the signal with this number.
    End(i32),
    Suspend,
    Continue,
}

/// The signals that the explorer heeds.
#[derive(Debug)]
pub struct Signals {
    terminate: Stream,
    hangup: Stream,
    interrupt: Stream,
    stop: Stream,
    go_on: Stream,
}

impl Signals {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(Unix::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Unix::CONT.as_raw()))?,
        })
    }

    /// The next of them. Loses none when it is dropped while waiting.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::End(SignalKind::terminate().as_raw_value()),
            _ = self.hangup.recv() => Told::End(SignalKind::hangup().as_raw_value()),
            _ = self.interrupt.recv() => Told::End(SignalKind::interrupt().as_raw_value()),
            _ = self.stop.recv() => Told::Suspend,
            _ = self.go_on.recv() => Told::Continue,
        }
    }
}
