//! What the filter language means, said as plainly as can be, over parsed items.

use std::cmp::Ordering;

use dynascope::model::{AttributeValue, Decimal, EventName, Item, Path};

use super::samples::{Condition, Operand, Place};

/// A record whose images are read.
#[derive(Debug)]
pub struct Parsed<'a> {
    pub event: EventName,
    pub keys: Item<'a>,
    pub new: Option<Item<'a>>,
    pub old: Option<Item<'a>>,
    pub is_ttl: bool,
    pub size: Option<u32>,
}

pub fn is_true<'r>(condition: &Condition, record: &'r Parsed<'r>) -> bool {
    let at = |place: &Place| value_at(place, record);
    match condition {
        Condition::And(all) => all.iter().all(|one| is_true(one, record)),
        Condition::Or(any) => any.iter().any(|one| is_true(one, record)),
        Condition::Not(one) => !is_true(one, record),
        Condition::Compare(left, sign, right) => compare(operand(left, record), sign, operand(right, record)),
        Condition::Between(value, low, high) => {
            compare(operand(value, record), ">=", Some(low.clone()))
                && compare(operand(value, record), "<=", Some(high.clone()))
        }
        Condition::In(value, options) => {
            options.iter().any(|option| compare(operand(value, record), "=", Some(option.clone())))
        }
        Condition::Exists(place) => at(place).is_some(),
        Condition::NotExists(place) => at(place).is_none(),
        Condition::HasType(place, kind) => {
            at(place).is_some_and(|value| value.attribute_type().as_str() == *kind)
        }
        Condition::BeginsWith(place, start) => match (at(place), start) {
            (Some(AttributeValue::S(text)), AttributeValue::S(start)) => text.starts_with(&**start),
            (Some(AttributeValue::B(bytes)), AttributeValue::B(start)) => {
                bytes.decode().starts_with(&start.decode())
            }
            _ => false,
        },
        Condition::Contains(place, part) => match (at(place), part) {
            (Some(AttributeValue::S(text)), AttributeValue::S(part)) => text.contains(&**part),
            (Some(AttributeValue::B(bytes)), AttributeValue::B(part)) => {
                let (bytes, part) = (bytes.decode(), part.decode());
                part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
            }
            (Some(AttributeValue::L(list)), part) => list.iter().any(|element| element.same_as(part)),
            (Some(AttributeValue::Ss(set)), AttributeValue::S(part)) => {
                set.iter().any(|member| member == part)
            }
            (Some(AttributeValue::Bs(set)), AttributeValue::B(part)) => {
                set.iter().any(|member| member == part)
            }
            (Some(AttributeValue::Ns(set)), AttributeValue::N(part)) => {
                set.iter().any(|member| Decimal::parse(member) == Decimal::parse(part))
            }
            _ => false,
        },
        Condition::Changed(path) => {
            let (old, new) = both(path, record);
            let is_whole = record.event != EventName::Modify || record.old.is_some() && record.new.is_some();
            is_whole && !same(old, new)
        }
        Condition::ChangedTo(path, from, to) => {
            let (old, new) = both(path, record);
            is_true(&Condition::Changed(path.clone()), record) && same(old, Some(from)) && same(new, Some(to))
        }
        Condition::Text(text) => [Some(&record.keys), record.new.as_ref(), record.old.as_ref()]
            .into_iter()
            .flatten()
            .any(|item| item.iter().any(|(name, value)| has(name, text) || holds(value, text))),
        Condition::Event(event) => record.event.as_str().eq_ignore_ascii_case(event),
        Condition::Ttl(is_ttl) => record.is_ttl == *is_ttl,
        Condition::Bytes(sign, bytes) => {
            record.size.is_some_and(|size| of_order(Some(size.cmp(bytes)), sign))
        }
    }
}

type Found<'r> = Option<&'r AttributeValue<'r>>;

fn both<'r>(path: &Path<'_>, record: &'r Parsed<'r>) -> (Found<'r>, Found<'r>) {
    let at = |image: &'r Option<Item<'r>>| image.as_ref().and_then(|image| image.at(path));
    (at(&record.old), at(&record.new))
}

fn same(a: Found<'_>, b: Found<'_>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same_as(b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn value_at<'r>(place: &Place, record: &'r Parsed<'r>) -> Found<'r> {
    let image = match (place.root, record.event) {
        ("@new.", _) => record.new.as_ref(),
        ("@old.", _) => record.old.as_ref(),
        ("@key.", _) => Some(&record.keys),
        (_, EventName::Remove) => record.old.as_ref().or(Some(&record.keys)),
        _ => record.new.as_ref().or(Some(&record.keys)),
    };
    image?.at(&place.path)
}

fn operand<'r>(operand: &Operand, record: &'r Parsed<'r>) -> Option<AttributeValue<'r>> {
    match operand {
        Operand::Literal(value) => Some(value.clone()),
        Operand::Place(place) => value_at(place, record).cloned(),
        Operand::Size(place) => {
            let size = match value_at(place, record)? {
                AttributeValue::S(text) => text.len(),
                AttributeValue::B(bytes) => bytes.decode().len(),
                AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.len(),
                AttributeValue::Bs(set) => set.len(),
                AttributeValue::L(list) => list.len(),
                AttributeValue::M(map) => map.len(),
                _ => return None,
            };
            Some(AttributeValue::N(size.to_string().into()))
        }
    }
}

fn compare(left: Option<AttributeValue<'_>>, sign: &str, right: Option<AttributeValue<'_>>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return sign == "<>" };
    match sign {
        "=" => left.same_as(&right),
        "<>" => !left.same_as(&right),
        _ => of_order(order(&left, &right), sign),
    }
}

fn order(left: &AttributeValue<'_>, right: &AttributeValue<'_>) -> Option<Ordering> {
    match (left, right) {
        (AttributeValue::S(left), AttributeValue::S(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        (AttributeValue::N(left), AttributeValue::N(right)) => {
            Decimal::parse(left)?.partial_cmp(&Decimal::parse(right)?)
        }
        (AttributeValue::B(left), AttributeValue::B(right)) => Some(left.decode().cmp(&right.decode())),
        _ => None,
    }
}

fn of_order(ordering: Option<Ordering>, sign: &str) -> bool {
    let Some(ordering) = ordering else { return false };
    match sign {
        "=" => ordering.is_eq(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        ">=" => ordering.is_ge(),
        other => panic!("{other}"),
    }
}

fn has(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

fn holds(value: &AttributeValue<'_>, part: &str) -> bool {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => has(text, part),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.iter().any(|member| has(member, part)),
        AttributeValue::L(list) => list.iter().any(|element| holds(element, part)),
        AttributeValue::M(map) => map.iter().any(|(name, value)| has(name, part) || holds(value, part)),
        _ => false,
    }
}
