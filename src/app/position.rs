//! Positions that are typed: `@` names one, and `b` goes a quarter of an hour further back.

use std::time::Duration;

use super::AppState;
use super::effect::Effect;
use super::held::Landing;
use super::prompt::{Prompt, Purpose};
use super::reading::Outcome;
use super::row_text::plural;
use super::seeking::SeekState;
use super::shards::Choice;
use crate::follow::{Position, RETENTION, Start};
use crate::model::moment::{parse_moment, parse_span};
use crate::model::time::{Zone, short_span};
use crate::model::{ErrorKind, SequenceNumber, Time};

/// How far one `b` goes back.
const FURTHER: Duration = Duration::from_mins(15);

/// What can be typed.
const EXPECTED: &str = "oldest, latest, a time like -15m, 02:10 or 2026-11-20T02:10:00Z, or a sequence \
                        number (at:… or after:…) is expected";

/// Where the records are to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Oldest,
    Latest,
    Time(Time),
    /// With the record of this sequence number.
    At(SequenceNumber),
    /// With the record after it.
    After(SequenceNumber),
}

impl Target {
    /// Reads what was typed at `now`.
    pub fn parse(text: &str, now: Time, zone: Zone) -> Result<Self, String> {
        let text = text.trim();
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = |text: &str| {
            let digits = is_number(text).then(|| SequenceNumber::new(text));
            digits.ok_or_else(|| "a sequence number has digits only".to_owned())
        };
        match text {
            "oldest" | "trim-horizon" => return Ok(Self::Oldest),
            "latest" | "now" => return Ok(Self::Latest),
            _ if is_number(text) => return number(text).map(Self::At),
            _ => {}
        }
        if let Some(text) = text.strip_prefix("at:") {
            return number(text).map(Self::At);
        }
        if let Some(text) = text.strip_prefix("after:") {
            return number(text).map(Self::After);
        }
        let ago = parse_span(text).map(|span| now.minus(span));
        match ago.or_else(|| parse_moment(text, now, zone)) {
            Some(time) if time > now => Err("this time lies in the future".to_owned()),
            Some(time) => Ok(Self::Time(time)),
            None => Err(EXPECTED.to_owned()),
        }
    }

    /// What is meant, as it is told while it is typed: `from 02:10:00 UTC, 6h ago`.
    fn words(&self, now: Time, zone: Zone) -> String {
        match self {
            Self::Oldest => "the oldest records that are kept".to_owned(),
            Self::Latest => "follow what comes".to_owned(),
            Self::Time(time) => {
                let full = time.full(zone);
                let is_recent = now.since(*time) < Duration::from_hours(24);
                let shown = if is_recent { time.clock(zone) } else { full };
                let kept = if now.since(*time) > RETENTION { "; kept are 24 hours" } else { "" };
                format!("from {shown} {}, {} ago{kept}", zone.name(), short_span(now.since(*time)))
            }
            Self::At(_) => "this record of the selected shard".to_owned(),
            Self::After(_) => "what follows this record of the selected shard".to_owned(),
        }
    }
}

impl AppState {
    /// Asks for a position.
    pub(super) fn start_position(&mut self) {
        if self.reading.is_none() {
            return self.note("no stream is read: Enter on one reads it");
        }
        self.prompt = Some(Prompt::new(Purpose::Position, ""));
    }

    /// What is to be said of a position while it is typed; the second says that it is wrong.
    pub fn position_words(&self, text: &str) -> (String, bool) {
        if text.trim().is_empty() {
            return ("oldest, latest, -15m, 02:10, a sequence number".to_owned(), false);
        }
        match Target::parse(text, self.now, self.zone).and_then(|target| self.reachable(target)) {
            Ok(target) => (target.words(self.now, self.zone), false),
            Err(error) => (error, true),
        }
    }

    /// A sequence number is one shard's.
    fn reachable(&self, target: Target) -> Result<Target, String> {
        let is_number = matches!(target, Target::At(_) | Target::After(_));
        if is_number && !matches!(self.records.choice, Choice::Shard(..)) {
            return Err("a sequence number is one shard's: select it in the pane of shards first".to_owned());
        }
        Ok(target)
    }

    /// Goes where was typed; what cannot be understood stays, to be mended.
    pub(super) fn submit_position(&mut self, prompt: Prompt) -> Vec<Effect> {
        match Target::parse(&prompt.text, self.now, self.zone).and_then(|target| self.reachable(target)) {
            Ok(target) => {
                self.note(target.words(self.now, self.zone));
                self.go_to(&target)
            }
            Err(error) => {
                self.note(error);
                self.prompt = Some(prompt);
                vec![]
            }
        }
    }

    /// Goes to a position. What is not held is read until it meets what is.
    pub(super) fn go_to(&mut self, target: &Target) -> Vec<Effect> {
        let now = self.now;
        let choice = self.records.choice.clone();
        let Some(reading) = &mut self.reading else { return vec![] };
        let horizon = now.minus(RETENTION);
        let (start, landing) = match target {
            Target::Latest => return self.go_to_latest(),
            Target::Oldest => (Start::TrimHorizon, Landing::Time(Time::OLDEST)),
            Target::Time(time) if *time <= horizon => (Start::TrimHorizon, Landing::Time(*time)),
            Target::Time(time) => (Start::Since(*time), Landing::Time(*time)),
            Target::At(number) | Target::After(number) => {
                let Choice::Shard(at, shard) = choice else { return vec![] };
                let first = if matches!(target, Target::After(_)) {
                    Position::AfterSequenceNumber(number.clone())
                } else {
                    Position::AtSequenceNumber(number.clone())
                };
                let landing = Landing::Number { at, shard: shard.clone(), first: first.clone() };
                reading.landing = Some(landing);
                if reading.is_offline() || reading.holds(at, &shard, number) {
                    self.land();
                    return vec![];
                }
                let outcome = reading.seek_number(at, shard, first, self.next_reading, now);
                self.next_reading += 1;
                return self.take_seeking(outcome);
            }
        };
        reading.landing = Some(landing);
        if reading.is_held_from(start) {
            self.land();
            return vec![];
        }
        if let Start::Since(time) = start {
            reading.since = reading.since.min(time);
        } else {
            reading.since = Time::OLDEST;
        }
        let outcome = reading.seek(start, self.next_reading, now);
        self.next_reading += reading.followers.len() as u32;
        self.take_seeking(outcome)
    }

    /// Reads a quarter of an hour more than was ever asked for.
    pub(super) fn go_further_back(&mut self) -> Vec<Effect> {
        let Some(reading) = &self.reading else {
            self.note("no stream is read: Enter on one reads it");
            return vec![];
        };
        let oldest = (0..reading.followers.len()).filter_map(|at| reading.asked_from(at)).max();
        let Some(oldest) = oldest.filter(|oldest| *oldest > self.now.minus(RETENTION)) else {
            self.note("all that is kept was asked for already: records are kept for 24 hours");
            return vec![];
        };
        let target = Target::Time(oldest.minus(FURTHER));
        self.note(format!("further back: {}", target.words(self.now, self.zone)));
        self.go_to(&target)
    }

    /// Follows the newest record. Where reading is far behind it starts again from now on, and what
    /// lies between stays unread.
    fn go_to_latest(&mut self) -> Vec<Effect> {
        let now = self.now;
        self.records.follow();
        let Some(reading) = &mut self.reading else { return vec![] };
        reading.landing = None;
        if reading.is_offline() || !reading.is_far_behind(now) {
            return vec![];
        }
        let outcome = reading.jump_to_latest(self.next_reading, now);
        self.next_reading += reading.followers.len() as u32;
        self.shards.is_stale = true;
        self.take_seeking(outcome)
    }

    /// Ends the reading of what is older, as somebody asked. Whether there was any.
    pub(super) fn cancel_seek(&mut self) -> Option<Vec<Effect>> {
        let reading = self.reading.as_mut().filter(|reading| reading.is_seeking())?;
        let records = reading.sought();
        let outcome = reading.stop_seeking(self.now);
        let read = plural(records, "record");
        self.note(format!("stopped reading back after {read}; what was not read is a gap"));
        self.land();
        Some(self.take(outcome))
    }

    fn take_seeking(&mut self, outcome: Outcome) -> Vec<Effect> {
        let mut effects = self.take(outcome);
        effects.extend(self.go_on_seeking());
        effects
    }

    /// Looks how the reading of what is older stands: it may have met what is held, or failed.
    pub(super) fn go_on_seeking(&mut self) -> Vec<Effect> {
        let now = self.now;
        let Some(reading) = self.reading.as_mut().filter(|reading| reading.is_seeking()) else {
            return vec![];
        };
        let records = reading.sought();
        let read = plural(records, "record");
        let said = match reading.seek_state(now) {
            Some(SeekState::Reading(_)) if reading.store.is_nearly_full() => {
                format!("stopped reading back after {read}: more would push out what is held")
            }
            None | Some(SeekState::Reading(_)) => {
                self.land();
                return vec![];
            }
            Some(SeekState::Met) => format!("{read} more; from there on all is held"),
            Some(SeekState::Failed(error)) => {
                let is_number = matches!(reading.landing, Some(Landing::Number { .. }));
                reading.landing = None;
                if is_number && error.kind == ErrorKind::Validation {
                    "the service knows no such sequence number in this shard".to_owned()
                } else {
                    format!("cannot read further back: {error}; after {read}")
                }
            }
        };
        let outcome = reading.stop_seeking(now);
        let effects = self.take(outcome);
        self.note(said);
        self.land();
        effects
    }

    /// Puts the cursor on the record that was asked for, as far as it is held.
    fn land(&mut self) {
        let Some(reading) = &self.reading else { return };
        let Some(landing) = &reading.landing else { return };
        match reading.landing_place(landing) {
            Some(place) => self.records.land_on(place, reading),
            None if !reading.is_seeking() => {
                self.records.follow();
                self.note("nothing has been written since");
            }
            None => {}
        }
        if let Some(reading) = self.reading.as_mut().filter(|reading| !reading.is_seeking()) {
            reading.landing = None;
        }
        self.is_dirty = true;
    }

    /// The cursor was moved: it stays where it is now.
    pub(super) fn stay(&mut self) {
        if let Some(reading) = &mut self.reading {
            reading.landing = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_people_write_it() {
        // 2026-10-06T19:58:46Z.
        let now = Time::from_seconds(1_791_316_726);
        let number = || SequenceNumber::new("700");
        let at = |seconds| Target::Time(Time::from_seconds(seconds));
        for (text, target) in [
            ("oldest", Target::Oldest),
            (" latest ", Target::Latest),
            ("-15m", at(1_791_315_826)),
            ("15m", at(1_791_315_826)),
            ("20:00", at(1_791_230_400)),
            ("700", Target::At(number())),
            ("at:700", Target::At(number())),
            ("after:700", Target::After(number())),
        ] {
            assert_eq!(Target::parse(text, now, Zone::Utc), Ok(target), "{text}");
        }
        let said = |text| Target::parse(text, now, Zone::Utc).unwrap().words(now, Zone::Utc);
        assert_eq!(said("20:00"), "from 20:00:00 UTC, 23h ago");
        assert_eq!(said("-2d"), "from 2026-10-04 19:58:46 UTC, 2d ago; kept are 24 hours");
        for text in ["soon", "", "at:x", "2027-01-01T00:00:00Z"] {
            assert!(Target::parse(text, now, Zone::Utc).is_err(), "{text}");
        }
    }
}
