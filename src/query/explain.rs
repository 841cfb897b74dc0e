//! What cannot match is said, not hidden.

use super::Tally;
use super::expression::{Condition, Operand, Place, Root};
use crate::model::{AttributeType, AttributeValue, Decimal, Step, ViewType};

/// Why nothing matched, where the counts say it: `311 records have orderId as a string: try '91'`.
pub(super) fn explain(condition: &Condition, tally: &Tally) -> Option<String> {
    if tally.matched > 0 || tally.seen == 0 {
        return None;
    }
    let misses = |place: &Place| tally.places.get(place.number);
    let mut best: Option<(u64, String)> = None;
    let mut absent: Option<String> = None;
    condition.each(&mut |condition| {
        for place in condition.places() {
            let Some(misses) = misses(place) else { continue };
            let most = misses.types.iter().max_by_key(|(_, count)| *count);
            if let Some((found, count)) = most
                && best.as_ref().is_none_or(|(most, _)| most < count)
            {
                best = Some((*count, other_type(condition, place, *found, *count)));
            }
            if misses.absent == tally.seen && absent.is_none() {
                absent = Some(nowhere(place));
            }
        }
    });
    best.map(|(_, text)| text).or(absent)
}

fn nowhere(place: &Place) -> String {
    let path = written(place);
    match place.way.path.steps() {
        [Step::Name(name)] if place.is_quoted => {
            format!("no record has {path}; a string is written '{}'", name.replace('\'', "''"))
        }
        _ => format!("no record has {path}"),
    }
}

fn written(place: &Place) -> String {
    let root = match place.root {
        Root::Bare => "",
        Root::New => "@new.",
        Root::Old => "@old.",
        Root::Keys => "@key.",
    };
    format!("{root}{}", place.way.path)
}

fn other_type(condition: &Condition, place: &Place, found: AttributeType, count: u64) -> String {
    let records = if count == 1 { "1 record has".to_owned() } else { format!("{count} records have") };
    let path = written(place);
    let text = format!("{records} {path} as {}", in_words(found));
    let literal = condition.operands().into_iter().find_map(Operand::literal);
    match literal.and_then(|literal| instead(literal, &path, found)) {
        Some(hint) => format!("{text}: try {hint}"),
        None => text,
    }
}

/// What to write to meet a value of this type.
fn instead(literal: &AttributeValue<'_>, path: &str, found: AttributeType) -> Option<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let text = match literal {
        AttributeValue::S(text) => quoted(text),
        AttributeValue::N(text) => text.clone().into_owned(),
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::Null => "null".to_owned(),
        AttributeValue::B(_)
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_)
        | AttributeValue::L(_)
        | AttributeValue::M(_)
        | AttributeValue::Unknown { .. } => return None,
    };
    match (found, literal) {
        (AttributeType::S, AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null) => {
            Some(quoted(&text))
        }
        (AttributeType::N, AttributeValue::S(text)) => {
            Decimal::parse(text).map(|_| text.clone().into_owned())
        }
        (AttributeType::Bool, AttributeValue::S(text)) => {
            ["true", "false"].into_iter().find(|word| word.eq_ignore_ascii_case(text)).map(str::to_owned)
        }
        (AttributeType::Null, _) => Some(format!("{path} = null")),
        (AttributeType::Ss, AttributeValue::S(_)) | (AttributeType::Ns, AttributeValue::N(_)) => {
            Some(format!("contains({path}, {text})"))
        }
        (AttributeType::L, _) => Some(format!("contains({path}, {text})")),
        _ => None,
    }
}

fn in_words(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::S => "a string",
        AttributeType::N => "a number",
        AttributeType::B => "binary",
        AttributeType::Ss => "a set of strings",
        AttributeType::Ns => "a set of numbers",
        AttributeType::Bs => "a set of binary values",
        AttributeType::L => "a list",
        AttributeType::M => "a map",
        AttributeType::Bool => "true or false",
        AttributeType::Null => "null",
        AttributeType::Unknown => "an unknown type",
    }
}

/// What the records of a stream cannot show to a condition, because of its view type.
pub(super) fn blind_spot(condition: &Condition, view: &ViewType, keys: &[String]) -> Option<&'static str> {
    let mut looks = Looks::default();
    condition.each(&mut |condition| {
        looks.both |= matches!(condition, Condition::Changed(..));
        for place in condition.places() {
            let is_key =
                place.way.path.steps().first().is_some_and(
                    |step| matches!(step, Step::Name(name) if keys.iter().any(|key| key == name)),
                );
            match place.root {
                Root::New => looks.new = true,
                Root::Old => looks.old = true,
                Root::Bare => looks.bare |= !is_key && !keys.is_empty(),
                Root::Keys => {}
            }
        }
    });
    match view {
        ViewType::KeysOnly if looks.new || looks.old || looks.bare || looks.both => {
            Some("only keys and @fields can be filtered")
        }
        ViewType::NewImage if looks.old => Some("its records have no old image for @old"),
        ViewType::OldImage if looks.new => Some("its records have no new image for @new"),
        ViewType::NewImage | ViewType::OldImage if looks.both => {
            Some("changed() needs both images, so a MODIFY never matches")
        }
        ViewType::OldImage if looks.bare => {
            Some("a bare path finds something on a REMOVE only; @old.path is what was before")
        }
        ViewType::KeysOnly
        | ViewType::NewImage
        | ViewType::OldImage
        | ViewType::NewAndOldImages
        | ViewType::Unknown(_) => None,
    }
}

/// Which images a condition looks at.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of a machine")]
struct Looks {
    new: bool,
    old: bool,
    bare: bool,
    both: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;
    use crate::model::time::Zone;
    use crate::query::{Filter, Whence};
    use crate::store::page::{Envelope, Facts, Flags, Page, RecordSpan, Span};

    const WHENCE: Whence<'static> = Whence { table: "orders", shard: "shardId-1" };

    /// A page of records that insert these items.
    fn page(items: &[&str]) -> Page {
        let mut text = String::new();
        let (mut spans, mut facts) = (vec![], vec![]);
        for item in items {
            let from = text.len();
            text.push_str(item);
            let span = Span::new(from..text.len()).unwrap();
            spans.push(RecordSpan { record: span, new_image: span, ..Default::default() });
            facts.push(Facts {
                time: None,
                size_bytes: None,
                event: crate::model::EventName::Insert,
                flags: Flags::default(),
            });
        }
        Page::new(&text, spans, facts, Envelope::default(), vec![])
    }

    fn filter(text: &str) -> Filter {
        Filter::parse(text, Time::from_seconds(0), Zone::Utc).unwrap()
    }

    fn explained(text: &str, items: &[&str]) -> Option<String> {
        let (filter, page) = (filter(text), page(items));
        let mut tally = Tally::default();
        for record in page.records() {
            filter.count(record, WHENCE, &mut tally);
        }
        filter.explain(&tally)
    }

    #[test]
    fn nothing_found_is_explained_by_the_types_that_were_met() {
        let number = r#"{"id":{"N":"91"}}"#;
        let string = r#"{"id":{"S":"91"}}"#;
        let list = r#"{"id":{"L":[]}}"#;
        let tags = r#"{"id":{"SS":["x"]}}"#;
        for (text, items, said) in [
            ("id = 91", &[string, string, number][..2], "2 records have id as a string: try '91'"),
            ("id = '91'", &[number, "{}"], "1 record has id as a number: try 91"),
            ("id = 'x'", &[number], "1 record has id as a number"),
            ("id > 5", &[list, string, string], "2 records have id as a string: try '5'"),
            ("id IN ('x', 'y')", &[list], "1 record has id as a list: try contains(id, 'x')"),
            ("id = 'x'", &[tags], "1 record has id as a set of strings: try contains(id, 'x')"),
            ("begins_with(id, '9')", &[number], "1 record has id as a number: try 9"),
            ("id BETWEEN 1 AND 2", &[string], "1 record has id as a string: try '1'"),
            ("id = 'true'", &[r#"{"id":{"BOOL":true}}"#], "1 record has id as true or false: try true"),
            ("id = 'x'", &[r#"{"id":{"NULL":true}}"#], "1 record has id as null: try id = null"),
            ("@new.id = 91", &[string], "1 record has @new.id as a string: try '91'"),
            ("idd = 91", &[string], "no record has idd"),
            ("id = \"PAID\"", &[string], "no record has PAID; a string is written 'PAID'"),
            ("id = '9' AND nope = 1", &[number], "1 record has id as a number: try 9"),
        ] {
            assert_eq!(explained(text, items).as_deref(), Some(said), "{text}");
        }
    }

    #[test]
    fn what_was_found_or_what_has_the_right_type_needs_no_explanation() {
        let items = &[r#"{"id":{"S":"91"}}"#, r#"{"id":{"N":"91"}}"#][..];
        assert_eq!(explained("id = 91", items), None);
        assert_eq!(explained("id = '92' OR id = 91.5 AND id <> 1", &[]), None);
        assert_eq!(explained("id = '92'", &items[..1]), None);
    }

    #[test]
    fn counts_of_several_runs_are_added() {
        let filter = filter("id = 91");
        let mut sum = Tally::default();
        for items in [&[r#"{"id":{"S":"91"}}"#; 2][..], &[r#"{"id":{"S":"9"}}"#], &["{}"]] {
            let mut tally = Tally::default();
            for record in page(items).records() {
                filter.count(record, WHENCE, &mut tally);
            }
            sum.add(&tally);
        }
        assert_eq!((sum.seen, sum.matched), (4, 0));
        assert_eq!(filter.explain(&sum).as_deref(), Some("3 records have id as a string: try '91'"));
    }

    #[test]
    fn what_a_view_type_cannot_show_is_said() {
        let keys = ["pk".to_owned(), "sk".to_owned()];
        for (text, view, said) in [
            (
                "status = 1",
                ViewType::KeysOnly,
                Some("orders is KEYS_ONLY: only keys and @fields can be filtered"),
            ),
            (
                "@new.pk = 1",
                ViewType::KeysOnly,
                Some("orders is KEYS_ONLY: only keys and @fields can be filtered"),
            ),
            (
                "changed(pk)",
                ViewType::KeysOnly,
                Some("orders is KEYS_ONLY: only keys and @fields can be filtered"),
            ),
            ("pk = 1 AND @key.sk = 2 AND @size > 1 OR text('x')", ViewType::KeysOnly, None),
            (
                "@old.a = 1",
                ViewType::NewImage,
                Some("orders is NEW_IMAGE: its records have no old image for @old"),
            ),
            ("status = 1", ViewType::NewImage, None),
            (
                "NOT changed(a)",
                ViewType::NewImage,
                Some("orders is NEW_IMAGE: changed() needs both images, so a MODIFY never matches"),
            ),
            (
                "@new.a = 1",
                ViewType::OldImage,
                Some("orders is OLD_IMAGE: its records have no new image for @new"),
            ),
            (
                "size(a) > 1",
                ViewType::OldImage,
                Some(
                    "orders is OLD_IMAGE: a bare path finds something on a REMOVE only; @old.path is what was before",
                ),
            ),
            ("changed(a) AND @old.a = 1 AND @new.a = 2", ViewType::NewAndOldImages, None),
        ] {
            assert_eq!(filter(text).blind_spot("orders", &view, &keys).as_deref(), said, "{text}");
        }
    }
}
