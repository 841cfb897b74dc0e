//! A page of records as the bytes that came, with an index into them.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::text::Text;
use crate::model::escapes::may_hide_letters;
use crate::model::{EventName, Time};

/// A piece of a page's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// `None` beyond the 4 GB that an index entry can point at.
    pub fn new(range: Range<usize>) -> Option<Self> {
        Some(Self { start: u32::try_from(range.start).ok()?, len: u32::try_from(range.len()).ok()? })
    }

    /// Where it lies in its text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.start as usize + self.len as usize).unwrap_or_default()
    }

    pub fn is_present(self) -> bool {
        self.len > 0
    }

    fn moved(self, from: u32, to: u32) -> Self {
        if self.is_present() { Self { start: self.start - from + to, len: self.len } } else { self }
    }
}

/// Where the parts of one record lie; an absent part is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordSpan {
    pub record: Span,
    pub keys: Span,
    pub new_image: Span,
    pub old_image: Span,
    /// Inside the quotes.
    pub sequence_number: Span,
    /// Inside the quotes.
    pub event_id: Span,
}

impl RecordSpan {
    /// The same record in a text where what was at `from` is at `to`.
    fn moved(self, from: u32, to: u32) -> Self {
        let moved = |part: Span| part.moved(from, to);
        Self {
            record: moved(self.record),
            keys: moved(self.keys),
            new_image: moved(self.new_image),
            old_image: moved(self.old_image),
            sequence_number: moved(self.sequence_number),
            event_id: moved(self.event_id),
        }
    }
}

/// What lists, filters and orders look at without touching the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub time: Option<Time>,
    pub size_bytes: Option<u32>,
    pub event: EventName,
    pub flags: Flags,
}

/// Rare properties of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of a machine")]
pub struct Flags {
    /// Deleted by time to live: `userIdentity` names the service.
    pub ttl: bool,
    /// It has a `userIdentity`.
    pub identity: bool,
    /// Its envelope is not the page's common one: read it from the record itself.
    pub own_envelope: bool,
    /// It lacks what every record has (an event id, a sequence number, keys).
    pub incomplete: bool,
}

/// The fields that nearly all records of a stream have in common. Texts are inside the quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    pub event_version: Box<str>,
    pub event_source: Box<str>,
    pub aws_region: Box<str>,
    pub stream_view_type: Box<str>,
}

/// A record that cannot be understood, kept as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// Its place in the answer, from 0.
    pub index: usize,
    pub reason: String,
    span: Span,
}

impl Poison {
    pub fn new(index: usize, reason: String, span: Span) -> Self {
        Self { index, reason, span }
    }
}

/// The records of one GetRecords answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    text: Text,
    spans: Box<[RecordSpan]>,
    facts: Box<[Facts]>,
    envelope: Arc<Envelope>,
    poison: Box<[Poison]>,
    hides_letters: Hides,
}

/// Whether letters may hide in the text; worked out when it is first asked.
#[derive(Clone, Debug, Default)]
struct Hides(OnceLock<bool>);

/// It is in the text: it tells no two pages apart.
impl PartialEq for Hides {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Hides {}

/// Without the records themselves: they are the customer's data.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<&str> = self.records().map(RecordRef::sequence_number).collect();
        f.debug_struct("Page").field("sequence_numbers", &numbers).finish_non_exhaustive()
    }
}

impl Page {
    /// Takes the records out of an answer's text. The rest of it, the shard iterator among it, is
    /// not kept.
    pub fn new(
        answer: &str,
        spans: Vec<RecordSpan>,
        facts: Vec<Facts>,
        envelope: impl Into<Arc<Envelope>>,
        poison: Vec<Poison>,
    ) -> Self {
        let part = |range: Range<usize>| answer.get(range).unwrap_or_default().to_owned().into();
        Self::of(part, spans, facts, envelope.into(), poison)
    }

    /// Takes the records out of a text that has more of them: its bytes are shared with other pages.
    pub fn sharing(
        text: &Arc<String>,
        spans: Vec<RecordSpan>,
        facts: Vec<Facts>,
        envelope: Arc<Envelope>,
        poison: Vec<Poison>,
    ) -> Self {
        Self::of(|range| Text::of(text, range), spans, facts, envelope, poison)
    }

    fn of(
        part: impl FnOnce(Range<usize>) -> Text,
        mut spans: Vec<RecordSpan>,
        facts: Vec<Facts>,
        envelope: Arc<Envelope>,
        mut poison: Vec<Poison>,
    ) -> Self {
        debug_assert_eq!(spans.len(), facts.len());
        let all = || spans.iter().map(|span| span.record).chain(poison.iter().map(|poison| poison.span));
        let start = all().map(|span| span.start).min().unwrap_or(0);
        let end = all().map(|span| span.start + span.len).max().unwrap_or(0);
        for span in &mut spans {
            *span = span.moved(start, 0);
        }
        for poison in &mut poison {
            poison.span = poison.span.moved(start, 0);
        }
        Self {
            text: part(start as usize..end as usize),
            spans: spans.into(),
            facts: facts.into(),
            envelope,
            poison: poison.into(),
            hides_letters: Hides::default(),
        }
    }

    /// How many records it has; poison is not among them.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.poison.is_empty()
    }

    /// The bytes of all records, and what stood between them: to be searched at once.
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// Whether letters may be in [`text`](Self::text) other than as their own bytes.
    pub fn may_hide_letters(&self) -> bool {
        *self.hides_letters.0.get_or_init(|| may_hide_letters(self.text()))
    }

    /// The record in a slot below [`len`](Self::len).
    pub fn record(&self, slot: usize) -> RecordRef<'_> {
        RecordRef { page: self, slot }
    }

    pub fn records(&self) -> impl DoubleEndedIterator<Item = RecordRef<'_>> + ExactSizeIterator {
        (0..self.len()).map(|slot| self.record(slot))
    }

    /// When its records were created, as far as they say.
    pub fn times(&self) -> impl DoubleEndedIterator<Item = Time> {
        self.records().filter_map(RecordRef::time)
    }

    /// The sequence numbers of its records, as far as they have any.
    pub fn sequence_numbers(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.records().map(RecordRef::sequence_number).filter(|number| !number.is_empty())
    }

    pub fn poison(&self) -> &[Poison] {
        &self.poison
    }

    pub fn poison_text(&self, poison: &Poison) -> &str {
        poison.span.of(self.text())
    }

    /// The same page without some of its poison, by its place. The bytes are shared.
    #[must_use]
    pub fn without_poison(&self, places: &[usize]) -> Self {
        let kept = self.poison.iter().enumerate().filter(|(place, _)| !places.contains(place));
        Self { poison: kept.map(|(_, poison)| poison.clone()).collect(), ..self.clone() }
    }

    /// A page with this poison only.
    #[must_use]
    pub fn alone(&self, poison: &Poison) -> Self {
        let text = self.poison_text(poison);
        let span = Span { start: 0, len: poison.span.len };
        Self {
            text: text.to_owned().into(),
            poison: [Poison { span, ..poison.clone() }].into(),
            ..self.only(&[])
        }
    }

    /// The same page without the records in some slots, which are in order; poison stays. The bytes
    /// are shared.
    #[must_use]
    pub fn without(&self, slots: &[usize]) -> Self {
        let kept = || (0..self.len()).filter(|slot| slots.binary_search(slot).is_err());
        Self {
            text: self.text.clone(),
            spans: kept().map(|slot| self.spans[slot]).collect(),
            facts: kept().map(|slot| self.facts[slot]).collect(),
            envelope: Arc::clone(&self.envelope),
            poison: self.poison.clone(),
            hides_letters: Hides::default(),
        }
    }

    /// A page of its own with the records in some slots below [`len`](Self::len): the bytes of the
    /// others, and poison, are not kept.
    #[must_use]
    pub fn only(&self, slots: &[usize]) -> Self {
        let mut text = String::new();
        let mut spans = vec![];
        for slot in slots {
            let span = self.spans[*slot];
            let from = text.len() as u32;
            text.push_str(span.record.of(self.text()));
            spans.push(span.moved(span.record.start, from));
        }
        Self {
            text: text.into(),
            spans: spans.into(),
            facts: slots.iter().map(|slot| self.facts[*slot]).collect(),
            envelope: Arc::clone(&self.envelope),
            poison: Box::default(),
            hides_letters: Hides::default(),
        }
    }

    /// Bytes of heap, index included.
    pub fn bytes_held(&self) -> usize {
        size_of::<Self>()
            + self.text().len()
            + self.spans.len() * (size_of::<RecordSpan>() + size_of::<Facts>())
            + self.poison.len() * size_of::<Poison>()
            + size_of::<Envelope>()
    }
}

/// A record where it lies.
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> {
    page: &'a Page,
    slot: usize,
}

impl<'a> RecordRef<'a> {
    fn span(self) -> &'a RecordSpan {
        &self.page.spans[self.slot]
    }

    fn facts(self) -> &'a Facts {
        &self.page.facts[self.slot]
    }

    fn image(self, span: Span) -> Option<&'a str> {
        span.is_present().then(|| span.of(self.page.text()))
    }

    /// The whole record as JSON, as it came.
    pub fn json(self) -> &'a str {
        self.span().record.of(self.page.text())
    }

    /// The key attributes as DynamoDB JSON.
    pub fn keys(self) -> Option<&'a str> {
        self.image(self.span().keys)
    }

    /// The item after the change, as DynamoDB JSON.
    pub fn new_image(self) -> Option<&'a str> {
        self.image(self.span().new_image)
    }

    /// The item before the change, as DynamoDB JSON.
    pub fn old_image(self) -> Option<&'a str> {
        self.image(self.span().old_image)
    }

    /// Empty where the record lacks it.
    pub fn sequence_number(self) -> &'a str {
        self.span().sequence_number.of(self.page.text())
    }

    /// Empty where the record lacks it.
    pub fn event_id(self) -> &'a str {
        self.span().event_id.of(self.page.text())
    }

    pub fn event(self) -> EventName {
        self.facts().event
    }

    /// ApproximateCreationDateTime.
    pub fn time(self) -> Option<Time> {
        self.facts().time
    }

    /// SizeBytes.
    pub fn size_bytes(self) -> Option<u32> {
        self.facts().size_bytes
    }

    pub fn flags(self) -> Flags {
        self.facts().flags
    }

    /// A page with this record only.
    pub fn alone(self) -> Page {
        self.page.only(&[self.slot])
    }

    /// The common fields of its page; where [`Flags::own_envelope`] is set they are not its own.
    pub fn common_envelope(self) -> &'a Envelope {
        &self.page.envelope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_entry_stays_small() {
        assert!(size_of::<RecordSpan>() <= 48);
        assert!(size_of::<Facts>() <= 32);
    }
}
