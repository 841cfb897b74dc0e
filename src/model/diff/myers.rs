//! The longest common subsequence of two sequences, found with a bounded effort.

use std::ops::Range;

/// A stretch in which two sequences differ; between the stretches they are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// The hunks of a shortest edit script, or `None` where it would take more than `max_edits`
/// elements removed or added.
///
/// Myers' greedy algorithm: in `ends[d]` lie, for each diagonal `old - new`, the furthest place
/// that `d` edits reach. Takes at most (n + m) × `max_edits` comparisons and `max_edits`² memory.
pub(super) fn hunks(
    old_len: usize,
    new_len: usize,
    max_edits: usize,
    mut same: impl FnMut(usize, usize) -> bool,
) -> Option<Vec<Hunk>> {
    if old_len.abs_diff(new_len) > max_edits {
        return None;
    }
    let mut ends: Vec<Frontier> = vec![];
    loop {
        let edits = ends.len();
        if edits > max_edits {
            return None;
        }
        let mut frontier = Frontier::new(edits);
        for down in 0..=edits {
            let right = edits - down;
            let start = match ends.last() {
                None => Some(0),
                Some(before) => before.step(right, down, old_len, new_len),
            };
            let Some(mut old) = start else { continue };
            let mut new = old + down - right;
            while old < old_len && new < new_len && same(old, new) {
                old += 1;
                new += 1;
            }
            frontier.0[down] = Some(old);
            if old == old_len && new == new_len {
                ends.push(frontier);
                return Some(trace_back(&ends, down, old_len, new_len));
            }
        }
        ends.push(frontier);
    }
}

/// The furthest old place by the number of elements added (steps down) of all edits; the
/// others were removed (steps right). `None` where no path stays inside both sequences.
struct Frontier(Vec<Option<usize>>);

impl Frontier {
    fn new(edits: usize) -> Self {
        Self(vec![None; edits + 1])
    }

    /// Where one more edit gets to on the diagonal of `right` removed and `down` added.
    fn step(&self, right: usize, down: usize, old_len: usize, new_len: usize) -> Option<usize> {
        self.by_removing(down, old_len).max(self.by_adding(right, down, new_len))
    }

    fn by_removing(&self, down: usize, old_len: usize) -> Option<usize> {
        let old = self.0.get(down).copied().flatten()?;
        (old < old_len).then_some(old + 1)
    }

    fn by_adding(&self, right: usize, down: usize, new_len: usize) -> Option<usize> {
        let before = down.checked_sub(1)?;
        let old = self.0.get(before).copied().flatten()?;
        (old + before < new_len + right).then_some(old)
    }
}

fn trace_back(ends: &[Frontier], mut down: usize, old_len: usize, new_len: usize) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = vec![];
    for edits in (1..ends.len()).rev() {
        let (right, before) = (edits - down, &ends[edits - 1]);
        let removed = before.by_removing(down, old_len);
        let added = before.by_adding(right, down, new_len);
        let (old_end, is_added) = (removed.max(added).unwrap_or(0), added >= removed);
        let new_end = old_end + down - right;
        let edit = if is_added {
            Hunk { old: old_end..old_end, new: new_end - 1..new_end }
        } else {
            Hunk { old: old_end - 1..old_end, new: new_end..new_end }
        };
        down -= usize::from(is_added);
        match hunks.last_mut() {
            Some(next) if next.old.start == edit.old.end && next.new.start == edit.new.end => {
                (next.old.start, next.new.start) = (edit.old.start, edit.new.start);
            }
            _ => hunks.push(edit),
        }
    }
    hunks.reverse();
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn script(old: &str, new: &str, max_edits: usize) -> Option<Vec<Hunk>> {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        hunks(old.len(), new.len(), max_edits, |a, b| old[a] == new[b])
    }

    /// The textbook table.
    fn common_subsequence(old: &str, new: &str) -> usize {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
        for i in 0..old.len() {
            for j in 0..new.len() {
                table[i + 1][j + 1] =
                    if old[i] == new[j] { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
            }
        }
        table[old.len()][new.len()]
    }

    #[test]
    fn beyond_the_cap_there_is_no_script() {
        assert!(script("abcd", "wxyz", 8).is_some());
        assert_eq!(script("abcd", "wxyz", 7), None);
        assert_eq!(script("", "aaaa", 3), None);
        assert_eq!(script("same", "same", 0), Some(vec![]));
    }

    proptest! {
        #[test]
        fn the_script_is_right_and_the_shortest(old in "[abc]{0,12}", new in "[abc]{0,12}") {
            let hunks = script(&old, &new, 24).unwrap();
            let (mut built, mut at) = (String::new(), 0);
            for Hunk { old: removed, new: added } in &hunks {
                prop_assert!(!removed.is_empty() || !added.is_empty());
                built.push_str(&old[at..removed.start]);
                prop_assert_eq!(built.len(), added.start);
                built.push_str(&new[added.clone()]);
                at = removed.end;
            }
            built.push_str(&old[at..]);
            prop_assert_eq!(&built, &new);

            let edits: usize = hunks.iter().map(|hunk| hunk.old.len() + hunk.new.len()).sum();
            prop_assert_eq!(edits, old.len() + new.len() - 2 * common_subsequence(&old, &new));
            prop_assert_eq!(script(&old, &new, edits), Some(hunks));
            if edits > 0 {
                prop_assert_eq!(script(&old, &new, edits - 1), None);
            }
        }
    }
}
