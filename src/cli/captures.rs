//! Files that records are read from, off the thread of whoever wants them.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{Receiver, channel};

use super::exit::Failure;
use crate::files::Opened;
use crate::journal::Captured;
use crate::source::capture::{self, Input};

/// Pieces that wait to be handled: each is made of half a megabyte.
const PIECES: usize = 2;

/// Opens all files, and reads them on a thread of their own. `-` is stdin.
pub fn open(files: &[PathBuf]) -> Result<Receiver<Captured>, Failure> {
    let inputs = files.iter().map(|path| input(path)).collect::<Result<Vec<Input>, Failure>>()?;
    let (piece_in, pieces) = channel(PIECES);
    let tell = move |piece| piece_in.blocking_send(piece).is_ok();
    let thread = std::thread::Builder::new().name("captures".to_owned());
    let cannot = |error| Failure::new(format!("cannot start to read: {error}"));
    thread.spawn(move || capture::read(inputs, tell)).map_err(cannot)?;
    Ok(pieces)
}

fn input(path: &Path) -> Result<Input, Failure> {
    let is_stdin = is_stdin(path);
    let name = name(path);
    let opened = if is_stdin { Opened::stdin() } else { Opened::file(path) };
    let opened = opened.map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
    Ok(Input { name, bytes: opened.bytes, size: opened.size, taken: opened.taken })
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A file as it is called on the screen.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}
