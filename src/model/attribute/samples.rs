//! Items for tests: any, and pairs that have much in common.

use proptest::prelude::*;

use super::{AttributeValue, Base64, Item};

type Value = AttributeValue<'static>;

/// Few names and few values, so that two of them often meet.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[a-c]", 1 => any::<String>(), 1 => Just("a.b[0]".to_owned())]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[xy]{0,3}( [xy]{1,2}){0,3}", 1 => any::<String>(), 1 => "[e\u{301}👩\u{200d}🇩🇪é ]{0,6}"]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["0", "-0", "1", "1.0", "1E0", "10", "1E1", "-1"]).prop_map(str::to_owned),
        1 => "-?[0-9]{1,38}(\\.[0-9]{1,3})?",
    ]
}

fn bytes() -> impl Strategy<Value = Base64<'static>> {
    prop::collection::vec(0u8..3, 0..5).prop_map(|bytes| Base64::encode(&bytes))
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| Value::S(text.into())),
        number().prop_map(|text| Value::N(text.into())),
        bytes().prop_map(Value::B),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
        prop::collection::vec(text().prop_map(Into::into), 0..4).prop_map(Value::Ss),
        prop::collection::vec(number().prop_map(Into::into), 0..4).prop_map(Value::Ns),
        prop::collection::vec(bytes(), 0..4).prop_map(Value::Bs),
        (0u8..3)
            .prop_map(|n| Value::Unknown { type_name: "X".into(), raw: format!(r#"{{"X":{n}}}"#).into() }),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..7).prop_map(Value::L),
            prop::collection::vec((name().prop_map(Into::into), inner), 0..5)
                .prop_map(|attributes| Value::M(attributes.into())),
        ]
    })
}

pub(crate) fn item() -> impl Strategy<Value = Item<'static>> {
    prop::collection::vec((name().prop_map(Into::into), value()), 0..5).prop_map(Into::into)
}

/// Two items, the second most often the first with a few changes inside.
pub(crate) fn pair() -> impl Strategy<Value = (Item<'static>, Item<'static>)> {
    let edits = prop::collection::vec((any::<u32>(), value()), 0..4);
    prop_oneof![
        1 => (item(), item()),
        4 => (item(), edits).prop_map(|(old, edits)| {
            let mut new = Value::M(old.clone());
            for (place, value) in edits {
                edit(&mut new, place, value);
            }
            let Value::M(new) = new else { unreachable!("an edit keeps a map a map") };
            (old, new)
        }),
    ]
}

/// Puts a value somewhere inside, or takes one away; the digits of `place` say where.
fn edit(target: &mut Value, place: u32, value: Value) {
    let (choice, deeper) = (place as usize % 11, place / 11);
    let into = |inner: &mut Value, value: Value| {
        if deeper % 4 > 0 && matches!(inner, Value::L(_) | Value::M(_)) {
            edit(inner, deeper / 4, value);
        } else {
            *inner = value;
        }
    };
    if let Value::L(list) = target {
        if list.is_empty() {
            return list.push(value);
        }
        let at = choice % list.len();
        match deeper % 5 {
            0 => list.insert(at, value),
            1 => drop(list.remove(at)),
            _ => into(&mut list[at], value),
        }
    } else if let Value::M(map) = target {
        if map.is_empty() || deeper % 5 == 0 {
            *map = map.attributes.drain(..).chain([("new".into(), value)]).collect();
            return;
        }
        let at = choice % map.len();
        match deeper % 5 {
            1 => drop(map.attributes.remove(at)),
            _ => into(&mut map.attributes[at].1, value),
        }
    }
}
