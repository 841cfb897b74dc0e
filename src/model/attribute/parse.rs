//! Reads DynamoDB JSON (`{"name":{"S":"x"},…}`) where it lies.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::scanner::{Scanner, Text};
use super::{AttributeValue, Base64, Item};
use crate::model::decimal::is_number;

/// How deep values may lie in one another. The service allows 32 and its SDKs read 61; the
/// limit is there so that no input can exhaust the stack.
pub const MAX_DEPTH: usize = 100;

/// Why bytes are no item. Offsets are in bytes from the start of the image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    #[error("not UTF-8 at byte {offset}")]
    NotUtf8 { offset: usize },
    #[error("not DynamoDB JSON at byte {offset}: {reason}")]
    Syntax { offset: usize, reason: &'static str },
    #[error("an attribute name at byte {offset} holds a lone surrogate")]
    Name { offset: usize },
    #[error("values nested deeper than {MAX_DEPTH} at byte {offset}")]
    TooDeep { offset: usize },
}

/// Reads the attributes of an image or of keys.
///
/// A value that is well-formed JSON but no value of DynamoDB becomes
/// [`AttributeValue::Unknown`], so that the rest of the item can still be shown; only broken
/// JSON, broken UTF-8, a name that is no text and too deep a nesting fail the whole. Of
/// duplicate names the last wins. Raw control characters inside strings are taken as they are.
pub fn parse_item(bytes: &[u8]) -> Result<Item<'_>, ItemError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| ItemError::NotUtf8 { offset: error.valid_up_to() })?;
    let mut scanner = Scanner { text, at: 0 };
    if !scanner.next_is(b'{') {
        return Err(scanner.syntax("an object of attributes was expected"));
    }
    let item = scanner.members(0)?;
    match scanner.peek() {
        None => Ok(item),
        Some(_) => Err(scanner.syntax("text follows the item")),
    }
}

/// Reads one value with its wrapper, `{"S":"x"}`, as [`parse_item`] reads those of an item.
pub fn parse_value(text: &str) -> Result<AttributeValue<'_>, ItemError> {
    let mut scanner = Scanner { text, at: 0 };
    let value = scanner.value(1)?;
    match scanner.peek() {
        None => Ok(value),
        Some(_) => Err(scanner.syntax("text follows the value")),
    }
}

impl<'a> Scanner<'a> {
    /// The members of an object whose brace is next.
    fn members(&mut self, depth: usize) -> Result<Item<'a>, ItemError> {
        let mut attributes = vec![];
        self.at += 1;
        if self.eat(b'}') {
            return Ok(attributes.into());
        }
        loop {
            if !self.next_is(b'"') {
                return Err(self.syntax("an attribute name was expected"));
            }
            let offset = self.at;
            let Text::Good(name) = self.string()? else { return Err(ItemError::Name { offset }) };
            if !self.eat(b':') {
                return Err(self.syntax("a colon was expected"));
            }
            attributes.push((name, self.value(depth + 1)?));
            if self.eat(b'}') {
                return Ok(attributes.into());
            }
            if !self.eat(b',') {
                return Err(self.syntax("a comma or the end of an object was expected"));
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<AttributeValue<'a>, ItemError> {
        if depth > MAX_DEPTH {
            return Err(ItemError::TooDeep { offset: self.at });
        }
        let start = self.at;
        let mut type_name = Cow::Borrowed("");
        if let Some(value) = self.typed(depth, &mut type_name)? {
            return Ok(value);
        }
        self.at = start;
        Ok(AttributeValue::Unknown { type_name, raw: self.raw()?.into() })
    }

    /// A value of a known type; `None` where it is something else, well-formed or not.
    fn typed(
        &mut self,
        depth: usize,
        type_name: &mut Cow<'a, str>,
    ) -> Result<Option<AttributeValue<'a>>, ItemError> {
        let Some(name) = self.wrapper()? else { return Ok(None) };
        let value = match name.as_ref() {
            "S" => self.good_string()?.map(AttributeValue::S),
            "N" => self.good_string()?.filter(|text| is_number(text)).map(AttributeValue::N),
            "B" => self.good_string()?.and_then(Base64::new).map(AttributeValue::B),
            "BOOL" => self.bool().map(AttributeValue::Bool),
            "NULL" => self.bool().map(|_| AttributeValue::Null),
            "M" if self.next_is(b'{') => Some(AttributeValue::M(self.members(depth)?)),
            "L" => self.elements(|scanner| scanner.value(depth + 1).map(Some))?.map(AttributeValue::L),
            "SS" => self.elements(Self::good_string)?.map(AttributeValue::Ss),
            "NS" => self
                .elements(|scanner| Ok(scanner.good_string()?.filter(|text| is_number(text))))?
                .map(AttributeValue::Ns),
            "BS" => self
                .elements(|scanner| Ok(scanner.good_string()?.and_then(Base64::new)))?
                .map(AttributeValue::Bs),
            _ => None,
        };
        *type_name = name;
        Ok(value.filter(|_| self.eat(b'}')))
    }

    /// The type's name at the head of a value, up to its colon.
    fn wrapper(&mut self) -> Result<Option<Cow<'a, str>>, ItemError> {
        // As the service writes most values, in five bytes: `{"S":`.
        if let [b'{', b'"', b'A'..=b'Z', b'"', b':'] =
            self.text.as_bytes().get(self.at..self.at + 5).unwrap_or(&[])
        {
            let name = &self.text[self.at + 2..self.at + 3];
            self.at += 5;
            return Ok(Some(Cow::Borrowed(name)));
        }
        if !self.eat(b'{') {
            return Ok(None);
        }
        let name = self.good_string()?;
        Ok(name.filter(|_| self.eat(b':')))
    }

    /// The elements of an array; `None` where it is no array, or one of them is not taken.
    fn elements<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<Option<T>, ItemError>,
    ) -> Result<Option<Vec<T>>, ItemError> {
        let mut elements = vec![];
        if !self.eat(b'[') {
            return Ok(None);
        }
        if self.eat(b']') {
            return Ok(Some(elements));
        }
        loop {
            self.peek();
            let Some(next) = element(self)? else { return Ok(None) };
            elements.push(next);
            if self.eat(b']') {
                return Ok(Some(elements));
            }
            if !self.eat(b',') {
                return Ok(None);
            }
        }
    }

    fn bool(&mut self) -> Option<bool> {
        self.peek();
        let rest = &self.text.as_bytes()[self.at..];
        let value = rest.starts_with(b"true");
        if !value && !rest.starts_with(b"false") {
            return None;
        }
        self.at += if value { 4 } else { 5 };
        Some(value)
    }

    fn good_string(&mut self) -> Result<Option<Cow<'a, str>>, ItemError> {
        if !self.next_is(b'"') {
            return Ok(None);
        }
        Ok(match self.string()? {
            Text::Good(text) => Some(text),
            Text::Bad => None,
        })
    }

    /// Any one value of JSON, as it came. serde_json's own walk needs no stack.
    fn raw(&mut self) -> Result<&'a str, ItemError> {
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(raw)) => {
                self.at += values.byte_offset();
                Ok(raw.get())
            }
            Some(Err(error)) => Err(ItemError::Syntax {
                offset: self.at + offset_in(rest, error.line(), error.column()),
                reason: "broken JSON",
            }),
            None => Err(self.syntax("a value was expected")),
        }
    }
}

/// The offset of serde_json's line and column, both from 1.
fn offset_in(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::plain;
    use proptest::prelude::*;

    fn only(value: &str) -> AttributeValue<'static> {
        let text: &'static str = format!(r#"{{"a":{value}}}"#).leak();
        parse_item(text.as_bytes()).unwrap().get("a").unwrap().clone()
    }

    fn nested(open: &str, close: &str, depth: usize) -> String {
        format!(r#"{{"a":{}{{"NULL":true}}{}}}"#, open.repeat(depth), close.repeat(depth))
    }

    #[test]
    fn every_type_is_read() {
        use AttributeValue::{B, Bool, Bs, L, M, N, Ns, Null, S, Ss};
        let base64 = |text: &'static str| Base64::new(text.into()).unwrap();
        for (json, value) in [
            (r#"{"S":""}"#, S("".into())),
            (r#"{ "S" : "é\u00e9\ud83d\ude00\n\/\u0000" } "#, S("éé😀\n/\0".into())),
            (r#"{"\u0053":"x"}"#, S("x".into())),
            (r#"{"N":"-1.50E+125"}"#, N("-1.50E+125".into())),
            (r#"{"B":"AAE="}"#, B(base64("AAE="))),
            (r#"{"B":""}"#, B(base64(""))),
            (r#"{"SS":["b","a"]}"#, Ss(vec!["b".into(), "a".into()])),
            (r#"{"NS":[]}"#, Ns(vec![])),
            (r#"{"BS":["AA==" , ""]}"#, Bs(vec![base64("AA=="), base64("")])),
            (r#"{"L":[{"N":"1"},{"L":[]}]}"#, L(vec![N("1".into()), L(vec![])])),
            (r#"{"M":{"":{"S":"x"}}}"#, M(vec![("".into(), S("x".into()))].into())),
            (r#"{"BOOL":false}"#, Bool(false)),
            (r#"{"NULL":false}"#, Null),
        ] {
            assert_eq!(only(json), value, "{json}");
        }
    }

    #[test]
    fn what_is_no_value_of_dynamodb_is_kept_as_it_came() {
        for (raw, name) in [
            ("{}", ""),
            ("null", ""),
            ("[1, 2]", ""),
            (r#"{"S":null}"#, "S"),
            (r#"{"S":"x","N":"1"}"#, "S"),
            (r#"{"S":"x","S":"y"}"#, "S"),
            (r#"{"N":5}"#, "N"),
            (r#"{"N":"five"}"#, "N"),
            (r#"{"B":"AA"}"#, "B"),
            (r#"{"BS":["AA==","-_=="]}"#, "BS"),
            (r#"{"SS":[1]}"#, "SS"),
            (r#"{"S":"\ud800"}"#, "S"),
            (r#"{"S":"\ud800\u0041"}"#, "S"),
            (r#"{"S":"\udc00"}"#, "S"),
            (r#"{"M":[]}"#, "M"),
            (r#"{"BOOL":"true"}"#, "BOOL"),
            (r#"{"VECTOR":{"f32":[1e400]}}"#, "VECTOR"),
        ] {
            let expected = AttributeValue::Unknown { type_name: name.into(), raw: raw.into() };
            assert_eq!(only(raw), expected);
            let around = format!(r#"{{"L":[{{"N":"1"}},{raw},{{"N":"2"}}]}}"#);
            let AttributeValue::L(elements) = only(&around) else { panic!("{around}") };
            assert_eq!(elements[1], expected);
            assert_eq!(elements.len(), 3);
        }
    }

    #[test]
    fn broken_json_says_where() {
        for (text, offset) in [
            ("", 0),
            ("  [", 2),
            (r#"{"a""#, 4),
            (r#"{"a":{"S":"x"}"#, 14),
            (r#"{"a":{"S":"x}}"#, 10),
            (r#"{"a":{"S":"x"}} x"#, 16),
            (r#"{"a":{"S":"x"},}"#, 15),
            (r#"{"a":}"#, 5),
            (r#"{"a":{"S":x}}"#, 10),
            ("{\"a\":{\n\"N\":\n01}}", 13),
            (r#"{"a":{"S":"\"#, 10),
            (r#"{"a":{"L":[{"S":"x"}}"#, 20),
        ] {
            match parse_item(text.as_bytes()) {
                Err(ItemError::Syntax { offset: found, .. }) => assert_eq!(found, offset, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(parse_item(b"{\"a\":{\"S\":\"\xff\"}}"), Err(ItemError::NotUtf8 { offset: 11 }));
        assert_eq!(parse_item(br#"{"a":{"M":{"\ud800":{"S":""}}}}"#), Err(ItemError::Name { offset: 11 }));
    }

    #[test]
    fn nesting_is_read_to_the_limit_and_no_deeper() {
        for (open, close) in [(r#"{"M":{"a":"#, "}}"), (r#"{"L":["#, "]}")] {
            for depth in [32, 61, 62, MAX_DEPTH - 1] {
                assert!(parse_item(nested(open, close, depth).as_bytes()).is_ok(), "{depth}");
            }
            for depth in [MAX_DEPTH, 10_000, 100_000] {
                let result = parse_item(nested(open, close, depth).as_bytes()).map(|_| ());
                assert!(matches!(result, Err(ItemError::TooDeep { .. })), "{depth}");
                let unclosed = parse_item(&nested(open, "", depth).into_bytes()).map(|_| ());
                assert!(matches!(unclosed, Err(ItemError::TooDeep { .. })), "{depth}");
            }
        }
        let unknown = nested("[", "]", 10_000);
        assert!(matches!(only_of(&unknown), AttributeValue::Unknown { .. }));
    }

    fn only_of(text: &str) -> AttributeValue<'_> {
        parse_item(text.as_bytes()).unwrap().get("a").unwrap().clone()
    }

    #[test]
    fn of_duplicate_names_the_last_wins() {
        let item = parse_item(br#"{"b":{"N":"0"},"a":{"N":"1"},"\u0061":{"N":"2"}}"#).unwrap();
        assert_eq!(item.len(), 2);
        assert_eq!(item.get("a"), Some(&AttributeValue::N("2".into())));
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let item = parse_item(br#"{"name":{"S":"value"}}"#).unwrap();
        let (name, value) = &item.attributes()[0];
        assert!(matches!((name, value), (Cow::Borrowed("name"), AttributeValue::S(Cow::Borrowed("value")))));
    }

    proptest! {
        #[test]
        fn an_item_is_read_back_as_it_was_written(item in samples::item()) {
            let mut json = String::new();
            plain::write_dynamodb(&item, &mut json);
            prop_assert_eq!(parse_item(json.as_bytes()), Ok(item.clone()));
            let pretty = plain::dynamodb_lines(&item).join("\n");
            prop_assert_eq!(parse_item(pretty.as_bytes()), Ok(item));
        }

        #[test]
        fn strings_are_read_as_serde_json_reads_them(text in "(\\\\[\"\\\\/bfnrtu]|\\\\u[dD][89cC]0[0aF]|[a-z0-9é ]){0,8}") {
            let json = format!("\"{text}\"");
            let item = format!(r#"{{"a":{{"S":{json}}}}}"#);
            if let Ok(expected) = serde_json::from_str::<String>(&json) {
                prop_assert_eq!(only_of(&item), AttributeValue::S(expected.into()));
            } else {
                let kept = parse_item(item.as_bytes());
                let text = kept.as_ref().ok().and_then(|item| item.get("a"));
                prop_assert!(!matches!(text, Some(AttributeValue::S(_))), "{} {:?}", json, text);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse_item(&bytes);
        }

        #[test]
        fn no_damage_makes_it_panic(item in samples::item(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut json = String::new();
            plain::write_dynamodb(&item, &mut json);
            let mut bytes = json.into_bytes();
            let at = at.index(bytes.len());
            let _ = parse_item(&bytes[..at]).map(|_| ());
            bytes[at] = byte;
            let _ = parse_item(&bytes).map(|_| ());
        }
    }
}
