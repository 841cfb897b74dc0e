//! Reads captures, and what Lambda and the AWS CLI write, into pages of records and facts beside.

mod blocks;
mod facts;
mod gather;
mod lines;
mod seen;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SendError, SyncSender, TrySendError, sync_channel};

use crate::journal::{Captured, SoFar, Trouble};
use blocks::{Blocks, Piece};
use lines::Lines;
use values::Values;

/// Blocks that wait to be made sense of.
const WAITING: usize = 2;

/// A file to be read.
pub struct Input {
    /// As it was named.
    pub name: String,
    pub bytes: Box<dyn Read + Send>,
    /// Absent where it is no file but a pipe.
    pub size: Option<u64>,
    /// How many of its bytes have been taken, compressed as they are.
    pub taken: Arc<AtomicU64>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("name", &self.name).field("size", &self.size).finish_non_exhaustive()
    }
}

/// What the thread that reads hands to the one that makes sense of it.
enum Work {
    Begin(String),
    Lines(Lines),
    TooLong,
    /// The rest of the file cannot be read.
    Trouble(Trouble),
    End,
}

/// Reads files one after the other, and tells what they bring until nobody listens.
///
/// It blocks: on the files, and on whoever is told.
pub fn read(inputs: Vec<Input>, mut tell: impl FnMut(Captured) -> bool) {
    let of = inputs.iter().map(|input| input.size).sum();
    let taken: Vec<Arc<AtomicU64>> = inputs.iter().map(|input| Arc::clone(&input.taken)).collect();
    let bytes = || taken.iter().map(|taken| taken.load(Relaxed)).sum();
    let (work_in, work) = sync_channel(WAITING);
    // Not joined: it may wait for ever in a pipe that nobody writes to.
    let reading = std::thread::Builder::new().name("files".to_owned());
    let mut values = Values::new(SoFar { of, ..SoFar::default() });
    if let Err(error) = reading.spawn(move || take_in(inputs, &work_in)) {
        values.trouble(Trouble { sentence: format!("the files cannot be read: {error}"), is_torn: false });
    }
    take_apart(&work, &mut values, bytes, &mut tell);
}

fn take_apart(
    work: &Receiver<Work>,
    values: &mut Values,
    bytes: impl Fn() -> u64,
    tell: &mut impl FnMut(Captured) -> bool,
) {
    for work in work {
        match work {
            Work::Begin(name) => values.begin(name),
            Work::Lines(lines) => values.lines(lines),
            Work::TooLong => values.too_long(),
            Work::Trouble(trouble) => values.trouble(trouble),
            Work::End => values.end(),
        }
        if !tell(values.take(bytes())) {
            return;
        }
    }
    tell(values.finish(bytes()));
}

/// Ends when the other side has gone.
fn take_in(inputs: Vec<Input>, work: &SyncSender<Work>) {
    for input in inputs {
        let is_pipe = input.size.is_none();
        let trouble = |error: io::Error| {
            let is_torn = error.kind() == io::ErrorKind::UnexpectedEof;
            Work::Trouble(Trouble { sentence: format!("{}: {error}", input.name), is_torn })
        };
        let mut blocks = Blocks::new(input.bytes, is_pipe);
        if work.send(Work::Begin(input.name.clone())).is_err() {
            return;
        }
        loop {
            let done = match blocks.next() {
                Ok(Some(Piece::Lines(bytes))) => {
                    let lines = Lines::new(bytes);
                    blocks.lend(&lines.text);
                    hand_over(work, lines)
                }
                Ok(Some(Piece::TooLong)) => work.send(Work::TooLong),
                Ok(None) => break,
                // What came before it has been handed over.
                Err(error) => {
                    if work.send(trouble(error)).is_err() {
                        return;
                    }
                    break;
                }
            };
            if done.is_err() {
                return;
            }
        }
        if work.send(Work::End).is_err() {
            return;
        }
    }
}

/// While the other side is busy with what came before, a part of its work is done here.
fn hand_over(work: &SyncSender<Work>, lines: Lines) -> Result<(), SendError<Work>> {
    match work.try_send(Work::Lines(lines)) {
        Ok(()) => Ok(()),
        Err(TrySendError::Full(Work::Lines(mut lines))) => {
            lines.read_ahead();
            work.send(Work::Lines(lines))
        }
        Err(TrySendError::Full(other) | TrySendError::Disconnected(other)) => Err(SendError(other)),
    }
}
