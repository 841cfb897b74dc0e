//! What a filter has seen, and why nothing matched.

use super::expression::{Condition, Operand, Place, Root};
use crate::model::{AttributeType, AttributeValue, Decimal, ViewType};

/// Counts of one run of a filter over records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub seen: u64,
    pub matched: u64,
    /// By the number of the place.
    places: Vec<Misses>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Misses {
    /// Records that have nothing there.
    absent: u64,
    /// Records that have a value of another type there than the one it is compared with.
    types: Vec<(AttributeType, u64)>,
}

impl Tally {
    fn misses(&mut self, place: usize) -> &mut Misses {
        if self.places.len() <= place {
            self.places.resize_with(place + 1, Misses::default);
        }
        &mut self.places[place]
    }

    pub(super) fn count_absent(&mut self, place: usize) {
        self.misses(place).absent += 1;
    }

    pub(super) fn count_type(&mut self, place: usize, found: AttributeType) {
        self.misses(place).count(found, 1);
    }

    /// Adds what another run over other records has counted.
    pub fn add(&mut self, other: &Self) {
        self.seen += other.seen;
        self.matched += other.matched;
        for (place, misses) in other.places.iter().enumerate() {
            let sum = self.misses(place);
            sum.absent += misses.absent;
            for (found, count) in &misses.types {
                sum.count(*found, *count);
            }
        }
    }
}

impl Misses {
    fn count(&mut self, found: AttributeType, more: u64) {
        match self.types.iter_mut().find(|(known, _)| *known == found) {
            Some((_, count)) => *count += more,
            None => self.types.push((found, more)),
        }
    }
}

/// Why nothing matched, where the counts say it: `311 records have orderId as a string: try '91'`.
pub(super) fn explain(condition: &Condition, tally: &Tally) -> Option<String> {
    if tally.matched > 0 || tally.seen == 0 {
        return None;
    }
    let misses = |place: &Place| tally.places.get(place.number);
    let mut best: Option<(u64, String)> = None;
    let mut absent: Option<String> = None;
    condition.each(&mut |condition| {
        for place in condition.places() {
            let Some(misses) = misses(place) else { continue };
            let most = misses.types.iter().max_by_key(|(_, count)| *count);
            if let Some((found, count)) = most
                && best.as_ref().is_none_or(|(most, _)| most < count)
            {
                best = Some((*count, other_type(condition, place, *found, *count)));
            }
            if misses.absent == tally.seen && absent.is_none() {
                absent = Some(nowhere(place));
            }
        }
    });
    best.map(|(_, text)| text).or(absent)
}

fn nowhere(place: &Place) -> String {
    let path = written(place);
    match place.path.steps() {
        [crate::model::Step::Name(name)] if place.is_quoted => {
            format!("no record has {path}; a string is written '{}'", name.replace('\'', "''"))
        }
        _ => format!("no record has {path}"),
    }
}

fn written(place: &Place) -> String {
    let root = match place.root {
        Root::Bare => "",
        Root::New => "@new.",
        Root::Old => "@old.",
        Root::Keys => "@key.",
    };
    format!("{root}{}", place.path)
}

fn other_type(condition: &Condition, place: &Place, found: AttributeType, count: u64) -> String {
    let records = if count == 1 { "1 record has".to_owned() } else { format!("{count} records have") };
    let path = written(place);
    let text = format!("{records} {path} as {}", in_words(found));
    let literal = condition.operands().into_iter().find_map(Operand::literal);
    match literal.and_then(|literal| instead(literal, &path, found)) {
        Some(hint) => format!("{text}: try {hint}"),
        None => text,
    }
}

/// What to write to meet a value of this type.
fn instead(literal: &AttributeValue<'_>, path: &str, found: AttributeType) -> Option<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let text = match literal {
        AttributeValue::S(text) => quoted(text),
        AttributeValue::N(text) => text.clone().into_owned(),
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::Null => "null".to_owned(),
        AttributeValue::B(_)
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_)
        | AttributeValue::L(_)
        | AttributeValue::M(_)
        | AttributeValue::Unknown { .. } => return None,
    };
    match (found, literal) {
        (AttributeType::S, AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null) => {
            Some(quoted(&text))
        }
        (AttributeType::N, AttributeValue::S(text)) => {
            Decimal::parse(text).map(|_| text.clone().into_owned())
        }
        (AttributeType::Bool, AttributeValue::S(text)) => {
            ["true", "false"].into_iter().find(|word| word.eq_ignore_ascii_case(text)).map(str::to_owned)
        }
        (AttributeType::Null, _) => Some(format!("{path} = null")),
        (AttributeType::Ss, AttributeValue::S(_)) | (AttributeType::Ns, AttributeValue::N(_)) => {
            Some(format!("contains({path}, {text})"))
        }
        (AttributeType::L, _) => Some(format!("contains({path}, {text})")),
        _ => None,
    }
}

fn in_words(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::S => "a string",
        AttributeType::N => "a number",
        AttributeType::B => "binary",
        AttributeType::Ss => "a set of strings",
        AttributeType::Ns => "a set of numbers",
        AttributeType::Bs => "a set of binary values",
        AttributeType::L => "a list",
        AttributeType::M => "a map",
        AttributeType::Bool => "true or false",
        AttributeType::Null => "null",
        AttributeType::Unknown => "an unknown type",
    }
}

/// What the records of a stream cannot show to a condition, because of its view type.
pub(super) fn blind_spot(condition: &Condition, view: &ViewType, keys: &[String]) -> Option<&'static str> {
    let mut looks = Looks::default();
    condition.each(&mut |condition| {
        looks.both |= matches!(condition, Condition::Changed(..));
        for place in condition.places() {
            let is_key = place.path.steps().first().is_some_and(
                |step| matches!(step, crate::model::Step::Name(name) if keys.iter().any(|key| key == name)),
            );
            match place.root {
                Root::New => looks.new = true,
                Root::Old => looks.old = true,
                Root::Bare => looks.bare |= !is_key && !keys.is_empty(),
                Root::Keys => {}
            }
        }
    });
    match view {
        ViewType::KeysOnly if looks.new || looks.old || looks.bare || looks.both => {
            Some("only keys and @fields can be filtered")
        }
        ViewType::NewImage if looks.old => Some("its records have no old image for @old"),
        ViewType::OldImage if looks.new => Some("its records have no new image for @new"),
        ViewType::NewImage | ViewType::OldImage if looks.both => {
            Some("changed() needs both images, so a MODIFY never matches")
        }
        ViewType::OldImage if looks.bare => {
            Some("a bare path finds something on a REMOVE only; @old.path is what was before")
        }
        ViewType::KeysOnly
        | ViewType::NewImage
        | ViewType::OldImage
        | ViewType::NewAndOldImages
        | ViewType::Unknown(_) => None,
    }
}

/// Which images a condition looks at.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of a machine")]
struct Looks {
    new: bool,
    old: bool,
    bare: bool,
    both: bool,
}
