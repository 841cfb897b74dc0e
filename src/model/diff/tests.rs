use std::borrow::Cow;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::model::attribute::{AttributeType, Base64, parse_item, samples};
use crate::model::decimal::{Decimal, same_number};
use crate::model::plain::write_dynamodb;

fn item(json: &str) -> Item<'static> {
    parse_item(String::leak(json.to_owned()).as_bytes()).unwrap()
}

/// Both items with one attribute, and what the diff says of it.
fn changes(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (item(&format!(r#"{{"a":{old}}}"#)), item(&format!(r#"{{"a":{new}}}"#)));
    described(&old, &new)
}

fn described(old: &Item<'_>, new: &Item<'_>) -> Vec<String> {
    let diff = diff(old, new);
    let describe = |change: &Change<'_, '_>| {
        let from = change.old_path.as_ref().map(|path| format!(" (was {path})")).unwrap_or_default();
        let by_index = if change.by_index { " by index" } else { "" };
        let kind = match change.change {
            ValueChange::Added { .. } => "added".to_owned(),
            ValueChange::Removed { .. } => "removed".to_owned(),
            ValueChange::Retyped { .. } => "retyped".to_owned(),
            ValueChange::Rewritten { .. } => "rewritten".to_owned(),
            ValueChange::Changed { .. } => "changed".to_owned(),
            ValueChange::Set(set) => format!("-{:?} +{:?} ={}", set.removed, set.added, set.kept),
        };
        format!("{}{from} {kind}{by_index}", change.path)
    };
    diff.changes().iter().map(describe).collect()
}

/// One of each type, and another of the same.
const SAMPLES: [(&str, &str); 11] = [
    (r#"{"S":""}"#, r#"{"S":"x"}"#),
    (r#"{"N":"0"}"#, r#"{"N":"1"}"#),
    (r#"{"B":""}"#, r#"{"B":"AA=="}"#),
    (r#"{"SS":[]}"#, r#"{"SS":["x"]}"#),
    (r#"{"NS":[]}"#, r#"{"NS":["1"]}"#),
    (r#"{"BS":[]}"#, r#"{"BS":["AA=="]}"#),
    (r#"{"L":[]}"#, r#"{"L":[{"S":"x"}]}"#),
    (r#"{"M":{}}"#, r#"{"M":{"x":{"S":"x"}}}"#),
    (r#"{"BOOL":false}"#, r#"{"BOOL":true}"#),
    (r#"{"NULL":true}"#, r#"{"NULL":true}"#),
    (r#"{"X":[]}"#, r#"{"X":[1]}"#),
];

#[test]
fn every_type_differs_from_every_other_and_from_nothing() {
    for (place, (one, _)) in SAMPLES.iter().enumerate() {
        for (other_place, (other, another)) in SAMPLES.iter().enumerate() {
            let expected = if place == other_place { vec![] } else { vec!["a retyped"] };
            assert_eq!(changes(one, other), expected, "{one} {other}");
            if place != other_place {
                assert_eq!(changes(one, another), ["a retyped"], "{one} {another}");
            }
        }
        let alone = item(&format!(r#"{{"a":{one}}}"#));
        assert_eq!(described(Item::none(), &alone), ["a added"]);
        assert_eq!(described(&alone, Item::none()), ["a removed"]);
    }
}

#[test]
fn a_change_within_a_type_has_its_form() {
    let expected = [
        "a changed",
        "a changed",
        "a changed",
        r#"a -[] +["x"] =0"#,
        r#"a -[] +["1"] =0"#,
        r#"a -[] +["AA=="] =0"#,
        "a[0] added",
        "a.x added",
        "a changed",
        "",
        "a changed",
    ];
    for ((old, new), expected) in SAMPLES.iter().zip(expected) {
        assert_eq!(changes(old, new).join(" "), expected);
        assert_eq!(changes(new, old).is_empty(), expected.is_empty());
    }
}

#[test]
fn unknown_types_are_the_same_only_where_they_are_written_the_same() {
    assert_eq!(changes(r#"{"X":1}"#, r#"{"X":1}"#), Vec::<String>::new());
    assert_eq!(changes(r#"{"X":1}"#, r#"{"X": 1}"#), ["a changed"]);
    assert_eq!(changes(r#"{"X":1}"#, r#"{"Y":1}"#), ["a retyped"]);
    assert_eq!(changes(r#"{"L":[{"X":1},{"X":2}]}"#, r#"{"L":[{"X":2},{"X":2}]}"#), ["a[0] changed"]);
}

#[test]
fn a_number_written_differently_is_a_change_of_its_own_kind() {
    assert_eq!(changes(r#"{"N":"1.0"}"#, r#"{"N":"1"}"#), ["a rewritten"]);
    assert_eq!(changes(r#"{"N":"-0"}"#, r#"{"N":"0E5"}"#), ["a rewritten"]);
    let list = |numbers: &str| format!(r#"{{"L":[{{"S":"x"}},{numbers}]}}"#);
    assert_eq!(changes(&list(r#"{"N":"10"}"#), &list(r#"{"N":"1E1"}"#)), ["a[1] rewritten"]);
    let precise = "12345678901234567890123456789012345678";
    let (old, new) = (format!(r#"{{"N":"{precise}"}}"#), format!(r#"{{"N":"{precise}.0001"}}"#));
    assert_eq!(changes(&old, &new), ["a changed"]);

    let (old, new) = (item(r#"{"a":{"N":"1"},"b":{"S":"x"}}"#), item(r#"{"a":{"N":"1.0"},"b":{"S":"x"}}"#));
    let rewritten = diff(&old, &new);
    assert!(!rewritten.is_empty() && rewritten.is_only_rewritten());
    assert_eq!(rewritten.counts(), Counts { rewritten: 1, ..Counts::default() });
}

#[test]
fn sets_differ_in_their_members() {
    assert!(changes(r#"{"SS":["a","b"]}"#, r#"{"SS":["b","a","b"]}"#).is_empty());
    assert!(changes(r#"{"NS":["1","2"]}"#, r#"{"NS":["2.0","1E0"]}"#).is_empty());
    assert!(changes(r#"{"BS":["AA==","AQ=="]}"#, r#"{"BS":["AQ==","AA=="]}"#).is_empty());
    assert_eq!(
        changes(r#"{"NS":["10","9","1"]}"#, r#"{"NS":["1.0","11","-2","9"]}"#),
        [r#"a -["10"] +["-2", "11"] =2"#]
    );
    assert_eq!(changes(r#"{"SS":["a","b","c"]}"#, r#"{"SS":["d","b"]}"#), [r#"a -["a", "c"] +["d"] =1"#]);
}

#[test]
fn names_with_dots_are_not_paths() {
    let (old, new) =
        (item(r#"{"a.b":{"N":"1"},"a":{"M":{"b":{"N":"1"}}}}"#), item(r#"{"a":{"M":{"b":{"N":"2"}}}}"#));
    assert_eq!(described(&old, &new), ["a.b changed", r#""a.b" removed"#]);
}

fn list(elements: &[&str]) -> String {
    let quote = |element: &&str| match *element {
        map if map.starts_with('{') => map.to_owned(),
        text => format!(r#"{{"S":"{text}"}}"#),
    };
    format!(r#"{{"L":[{}]}}"#, elements.iter().map(quote).collect::<Vec<_>>().join(","))
}

#[test]
fn elements_put_in_or_taken_out_leave_the_others_alone() {
    assert_eq!(changes(&list(&["a", "b", "c"]), &list(&["x", "a", "b", "c"])), ["a[0] added"]);
    assert_eq!(changes(&list(&["a", "b", "c"]), &list(&["a", "c"])), ["a[1] removed"]);
    assert_eq!(
        changes(&list(&["a", "b", "c", "d"]), &list(&["b", "x", "d", "e"])),
        ["a[0] removed", "a[1] (was a[2]) changed", "a[3] added"]
    );
}

#[test]
fn a_changed_element_is_diffed_inside() {
    let map = |sku: &str, quantity: &str| {
        format!(r#"{{"M":{{"sku":{{"S":"{sku}"}},"qty":{{"N":"{quantity}"}}}}}}"#)
    };
    let old = list(&[&map("A", "1"), &map("B", "1"), "end"]);
    let new = list(&["start", &map("A", "1"), &map("B", "2"), "end"]);
    assert_eq!(changes(&old, &new), ["a[0] added", "a[2].qty (was a[1].qty) changed"]);

    // Of several in its place the most alike one is taken.
    let new = list(&[&map("C", "7"), &map("D", "8"), &map("A", "2"), &map("B", "1"), "end"]);
    assert_eq!(changes(&old, &new), ["a[0] added", "a[1] added", "a[2].qty (was a[0].qty) changed"]);
}

#[test]
fn many_changes_below_the_cap_are_still_matched_by_what_is_common() {
    let old: Vec<String> = (0..120).map(|n| format!("a{n}")).collect();
    let doubled = |n: usize| {
        if n.is_multiple_of(3) { vec![format!("b{n}"), format!("c{n}")] } else { vec![format!("a{n}")] }
    };
    let new: Vec<String> = (0..120).flat_map(doubled).collect();
    let list = |elements: &[String]| list(&elements.iter().map(String::as_str).collect::<Vec<_>>());
    let changes = changes(&list(&old), &list(&new));
    assert_eq!(changes.len(), 2 * 40, "one changed and one added for every third: {changes:?}");
    assert!(changes.iter().all(|change| !change.contains("by index")));
}

#[test]
fn too_many_changes_in_a_list_are_matched_by_index_and_say_so() {
    let half = MAX_ELEMENT_EDITS / 2;
    let elements = |prefix: &str, count: usize| {
        let mut all: Vec<String> = (0..count).map(|n| format!("{prefix}{n}")).collect();
        all.insert(0, "head".to_owned());
        all.push("tail".to_owned());
        list(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let within = changes(&elements("a", half), &elements("b", half));
    assert_eq!((within.len(), within[0].as_str()), (half, "a[1] changed"));
    let beyond = changes(&elements("a", half), &elements("b", half + 1));
    assert_eq!((beyond.len(), beyond[0].as_str()), (half + 1, "a[1] changed by index"));
    assert_eq!(beyond[half], format!("a[{}] added by index", half + 1));

    let beside = |prefix: &str, count: usize| {
        format!(r#"{{"M":{{"l":{},"z":{{"S":"{prefix}"}}}}}}"#, elements(prefix, count))
    };
    let all = changes(&beside("a", half), &beside("b", half + 1));
    assert_eq!(all.last().map(String::as_str), Some("a.z changed"));
}

/// The new item, made from the old one and nothing but the diff.
fn apply(old: &Item<'_>, diff: &MapDiff<'_>) -> Item<'static> {
    let owned = |(name, value): (&str, &AttributeValue<'_>)| (name.to_owned().into(), owned(value));
    let changed = |name: &str| diff.entries.iter().find(|(changed, _)| *changed == name);
    let kept = old.iter().filter(|(name, _)| changed(name).is_none()).map(owned);
    let made = diff.entries.iter().filter_map(|(name, difference)| {
        Some(((*name).to_owned().into(), apply_value(old.get(name), difference)?))
    });
    kept.chain(made).collect()
}

fn apply_value(
    old: Option<&AttributeValue<'_>>,
    difference: &Difference<'_>,
) -> Option<AttributeValue<'static>> {
    match (difference, old) {
        (Difference::Map(map), Some(AttributeValue::M(old))) => Some(AttributeValue::M(apply(old, map))),
        (Difference::List(list), Some(AttributeValue::L(old))) => {
            let (mut new, mut at) = (vec![], 0);
            for element in &list.elements {
                new.extend(old[at..element.old_index].iter().map(owned));
                assert_eq!(new.len(), element.new_index);
                let is_added = matches!(element.difference, Difference::Value(ValueChange::Added { .. }));
                at = element.old_index + usize::from(!is_added);
                new.extend(apply_value(old.get(element.old_index), &element.difference));
            }
            new.extend(old[at..].iter().map(owned));
            Some(AttributeValue::L(new))
        }
        (Difference::Value(ValueChange::Set(set)), Some(old)) => Some(apply_set(old, set)),
        (Difference::Value(change), _) => change.new_value().map(owned),
        (other, old) => panic!("{other:?} of {old:?}"),
    }
}

fn apply_set(old: &AttributeValue<'_>, set: &SetChange<'_>) -> AttributeValue<'static> {
    let is_number = set.old.attribute_type() == AttributeType::Ns;
    let is_same = |a: &str, b: &str| if is_number { same_number(a, b) } else { a == b };
    let is_removed = |member: &str| set.removed.iter().any(|removed| is_same(removed, member));
    let members = |old: &[Cow<'_, str>]| -> Vec<Cow<'static, str>> {
        let kept = old.iter().filter(|member| !is_removed(member)).map(AsRef::as_ref);
        kept.chain(set.added.iter().copied()).map(|member| Cow::Owned(member.to_owned())).collect()
    };
    match (old, set.new) {
        (AttributeValue::Ss(old), AttributeValue::Ss(_)) => AttributeValue::Ss(members(old)),
        (AttributeValue::Ns(old), AttributeValue::Ns(_)) => AttributeValue::Ns(members(old)),
        (AttributeValue::Bs(old), AttributeValue::Bs(_)) => {
            let texts: Vec<_> = old.iter().map(|member| member.as_str().into()).collect();
            AttributeValue::Bs(members(&texts).into_iter().filter_map(Base64::new).collect())
        }
        other => panic!("{other:?}"),
    }
}

fn owned(value: &AttributeValue<'_>) -> AttributeValue<'static> {
    let mut json = String::new();
    write_dynamodb(&[("v".into(), value.clone())].into_iter().collect(), &mut json);
    item(&json).get("v").unwrap().clone()
}

/// Sets in one order and one spelling, so that `==` says the same as DynamoDB about them.
fn with_sorted_sets(value: AttributeValue<'static>) -> AttributeValue<'static> {
    let normal = |text: &str| Cow::Owned(Decimal::parse(text).unwrap().to_string());
    let mut value = value;
    match &mut value {
        AttributeValue::L(list) => {
            let elements = std::mem::take(list);
            *list = elements.into_iter().map(with_sorted_sets).collect();
        }
        AttributeValue::M(map) => *map = sets_sorted(map),
        AttributeValue::Ss(set) => *set = set.drain(..).collect::<BTreeSet<_>>().into_iter().collect(),
        AttributeValue::Bs(set) => *set = set.drain(..).collect::<BTreeSet<_>>().into_iter().collect(),
        AttributeValue::Ns(set) => {
            *set = set.iter().map(|text| normal(text)).collect::<BTreeSet<_>>().into_iter().collect();
        }
        AttributeValue::S(_)
        | AttributeValue::N(_)
        | AttributeValue::B(_)
        | AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::Unknown { .. } => {}
    }
    value
}

fn sets_sorted(item: &Item<'_>) -> Item<'static> {
    item.iter().map(|(name, value)| (name.to_owned().into(), with_sorted_sets(owned(value)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_diff_makes_the_new_item_of_the_old((old, new) in samples::pair()) {
        let diff = diff(&old, &new);
        prop_assert_eq!(sets_sorted(&apply(&old, &diff.attributes)), sets_sorted(&new));
    }

    #[test]
    fn an_empty_diff_means_the_same_item((old, new) in samples::pair()) {
        let diff = diff(&old, &new);
        prop_assert_eq!(diff.is_empty(), sets_sorted(&old) == sets_sorted(&new));
        prop_assert_eq!(diff.is_only_rewritten(), old.same_as(&new));
        prop_assert_eq!(diff.changes().is_empty(), diff.is_empty());
    }

    #[test]
    fn an_item_does_not_differ_from_itself(item in samples::item()) {
        prop_assert!(diff(&item, &item.clone()).is_empty());
        prop_assert!(item.same_as(&item));
    }

    #[test]
    fn every_path_leads_to_what_changed((old, new) in samples::pair()) {
        let diff = diff(&old, &new);
        let changes = diff.changes();
        for change in &changes {
            let old_path = change.old_path.as_ref().unwrap_or(&change.path);
            if let Some(value) = change.change.old_value() {
                prop_assert_eq!(old.at(old_path), Some(value));
            }
            if let Some(value) = change.change.new_value() {
                prop_assert_eq!(new.at(&change.path), Some(value));
            }
        }
        let Counts { added, removed, changed, rewritten } = diff.counts();
        prop_assert_eq!(changes.len(), added + removed + changed + rewritten);
    }

    #[test]
    fn the_diff_back_has_as_many_changes((old, new) in samples::pair()) {
        let (there, back) = (diff(&old, &new).counts(), diff(&new, &old).counts());
        prop_assert_eq!(there == Counts::default(), back == Counts::default());
    }
}
