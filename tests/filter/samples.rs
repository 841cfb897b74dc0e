//! Random conditions and items, of few names and few values, so that they often meet.

use std::fmt::{Debug, Write as _};

use dynascope::model::path::write_name;
use dynascope::model::{AttributeValue, Base64, Item, Path, plain};
use proptest::prelude::*;

pub type Value = AttributeValue<'static>;

/// An expression as the tests know it: the language has a tree of its own.
#[derive(Clone, Debug)]
pub enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Operand, &'static str, Operand),
    Between(Operand, Value, Value),
    In(Operand, Vec<Value>),
    Exists(Place),
    NotExists(Place),
    HasType(Place, &'static str),
    BeginsWith(Place, Value),
    Contains(Place, Value),
    Changed(Path<'static>),
    ChangedTo(Path<'static>, Value, Value),
    Text(&'static str),
    Event(&'static str),
    Ttl(bool),
    Bytes(&'static str, u32),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Place(Place),
    Size(Place),
    Literal(Value),
}

/// A path with its root: `""`, `"@new."`, `"@old."` or `"@key."`.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub root: &'static str,
    pub path: Path<'static>,
}

/// A literal in the filter language.
pub fn literal(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let list = |open: &str, members: Vec<String>, close: &str| format!("{open}{}{close}", members.join(", "));
    match value {
        AttributeValue::S(text) => quoted(text),
        AttributeValue::N(number) => number.to_string(),
        AttributeValue::B(bytes) if bytes.len() % 2 == 0 => format!("b64'{}'", bytes.as_str()),
        AttributeValue::B(bytes) => {
            format!(
                "x'{}'",
                bytes.decode().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
            )
        }
        AttributeValue::Ss(set) => list("<<", set.iter().map(|text| quoted(text)).collect(), ">>"),
        AttributeValue::Ns(set) => list("<<", set.iter().map(ToString::to_string).collect(), ">>"),
        AttributeValue::Bs(set) => {
            list("<<", set.iter().map(|bytes| format!("b64'{}'", bytes.as_str())).collect(), ">>")
        }
        AttributeValue::L(elements) => list("[", elements.iter().map(literal).collect(), "]"),
        AttributeValue::M(map) => {
            let member = |(name, value): (&str, &Value)| {
                let mut text = String::new();
                write_name(&mut text, name).unwrap();
                format!("{text}: {}", literal(value))
            };
            list("{", map.iter().map(member).collect(), "}")
        }
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::Null => "null".to_owned(),
        AttributeValue::Unknown { .. } => panic!("no literal has an unknown type"),
    }
}

impl Condition {
    /// The expression in the filter language.
    pub fn text(&self) -> String {
        let place = |place: &Place| format!("{}{}", place.root, place.path);
        let operand = |operand: &Operand| match operand {
            Operand::Place(it) => place(it),
            Operand::Size(it) => format!("size({})", place(it)),
            Operand::Literal(value) => literal(value),
        };
        let joined = |all: &[Condition], word: &str| {
            all.iter().map(|one| format!("({})", one.text())).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::And(all) => joined(all, " AND "),
            Self::Or(all) => joined(all, " or "),
            Self::Not(one) => format!("NOT ({})", one.text()),
            Self::Compare(left, sign, right) => format!("{} {sign} {}", operand(left), operand(right)),
            Self::Between(value, low, high) => {
                format!("{} BETWEEN {} AND {}", operand(value), literal(low), literal(high))
            }
            Self::In(value, options) => {
                let options: Vec<String> = options.iter().map(literal).collect();
                format!("{} IN ({})", operand(value), options.join(","))
            }
            Self::Exists(it) => format!("attribute_exists({})", place(it)),
            Self::NotExists(it) => format!("attribute_not_exists({})", place(it)),
            Self::HasType(it, kind) => format!("attribute_type({}, '{kind}')", place(it)),
            Self::BeginsWith(it, start) => format!("begins_with({}, {})", place(it), literal(start)),
            Self::Contains(it, part) => format!("contains({}, {})", place(it), literal(part)),
            Self::Changed(path) => format!("changed({path})"),
            Self::ChangedTo(path, from, to) => format!("changed({path}, {}, {})", literal(from), literal(to)),
            Self::Text(text) => format!("text('{text}')"),
            Self::Event(event) => format!("@event = {event}"),
            Self::Ttl(is_ttl) => (if *is_ttl { "@ttl" } else { "@ttl = false" }).to_owned(),
            Self::Bytes(sign, bytes) => format!("@size {sign} {bytes}"),
        }
    }
}

pub fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "a.b", "in"]).prop_map(str::to_owned)
}

/// Texts that are parts of each other. `/` has an escape of its own in JSON.
fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "x", "xy", "xyz", "PAID", "PAI", "paid/x", "/x", "1", "10", "true"])
        .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = String> {
    let numbers =
        ["0", "1", "1.0", "10", "1E1", "-1", "0.1", "12345678901234567890123456789012345678", "1E-20"];
    prop::sample::select(numbers.to_vec()).prop_map(str::to_owned)
}

fn bytes() -> impl Strategy<Value = Base64<'static>> {
    prop::collection::vec(0u8..3, 1..4).prop_map(|bytes| Base64::encode(&bytes))
}

fn distinct<T: Clone + Debug + Ord + 'static>(
    member: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<T>> {
    prop::collection::btree_set(member.boxed(), 1..3).prop_map(|set| set.into_iter().collect())
}

fn ordered() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => text().prop_map(|text| Value::S(text.into())),
        3 => number().prop_map(|number| Value::N(number.into())),
        1 => bytes().prop_map(Value::B),
    ]
}

/// Any value that can be written to a table.
pub fn value() -> impl Strategy<Value = Value> {
    let numbers = prop::sample::subsequence(vec!["0", "1.0", "10", "-1"], 1..3);
    let leaf = prop_oneof![
        6 => ordered(),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
        1 => distinct(text()).prop_map(|set| Value::Ss(set.into_iter().map(Into::into).collect())),
        1 => numbers.prop_map(|set| Value::Ns(set.into_iter().map(Into::into).collect())),
        1 => distinct(bytes()).prop_map(Value::Bs),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::L),
            prop::collection::vec((name().prop_map(Into::into), inner), 0..3)
                .prop_map(|attributes| Value::M(attributes.into())),
        ]
    })
}

/// An item with these key attributes first.
pub fn item() -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::vec((name(), value()), 0..4)
}

fn path() -> impl Strategy<Value = Path<'static>> {
    let paths =
        ["a", "b", "c", "\"a.b\"", "\"in\"", "a.b", "b.a", "a[0]", "b[1]", "a.b[0]", "c[0].a", "a.\"in\""];
    prop::sample::select(paths.to_vec()).prop_map(|path| path.parse().unwrap())
}

/// `is_ours`: also what DynamoDB's own expressions do not have.
fn place(is_ours: bool) -> impl Strategy<Value = Place> {
    let roots = if is_ours { vec!["", "", "@new.", "@old.", "@key."] } else { vec![""] };
    (prop::sample::select(roots), path()).prop_map(|(root, path)| Place { root, path })
}

fn operand(is_ours: bool) -> impl Strategy<Value = Operand> {
    prop_oneof![
        4 => place(is_ours).prop_map(Operand::Place),
        1 => place(is_ours).prop_map(Operand::Size),
    ]
}

fn range() -> impl Strategy<Value = (Value, Value)> {
    prop_oneof![
        prop::sample::select(vec![("", "x"), ("PAI", "PAID"), ("1", "xy")])
            .prop_map(|(low, high)| (Value::S(low.into()), Value::S(high.into()))),
        prop::sample::select(vec![("-1", "1.0"), ("1E0", "10"), ("0", "0")])
            .prop_map(|(low, high)| (Value::N(low.into()), Value::N(high.into()))),
        Just((Value::B(Base64::encode(&[0, 1])), Value::B(Base64::encode(&[1])))),
    ]
}

fn simple(is_ours: bool) -> impl Strategy<Value = Condition> {
    let order = prop::sample::select(vec!["<", "<=", ">", ">="]);
    let kinds = ["S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"];
    let edge = prop_oneof![text().prop_map(|text| Value::S(text.into())), bytes().prop_map(Value::B)];
    let equality = prop::sample::select(vec!["=", "=", "<>"]);
    let of_dynamodb = prop_oneof![
        4 => (operand(is_ours), equality.clone(), value())
            .prop_map(|(left, sign, right)| Condition::Compare(left, sign, Operand::Literal(right))),
        3 => (operand(is_ours), order, ordered())
            .prop_map(|(left, sign, right)| Condition::Compare(left, sign, Operand::Literal(right))),
        1 => (operand(is_ours), prop::sample::select(vec!["=", "<>", "<", ">="]), operand(is_ours))
            .prop_map(|(left, sign, right)| Condition::Compare(left, sign, right)),
        1 => (value(), equality, operand(is_ours))
            .prop_map(|(left, sign, right)| Condition::Compare(Operand::Literal(left), sign, right)),
        2 => (operand(is_ours), range()).prop_map(|(value, (low, high))| Condition::Between(value, low, high)),
        2 => (operand(is_ours), prop::collection::vec(value(), 1..4))
            .prop_map(|(value, options)| Condition::In(value, options)),
        1 => place(is_ours).prop_map(Condition::Exists),
        1 => place(is_ours).prop_map(Condition::NotExists),
        1 => (place(is_ours), prop::sample::select(kinds.to_vec()))
            .prop_map(|(place, kind)| Condition::HasType(place, kind)),
        2 => (place(is_ours), edge).prop_map(|(place, start)| Condition::BeginsWith(place, start)),
        2 => (place(is_ours), value()).prop_map(|(place, part)| Condition::Contains(place, part)),
    ];
    if !is_ours {
        return of_dynamodb.boxed();
    }
    prop_oneof![
        6 => of_dynamodb,
        1 => path().prop_map(Condition::Changed),
        1 => (path(), value(), value()).prop_map(|(path, from, to)| Condition::ChangedTo(path, from, to)),
        1 => prop::sample::select(vec!["x", "pai", "a", "10"]).prop_map(Condition::Text),
        1 => prop::sample::select(vec!["INSERT", "MODIFY", "remove"]).prop_map(Condition::Event),
        1 => any::<bool>().prop_map(Condition::Ttl),
        1 => (prop::sample::select(vec!["=", "<", ">="]), 0..3_u32)
            .prop_map(|(sign, bytes)| Condition::Bytes(sign, bytes)),
    ]
    .boxed()
}

fn telling_text() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["PAID", "PAI", "paid/x", "/x", "xyz"]).prop_map(|text| Value::S(text.into()))
}

/// An item of strings that are looked for in its bytes.
pub fn item_of_texts() -> impl Strategy<Value = Vec<(String, Value)>> {
    let value = prop_oneof![
        4 => telling_text(),
        1 => prop::collection::vec(telling_text(), 1..3).prop_map(Value::L),
        2 => bytes().prop_map(Value::B),
        1 => distinct(text()).prop_map(|set| Value::Ss(set.into_iter().map(Into::into).collect())),
        1 => value(),
    ];
    prop::collection::vec((name(), value), 0..4)
}

/// Conditions that compare with strings.
pub fn condition_on_texts() -> impl Strategy<Value = Condition> {
    let text = telling_text;
    let at = || prop::sample::select(vec!["a", "b", "c", "a.b"]);
    let place = move || at().prop_map(|path| Place { root: "", path: path.parse().unwrap() });
    let simple = prop_oneof![
        4 => (place(), prop::sample::select(vec!["=", "=", "<>", "<"]), text()).prop_map(
            |(place, sign, text)| Condition::Compare(Operand::Place(place), sign, Operand::Literal(text))
        ),
        2 => (place(), prop::collection::vec(text(), 1..4))
            .prop_map(|(place, texts)| Condition::In(Operand::Place(place), texts)),
        2 => (place(), text()).prop_map(|(place, text)| Condition::BeginsWith(place, text)),
        2 => (place(), text()).prop_map(|(place, text)| Condition::Contains(place, text)),
        1 => (at(), text(), text())
            .prop_map(|(path, from, to)| Condition::ChangedTo(path.parse().unwrap(), from, to)),
        1 => (place(), bytes()).prop_map(|(place, bytes)| Condition::BeginsWith(place, Value::B(bytes))),
        1 => (place(), bytes()).prop_map(|(place, bytes)| {
            Condition::Compare(Operand::Place(place), "=", Operand::Literal(Value::B(bytes)))
        }),
    ];
    combined(simple.boxed())
}

pub fn condition(is_ours: bool) -> impl Strategy<Value = Condition> {
    combined(simple(is_ours).boxed())
}

/// With AND, OR and NOT.
fn combined(simple: BoxedStrategy<Condition>) -> impl Strategy<Value = Condition> {
    simple.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|one| Condition::Not(Box::new(one))),
        ]
    })
}

/// Attributes as DynamoDB JSON, in this order, duplicates among them.
pub fn image(attributes: &[(String, Value)]) -> String {
    let member = |(name, value): &(String, Value)| {
        let mut json = String::new();
        let alone: Item<'_> = vec![(name.clone().into(), value.clone())].into();
        plain::write_dynamodb(&alone, &mut json);
        json[1..json.len() - 1].to_owned()
    };
    format!("{{{}}}", attributes.iter().map(member).collect::<Vec<_>>().join(","))
}

/// The same JSON with some characters of its strings written as escapes; from seed 5 on only slashes.
pub fn escaped(json: &str, seed: usize) -> String {
    let (mut out, mut is_inside, mut skips) = (String::new(), false, false);
    for (place, character) in json.chars().enumerate() {
        let stays = skips || matches!(character, '"' | '\\');
        is_inside ^= character == '"' && !skips;
        skips = character == '\\' && !skips;
        match (is_inside && !stays, (place + seed) % 5) {
            (true, 0) if seed < 5 => write!(out, "\\u{:04x}", u32::from(character)).unwrap(),
            (true, turn) if character == '/' && (turn == 1 || seed >= 5) => out.push_str("\\/"),
            _ => out.push(character),
        }
    }
    out
}
