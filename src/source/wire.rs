//! The GetRecords answer, read once: where each record's parts lie, and nothing else built.
//!
//! The SDK never sees these bytes, so this is the one place that tells an answer from what a
//! proxy, a portal or a broken server sends with status 200.

use std::borrow::Cow;
use std::fmt;
use std::mem::{replace, take};
use std::sync::Arc;

use crate::model::escapes::unescape;
use crate::model::json::{JsonError, Scanner};
use crate::model::{ErrorKind, EventName, Time};
use crate::store::page::Flags;
use crate::store::{Envelope, Facts, Page, Poison, RecordRef, RecordSpan, Span};

/// A GetRecords answer.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordsAnswer {
    pub page: Page,
    /// Absent at the end of a closed shard. Sensitive: it names the account and the table.
    pub next_iterator: Option<String>,
}

impl fmt::Debug for RecordsAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsAnswer")
            .field("records", &self.page.len())
            .field("poison", &self.page.poison().len())
            .field("is_end", &self.next_iterator.is_none())
            .finish()
    }
}

/// Reads the body of a GetRecords answer with status 200.
///
/// A record that is no record becomes [`Poison`]; the others and the next iterator are kept. A
/// body without the array `Records` is an error, never the end of a shard.
pub fn read_records(body: &[u8]) -> Result<RecordsAnswer, ErrorKind> {
    let text = std::str::from_utf8(body)
        .map_err(|error| ErrorKind::Damaged(format!("invalid UTF-8 at byte {}", error.valid_up_to())))?;
    if !text.trim_start().starts_with('{') {
        return Err(ErrorKind::NotDynamoDb { status: 200, excerpt: excerpt(text) });
    }
    let mut walk = Walk::default();
    walk.answer(text).map_err(|error| ErrorKind::Damaged(error.to_string()))?;
    if !walk.has_records {
        return Err(ErrorKind::NotDynamoDb { status: 200, excerpt: excerpt(text) });
    }
    if walk.next_iterator.as_deref() == Some("") {
        return Err(ErrorKind::Damaged("an empty NextShardIterator".into()));
    }
    Ok(RecordsAnswer { page: walk.rows.page(text), next_iterator: walk.next_iterator })
}

/// The beginning of what came in place of an answer. Not of JSON: it may hold records or an
/// iterator.
pub fn excerpt(text: &str) -> String {
    match text.trim_start().chars().next() {
        None => "nothing".into(),
        Some('{' | '[' | '"') => "JSON of another kind".into(),
        Some(_) => text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect(),
    }
}

#[derive(Default)]
struct Walk {
    has_records: bool,
    rows: Rows,
    next_iterator: Option<String>,
}

impl Walk {
    fn answer(&mut self, text: &str) -> Result<(), JsonError> {
        let mut scanner = Scanner::new(text);
        let mut name = scanner.object()?;
        while let Some(field) = name {
            match (field, scanner.peek()) {
                ("Records", Some(b'[')) => self.records(text, &mut scanner)?,
                ("NextShardIterator", Some(b'"')) => {
                    let raw = &text[scanner.string()?];
                    self.next_iterator = Some(unescape(raw).unwrap_or(Cow::Borrowed(raw)).into_owned());
                }
                _ => {
                    scanner.value()?;
                }
            }
            name = scanner.next_name()?;
        }
        scanner.end()
    }

    fn records<'a>(&mut self, text: &'a str, scanner: &mut Scanner<'a>) -> Result<(), JsonError> {
        self.has_records = true;
        let mut index = 0;
        let mut more = scanner.array()?;
        while more {
            let mut ahead = scanner.clone();
            let from = ahead.peek().map(|_| ahead.at()).unwrap_or_default();
            match record(text, &mut ahead) {
                Ok(read) => {
                    let range = from..ahead.at();
                    *scanner = ahead;
                    self.rows.keep(text, &read, Span::new(range));
                }
                // Only what has the form of JSON can be stepped over; the rest spoils the whole answer.
                Err(reason) => {
                    let range = scanner.value_with_controls()?;
                    self.rows.poison.push(Poison::new(index, reason, Span::new(range).unwrap_or_default()));
                }
            }
            index += 1;
            more = scanner.next_element()?;
        }
        Ok(())
    }
}

/// The index of a page that is being made.
#[derive(Default)]
pub(super) struct Rows {
    spans: Vec<RecordSpan>,
    facts: Vec<Facts>,
    pub(super) poison: Vec<Poison>,
    /// The first record's.
    envelope: Option<Arc<Envelope>>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.spans.len() + self.poison.len()
    }

    /// The page of what was kept in this text. Nothing is kept afterwards but the envelope, which
    /// the next page may share.
    pub(super) fn page(&mut self, text: &str) -> Page {
        let (spans, facts) = (take(&mut self.spans), take(&mut self.facts));
        Page::new(text, spans, facts, self.envelope(), take(&mut self.poison))
    }

    /// The same, whose bytes are shared.
    pub(super) fn page_sharing(&mut self, text: &Arc<String>) -> Page {
        // The next page will be about as long.
        let records = self.spans.len();
        let spans = replace(&mut self.spans, Vec::with_capacity(records));
        let facts = replace(&mut self.facts, Vec::with_capacity(records));
        Page::sharing(text, spans, facts, self.envelope(), take(&mut self.poison))
    }

    fn envelope(&self) -> Arc<Envelope> {
        self.envelope.clone().unwrap_or_default()
    }

    pub(super) fn keep(&mut self, text: &str, read: &Read, span: Option<Span>) {
        let envelope = read.envelope.of(text);
        let is_common = self.envelope.as_ref().is_some_and(|common| envelope.is(common));
        let own = !is_common && !self.spans.is_empty();
        if !is_common && !own {
            self.envelope = Some(Arc::new(envelope.to_owned()));
        }
        let Read { keys, new_image, old_image, sequence_number, event_id, .. } = *read;
        let is_complete = [keys, sequence_number, event_id].into_iter().all(Span::is_present);
        let record = span.unwrap_or_default();
        self.spans.push(RecordSpan { record, keys, new_image, old_image, sequence_number, event_id });
        self.facts.push(Facts {
            time: read.time,
            size_bytes: read.size_bytes,
            event: EventName::parse(read.event_name.of(text)),
            flags: Flags {
                ttl: read.identity.is_some_and(|identity| identity.of(text).is_ttl()),
                identity: read.identity.is_some(),
                own_envelope: own,
                incomplete: !is_complete,
            },
        });
    }
}

/// Who did it, where it was not the owner of the table. Texts are inside the quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    pub principal_id: &'a str,
    pub kind: &'a str,
}

impl Identity<'_> {
    /// Deletions by time to live are made by the service itself.
    fn is_ttl(self) -> bool {
        self.kind == "Service" && self.principal_id == "dynamodb.amazonaws.com"
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct EnvelopeRef<'a> {
    event_version: &'a str,
    event_source: &'a str,
    aws_region: &'a str,
    stream_view_type: &'a str,
}

impl EnvelopeRef<'_> {
    fn is(self, common: &Envelope) -> bool {
        self.event_version == &*common.event_version
            && self.event_source == &*common.event_source
            && self.aws_region == &*common.aws_region
            && self.stream_view_type == &*common.stream_view_type
    }

    fn to_owned(self) -> Envelope {
        Envelope {
            event_version: self.event_version.into(),
            event_source: self.event_source.into(),
            aws_region: self.aws_region.into(),
            stream_view_type: self.stream_view_type.into(),
        }
    }
}

/// Where the parts of a record lie in the text that it was read from. What is absent is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    envelope: EnvelopeSpan,
    /// Only a capture has it. Inside the quotes, as the shard.
    pub(super) stream: Span,
    pub(super) shard: Span,
    event_name: Span,
    event_id: Span,
    identity: Option<IdentitySpan>,
    keys: Span,
    new_image: Span,
    old_image: Span,
    pub(super) sequence_number: Span,
    time: Option<Time>,
    size_bytes: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct EnvelopeSpan {
    event_version: Span,
    event_source: Span,
    aws_region: Span,
    stream_view_type: Span,
}

impl EnvelopeSpan {
    fn of(self, text: &str) -> EnvelopeRef<'_> {
        EnvelopeRef {
            event_version: self.event_version.of(text),
            event_source: self.event_source.of(text),
            aws_region: self.aws_region.of(text),
            stream_view_type: self.stream_view_type.of(text),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct IdentitySpan {
    principal_id: Span,
    kind: Span,
}

impl IdentitySpan {
    fn of(self, text: &str) -> Identity<'_> {
        Identity { principal_id: self.principal_id.of(text), kind: self.kind.of(text) }
    }
}

/// Reads one record; of a field that comes twice the last counts.
pub(super) fn record(text: &str, scanner: &mut Scanner<'_>) -> Result<Read, String> {
    let mut read = Read::default();
    let mut has_change = false;
    let mut name = scanner.object().map_err(|_| "it is no object")?;
    while let Some(field) = name {
        match field {
            "eventID" => read.event_id = string(scanner, "eventID")?,
            "eventName" => read.event_name = string(scanner, "eventName")?,
            "eventVersion" => read.envelope.event_version = string(scanner, "eventVersion")?,
            "eventSource" => read.envelope.event_source = string(scanner, "eventSource")?,
            "awsRegion" => read.envelope.aws_region = string(scanner, "awsRegion")?,
            "userIdentity" => read.identity = identity(scanner)?,
            "dynamodb" => {
                has_change = true;
                change(text, scanner, &mut read)?;
            }
            "eventSourceARN" => read.stream = string(scanner, "eventSourceARN")?,
            "shardId" => read.shard = string(scanner, "shardId")?,
            _ => {
                skip(scanner)?;
            }
        }
        name = scanner.next_name().map_err(|error| error.to_string())?;
    }
    if has_change { Ok(read) } else { Err("it has no \"dynamodb\"".into()) }
}

fn change(text: &str, scanner: &mut Scanner<'_>, read: &mut Read) -> Result<(), String> {
    let mut name = scanner.object().map_err(|_| "\"dynamodb\" is no object")?;
    while let Some(field) = name {
        match field {
            "Keys" => read.keys = object(scanner, "Keys")?,
            "NewImage" => read.new_image = object(scanner, "NewImage")?,
            "OldImage" => read.old_image = object(scanner, "OldImage")?,
            "SequenceNumber" => read.sequence_number = string(scanner, "SequenceNumber")?,
            "StreamViewType" => {
                read.envelope.stream_view_type = string(scanner, "StreamViewType")?;
            }
            // A time or a size that makes no sense is no reason to hide the record.
            "ApproximateCreationDateTime" => read.time = time(&text[skip(scanner)?]),
            "SizeBytes" => read.size_bytes = text[skip(scanner)?].parse().ok(),
            _ => {
                skip(scanner)?;
            }
        }
        name = scanner.next_name().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The service writes a number of seconds, the AWS CLI a text.
fn time(json: &str) -> Option<Time> {
    match json.strip_prefix('"') {
        None => Time::parse_seconds(json),
        Some(text) => Time::parse(text.strip_suffix('"')?),
    }
}

/// Lambda spells the members in lower case, GetRecords in upper.
fn identity(scanner: &mut Scanner<'_>) -> Result<Option<IdentitySpan>, String> {
    if scanner.peek() != Some(b'{') {
        skip(scanner)?;
        return Ok(None);
    }
    let mut identity = IdentitySpan::default();
    let mut name = scanner.object().map_err(|error| error.to_string())?;
    while let Some(field) = name {
        match field {
            "PrincipalId" | "principalId" => identity.principal_id = string(scanner, "principalId")?,
            "Type" | "type" => identity.kind = string(scanner, "type")?,
            _ => {
                skip(scanner)?;
            }
        }
        name = scanner.next_name().map_err(|error| error.to_string())?;
    }
    Ok(Some(identity))
}

fn skip(scanner: &mut Scanner<'_>) -> Result<std::ops::Range<usize>, String> {
    scanner.value().map_err(|error| error.to_string())
}

fn string(scanner: &mut Scanner<'_>, field: &str) -> Result<Span, String> {
    match scanner.peek() {
        Some(b'"') => scanner.string().map(span).map_err(|error| error.to_string()),
        Some(b'n') => skip(scanner).map(|_| Span::default()),
        _ => Err(format!("\"{field}\" is no string")),
    }
}

fn object(scanner: &mut Scanner<'_>, field: &str) -> Result<Span, String> {
    match scanner.peek() {
        Some(b'{') => skip(scanner).map(span),
        Some(b'n') => skip(scanner).map(|_| Span::default()),
        _ => Err(format!("\"{field}\" is no object")),
    }
}

/// Nothing beyond the 4 GB that an index entry can point at is ever read.
fn span(range: std::ops::Range<usize>) -> Span {
    Span::new(range).unwrap_or_default()
}

/// What a record says beside its keys and images. Texts are inside the quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details<'a> {
    pub event_name: &'a str,
    pub event_version: &'a str,
    pub event_source: &'a str,
    pub aws_region: &'a str,
    pub stream_view_type: &'a str,
    pub identity: Option<Identity<'a>>,
}

/// The details of a record: its page's where they are common, else read from the record itself.
pub fn details(record: RecordRef<'_>) -> Details<'_> {
    let flags = record.flags();
    if flags.own_envelope || flags.identity || record.event() == EventName::Unknown {
        let json = record.json();
        if let Ok(read) = self::record(json, &mut Scanner::new(json)) {
            let envelope = read.envelope.of(json);
            return Details {
                event_name: read.event_name.of(json),
                event_version: envelope.event_version,
                event_source: envelope.event_source,
                aws_region: envelope.aws_region,
                stream_view_type: envelope.stream_view_type,
                identity: read.identity.map(|identity| identity.of(json)),
            };
        }
    }
    let common = record.common_envelope();
    Details {
        event_name: record.event().as_str(),
        event_version: &common.event_version,
        event_source: &common.event_source,
        aws_region: &common.aws_region,
        stream_view_type: &common.stream_view_type,
        identity: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"eventID":"e1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1.7E9,"Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"},"n":{"N":"1.0"}},"OldImage":{"pk":{"S":"a"}},"SequenceNumber":"100000000003218256368","SizeBytes":12,"StreamViewType":"NEW_AND_OLD_IMAGES"}}"#;

    fn body(records: &[&str]) -> String {
        format!(r#"{{"NextShardIterator":"it","Records":[{}]}}"#, records.join(", \n"))
    }

    #[test]
    fn a_record_is_indexed_where_it_lies() -> Result<(), ErrorKind> {
        let answer = read_records(body(&[RECORD, RECORD]).as_bytes())?;
        assert_eq!(answer.next_iterator.as_deref(), Some("it"));
        assert_eq!(answer.page.len(), 2);
        let record = answer.page.record(1);
        assert_eq!(record.json(), RECORD);
        assert_eq!(record.keys(), Some(r#"{"pk":{"S":"a"}}"#));
        assert_eq!(record.new_image(), Some(r#"{"pk":{"S":"a"},"n":{"N":"1.0"}}"#));
        assert_eq!(record.old_image(), Some(r#"{"pk":{"S":"a"}}"#));
        assert_eq!(record.sequence_number(), "100000000003218256368");
        assert_eq!((record.event_id(), record.event()), ("e1", EventName::Modify));
        assert_eq!((record.time(), record.size_bytes()), (Some(Time::from_seconds(1_700_000_000)), Some(12)));
        assert_eq!(record.flags(), Flags::default());
        assert_eq!(&*record.common_envelope().aws_region, "eu-west-1");
        Ok(())
    }

    #[test]
    fn deletions_by_time_to_live_are_told_in_both_spellings() -> Result<(), ErrorKind> {
        for identity in [
            r#"{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}"#,
            r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#,
        ] {
            let record = RECORD.replacen('{', &format!(r#"{{"userIdentity":{identity},"#), 1);
            let answer = read_records(body(&[RECORD, &record]).as_bytes())?;
            assert!(!answer.page.record(0).flags().ttl);
            assert!(answer.page.record(1).flags().ttl);
            let identity = details(answer.page.record(1)).identity;
            assert_eq!(identity, Some(Identity { principal_id: "dynamodb.amazonaws.com", kind: "Service" }));
        }
        Ok(())
    }

    #[test]
    fn the_iterator_and_the_records_are_never_in_a_debug_text() -> Result<(), ErrorKind> {
        let shown = format!("{:?}", read_records(body(&[RECORD, "null"]).as_bytes())?);
        assert_eq!(shown, "RecordsAnswer { records: 1, poison: 1, is_end: false }");
        Ok(())
    }

    #[test]
    fn an_envelope_of_its_own_is_found_again() -> Result<(), ErrorKind> {
        let other = RECORD.replace("\"1.1\"", "\"1.0\"");
        let answer = read_records(body(&[RECORD, &other]).as_bytes())?;
        assert_eq!(details(answer.page.record(0)).event_version, "1.1");
        assert_eq!(details(answer.page.record(1)).event_version, "1.0");
        Ok(())
    }

    #[test]
    fn poison_is_quarantined_singly() -> Result<(), ErrorKind> {
        let no_keys = RECORD.replace(r#""Keys":{"pk":{"S":"a"}}"#, r#""Keys":7"#);
        let raw_control = RECORD.replace("\"e1\"", "\"e\n1\"");
        for poison in ["null", "{}", "[]", "\"x\"", &no_keys, &raw_control] {
            let answer = read_records(body(&[RECORD, poison, RECORD]).as_bytes())?;
            assert_eq!(answer.page.len(), 2, "{poison}");
            assert_eq!(answer.next_iterator.as_deref(), Some("it"));
            let [found] = answer.page.poison() else { panic!("{poison}") };
            assert_eq!((found.index, answer.page.poison_text(found)), (1, poison));
        }
        Ok(())
    }

    #[test]
    fn a_record_that_lacks_parts_is_shown_as_incomplete() -> Result<(), ErrorKind> {
        let answer = read_records(body(&[r#"{"eventName":"NEW","dynamodb":{"SizeBytes":-1}}"#]).as_bytes())?;
        let record = answer.page.record(0);
        assert!(record.flags().incomplete);
        assert_eq!((record.event(), record.time(), record.size_bytes()), (EventName::Unknown, None, None));
        assert_eq!((record.sequence_number(), record.keys()), ("", None));
        assert_eq!(details(record).event_name, "NEW");
        Ok(())
    }

    #[test]
    fn the_end_of_a_shard_has_records_but_no_next_iterator() -> Result<(), ErrorKind> {
        let answer = read_records(format!(r#"{{"Records":[{RECORD}]}}"#).as_bytes())?;
        assert_eq!((answer.page.len(), answer.next_iterator), (1, None));
        let answer = read_records(br#"{"Records":[],"NextShardIterator":null}"#)?;
        assert_eq!((answer.page.len(), answer.next_iterator), (0, None));
        Ok(())
    }

    #[test]
    fn what_is_no_answer_is_never_the_end_of_a_shard() {
        let not_dynamodb =
            |body: &str| matches!(read_records(body.as_bytes()), Err(ErrorKind::NotDynamoDb { .. }));
        for body in ["", "{}", "<html>Sign in</html>", "null", r#"{"Records":null}"#, r#"{"message":"no"}"#] {
            assert!(not_dynamodb(body), "{body}");
        }
        let damaged = |body: &[u8]| matches!(read_records(body), Err(ErrorKind::Damaged(_)));
        assert!(damaged(b"{\"Records\":[\xff]}"));
        assert!(damaged(br#"{"Records":[]"#));
        assert!(damaged(br#"{"Records":[]} x"#));
        assert!(damaged(br#"{"Records":[{]}"#));
        assert!(damaged(br#"{"Records":[],"NextShardIterator":""}"#));
    }

    #[test]
    fn of_what_is_no_answer_the_beginning_is_told_but_never_of_json() {
        for (body, told) in [
            ("", "nothing"),
            (" \n", "nothing"),
            ("[1]", "JSON of another kind"),
            ("\"secret\"", "JSON of another kind"),
            (" {\"Items\":[\"secret\"]}", "JSON of another kind"),
            ("<html>\n  Sign in", "<html> Sign in"),
        ] {
            assert_eq!(excerpt(body), told, "{body:?}");
        }
        assert_eq!(excerpt(&"é".repeat(100)), "é".repeat(60));
    }
}
