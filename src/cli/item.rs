//! `dynascope item STREAM PK [SK]`: the history of one item.

use std::io::{self, IsTerminal as _, StdoutLock};
use std::time::Duration;

use clap::Args;

use super::Global;
use super::asking::Asking;
use super::exit::{Exit, Failure, complain};
use super::following::{Event, Following, Wanted, gap_sentence, not_everything};
use super::format::Output;
use super::session::Session;
use super::signals::Signals;
use super::when::{Moment, duration, moment};
use crate::app::StreamArgument;
use crate::clock;
use crate::follow::{Part, RETENTION, Start};
use crate::history::{Extent, History, ItemKey, KeyError, Row, gather};
use crate::model::time::Zone;
use crate::model::{ShardId, StreamArn};
use crate::output::{Format, Writer};
use crate::store::{Page, RecordRef};

#[derive(Debug, Args)]
pub struct ItemArgs {
    /// A table's name or a stream's ARN
    #[arg(value_name = "STREAM", value_parser = super::stream)]
    stream: StreamArgument,
    /// The partition key's value: a string as it is, or a number
    #[arg(value_name = "PK", required_unless_present = "key", allow_negative_numbers = true)]
    partition_key: Option<String>,
    /// The sort key's value, where the table has one
    #[arg(value_name = "SK", allow_negative_numbers = true)]
    sort_key: Option<String>,
    /// The key as DynamoDB JSON, for binary keys: {"pk":{"B":"AAE="}}
    #[arg(long, value_name = "JSON", conflicts_with = "partition_key")]
    key: Option<String>,
    /// Start so long ago, or at this time, in place of the oldest record there is
    #[arg(long, value_parser = moment, value_name = "DURATION|TIME")]
    since: Option<Moment>,
    /// diff (the default on a terminal) or jsonl, json, pretty
    #[arg(short, long, value_enum, hide_possible_values = true)]
    output: Option<Output>,
    /// Print gaps as lines of JSON, too
    #[arg(long)]
    gaps: bool,
    /// How long to wait for credentials to be renewed, or for an endpoint to come back
    #[arg(long, value_parser = duration, default_value = "2m", value_name = "DURATION")]
    give_up: Duration,
}

impl ItemArgs {
    fn key(&self, names: &[String]) -> Result<ItemKey, KeyError> {
        let values: Vec<String> = self.partition_key.iter().chain(&self.sort_key).cloned().collect();
        match &self.key {
            Some(json) => ItemKey::json(json, names),
            None => ItemKey::text(&values, names),
        }
    }

    /// Changes for people, records for programs.
    fn format(&self, is_terminal: bool) -> Format {
        self.output.unwrap_or(if is_terminal { Output::Diff } else { Output::Jsonl }).format()
    }

    fn start(&self) -> Start {
        let kept = |since: &Moment| clock::now().since(since.time) < RETENTION;
        self.since.filter(kept).map_or(Start::TrimHorizon, |since| Start::Since(since.time))
    }
}

pub async fn run(global: &Global, args: &ItemArgs) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::new(format!("no signals: {error}")))?;
    tokio::select! {
        ended = read(global, args) => ended,
        signal = signals.next() => Ok(Exit::Signal(signal)),
    }
}

async fn read(global: &Global, args: &ItemArgs) -> Result<Exit, Failure> {
    if args.since.is_some_and(|since| since.time > clock::now()) {
        complain("the time to start at lies in the future");
        return Ok(Exit::Usage);
    }
    let streams = [args.stream.clone()];
    let mut session = Session::open(global, &streams).await?;
    let stream = session.resolve(&streams).await?.remove(0);
    let described = Asking::new(&mut session).glance(&stream).await?;
    let key = match args.key(&described.key_names) {
        Ok(key) => key,
        Err(error) => return Ok(refused(&error)),
    };
    if let Some(since) = args.since.filter(|since| since.is_guessed) {
        complain(&format!("from {} UTC", since.time.full(Zone::Utc)));
    }
    let wanted = Wanted {
        part: Part::from(args.start()),
        give_up: args.give_up,
        resume: format!("dynascope item {}", stream.table()),
    };
    let mut item = Item::new(global, args, key, stream.clone());
    let mut following = Following::new(session, vec![stream], wanted)?;
    loop {
        let event = following.next().await?;
        let lineage = following.followers()[0].lineage();
        match event {
            Event::Page { shard, page, .. } => {
                if let Err(error) = item.check_types(&page) {
                    return Ok(refused(&error));
                }
                let steps = gather(&page, &shard, &item.key.matcher());
                item.records += page.len() as u64;
                item.unreadable += page.poison().len() as u64;
                if item.is_for_programs {
                    for step in &steps {
                        if is_closed(item.write(&shard, step.record()))? {
                            return Ok(Exit::Done);
                        }
                    }
                }
                item.history.insert(steps, lineage);
            }
            Event::Gap { gap, .. } => {
                item.gaps += 1;
                item.history.insert_gap(gap, lineage);
            }
            Event::Rest if following.is_over() || following.is_drained() => break,
            Event::Rest | Event::Described { .. } => {}
        }
    }
    if let Some(error) = following.failure() {
        return Err(not_everything(error));
    }
    item.finish(args)
}

fn refused(error: &KeyError) -> Exit {
    complain(&error.to_string());
    Exit::Usage
}

/// A closed pipe is an end, not a failure.
fn is_closed(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(Failure::new(format!("cannot write: {error}"))),
    }
}

/// One item, and what was found of it.
struct Item {
    key: ItemKey,
    stream: StreamArn,
    history: History,
    writer: Writer<StdoutLock<'static>>,
    /// Records are written as they come: in a pipe nobody has to wait for the end.
    is_for_programs: bool,
    is_type_checked: bool,
    records: u64,
    unreadable: u64,
    gaps: u64,
}

impl Item {
    fn new(global: &Global, args: &ItemArgs, key: ItemKey, stream: StreamArn) -> Self {
        let stdout = io::stdout();
        let format = args.format(stdout.is_terminal());
        let is_for_programs = matches!(format, Format::Jsonl | Format::Json);
        let writer = Writer::new(stdout.lock(), format)
            .with_terminal(stdout.is_terminal())
            .with_facts(args.gaps || !is_for_programs)
            .with_color(global.color.on(&stdout));
        Self {
            key,
            stream,
            history: History::default(),
            writer,
            is_for_programs,
            is_type_checked: false,
            records: 0,
            unreadable: 0,
            gaps: 0,
        }
    }

    /// The first record's key tells whether the text of a key can be meant.
    fn check_types(&mut self, page: &Page) -> Result<(), KeyError> {
        let first = page.records().find_map(RecordRef::keys).filter(|_| !self.is_type_checked);
        let Some(keys) = first else { return Ok(()) };
        self.is_type_checked = true;
        self.key.check_types(keys)
    }

    fn write(&mut self, shard: &ShardId, record: RecordRef<'_>) -> io::Result<()> {
        // Every line would have the same key: it is left to the records themselves.
        self.writer.record(&self.stream, shard, &[], record)
    }

    fn finish(mut self, args: &ItemArgs) -> Result<Exit, Failure> {
        let history = std::mem::take(&mut self.history);
        for row in history.rows() {
            let written = match row {
                Row::Step(_) if self.is_for_programs => Ok(()),
                Row::Step(step) => self.write(&step.shard, step.record()),
                Row::Missing(missing) => {
                    if let Some(gap) = missing.as_gap() {
                        complain(&gap_sentence(&gap));
                        self.writer.gap(&self.stream, &gap);
                    }
                    Ok(())
                }
                Row::Broken(..) => {
                    self.writer.broken_link();
                    Ok(())
                }
                Row::Dropped(count) => {
                    complain(&format!("{count} older records of the item are not kept"));
                    Ok(())
                }
            };
            if is_closed(written)? {
                return Ok(Exit::Done);
            }
        }
        if is_closed(self.writer.finish())? {
            return Ok(Exit::Done);
        }
        let found = history.steps().count();
        let (broken, gaps) = history.unseen();
        if found == 0 || !self.is_for_programs {
            complain(&format!(
                "{found} records of the item among {} read; {}",
                self.records,
                extent(&history, args)
            ));
        }
        if broken > 0 {
            complain(&format!(
                "{broken} times the item was not as its last record had left it: not all was seen"
            ));
        }
        if self.unreadable > 0 {
            complain(&format!("{} records could not be understood; some may be the item's", self.unreadable));
        }
        // Without a record nobody knows in which shards the item would be.
        let has_gap = gaps > 0 || found == 0 && self.gaps > 0;
        Ok(if has_gap { Exit::Gap } else { Exit::Done })
    }
}

fn extent(history: &History, args: &ItemArgs) -> String {
    let read_from = match args.start() {
        Start::Since(time) => Extent::Since(time),
        Start::TrimHorizon | Start::Latest | Start::Recent(_) => Extent::TrimHorizon,
    };
    match history.extent(read_from) {
        Extent::TrimHorizon => "complete back to the oldest kept".to_owned(),
        Extent::Since(time) => format!("complete back to {} UTC", time.full(Zone::Utc)),
        Extent::Unknown => "not complete: the newest is missing".to_owned(),
    }
}
