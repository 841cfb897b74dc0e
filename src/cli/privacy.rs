//! The flags that say what of a record others may see.

use std::borrow::Cow;
use std::sync::Arc;

use clap::Args;

use super::exit::Failure;
use crate::journal::{Entry, StreamFact};
use crate::model::StreamArn;
use crate::model::path::PathError;
use crate::output::private_page;
use crate::privacy::{Key, Privacy, Rule};
use crate::store::Page;

#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct PrivacyArgs {
    /// Hide the values at these paths (customer.email, lines[*].sku), and the account
    #[arg(
        long,
        value_parser = redact,
        value_name = "PATH,...",
        conflicts_with = "keep",
        help_heading = "Privacy"
    )]
    redact: Option<Rule>,
    /// Hide all values, keys included, but those at these paths, and the account. What is hidden
    /// becomes a hash of the same type: equal values stay equal within a run
    #[arg(long, value_parser = keep, value_name = "PATH,...", help_heading = "Privacy")]
    keep: Option<Rule>,
}

impl PrivacyArgs {
    /// What hides, with a key of its own.
    pub fn veil(&self) -> Result<Veil, Failure> {
        let rule = self.redact.as_ref().or(self.keep.as_ref());
        let privacy = rule.map(|rule| Key::random().map(|key| Privacy::new(rule.clone(), key)));
        privacy.transpose().map(Veil).map_err(|error| Failure::new(error.to_string()))
    }
}

fn redact(paths: &str) -> Result<Rule, String> {
    Rule::redact(paths).map_err(|error| pointed(paths, &error))
}

fn keep(paths: &str) -> Result<Rule, String> {
    Rule::keep(paths).map_err(|error| pointed(paths, &error))
}

/// The mistake with a pointer to its place.
fn pointed(paths: &str, error: &PathError) -> String {
    let line = paths.replace(['\n', '\r', '\t'], " ");
    let column = paths.get(..error.offset()).unwrap_or(paths).chars().count() + 1;
    format!("{error}\n  {line}\n  {:>column$}", "^")
}

/// Between what was read and what is written: nothing goes around it.
#[derive(Debug)]
pub struct Veil(Option<Privacy>);

impl Veil {
    pub fn page<'p>(&self, stream: &StreamArn, page: &'p Page) -> Result<Cow<'p, Page>, Failure> {
        let Some(privacy) = &self.0 else { return Ok(Cow::Borrowed(page)) };
        let private = private_page(privacy, stream, page).map(Cow::Owned);
        private.map_err(|error| Failure::new(error.to_string()))
    }

    /// A record of a page as others may see it: the page that it is in, and where. Only what is
    /// written is made private, for that costs more than reading it.
    pub fn record<'p>(
        &self,
        stream: &StreamArn,
        page: &'p Page,
        slot: usize,
    ) -> Result<(Cow<'p, Page>, usize), Failure> {
        if self.0.is_none() {
            return Ok((Cow::Borrowed(page), slot));
        }
        let private = self.page(stream, &page.only(&[slot]))?.into_owned();
        Ok((Cow::Owned(private), 0))
    }

    /// What goes into a capture.
    pub fn entry(&self, entry: Entry) -> Result<Entry, Failure> {
        let hidden = |stream: &StreamArn| self.stream(stream).into_owned();
        Ok(match entry {
            Entry::Page { stream, shard, page } => {
                let page = match self.page(&stream, &page)? {
                    Cow::Borrowed(_) => page,
                    Cow::Owned(hidden) => Arc::new(hidden),
                };
                Entry::Page { stream: hidden(&stream), shard, page }
            }
            Entry::Stream(fact) => Entry::Stream(StreamFact { stream: hidden(&fact.stream), ..fact }),
            Entry::Shard { stream, shard } => Entry::Shard { stream: hidden(&stream), shard },
            Entry::Gap { stream, gap } => Entry::Gap { stream: hidden(&stream), gap },
            Entry::Marker(marker) => Entry::Marker(marker),
        })
    }

    pub fn stream<'s>(&self, stream: &'s StreamArn) -> Cow<'s, StreamArn> {
        match &self.0 {
            Some(privacy) => Cow::Owned(privacy.stream(stream)),
            None => Cow::Borrowed(stream),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_path_is_pointed_at() {
        let error = keep("a, b..c").unwrap_err();
        assert_eq!(error, "a name was expected at 5\n  a, b..c\n       ^");
    }
}
