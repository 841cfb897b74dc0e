//! The service: its streams, the four calls on them, and the ways to fill it by hand.
//!
//! Pure: every call is handed the time, which should not run backwards.

use std::collections::BTreeMap;

use super::faults::{Fault, Faults};
use super::iterator::{Position, ShardIterator};
use super::place::{Place, Sequence};
use super::reading::{Reading, RecordsPage};
use super::refusal::{Refusal, RefusalKind};
use super::request::{self, IteratorType};
use super::shard::{RETENTION, ShardState};
use super::stream::Stream;
use crate::model::time::Zone;
use crate::model::{
    Operation, Shard, ShardId, StreamArn, StreamDescription, StreamStatus, StreamSummary, Time,
};

pub const REGION: &str = "eu-west-1";
pub const ACCOUNT: &str = "123456789012";
/// Shards or streams to a page, at most.
const LISTED: usize = 100;
/// Records to a page, at most.
const RECORDS: usize = 1_000;

/// An embedded DynamoDB Streams.
#[derive(Debug)]
pub struct Service {
    pub(super) seed: u64,
    pub(super) streams: BTreeMap<StreamArn, Stream>,
    pub faults: Faults,
    /// How many answers of each kind were given: by operation and outcome.
    pub(super) answered: BTreeMap<(&'static str, &'static str), u64>,
}

/// One page of ListStreams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamList {
    pub streams: Vec<StreamSummary>,
    pub last_evaluated: Option<StreamArn>,
}

impl Service {
    pub fn new(seed: u64) -> Self {
        Self { seed, streams: BTreeMap::new(), faults: Faults::none(seed), answered: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, stream: Stream) {
        self.streams.insert(stream.arn.clone(), stream);
    }

    pub fn list_streams(&mut self, request: &request::ListStreams, now: Time) -> Result<StreamList, Refusal> {
        self.refuse(Operation::ListStreams, None)?;
        let limit = request::limit(request.limit, LISTED)?;
        let after = request.exclusive_start_stream_arn.as_ref();
        let after = after.map(|arn| request::stream_arn(Some(arn))).transpose()?;
        for stream in self.streams.values_mut() {
            stream.advance(now);
        }
        let of_table =
            |stream: &&Stream| request.table_name.as_ref().is_none_or(|table| table == stream.arn.table());
        let mut listed: Vec<StreamSummary> = self
            .streams
            .values()
            .filter(|stream| after.as_ref().is_none_or(|after| stream.arn > *after))
            .filter(|stream| stream.exists(now))
            .filter(of_table)
            .map(|stream| StreamSummary {
                arn: stream.arn.clone(),
                table: stream.arn.table().to_owned(),
                label: stream.arn.label().to_owned(),
            })
            .collect();
        let more = listed.len() > limit;
        listed.truncate(limit);
        let last_evaluated = listed.last().filter(|_| more).map(|last| last.arn.clone());
        Ok(StreamList { streams: listed, last_evaluated })
    }

    pub fn describe_stream(
        &mut self,
        request: &request::DescribeStream,
        now: Time,
    ) -> Result<StreamDescription, Refusal> {
        const HERE: Operation = Operation::DescribeStream;
        self.refuse(HERE, None)?;
        let arn = request::stream_arn(request.stream_arn.as_ref())?;
        let limit = request::limit(request.limit, LISTED)?;
        let after = request.exclusive_start_shard_id.as_ref();
        let after = after.map(|id| request::shard_id(Some(id))).transpose()?;
        let mut children_of = None;
        if let Some(filter) = &request.shard_filter {
            if self.faults.strikes(HERE, None, &Fault::ChildFilterRejected) {
                return Err(Refusal::validation("Unknown parameter in input: ShardFilter"));
            }
            children_of = Some(request::children_of(filter)?);
            if self.faults.strikes(HERE, None, &Fault::ChildFilterIgnored) {
                children_of = None;
            }
        }
        let lateness = self.faults.strike(HERE, None, |fault| {
            if let Fault::LateChildren(lateness) = fault { Some(*lateness) } else { None }
        });
        let open_parents = self.faults.strikes(HERE, None, &Fault::OpenParents);
        let repeats = self.faults.strikes(HERE, None, &Fault::RepeatedShardToken);
        let stream = self.stream_mut(&arn, now)?;

        let is_listed = |shard: &ShardState| {
            let late = lateness.filter(|_| shard.parent.is_some());
            shard.is_listed(now) && late.is_none_or(|late| shard.created_at.plus(late) <= now)
        };
        let describe = |shard: &ShardState| {
            let mut described = shard.describe();
            let has_child =
                || shard.children.iter().filter_map(|child| stream.shards.get(*child)).any(&is_listed);
            if open_parents && has_child() {
                described.ending = None;
            }
            described
        };
        // A shard that was never there is followed by nothing.
        let starts = match &after {
            Some(after) if !repeats => stream.by_id.contains_key(after),
            _ => true,
        };
        let after = after.filter(|_| !repeats);
        let mut shards: Vec<Shard> = stream
            .by_id
            .iter()
            .filter(|(id, _)| starts && after.as_ref().is_none_or(|after| *id > after))
            .filter_map(|(_, index)| stream.shards.get(*index))
            .filter(|shard| children_of.is_none() || shard.parent == children_of)
            .filter(|shard| is_listed(shard))
            .take(limit + 1)
            .map(describe)
            .collect();
        let more = shards.len() > limit;
        shards.truncate(limit);
        let last = shards.last().filter(|_| more || repeats).map(|last| last.id.clone());
        Ok(StreamDescription {
            status: if stream.disabled_at.is_some() { StreamStatus::Disabled } else { StreamStatus::Enabled },
            view_type: stream.view.clone(),
            created_at: Some(stream.created_at),
            key_names: stream.key_names.iter().map(|name| (*name).to_owned()).collect(),
            shards,
            last_evaluated_shard: last,
        })
    }

    pub fn get_shard_iterator(
        &mut self,
        request: &request::GetShardIterator,
        now: Time,
    ) -> Result<String, Refusal> {
        const HERE: Operation = Operation::GetShardIterator;
        let id = request.shard_id.as_deref().map(ShardId::new);
        self.refuse(HERE, id.as_ref())?;
        let arn = request::stream_arn(request.stream_arn.as_ref())?;
        let id = request::shard_id(request.shard_id.as_ref())?;
        let wanted = request::iterator_type(request)?;
        let timed = matches!(wanted, IteratorType::AtTimestamp(_));
        if timed && self.faults.strikes(HERE, Some(&id), &Fault::NoTimestamps) {
            return Err(Refusal::constraint(
                "shardIteratorType",
                "'AT_TIMESTAMP'",
                "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
            ));
        }
        let late =
            wanted == IteratorType::Latest && self.faults.strikes(HERE, Some(&id), &Fault::LatestSettlesLate);
        let is_rounded = self.faults.strikes(HERE, Some(&id), &Fault::RoundedTimes);
        let stream = self.stream_mut(&arn, now)?;
        let shard = readable(stream, &id, now)?;
        let at = match &wanted {
            IteratorType::TrimHorizon => Position::Horizon,
            IteratorType::Latest if late => Position::Tip,
            IteratorType::Latest => Position::At(tip(stream, shard, now)),
            IteratorType::AtSequenceNumber(text) => at_sequence(stream, shard, text, false, now)?,
            IteratorType::AfterSequenceNumber(text) => at_sequence(stream, shard, text, true, now)?,
            IteratorType::AtTimestamp(time) => at_timestamp(stream, shard, *time, is_rounded, now)?,
        };
        // What is named exactly is found at once; from elsewhere empty stretches take pages.
        let crossed = match wanted {
            IteratorType::TrimHorizon | IteratorType::AfterSequenceNumber(_) => 0,
            IteratorType::Latest | IteratorType::AtSequenceNumber(_) | IteratorType::AtTimestamp(_) => {
                u8::MAX
            }
        };
        Ok(ShardIterator { stream: arn, shard: id, issued: now, at, crossed }.token())
    }

    pub fn get_records(&mut self, request: &request::GetRecords, now: Time) -> Result<RecordsPage, Refusal> {
        const HERE: Operation = Operation::GetRecords;
        let token = request::shard_iterator(request.shard_iterator.as_ref())?;
        let limit = request::limit(request.limit, RECORDS)?;
        let iterator = ShardIterator::parse(token, now)?;
        let id = iterator.shard.clone();
        self.refuse(HERE, Some(&id))?;
        let poison = self.faults.strike(HERE, Some(&id), |fault| {
            if let Fault::Poison { one_in } = fault { Some(*one_in) } else { None }
        });
        let repeats = self.faults.strikes(HERE, Some(&id), &Fault::DuplicatePage);
        let is_rounded = self.faults.strikes(HERE, Some(&id), &Fault::RoundedTimes);
        let stream = self.stream_mut(&iterator.stream, now)?;
        let shard = readable(stream, &id, now)?;
        let horizon = stream.log.place_at(shard, now.minus(RETENTION));
        let from = match iterator.at {
            Position::Horizon => horizon,
            Position::Tip => tip(stream, shard, now),
            Position::At(place) => place,
        };
        if is_trimmed(stream, shard, from, horizon) {
            return Err(Refusal::new(RefusalKind::TrimmedDataAccess));
        }
        let mut page =
            Reading { stream, shard, iterator: &iterator, region: REGION, now, limit, poison, is_rounded }
                .page(from);
        if repeats && page.records > 0 {
            page.repeat(token);
        }
        Ok(page)
    }

    fn refuse(&mut self, operation: Operation, shard: Option<&ShardId>) -> Result<(), Refusal> {
        let refusal = self.faults.strike(operation, shard, |fault| {
            if let Fault::Refuse(kind) = fault { Some(*kind) } else { None }
        });
        refusal.map_or(Ok(()), |kind| Err(Refusal::new(kind)))
    }

    fn stream_mut(&mut self, arn: &StreamArn, now: Time) -> Result<&mut Stream, Refusal> {
        let gone = || Refusal::not_found(&format!("Stream: {arn} not found"));
        let stream = self.streams.get_mut(arn).ok_or_else(gone)?;
        stream.advance(now);
        if stream.exists(now) { Ok(stream) } else { Err(gone()) }
    }
}

/// The ARN of a stream that is switched on at `created_at`.
pub(super) fn arn(table: &str, created_at: Time) -> StreamArn {
    let seconds = Time::from_seconds(created_at.seconds()).full(Zone::Utc).replace(' ', "T");
    let millis = created_at.millis().rem_euclid(1_000);
    let text = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/{seconds}.{millis:03}");
    // Tables cannot have a name that makes this no ARN.
    StreamArn::parse(&text).unwrap_or_else(|_| arn("unnamed", created_at))
}

fn readable<'a>(stream: &'a Stream, id: &ShardId, now: Time) -> Result<&'a ShardState, Refusal> {
    let shard = stream.shard(id).filter(|shard| shard.is_readable(now));
    shard.ok_or_else(|| Refusal::not_found("Shard does not exist"))
}

/// Behind the newest record of the shard.
fn tip(stream: &Stream, shard: &ShardState, now: Time) -> Place {
    shard.end.unwrap_or_else(|| stream.log.end(now))
}

/// Whether a record at or after `from` has been trimmed: then what follows would lack it.
fn is_trimmed(stream: &Stream, shard: &ShardState, from: Place, horizon: Place) -> bool {
    from < horizon && stream.log.find(shard, from, horizon).is_some()
}

/// Numbers below the trim horizon are refused, also where nothing after them is lost.
fn at_sequence(
    stream: &Stream,
    shard: &ShardState,
    text: &str,
    after: bool,
    now: Time,
) -> Result<Position, Refusal> {
    let sequence = Sequence::parse(text).ok_or_else(|| Refusal::validation("Invalid SequenceNumber"))?;
    let seed = stream.log.seed();
    let at = sequence.place_at(seed);
    let horizon = stream.log.place_at(shard, now.minus(RETENTION));
    if is_trimmed(stream, shard, at.max(shard.first), horizon) {
        return Err(Refusal::new(RefusalKind::TrimmedDataAccess));
    }
    let place = if after { sequence.place_after(seed) } else { at };
    Ok(Position::At(place.clamp(shard.first, tip(stream, shard, now).max(shard.first))))
}

/// The first record whose time, as it is told, is not before `time`; before the horizon, the horizon.
fn at_timestamp(
    stream: &Stream,
    shard: &ShardState,
    time: Time,
    is_rounded: bool,
    now: Time,
) -> Result<Position, Refusal> {
    if time > now {
        return Err(Refusal::validation("Timestamp must not be in the future"));
    }
    if time <= now.minus(RETENTION) {
        return Ok(Position::Horizon);
    }
    // Records say whole seconds (or minutes), rounded down: those from the next whole one on qualify.
    let unit = if is_rounded { 60_000_000 } else { 1_000_000 };
    let whole = Time::from_micros((time.micros() + unit - 1).div_euclid(unit) * unit);
    Ok(Position::At(stream.log.place_at(shard, whole).min(tip(stream, shard, now))))
}
