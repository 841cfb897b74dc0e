//! A value at a path, found in the bytes of an image; the rest is passed over.

use crate::model::json::{Scanner, unescape};
use crate::model::{Path, Step};

/// The value at a path in an image as DynamoDB JSON, with its wrapper, as it came.
///
/// As in [`parse_item`](crate::model::parse_item) the last of duplicate names counts, and what
/// has two types at once is no map and no list.
pub(super) fn find<'r>(image: &'r str, path: &Path<'_>) -> Option<&'r str> {
    let (first, rest) = path.steps().split_first()?;
    let Step::Name(name) = first else { return None };
    rest.iter().try_fold(member(image, name)?, |value, step| match step {
        Step::Name(name) => member(unwrapped(value, "M")?, name),
        Step::Index(index) => element(unwrapped(value, "L")?, *index),
    })
}

fn member<'r>(object: &'r str, wanted: &str) -> Option<&'r str> {
    let mut scanner = Scanner::new(object);
    let mut name = scanner.object().ok()?;
    let mut found = None;
    while let Some(raw) = name {
        let value = scanner.value().ok()?;
        if is(raw, wanted) {
            found = Some(&object[value]);
        }
        name = scanner.next_name().ok()?;
    }
    found
}

fn is(raw: &str, wanted: &str) -> bool {
    raw == wanted || raw.contains('\\') && unescape(raw).is_some_and(|name| name == wanted)
}

fn element(array: &str, index: usize) -> Option<&str> {
    let mut scanner = Scanner::new(array);
    let mut more = scanner.array().ok()?;
    for _ in 0..index {
        if !more {
            return None;
        }
        scanner.value().ok()?;
        more = scanner.next_element().ok()?;
    }
    more.then(|| scanner.value().ok().map(|value| &array[value])).flatten()
}

/// What is inside the wrapper of a type.
fn unwrapped<'r>(value: &'r str, type_name: &str) -> Option<&'r str> {
    let mut scanner = Scanner::new(value);
    let name = scanner.object().ok()??;
    let inside = scanner.value().ok()?;
    (is(name, type_name) && scanner.next_name() == Ok(None)).then(|| &value[inside])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_duplicate_names_counts_however_it_is_written() {
        for (image, number) in [
            (r#"{"a":{"N":"1"}}"#, "1"),
            (r#"{"b":{"N":"2"},"a":{"N":"1"},"b":{"N":"3"}}"#, "1"),
            (r#"{"a":{"N":"2"},"b":{"N":"3"},"a":{"N":"1"}}"#, "1"),
            (r#"{"a":{"N":"2"},"\u0061":{"N":"1"}}"#, "1"),
            (r#"{"\u0061":{"N":"2"},"a":{"N":"1"}}"#, "1"),
            (r#"{"a":{"N":"1"},"b":{"S":"a \"a\""}}"#, "1"),
            (r#"{"a":{"N":"1"},"b":{"M":{"a":{"N":"2"}}}}"#, "1"),
            (r#"{"b":{"M":{"a":{"N":"2"}}},"a":{"N":"1"},"aa":{"N":"3"}}"#, "1"),
        ] {
            assert_eq!(member(image, "a"), Some(&*format!(r#"{{"N":"{number}"}}"#)), "{image}");
        }
        assert_eq!(member(r#"{"b":{"M":{"a":{"N":"2"}}}}"#, "a"), None);
    }
}
