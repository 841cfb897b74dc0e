//! Expressions of DynamoDB, in which every name and value is a placeholder: reserved words and odd
//! names work like others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::edits::{Edit, has_binary};
use super::{Command, Refusal};
use crate::model::plain::write_dynamodb;
use crate::model::{AttributeValue, Item, Path, Step};

/// The service's limit for one expression, in bytes.
const MAX_EXPRESSION: usize = 4_096;
/// The service's limit for operators and functions in one expression.
const MAX_OPERATORS: usize = 300;
/// Each comparison but the first needs an AND.
const MAX_COMPARISONS: usize = MAX_OPERATORS.div_ceil(2);
/// Up to so many edits attributes are named by what they are called.
const MAX_SPELT: usize = 16;
/// A name that is longer gets a number.
const MAX_NAME: usize = 24;

/// What stands for names and values.
#[derive(Debug, Default)]
struct Placeholders<'v> {
    /// By name.
    names: BTreeMap<String, String>,
    values: Vec<(String, &'v AttributeValue<'v>)>,
    is_short: bool,
}

impl<'v> Placeholders<'v> {
    fn path(&mut self, path: &Path<'_>) -> String {
        let mut text = String::new();
        for (at, step) in path.steps().iter().enumerate() {
            match step {
                Step::Name(name) => {
                    if at > 0 {
                        text.push('.');
                    }
                    text.push_str(&self.name(name));
                }
                Step::Index(index) => {
                    // A String takes every text.
                    let _ = write!(text, "[{index}]");
                }
            }
        }
        text
    }

    /// `#status`, or `#0` for what cannot be written so.
    fn name(&mut self, name: &str) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let is_speakable = !self.is_short
            && name.len() <= MAX_NAME
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let placeholder = if is_speakable { format!("#{name}") } else { format!("#{}", self.names.len()) };
        self.names.insert(name.to_owned(), placeholder.clone());
        placeholder
    }

    fn value(&mut self, value: &'v AttributeValue<'v>) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.push((placeholder.clone(), value));
        placeholder
    }

    /// A comparison that holds while a path holds this.
    fn guard(&mut self, path: &Path<'_>, held: Option<&'v AttributeValue<'v>>) -> String {
        let path = self.path(path);
        match held {
            Some(held) => format!("{path} = {}", self.value(held)),
            None => format!("attribute_not_exists({path})"),
        }
    }

    fn write(self, command: &mut Command) {
        if !self.names.is_empty() {
            let names: Vec<String> = self
                .names
                .iter()
                // Serialising a text cannot fail.
                .map(|(name, placeholder)| {
                    format!("\"{placeholder}\":{}", serde_json::to_string(name).unwrap_or_default())
                })
                .collect();
            command.json("ExpressionAttributeNames", &format!("{{{}}}", names.join(",")));
        }
        if !self.values.is_empty() {
            command.has_binary |= self.values.iter().any(|(_, value)| has_binary(value));
            let values: Item<'_> = self
                .values
                .into_iter()
                .map(|(placeholder, value)| (placeholder.into(), value.clone()))
                .collect();
            let mut json = String::new();
            write_dynamodb(&values, &mut json);
            command.json("ExpressionAttributeValues", &json);
        }
    }
}

/// Gives a command the update that makes these edits, and the condition that each path still holds
/// what is held. Fails where DynamoDB would refuse expressions so long.
pub(super) fn update<'v>(command: &mut Command, edits: &'v [Edit<'v>]) -> Result<(), Refusal> {
    let mut placeholders = Placeholders { is_short: edits.len() > MAX_SPELT, ..Placeholders::default() };
    let (mut sets, mut removes, mut guards) = (vec![], vec![], vec![]);
    for edit in edits {
        match edit.wanted {
            Some(wanted) => {
                let path = placeholders.path(&edit.path);
                sets.push(format!("{path} = {}", placeholders.value(wanted)));
            }
            None => removes.push(placeholders.path(&edit.path)),
        }
        guards.push(placeholders.guard(&edit.path, edit.held));
    }
    let mut clauses = vec![];
    for (word, parts) in [("SET", sets), ("REMOVE", removes)] {
        if !parts.is_empty() {
            clauses.push(format!("{word} {}", parts.join(", ")));
        }
    }
    let (update, condition) = (clauses.join(" "), guards.join(" AND "));
    if update.len().max(condition.len()) > MAX_EXPRESSION || guards.len() > MAX_COMPARISONS {
        return Err(Refusal::TooLong(edits.len()));
    }
    command.text("UpdateExpression", update);
    command.text("ConditionExpression", condition);
    placeholders.write(command);
    Ok(())
}

/// Gives a command the condition that the item still holds these attributes: how many of them
/// DynamoDB's limits leave room for.
pub(super) fn guard_item<'v>(command: &mut Command, item: &'v Item<'v>, keys: &Item<'_>) -> usize {
    let attributes: Vec<_> = item.iter().filter(|(name, _)| keys.get(name).is_none()).collect();
    let mut placeholders = Placeholders { is_short: attributes.len() > MAX_SPELT, ..Placeholders::default() };
    let mut condition = String::new();
    let mut guarded = 0;
    for (name, value) in attributes {
        if name.is_empty() || super::edits::has_unknown(value) {
            continue;
        }
        // Room for two placeholders, an equals sign and AND.
        if condition.len() + name.len().min(MAX_NAME) + 24 > MAX_EXPRESSION || guarded == MAX_COMPARISONS {
            break;
        }
        if guarded > 0 {
            condition.push_str(" AND ");
        }
        let path = Path::new(vec![Step::Name(name.into())]);
        condition.push_str(&placeholders.guard(&path, Some(value)));
        guarded += 1;
    }
    if guarded == 0 {
        // An item of keys alone: all that can be asked for is that it is there.
        let key = keys.iter().next().map(|(name, _)| placeholders.name(name)).unwrap_or_default();
        condition = format!("attribute_exists({key})");
    }
    command.text("ConditionExpression", condition);
    placeholders.write(command);
    guarded
}

/// Gives a command the condition that there is no such item.
pub(super) fn guard_absence(command: &mut Command, keys: &Item<'_>) {
    let mut placeholders = Placeholders::default();
    let key = keys.iter().next().map(|(name, _)| placeholders.name(name)).unwrap_or_default();
    command.text("ConditionExpression", format!("attribute_not_exists({key})"));
    placeholders.write(command);
}
