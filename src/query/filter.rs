//! A filter: an expression, ready to be asked about records.

use super::expression::Condition;
use super::matcher::Matcher;
use super::prefilter::Prefilter;
use super::{Needle, Tally, explain, language};
use crate::model::escapes::may_hide_letters;
use crate::model::time::Zone;
use crate::model::{Time, ViewType};
use crate::store::{Page, RecordRef};

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct FilterError {
    /// In characters, from 1; behind the end where something is missing there.
    pub column: usize,
    /// What was expected. It may quote the expression.
    pub message: String,
}

/// Where a record comes from; it does not say so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whence<'a> {
    pub table: &'a str,
    pub shard: &'a str,
}

/// Which records are wanted. Cheap to ask, safe to share between threads.
#[derive(Clone, Debug)]
pub struct Filter {
    condition: Condition,
    prefilter: Option<Prefilter>,
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.condition == other.condition
    }
}

impl Filter {
    /// Reads an expression. `now` and the zone are what `'-15m'` and `'02:10'` are seen from.
    pub fn parse(text: &str, now: Time, zone: Zone) -> Result<Self, FilterError> {
        language::parse(text, now, zone).map(Self::new)
    }

    /// The records that have a text in a name or a value, in any case; `None` for the empty text.
    pub fn text(text: &str) -> Option<Self> {
        Needle::new(text).map(|needle| Self::new(Condition::Text(needle)))
    }

    fn new(condition: Condition) -> Self {
        let prefilter = Prefilter::of(&condition);
        Self { condition, prefilter }
    }

    pub fn matches(&self, record: RecordRef<'_>, whence: Whence<'_>) -> bool {
        let json = record.json();
        let prefilter = self.prefilter.as_ref();
        prefilter.is_none_or(|prefilter| prefilter.may_match(json, || may_hide_letters(json)))
            && Matcher { record, whence, tally: None }.is_true(&self.condition)
    }

    /// Like [`matches`](Self::matches), and counts. Until something matches it is also counted why
    /// nothing does, for [`explain`](Self::explain).
    pub fn count(&self, record: RecordRef<'_>, whence: Whence<'_>, tally: &mut Tally) -> bool {
        tally.seen += 1;
        let is_match = if tally.matched > 0 {
            self.matches(record, whence)
        } else {
            Matcher { record, whence, tally: Some(tally) }.is_true(&self.condition)
        };
        tally.matched += u64::from(is_match);
        is_match
    }

    /// Counts all records of a page, and says which match, by their slots. Where none can, the page is
    /// passed over at once.
    pub fn count_page(&self, page: &Page, whence: Whence<'_>, tally: &mut Tally) -> Vec<usize> {
        if !self.may_match_in(page, tally) {
            tally.seen += page.len() as u64;
            return vec![];
        }
        let matching = page.records().enumerate().filter(|(_, record)| self.count(*record, whence, tally));
        matching.map(|(slot, _)| slot).collect()
    }

    fn may_match_in(&self, page: &Page, tally: &Tally) -> bool {
        let hides = || page.may_hide_letters();
        if let Condition::Text(needle) = &self.condition {
            return needle.may_be_in(page.text(), hides);
        }
        // Until something matches it is counted why nothing does.
        let prefilter = self.prefilter.as_ref().filter(|_| tally.matched > 0);
        prefilter.is_none_or(|prefilter| prefilter.may_match(page.text(), hides))
    }

    /// Whether a record that could not be understood is wanted. Only a text can be looked for in
    /// it; any other filter shows it, as it may be what is wanted.
    pub fn matches_poison(&self, text: &str) -> bool {
        if let Condition::Text(needle) = &self.condition { needle.is_in_text(text) } else { true }
    }

    /// Why nothing matched, where the counts say so: `311 records have orderId as a string: try '91'`.
    pub fn explain(&self, tally: &Tally) -> Option<String> {
        explain::explain(&self.condition, tally)
    }

    /// What the records of such a stream cannot show to this filter: `orders is KEYS_ONLY: only keys
    /// and @fields can be filtered`. `keys` are the names of the table's keys, if they are known.
    pub fn blind_spot(&self, table: &str, view: &ViewType, keys: &[String]) -> Option<String> {
        let spot = explain::blind_spot(&self.condition, view, keys)?;
        Some(format!("{table} is {}: {spot}", view.as_str()))
    }
}
