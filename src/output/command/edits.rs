//! Which paths an update sets or removes to make one state of an item out of another.

use super::{Refusal, place};
use crate::model::diff::{Difference, ListDiff, MapDiff};
use crate::model::{AttributeValue, Item, Path, Step, ValueChange, diff};

/// One path that an update changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit<'v> {
    pub path: Path<'v>,
    /// What is there, for the condition; absent: nothing.
    pub held: Option<&'v AttributeValue<'v>>,
    /// What is to be there; absent: nothing.
    pub wanted: Option<&'v AttributeValue<'v>>,
}

/// How finely an update changes an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// Only what differs, however deep it lies.
    Path,
    /// Whole attributes of the item: fewer paths, more bytes.
    Attribute,
}

/// What makes `wanted` out of `held`, in the order of the paths. No path lies inside another one:
/// DynamoDB refuses an update whose paths overlap.
pub(super) fn edits<'v>(
    held: &'v Item<'v>,
    wanted: &'v Item<'v>,
    grain: Grain,
) -> Result<Vec<Edit<'v>>, Refusal> {
    let mut walk = Walk { held, wanted, grain, path: Path::default(), edits: vec![] };
    walk.map(&diff(held, wanted).attributes);
    let edits = walk.edits;
    if edits.iter().any(|edit| edit.path.steps().first() == Some(&Step::Name("".into()))) {
        return Err(Refusal::EmptyName);
    }
    let values = |edit: &Edit<'v>| [edit.held, edit.wanted].into_iter().flatten().any(has_unknown);
    match edits.iter().find(|edit| values(edit)) {
        Some(edit) => Err(Refusal::UnknownType(place(&edit.path))),
        None => Ok(edits),
    }
}

/// Whether a type that is not known lies in a value: the AWS CLI would not take it.
pub(super) fn has_unknown(value: &AttributeValue<'_>) -> bool {
    has(value, &|value| matches!(value, AttributeValue::Unknown { .. }))
}

pub(super) fn has_binary(value: &AttributeValue<'_>) -> bool {
    has(value, &|value| matches!(value, AttributeValue::B(_) | AttributeValue::Bs(_)))
}

fn has(value: &AttributeValue<'_>, is_wanted: &impl Fn(&AttributeValue<'_>) -> bool) -> bool {
    if let AttributeValue::L(elements) = value {
        return elements.iter().any(|element| has(element, is_wanted));
    }
    if let AttributeValue::M(map) = value {
        return map.iter().any(|(_, inner)| has(inner, is_wanted));
    }
    is_wanted(value)
}

struct Walk<'v> {
    held: &'v Item<'v>,
    wanted: &'v Item<'v>,
    grain: Grain,
    path: Path<'v>,
    edits: Vec<Edit<'v>>,
}

impl<'v> Walk<'v> {
    fn map(&mut self, map: &MapDiff<'v>) {
        for (name, difference) in &map.entries {
            self.step(Step::Name((*name).into()), difference);
        }
    }

    fn step(&mut self, step: Step<'v>, difference: &Difference<'v>) {
        self.path.push(step);
        match difference {
            // To DynamoDB the same number.
            Difference::Value(ValueChange::Rewritten { .. }) => {}
            _ if self.grain == Grain::Attribute => self.whole(),
            Difference::Map(map) if map.entries.iter().all(|(name, _)| !name.is_empty()) => self.map(map),
            Difference::List(list) if keeps_places(list) => {
                for element in &list.elements {
                    self.step(Step::Index(element.old_index), &element.difference);
                }
            }
            Difference::Map(_) | Difference::List(_) | Difference::Value(_) => self.whole(),
        }
        self.path.pop();
    }

    fn whole(&mut self) {
        let (held, wanted) = (self.held.at(&self.path), self.wanted.at(&self.path));
        let is_same = held.zip(wanted).is_some_and(|(held, wanted)| held.same_as(wanted));
        if !is_same {
            self.edits.push(Edit { path: self.path.clone(), held, wanted });
        }
    }
}

/// Whether every element that differs has one index before and after: only then does a path with
/// that index mean it. Elements that are added or removed move those behind them.
fn keeps_places(list: &ListDiff<'_>) -> bool {
    list.elements.iter().all(|element| {
        let is_pair = match &element.difference {
            Difference::Value(change) => change.old_value().is_some() && change.new_value().is_some(),
            Difference::Map(_) | Difference::List(_) => true,
        };
        is_pair && element.old_index == element.new_index
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::attribute::samples;
    use crate::model::parse_item;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn paths(held: &str, wanted: &str, grain: Grain) -> Vec<String> {
        let (held, wanted) = (parse_item(held.as_bytes()).unwrap(), parse_item(wanted.as_bytes()).unwrap());
        edits(&held, &wanted, grain).unwrap().iter().map(|edit| edit.path.to_string()).collect()
    }

    #[test]
    fn a_list_is_changed_by_index_only_where_its_elements_stay_in_place() {
        let list = |elements: &str| {
            let values: Vec<String> =
                elements.chars().map(|element| format!(r#"{{"S":"{element}"}}"#)).collect();
            format!(r#"{{"l":{{"L":[{}]}}}}"#, values.join(","))
        };
        let between = |held: &str, wanted: &str| paths(&list(held), &list(wanted), Grain::Path);
        assert_eq!(between("abc", "axc"), ["l[1]"]);
        assert_eq!(between("abcd", "xbcy"), ["l[0]", "l[3]"]);
        for (held, wanted) in [("abc", "ab"), ("ab", "abc"), ("abc", "cab"), ("ab", "ba"), ("", "a")] {
            assert_eq!(between(held, wanted), ["l"], "{held} {wanted}");
        }
    }

    #[test]
    fn a_parent_that_came_or_went_is_one_edit() {
        let with = r#"{"m":{"M":{"a":{"M":{"b":{"N":"1"},"c":{"N":"2"}}}}}}"#;
        let without = r#"{"m":{"M":{}}}"#;
        assert_eq!(paths(with, without, Grain::Path), ["m.a"]);
        assert_eq!(paths(without, with, Grain::Path), ["m.a"]);
        assert_eq!(paths(with, without, Grain::Attribute), ["m"]);
    }

    #[test]
    fn a_number_written_differently_is_no_edit() {
        let (one, other) =
            (r#"{"n":{"N":"1.0"},"l":{"L":[{"N":"2"}]}}"#, r#"{"n":{"N":"1"},"l":{"L":[{"N":"2.0"}]}}"#);
        for grain in [Grain::Path, Grain::Attribute] {
            assert_eq!(paths(one, other, grain), [""; 0]);
        }
    }

    #[test]
    fn an_empty_name_inside_is_not_named() {
        let (held, wanted) = (r#"{"m":{"M":{"":{"N":"1"}}}}"#, r#"{"m":{"M":{"":{"N":"2"}}}}"#);
        assert_eq!(paths(held, wanted, Grain::Path), ["m"]);
    }

    /// As DynamoDB does: sets a value in an existing map or list, or takes an attribute out of a map.
    fn apply(
        value: AttributeValue<'static>,
        steps: &[Step<'_>],
        wanted: Option<&AttributeValue<'static>>,
    ) -> AttributeValue<'static> {
        let Some((step, rest)) = steps.split_first() else { return wanted.unwrap().clone() };
        match (value, step) {
            (AttributeValue::M(map), Step::Name(name)) => {
                let inner = map.get(name).cloned();
                let mut attributes: Vec<_> = map
                    .iter()
                    .filter(|(other, _)| other != name)
                    .map(|(name, value)| (name.to_owned().into(), value.clone()))
                    .collect();
                if wanted.is_some() || !rest.is_empty() {
                    let inner = if rest.is_empty() { AttributeValue::Null } else { inner.expect("a parent") };
                    attributes.push((name.to_string().into(), apply(inner, rest, wanted)));
                }
                AttributeValue::M(attributes.into())
            }
            (AttributeValue::L(mut list), Step::Index(at)) => {
                assert!(wanted.is_some() || !rest.is_empty(), "an element is not removed: others would move");
                list[*at] = apply(list[*at].clone(), rest, wanted);
                AttributeValue::L(list)
            }
            (value, step) => panic!("{step:?} into {value:?}"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn edits_make_one_item_out_of_the_other_and_never_overlap((held, wanted) in samples::pair()) {
            for grain in [Grain::Path, Grain::Attribute] {
                let Ok(edits) = edits(&held, &wanted, grain) else { continue };
                let mut item = AttributeValue::M(held.clone());
                for (at, edit) in edits.iter().enumerate() {
                    prop_assert_eq!(edit.held, held.at(&edit.path));
                    let overlaps = |other: &Edit<'_>| other.path.starts_with(&edit.path) || edit.path.starts_with(&other.path);
                    prop_assert!(!edits[at + 1..].iter().any(overlaps));
                    prop_assert!(grain == Grain::Path || edit.path.steps().len() == 1);
                    let wanted = edit.wanted.map(owned);
                    item = apply(item, edit.path.steps(), wanted.as_ref());
                }
                prop_assert!(item.same_as(&AttributeValue::M(wanted.clone())), "{:?}", item);
            }
        }
    }

    fn owned(value: &AttributeValue<'_>) -> AttributeValue<'static> {
        let item: Item<'_> = vec![("v".into(), value.clone())].into();
        let mut json = String::new();
        crate::model::plain::write_dynamodb(&item, &mut json);
        let json: &'static str = json.leak();
        parse_item(json.as_bytes()).unwrap().get("v").unwrap().clone()
    }
}
