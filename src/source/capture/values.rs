//! Text of a capture, taken apart: a value a line, or over many; arrays and Lambda's events opened.

use std::collections::VecDeque;
use std::mem::take;
use std::ops::Range;
use std::sync::Arc;

use super::facts::{self, Told};
use super::gather::{Gather, Unread};
use super::lines::{self, Ahead, Lines, line_end};
use crate::journal::{Captured, SoFar, Trouble, WrongLine};
use crate::model::json::{JsonError, Scanner};
use crate::source::wire;

/// A value over many lines may have so many bytes: a pretty-printed answer, or an event.
const LARGEST_VALUE: usize = 64 << 20;
const CUT_OFF: &str = "it is cut off";

/// Makes entries of text.
pub struct Values {
    gather: Gather,
    so_far: SoFar,
    file: String,
    /// The line that is being read, from 1.
    line: u64,
    /// Where the text being read begins in its file.
    base: u64,
    /// A value that begins before this place of the file, and not on one line, was given up.
    given_up_to: u64,
    /// The beginning of a value whose end has not been read.
    rest: String,
    /// Of the text that is being read.
    ahead: VecDeque<Ahead>,
}

/// More text is needed: from here on nothing was taken in.
struct More(usize);

impl Values {
    pub fn new(so_far: SoFar) -> Self {
        Self {
            gather: Gather::default(),
            so_far,
            file: String::new(),
            line: 0,
            base: 0,
            given_up_to: 0,
            rest: String::new(),
            ahead: VecDeque::new(),
        }
    }

    /// What has come since it was last asked.
    pub fn take(&mut self, bytes: u64) -> Captured {
        self.so_far.bytes = bytes;
        self.so_far.records = self.gather.records;
        self.so_far.repeated = self.gather.repeated;
        Captured { entries: self.gather.take(), so_far: self.so_far.clone() }
    }

    pub fn finish(&mut self, bytes: u64) -> Captured {
        self.so_far.is_done = true;
        self.take(bytes)
    }

    pub fn trouble(&mut self, trouble: Trouble) {
        self.so_far.troubles.push(trouble);
    }

    pub fn begin(&mut self, file: String) {
        (self.file, self.line, self.base, self.given_up_to) = (file, 0, 0, 0);
    }

    /// A line was too long to be read.
    pub fn too_long(&mut self) {
        self.end();
        self.line += 1;
        self.bad("it is longer than 64 MB".into());
    }

    /// No more comes of this file.
    pub fn end(&mut self) {
        if !self.rest.is_empty() {
            self.take_in(Lines::default(), true);
        }
    }

    /// Takes in lines of the file.
    pub fn lines(&mut self, lines: Lines) {
        self.take_in(lines, false);
    }

    fn take_in(&mut self, lines: Lines, is_last: bool) {
        let text = if self.rest.is_empty() {
            self.ahead = lines.ahead;
            lines.text
        } else {
            Arc::new(take(&mut self.rest) + &lines.text)
        };
        self.gather.begin(Arc::clone(&text));
        let used = self.text(&text, is_last);
        self.gather.end();
        self.ahead.clear();
        self.base += used as u64;
        text[used..].clone_into(&mut self.rest);
    }

    /// Takes a text apart; how much of it is done.
    fn text(&mut self, text: &str, is_last: bool) -> usize {
        let mut at = 0;
        if self.base == 0 && text.starts_with('\u{feff}') {
            at = '\u{feff}'.len_utf8();
        }
        while at < text.len() {
            let end = line_end(text, at);
            self.line += 1;
            match self.line(text, at..end, is_last) {
                Ok(to) if to <= end => at = end + 1,
                Ok(to) => {
                    // What is behind the value is a line of the same number as its end.
                    self.line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..to]).count() as u64 - 1;
                    at = to;
                }
                Err(More(from)) => {
                    self.line -= 1;
                    return from;
                }
            }
        }
        text.len()
    }

    /// Takes a line apart, and what goes on behind it; where that ends.
    fn line(&mut self, text: &str, line: Range<usize>, is_last: bool) -> Result<usize, More> {
        let until_end = &text[..line.end];
        let mut at = line.start;
        loop {
            // An array is as good as its elements.
            let dressing = until_end[at..].bytes().take_while(|byte| b" \t\r,[]".contains(byte));
            at += dressing.count();
            if at == line.end {
                return Ok(at);
            }
            if let Some(end) = self.record(until_end, at) {
                at = end;
                continue;
            }
            match Scanner::starting_at(until_end, at).value() {
                Ok(range) => {
                    at = range.end;
                    self.value(text, range);
                }
                Err(error) if error.at < line.end || self.base + (at as u64) < self.given_up_to => {
                    self.bad(reason(&error, at, line.end));
                    return Ok(line.end);
                }
                Err(_) => return self.long_value(text, at, line.end, is_last),
            }
        }
    }

    /// Takes in the record that begins here, and says where it ends.
    fn record(&mut self, text: &str, at: usize) -> Option<usize> {
        while self.ahead.pop_front_if(|ahead| ahead.at < at).is_some() {}
        let (read, end) = match self.ahead.pop_front_if(|ahead| ahead.at == at) {
            Some(Ahead { read, end, .. }) => (read, end),
            None => lines::record(text, at)?,
        };
        self.gather.record(&read, at..end);
        Some(end)
    }

    /// Takes in a value that goes on behind the end of its line.
    fn long_value(&mut self, text: &str, at: usize, line_end: usize, is_last: bool) -> Result<usize, More> {
        match Scanner::starting_at(text, at).value() {
            Ok(range) => {
                let end = range.end;
                self.value(text, range);
                Ok(end)
            }
            Err(error) if error.at >= text.len() && !is_last && text.len() - at < LARGEST_VALUE => {
                Err(More(at))
            }
            Err(error) => {
                self.given_up_to = self.base + error.at as u64;
                self.bad(CUT_OFF.into());
                Ok(line_end)
            }
        }
    }

    /// Takes in a whole value.
    fn value(&mut self, text: &str, range: Range<usize>) {
        let json = &text[range.clone()];
        if self.record(&text[..range.end], range.start).is_some() {
            return;
        }
        match Kind::of(json) {
            Some(Kind::Fact) => self.fact(json),
            Some(Kind::Event(records)) => {
                self.event(text, range.start + records.start..range.start + records.end);
            }
            Some(Kind::Record { stream, shard }) => {
                let reason = wire::record(json, &mut Scanner::new(json)).err().unwrap_or_default();
                self.gather.poison(text, Unread { stream, shard, index: 0, reason, range });
            }
            None => self.foreign("neither a record nor a fact".into()),
        }
    }

    fn fact(&mut self, json: &str) {
        match facts::read(json) {
            Ok(Told::Entry(entry)) => self.gather.entry(entry),
            Ok(Told::Poison { stream, shard, reason, raw }) => {
                let range = 0..raw.len();
                let (stream, shard) = (&stream, &shard);
                self.gather.poison(&raw, Unread { stream, shard, index: 0, reason, range });
            }
            Err(why) => self.foreign(why),
        }
    }

    /// Takes in the array of a Lambda event, or of a GetRecords answer.
    fn event(&mut self, text: &str, records: Range<usize>) {
        let text_to_end = &text[..records.end];
        let mut scanner = Scanner::starting_at(text_to_end, records.start);
        let mut more = scanner.array() == Ok(true);
        let mut index = 0;
        while more {
            // What stands here was scanned before: it is JSON.
            let Ok(range) = scanner.value() else { return };
            match wire::record(&text[..range.end], &mut Scanner::starting_at(text_to_end, range.start)) {
                Ok(read) => self.gather.record(&read, range),
                Err(reason) => {
                    let unread = Unread { stream: "", shard: "", index, reason, range };
                    self.gather.poison(text, unread);
                }
            }
            index += 1;
            more = scanner.next_element() == Ok(true);
        }
    }

    fn bad(&mut self, why: String) {
        self.so_far.bad.add(|| WrongLine { file: self.file.clone(), number: self.line, why });
    }

    fn foreign(&mut self, why: String) {
        self.so_far.foreign.add(|| WrongLine { file: self.file.clone(), number: self.line, why });
    }
}

/// What is wrong with a value that begins at `from`.
fn reason(error: &JsonError, from: usize, end: usize) -> String {
    if error.at >= end {
        return CUT_OFF.into();
    }
    JsonError { at: error.at - from, expected: error.expected }.to_string()
}

/// What a value is that is no record that can be read.
enum Kind<'a> {
    Fact,
    /// Where its array of records lies.
    Event(Range<usize>),
    /// It would be a record, and something is wrong with it. Texts are in the quotes.
    Record {
        stream: &'a str,
        shard: &'a str,
    },
}

impl<'a> Kind<'a> {
    fn of(json: &'a str) -> Option<Self> {
        let mut scanner = Scanner::new(json);
        let (mut stream, mut shard, mut is_record) = ("", "", false);
        let mut name = scanner.object().ok()?;
        while let Some(field) = name {
            let first = scanner.peek();
            let range = scanner.value().ok()?;
            let inside = || if first == Some(b'"') { &json[range.start + 1..range.end - 1] } else { "" };
            match field {
                "dynascope" => return Some(Self::Fact),
                "Records" if first == Some(b'[') => return Some(Self::Event(range)),
                "eventSourceARN" => stream = inside(),
                "shardId" => shard = inside(),
                "dynamodb" | "eventID" => is_record = true,
                _ => {}
            }
            name = scanner.next_name().ok()?;
        }
        is_record.then_some(Self::Record { stream, shard })
    }
}
