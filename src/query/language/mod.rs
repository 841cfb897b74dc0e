//! The filter language read: DynamoDB's condition expressions with the values in place.

mod fields;
mod functions;
mod literal;
mod operand;
mod reader;

use reader::Reader;

use super::FilterError;
use super::expression::{Comparator, Condition, Field, Operand};
use crate::model::time::Zone;
use crate::model::{AttributeType, AttributeValue, Time};

/// The words that can begin an operand or a condition, as they are completed.
pub const WORDS: [&str; 18] = [
    "@event",
    "@key.",
    "@new.",
    "@old.",
    "@seq",
    "@shard",
    "@size",
    "@table",
    "@time",
    "@ttl",
    "attribute_exists(",
    "attribute_not_exists(",
    "attribute_type(",
    "begins_with(",
    "changed(",
    "contains(",
    "size(",
    "text(",
];

/// How deep parentheses, NOT and literals may lie in one another.
const MAX_DEPTH: usize = 50;

/// Reads a whole expression; times in it are seen from `now`.
pub(super) fn parse(text: &str, now: Time, zone: Zone) -> Result<Condition, FilterError> {
    let mut parser = Parser { reader: Reader::new(text), depth: 0, places: 0, now, zone };
    let condition = parser.any()?;
    if parser.reader.peek().is_none() {
        return Ok(condition);
    }
    let is_closing = parser.reader.peek() == Some(')');
    let message = if is_closing { "this ) closes nothing" } else { "AND, OR or the end was expected" };
    Err(parser.reader.unexpected(message))
}

struct Parser<'t> {
    reader: Reader<'t>,
    depth: usize,
    /// Places numbered so far.
    places: usize,
    now: Time,
    zone: Zone,
}

/// An operand and where it begins, in bytes.
struct Placed {
    operand: Operand,
    at: usize,
}

type Parsed<T> = Result<T, FilterError>;

impl Parser<'_> {
    /// Reads something that lies one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(self.reader.unexpected("this is nested too deeply"));
        }
        self.depth += 1;
        let outcome = read(self);
        self.depth -= 1;
        outcome
    }

    fn any(&mut self) -> Parsed<Condition> {
        let mut conditions = vec![self.all()?];
        while self.reader.eat_word("OR") {
            conditions.push(self.all()?);
        }
        Ok(alone(conditions).unwrap_or_else(Condition::Any))
    }

    fn all(&mut self) -> Parsed<Condition> {
        let mut conditions = vec![self.negated()?];
        while self.reader.eat_word("AND") {
            conditions.push(self.negated()?);
        }
        Ok(alone(conditions).unwrap_or_else(Condition::All))
    }

    fn negated(&mut self) -> Parsed<Condition> {
        if self.reader.eat_word("NOT") {
            return self.deeper(|parser| Ok(Condition::Not(Box::new(parser.negated()?))));
        }
        if self.reader.peek() != Some('(') {
            return self.comparison();
        }
        let opened = self.reader.at();
        self.reader.eat("(");
        let condition = self.deeper(Self::any)?;
        if self.reader.eat(")") {
            return Ok(condition);
        }
        Err(match self.reader.peek() {
            None => self.reader.error(opened, "this ( is not closed"),
            Some(_) => self.reader.unexpected("AND, OR or ) was expected"),
        })
    }

    /// A condition without AND, OR and NOT.
    fn comparison(&mut self) -> Parsed<Condition> {
        if let Some(condition) = self.function()? {
            return Ok(condition);
        }
        let value = self.operand()?;
        if self.reader.eat_word("BETWEEN") {
            return self.between(value);
        }
        if self.reader.eat_word("IN") {
            return self.membership(value);
        }
        let at = self.reader.at();
        let Some(comparator) = self.comparator()? else {
            return self.bare(value);
        };
        let other = self.operand()?;
        for side in [&value, &other] {
            let is_unordered =
                side.operand.literal().is_some_and(|literal| !is_ordered(literal.attribute_type()));
            if comparator.is_order() && is_unordered {
                let message = "only strings, numbers and binary values have an order; use = or <>";
                return Err(self.reader.error(at, message));
            }
        }
        let equality = !comparator.is_order();
        let [left, right] = self.fit([value, other], if equality { "=" } else { "<" })?;
        Ok(Condition::Compare { left, comparator, right })
    }

    /// An operand that nothing follows: only `@ttl` is true or false by itself.
    fn bare(&mut self, value: Placed) -> Parsed<Condition> {
        if value.operand == Operand::Field(Field::Ttl) {
            let right = Operand::Literal(AttributeValue::Bool(true));
            return Ok(Condition::Compare { left: value.operand, comparator: Comparator::Equal, right });
        }
        let hint = match self.reader.word().to_ascii_uppercase().as_str() {
            "IS" => "there is no IS; write a = null, or attribute_not_exists(a)",
            "LIKE" => "there is no LIKE; write begins_with(a, 'x') or contains(a, 'x')",
            "NOT" => "NOT comes first: NOT a IN (1, 2)",
            _ => "a comparison was expected: = <> < <= > >= BETWEEN or IN",
        };
        Err(self.reader.unexpected(hint))
    }

    fn comparator(&mut self) -> Parsed<Option<Comparator>> {
        for (wrong, hint) in [
            ("==", "one = compares"),
            ("!=", "not equal is written <>"),
            ("~", "there are no patterns; write begins_with(a, 'x') or contains(a, 'x')"),
        ] {
            if self.reader.peek_text(wrong) {
                return Err(self.reader.unexpected(hint));
            }
        }
        let comparators = [
            ("<>", Comparator::NotEqual),
            ("<=", Comparator::LessOrEqual),
            (">=", Comparator::GreaterOrEqual),
            ("<", Comparator::Less),
            (">", Comparator::Greater),
            ("=", Comparator::Equal),
        ];
        Ok(comparators.into_iter().find(|(sign, _)| self.reader.eat(sign)).map(|(_, comparator)| comparator))
    }

    fn between(&mut self, value: Placed) -> Parsed<Condition> {
        let low = self.operand()?;
        if !self.reader.eat_word("AND") {
            return Err(self.reader.unexpected("AND and the higher end were expected"));
        }
        let high = self.operand()?;
        let at = high.at;
        let [value, low, high] = self.fit([value, low, high], "<")?;
        self.check_range(&low, &high, at)?;
        Ok(Condition::Between { value, low, high })
    }

    /// What DynamoDB says of a range of literals that can hold nothing.
    fn check_range(&self, low: &Operand, high: &Operand, at: usize) -> Parsed<()> {
        let (Operand::Literal(low), Operand::Literal(high)) = (low, high) else { return Ok(()) };
        let problem = if low.attribute_type() != high.attribute_type() {
            "both ends must have the same type"
        } else if !is_ordered(low.attribute_type()) {
            "only strings, numbers and binary values have an order"
        } else if super::value::order(low, high).is_none_or(std::cmp::Ordering::is_gt) {
            "the lower end comes first"
        } else {
            return Ok(());
        };
        Err(self.reader.error(at, problem))
    }

    fn membership(&mut self, value: Placed) -> Parsed<Condition> {
        if !self.reader.eat("(") {
            return Err(self.reader.unexpected("a list in parentheses was expected: IN ('a', 'b')"));
        }
        let mut all = vec![value];
        loop {
            all.push(self.operand()?);
            if self.reader.eat(")") {
                break;
            }
            if !self.reader.eat(",") {
                return Err(self.reader.unexpected("a comma or ) was expected"));
            }
        }
        let mut all = self.fit_all(all, "=")?;
        let options = all.split_off(1);
        let Some(value) = all.pop() else { return Err(self.reader.unexpected("a value was expected")) };
        Ok(Condition::In { value, options })
    }
}

fn is_ordered(kind: AttributeType) -> bool {
    matches!(kind, AttributeType::S | AttributeType::N | AttributeType::B)
}

/// The only one, or all of them back.
fn alone(mut conditions: Vec<Condition>) -> Result<Condition, Vec<Condition>> {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => Ok(only),
        last => {
            conditions.extend(last);
            Err(conditions)
        }
    }
}

#[cfg(test)]
mod tests;
