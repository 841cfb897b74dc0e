//! What can be written next in a filter: attributes of this stream, fields, functions.

use std::collections::BTreeSet;

use super::reading::Reading;
use crate::model::{AttributeValue, Item, Path, Step, parse_item};
use crate::query::WORDS;
use crate::store::{RecordRef, Row};

/// The newest records that are looked at for attributes, and bytes of images at most.
const RECORDS: usize = 200;
const BYTES: usize = 1 << 20;
/// Paths known at most, how deep they go, and their longest text.
const PATHS: usize = 300;
const DEPTH: usize = 4;
const LONGEST: usize = 80;

/// What a text can be completed with, at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins that is completed, in bytes.
    pub start: usize,
    /// What may stand there; never empty.
    pub options: Vec<String>,
    /// The one that stands there now.
    pub at: usize,
}

impl Completion {
    /// What the last word of a text can become; `None` where nothing fits.
    pub fn of(text: &str, paths: &[String]) -> Option<Self> {
        if text.matches('\'').count() % 2 == 1 {
            return None;
        }
        let is_part = |character: char| character.is_alphanumeric() || "_.[]@\"-".contains(character);
        let mut start = text.rfind(|character| !is_part(character)).map_or(0, |at| at + 1);
        start = (start..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        // A path behind a root is one without it.
        let rooted = ["@new.", "@old.", "@key."].iter().find(|root| text[start..].starts_with(**root));
        start += rooted.map_or(0, |root| root.len());
        let typed = text[start..].trim_start_matches('"').to_lowercase();
        let words = WORDS.iter().map(|word| (*word).to_owned()).filter(|_| rooted.is_none());
        let fits = |option: &String| option.trim_start_matches('"').to_lowercase().starts_with(&typed);
        let options: Vec<String> = paths.iter().cloned().chain(words).filter(fits).collect();
        (!options.is_empty()).then_some(Self { start, options, at: 0 })
    }

    pub fn option(&self) -> &str {
        self.options.get(self.at).map_or("", String::as_str)
    }
}

/// The paths of attributes in the newest records, in order.
pub fn paths_seen(reading: &Reading) -> Vec<String> {
    let mut paths = BTreeSet::new();
    let mut bytes = 0;
    for place in reading.store.timeline().iter().rev().take(RECORDS) {
        let Some(Row::Record(_, record)) = reading.store.row(place.id) else { continue };
        for image in images(record) {
            bytes += image.len();
            if bytes > BYTES || paths.len() >= PATHS {
                return paths.into_iter().collect();
            }
            if let Ok(item) = parse_item(image.as_bytes()) {
                collect(&item, &mut Path::default(), &mut paths);
            }
        }
    }
    paths.into_iter().collect()
}

fn images(record: RecordRef<'_>) -> impl Iterator<Item = &str> {
    [record.new_image().or(record.old_image()), record.keys()].into_iter().flatten()
}

fn collect<'i>(item: &'i Item<'_>, path: &mut Path<'i>, paths: &mut BTreeSet<String>) {
    for (name, value) in item.iter() {
        path.push(Step::Name(name.into()));
        collect_value(value, path, paths);
        path.pop();
    }
}

fn collect_value<'i>(value: &'i AttributeValue<'_>, path: &mut Path<'i>, paths: &mut BTreeSet<String>) {
    let text = path.to_string();
    if paths.len() >= PATHS || path.steps().len() > DEPTH || text.len() > LONGEST {
        return;
    }
    paths.insert(text);
    if let AttributeValue::M(map) = value {
        collect(map, path, paths);
    } else if let AttributeValue::L(list) = value
        && let Some(first) = list.first()
    {
        path.push(Step::Index(0));
        collect_value(first, path, paths);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn options(text: &str) -> Vec<String> {
        let paths = ["\"order-total\"", "status", "total", "total.amount"].map(str::to_owned);
        Completion::of(text, &paths).map(|completion| completion.options).unwrap_or_default()
    }

    #[test]
    fn the_last_word_is_completed_with_what_fits() {
        for (text, expected) in [
            ("sta", &["status"][..]),
            ("STA", &["status"]),
            ("a = 1 AND tot", &["total", "total.amount"]),
            ("total.", &["total.amount"]),
            ("ord", &["\"order-total\""]),
            ("\"ord", &["\"order-total\""]),
            ("@old.st", &["status"]),
            ("@sh", &["@shard"]),
            ("(cont", &["contains("]),
            ("size(st", &["status"]),
            ("nothing", &[]),
            ("status = 'PA", &[]),
            ("é = st", &["status"]),
        ] {
            assert_eq!(options(text), expected, "{text}");
        }
        assert!(options("").len() > 10 && options("@").len() >= 10);
    }

    #[test]
    fn paths_are_collected_into_maps_and_first_elements() {
        let item = parse_item(
            br#"{"b-c":{"M":{"x":{"L":[{"M":{"y":{"N":"1"}}},{"M":{"z":{"N":"1"}}}]}}},"a":{"S":""}}"#,
        )
        .unwrap();
        let mut paths = BTreeSet::new();
        collect(&item, &mut Path::default(), &mut paths);
        let expected = ["\"b-c\"", "\"b-c\".x", "\"b-c\".x[0]", "\"b-c\".x[0].y", "a"].map(str::to_owned);
        assert_eq!(paths, expected.into());
    }

    proptest! {
        #[test]
        fn any_text_is_completed_without_a_panic(text in ".{0,12}|[a-z@.\"'é ]{0,12}") {
            if let Some(completion) = Completion::of(&text, &["é.x".to_owned()]) {
                prop_assert!(text.is_char_boundary(completion.start) && !completion.option().is_empty());
            }
        }
    }
}
