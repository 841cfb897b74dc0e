//! Commands that bring back what was: of one record, or of a whole item.

use super::edits::{Grain, edits, has_binary, has_unknown};
use super::expression::{guard_absence, guard_item, update};
use super::{Command, Parameter, Refusal, Value, place};
use crate::model::plain::write_dynamodb;
use crate::model::time::Zone;
use crate::model::{EventName, Item, Path, Step, parse_item};
use crate::store::RecordRef;

/// Reads the item as it is now.
pub fn get_item(record: RecordRef<'_>) -> Result<Command, Refusal> {
    let mut command = of_item("get-item", &keys(record)?);
    command.parameters.push(Parameter { name: "ConsistentRead", value: Value::True });
    Ok(command)
}

/// Takes back what one record did, and only that: refused by DynamoDB where any path that it
/// changed holds something else by now.
pub fn revert(record: RecordRef<'_>) -> Result<Command, Refusal> {
    let keys = keys(record)?;
    match record.event() {
        EventName::Insert => {
            let item = image(record, Image::New, "what it inserted")?;
            let mut command = delete(&keys, &item);
            command.about.insert(0, format!("Deletes what an INSERT{} made.", at(record)));
            Ok(command)
        }
        EventName::Modify => {
            let new = image(record, Image::New, "what it changed")?;
            let old = image(record, Image::Old, "what was there before")?;
            let (mut command, changes) = change(&keys, &new, &old)?;
            command.about = vec![
                format!("Reverts the {} of a MODIFY{}.", counted(changes, "change"), at(record)),
                "DynamoDB refuses it where one of these paths holds something else by now.".to_owned(),
            ];
            Ok(command)
        }
        EventName::Remove => {
            let item = image(record, Image::Old, "what it removed")?;
            let mut command = put(&keys, &item)?;
            guard_absence(&mut command, &keys);
            command.about = vec![
                format!("Puts back what a REMOVE{} took away.", at(record)),
                "DynamoDB refuses it where the item exists by now.".to_owned(),
            ];
            if record.flags().ttl {
                let again =
                    "It was deleted by time to live: if its time is still past, it will be deleted again.";
                command.about.push(again.to_owned());
            }
            Ok(command)
        }
        EventName::Unknown => Err(Refusal::UnknownEvent),
    }
}

/// Makes the item what it was after `record`. It is judged by `newest`, the newest record of that
/// item that is held, which is the `later`th after `record`.
pub fn restore(record: RecordRef<'_>, newest: RecordRef<'_>, later: usize) -> Result<Command, Refusal> {
    if later == 0 {
        return Err(Refusal::IsNewest);
    }
    let keys = keys(record)?;
    let wanted = after(record, "how the item was here")?;
    let held = after(newest, "how the item is by now")?;
    let mut command = match (&held, &wanted) {
        (None, None) => return Err(Refusal::IsSame),
        (None, Some(wanted)) => {
            let mut command = put(&keys, wanted)?;
            guard_absence(&mut command, &keys);
            command.about.push("DynamoDB refuses it where the item exists by now.".to_owned());
            command
        }
        (Some(held), None) => delete(&keys, held),
        (Some(held), Some(wanted)) => match change(&keys, held, wanted) {
            Ok((mut command, changes)) => {
                command.about.push(format!(
                    "Changes back {}. DynamoDB refuses it where one of them holds something else by now.",
                    counted(changes, "path")
                ));
                command
            }
            Err(Refusal::ChangedNothing) => return Err(Refusal::IsSame),
            Err(Refusal::TooLong(_)) => {
                let mut command = put(&keys, wanted)?;
                let guarded = guard_item(&mut command, held, &keys);
                command.about = guarded_by(guarded, held, &keys, "replaced");
                command
            }
            Err(other) => return Err(other),
        },
    };
    command.about.insert(
        0,
        format!(
            "Restores the item as it was after the {}{}, and discards {}.",
            record.event().as_str(),
            at(record),
            counted(later, "later change")
        ),
    );
    Ok(command)
}

fn of_item(operation: &'static str, keys: &Item<'_>) -> Command {
    let mut command = Command::new(operation);
    command.has_binary = keys.iter().any(|(_, value)| has_binary(value));
    command.json("Key", &json(keys));
    command
}

/// An update from one image to the other, by single paths or, where those are too many, by whole
/// attributes; and how many it changes.
fn change(keys: &Item<'_>, held: &Item<'_>, wanted: &Item<'_>) -> Result<(Command, usize), Refusal> {
    let mut too_long = Refusal::ChangedNothing;
    for grain in [Grain::Path, Grain::Attribute] {
        let mut edits = edits(held, wanted, grain)?;
        // Of one item both have the same; DynamoDB refuses an update that names one.
        edits.retain(|edit| !matches!(&edit.path.steps()[0], Step::Name(name) if keys.get(name).is_some()));
        if edits.is_empty() {
            return Err(Refusal::ChangedNothing);
        }
        let mut command = of_item("update-item", keys);
        match update(&mut command, &edits) {
            Ok(()) => return Ok((command, edits.len())),
            Err(refusal) => too_long = refusal,
        }
    }
    Err(too_long)
}

fn put(keys: &Item<'_>, item: &Item<'_>) -> Result<Command, Refusal> {
    if let Some((name, _)) = item.iter().find(|(_, value)| has_unknown(value)) {
        return Err(Refusal::UnknownType(place(&Path::new(vec![Step::Name(name.into())]))));
    }
    let mut command = Command::new("put-item");
    command.has_binary = [keys, item].iter().any(|item| item.iter().any(|(_, value)| has_binary(value)));
    command.json("Item", &json(item));
    Ok(command)
}

fn delete(keys: &Item<'_>, held: &Item<'_>) -> Command {
    let mut command = of_item("delete-item", keys);
    let guarded = guard_item(&mut command, held, keys);
    command.about = guarded_by(guarded, held, keys, "deleted");
    command
}

/// What the condition of a command guards that concerns a whole item.
fn guarded_by(guarded: usize, held: &Item<'_>, keys: &Item<'_>, fate: &str) -> Vec<String> {
    let all = held.iter().filter(|(name, _)| keys.get(name).is_none()).count();
    let mut about = vec![];
    if guarded > 0 {
        about.push(
            "DynamoDB refuses it where an attribute that is guarded holds something else by now.".into(),
        );
    }
    if guarded < all {
        about.push(format!(
            "It cannot guard the whole item: only {guarded} of {all} attributes fit into a condition."
        ));
    }
    about.push(format!("It cannot guard against attributes that were added since: they are {fate} too."));
    about
}

fn keys(record: RecordRef<'_>) -> Result<Item<'_>, Refusal> {
    let keys = record.keys().and_then(|keys| parse_item(keys.as_bytes()).ok());
    keys.filter(|keys| !keys.is_empty() && !keys.iter().any(|(_, value)| has_unknown(value)))
        .ok_or(Refusal::NoKeys)
}

#[derive(Clone, Copy)]
enum Image {
    Old,
    New,
}

fn image<'a>(record: RecordRef<'a>, which: Image, unknown: &'static str) -> Result<Item<'a>, Refusal> {
    let (image, json) = match which {
        Image::Old => ("old", record.old_image()),
        Image::New => ("new", record.new_image()),
    };
    let Some(json) = json else {
        let view_type = crate::source::wire::details(record).stream_view_type;
        let view_type = crate::model::text::sanitize(view_type).into_owned();
        return Err(Refusal::NoImage { view_type, image, unknown });
    };
    parse_item(json.as_bytes()).map_err(|_| Refusal::Unreadable(image))
}

/// The item after a record; `None` where there is none.
fn after<'a>(record: RecordRef<'a>, unknown: &'static str) -> Result<Option<Item<'a>>, Refusal> {
    match record.event() {
        EventName::Remove => Ok(None),
        EventName::Insert | EventName::Modify => image(record, Image::New, unknown).map(Some),
        EventName::Unknown => Err(Refusal::UnknownEvent),
    }
}

fn json(item: &Item<'_>) -> String {
    let mut json = String::new();
    write_dynamodb(item, &mut json);
    json
}

/// ` at 2026-10-06 12:03:04 UTC`, where the time is known.
fn at(record: RecordRef<'_>) -> String {
    record.time().map_or_else(String::new, |time| format!(" at {} UTC", time.full(Zone::Utc)))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests;
