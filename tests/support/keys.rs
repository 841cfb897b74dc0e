//! Keys as a terminal sends them, written as in the documentation of vi.

use std::fmt::Write;

/// The bytes of each key in `text`: `jj<Enter><C-d><lt>` is five keys.
///
/// In a terminal's application mode (`cursor_keys`) the arrows are sent differently.
pub fn keys(text: &str, cursor_keys: bool) -> Vec<Vec<u8>> {
    let mut found = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        if let Some((name, after)) = named {
            found.push(named_key(name, cursor_keys));
            rest = after;
        } else {
            found.push(first.to_string().into_bytes());
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

fn named_key(name: &str, cursor_keys: bool) -> Vec<u8> {
    let arrows = if cursor_keys { "\x1bO" } else { "\x1b[" };
    let text = match name {
        "lt" => "<".to_owned(),
        "Enter" => "\r".to_owned(),
        "Esc" => "\x1b".to_owned(),
        "Tab" => "\t".to_owned(),
        "S-Tab" => "\x1b[Z".to_owned(),
        "Space" => " ".to_owned(),
        "Backspace" => "\x7f".to_owned(),
        "Delete" => "\x1b[3~".to_owned(),
        "Up" => format!("{arrows}A"),
        "Down" => format!("{arrows}B"),
        "Right" => format!("{arrows}C"),
        "Left" => format!("{arrows}D"),
        "Home" => format!("{arrows}H"),
        "End" => format!("{arrows}F"),
        "PgUp" => "\x1b[5~".to_owned(),
        "PgDn" => "\x1b[6~".to_owned(),
        _ => chord(name).unwrap_or_else(|| panic!("there is no key <{name}>; a `<` is <lt>")),
    };
    text.into_bytes()
}

/// `C-d` is Ctrl and d, `A-x` is Alt and x, `F5` a function key.
fn chord(name: &str) -> Option<String> {
    if let Some(letter) = name.strip_prefix("C-") {
        let byte = u8::try_from(letter.chars().next()?.to_ascii_uppercase()).ok()?;
        return Some(char::from(byte & 0x1f).to_string());
    }
    if let Some(key) = name.strip_prefix("A-") {
        return Some(format!("\x1b{key}"));
    }
    let number: usize = name.strip_prefix('F')?.parse().ok()?;
    let mut text = String::from("\x1b");
    match number {
        1..=4 => text.extend(['O', char::from(b'P' + u8::try_from(number).ok()? - 1)]),
        5 => text += "[15~",
        6..=12 => {
            let code = [17, 18, 19, 20, 21, 23, 24][number - 6];
            write!(text, "[{code}~").ok()?;
        }
        _ => return None,
    }
    Some(text)
}
