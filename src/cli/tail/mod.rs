//! `dynascope tail STREAM...`: records to stdout as they come.

mod args;

use std::io::{self, IsTerminal as _};

use super::Global;
use super::exit::{Exit, Failure, complain};
use super::following::{Event, Following, Wanted, gap_sentence, not_everything, streams_text};
use super::session::Session;
use super::signals::Signals;
use crate::model::{Gap, ShardId};
use crate::output::Writer;
use crate::store::Page;
use args::Output;
pub use args::TailArgs;

pub async fn run(global: &Global, args: &TailArgs) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::new(format!("no signals: {error}")))?;
    let mut tailing = tokio::select! {
        tailing = Tailing::open(global, args) => tailing?,
        signal = signals.next() => return Ok(Exit::Signal(signal)),
    };
    let timeout = async {
        match args.timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        ended = tailing.run() => ended?,
        signal = signals.next() => Ended::Signal(signal),
        () = timeout => Ended::Timeout,
    };
    tailing.finish(ended, args)
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// As many records as asked for.
    Enough,
    /// Everything that was there has been read.
    Drained,
    Timeout,
    Signal(u8),
    /// Nobody reads stdout any more.
    ClosedPipe,
}

struct Tailing {
    following: Following,
    writer: Writer<io::StdoutLock<'static>>,
    no_follow: bool,
    /// Records still wanted.
    wanted: Option<u64>,
    gaps: u64,
}

impl Tailing {
    async fn open(global: &Global, args: &TailArgs) -> Result<Self, Failure> {
        let mut session = Session::open(global, &args.streams).await?;
        let streams = session.resolve(&args.streams).await?;
        let wanted = Wanted {
            start: args.from.start(),
            only: args.shard.as_deref().map(ShardId::new),
            give_up: args.give_up,
            resume: format!("dynascope tail {}", streams_text(&args.streams)),
        };
        let stdout = io::stdout();
        let format = Output::format(args.output, stdout.is_terminal());
        let writer = Writer::new(stdout.lock(), format)
            .with_terminal(stdout.is_terminal())
            .with_facts(args.gaps)
            .with_tables(streams.len() > 1)
            .with_color(global.color.on(&stdout));
        Ok(Self {
            following: Following::new(session, streams, wanted)?,
            writer,
            no_follow: args.no_follow,
            wanted: args.max_records,
            gaps: 0,
        })
    }

    async fn run(&mut self) -> Result<Ended, Failure> {
        if self.wanted == Some(0) {
            return Ok(Ended::Enough);
        }
        loop {
            let ended = match self.following.next().await? {
                Event::Page { stream, shard, page } => self.show(stream, &shard, &page)?,
                Event::Gap { stream, gap } => {
                    self.show_gap(stream, &gap);
                    None
                }
                Event::Rest => self.rest()?,
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// All that has come is handed over; perhaps it was the last.
    fn rest(&mut self) -> Result<Option<Ended>, Failure> {
        let is_last = self.following.is_over() || self.no_follow && self.following.is_drained();
        Ok(self.flush()?.or(is_last.then_some(Ended::Drained)))
    }

    fn flush(&mut self) -> Result<Option<Ended>, Failure> {
        written(self.writer.flush())
    }

    fn show(&mut self, stream: usize, shard: &ShardId, page: &Page) -> Result<Option<Ended>, Failure> {
        let follower = &self.following.followers()[stream];
        for record in page.records() {
            let done = written(self.writer.record(follower.stream(), shard, follower.key_names(), record))?;
            if done.is_some() {
                return Ok(done);
            }
            if let Some(wanted) = &mut self.wanted {
                *wanted -= 1;
                if *wanted == 0 {
                    self.flush()?;
                    return Ok(Some(Ended::Enough));
                }
            }
        }
        for poison in page.poison() {
            complain(&format!("shard {shard}: a record cannot be understood: {}", poison.reason));
            self.writer.poison(follower.stream(), shard, page, poison);
        }
        Ok(None)
    }

    fn show_gap(&mut self, stream: usize, gap: &Gap) {
        self.gaps += 1;
        complain(&gap_sentence(gap));
        self.writer.gap(self.following.followers()[stream].stream(), gap);
    }

    fn finish(mut self, ended: Ended, args: &TailArgs) -> Result<Exit, Failure> {
        if ended != Ended::ClosedPipe && self.flush()? == Some(Ended::ClosedPipe) {
            return Ok(Exit::Done);
        }
        if let (Ended::Drained, Some(error)) = (ended, self.following.failure()) {
            return Err(not_everything(error));
        }
        Ok(match ended {
            Ended::Signal(number) => Exit::Signal(number),
            Ended::Timeout | Ended::Drained if args.max_records.is_some() => Exit::TooFew,
            Ended::Enough | Ended::Drained | Ended::Timeout if self.gaps > 0 => Exit::Gap,
            Ended::Enough | Ended::Drained | Ended::Timeout | Ended::ClosedPipe => Exit::Done,
        })
    }
}

/// A closed pipe is an end, not a failure.
fn written(result: io::Result<()>) -> Result<Option<Ended>, Failure> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(Ended::ClosedPipe)),
        Err(error) => Err(Failure::new(format!("cannot write: {error}"))),
    }
}
