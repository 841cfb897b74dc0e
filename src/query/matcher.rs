//! Whether a condition is true of a record, decided on the record's bytes.

use super::Whence;
use super::expression::{Comparator, Condition, Field, Operand, Place, Root};
use super::find::Way;
use super::tally::Tally;
use super::value::{self, Value};
use crate::model::attribute::parse_value;
use crate::model::{AttributeValue, EventName};
use crate::store::RecordRef;

/// One record, looked at by a condition.
pub(super) struct Matcher<'r, 't> {
    pub record: RecordRef<'r>,
    pub whence: Whence<'r>,
    /// Where it is counted what did not fit, if anywhere.
    pub tally: Option<&'t mut Tally>,
}

impl<'r> Matcher<'r, '_> {
    pub fn is_true(&mut self, condition: &Condition) -> bool {
        match condition {
            Condition::All(all) => all.iter().all(|condition| self.is_true(condition)),
            Condition::Any(any) => any.iter().any(|condition| self.is_true(condition)),
            Condition::Not(negated) => !self.is_true(negated),
            Condition::Compare { left, comparator, right } => self.compare(left, *comparator, right),
            Condition::Between { value, low, high } => {
                let holds = |ordering: Option<std::cmp::Ordering>, is: fn(std::cmp::Ordering) -> bool| {
                    ordering.is_some_and(is)
                };
                match (self.value(value), self.value(low), self.value(high)) {
                    (Some(found), Some(lowest), Some(highest)) => {
                        self.count_types(value, &found, low, &lowest);
                        holds(found.order(&lowest), std::cmp::Ordering::is_ge)
                            && holds(found.order(&highest), std::cmp::Ordering::is_le)
                    }
                    _ => false,
                }
            }
            Condition::In { value, options } => {
                let Some(found) = self.value(value) else { return false };
                let is_in =
                    options.iter().any(|option| self.value(option).is_some_and(|other| found.equals(&other)));
                if !is_in {
                    self.count_membership(value, &found, options);
                }
                is_in
            }
            Condition::Exists(place) => self.find(place).is_some(),
            Condition::HasType(place, kind) => {
                self.read(place).is_some_and(|value| value.attribute_type().as_str() == *kind)
            }
            Condition::BeginsWith(value, start) => self.on_two(value, start, value::begins_with),
            Condition::Contains(value, part) => self.on_two(value, part, value::contains),
            Condition::Changed(way, values) => self.has_changed(way, values.as_deref()),
            Condition::Text(needle) => {
                let record = self.record;
                needle.is_in([record.keys(), record.new_image(), record.old_image()].into_iter().flatten())
            }
        }
    }

    fn compare(&mut self, left: &Operand, comparator: Comparator, right: &Operand) -> bool {
        let (Some(a), Some(b)) = (self.value(left), self.value(right)) else {
            // What is not there is unequal to everything.
            return comparator == Comparator::NotEqual;
        };
        self.count_types(left, &a, right, &b);
        match comparator {
            Comparator::Equal => a.equals(&b),
            Comparator::NotEqual => !a.equals(&b),
            Comparator::Less => a.order(&b).is_some_and(std::cmp::Ordering::is_lt),
            Comparator::LessOrEqual => a.order(&b).is_some_and(std::cmp::Ordering::is_le),
            Comparator::Greater => a.order(&b).is_some_and(std::cmp::Ordering::is_gt),
            Comparator::GreaterOrEqual => a.order(&b).is_some_and(std::cmp::Ordering::is_ge),
        }
    }

    fn on_two(
        &mut self,
        value: &Operand,
        other: &Operand,
        holds: fn(&AttributeValue<'_>, &AttributeValue<'_>) -> bool,
    ) -> bool {
        let (Some(a), Some(b)) = (self.value(value), self.value(other)) else { return false };
        let is_so = a.attribute().zip(b.attribute()).is_some_and(|(a, b)| holds(a, b));
        if !is_so {
            self.count_types(value, &a, other, &b);
        }
        is_so
    }

    fn has_changed(&self, way: &Way, values: Option<&[AttributeValue<'_>; 2]>) -> bool {
        let (old_image, new_image) = (self.record.old_image(), self.record.new_image());
        let is_whole = match self.record.event() {
            EventName::Insert | EventName::Remove => true,
            // With one image only, nobody can know.
            EventName::Modify | EventName::Unknown => old_image.is_some() && new_image.is_some(),
        };
        let at = |image: Option<&'r str>| image.and_then(|image| way.find(image));
        let (old, new) = (at(old_image), at(new_image));
        if !is_whole || old == new {
            return false;
        }
        let read = |raw: Option<&'r str>| raw.and_then(|raw| parse_value(raw).ok());
        let (old, new) = (read(old), read(new));
        let is_same =
            |a: Option<&AttributeValue<'_>>, b: &AttributeValue<'_>| a.is_some_and(|a| a.same_as(b));
        let differs = match &new {
            Some(new) => !is_same(old.as_ref(), new),
            None => old.is_some(),
        };
        differs && values.is_none_or(|[from, to]| is_same(old.as_ref(), from) && is_same(new.as_ref(), to))
    }

    /// The image in which a root lies; none where the record does not carry it.
    fn image(&self, root: Root) -> Option<&'r str> {
        let record = self.record;
        match root {
            Root::New => record.new_image(),
            Root::Old => record.old_image(),
            Root::Keys => record.keys(),
            Root::Bare => {
                let meant =
                    if record.event() == EventName::Remove { record.old_image() } else { record.new_image() };
                // The keys are in every image: a record without it still has them.
                meant.or_else(|| record.keys())
            }
        }
    }

    /// The value at a place as it came.
    fn find(&mut self, place: &Place) -> Option<&'r str> {
        let found = self.image(place.root).and_then(|image| place.way.find(image));
        if let (None, Some(tally)) = (found, &mut self.tally) {
            tally.count_absent(place.number);
        }
        found
    }

    fn read(&mut self, place: &Place) -> Option<AttributeValue<'r>> {
        parse_value(self.find(place)?).ok()
    }

    fn value<'v>(&mut self, operand: &'v Operand) -> Option<Value<'v>>
    where
        'r: 'v,
    {
        Some(match operand {
            Operand::Literal(literal) => Value::Literal(literal),
            Operand::Place(place) => Value::Attribute(self.read(place)?),
            Operand::SizeOf(place) => Value::Count(value::size(&self.read(place)?)?),
            Operand::Moment(time) => Value::Moment(*time),
            Operand::Sequence(number) => Value::Sequence(number),
            Operand::Field(field) => self.field(*field)?,
        })
    }

    fn field(&self, field: Field) -> Option<Value<'r>> {
        let record = self.record;
        let text = |text: &'r str| Value::Attribute(AttributeValue::S(text.into()));
        Some(match field {
            Field::Event => text(record.event().as_str()),
            Field::Shard => text(self.whence.shard),
            Field::Table => text(self.whence.table),
            Field::Ttl => Value::Attribute(AttributeValue::Bool(record.flags().ttl)),
            Field::Time => Value::Moment(record.time()?),
            Field::Size => Value::Count(record.size_bytes()?.into()),
            Field::Sequence => {
                let number = record.sequence_number();
                (!number.is_empty()).then_some(Value::Sequence(number))?
            }
        })
    }

    /// Counts a value of another type than the literal it is compared with.
    fn count_types(&mut self, left: &Operand, a: &Value<'_>, right: &Operand, b: &Value<'_>) {
        let Some(tally) = &mut self.tally else { return };
        for (place, found, literal, wanted) in [(left, a, right, b), (right, b, left, a)] {
            if let (Operand::Place(place), Operand::Literal(_)) = (place, literal)
                && let (Some(found), Some(wanted)) = (found.attribute(), wanted.attribute())
                && found.attribute_type() != wanted.attribute_type()
            {
                tally.count_type(place.number, found.attribute_type());
            }
        }
    }

    /// The same where every option has another type.
    fn count_membership(&mut self, value: &Operand, found: &Value<'_>, options: &[Operand]) {
        let (Some(tally), Operand::Place(place), Some(found)) = (&mut self.tally, value, found.attribute())
        else {
            return;
        };
        let is_other = |literal: &AttributeValue<'_>| literal.attribute_type() != found.attribute_type();
        if options.iter().all(|option| option.literal().is_some_and(is_other)) {
            tally.count_type(place.number, found.attribute_type());
        }
    }
}
