//! Lines of a file as text, and the records in them that were read already.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::json::Scanner;
use crate::source::wire::{self, Read};

/// How the lines begin that are no records.
const FACT: &str = "{\"dynascope\"";
const EVENT: &str = "{\"Records\"";

/// Whole lines; only the file's last may lack its end.
#[derive(Debug, Default)]
pub struct Lines {
    pub text: Arc<String>,
    /// Records at the beginnings of lines, in their order.
    pub ahead: VecDeque<Ahead>,
}

/// A record that was read already.
#[derive(Debug)]
pub struct Ahead {
    pub at: usize,
    pub end: usize,
    pub read: Read,
}

impl Lines {
    /// Bytes that are no UTF-8 make their line one that is no JSON: nothing is guessed.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { text: Arc::new(text_of(bytes)), ahead: VecDeque::new() }
    }

    /// Reads the records that begin a line. What else is there is for whoever goes through all of it.
    pub fn read_ahead(&mut self) {
        let text = &self.text;
        let mut at = 0;
        while at < text.len() {
            let end = line_end(text, at);
            if let Some((read, end)) = record(&text[..end], at) {
                self.ahead.push_back(Ahead { at, end, read });
            }
            at = end + 1;
        }
    }
}

pub fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length)
}

/// The record that begins here, as nearly all values do, and where it ends.
pub fn record(text: &str, at: usize) -> Option<(Read, usize)> {
    let rest = &text[at..];
    if !rest.starts_with('{') || rest.starts_with(FACT) || rest.starts_with(EVENT) {
        return None;
    }
    let mut scanner = Scanner::starting_at(text, at);
    let read = wire::record(text, &mut scanner).ok()?;
    Some((read, scanner.at()))
}

fn text_of(bytes: Vec<u8>) -> String {
    let wrong = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(wrong) => wrong,
    };
    let mut at = wrong.utf8_error().valid_up_to();
    let mut bytes = wrong.into_bytes();
    loop {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        bytes[start..end].fill(b'?');
        match std::str::from_utf8(&bytes[end..]) {
            Ok(_) => return String::from_utf8(bytes).unwrap_or_default(),
            Err(wrong) => at = end + wrong.valid_up_to(),
        }
    }
}
