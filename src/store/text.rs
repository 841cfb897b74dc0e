//! A part of a text that other pages may have parts of.

use std::ops::Range;
use std::sync::Arc;

/// One in so many bytes: with fewer of its own a page does not hold a text that it is a part of.
const WORTH_HOLDING: usize = 4;

/// The text of a page.
#[derive(Clone)]
pub struct Text {
    whole: Arc<String>,
    range: Range<usize>,
}

impl Text {
    /// A part of this text, which is not held for it unless it is a good part of what is held.
    pub fn of(whole: &Arc<String>, range: Range<usize>) -> Self {
        if range.len() >= whole.capacity() / WORTH_HOLDING {
            return Self { whole: Arc::clone(whole), range };
        }
        whole.get(range).unwrap_or_default().to_owned().into()
    }

    pub fn as_str(&self) -> &str {
        self.whole.get(self.range.clone()).unwrap_or_default()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { range: 0..text.len(), whole: Arc::new(text) }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_only_for_a_good_part_of_it() {
        let whole = Arc::new("x".repeat(50) + &"y".repeat(50));
        let (large, small) = (Text::of(&whole, 40..65), Text::of(&whole, 48..52));
        assert_eq!((large.as_str(), small.as_str()), (&whole[40..65], "xxyy"));
        drop(small);
        assert_eq!(Arc::strong_count(&whole), 2);
        let mut roomy = String::with_capacity(1_000);
        roomy.push_str(&whole);
        let roomy = Arc::new(roomy);
        let all = Text::of(&roomy, 0..100);
        assert!(all == Text::of(&whole, 0..100));
        assert_eq!(Arc::strong_count(&roomy), 1, "most of what it would hold is empty");
    }
}
