//! A value at a path, found in the bytes of an image; the rest is passed over.

use memchr::memmem::Finder;

use crate::model::escapes::{may_escape_letters, stands_as_it_is, unescape};
use crate::model::json::Scanner;
use crate::model::{Path, Step};

/// A path, ready to be looked for in many images.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub path: Path<'static>,
    /// For each of its steps that is a name.
    names: Vec<Option<Spelling>>,
}

impl From<Path<'static>> for Way {
    fn from(path: Path<'static>) -> Self {
        let spelling = |step: &Step<'_>| if let Step::Name(name) = step { Spelling::of(name) } else { None };
        Self { names: path.steps().iter().map(spelling).collect(), path }
    }
}

impl PartialEq for Way {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Way {}

impl Way {
    /// The value here in an image as DynamoDB JSON, with its wrapper, as it came.
    ///
    /// As in [`parse_item`](crate::model::parse_item) the last of duplicate names counts, and what
    /// has two types at once is no map and no list.
    pub fn find<'r>(&self, image: &'r str) -> Option<&'r str> {
        let mut steps = self.path.steps().iter().zip(&self.names);
        let (Step::Name(name), spelling) = steps.next()? else { return None };
        steps.try_fold(member(image, name, spelling.as_ref())?, |value, (step, spelling)| match step {
            Step::Name(name) => member(unwrapped(value, "M")?, name, spelling.as_ref()),
            Step::Index(index) => element(unwrapped(value, "L")?, *index),
        })
    }
}

/// A name in its quotes, as it stands in JSON unless it is written with escapes.
#[derive(Clone, Debug)]
struct Spelling(Finder<'static>);

impl Spelling {
    /// None for a name that cannot stand there as it is.
    fn of(name: &str) -> Option<Self> {
        stands_as_it_is(name).then(|| Self(Finder::new(&format!("\"{name}\"")).into_owned()))
    }

    /// Says no only where the name is nowhere in this JSON: it costs less than going through values.
    fn may_be_in(&self, json: &str) -> bool {
        self.0.find(json.as_bytes()).is_some() || may_escape_letters(json)
    }
}

fn member<'r>(object: &'r str, wanted: &str, spelling: Option<&Spelling>) -> Option<&'r str> {
    let may_be_in = |json: &str| spelling.is_none_or(|spelling| spelling.may_be_in(json));
    let mut scanner = Scanner::new(object);
    let mut name = scanner.object().ok()?.filter(|_| may_be_in(object));
    let mut found = None;
    while let Some(raw) = name {
        let value = scanner.value().ok()?;
        if is(raw, wanted) {
            found = Some(&object[value]);
            if !may_be_in(&object[scanner.at()..]) {
                break;
            }
        }
        name = scanner.next_name().ok()?;
    }
    found
}

fn is(raw: &str, wanted: &str) -> bool {
    // An escape is longer than what it stands for.
    raw == wanted
        || raw.len() > wanted.len() && raw.contains('\\') && unescape(raw).is_some_and(|name| name == wanted)
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

    fn found(image: &str) -> Option<&str> {
        Way::from(Path::new(vec![Step::Name("a".into())])).find(image)
    }

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
            assert_eq!(found(image), Some(&*format!(r#"{{"N":"{number}"}}"#)), "{image}");
        }
        assert_eq!(found(r#"{"b":{"M":{"a":{"N":"2"}}}}"#), None);
    }
}
