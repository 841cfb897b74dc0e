//! How the program ends.

use std::io::Write as _;
use std::process::ExitCode;

/// The exit statuses of the command line's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    Usage,
    /// Ended with fewer records than asked for.
    TooFew,
    /// More records came than were expected.
    Surplus,
    /// Done, but with a gap that was shown.
    Gap,
    /// Ended by the signal of this number.
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::TooFew => 3,
            Exit::Surplus => 4,
            Exit::Gap => 5,
            Exit::Signal(number) => 128_u8.saturating_add(number),
        })
    }
}

/// Why a command failed: one sentence that says what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<crate::source::ConfigError> for Failure {
    fn from(error: crate::source::ConfigError) -> Self {
        Self(error.to_string())
    }
}

/// Says something on stderr. What comes from outside is made harmless.
pub fn complain(sentence: &str) {
    // A stderr that nobody reads is no reason to fail.
    let _ = writeln!(std::io::stderr().lock(), "dynascope: {}", crate::model::text::sanitize(sentence));
}

/// Says lines on stderr. What they quote is made harmless.
pub fn complain_lines(text: &str) {
    let _ = std::io::stderr().lock().write_all(crate::model::text::sanitize_lines(text).as_bytes());
}

/// Prints to stdout. A reader that has gone (`| head`) ends the command quietly.
pub fn print(text: &str) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write: {error}")))
        }
        Ok(()) | Err(_) => Ok(Exit::Done),
    }
}
