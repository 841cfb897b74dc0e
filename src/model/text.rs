//! Text from outside, made harmless for a terminal.

use std::borrow::Cow;

/// The text with every control character as a visible escape.
pub fn sanitized(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe.into()
}
