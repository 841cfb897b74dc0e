//! `dynascope tail STREAM...`: records to stdout as they come.

mod args;
mod markers;
mod ready;
mod until;
mod wait;

use std::io::{self, IsTerminal as _, StdoutLock};
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::Global;
use super::capturing::Capturing;
use super::exit::{Exit, Failure, complain};
use super::following::{Event, Following, Wanted, gap_sentence, not_everything, streams_text};
use super::format::LOSSY;
use super::privacy::Veil;
use super::selection::Selection;
use super::session::Session;
use super::signals::Signals;
use crate::clock;
use crate::follow::Start;
use crate::journal::Entry;
use crate::model::{Gap, Marker, ShardId, Time};
use crate::output::Writer;
use crate::store::Page;
pub use args::TailArgs;
use markers::Markers;
use ready::Ready;
use until::Until;
use wait::{Goal, Wait};

pub async fn run(global: &Global, args: &TailArgs) -> Result<Exit, Failure> {
    if let Some(contradiction) = args.contradiction(clock::now()) {
        complain(contradiction);
        return Ok(Exit::Usage);
    }
    let ready = Ready::awaited(args.ready_file.as_deref())?;
    let mut signals = Signals::listen().map_err(|error| Failure::new(format!("no signals: {error}")))?;
    let mut tailing = tokio::select! {
        tailing = Tailing::open(global, args, ready) => tailing?,
        signal = signals.next() => return Ok(Exit::Signal(signal)),
    };
    let ended = tokio::select! {
        ended = tailing.run() => ended,
        signal = signals.next() => Ok(Ended::Signal(signal)),
    };
    // However it ended: what was read is written.
    let is_captured = match tailing.capturing.take() {
        Some(capturing) => capturing.finish().await,
        None => true,
    };
    let exit = tailing.finish(ended?)?;
    Ok(if exit == Exit::Done && !is_captured { Exit::Gap } else { exit })
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
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

struct Tailing {
    following: Following,
    writer: Writer<StdoutLock<'static>>,
    no_follow: bool,
    until: Option<Until>,
    selection: Selection,
    veil: Arc<Veil>,
    wait: Wait,
    goal: Goal,
    ready: Ready,
    gaps: u64,
    markers: Markers,
    capturing: Option<Capturing>,
}

impl Tailing {
    async fn open(global: &Global, args: &TailArgs, ready: Ready) -> Result<Self, Failure> {
        let veil = Arc::new(args.privacy.veil()?);
        let capturing = args.capture.begin()?.map(|capture| Capturing::new(capture, Arc::clone(&veil)));
        let mut session = Session::open(global, &args.streams).await?;
        let streams = session.resolve(&args.streams).await?;
        let now = clock::now();
        for remark in args.range.remarks(now) {
            complain(&remark);
        }
        if args.unmarshal {
            complain(LOSSY);
        }
        let wanted = Wanted {
            part: args.range.part(Start::Latest, now),
            give_up: args.give_up,
            resume: format!("dynascope tail {}", streams_text(&args.streams)),
        };
        let stdout = io::stdout();
        let format = args.format(stdout.is_terminal());
        let writer = Writer::new(stdout.lock(), format)
            .with_terminal(stdout.is_terminal())
            .with_facts(args.gaps)
            .with_tables(streams.len() > 1)
            .with_plain_images(args.unmarshal)
            .with_batch_size(args.batch_size.unwrap_or(NonZeroUsize::MIN))
            .with_color(global.color.on(&stdout));
        let timeout = args.timeout.map(|timeout| Instant::now() + timeout);
        Ok(Self {
            following: Following::new(session, streams, wanted)?,
            writer,
            no_follow: args.no_follow,
            until: args.range.until.map(|moment| Until::new(moment.time)),
            selection: Selection::new(args.selection.clone()),
            veil,
            wait: Wait::new(args.goal(), timeout, args.settle),
            goal: args.goal(),
            ready,
            gaps: 0,
            markers: Markers::read(args.markers)?,
            capturing,
        })
    }

    async fn run(&mut self) -> Result<Ended, Failure> {
        if self.wait.is_over_before_it_begins() {
            return Ok(Ended::Enough);
        }
        loop {
            let deadline = self.wait.deadline();
            let due = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let trouble = async {
                match &mut self.capturing {
                    Some(capturing) => capturing.trouble().await,
                    None => std::future::pending().await,
                }
            };
            let ended = tokio::select! {
                event = self.following.next() => self.on(event?).await?,
                () = due => self.wait.due(Instant::now(), clock::now()),
                label = self.markers.next() => self.mark(label).await?,
                said = trouble => {
                    complain(&said);
                    None
                }
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    async fn on(&mut self, event: Event) -> Result<Option<Ended>, Failure> {
        match event {
            Event::Described { stream } => {
                if let Some(capturing) = &mut self.capturing {
                    capturing.described(&self.following.followers()[stream]).await?;
                }
                Ok(None)
            }
            Event::Page { stream, shard, page } => {
                // Before the records, which may be all that was waited for.
                self.ready.look_at(self.following.followers())?;
                let arn = self.following.followers()[stream].stream();
                let page = self.selection.kept(arn.table(), &shard, page);
                if let Some(capturing) = &mut self.capturing
                    && !page.is_empty()
                {
                    let (stream, shard, page) = (arn.clone(), shard.clone(), Arc::clone(&page));
                    capturing.take(Entry::Page { stream, shard, page }).await?;
                }
                self.show(stream, &shard, &page)
            }
            Event::Gap { stream, gap } => {
                self.show_gap(stream, &gap);
                if let Some(capturing) = &mut self.capturing {
                    let stream = self.following.followers()[stream].stream().clone();
                    capturing.take(Entry::Gap { stream, gap }).await?;
                }
                Ok(None)
            }
            Event::Rest => self.rest(),
        }
    }

    /// Somebody says that this is a moment.
    async fn mark(&mut self, label: String) -> Result<Option<Ended>, Failure> {
        let marker = Marker { time: self.following.now(), label };
        self.writer.marker(&marker);
        if let Some(capturing) = &mut self.capturing {
            capturing.take(Entry::Marker(marker)).await?;
        }
        self.flush()
    }

    /// All that has come is handed over; perhaps it was the last.
    fn rest(&mut self) -> Result<Option<Ended>, Failure> {
        if let Some(ended) = self.flush()? {
            return Ok(Some(ended));
        }
        let followers = self.following.followers();
        self.ready.look_at(followers)?;
        for blind_spot in self.selection.blind_spots(followers) {
            complain(&blind_spot);
        }
        let is_read = |since: Time| followers.iter().all(|follower| follower.is_read_since(since));
        if self.wait.judged_since().is_some_and(is_read) {
            return Ok(Some(Ended::Enough));
        }
        let is_last = self.following.is_over()
            || self.no_follow && self.following.is_drained()
            || self.until.as_ref().is_some_and(|until| until.is_reached(followers));
        Ok(is_last.then_some(Ended::Drained))
    }

    fn flush(&mut self) -> Result<Option<Ended>, Failure> {
        written(self.writer.flush())
    }

    fn show(&mut self, stream: usize, shard: &ShardId, page: &Page) -> Result<Option<Ended>, Failure> {
        let follower = &self.following.followers()[stream];
        let now = Instant::now();
        let shown_stream = self.veil.stream(follower.stream());
        let shown = self.veil.page(follower.stream(), page)?;
        for (record, shown) in page.records().zip(shown.records()) {
            if self.until.as_mut().is_some_and(|until| !until.wants(stream, shard, record)) {
                continue;
            }
            if !self.selection.wants(follower.stream().table(), shard, record) {
                continue;
            }
            let done = written(self.writer.record(&shown_stream, shard, follower.key_names(), shown))?;
            if let Some(ended) = done.or_else(|| self.wait.count(now)) {
                return Ok(Some(ended));
            }
        }
        for (poison, hidden) in page.poison().iter().zip(shown.poison()) {
            if !self.selection.wants_poison(page.poison_text(poison)) {
                continue;
            }
            complain(&format!("shard {shard}: a record cannot be understood: {}", poison.reason));
            self.writer.poison(&shown_stream, shard, &shown, hidden);
        }
        Ok(None)
    }

    fn show_gap(&mut self, stream: usize, gap: &Gap) {
        self.gaps += 1;
        complain(&gap_sentence(gap));
        self.writer.gap(&self.veil.stream(self.following.followers()[stream].stream()), gap);
    }

    fn finish(mut self, ended: Ended) -> Result<Exit, Failure> {
        if ended != Ended::ClosedPipe && written(self.writer.finish())? == Some(Ended::ClosedPipe) {
            return Ok(Exit::Done);
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
}

/// A closed pipe is an end, not a failure.
fn written(result: io::Result<()>) -> Result<Option<Ended>, Failure> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(Ended::ClosedPipe)),
        Err(error) => Err(Failure::new(format!("cannot write: {error}"))),
    }
}
