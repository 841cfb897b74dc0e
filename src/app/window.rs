//! Which rows of a long list are on the screen.

use std::ops::Range;

/// The rows to draw so that the cursor is on the screen, near the middle.
///
/// There is no scroll offset to keep: the cursor decides.
pub fn window(cursor: usize, len: usize, height: usize) -> Range<usize> {
    let last = len.saturating_sub(height);
    let start = cursor.saturating_sub(height / 2).min(last);
    start..len.min(start.saturating_add(height))
}

/// How a cursor moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Up,
    Down,
    HalfPageUp,
    HalfPageDown,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Motion {
    /// The row that the motion leads to, in a list of `len` rows of which `height` are shown.
    pub fn from(self, row: usize, len: usize, height: usize) -> usize {
        let last = len.saturating_sub(1);
        let (page, half) = (height.max(1), (height / 2).max(1));
        let row = row.min(last);
        match self {
            Self::Up => row.saturating_sub(1),
            Self::Down => (row + 1).min(last),
            Self::HalfPageUp => row.saturating_sub(half),
            Self::HalfPageDown => row.saturating_add(half).min(last),
            Self::PageUp => row.saturating_sub(page),
            Self::PageDown => row.saturating_add(page).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }

    pub fn is_upward(self) -> bool {
        matches!(self, Self::Up | Self::HalfPageUp | Self::PageUp | Self::First)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cursor_is_on_the_screen_and_no_row_is_wasted(
            len in 0_usize..200, cursor in 0_usize..200, height in 0_usize..60
        ) {
            let shown = window(cursor.min(len.saturating_sub(1)), len, height);
            prop_assert_eq!(shown.len(), len.min(height));
            if len > 0 && height > 0 {
                prop_assert!(shown.contains(&cursor.min(len - 1)));
            }
        }

        #[test]
        fn a_taller_window_holds_the_smaller_one(
            len in 0_usize..200, cursor in 0_usize..200, height in 0_usize..60, more in 0_usize..60
        ) {
            let cursor = cursor.min(len.saturating_sub(1));
            let (small, tall) = (window(cursor, len, height), window(cursor, len, height + more));
            prop_assert!(tall.start <= small.start && small.end <= tall.end);
        }
    }
}
