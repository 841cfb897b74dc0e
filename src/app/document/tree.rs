//! The whole item with its changes in their places: one below the other, or side by side.

use std::fmt::Write as _;

use super::changed::{compared_by_index, kind, same_in_both};
use super::images::{Images, Known};
use super::value::both;
use super::{DocumentRow, Fold, RowKind, Value};
use crate::model::diff::{Alignment, ListDiff, MapDiff};
use crate::model::path::write_name;
use crate::model::{AttributeValue, Difference, Item, Path, Step, ValueChange, diff};

/// How the two values of a change are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The old value in a row of its own, above the new one.
    Unified,
    SideBySide,
}

/// In which of the images something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Old,
    New,
    Both,
}

pub fn rows(images: &Images<'_>, layout: Layout) -> (Vec<DocumentRow>, Vec<Fold>) {
    let mut tree = Tree::new(layout);
    match images.known() {
        Known::Both(old, new) => {
            let diff = diff(old, new);
            if diff.is_empty() {
                tree.rows.push(same_in_both());
            }
            tree.map(old, new, &diff.attributes);
            if tree.has_list_by_index {
                tree.rows.insert(0, compared_by_index());
                for fold in &mut tree.folds {
                    fold.rows = fold.rows.start + 1..fold.rows.end + 1;
                }
            }
        }
        Known::One { why, when, item, is_old } => {
            tree.rows.extend([DocumentRow::note(why)].into_iter().chain(images.remedy()));
            tree.rows.push(DocumentRow::heading(when));
            let side = if is_old { Side::Old } else { Side::New };
            tree.attributes(item, side, RowKind::Line);
        }
        Known::Nothing { why } => tree.rows.push(DocumentRow::note(why)),
    }
    (tree.rows, tree.folds)
}

struct Tree {
    layout: Layout,
    rows: Vec<DocumentRow>,
    folds: Vec<Fold>,
    /// Where the walk is, in both images: elements of lists move.
    old_path: Path<'static>,
    new_path: Path<'static>,
    /// The change being laid out.
    change: Option<usize>,
    changes: usize,
    has_list_by_index: bool,
}

/// Siblings in which nothing changed, one after another.
struct Run {
    from: usize,
    count: usize,
}

impl Tree {
    fn new(layout: Layout) -> Self {
        Self {
            layout,
            rows: vec![],
            folds: vec![],
            old_path: Path::default(),
            new_path: Path::default(),
            change: None,
            changes: 0,
            has_list_by_index: false,
        }
    }

    fn map(&mut self, old: &Item<'_>, new: &Item<'_>, diff: &MapDiff<'_>) {
        let mut run = self.run();
        let mut changed = diff.entries.iter().peekable();
        let mut names = new.iter().peekable();
        loop {
            // Both are in the order of their names' bytes.
            let is_changed = match (changed.peek(), names.peek()) {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((changed, _)), Some((name, _))) => changed <= name,
            };
            if is_changed {
                let Some((name, difference)) = changed.next() else { break };
                names.next_if(|(other, _)| other == name);
                self.fold(&mut run);
                let step = Step::Name((*name).to_owned().into());
                self.at(step.clone(), step, |tree| {
                    tree.difference(old.get(name), new.get(name), difference);
                });
                run = self.run();
            } else if let Some((name, value)) = names.next() {
                run.count += 1;
                let step = Step::Name(name.to_owned().into());
                self.at(step.clone(), step, |tree| tree.value(value, Side::Both, RowKind::Line));
            }
        }
        self.fold(&mut run);
    }

    fn list(&mut self, old: &[AttributeValue<'_>], new: &[AttributeValue<'_>], diff: &ListDiff<'_>) {
        self.has_list_by_index |= diff.alignment == Alignment::ByIndex;
        let (mut run, mut at) = (self.run(), (0, 0));
        for element in &diff.elements {
            self.same_elements(new, &mut at, element.new_index, &mut run);
            self.fold(&mut run);
            at = (element.old_index, element.new_index);
            self.at(Step::Index(at.0), Step::Index(at.1), |tree| {
                tree.difference(old.get(at.0), new.get(at.1), &element.difference);
            });
            let change =
                if let Difference::Value(change) = &element.difference { Some(change) } else { None };
            at.0 += usize::from(change.is_none_or(|change| change.old_value().is_some()));
            at.1 += usize::from(change.is_none_or(|change| change.new_value().is_some()));
            run = self.run();
        }
        self.same_elements(new, &mut at, new.len(), &mut run);
        self.fold(&mut run);
    }

    fn same_elements(
        &mut self,
        new: &[AttributeValue<'_>],
        at: &mut (usize, usize),
        end: usize,
        run: &mut Run,
    ) {
        for value in new.get(at.1..end).unwrap_or_default() {
            self.at(Step::Index(at.0), Step::Index(at.1), |tree| {
                tree.value(value, Side::Both, RowKind::Line);
            });
            run.count += 1;
            *at = (at.0 + 1, at.1 + 1);
        }
    }

    fn run(&self) -> Run {
        Run { from: self.rows.len(), count: 0 }
    }

    /// What takes one row needs no folding.
    fn fold(&mut self, run: &mut Run) {
        if self.rows.len() > run.from + 1 {
            let depth = self.new_path.steps().len();
            self.folds.push(Fold { rows: run.from..self.rows.len(), count: run.count, depth });
        }
        *run = self.run();
    }

    fn at(&mut self, old: Step<'static>, new: Step<'static>, lay_out: impl FnOnce(&mut Self)) {
        self.old_path.push(old);
        self.new_path.push(new);
        lay_out(self);
        self.old_path.pop();
        self.new_path.pop();
    }

    fn difference(
        &mut self,
        old: Option<&AttributeValue<'_>>,
        new: Option<&AttributeValue<'_>>,
        difference: &Difference<'_>,
    ) {
        use AttributeValue::{L, M};
        match (difference, old, new) {
            (Difference::Map(diff), Some(M(old)), Some(M(new))) => {
                self.line("{", Side::Both, RowKind::Line, true);
                self.map(old, new, diff);
                self.line("}", Side::Both, RowKind::Line, false);
            }
            (Difference::List(diff), Some(L(old)), Some(L(new))) => {
                self.line("[", Side::Both, RowKind::Line, true);
                self.list(old, new, diff);
                self.line("]", Side::Both, RowKind::Line, false);
            }
            (Difference::Value(change), ..) => {
                self.change = Some(self.changes);
                self.changes += 1;
                self.change(change);
                self.change = None;
            }
            // A difference has the form of what it is the difference of.
            (Difference::Map(_) | Difference::List(_), ..) => {}
        }
    }

    fn change(&mut self, change: &ValueChange<'_>) {
        let is_open = |value: Option<&AttributeValue<'_>>| value.is_some_and(takes_lines);
        let (old, new) = (change.old_value(), change.new_value());
        if let (Some(_), Some(_), false) = (old, new, is_open(old) || is_open(new)) {
            let (old, new) = both(change);
            return self.changed(kind(change), old, new);
        }
        if let Some(old) = old {
            self.value(old, Side::Old, RowKind::Removed);
        }
        if let Some(new) = new {
            self.value(new, Side::New, RowKind::Added);
        }
    }

    /// A value of which both sides take one line.
    fn changed(&mut self, kind: RowKind, old: Option<Value>, new: Option<Value>) {
        let old = old.map(|value| value.behind(&label(&self.old_path)));
        let new = new.map(|value| value.behind(&label(&self.new_path)));
        let row = DocumentRow { kind, old, new, ..self.row(Side::Both) };
        if self.layout == Layout::SideBySide {
            return self.rows.push(row);
        }
        // A number that is only written differently was not removed.
        let kinds =
            if kind == RowKind::Rewritten { (kind, kind) } else { (RowKind::Removed, RowKind::Added) };
        self.rows.push(DocumentRow { kind: kinds.0, new: None, ..row.clone() });
        self.rows.push(DocumentRow { kind: kinds.1, old: None, ..row });
    }

    fn attributes(&mut self, item: &Item<'_>, side: Side, kind: RowKind) {
        for (name, value) in item.iter() {
            let step = Step::Name(name.to_owned().into());
            self.at(step.clone(), step, |tree| tree.value(value, side, kind));
        }
    }

    /// A value with all that is in it.
    fn value(&mut self, value: &AttributeValue<'_>, side: Side, kind: RowKind) {
        if !takes_lines(value) {
            return self.text(&Value::of(value), side, kind, true);
        }
        if let AttributeValue::M(map) = value {
            self.line("{", side, kind, true);
            self.attributes(map, side, kind);
            self.line("}", side, kind, false);
        } else if let AttributeValue::L(list) = value {
            self.line("[", side, kind, true);
            for (index, value) in list.iter().enumerate() {
                let step = Step::Index(index);
                self.at(step.clone(), step, |tree| tree.value(value, side, kind));
            }
            self.line("]", side, kind, false);
        }
    }

    fn line(&mut self, text: &str, side: Side, kind: RowKind, has_label: bool) {
        self.text(&Value::plain(text), side, kind, has_label);
    }

    fn text(&mut self, value: &Value, side: Side, kind: RowKind, has_label: bool) {
        let behind = |path: &Path<'_>| {
            let label = if has_label { label(path) } else { indent(path) };
            value.clone().behind(&label)
        };
        // In one column the new image speaks for both.
        let has_old = side == Side::Old || side == Side::Both && self.layout == Layout::SideBySide;
        let old = has_old.then(|| behind(&self.old_path));
        let new = (side != Side::Old).then(|| behind(&self.new_path));
        let row = DocumentRow { kind, old, new, ..self.row(side) };
        self.rows.push(row);
    }

    fn row(&self, side: Side) -> DocumentRow {
        let at = if side == Side::Old { &self.old_path } else { &self.new_path };
        DocumentRow { change: self.change, at: Some(at.clone()), ..DocumentRow::new(RowKind::Line) }
    }
}

/// Whether a value is opened, so that each thing in it has a row.
fn takes_lines(value: &AttributeValue<'_>) -> bool {
    matches!(value, AttributeValue::M(map) if !map.is_empty())
        || matches!(value, AttributeValue::L(list) if !list.is_empty())
}

fn indent(path: &Path<'_>) -> String {
    "  ".repeat(path.steps().len().saturating_sub(1))
}

/// `    amount: `, `  [2]: `: how deep it is, and what it is called there.
fn label(path: &Path<'_>) -> String {
    let mut label = indent(path);
    // Writing to a String cannot fail.
    let _ = match path.steps().last() {
        Some(Step::Name(name)) => write_name(&mut label, name),
        Some(Step::Index(index)) => write!(label, "[{index}]"),
        None => Ok(()),
    };
    label.push_str(": ");
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::attribute::samples;
    use proptest::prelude::*;

    fn laid_out(old: &Item<'_>, new: &Item<'_>, layout: Layout) -> Tree {
        let mut tree = Tree::new(layout);
        let diff = diff(old, new);
        tree.map(old, new, &diff.attributes);
        assert_eq!(tree.changes, diff.changes().len());
        tree
    }

    /// Whether a row holds a value; a bracket may be there for the other side's sake.
    fn is_leaf(value: Option<&Value>) -> bool {
        value.is_some_and(|value| !value.text.ends_with(['{', '}', '[', ']']))
    }

    fn places<'r>(rows: impl Iterator<Item = &'r DocumentRow>) -> Vec<String> {
        rows.map(|row| row.at.as_ref().unwrap().to_string()).collect()
    }

    /// The paths of an item's values, in their order.
    fn alone(item: &Item<'_>) -> Vec<String> {
        let mut tree = Tree::new(Layout::Unified);
        tree.attributes(item, Side::New, RowKind::Line);
        places(tree.rows.iter().filter(|row| is_leaf(row.new.as_ref())))
    }

    fn text(value: Option<&Value>) -> Option<&str> {
        value.map(|value| value.text.as_str())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn the_left_side_is_the_old_item_and_the_right_one_the_new((old, new) in samples::pair()) {
            let tree = laid_out(&old, &new, Layout::SideBySide);
            let old_rows = tree.rows.iter().filter(|row| is_leaf(row.old.as_ref()));
            prop_assert_eq!(old_rows.count(), alone(&old).len());
            let new_rows = tree.rows.iter().filter(|row| is_leaf(row.new.as_ref()));
            prop_assert_eq!(places(new_rows), alone(&new));
            // What has no sign is the same on both sides, but for where in a list it is.
            for row in tree.rows.iter().filter(|row| row.kind == RowKind::Line) {
                let bare = |text: Option<&str>| text.map(|text| text.rsplit("]: ").next().map(str::to_owned));
                prop_assert_eq!(bare(text(row.old.as_ref())), bare(text(row.new.as_ref())));
                prop_assert!(row.change.is_none());
            }
        }

        #[test]
        fn without_the_minus_rows_the_unified_form_is_the_new_item((old, new) in samples::pair()) {
            let tree = laid_out(&old, &new, Layout::Unified);
            let new_rows = tree.rows.iter().filter(|row| is_leaf(row.new.as_ref()));
            prop_assert_eq!(places(new_rows), alone(&new));
            // What is in both has one row, that of the new image.
            let old_rows = tree.rows.iter().filter(|row| {
                is_leaf(row.old.as_ref()) || row.change.is_none() && is_leaf(row.new.as_ref())
            });
            prop_assert_eq!(old_rows.count(), alone(&old).len());
            for fold in &tree.folds {
                let rows = &tree.rows[fold.rows.clone()];
                prop_assert!(fold.count > 0 && rows.len() > 1);
                prop_assert!(rows.iter().all(|row| row.kind == RowKind::Line && row.change.is_none()));
            }
            prop_assert!(tree.folds.is_sorted_by(|a, b| a.rows.end <= b.rows.start));
        }
    }
}
