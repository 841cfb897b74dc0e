//! Writes DynamoDB JSON straight into a string.

use std::fmt::{Display, Write};

/// Writes the members of one attribute map or list, and adds up their size.
#[derive(Debug)]
pub struct Item<'a> {
    out: &'a mut String,
    named: bool,
    first: bool,
    /// Bytes of names and values, about as the service counts them.
    size: usize,
}

/// Writes `{...}` with the attributes that `fill` puts into it. Returns their size in bytes.
pub fn write_map(out: &mut String, fill: impl FnOnce(&mut Item)) -> usize {
    write_members(out, ('{', '}'), true, fill)
}

fn write_members(
    out: &mut String,
    (open, close): (char, char),
    named: bool,
    fill: impl FnOnce(&mut Item),
) -> usize {
    out.push(open);
    let mut item = Item { out, named, first: true, size: 0 };
    fill(&mut item);
    let size = item.size;
    out.push(close);
    size
}

/// Writes a JSON string.
pub fn write_text(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        for letter in text.chars() {
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                control if control < ' ' => {
                    let _ = write!(out, "\\u{:04x}", u32::from(control));
                }
                other => out.push(other),
            }
        }
    } else {
        out.push_str(text);
    }
    out.push('"');
}

/// In a list the names are ignored.
impl Item<'_> {
    fn begin(&mut self, name: &str, kind: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        if self.named {
            write_text(self.out, name);
            self.out.push(':');
            self.size += name.len();
        }
        self.out.push_str("{\"");
        self.out.push_str(kind);
        self.out.push_str("\":");
    }

    pub fn text(&mut self, name: &str, value: &str) {
        self.begin(name, "S");
        write_text(self.out, value);
        self.out.push('}');
        self.size += value.len();
    }

    /// A string put together from parts; it must need no escapes.
    pub fn text_of(&mut self, name: &str, value: impl Display) {
        self.quoted(name, "S", value);
    }

    pub fn number(&mut self, name: &str, value: impl Display) {
        self.quoted(name, "N", value);
    }

    /// Base64 of binary.
    pub fn binary(&mut self, name: &str, base64: &str) {
        self.quoted(name, "B", base64);
    }

    fn quoted(&mut self, name: &str, kind: &str, value: impl Display) {
        self.begin(name, kind);
        let before = self.out.len();
        self.out.push('"');
        let _ = write!(self.out, "{value}");
        self.out.push_str("\"}");
        self.size += self.out.len() - before - 3;
    }

    /// Cents as a decimal number: `19.9`.
    pub fn cents(&mut self, name: &str, cents: u64) {
        let (whole, part) = (cents / 100, cents % 100);
        match part {
            0 => self.number(name, whole),
            _ if part % 10 == 0 => self.number(name, format_args!("{whole}.{}", part / 10)),
            _ => self.number(name, format_args!("{whole}.{part:02}")),
        }
    }

    pub fn boolean(&mut self, name: &str, value: bool) {
        self.begin(name, "BOOL");
        self.out.push_str(if value { "true}" } else { "false}" });
        self.size += 1;
    }

    pub fn null(&mut self, name: &str) {
        self.begin(name, "NULL");
        self.out.push_str("true}");
        self.size += 1;
    }

    /// A set: `kind` is `SS`, `NS` or `BS`. The members must need no escapes.
    pub fn set<T: Display>(&mut self, name: &str, kind: &str, members: impl IntoIterator<Item = T>) {
        self.begin(name, kind);
        let before = self.out.len();
        let mut separator = '[';
        for member in members {
            let _ = write!(self.out, "{separator}\"{member}\"");
            separator = ',';
        }
        self.out.push_str("]}");
        self.size += self.out.len() - before;
    }

    pub fn map(&mut self, name: &str, fill: impl FnOnce(&mut Item)) {
        self.begin(name, "M");
        self.size += 3 + write_members(self.out, ('{', '}'), true, fill);
        self.out.push('}');
    }

    pub fn list(&mut self, name: &str, fill: impl FnOnce(&mut Item)) {
        self.begin(name, "L");
        self.size += 3 + write_members(self.out, ('[', ']'), false, fill);
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_written_as_dynamodb_json() {
        let mut out = String::new();
        let size = write_map(&mut out, |item| {
            item.text("s\"", "a\n\u{1}\\é");
            item.cents("n", 1990);
            item.binary("b", "AAE=");
            item.boolean("yes", true);
            item.null("nothing");
            item.set("ss", "SS", ["a", "b"]);
            item.map("m", |m| m.number("one", 1));
            item.list("l", |l| {
                l.text("", "x");
                l.map("", |_| {});
            });
        });
        let expected = r#"{"s\"":{"S":"a\n\u0001\\é"},"n":{"N":"19.9"},"b":{"B":"AAE="},"yes":{"BOOL":true},
            "nothing":{"NULL":true},"ss":{"SS":["a","b"]},"m":{"M":{"one":{"N":"1"}}},"l":{"L":[{"S":"x"},{"M":{}}]}}"#;
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&out), parse(expected));
        assert!((30..80).contains(&size), "{size}");
    }
}
