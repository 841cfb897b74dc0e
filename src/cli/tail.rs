//! `dynascope tail STREAM...`: records to stdout as they come.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tokio::time::{Instant, MissedTickBehavior};

use super::asking::explained;
use super::exit::{Exit, Failure, complain};
use super::session::Session;
use super::signals::Signals;
use super::trouble::{Place, Troubles};
use super::{Global, duration};
use crate::app::StreamArgument;
use crate::clock;
use crate::follow::{Follower, ReadingId, Report, Request, Start, Step};
use crate::model::time::short_span;
use crate::model::{ErrorKind, Gap, Remedy, ShardId, SourceError, StreamArn};
use crate::output::{Format, Writer};
use crate::store::Page;

/// How often what is due is looked for.
const TICK: Duration = Duration::from_millis(100);
/// An endpoint that never answered is given up sooner than one that did.
const FIRST_ANSWER: Duration = Duration::from_secs(8);

#[derive(Debug, Args)]
pub struct TailArgs {
    /// Tables' names or streams' ARNs
    #[arg(required = true, value_name = "STREAM", value_parser = super::stream)]
    streams: Vec<StreamArgument>,
    /// Where to start
    #[arg(long, value_enum, default_value = "latest", value_name = "POSITION")]
    from: From,
    /// Only this shard and its descendants
    #[arg(long, value_name = "ID")]
    shard: Option<String>,
    /// End when everything that was there at the start has been read
    #[arg(long)]
    no_follow: bool,
    /// End after this many records
    #[arg(short, long, value_name = "N")]
    max_records: Option<u64>,
    /// End after this long
    #[arg(long, value_parser = duration, value_name = "DURATION")]
    timeout: Option<Duration>,
    /// How long to wait for credentials to be renewed, or for an endpoint to come back
    #[arg(long, value_parser = duration, default_value = "2m", value_name = "DURATION")]
    give_up: Duration,
    /// Print gaps and records that cannot be understood as lines, too
    #[arg(long)]
    gaps: bool,
    /// pretty (the default on a terminal) or jsonl
    #[arg(short, long, value_enum)]
    output: Option<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// A line of changes for people
    Pretty,
    /// A line of JSON, in the shape that Lambda receives
    Jsonl,
}

impl Output {
    /// Words for people, JSON for programs.
    fn format(chosen: Option<Self>, is_terminal: bool) -> Format {
        match chosen.unwrap_or(if is_terminal { Self::Pretty } else { Self::Jsonl }) {
            Self::Pretty => Format::Pretty,
            Self::Jsonl => Format::Jsonl,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// What is written from now on
    Latest,
    /// The oldest records there are
    TrimHorizon,
}

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
    session: Session,
    followers: Vec<Follower>,
    /// The shard that was named, until it is known to be there.
    only: Option<ShardId>,
    writer: Writer<io::StdoutLock<'static>>,
    requests: VecDeque<Request>,
    no_follow: bool,
    give_up: Duration,
    /// Records still wanted.
    wanted: Option<u64>,
    gaps: u64,
    trouble: Trouble,
    resume: String,
}

/// How long nothing has worked.
#[derive(Debug, Default)]
struct Trouble {
    since: Option<Instant>,
    /// Since when the credentials have not worked.
    credentials: Option<Instant>,
    kinds: Troubles,
    answered: bool,
    /// An error for good, not yet said: where nothing else is left to read it is the failure.
    for_good: Option<SourceError>,
}

impl Tailing {
    async fn open(global: &Global, args: &TailArgs) -> Result<Self, Failure> {
        let mut session = Session::open(global, &args.streams).await?;
        let streams = session.resolve(&args.streams).await?;
        if args.shard.is_some() && streams.len() > 1 {
            return Err(Failure::new("--shard names a shard of one stream; name only that stream"));
        }
        let start = match args.from {
            From::Latest => Start::Latest,
            From::TrimHorizon => Start::TrimHorizon,
        };
        let only = args.shard.as_deref().map(ShardId::new);
        let now = clock::now();
        let clock = session.clock;
        let follower = |(number, stream): (u32, StreamArn)| {
            Follower::new(ReadingId(number), stream, start, only.clone(), now)
        };
        let followers: Vec<Follower> = (0..).zip(streams).map(follower).collect();
        let stdout = io::stdout();
        let format = Output::format(args.output, stdout.is_terminal());
        let mut tailing = Self {
            session,
            writer: Writer::new(stdout.lock(), format)
                .with_terminal(stdout.is_terminal())
                .with_facts(args.gaps)
                .with_tables(followers.len() > 1)
                .with_color(global.color.on(&stdout)),
            followers,
            only,
            requests: VecDeque::new(),
            no_follow: args.no_follow,
            give_up: args.give_up,
            wanted: args.max_records,
            gaps: 0,
            trouble: Trouble::default(),
            resume: format!("dynascope tail {}", streams_text(&args.streams)),
        };
        if let Some(offset) = clock {
            tailing.on(Report::ClockRead { offset })?;
        }
        Ok(tailing)
    }

    async fn run(&mut self) -> Result<Ended, Failure> {
        if self.wanted == Some(0) {
            return Ok(Ended::Enough);
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut ended = None;
            tokio::select! {
                report = self.session.reports.recv() => {
                    let Some(report) = report else {
                        return Err(Failure::new("the fetcher has ended; please report this"));
                    };
                    ended = self.on(report)?;
                    // What has arrived meanwhile is printed in the same breath.
                    while ended.is_none() && let Ok(report) = self.session.reports.try_recv() {
                        ended = self.on(report)?;
                    }
                }
                _ = ticks.tick() => self.tick()?,
            }
            if let Some(ended) = ended.or(self.flush()?) {
                return Ok(ended);
            }
            while let Some(request) = self.requests.pop_front() {
                let gone = |_| Failure::new("the fetcher has ended; please report this");
                self.session.requests.send(request).await.map_err(gone)?;
            }
            self.check_shard()?;
            let is_over = self.followers.iter().all(Follower::is_over);
            if is_over || self.no_follow && self.followers.iter().all(Follower::is_drained) {
                return Ok(Ended::Drained);
            }
        }
    }

    /// Fails when the stream has no shard of the name that was given: nothing would ever come.
    fn check_shard(&mut self) -> Result<(), Failure> {
        let Some(follower) = self.followers.first().filter(|follower| follower.is_listed()) else {
            return Ok(());
        };
        match self.only.take() {
            Some(shard) if follower.lineage().get(&shard).is_none() => Err(Failure::new(format!(
                "the stream has no shard {shard}, or no more; see dynascope shards {}",
                follower.stream().table()
            ))),
            Some(_) | None => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<Option<Ended>, Failure> {
        written(self.writer.flush())
    }

    /// What is due; and whether it is time to give up.
    fn tick(&mut self) -> Result<(), Failure> {
        let now = clock::now();
        for index in 0..self.followers.len() {
            let steps = self.followers[index].tick(now);
            self.act(index, steps)?;
        }
        for (kind, span) in self.trouble.kinds.over(Instant::now()) {
            complain(&format!("going on after {} ({kind})", short_span(span)));
        }
        self.check_trouble()
    }

    fn on(&mut self, report: Report) -> Result<Option<Ended>, Failure> {
        let now = clock::now();
        self.note(&report);
        let index = match &report {
            Report::StreamDescribed { reading, .. } | Report::StreamNotDescribed { reading, .. } => reading.0,
            Report::TailStarted { tail }
            | Report::PageRead { tail, .. }
            | Report::TailSlowed { tail, .. }
            | Report::TailStopped { tail, .. } => tail.reading.0,
            Report::ClockRead { .. } | Report::StreamsListed { .. } => {
                for index in 0..self.followers.len() {
                    let steps = self.followers[index].on(report.clone(), now);
                    self.act(index, steps)?;
                }
                return Ok(None);
            }
            Report::CallDelayed { .. }
            | Report::CredentialsLost { .. }
            | Report::CredentialsRenewed
            | Report::StreamsNotListed { .. } => return Ok(None),
        } as usize;
        let Some(follower) = self.followers.get_mut(index) else { return Ok(None) };
        let steps = follower.on(report, now);
        self.act(index, steps)
    }

    fn act(&mut self, index: usize, steps: Vec<Step>) -> Result<Option<Ended>, Failure> {
        for step in steps {
            let ended = match step {
                Step::Request(request) => {
                    self.requests.push_back(request);
                    None
                }
                Step::Show { shard, page } => self.show(index, &shard, &page)?,
                Step::Gap(gap) => {
                    self.show_gap(index, &gap);
                    None
                }
                Step::Warn(warning) => {
                    complain(&warning.to_string());
                    None
                }
            };
            if ended.is_some() {
                return Ok(ended);
            }
        }
        Ok(None)
    }

    fn show(&mut self, index: usize, shard: &ShardId, page: &Arc<Page>) -> Result<Option<Ended>, Failure> {
        let follower = &self.followers[index];
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

    fn show_gap(&mut self, index: usize, gap: &Gap) {
        self.gaps += 1;
        let after = gap.after.as_ref().map_or(String::new(), |after| format!(" after {after}"));
        let place = gap.shard.as_ref().map_or("the stream".to_owned(), |shard| format!("shard {shard}"));
        complain(&format!("GAP in {place}{after}: {}", gap.reason));
        self.writer.gap(self.followers[index].stream(), gap);
    }

    /// Keeps track of what works, and tells what does not.
    fn note(&mut self, report: &Report) {
        let now = Instant::now();
        let (place, error) = match report {
            Report::ClockRead { .. } => return,
            Report::CredentialsLost { error, renewal } => {
                self.trouble.credentials = Some(now);
                complain(&format!(
                    "{error}; {renewal}; nothing is lost, it goes on once they work (given up after {})",
                    short_span(self.give_up)
                ));
                return;
            }
            Report::CredentialsRenewed => {
                if let Some(since) = self.trouble.credentials.take() {
                    complain(&format!(
                        "going on after {}: the credentials work",
                        short_span(since.elapsed())
                    ));
                }
                return;
            }
            Report::CallDelayed { reading, error, .. } => (Place::Stream(*reading), Some(error)),
            Report::StreamNotDescribed { reading, error, .. } => (Place::Stream(Some(*reading)), Some(error)),
            Report::StreamsNotListed { error, .. } => (Place::Stream(None), Some(error)),
            Report::TailSlowed { tail, error, .. } | Report::TailStopped { tail, error } => {
                (Place::Shard(*tail), Some(error))
            }
            Report::StreamDescribed { reading, .. } => (Place::Stream(Some(*reading)), None),
            Report::StreamsListed { .. } => (Place::Stream(None), None),
            Report::TailStarted { tail } | Report::PageRead { tail, .. } => (Place::Shard(*tail), None),
        };
        let Some(error) = error else {
            self.trouble.kinds.worked(place);
            (self.trouble.since, self.trouble.answered) = (None, true);
            return;
        };
        if matches!(error.kind, ErrorKind::Network { .. } | ErrorKind::Timeout(_)) {
            self.trouble.since.get_or_insert(now);
        }
        match error.kind.remedy() {
            Remedy::GiveUp => self.trouble.for_good = Some(error.clone()),
            Remedy::RenewIterator => {}
            Remedy::Retry | Remedy::SkipToTrimHorizon | Remedy::RenewCredentials => {
                if self.trouble.kinds.failed(place, error.kind.label(), now) {
                    complain(&explained(error).to_string());
                }
            }
        }
        // The tail is no more; another one reads the shard.
        if matches!(report, Report::TailStopped { .. }) {
            self.trouble.kinds.worked(place);
        }
    }

    /// Fails when nothing has worked for too long, or nothing ever will.
    fn check_trouble(&mut self) -> Result<(), Failure> {
        let patience = if self.trouble.answered { self.give_up } else { self.give_up.min(FIRST_ANSWER) };
        for (since, patience) in [(self.trouble.credentials, self.give_up), (self.trouble.since, patience)] {
            if since.is_some_and(|since| since.elapsed() >= patience) {
                let (span, resume) = (short_span(patience), &self.resume);
                return Err(Failure::new(format!("gave up after {span}; to go on: {resume}")));
            }
        }
        // One shard that fails must not end the others.
        let dead = |follower: &Follower| {
            let for_good = |error: &&SourceError| error.kind.remedy() == Remedy::GiveUp;
            let mut shards = follower.all_progress().map(|(_, progress)| progress.failure().filter(for_good));
            let all_failed = || shards.next().flatten().filter(|_| shards.all(|failure| failure.is_some()));
            follower.failure().filter(for_good).or_else(all_failed).cloned()
        };
        if let Some(error) = self.followers.iter().find_map(dead) {
            return Err(explained(&error));
        }
        if let Some(error) = self.trouble.for_good.take() {
            complain(&explained(&error).to_string());
        }
        Ok(())
    }

    fn finish(mut self, ended: Ended, args: &TailArgs) -> Result<Exit, Failure> {
        if ended != Ended::ClosedPipe && self.flush()? == Some(Ended::ClosedPipe) {
            return Ok(Exit::Done);
        }
        let failed = self
            .followers
            .iter()
            .flat_map(Follower::all_progress)
            .find_map(|(_, progress)| progress.failure());
        if let (Ended::Drained, Some(error)) = (ended, failed) {
            return Err(Failure::new(format!("not everything could be read: {}", explained(error))));
        }
        Ok(match ended {
            Ended::Signal(number) => Exit::Signal(number),
            Ended::Timeout | Ended::Drained if args.max_records.is_some() => Exit::TooFew,
            Ended::Enough | Ended::Drained | Ended::Timeout if self.gaps > 0 => Exit::Gap,
            Ended::Enough | Ended::Drained | Ended::Timeout | Ended::ClosedPipe => Exit::Done,
        })
    }
}

fn streams_text(streams: &[StreamArgument]) -> String {
    let text = |stream: &StreamArgument| match stream {
        StreamArgument::Table(table) => table.clone(),
        StreamArgument::Arn(arn) => arn.to_string(),
    };
    streams.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// A closed pipe is an end, not a failure.
fn written(result: io::Result<()>) -> Result<Option<Ended>, Failure> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(Ended::ClosedPipe)),
        Err(error) => Err(Failure::new(format!("cannot write: {error}"))),
    }
}
