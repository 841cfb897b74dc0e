//! Values, items and names without what nobody else should see.

use std::borrow::Cow;

use super::{Fate, Privacy};
use crate::model::attribute::{AttributeValue, Base64, Item};
use crate::model::path::Step;
use crate::model::{Decimal, StreamArn};

/// An account that is nobody's.
const NO_ACCOUNT: &str = "000000000000";

impl Privacy {
    /// An item, or the keys of one. The names of its attributes are its schema and stay; names in a
    /// map that is hidden are hidden, too.
    pub fn item<'a>(&self, item: &Item<'a>) -> Item<'a> {
        let mut way = vec![];
        self.map(item, &mut way)
    }

    fn map<'a>(&self, map: &Item<'a>, way: &mut Vec<Step<'a>>) -> Item<'a> {
        let is_item = way.is_empty();
        let each = map.iter().map(|(name, value)| {
            way.push(Step::Name(Cow::Owned(name.to_owned())));
            let is_hidden = !is_item && self.rule.fate(way) == Fate::IsHidden;
            let value = self.value(value, way);
            way.pop();
            let name = if is_hidden { self.text(name) } else { name.to_owned() };
            (Cow::Owned(name), value)
        });
        each.collect()
    }

    fn value<'a>(&self, value: &AttributeValue<'a>, way: &mut Vec<Step<'a>>) -> AttributeValue<'a> {
        match (self.rule.fate(way), value) {
            (Fate::Stays, _) => value.clone(),
            (Fate::Depends, AttributeValue::M(map)) => AttributeValue::M(self.map(map, way)),
            (Fate::Depends, AttributeValue::L(list)) => {
                let each = list.iter().enumerate().map(|(at, value)| {
                    way.push(Step::Index(at));
                    let value = self.value(value, way);
                    way.pop();
                    value
                });
                AttributeValue::L(each.collect())
            }
            // A path into what is no map and no list points at nothing: what may stay stays.
            (Fate::Depends, _) if matches!(self.rule, super::Rule::Redact(_)) => value.clone(),
            (Fate::Depends | Fate::IsHidden, _) => self.hidden(value),
        }
    }

    /// A value of the same type that tells nothing but whether it is equal to another.
    fn hidden<'a>(&self, value: &AttributeValue<'_>) -> AttributeValue<'a> {
        let texts = |texts: &[Cow<'_, str>]| texts.iter().map(|text| self.text(text).into()).collect();
        match value {
            AttributeValue::S(text) => AttributeValue::S(self.text(text).into()),
            AttributeValue::N(number) => AttributeValue::N(self.number(number).into()),
            AttributeValue::B(bytes) => AttributeValue::B(self.bytes(bytes)),
            AttributeValue::Ss(all) => AttributeValue::Ss(texts(all)),
            AttributeValue::Ns(all) => {
                AttributeValue::Ns(all.iter().map(|number| self.number(number).into()).collect())
            }
            AttributeValue::Bs(all) => AttributeValue::Bs(all.iter().map(|it| self.bytes(it)).collect()),
            AttributeValue::L(all) => AttributeValue::L(all.iter().map(|it| self.hidden(it)).collect()),
            AttributeValue::M(map) => {
                let each = map.iter().map(|(name, value)| (self.text(name).into(), self.hidden(value)));
                AttributeValue::M(each.collect())
            }
            // Two values, turned over or not: a hash of each could be the same.
            AttributeValue::Bool(value) => {
                AttributeValue::Bool(*value != (self.key.hash("BOOL", b"")[0] & 1 == 1))
            }
            AttributeValue::Null => AttributeValue::Null,
            AttributeValue::Unknown { raw, .. } => {
                let type_name = Cow::Borrowed("hidden");
                let raw = format!("{{\"hidden\":\"{}\"}}", self.text(raw));
                AttributeValue::Unknown { type_name, raw: raw.into() }
            }
        }
    }

    /// 64 bits of the hash: two texts in four billion are the same by chance.
    pub fn text(&self, text: &str) -> String {
        let hash = self.key.hash("S", text.as_bytes());
        let number = hash[..8].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        format!("{number:016x}")
    }

    /// Equal numbers stay equal, however they are written.
    fn number(&self, number: &str) -> String {
        let number = Decimal::parse(number).map_or_else(|| number.to_owned(), |it| it.to_string());
        let hash = self.key.hash("N", number.as_bytes());
        let digits = hash[..8].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        // As many digits as every reader of numbers keeps exactly.
        (digits % 1_000_000_000_000_000).to_string()
    }

    fn bytes(&self, bytes: &Base64<'_>) -> Base64<'static> {
        Base64::encode(&self.key.hash("B", bytes.as_str().as_bytes())[..12])
    }

    /// The stream without its account; what is no ARN may be anything.
    pub fn stream(&self, stream: &StreamArn) -> StreamArn {
        match StreamArn::parse(stream.as_str()) {
            Ok(arn) => arn.with_account(NO_ACCOUNT),
            Err(_) => StreamArn::foreign(&self.text(stream.as_str())),
        }
    }
}
