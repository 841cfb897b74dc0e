//! `dynascope tail STREAM...`: records to stdout as they come.

mod args;
mod ending;
mod markers;
mod ready;
mod saving;
mod until;
mod wait;

use std::io::{self, IsTerminal as _, StdoutLock};
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::Global;
use super::capturing::Capturing;
use super::exit::{Exit, Failure, complain};
use super::following::{Event, Following, Wanted, gap_sentence};
use super::format::LOSSY;
use super::privacy::Veil;
use super::selection::Selection;
use super::session::Session;
use super::signals::Signals;
use crate::clock;
use crate::follow::{Checkpoints, Start};
use crate::journal::Entry;
use crate::model::{Gap, Marker, ShardId, Time};
use crate::output::Writer;
use crate::store::Page;
pub use args::TailArgs;
use ending::Ended;
use markers::Markers;
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
    // However it ended: what was read is written.
    let is_captured = match tailing.capturing.take() {
        Some(capturing) => capturing.finish().await,
        None => true,
    };
    let exit = tailing.finish(ended)?;
    Ok(if exit == Exit::Done && !is_captured { Exit::Gap } else { exit })
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
    saving: Option<Saving>,
    /// What was buffered may not have been printed.
    has_failed_to_write: bool,
    /// A page that was read and has not been shown.
    in_hand: Option<(usize, ShardId, Arc<Page>)>,
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
            .with_batch_size(args.batch_size.unwrap_or(NonZeroUsize::MIN))
            .with_color(global.color.on(&stdout));
        let timeout = args.timeout.map(|timeout| Instant::now() + timeout);
        Ok(Self {
            following: Following::new(session, streams, wanted)?.going_on_from(&stood),
            writer,
            no_follow: args.no_follow,
            until: args.range.until.map(|moment| Until::new(moment.time)),
            selection: Selection::new(args.selection.clone()),
            veil,
            wait: Wait::new(args.goal(), timeout, args.settle),
            goal: args.goal(),
            ready,
            saving,
            has_failed_to_write: false,
            in_hand: None,
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
                event = self.following.next() => {
                    let ended = self.on(event?).await?;
                    if ended.is_none() { self.save()? } else { ended }
                }
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
                self.in_hand = Some((stream, shard.clone(), Arc::clone(&page)));
                let arn = self.following.followers()[stream].stream();
                let page = self.selection.kept(arn.table(), &shard, page);
                if let Some(capturing) = &mut self.capturing
                    && !page.is_empty()
                {
                    let (stream, shard, page) = (arn.clone(), shard.clone(), Arc::clone(&page));
                    capturing.take(Entry::Page { stream, shard, page }).await?;
                }
                let ended = self.show(stream, &shard, &page)?;
                self.in_hand = None;
                Ok(ended)
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
        let flushed = self.writer.flush();
        self.written(flushed)
    }

    /// Saves where it stands, once all that was read has been printed.
    fn save(&mut self) -> Result<Option<Ended>, Failure> {
        let now = Instant::now();
        let (told, captured) = self.capturing.as_ref().map_or((0, 0), Capturing::reach);
        let Some(saving) = &mut self.saving else { return Ok(None) };
        saving.write_captured(captured, now);
        if !self.following.has_handed_out_all() || !saving.is_due(self.following.followers(), now) {
            return Ok(None);
        }
        let ended = self.flush()?;
        if let Some(saving) = self.saving.as_mut().filter(|_| ended.is_none()) {
            saving.save(self.following.followers(), told, now);
            saving.write_captured(captured, now);
        }
        Ok(ended)
    }

    fn show(&mut self, stream: usize, shard: &ShardId, page: &Page) -> Result<Option<Ended>, Failure> {
        let follower = &self.following.followers()[stream];
        let now = Instant::now();
        let shown_stream = self.veil.stream(follower.stream());
        let table = follower.stream().table();
        let mut end = None;
        for (slot, record) in page.records().enumerate() {
            if self.until.as_mut().is_some_and(|until| !until.wants(stream, shard, record)) {
                if let Some(saving) = &mut self.saving {
                    saving.hold(stream, follower, shard, page, slot);
                }
                continue;
            }
            if !self.selection.wants(table, shard, record) {
                continue;
            }
            let (shown, at) = self.veil.record(follower.stream(), page, slot)?;
            let result = self.writer.record(&shown_stream, shard, follower.key_names(), shown.record(at));
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
        for poison in page.poison() {
            if !self.selection.wants_poison(page.poison_text(poison)) {
                continue;
            }
            complain(&format!("shard {shard}: a record cannot be understood: {}", poison.reason));
            let alone = page.alone(poison);
            let shown = self.veil.page(follower.stream(), &alone)?;
            shown.poison().iter().for_each(|poison| self.writer.poison(&shown_stream, shard, &shown, poison));
        }
        Ok(end)
    }

    fn show_gap(&mut self, stream: usize, gap: &Gap) {
        self.gaps += 1;
        complain(&gap_sentence(gap));
        self.writer.gap(&self.veil.stream(self.following.followers()[stream].stream()), gap);
    }
}
