//! The flags that say which records are wanted, and what they cost or cannot see.

use clap::Args;

use crate::clock;
use crate::follow::Follower;
use crate::model::ShardId;
use crate::model::time::Zone;
use crate::query::{Filter, Tally, Whence};
use crate::store::RecordRef;

#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArgs {
    /// Only records that match, in the language of DynamoDB's conditions: status = 'PAID' AND total > 100
    #[arg(long, value_parser = expression, value_name = "EXPR", help_heading = "Which records")]
    filter: Option<Filter>,
    /// Only records with this text in a name or a value, in any case
    #[arg(long, value_parser = text, value_name = "TEXT", help_heading = "Which records")]
    grep: Option<Filter>,
    /// No record that matches
    #[arg(long, value_parser = expression, value_name = "EXPR", help_heading = "Which records")]
    exclude: Option<Filter>,
    /// Drop at once what does not match, and count it
    #[arg(long, value_parser = expression, value_name = "EXPR", help_heading = "Which records")]
    keep_only: Option<Filter>,
}

/// Reads an expression; an error points at its column.
fn expression(text: &str) -> Result<Filter, String> {
    Filter::parse(text, clock::now(), Zone::Utc).map_err(|error| {
        // A line break would tear the pointer from its place.
        let line = text.replace(['\n', '\r', '\t'], " ");
        format!("{error}\n  {line}\n  {:>width$}", "^", width = error.column)
    })
}

fn text(text: &str) -> Result<Filter, String> {
    Filter::text(text).ok_or_else(|| "a text to look for is expected".into())
}

/// Asks the flags about records, and keeps count.
#[derive(Debug)]
pub struct Selection {
    args: SelectionArgs,
    tally: Tally,
    dropped: u64,
    /// The streams whose blind spots were told, by their place.
    told: Vec<bool>,
}

impl Selection {
    pub fn new(args: SelectionArgs) -> Self {
        Self { args, tally: Tally::default(), dropped: 0, told: vec![] }
    }

    pub fn wants(&mut self, table: &str, shard: &ShardId, record: RecordRef<'_>) -> bool {
        let whence = Whence { table, shard: shard.as_str() };
        let matches = |filter: &Option<Filter>| filter.as_ref().map(|filter| filter.matches(record, whence));
        if matches(&self.args.keep_only) == Some(false) {
            self.dropped += 1;
            return false;
        }
        let is_found =
            self.args.filter.as_ref().is_none_or(|filter| filter.count(record, whence, &mut self.tally));
        is_found && matches(&self.args.grep) != Some(false) && matches(&self.args.exclude) != Some(true)
    }

    /// Whether a record that could not be understood may be wanted.
    pub fn wants_poison(&self, text: &str) -> bool {
        self.args.grep.as_ref().is_none_or(|grep| grep.matches_poison(text))
    }

    /// What the filters cannot see in streams that are now known, a sentence each, once.
    pub fn blind_spots(&mut self, followers: &[Follower]) -> Vec<String> {
        self.told.resize(followers.len(), false);
        let mut sentences = vec![];
        for (follower, told) in followers.iter().zip(&mut self.told) {
            let Some(view) = follower.view_type().filter(|_| !*told) else { continue };
            *told = true;
            let filters = [&self.args.filter, &self.args.exclude, &self.args.keep_only];
            for filter in filters.into_iter().flatten() {
                let spot = filter.blind_spot(follower.stream().table(), view, follower.key_names());
                sentences.extend(spot.filter(|spot| !sentences.contains(spot)));
            }
        }
        sentences
    }

    /// What there is to say at the end.
    pub fn last_words(&self) -> Vec<String> {
        let dropped = (self.dropped > 0).then(|| format!("{} records dropped by --keep-only", self.dropped));
        let explained = self.args.filter.as_ref().filter(|_| self.tally.matched == 0 && self.tally.seen > 0);
        let why = explained
            .and_then(|filter| filter.explain(&self.tally))
            .map(|why| format!("--filter: 0 matches in {} records; {why}", self.tally.seen));
        dropped.into_iter().chain(why).collect()
    }
}
