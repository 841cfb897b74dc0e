//! The flags that say which records are wanted, and what they cost or cannot see.

use std::sync::Arc;

use clap::Args;

use crate::clock;
use crate::follow::Follower;
use crate::model::time::Zone;
use crate::model::{ShardId, Time, ViewType};
use crate::query::{Filter, Kind, Tally, Whence};
use crate::store::{Page, RecordRef};

#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct SelectionArgs {
    /// Only records that match, in the language of DynamoDB's conditions: status = 'PAID' AND total > 100
    #[arg(long, value_parser = expression, value_name = "EXPR", help_heading = "Which records")]
    filter: Option<Condition>,
    /// Only records with this text in a name or a value, in any case
    #[arg(long, value_parser = text, value_name = "TEXT", help_heading = "Which records")]
    grep: Option<Condition>,
    /// No record that matches
    #[arg(long, value_parser = expression, value_name = "EXPR", help_heading = "Which records")]
    exclude: Option<Condition>,
    /// Drop at once what does not match, and count it
    #[arg(long, value_parser = expression, value_name = "EXPR", help_heading = "Which records")]
    keep_only: Option<Condition>,
}

/// A condition as it was written, and what it means.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    text: String,
    filter: Filter,
}

impl SelectionArgs {
    /// All that narrows the view as one expression, for the prompt of the explorer; `until` is a time
    /// before which records are wanted. Empty where nothing does.
    pub fn as_expression(&self, until: Option<Time>) -> Result<String, String> {
        let quoted = |text: &str| text.replace('\'', "''");
        let conditions = [
            self.filter.as_ref().map(|it| format!("({})", it.text.trim())),
            self.grep.as_ref().map(|it| format!("text('{}')", quoted(&it.text))),
            self.exclude.as_ref().map(|it| format!("NOT ({})", it.text.trim())),
            until.map(|time| format!("@time < '{time}'")),
        ];
        let conditions: Vec<String> = conditions.into_iter().flatten().collect();
        let whole = match (&conditions[..], &self.filter) {
            ([_], Some(only)) if Kind::of(&only.text) == Kind::Expression => only.text.clone(),
            _ => conditions.join(" AND "),
        };
        if !whole.is_empty() {
            expression(&whole)?;
        }
        Ok(whole)
    }

    /// What the filters cannot see in a stream, a sentence each.
    pub fn blind_spots(&self, table: &str, view: &ViewType, key_names: &[String]) -> Vec<String> {
        let filters = [&self.filter, &self.exclude, &self.keep_only].into_iter().flatten();
        filters.filter_map(|condition| condition.filter.blind_spot(table, view, key_names)).collect()
    }

    /// What alone is to be stored.
    pub fn keep_only(&self) -> Option<Filter> {
        self.keep_only.as_ref().map(|it| it.filter.clone())
    }
}

/// Reads an expression; an error points at its column.
fn expression(text: &str) -> Result<Condition, String> {
    let condition = |filter| Condition { text: text.to_owned(), filter };
    Filter::parse(text, clock::now(), Zone::Utc).map(condition).map_err(|error| {
        // A line break would tear the pointer from its place.
        let line = text.replace(['\n', '\r', '\t'], " ");
        format!("{error}\n  {line}\n  {:>width$}", "^", width = error.column)
    })
}

fn text(text: &str) -> Result<Condition, String> {
    let condition = |filter| Condition { text: text.to_owned(), filter };
    Filter::text(text).map(condition).ok_or_else(|| "a text to look for is expected".into())
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

    /// A page without what is dropped at once. Poison stays: it may be what is wanted.
    pub fn kept(&mut self, table: &str, shard: &ShardId, page: Arc<Page>) -> Arc<Page> {
        let Some(keep_only) = &self.args.keep_only else { return page };
        let whence = Whence { table, shard: shard.as_str() };
        let is_dropped = |slot: &usize| !keep_only.filter.matches(page.record(*slot), whence);
        let dropped: Vec<usize> = (0..page.len()).filter(is_dropped).collect();
        self.dropped += dropped.len() as u64;
        if dropped.is_empty() { page } else { Arc::new(page.without(&dropped)) }
    }

    /// Whether a record that is kept is wanted.
    pub fn wants(&mut self, table: &str, shard: &ShardId, record: RecordRef<'_>) -> bool {
        let whence = Whence { table, shard: shard.as_str() };
        let matches = |condition: &Option<Condition>| {
            condition.as_ref().map(|condition| condition.filter.matches(record, whence))
        };
        let is_found =
            self.args.filter.as_ref().is_none_or(|it| it.filter.count(record, whence, &mut self.tally));
        is_found && matches(&self.args.grep) != Some(false) && matches(&self.args.exclude) != Some(true)
    }

    /// Whether a record that could not be understood may be wanted.
    pub fn wants_poison(&self, text: &str) -> bool {
        self.args.grep.as_ref().is_none_or(|grep| grep.filter.matches_poison(text))
    }

    /// What the filters cannot see in streams that are now known, a sentence each, once.
    pub fn blind_spots(&mut self, followers: &[Follower]) -> Vec<String> {
        self.told.resize(followers.len(), false);
        let mut sentences = vec![];
        for (follower, told) in followers.iter().zip(&mut self.told) {
            let Some(view) = follower.view_type().filter(|_| !*told) else { continue };
            *told = true;
            for spot in self.args.blind_spots(follower.stream().table(), view, follower.key_names()) {
                if !sentences.contains(&spot) {
                    sentences.push(spot);
                }
            }
        }
        sentences
    }

    /// What there is to say at the end.
    pub fn last_words(&self) -> Vec<String> {
        let dropped = (self.dropped > 0).then(|| format!("{} records dropped by --keep-only", self.dropped));
        let explained = self.args.filter.as_ref().filter(|_| self.tally.matched == 0 && self.tally.seen > 0);
        let why = explained
            .and_then(|it| it.filter.explain(&self.tally))
            .map(|why| format!("--filter: 0 matches in {} records; {why}", self.tally.seen));
        dropped.into_iter().chain(why).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_narrows_the_view_is_one_expression_of_the_same_meaning() {
        let all = SelectionArgs {
            filter: expression("a = 1 OR b = 2").ok(),
            grep: text("it's").ok(),
            exclude: expression("c = 3 OR d = 4").ok(),
            keep_only: expression("e = 5").ok(),
        };
        let until = Some(Time::from_seconds(1_791_316_726));
        assert_eq!(
            all.as_expression(until).as_deref(),
            Ok(
                "(a = 1 OR b = 2) AND text('it''s') AND NOT (c = 3 OR d = 4) AND @time < '2026-10-06T19:58:46Z'"
            )
        );
        assert_eq!(SelectionArgs::default().as_expression(None).as_deref(), Ok(""));
        for (alone, said) in [("a = 1 OR b = 2", "a = 1 OR b = 2"), ("@ttl", "(@ttl)")] {
            let filter = SelectionArgs { filter: expression(alone).ok(), ..SelectionArgs::default() };
            assert!(filter.filter.is_some(), "{alone}");
            assert_eq!(filter.as_expression(None).as_deref(), Ok(said));
        }
    }
}
