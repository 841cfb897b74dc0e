//! A record with every change on a line of its own.

use std::io::Write as _;

use super::pretty::{head, painted};
use crate::model::EventName;
use crate::model::attribute::{Item, parse_item};
use crate::model::diff::diff;
use crate::model::path::{Path, Step};
use crate::model::plain::preview;
use crate::model::text::sanitize;
use crate::store::RecordRef;

/// Values longer than this, in graphemes, are cut. An attribute value is at most 400 KB.
const VALUE: usize = 1_000;

const ADDED: &str = "\x1b[32m";
const CHANGED: &str = "\x1b[33m";
const REMOVED: &str = "\x1b[31m";

/// Appends a record: its line, then its changes, indented.
pub fn record(
    out: &mut Vec<u8>,
    table: Option<&str>,
    key_names: &[String],
    color: bool,
    record: RecordRef<'_>,
) {
    let (old, new) = (record.old_image().map(parse), record.new_image().map(parse));
    let is_modified = record.event() == EventName::Modify;
    let about = match (&old, &new) {
        (Some(None), _) | (_, Some(None)) => "an image that cannot be read",
        (Some(_), None) if is_modified => "the stream has no new images; the old one:",
        (None, Some(_)) if is_modified => "the stream has no old images; the new one:",
        _ => "",
    };
    head(out, table, key_names, color, record, about);
    let mut line = |sign: &str, paint: &str, path: &str, values: &str| {
        let text = sanitize(&format!("{sign} {path}  {values}")).into_owned();
        // A Vec takes every byte.
        let _ = writeln!(out, "    {}", painted(paint, color, &text));
    };
    match (old.flatten(), new.flatten()) {
        (Some(old), Some(new)) => {
            for change in diff(&old, &new).changes() {
                let value = |value| preview(value, VALUE).text;
                let path = change.path.to_string();
                match (change.change.old_value(), change.change.new_value()) {
                    (Some(old), Some(new)) => {
                        line("~", CHANGED, &path, &format!("{} → {}", value(old), value(new)));
                    }
                    (None, Some(new)) => line("+", ADDED, &path, &value(new)),
                    (Some(old), None) => line("-", REMOVED, &path, &value(old)),
                    (None, None) => {}
                }
            }
        }
        (Some(item), None) | (None, Some(item)) => {
            let (sign, paint) = match record.event() {
                EventName::Insert => ("+", ADDED),
                EventName::Remove => ("-", REMOVED),
                EventName::Modify | EventName::Unknown => ("=", ""),
            };
            for (name, value) in item.iter() {
                let mut path = Path::default();
                path.push(Step::Name(name.into()));
                line(sign, paint, &path.to_string(), &preview(value, VALUE).text);
            }
        }
        (None, None) => {}
    }
}

fn parse(image: &str) -> Option<Item<'_>> {
    parse_item(image.as_bytes()).ok()
}
