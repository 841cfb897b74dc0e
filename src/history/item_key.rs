//! Which item: its key, compared by value.

use crate::model::{AttributeType, AttributeValue, Item, ItemError, parse_item};

/// The key of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKey {
    /// As DynamoDB JSON: `{"pk":{"S":"ord#91"}}`.
    Json(Box<str>),
    /// The text of each key attribute, by its name. Strings are meant literally, numbers by value.
    Text(Vec<(String, String)>),
}

/// Why a text is no key of this table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("the key is no DynamoDB JSON such as {{\"pk\":{{\"S\":\"ord#91\"}}}}: {0}")]
    Json(#[from] ItemError),
    #[error("the table's key is {expected}; {given}")]
    Names { expected: String, given: String },
    #[error("{name} is of type {is}: name the item with --key '{{\"{name}\":{{\"{is}\":…}}}}'")]
    Type { name: String, is: &'static str },
}

impl ItemKey {
    /// A key in DynamoDB JSON, which must have exactly the key attributes of the table. Names that
    /// are not known (an empty slice) are not checked.
    pub fn json(json: &str, names: &[String]) -> Result<Self, KeyError> {
        let item = parse_item(json.as_bytes())?;
        let is_key = item.len() == names.len() && names.iter().all(|name| item.get(name).is_some());
        if !names.is_empty() && !is_key {
            let given: Vec<&str> = item.iter().map(|(name, _)| name).collect();
            return Err(KeyError::Names {
                expected: names.join(" and "),
                given: format!("what was given is {}", given.join(" and ")),
            });
        }
        Ok(Self::Json(json.into()))
    }

    /// A key by the texts of its attributes, partition key first.
    pub fn text(values: &[String], names: &[String]) -> Result<Self, KeyError> {
        if values.len() == names.len() {
            return Ok(Self::Text(names.iter().cloned().zip(values.iter().cloned()).collect()));
        }
        let given = match values.len() {
            1 => "give the sort key, too".to_owned(),
            count => format!("{count} values were given"),
        };
        Err(KeyError::Names { expected: names.join(" and "), given })
    }

    /// Refuses the texts where the keys of a record have a type that a text cannot name.
    pub fn check_types(&self, keys: &str) -> Result<(), KeyError> {
        let (Self::Text(parts), Ok(keys)) = (self, parse_item(keys.as_bytes())) else { return Ok(()) };
        for (name, _) in parts {
            let value = keys.get(name);
            if let Some(value) =
                value.filter(|value| !matches!(value, AttributeValue::S(_) | AttributeValue::N(_)))
            {
                return Err(KeyError::Type { name: name.clone(), is: value.attribute_type().as_str() });
            }
        }
        Ok(())
    }

    /// For comparing many records with it.
    pub fn matcher(&self) -> Matcher<'_> {
        match self {
            Self::Json(json) => Matcher::Value { json, item: parse_item(json.as_bytes()).ok() },
            Self::Text(parts) => Matcher::Text(parts),
        }
    }
}

/// A key that is ready to be compared.
#[derive(Clone, Debug)]
pub enum Matcher<'a> {
    Value { json: &'a str, item: Option<Item<'a>> },
    Text(&'a [(String, String)]),
}

impl Matcher<'_> {
    /// Whether these keys of a record, in DynamoDB JSON, are the item's.
    pub fn is_key(&self, keys: &str) -> bool {
        match self {
            // Most often the service writes one key always in the same way.
            Self::Value { json, .. } if *json == keys => true,
            Self::Value { item, .. } => {
                let keys = parse_item(keys.as_bytes());
                item.as_ref().zip(keys.ok()).is_some_and(|(item, keys)| item.same_as(&keys))
            }
            Self::Text(parts) => parse_item(keys.as_bytes()).is_ok_and(|keys| {
                keys.len() == parts.len()
                    && parts
                        .iter()
                        .all(|(name, text)| keys.get(name).is_some_and(|value| is_text(value, text)))
            }),
        }
    }
}

fn is_text(value: &AttributeValue<'_>, text: &str) -> bool {
    let is_string = value.attribute_type() == AttributeType::S;
    value.same_as(&if is_string { AttributeValue::S(text.into()) } else { AttributeValue::N(text.into()) })
}
