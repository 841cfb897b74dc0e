use dynascope::model::escapes::unescape;
use dynascope::model::json::Scanner;
use serde_json::value::RawValue;

use super::members::{Members, inside};

/// The scanner accepts what serde_json accepts, and finds the same value.
pub fn json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut scanner = Scanner::new(text);
    let ours = scanner.value().and_then(|range| scanner.end().map(|()| &text[range]));
    let theirs = serde_json::from_str::<&RawValue>(text).map(RawValue::get);
    assert_eq!(ours.as_ref().ok(), theirs.as_ref().ok(), "{ours:?} {theirs:?}");
    if let Err(error) = &ours {
        assert!(error.at <= text.len());
    }
    let Ok(value) = ours else { return };
    if let Some(raw) = inside(value) {
        assert_eq!(unescape(raw).map(Into::into), serde_json::from_str::<String>(value).ok());
    }
    if let Some(Members(members)) = Members::of(value) {
        assert_eq!(walk(value), members);
    }
}

/// The members of an object by the scanner's steps; those with an escape in their name left out.
fn walk(object: &str) -> Vec<(&str, &str)> {
    let mut scanner = Scanner::new(object);
    let mut members = vec![];
    let mut name = scanner.object().unwrap();
    while let Some(found) = name {
        let value = &object[scanner.value().unwrap()];
        if !found.contains('\\') {
            members.push((found, value));
        }
        name = scanner.next_name().unwrap();
    }
    scanner.end().unwrap();
    members
}
