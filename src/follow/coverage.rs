//! What of a stream has been read, shard by shard, when it was not read from one end to the other.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::follower::Follower;
use super::part::Part;
use super::progress::ShardState;
use super::request::ReadingId;
use super::step::Step;
use crate::model::{Lineage, SequenceNumber, ShardId, Time, sequence_number};
use crate::store::Page;

/// Records of one shard without one missing between them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    /// From when on they are complete.
    from: Time,
    /// Up to when; absent where nothing is unread between them and what comes next: another stretch,
    /// what the live reading shows, or the end of the shard.
    until: Option<Time>,
    ends: Option<Ends>,
}

/// The first and the last record of a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ends {
    numbers: (SequenceNumber, SequenceNumber),
    /// Where they stand among the records shown, as far as they were put there.
    places: Option<(Time, Time)>,
}

impl Ends {
    fn holds(&self, number: &str) -> bool {
        !is_before(number, &self.numbers.0) && !is_behind(number, &self.numbers.1)
    }

    fn of(first: SequenceNumber, last: SequenceNumber) -> Self {
        Self { numbers: (first, last), places: None }
    }

    fn placed(&mut self, (first, last): (Time, Time)) {
        let (before, behind) = self.places.unwrap_or((first, last));
        self.places = Some((before.min(first), behind.max(last)));
    }
}

fn is_before(number: &str, than: &SequenceNumber) -> bool {
    sequence_number::compare(number, than.as_str()).is_lt()
}

fn is_behind(number: &str, than: &SequenceNumber) -> bool {
    sequence_number::compare(number, than.as_str()).is_gt()
}

/// What a reader of what is older came upon in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Nothing,
    /// Records that were read before, up to this one. More that is unread lies behind it.
    Stretch(SequenceNumber),
    /// From here on nothing is unread.
    Live,
}

/// Records of a shard that nobody has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub shard: ShardId,
    /// The last record before them that was read.
    pub after: Option<SequenceNumber>,
    /// The first one behind them that was read.
    pub before: Option<SequenceNumber>,
    /// When they were created, by the service's clock.
    pub from: Time,
    pub until: Time,
}

/// The part of a stream that has been read: by the live reading, and by readings of what is older.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The oldest time that was ever asked for beyond the live reading.
    asked: Option<Time>,
    /// In the order of their records.
    closed: BTreeMap<ShardId, Vec<Stretch>>,
    /// Those that a reading adds to.
    open: BTreeMap<ShardId, Stretch>,
    live: BTreeMap<ShardId, Ends>,
    /// Poison that was shown; it has no number that can be compared.
    poison: BTreeSet<u64>,
}

impl Coverage {
    pub(super) fn ask(&mut self, from: Time) {
        self.asked = Some(self.asked.map_or(from, |asked| asked.min(from)));
    }

    /// The oldest time that was asked for beyond the live reading.
    pub fn asked(&self) -> Option<Time> {
        self.asked
    }

    /// Leaves out of a page of the live reading what another reading has shown before it came.
    pub fn admit_live(&mut self, shard: &ShardId, page: Arc<Page>) -> Arc<Page> {
        let page = self.admit_poison(page);
        let closed = self.closed.get(shard).into_iter().flatten();
        let before: Vec<&Ends> =
            closed.chain(self.open.get(shard)).filter_map(|stretch| stretch.ends.as_ref()).collect();
        if before.is_empty() {
            return page;
        }
        let is_known = |number: &str| !number.is_empty() && before.iter().any(|ends| ends.holds(number));
        let known = page.records().enumerate().filter(|(_, record)| is_known(record.sequence_number()));
        let known: Vec<usize> = known.map(|(slot, _)| slot).collect();
        if known.is_empty() { page } else { Arc::new(page.without(&known)) }
    }

    fn admit_poison(&mut self, page: Arc<Page>) -> Arc<Page> {
        if page.poison().is_empty() {
            return page;
        }
        let hash = |text: &str| BuildHasherDefault::<DefaultHasher>::default().hash_one(text);
        let texts = page.poison().iter().map(|poison| page.poison_text(poison)).enumerate();
        // One that does not say which record it is cannot be told from another.
        let named = texts.filter(|(_, text)| text.contains("SequenceNumber") || text.contains("eventID"));
        let known = named.filter(|(_, text)| !self.poison.insert(hash(text)));
        let known: Vec<usize> = known.map(|(place, _)| place).collect();
        if known.is_empty() { page } else { Arc::new(page.without_poison(&known)) }
    }

    /// The live reading has shown records.
    pub fn live_shown(&mut self, shard: &ShardId, page: &Page, places: (Time, Time)) {
        let mut numbers = page.sequence_numbers();
        let Some(first) = numbers.next().map(SequenceNumber::new) else { return };
        let last = numbers.next_back().map_or_else(|| first.clone(), SequenceNumber::new);
        let ends = self.live.entry(shard.clone()).or_insert_with(|| Ends::of(first, last.clone()));
        if is_behind(last.as_str(), &ends.numbers.1) {
            ends.numbers.1 = last;
        }
        ends.placed(places);
    }

    /// A reading begins in a shard.
    pub(super) fn begin(&mut self, shard: &ShardId, from: Time) {
        let stretch = || Stretch { from, until: None, ends: None };
        self.open.entry(shard.clone()).or_insert_with(stretch);
    }

    /// Of a page that was read of a shard in which a reading has begun, the runs of records that are
    /// new, and what they came upon behind them.
    pub(super) fn admit_back(&mut self, shard: &ShardId, page: Arc<Page>) -> (Vec<Arc<Page>>, Met) {
        let page = self.admit_poison(page);
        let mut runs: Vec<Vec<usize>> = vec![vec![]];
        let mut met = Met::Nothing;
        for (slot, record) in page.records().enumerate() {
            let number = record.sequence_number();
            met = self.meet(shard, number);
            match &met {
                Met::Live => break,
                Met::Stretch(last) => {
                    self.pass(shard, last);
                    runs.push(vec![]);
                }
                Met::Nothing => {
                    self.add(shard, number);
                    runs.iter_mut().next_back().into_iter().for_each(|run| run.push(slot));
                }
            }
        }
        if met == Met::Live {
            self.join(shard);
        }
        runs.retain(|run| !run.is_empty());
        if runs.len() == 1 && runs[0].len() == page.len() || page.is_empty() {
            return (vec![page], met);
        }
        let mut pages: Vec<Arc<Page>> = runs.iter().map(|run| Arc::new(page.only(run))).collect();
        if !page.poison().is_empty() {
            let all: Vec<usize> = (0..page.len()).collect();
            pages.insert(0, Arc::new(page.without(&all)));
        }
        (pages, met)
    }

    fn add(&mut self, shard: &ShardId, number: &str) {
        let Some(stretch) = self.open.get_mut(shard).filter(|_| !number.is_empty()) else { return };
        let number = SequenceNumber::new(number);
        let ends = stretch.ends.get_or_insert_with(|| Ends::of(number.clone(), number.clone()));
        if is_behind(number.as_str(), &ends.numbers.1) {
            ends.numbers.1 = number;
        }
    }

    fn meet(&self, shard: &ShardId, number: &str) -> Met {
        if number.is_empty() {
            return Met::Nothing;
        }
        if self.live.get(shard).is_some_and(|live| !is_before(number, &live.numbers.0)) {
            return Met::Live;
        }
        let Some(closed) = self.closed.get(shard) else { return Met::Nothing };
        let holds = |stretch: &Stretch| stretch.ends.as_ref().is_some_and(|ends| ends.holds(number));
        let Some(at) = closed.iter().position(holds) else {
            // Behind all that reached what is live, or the end.
            let last = closed.iter().rev().find_map(|it| it.ends.as_ref().map(|ends| (it, ends)));
            let is_over =
                last.is_some_and(|(it, ends)| it.until.is_none() && is_behind(number, &ends.numbers.1));
            return if is_over { Met::Live } else { Met::Nothing };
        };
        // What is joined is passed at once.
        let end = closed[at..].iter().find(|stretch| stretch.until.is_some());
        match end.and_then(|stretch| stretch.ends.as_ref()) {
            Some(ends) => Met::Stretch(ends.numbers.1.clone()),
            None => Met::Live,
        }
    }

    /// Between which places of what is held the records of a page belong that was read back.
    pub fn bounds(&self, shard: &ShardId, page: &Page, lineage: &Lineage) -> (Option<Time>, Option<Time>) {
        let number = page.sequence_numbers().next();
        let (mut floor, mut ceiling): (Option<Time>, Option<Time>) = (None, None);
        let closed = self.closed.iter().flat_map(|(id, all)| all.iter().map(move |it| (id, it)));
        let stretches = closed.chain(self.open.iter()).filter_map(|(id, it)| Some((id, it.ends.as_ref()?)));
        for (id, ends) in stretches.chain(self.live.iter()) {
            let Some((first, last)) = ends.places else { continue };
            let is_older = if id == shard {
                // Its own stretch holds what was read just before it.
                number.is_none_or(|number| !is_before(number, &ends.numbers.0))
            } else if lineage.descends(shard, id) {
                true
            } else if lineage.descends(id, shard) {
                false
            } else {
                continue;
            };
            if is_older {
                floor = floor.max(Some(last));
            } else {
                ceiling = Some(ceiling.map_or(first, |before| before.min(first)));
            }
        }
        (floor, ceiling)
    }

    /// A page that was read back has been put in its place.
    pub fn back_shown(&mut self, shard: &ShardId, page: &Page, places: (Time, Time)) {
        let number = page.sequence_numbers().next();
        let closed = self.closed.get_mut(shard).into_iter().flatten();
        let mut all = closed.chain(self.open.get_mut(shard)).filter_map(|stretch| stretch.ends.as_mut());
        if let Some(ends) = number.and_then(|number| all.find(|ends| ends.holds(number))) {
            ends.placed(places);
        }
    }

    /// The stretch that is read goes up to what is known behind it, or to the end of the shard.
    pub(super) fn join(&mut self, shard: &ShardId) {
        if let Some(stretch) = self.open.remove(shard) {
            self.keep(shard, Stretch { until: None, ..stretch });
        }
    }

    /// The stretch that is read came upon another one, behind which it goes on.
    pub(super) fn pass(&mut self, shard: &ShardId, last: &SequenceNumber) {
        let closed = self.closed.get(shard).into_iter().flatten();
        let passed = closed.rev().find(|it| it.ends.as_ref().is_some_and(|ends| ends.numbers.1 == *last));
        let Some(from) = passed.and_then(|stretch| stretch.until) else { return };
        if self.open.get(shard).is_some_and(|open| open.ends.is_none() && open.from == from) {
            return;
        }
        self.join(shard);
        self.begin(shard, from);
    }

    /// The reading ended before it met what is held: each stretch goes as far as it was read.
    pub(super) fn stop(&mut self, read_to: impl Fn(&ShardId) -> Option<Time>) {
        for (shard, stretch) in std::mem::take(&mut self.open) {
            let until = read_to(&shard).map_or(stretch.from, |at| at.max(stretch.from));
            self.keep(&shard, Stretch { until: Some(until), ..stretch });
        }
    }

    fn keep(&mut self, shard: &ShardId, stretch: Stretch) {
        let closed = self.closed.entry(shard.clone()).or_default();
        let is_inside = |other: &Stretch| {
            other.from <= stretch.from && other.until.is_none_or(|until| stretch.from < until)
        };
        // A start in the midst of what is held added nothing.
        if stretch.ends.is_none() && closed.iter().any(is_inside) {
            return;
        }
        let at = closed.partition_point(|other| other.from <= stretch.from);
        closed.insert(at, stretch);
    }

    /// Whether a record is held.
    pub fn holds(&self, shard: &ShardId, number: &SequenceNumber) -> bool {
        let closed = self.closed.get(shard).into_iter().flatten();
        let stretches = closed.chain(self.open.get(shard)).filter_map(|stretch| stretch.ends.as_ref());
        stretches.chain(self.live.get(shard)).any(|ends| ends.holds(number.as_str()))
    }

    /// The live reading ends and another takes its place that reads from now on: what it has shown is a
    /// stretch like others.
    pub fn restart(
        &mut self,
        live: &mut Follower,
        part: &Part,
        id: ReadingId,
        now: Time,
    ) -> (Follower, Vec<Step>) {
        let held = live.wanted_from();
        self.ask(held.unwrap_or_else(|| live.all_owed_from()));
        for (shard, progress) in live.all_progress() {
            let ends = self.live.remove(shard);
            let is_over = matches!(progress.state, ShardState::Exhausted(_));
            if ends.is_none() && !is_over || progress.state == ShardState::BeforeStart {
                continue;
            }
            let born = shard.created_at();
            let Some(from) = held.max(born).or(self.asked) else { continue };
            let until = (!is_over).then(|| progress.at.map_or(from, |at| at.max(from)));
            self.keep(shard, Stretch { from, until, ends });
        }
        let mut next = part.follower(id, live.stream().clone(), now);
        next.at_timestamp = live.at_timestamp;
        next.precision = live.precision;
        next.lineage = live.lineage.clone();
        self.live.clear();
        (next, live.close())
    }

    /// What was asked for of a shard and not read, oldest first. The live reading has it from `held`
    /// on, if at all; where it has not, the shard has ended by then.
    pub(super) fn unread_in(&self, shard: &ShardId, held: Time) -> Vec<Unread> {
        let Some(asked) = self.asked else { return vec![] };
        let mut unread = vec![];
        let mut read_to = shard.created_at().map_or(asked, |born| born.max(asked));
        let mut after: Option<&Ends> = None;
        let mut piece = |from: Time, until: Time, after: Option<&Ends>, before: Option<&Ends>| {
            let until = until.min(held);
            if from < until {
                let after = after.map(|ends| ends.numbers.1.clone());
                let before = before.map(|ends| ends.numbers.0.clone());
                unread.push(Unread { shard: shard.clone(), after, before, from, until });
            }
        };
        let mut is_joined = false;
        let closed = self.closed.get(shard).into_iter().flatten();
        let mut stretches: Vec<&Stretch> = closed.chain(self.open.get(shard)).collect();
        stretches.sort_by_key(|stretch| stretch.from);
        for (at, stretch) in stretches.iter().enumerate() {
            if !is_joined {
                let next = stretches[at..].iter().find_map(|stretch| stretch.ends.as_ref());
                piece(read_to, stretch.from, after, next.or(self.live.get(shard)));
            }
            is_joined = stretch.until.is_none();
            read_to = read_to.max(stretch.until.unwrap_or(read_to));
            after = stretch.ends.as_ref().or(after);
        }
        if !is_joined {
            piece(read_to, held, after, self.live.get(shard));
        }
        unread
    }
}
