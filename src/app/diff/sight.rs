//! Which rows of the pane are in sight, and how the cursor moves over them.

use super::Diff;
use crate::app::document::wrap;
use crate::app::window::{Motion, window};

/// The inside of the pane, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub width: usize,
    pub height: usize,
}

/// A row in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Which of the rows shown.
    pub at: usize,
    /// Its lines above the pane.
    pub skip: usize,
    /// Its lines in the pane.
    pub lines: usize,
}

impl Diff {
    /// The rows in sight, from the top of the pane: the cursor's near the middle.
    pub fn sights(&self, room: Room) -> Vec<Sight> {
        if !self.wraps {
            let shown = window(self.cursor, self.shown.len(), room.height);
            return shown.map(|at| Sight { at, skip: 0, lines: 1 }).collect();
        }
        if self.shown.is_empty() {
            return vec![];
        }
        let cursor = self.cursor.min(self.shown.len() - 1);
        let tall = self.height_of(cursor, room.width);
        // The pane may have become larger since.
        let line = self.line.min(tall.saturating_sub(room.height));
        let own = (tall - line).min(room.height);
        let rest = room.height - own;
        // What is above a row that begins above the pane is not in sight.
        let top = if line > 0 { cursor } else { 0 };
        let up = |from: usize, above: usize, wanted: usize| {
            let (mut first, mut above) = (from, above);
            while first > top && above < wanted {
                first -= 1;
                above += self.height_of(first, room.width);
            }
            (first, above)
        };
        let (first, above) = up(cursor, 0, rest / 2);
        let (mut end, mut below) = (cursor + 1, 0);
        while end < self.shown.len() && above.min(rest / 2) + below < rest {
            below += self.height_of(end, room.width);
            end += 1;
        }
        let (first, above) = up(first, above, rest.saturating_sub(below));
        let for_above = rest - below.min(rest - above.min(rest / 2));
        let mut skip = if line > 0 { line } else { above.saturating_sub(for_above) };
        let mut left = room.height;
        let mut sights = vec![];
        for at in first..end {
            let lines = (self.height_of(at, room.width) - skip).min(left);
            left -= lines;
            if lines > 0 {
                sights.push(Sight { at, skip, lines });
            }
            skip = 0;
        }
        sights
    }

    fn height_of(&self, at: usize, width: usize) -> usize {
        self.row_at(at).map_or(1, |row| wrap::height(row, self.mode, width))
    }

    pub fn step(&mut self, motion: Motion, room: Room) {
        let at = self.cursor;
        // A row that is taller than the pane is gone through line by line.
        let hidden = |diff: &Self| {
            let tall = if diff.wraps { diff.height_of(diff.cursor, room.width) } else { 1 };
            tall.saturating_sub(room.height.max(1))
        };
        if motion == Motion::Down && self.line < hidden(self) {
            self.line += 1;
        } else if motion == Motion::Up && self.line > 0 {
            self.line = (self.line - 1).min(hidden(self));
        } else {
            self.cursor = motion.from(at, self.shown.len(), room.height);
            self.line = if motion == Motion::Up && self.cursor != at { hidden(self) } else { 0 };
        }
    }

    /// A click on a line of the pane.
    pub fn click(&mut self, line: usize, room: Room) {
        let mut end = 0;
        let clicked = self.sights(room).into_iter().find(|sight| {
            end += sight.lines;
            line < end
        });
        if let Some(sight) = clicked.filter(|sight| sight.at != self.cursor) {
            (self.cursor, self.line) = (sight.at, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::diff::folded;
    use crate::app::document::{Document, DocumentRow, Mode};
    use crate::store::RecordId;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Rows of so many letters each.
    fn diff_of(lengths: &[usize], wraps: bool) -> Diff {
        let rows = lengths.iter().map(|length| DocumentRow::note("x".repeat(*length))).collect();
        let document = Document {
            id: RecordId(0),
            mode: Mode::ChangedOnly,
            title: String::new(),
            rows,
            folds: vec![],
            changes: 0,
        };
        let shown = folded(&document);
        Diff { document: Some(Arc::new(document)), shown, wraps, ..Diff::default() }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn the_cursor_is_in_sight_and_no_line_is_wasted(
            lengths in prop::collection::vec(0_usize..200, 1..30), steps in 0_usize..120,
            height in 1_usize..20, wraps in any::<bool>(), back in 0_usize..40,
        ) {
            let room = Room { width: 23, height };
            let mut diff = diff_of(&lengths, wraps);
            let total: usize = (0..lengths.len()).map(|at| if wraps { diff.height_of(at, room.width) } else { 1 }).sum();
            for step in 0..steps + back {
                diff.step(if step < steps { Motion::Down } else { Motion::Up }, room);
            }
            let sights = diff.sights(room);
            prop_assert!(sights.iter().any(|sight| sight.at == diff.cursor));
            prop_assert!(sights.windows(2).all(|pair| pair[1].at == pair[0].at + 1 && pair[1].skip == 0));
            let lines: usize = sights.iter().map(|sight| sight.lines).sum();
            prop_assert!(lines <= height && (lines == height || lines == total || diff.line > 0), "{} of {}", lines, total);
        }

        #[test]
        fn going_down_shows_every_line_of_every_row(
            lengths in prop::collection::vec(0_usize..200, 1..12), height in 1_usize..12,
        ) {
            let room = Room { width: 23, height };
            let mut diff = diff_of(&lengths, true);
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..400 {
                seen.extend(diff.sights(room).iter().flat_map(|sight| {
                    (sight.skip..sight.skip + sight.lines).map(|line| (sight.at, line))
                }));
                diff.step(Motion::Down, room);
            }
            let all = (0..lengths.len()).flat_map(|at| (0..diff.height_of(at, room.width)).map(move |line| (at, line)));
            prop_assert_eq!(seen.into_iter().collect::<Vec<_>>(), all.collect::<Vec<_>>());
        }
    }
}
