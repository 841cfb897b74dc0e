//! `dynascope tail STREAM...`: records to stdout as they come.

mod args;
mod ending;
mod ready;
mod saving;
mod until;
mod wait;

use std::io::{self, IsTerminal as _, StdoutLock};

use tokio::time::{Instant, sleep_until};

use super::Global;
use super::exit::{Exit, Failure, complain};
use super::following::{Event, Following, Wanted, gap_sentence};
use super::privacy::Veil;
use super::selection::Selection;
use super::session::Session;
use super::signals::Signals;
use crate::clock;
use crate::follow::{Checkpoints, Start};
use crate::model::{Gap, ShardId, Time};
use crate::output::Writer;
use crate::store::Page;
pub use args::{Output, TailArgs};
use ending::Ended;
use ready::Ready;
use saving::Saving;
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
    tailing.finish(ended)
}

struct Tailing {
    following: Following,
    writer: Writer<StdoutLock<'static>>,
    no_follow: bool,
    until: Option<Until>,
    selection: Selection,
    veil: Veil,
    wait: Wait,
    goal: Goal,
    ready: Ready,
    saving: Option<Saving>,
    /// What was buffered may not have been printed.
    has_failed_to_write: bool,
    gaps: u64,
}

impl Tailing {
    async fn open(global: &Global, args: &TailArgs, ready: Ready) -> Result<Self, Failure> {
        let mut session = Session::open(global, &args.streams).await?;
        let streams = session.resolve(&args.streams).await?;
        let now = clock::now();
        for remark in args.range.remarks(now) {
            complain(&remark);
        }
        if args.unmarshal {
            complain("--unmarshal loses types: sets become arrays, binary values base64 text");
        }
        let wanted = Wanted {
            part: args.range.part(Start::Latest, now),
            give_up: args.give_up,
            resume: args.resume(),
        };
        let saving = args.checkpoint.as_deref();
        let saving = saving.map(|path| Saving::open(path, &streams, &wanted.part, now)).transpose()?;
        let stood = saving.as_ref().map_or(Checkpoints::default(), |saving| saving.saved().clone());
        if args.range.has_start() && streams.iter().any(|stream| stood.of(stream).is_some()) {
            complain("--checkpoint beats --from and --since: it goes on where the last run stopped");
        }
        let stdout = io::stdout();
        let format = args.format(stdout.is_terminal());
        let writer = Writer::new(stdout.lock(), format)
            .with_terminal(stdout.is_terminal())
            .with_facts(args.gaps)
            .with_tables(streams.len() > 1)
            .with_plain_images(args.unmarshal)
            .with_color(global.color.on(&stdout));
        let timeout = args.timeout.map(|timeout| Instant::now() + timeout);
        Ok(Self {
            following: Following::new(session, streams, wanted)?.going_on_from(&stood),
            writer,
            no_follow: args.no_follow,
            until: args.range.until.map(|moment| Until::new(moment.time)),
            selection: Selection::new(args.selection.clone()),
            veil: args.privacy.veil()?,
            wait: Wait::new(args.goal(), timeout, args.settle),
            goal: args.goal(),
            ready,
            saving,
            has_failed_to_write: false,
            gaps: 0,
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
            let ended = tokio::select! {
                event = self.following.next() => {
                    let ended = self.on(event?)?;
                    if ended.is_none() { self.save()? } else { ended }
                }
                () = due => self.wait.due(Instant::now(), clock::now()),
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    fn on(&mut self, event: Event) -> Result<Option<Ended>, Failure> {
        match event {
            Event::Page { stream, shard, page } => {
                // Before the records, which may be all that was waited for.
                self.ready.look_at(self.following.followers())?;
                self.show(stream, &shard, &page)
            }
            Event::Gap { stream, gap } => {
                self.show_gap(stream, &gap);
                Ok(None)
            }
            Event::Rest => self.rest(),
        }
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
        let flushed = self.writer.flush();
        self.written(flushed)
    }

    /// Saves where it stands, once all that was read has been printed.
    fn save(&mut self) -> Result<Option<Ended>, Failure> {
        let now = Instant::now();
        let is_due = |saving: &Saving| saving.is_due(self.following.followers(), now);
        if !self.following.has_handed_out_all() || !self.saving.as_ref().is_some_and(is_due) {
            return Ok(None);
        }
        let ended = self.flush()?;
        if let Some(saving) = self.saving.as_mut().filter(|_| ended.is_none()) {
            saving.save(self.following.followers(), now);
        }
        Ok(ended)
    }

    fn show(&mut self, stream: usize, shard: &ShardId, page: &Page) -> Result<Option<Ended>, Failure> {
        let follower = &self.following.followers()[stream];
        let now = Instant::now();
        let shown_stream = self.veil.stream(follower.stream());
        let shown = self.veil.page(follower.stream(), page)?;
        let mut end = None;
        for (slot, (record, shown)) in page.records().zip(shown.records()).enumerate() {
            if self.until.as_mut().is_some_and(|until| !until.wants(stream, shard, record)) {
                if let Some(saving) = &mut self.saving {
                    saving.hold(stream, follower, shard, page, slot);
                }
                continue;
            }
            if !self.selection.wants(follower.stream().table(), shard, record) {
                continue;
            }
            let result = self.writer.record(&shown_stream, shard, follower.key_names(), shown);
            if result.is_err() {
                return self.written(result);
            }
            end = self.wait.count(now);
            if end.is_some() {
                if let Some(saving) = &mut self.saving {
                    saving.hold(stream, follower, shard, page, slot + 1);
                }
                break;
            }
        }
        for (poison, hidden) in page.poison().iter().zip(shown.poison()) {
            if !self.selection.wants_poison(page.poison_text(poison)) {
                continue;
            }
            complain(&format!("shard {shard}: a record cannot be understood: {}", poison.reason));
            self.writer.poison(&shown_stream, shard, &shown, hidden);
        }
        Ok(end)
    }

    fn show_gap(&mut self, stream: usize, gap: &Gap) {
        self.gaps += 1;
        complain(&gap_sentence(gap));
        self.writer.gap(&self.veil.stream(self.following.followers()[stream].stream()), gap);
    }
}
