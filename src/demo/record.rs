//! One record as GetRecords sends it.

use std::fmt::Write;

use super::place::Sequence;
use crate::model::{EventName, Time, ViewType};

/// Everything of a record but its keys and images.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    pub event_id: [u64; 2],
    pub event: EventName,
    /// Written in whole seconds, rounded down, as the service does.
    pub created: Time,
    pub sequence: Sequence,
    pub view: &'a ViewType,
    pub region: &'a str,
    /// Deleted by time to live: the service itself is the user.
    pub by_ttl: bool,
}

/// Which part of an item is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Keys,
    NewImage,
    OldImage,
}

/// Writes a record into `out`; `write_part` writes `{...}` and returns its size in bytes.
///
/// An INSERT has no old image, a REMOVE no new one, and KEYS_ONLY neither. Returns SizeBytes.
pub fn write_record(
    out: &mut String,
    envelope: &Envelope,
    mut write_part: impl FnMut(&mut String, Part) -> usize,
) -> usize {
    let [high, low] = envelope.event_id;
    let _ = write!(
        out,
        "{{\"eventID\":\"{high:016x}{low:016x}\",\"eventName\":\"{}\",\"eventVersion\":\"1.1\",\
         \"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"{}\",\"dynamodb\":\
         {{\"ApproximateCreationDateTime\":{},\"Keys\":",
        envelope.event.as_str(),
        envelope.region,
        envelope.created.seconds()
    );
    let mut size = write_part(out, Part::Keys);
    if envelope.view.has_new_image() && envelope.event != EventName::Remove {
        out.push_str(",\"NewImage\":");
        size += write_part(out, Part::NewImage);
    }
    if envelope.view.has_old_image() && envelope.event != EventName::Insert {
        out.push_str(",\"OldImage\":");
        size += write_part(out, Part::OldImage);
    }
    out.push_str(",\"SequenceNumber\":\"");
    envelope.sequence.write(out);
    let _ = write!(out, "\",\"SizeBytes\":{size},\"StreamViewType\":\"{}\"}}", envelope.view.as_str());
    if envelope.by_ttl {
        out.push_str(",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}");
    }
    out.push('}');
    size
}

/// Rounds the creation time of the record that starts at `start` down to the minute.
pub fn round_time(out: &mut String, start: usize) {
    const MEMBER: &str = "\"ApproximateCreationDateTime\":";
    let Some(at) = out.get(start..).and_then(|record| record.find(MEMBER)) else { return };
    let from = start + at + MEMBER.len();
    let digits = out[from..].bytes().take_while(u8::is_ascii_digit).count();
    if let Ok(seconds) = out[from..from + digits].parse::<u64>() {
        out.replace_range(from..from + digits, &(seconds - seconds % 60).to_string());
    }
}

/// Puts an attribute that no client can decode into the record that starts at `start`.
pub fn poison(out: &mut String, start: usize) {
    // Quotes inside values are escaped, and keys cannot nest: the first hit is the envelope's.
    for member in ["\"NewImage\":{", "\"OldImage\":{", "\"Keys\":{"] {
        let Some(at) = out.get(start..).and_then(|record| record.find(member)) else { continue };
        let at = start + at + member.len();
        let separator = if out[at..].starts_with('}') { "" } else { "," };
        out.insert_str(at, &format!("\"poison\":{{\"N\":5}}{separator}"));
        return;
    }
}
