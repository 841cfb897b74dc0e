//! How `tail` ends: what is still to be said, and saved.

use std::io;
use std::sync::Arc;

use super::Tailing;
use super::wait::Goal;
use crate::cli::exit::{Exit, Failure, complain};
use crate::cli::following::{Event, not_everything};
use crate::model::ShardId;
use crate::store::Page;

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As many records as asked for, and no more where that was asked, too.
    Enough,
    /// One more than was expected.
    Surplus,
    /// Whether there are more than expected could not be found out.
    Unread,
    /// Everything that was there, or was wanted, has been read.
    Drained,
    Timeout,
    Signal(u8),
    /// Nobody reads stdout any more.
    ClosedPipe,
}

impl Tailing {
    /// Says how it ended, with the checkpoint where it was printed to.
    pub fn finish(mut self, ended: Result<Ended, Failure>) -> Result<Exit, Failure> {
        let saved = self.save_last();
        match (ended, saved) {
            (Ok(ended), Ok(())) => self.exit(ended),
            (Ok(ended), Err(failure)) => {
                // What is said of the end comes first, its status counts no more.
                self.exit(ended)?;
                Err(failure)
            }
            (Err(failure), saved) => {
                if let Err(unsaved) = saved {
                    complain(&unsaved.to_string());
                }
                Err(failure)
            }
        }
    }

    fn exit(&mut self, ended: Ended) -> Result<Exit, Failure> {
        if ended != Ended::ClosedPipe {
            let finished = self.writer.finish();
            if self.written(finished)? == Some(Ended::ClosedPipe) {
                return Ok(Exit::Done);
            }
        }
        for word in self.selection.last_words() {
            complain(&word);
        }
        if let (Ended::Drained, Some(error)) = (ended, self.following.failure()) {
            return Err(not_everything(error));
        }
        Ok(match ended {
            Ended::Signal(number) => Exit::Signal(number),
            Ended::Surplus => {
                complain("more records came than were expected; the last one printed is too many");
                Exit::Surplus
            }
            Ended::Unread => {
                return Err(Failure::new(
                    "the time is over, and not every shard could be read: whether more records came is not known",
                ));
            }
            Ended::Timeout | Ended::Drained if self.wait.lacks_records() => {
                if let Goal::Expected { least, .. } = self.goal {
                    complain(&format!("{} of {least} expected records came", self.wait.shown()));
                }
                Exit::TooFew
            }
            Ended::Enough | Ended::Drained | Ended::Timeout if self.gaps > 0 => Exit::Gap,
            Ended::Enough | Ended::Drained | Ended::Timeout | Ended::ClosedPipe => Exit::Done,
        })
    }

    /// The last state of the checkpoint. What was read and not printed is read again by the next run.
    fn save_last(&mut self) -> Result<(), Failure> {
        let mut unshown: Vec<(usize, ShardId, Arc<Page>)> = self.in_hand.take().into_iter().collect();
        for event in self.following.take_rest() {
            match event {
                Event::Page { stream, shard, page } => unshown.push((stream, shard, page)),
                Event::Gap { stream, gap } => self.show_gap(stream, &gap),
                Event::Described { .. } | Event::Rest => {}
            }
        }
        for (stream, shard, page) in unshown {
            if let Some(saving) = &mut self.saving {
                saving.hold(stream, &self.following.followers()[stream], &shard, &page, 0);
            }
        }
        let is_printed = self.flush()?.is_none() && !self.has_failed_to_write;
        match self.saving.take().filter(|_| is_printed) {
            Some(saving) => saving.finish(self.following.followers()),
            None => Ok(()),
        }
    }

    /// A closed pipe is an end, not a failure.
    pub(super) fn written(&mut self, result: io::Result<()>) -> Result<Option<Ended>, Failure> {
        self.has_failed_to_write |= result.is_err();
        match result {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(Ended::ClosedPipe)),
            Err(error) => Err(Failure::new(format!("cannot write: {error}"))),
        }
    }
}
