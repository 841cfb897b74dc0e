//! Whole images as JSON, with signs on the lines that changed.

use std::collections::HashMap;

use super::changed::kind;
use super::images::{Images, Known, unreadable};
use super::{DocumentRow, RowKind};
use crate::model::plain::{Form, lines};
use crate::model::{Item, ItemDiff, Path, Step, diff};

/// Which change is at a place, and of what kind.
type Changes<'p> = HashMap<&'p [Step<'p>], (usize, RowKind)>;

pub fn rows(images: &Images<'_>, form: Form) -> Vec<DocumentRow> {
    let mut rows = vec![];
    if images.lacks_one() {
        rows.push(DocumentRow::note(images.missing()));
        rows.extend(images.remedy());
    }
    // All of an item that came or went is no news line by line.
    let has_both = images.old.is_some() && images.new.is_some();
    let both = match images.known() {
        Known::Both(old, new) if has_both => Some(diff(old, new)),
        Known::Both(..) | Known::One { .. } | Known::Nothing { .. } => None,
    };
    let changes = both.as_ref().map(ItemDiff::changes).unwrap_or_default();
    let (mut olds, mut news) = (Changes::new(), Changes::new());
    for (number, change) in changes.iter().enumerate() {
        let entry = (number, kind(change.change));
        let old_path = change.old_path.as_ref().unwrap_or(&change.path);
        change.change.old_value().map(|_| olds.insert(old_path.steps(), entry));
        change.change.new_value().map(|_| news.insert(change.path.steps(), entry));
    }
    let parts = [("new image", &images.new, &news), ("old image", &images.old, &olds)];
    let mut parts: Vec<_> = parts.into_iter().filter(|(_, image, _)| image.is_some()).collect();
    let none = Changes::new();
    if parts.is_empty() {
        parts.push(("keys", &images.keys, &none));
    }
    for (heading, image, changes) in parts {
        rows.push(DocumentRow::heading(heading));
        match image {
            Some(Ok(item)) => rows.extend(item_rows(item, form, changes)),
            Some(Err(error)) => rows.push(DocumentRow::note(unreadable(heading, error))),
            None => {}
        }
    }
    rows
}

fn item_rows(item: &Item<'_>, form: Form, changes: &Changes<'_>) -> Vec<DocumentRow> {
    let mut rows = vec![];
    for line in lines(item, form) {
        let found = change_at(&line.at, changes);
        let at = (!line.at.is_root()).then_some(line.at);
        rows.extend(DocumentRow::lines(&line.text, at.as_ref()).into_iter().map(|row| match found {
            Some((number, kind)) => DocumentRow { change: Some(number), kind, ..row },
            None => row,
        }));
    }
    rows
}

/// The change that this place, or what it lies in, is a part of.
fn change_at(at: &Path<'_>, changes: &Changes<'_>) -> Option<(usize, RowKind)> {
    if changes.is_empty() {
        return None;
    }
    (1..=at.steps().len()).find_map(|end| changes.get(&at.steps()[..end]).copied())
}
