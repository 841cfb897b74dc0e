//! Items as JSON, plain or with DynamoDB's types.

use crate::model::attribute::{AttributeValue, Item};
use crate::model::decimal::Decimal;
use crate::model::path::{Path, Step};

/// Writes an item as one line of plain JSON.
///
/// Lossy: sets become arrays, binary values base64 strings, NULL null. Numbers keep their text;
/// what only DynamoDB would read as one (`+5`, `.5`) is written in its normal form.
pub fn write_plain(item: &Item<'_>, out: &mut String) {
    Writer { out, form: Form::Plain, layout: None }.item(item);
}

/// Writes an item as one line of DynamoDB JSON: nothing is lost.
pub fn write_dynamodb(item: &Item<'_>, out: &mut String) {
    Writer { out, form: Form::DynamoDb, layout: None }.item(item);
}

/// One line of an item's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the line is about, or is a part of; the root for the braces around the item.
    pub at: Path<'static>,
    pub text: String,
}

/// The lines of an item as plain JSON, indented by two spaces. See [`write_plain`].
pub fn plain_lines(item: &Item<'_>) -> Vec<String> {
    lines(item, Form::Plain).into_iter().map(|line| line.text).collect()
}

/// The lines of an item as DynamoDB JSON, indented by two spaces.
pub fn dynamodb_lines(item: &Item<'_>) -> Vec<String> {
    lines(item, Form::DynamoDb).into_iter().map(|line| line.text).collect()
}

/// The lines of an item in one of the two forms, each with its place.
pub fn lines(item: &Item<'_>, form: Form) -> Vec<Line> {
    let mut out = String::new();
    let layout = Layout { depth: 0, at: Path::default(), lines: vec![Path::default()] };
    let mut writer = Writer { out: &mut out, form, layout: Some(layout) };
    writer.item(item);
    let places = writer.layout.map(|layout| layout.lines).unwrap_or_default();
    places.into_iter().zip(out.split('\n')).map(|(at, text)| Line { at, text: text.to_owned() }).collect()
}

/// How the JSON is broken into lines, and what each of them is about.
struct Layout {
    /// How deep the next line begins.
    depth: usize,
    at: Path<'static>,
    lines: Vec<Path<'static>>,
}

/// Which JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    DynamoDb,
}

struct Writer<'o> {
    out: &'o mut String,
    form: Form,
    /// `None` for a single line.
    layout: Option<Layout>,
}

impl Writer<'_> {
    fn item(&mut self, item: &Item<'_>) {
        let name = |_, (name, _): &(&str, _)| Some(Step::Name((*name).to_owned().into()));
        self.elements('{', '}', item.iter(), name, |writer, (name, value)| {
            writer.string(name);
            writer.colon();
            writer.value(value);
        });
    }

    fn value(&mut self, value: &AttributeValue<'_>) {
        if let AttributeValue::Unknown { raw, .. } = value {
            return self.raw(raw);
        }
        if self.form == Form::Plain {
            return self.content(value);
        }
        self.out.push('{');
        self.string(value.attribute_type().as_str());
        self.colon();
        self.content(value);
        self.out.push('}');
    }

    fn content(&mut self, value: &AttributeValue<'_>) {
        match value {
            AttributeValue::S(text) => self.string(text),
            AttributeValue::N(number) => self.number(number),
            AttributeValue::B(bytes) => self.string(bytes.as_str()),
            AttributeValue::Ss(members) => {
                self.elements('[', ']', members.iter(), no_step, |writer, member| writer.string(member));
            }
            AttributeValue::Ns(members) => {
                self.elements('[', ']', members.iter(), no_step, |writer, member| writer.number(member));
            }
            AttributeValue::Bs(members) => {
                self.elements('[', ']', members.iter(), no_step, |writer, member| {
                    writer.string(member.as_str());
                });
            }
            AttributeValue::L(elements) => {
                let index = |place, _: &_| Some(Step::Index(place));
                self.elements('[', ']', elements.iter(), index, Self::value);
            }
            AttributeValue::M(map) => self.item(map),
            AttributeValue::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            AttributeValue::Null => self.out.push_str(if self.form == Form::Plain { "null" } else { "true" }),
            AttributeValue::Unknown { raw, .. } => self.raw(raw),
        }
    }

    fn elements<T>(
        &mut self,
        open: char,
        close: char,
        elements: impl ExactSizeIterator<Item = T>,
        step: impl Fn(usize, &T) -> Option<Step<'static>>,
        element: impl Fn(&mut Self, T),
    ) {
        self.out.push(open);
        let is_empty = elements.len() == 0;
        for (place, next) in elements.enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            let step = self.layout.is_some().then(|| step(place, &next)).flatten();
            let is_step = step.is_some();
            if let Some(layout) = &mut self.layout {
                layout.depth += 1;
                if let Some(step) = step {
                    layout.at.push(step);
                }
            }
            self.new_line();
            element(self, next);
            if let Some(layout) = &mut self.layout {
                layout.depth -= 1;
                if is_step {
                    layout.at.pop();
                }
            }
        }
        if !is_empty {
            self.new_line();
        }
        self.out.push(close);
    }

    fn new_line(&mut self) {
        if let Some(layout) = &mut self.layout {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", layout.depth));
            layout.lines.push(layout.at.clone());
        }
    }

    fn colon(&mut self) {
        self.out.push_str(if self.layout.is_some() { ": " } else { ":" });
    }

    fn number(&mut self, text: &str) {
        if self.form == Form::DynamoDb {
            return self.string(text);
        }
        match Decimal::parse(text) {
            _ if is_json_number(text) => self.out.push_str(text),
            Some(number) => self.out.push_str(&number.to_string()),
            None => self.string(text),
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..0x20 => "",
                _ => continue,
            };
            self.out.push_str(&text[written..at]);
            written = at + 1;
            if escape.is_empty() {
                self.control(byte);
            } else {
                self.out.push_str(escape);
            }
        }
        self.out.push_str(&text[written..]);
        self.out.push('"');
    }

    fn control(&mut self, byte: u8) {
        const HEX: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        self.out.push_str("\\u00");
        self.out.push(HEX[usize::from(byte >> 4)]);
        self.out.push(HEX[usize::from(byte & 15)]);
    }

    /// Line breaks in JSON are white space: inside strings they are escaped.
    fn raw(&mut self, json: &str) {
        self.out.extend(json.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
    }
}

/// A set's members have no paths of their own.
fn no_step<T>(_: usize, _: &T) -> Option<Step<'static>> {
    None
}

/// Whether the text of a number is JSON too: no plus, no leading zeros, digits around the point.
fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or("");
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_integer = integer == "0" || !integer.is_empty() && !integer.starts_with(['0', '+']);
    is_integer && !fraction.is_empty() && Decimal::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::attribute::{parse_item, samples};
    use proptest::prelude::*;

    const ITEM: &[u8] = br#"{"pk":{"S":"ord#91"},"n":{"N":"12345678901234567890123456789012345.60"},
        "m":{"M":{"z":{"NULL":true},"a":{"L":[{"BOOL":true},{"L":[]},{"M":{}}]}}},
        "ss":{"SS":["b","a"]},"ns":{"NS":["1.0"]},"b":{"B":"AAE="},"\u001b\"":{"X":
        [1]}}"#;

    #[test]
    fn every_line_knows_what_it_is_about() {
        let lines = lines(&parse_item(ITEM).unwrap(), Form::DynamoDb);
        let about: Vec<String> =
            lines.iter().map(|line| format!("{} | {}", line.at, line.text.trim())).collect();
        insta::assert_snapshot!(about[..13].join("\n"), @r#"
         | {
        "\u{1b}\"" | "\u001b\"": {"X":         [1]},
        b | "b": {"B": "AAE="},
        m | "m": {"M": {
        m.a | "a": {"L": [
        m.a[0] | {"BOOL": true},
        m.a[1] | {"L": []},
        m.a[2] | {"M": {}}
        m.a | ]},
        m.z | "z": {"NULL": true}
        m | }},
        n | "n": {"N": "12345678901234567890123456789012345.60"},
        ns | "ns": {"NS": [
        "#);
    }

    #[test]
    fn plain_json_is_indented_in_order_with_exact_numbers() {
        insta::assert_snapshot!(plain_lines(&parse_item(ITEM).unwrap()).join("\n"), @r#"
        {
          "\u001b\"": {"X":         [1]},
          "b": "AAE=",
          "m": {
            "a": [
              true,
              [],
              {}
            ],
            "z": null
          },
          "n": 12345678901234567890123456789012345.60,
          "ns": [
            1.0
          ],
          "pk": "ord#91",
          "ss": [
            "b",
            "a"
          ]
        }
        "#);
    }

    #[test]
    fn dynamodb_json_keeps_the_types() {
        insta::assert_snapshot!(dynamodb_lines(&parse_item(ITEM).unwrap()).join("\n"), @r#"
        {
          "\u001b\"": {"X":         [1]},
          "b": {"B": "AAE="},
          "m": {"M": {
            "a": {"L": [
              {"BOOL": true},
              {"L": []},
              {"M": {}}
            ]},
            "z": {"NULL": true}
          }},
          "n": {"N": "12345678901234567890123456789012345.60"},
          "ns": {"NS": [
            "1.0"
          ]},
          "pk": {"S": "ord#91"},
          "ss": {"SS": [
            "b",
            "a"
          ]}
        }
        "#);
    }

    #[test]
    fn one_line_has_no_spaces() {
        let mut out = String::new();
        write_plain(
            &parse_item(br#"{"a":{"L":[{"N":"1.50"},{"S":"\n"}]},"b":{"NULL":true}}"#).unwrap(),
            &mut out,
        );
        assert_eq!(out, r#"{"a":[1.50,"\n"],"b":null}"#);
    }

    #[test]
    fn a_number_that_json_does_not_know_is_put_into_its_form() {
        for (text, written) in [
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007", "7"),
            ("-0", "-0"),
            ("1E+125", "1E+125"),
            ("00", "0"),
            ("-.5", "-0.5"),
        ] {
            let item = [("n".into(), AttributeValue::N(text.into()))].into_iter().collect();
            let mut out = String::new();
            write_plain(&item, &mut out);
            assert_eq!(out, format!(r#"{{"n":{written}}}"#));
        }
    }

    proptest! {
        #[test]
        fn plain_json_is_json(item in samples::item()) {
            let mut out = String::new();
            write_plain(&item, &mut out);
            prop_assert!(!out.contains('\n'));
            let compact: serde_json::Value = serde_json::from_str(&out).unwrap();
            let lines: serde_json::Value = serde_json::from_str(&plain_lines(&item).join("\n")).unwrap();
            prop_assert_eq!(&compact, &lines);
            for (name, value) in item.iter() {
                if let AttributeValue::S(text) = value {
                    prop_assert_eq!(&compact[name], text.as_ref());
                }
            }
        }
    }
}
