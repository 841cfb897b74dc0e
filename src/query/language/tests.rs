//! What the language takes, and what it says of the rest.

use super::super::expression::{Place, Root};
use super::*;
use crate::model::{Path, Step};
use proptest::prelude::*;

const NOW: Time = Time::from_seconds(1_791_316_726);

fn read(text: &str) -> Result<Condition, FilterError> {
    parse(text, NOW, Zone::Utc)
}

fn place(number: usize, path: &str) -> Operand {
    let path: Path<'static> = path.parse().unwrap();
    Operand::Place(Place { root: Root::Bare, way: path.into(), is_quoted: false, number })
}

fn equal(left: Operand, literal: AttributeValue<'static>) -> Condition {
    Condition::Compare { left, comparator: Comparator::Equal, right: Operand::Literal(literal) }
}

fn literal(text: &str) -> AttributeValue<'static> {
    match read(&format!("a = {text}")) {
        Ok(Condition::Compare { right: Operand::Literal(literal), .. }) => literal,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn not_binds_closer_than_and_and_that_closer_than_or() {
    let one = |number, name| equal(place(number, name), AttributeValue::N("1".into()));
    let expected = Condition::Any(vec![
        Condition::All(vec![Condition::Not(Box::new(one(0, "a"))), one(1, "b")]),
        Condition::All(vec![one(2, "c"), Condition::Any(vec![one(3, "d"), one(4, "e")])]),
    ]);
    assert_eq!(read("NOT a = 1 AND b = 1 OR c = 1 AND (d = 1 OR e = 1)"), Ok(expected.clone()));
    assert_eq!(read("not a=1 and b=1 or(c=1 And((d=1 oR e=1)))"), Ok(expected));
}

#[test]
fn literals_of_every_type_are_read() {
    let s = |text: &'static str| AttributeValue::S(text.into());
    for (text, value) in [
        ("'PAID'", s("PAID")),
        ("'it''s'", s("it's")),
        ("''", s("")),
        ("'\"#:'", s("\"#:")),
        ("-12.50E3", AttributeValue::N("-12.50E3".into())),
        (".5", AttributeValue::N(".5".into())),
        ("1E-130", AttributeValue::N("1E-130".into())),
        ("True", AttributeValue::Bool(true)),
        ("false", AttributeValue::Bool(false)),
        ("NULL", AttributeValue::Null),
        ("x'0aFF'", AttributeValue::B(crate::model::Base64::encode(&[10, 255]))),
        ("b64'Cv8='", AttributeValue::B(crate::model::Base64::encode(&[10, 255]))),
        ("<<'a', 'b'>>", AttributeValue::Ss(vec!["a".into(), "b".into()])),
        ("<<1,2.0>>", AttributeValue::Ns(vec!["1".into(), "2.0".into()])),
        ("<<x'00'>>", AttributeValue::Bs(vec![crate::model::Base64::encode(&[0])])),
        ("[]", AttributeValue::L(vec![])),
        (
            "[1, 'a', [null]]",
            AttributeValue::L(vec![
                AttributeValue::N("1".into()),
                s("a"),
                AttributeValue::L(vec![AttributeValue::Null]),
            ]),
        ),
        ("{}", AttributeValue::M(vec![].into())),
        (
            r#"{sku: 'A-1', "a b": {n: 1}}"#,
            AttributeValue::M(
                vec![
                    ("sku".into(), s("A-1")),
                    (
                        "a b".into(),
                        AttributeValue::M(vec![("n".into(), AttributeValue::N("1".into()))].into()),
                    ),
                ]
                .into(),
            ),
        ),
    ] {
        assert_eq!(literal(text), value, "{text}");
    }
}

#[test]
fn paths_have_roots_and_quoted_names() {
    let Ok(Condition::Compare { left: Operand::Place(left), right: Operand::Place(right), .. }) =
        read(r#"@old."order-total"."a.b"[0] = @key.pk"#)
    else {
        panic!("two places");
    };
    assert_eq!((left.root, right.root), (Root::Old, Root::Keys));
    let names = ["order-total", "a.b"].map(|name| Step::Name(name.into()));
    assert_eq!(left.way.path.steps(), [&names[..], &[Step::Index(0)]].concat());
    // A function's name is a name where no parenthesis follows; so is that of a literal.
    for text in ["size = 1", "contains = x", "b64 = 1", "x = 1", "\"in\" = 1", "a.null = 1", "a.and = 1"] {
        assert!(read(text).is_ok(), "{text}");
    }
}

#[test]
fn record_fields_are_compared_with_what_they_are() {
    let event = |word: &'static str| equal(Operand::Field(Field::Event), AttributeValue::S(word.into()));
    assert_eq!(read("@event = MODIFY"), Ok(event("MODIFY")));
    assert_eq!(read("@Event = 'insert'"), Ok(event("INSERT")));
    let ttl = equal(Operand::Field(Field::Ttl), AttributeValue::Bool(true));
    assert_eq!(read("@ttl"), Ok(ttl.clone()));
    assert_eq!(
        read("NOT @ttl AND @event = remove"),
        Ok(Condition::All(vec![Condition::Not(Box::new(ttl)), event("REMOVE"),]))
    );
    let Ok(Condition::Compare { right, .. }) = read("@time >= '-15m'") else { panic!("a comparison") };
    assert_eq!(right, Operand::Moment(NOW.minus(std::time::Duration::from_mins(15))));
    for text in [
        "@time BETWEEN '02:10' AND '02:20'",
        "@time > 1791316726.5",
        "@seq >= 100000000003218256368",
        "@seq = '100000000003218256368'",
        "@size > 1000 AND @size < size(a)",
        "begins_with(@shard, 'shardId-') AND @table IN ('orders', 'payments')",
        "@event IN (INSERT, 'REMOVE')",
        "'x' = @table",
        "@table = table",
    ] {
        assert!(read(text).is_ok(), "{text}: {:?}", read(text));
    }
}

/// An expression, the column of its error, and what is said there.
#[test]
fn an_error_says_what_was_expected_and_where() {
    for (text, column, message) in [
        ("", 1, "an attribute, a @field, a value or a function was expected"),
        ("  ", 3, "an attribute, a @field, a value or a function was expected"),
        ("#status = :v", 1, "a placeholder of the AWS CLI; write status"),
        ("#s = :v", 1, "a placeholder of the AWS CLI; write status, or whatever #s stands for"),
        ("status = :v", 10, "a placeholder of the AWS CLI; write the value, such as 'PAID' or 91"),
        ("a IN (:a)", 7, "a placeholder of the AWS CLI"),
        ("contains(a, :b)", 13, "a placeholder of the AWS CLI"),
        ("changed(a, :b, :c)", 12, "a placeholder of the AWS CLI"),
        ("status", 7, "a comparison was expected: = <> < <= > >= BETWEEN or IN"),
        ("status PAID", 8, "a comparison was expected"),
        ("status == 1", 8, "one = compares"),
        ("status != 1", 8, "not equal is written <>"),
        ("status =~ 'x'", 9, "an attribute, a @field, a value or a function was expected"),
        ("a LIKE 'x'", 3, "there is no LIKE; write begins_with"),
        ("a IS NULL", 3, "there is no IS; write a = null"),
        ("a NOT IN (1)", 3, "NOT comes first"),
        ("a = 1 b = 2", 7, "AND, OR or the end was expected"),
        ("a = 1)", 6, "this ) closes nothing"),
        ("é = 1", 1, "a name that begins with é is written in double quotes"),
        ("aé = 1", 2, "a name with é in it is written in double quotes"),
        ("order-total = 1", 6, "a name with - in it is written in double quotes"),
        ("'é' = #x", 7, "a placeholder"),
        ("(a = 1", 1, "this ( is not closed"),
        ("(a = 1 b", 8, "AND, OR or ) was expected"),
        ("a = 'x", 5, "this ' is not closed"),
        ("\"a = 1", 1, "this \" is not closed"),
        ("a = 1x", 5, "a number was expected"),
        ("a = 1.2.3", 5, "a number was expected"),
        ("a = -", 5, "a number was expected"),
        ("a = x'0'", 5, "pairs of hex digits were expected"),
        ("a = x'zz'", 5, "pairs of hex digits were expected"),
        ("a = b64'x'", 5, "base64 was expected"),
        ("a = <<>>", 7, "a set holds strings"),
        ("a = <<1,'b'>>", 7, "a set holds strings"),
        ("a = <<true>>", 7, "a set holds strings"),
        ("a = [1,]", 8, "a value was expected"),
        ("a = [1", 7, "a comma or ] was expected"),
        ("a = {b 1}", 6, "a name and a colon were expected"),
        ("a = {b.c: 1}", 6, "a name and a colon were expected"),
        ("a[x] = 1", 3, "an index such as [0] was expected"),
        ("a..b = 1", 3, "an attribute's name was expected"),
        ("AND = 1", 1, "an attribute of this name is written \"AND\""),
        ("a = 1 AND", 10, "an attribute, a @field, a value or a function was expected"),
        ("a BETWEEN 1", 12, "AND and the higher end were expected"),
        ("a BETWEEN 2 AND 1", 17, "the lower end comes first"),
        ("a BETWEEN 'a' AND 1", 19, "both ends must have the same type"),
        ("a BETWEEN true AND true", 20, "only strings, numbers and binary values have an order"),
        ("a < true", 3, "only strings, numbers and binary values have an order"),
        ("<<1>> >= a", 7, "only strings, numbers and binary values have an order"),
        ("a IN 1", 6, "a list in parentheses was expected"),
        ("a IN (1 2)", 9, "a comma or ) was expected"),
        ("a IN ()", 7, "an attribute, a @field"),
        ("starts_with(a, 'x')", 1, "there is no function starts_with; there are attribute_exists"),
        ("begins_with(a, 1)", 16, "only strings and binary values begin with something"),
        ("begins_with(a)", 14, "a comma was expected"),
        ("contains(a, 'b'", 16, "a ) was expected"),
        ("attribute_exists('a')", 18, "an attribute was expected"),
        ("attribute_type(a, 'X')", 19, "a type was expected: 'S' 'N' 'B'"),
        ("attribute_type(a, S)", 19, "a value was expected"),
        ("size('a') > 1", 6, "an attribute was expected"),
        ("text(a)", 6, "a value was expected"),
        ("text('')", 6, "a text was expected"),
        ("changed(@new.a)", 9, "changed looks at both images; write changed(a)"),
        ("changed(a, 1)", 13, "a second value was expected"),
        ("@nwe.a = 1", 1, "one of @new.… @old.… @key.…"),
        ("@ new.a = 1", 1, "one of @new.… @old.… @key.…"),
        ("@new = 1", 1, "a path follows: @new.status"),
        ("@new. = 1", 6, "an attribute's name was expected"),
        ("@event = UPDATE", 10, "INSERT, MODIFY or REMOVE was expected"),
        ("@event = 1", 10, "INSERT, MODIFY or REMOVE was expected"),
        ("@event < 'MODIFY'", 1, "@event is compared with =, <> or IN"),
        ("contains(@event, 'M')", 10, "@event is compared with =, <> or IN"),
        ("@time > 'soon'", 9, "a time was expected: '-15m', '02:10'"),
        ("@time > a", 9, "a time was expected"),
        ("@size = '1'", 9, "a number of bytes was expected"),
        ("@seq = true", 8, "a sequence number was expected"),
        ("@shard = 1", 10, "the id of a shard was expected"),
        ("@table = 1", 10, "the name of a table was expected"),
        ("@ttl = 1", 8, "true or false was expected"),
        ("@size", 6, "a comparison was expected"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!((error.column, error.message.contains(message)), (column, true), "{text}: {error}");
    }
}

#[test]
fn nesting_has_an_end() {
    for (open, close) in [("(", ")"), ("NOT ", ""), ("a = [", "]"), ("a = {b:", "}")] {
        let wrapped = |depth: usize| {
            let (first, rest) = if open.starts_with('a') { ("a = ", &open[4..]) } else { ("", open) };
            let core = if first.is_empty() { "a = 1" } else { "1" };
            format!("{first}{}{core}{}", rest.repeat(depth), close.repeat(depth))
        };
        assert!(read(&wrapped(MAX_DEPTH)).is_ok(), "{open}");
        for depth in [MAX_DEPTH + 1, 100_000] {
            let error = read(&wrapped(depth)).expect_err(open);
            assert_eq!(error.message, "this is nested too deeply");
        }
    }
    assert!(read(&vec!["a = 1"; 10_000].join(" AND ")).is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    /// Text that is nearly an expression: its tokens in any order.
    #[test]
    fn no_order_of_tokens_makes_it_panic(tokens in prop::collection::vec(prop::sample::select(vec![
        "a", "\"a b\"", ".", "[", "0", "]", "@new", "@event", "@time", "@ttl", "@", "=", "<>", "<", ">=", "<<", ">>",
        "(", ")", ",", "AND", "OR", "NOT", "BETWEEN", "IN", "'x'", "'", "\"", "1", "-", "x'00'", "b64'", "{", "}", ":",
        "#s", ":v", "size", "contains", "changed", "text", "attribute_type", "null", "é", " ", "\n", "INSERT",
    ]), 0..14)) {
        let text = tokens.concat();
        if let Err(error) = read(&text) {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1, "{:?} {}", text, error);
        }
        let _ = read(&tokens.join(" "));
    }
}
