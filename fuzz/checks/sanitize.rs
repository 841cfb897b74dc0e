use dynascope::model::text::sanitized;
use dynascope::ui::sanitize::{cell, is_dangerous, padded};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Nothing dangerous is left of any text, and doing it twice changes nothing.
pub fn sanitize(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let shown = dynascope::ui::sanitize::sanitize(&text);
    for cluster in shown.graphemes(true) {
        let is_emoji = cluster
            .chars()
            .next()
            .is_some_and(|first| matches!(u32::from(first), 0x2190..=0x2bff | 0x1f000..=0x1faff));
        for character in cluster.chars() {
            let joins = is_emoji && matches!(character, '\u{200d}' | '\u{fe0f}');
            assert!(!is_dangerous(character) || joins, "{character:?} of {text:?}");
        }
    }
    assert_eq!(dynascope::ui::sanitize::sanitize(&shown), shown, "{text:?}");
    for width in [0, 1, 7, 40] {
        for skip in [0, 3] {
            assert!(cell(&text, skip, width).width() <= width, "{text:?}");
        }
        assert_eq!(padded(&text, width).width(), width, "{text:?}");
    }
    assert!(!sanitized(&text).contains(char::is_control));
}
