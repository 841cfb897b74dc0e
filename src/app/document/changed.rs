//! Only what changed, a row for each change.

use super::images::{Images, Known};
use super::value::{changed_only, remark};
use super::{DocumentRow, RowKind, Value};
use crate::model::diff::MAX_ELEMENT_EDITS;
use crate::model::{Change, Item, Path, Step, ValueChange, diff};

pub fn rows(images: &Images<'_>) -> Vec<DocumentRow> {
    match images.known() {
        Known::Both(old, new) => changes(old, new),
        Known::Nothing { why } => vec![DocumentRow::note(why)],
        Known::One { why, when, item, .. } => {
            let head = [DocumentRow::note(why)].into_iter().chain(images.remedy());
            head.chain([DocumentRow::heading(when)]).chain(item.iter().map(present)).collect()
        }
    }
}

fn present((name, value): (&str, &crate::model::AttributeValue<'_>)) -> DocumentRow {
    let at = Path::new(vec![Step::Name(name.to_owned().into())]);
    let path = at.to_string();
    DocumentRow { at: Some(at), path, new: Some(Value::of(value)), ..DocumentRow::new(RowKind::Present) }
}

fn changes(old: &Item<'_>, new: &Item<'_>) -> Vec<DocumentRow> {
    let diff = diff(old, new);
    let changes = diff.changes();
    let by_index = changes.iter().any(|change| change.by_index).then(compared_by_index);
    let same = changes.is_empty().then(same_in_both);
    let rows = changes.iter().enumerate().map(|(number, change)| row(number, change));
    same.into_iter().chain(by_index).chain(rows).collect()
}

pub fn same_in_both() -> DocumentRow {
    DocumentRow::note("Both images hold the same.")
}

pub fn compared_by_index() -> DocumentRow {
    DocumentRow::note(format!(
        "A list changed in more than {MAX_ELEMENT_EDITS} elements: they are compared by index."
    ))
}

fn row(number: usize, change: &Change<'_, '_>) -> DocumentRow {
    let mut path = match &change.old_path {
        Some(old) => format!("{} (was {old})", change.path),
        None => change.path.to_string(),
    };
    path.extend(remark(change.change).map(|remark| format!(" ({remark})")));
    let (old, new) = changed_only(change.change);
    DocumentRow {
        change: Some(number),
        at: Some(change.path.clone().into_owned()),
        path,
        old,
        new,
        ..DocumentRow::new(kind(change.change))
    }
}

pub fn kind(change: &ValueChange<'_>) -> RowKind {
    match change {
        ValueChange::Added { .. } => RowKind::Added,
        ValueChange::Removed { .. } => RowKind::Removed,
        ValueChange::Rewritten { .. } => RowKind::Rewritten,
        ValueChange::Retyped { .. } | ValueChange::Changed { .. } | ValueChange::Set(_) => RowKind::Changed,
    }
}
