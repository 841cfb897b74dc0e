//! The control sequences in a program's output, by name: to see that no foreign one is there.

use std::collections::BTreeMap;

/// How often each control sequence and control character stands in `output`.
///
/// A CSI is named by its final character, and by its numbers too where they make it another one:
/// `CSI m`, `CSI H`, `CSI 2J`, `CSI ?1049h`. An OSC has its number and its text: `OSC 0;title`.
/// A control character has its number: `0x0d`. C1 characters, also as UTF-8, are `C1 0x9b`.
pub fn sequences(output: &[u8]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut rest = output;
    while let Some((&first, after)) = rest.split_first() {
        let (name, length) = match (first, after.first()) {
            (0x1b, Some(b'[')) => control_sequence(rest),
            (0x1b, Some(b']')) => control_string("OSC", rest),
            (0x1b, Some(b'P')) => control_string("DCS", rest),
            (0x1b, Some(b'X')) => control_string("SOS", rest),
            (0x1b, Some(b'^')) => control_string("PM", rest),
            (0x1b, Some(b'_')) => control_string("APC", rest),
            (0x1b, _) => escape(rest),
            (0xc2, Some(&c1 @ 0x80..=0x9f)) => (format!("C1 {c1:#04x}"), 2),
            (0x00..0x20 | 0x7f, _) => (format!("{first:#04x}"), 1),
            // A byte that begins no character is a C1 to terminals that are not in UTF-8.
            (0x80..=0x9f, _) => (format!("C1 {first:#04x}"), 1),
            _ => {
                rest = &rest[character(rest)..];
                continue;
            }
        };
        *found.entry(name).or_default() += 1;
        rest = &rest[length..];
    }
    found
}

/// The sequences of `output` that are not in `known`. A name ending in `*` stands for all that start so.
pub fn foreign(output: &[u8], known: &[&str]) -> BTreeMap<String, usize> {
    let is_known = |name: &str| {
        known.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *known,
        })
    };
    sequences(output).into_iter().filter(|(name, _)| !is_known(name)).collect()
}

fn control_sequence(text: &[u8]) -> (String, usize) {
    let body = &text[2..];
    let length = body.iter().position(|byte| !(0x20..0x40).contains(byte)).unwrap_or(body.len());
    let parameters = String::from_utf8_lossy(&body[..length]);
    let Some(&last) = body.get(length) else {
        return (format!("CSI {parameters} cut off"), text.len());
    };
    // Colours and moves are the same sequence whatever their numbers.
    let is_plain = parameters.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
    let shown = if is_plain && b"mHABCDEFGdfXr".contains(&last) { "" } else { &parameters };
    (format!("CSI {shown}{}", char::from(last).escape_debug()), length + 3)
}

fn control_string(kind: &str, text: &[u8]) -> (String, usize) {
    let body = &text[2..];
    let end = body.iter().position(|&byte| byte == 0x07 || byte == 0x1b).unwrap_or(body.len());
    let terminator = match body.get(end) {
        Some(0x1b) if body.get(end + 1) == Some(&b'\\') => 2,
        Some(0x07) => 1,
        _ => 0,
    };
    (format!("{kind} {}", String::from_utf8_lossy(&body[..end]).escape_debug()), 2 + end + terminator)
}

fn escape(text: &[u8]) -> (String, usize) {
    let body = &text[1..];
    let between = body.iter().take_while(|byte| (0x20..0x30).contains(*byte)).count();
    let shown = String::from_utf8_lossy(&body[..(between + 1).min(body.len())]).into_owned();
    let length = 1 + shown.len().min(body.len());
    (format!("ESC {}", shown.escape_debug()), length)
}

/// The length of the UTF-8 character that `text` starts with.
fn character(text: &[u8]) -> usize {
    let wanted = match text[0] {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    1 + text[1..].iter().take(wanted - 1).take_while(|byte| (0x80..0xc0).contains(*byte)).count()
}
