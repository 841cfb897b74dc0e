use dynascope::model::Time;
use dynascope::source::wire::{details, read_records};
use dynascope::store::RecordRef;
use serde_json::value::RawValue;

use super::members::{Members, inside, is_json};

/// A body is an answer if serde_json reads it as an object with an array `Records`, and the parts of
/// each record are the ones that serde_json finds.
pub fn wire(body: &[u8]) {
    let answer = read_records(body);
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| is_json(text)) else {
        assert!(answer.is_err());
        return;
    };
    let Some(members) = Members::of(text) else {
        assert!(answer.is_err() || text.contains("\\u"));
        return;
    };
    let arrays: Vec<Vec<&RawValue>> =
        members.named("Records").filter_map(|array| serde_json::from_str(array).ok()).collect();
    let next = members.named("NextShardIterator").filter_map(inside).next_back();
    assert_eq!(answer.is_ok(), !arrays.is_empty() && next != Some(""), "{answer:?}");
    let Ok(answer) = answer else { return };

    let decoded = next.map(|raw| serde_json::from_str(&format!("\"{raw}\"")).unwrap_or(raw.to_owned()));
    assert_eq!(answer.next_iterator, decoded);
    let elements: Vec<&str> = arrays.iter().flatten().map(|element| element.get()).collect();
    assert_eq!(answer.page.len() + answer.page.poison().len(), elements.len());
    let mut records = answer.page.records();
    let mut poison = answer.page.poison().iter();
    for element in elements {
        let Some(expected) = Expected::of(element) else {
            // A name that is no text: serde_json cannot say what is in it.
            if element.contains("\\u") {
                return;
            }
            assert_eq!(answer.page.poison_text(poison.next().unwrap()), element);
            continue;
        };
        expected.check(records.next().unwrap(), element);
    }
}

#[derive(Default)]
struct Expected<'a> {
    event_id: &'a str,
    event_name: &'a str,
    event_version: &'a str,
    event_source: &'a str,
    aws_region: &'a str,
    identity: Option<(&'a str, &'a str)>,
    keys: &'a str,
    new_image: &'a str,
    old_image: &'a str,
    sequence_number: &'a str,
    view_type: &'a str,
    time: Option<Time>,
    size_bytes: Option<u32>,
}

/// The last of these strings; all of them have to be strings or null.
fn string<'a>(members: &Members<'a>, name: &str) -> Option<&'a str> {
    let all: Option<Vec<&str>> =
        members.named(name).map(|value| if value == "null" { Some("") } else { inside(value) }).collect();
    Some(all?.last().copied().unwrap_or_default())
}

fn object<'a>(members: &Members<'a>, name: &str) -> Option<&'a str> {
    let is_object = |value: &str| value == "null" || value.starts_with('{');
    members.named(name).all(is_object).then_some(())?;
    Some(members.last(name).filter(|value| *value != "null").unwrap_or_default())
}

/// Lambda spells the members in lower case.
fn identity(object: &str) -> Option<(&str, &str)> {
    let spellings = |one: &str, other: &str| {
        let members = Members::of(object)?;
        let same = members.0.into_iter().filter(|(name, _)| *name == one || *name == other);
        string(&Members(same.map(|(_, value)| ("it", value)).collect()), "it")
    };
    Some((spellings("PrincipalId", "principalId")?, spellings("Type", "type")?))
}

impl<'a> Expected<'a> {
    /// `None` for what is poison.
    fn of(element: &'a str) -> Option<Self> {
        let members = Members::of(element)?;
        let mut expected = Self {
            event_id: string(&members, "eventID")?,
            event_name: string(&members, "eventName")?,
            event_version: string(&members, "eventVersion")?,
            event_source: string(&members, "eventSource")?,
            aws_region: string(&members, "awsRegion")?,
            ..Self::default()
        };
        for value in members.named("userIdentity") {
            let is_object = value.starts_with('{');
            expected.identity = if is_object { Some(identity(value)?) } else { None };
        }
        // Of several changes the fields are laid over one another.
        let changes: Option<Vec<Members>> = members.named("dynamodb").map(Members::of).collect();
        let merged: Vec<_> =
            changes.filter(|all| !all.is_empty())?.into_iter().flat_map(|all| all.0).collect();
        let change = Members(merged);
        expected.keys = object(&change, "Keys")?;
        expected.new_image = object(&change, "NewImage")?;
        expected.old_image = object(&change, "OldImage")?;
        expected.sequence_number = string(&change, "SequenceNumber")?;
        expected.view_type = string(&change, "StreamViewType")?;
        expected.time = change.last("ApproximateCreationDateTime").and_then(Time::parse_seconds);
        expected.size_bytes = change.last("SizeBytes").and_then(|size| size.parse().ok());
        Some(expected)
    }

    fn check(&self, record: RecordRef<'_>, element: &str) {
        assert_eq!(record.json(), element);
        assert_eq!(record.event_id(), self.event_id);
        assert_eq!(record.keys().unwrap_or_default(), self.keys);
        assert_eq!(record.new_image().unwrap_or_default(), self.new_image);
        assert_eq!(record.old_image().unwrap_or_default(), self.old_image);
        assert_eq!(record.sequence_number(), self.sequence_number);
        assert_eq!((record.time(), record.size_bytes()), (self.time, self.size_bytes));
        let details = details(record);
        assert_eq!(details.event_name, self.event_name);
        assert_eq!(details.event_version, self.event_version);
        assert_eq!(details.event_source, self.event_source);
        assert_eq!(details.aws_region, self.aws_region);
        assert_eq!(details.stream_view_type, self.view_type);
        assert_eq!(details.identity.map(|found| (found.principal_id, found.kind)), self.identity);
        let is_ttl = self.identity == Some(("dynamodb.amazonaws.com", "Service"));
        assert_eq!(record.flags().ttl, is_ttl);
        let lacks = [self.event_id, self.sequence_number, self.keys].contains(&"");
        assert_eq!(record.flags().incomplete, lacks);
    }
}
