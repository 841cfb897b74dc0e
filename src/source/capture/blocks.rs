//! Bytes in blocks of whole lines.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem::take;
use std::sync::Arc;

/// The first block: what is shown at once.
const FIRST: usize = 128 << 10;
/// Small enough that what one thread has read is still near when another looks at it.
const LARGEST: usize = 512 << 10;
/// A line that is longer is passed over: nothing that DynamoDB Streams gives is a hundredth of it.
const LONGEST_LINE: usize = 64 << 20;
/// More are not under way where records are only passed on.
const LENT: usize = 16;

/// A piece of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Whole lines; only the file's last may lack its end.
    Lines(Vec<u8>),
    /// A line that was passed over because of its length.
    TooLong,
}

pub struct Blocks<R> {
    read: R,
    /// A pipe's bytes are handed over as they come.
    is_pipe: bool,
    size: usize,
    longest: usize,
    /// The beginning of a line whose end has not been read.
    rest: Vec<u8>,
    is_passing_over: bool,
    has_ended: bool,
    failure: Option<io::Error>,
    /// Blocks that were handed over.
    lent: VecDeque<Arc<String>>,
}

impl<R: Read> Blocks<R> {
    pub fn new(read: R, is_pipe: bool) -> Self {
        Self {
            read,
            is_pipe,
            size: FIRST,
            longest: LONGEST_LINE,
            rest: vec![],
            is_passing_over: false,
            has_ended: false,
            failure: None,
            lent: VecDeque::new(),
        }
    }

    /// The next piece; `None` at the end. An error comes behind all that was read before it, and is
    /// an end, too.
    pub fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if self.rest.len() > self.longest {
                self.rest = vec![];
                self.is_passing_over = true;
                return Ok(Some(Piece::TooLong));
            }
            if self.has_ended {
                if !self.rest.is_empty() {
                    return Ok(Some(Piece::Lines(take(&mut self.rest))));
                }
                return self.failure.take().map_or(Ok(None), Err);
            }
            let mut bytes = self.fill();
            if self.is_passing_over {
                let end = memchr::memchr(b'\n', &bytes);
                self.is_passing_over = end.is_none();
                bytes.drain(..end.map_or(bytes.len(), |at| at + 1));
            }
            let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
            self.rest = bytes.split_off(whole);
            if !bytes.is_empty() {
                return Ok(Some(Piece::Lines(bytes)));
            }
        }
    }

    /// What was left, and about a block more; the longer a line, the more at once.
    fn fill(&mut self) -> Vec<u8> {
        let mut at = self.rest.len();
        let wanted = at + self.size.max(at);
        let mut bytes = match self.spare() {
            Some(mut bytes) => {
                bytes.resize(wanted, 0);
                bytes
            }
            // Zeros from the system cost less than zeros written.
            None => vec![0; wanted],
        };
        bytes[..at].copy_from_slice(&take(&mut self.rest));
        self.size = (self.size * 2).min(LARGEST);
        while at < bytes.len() {
            match self.read.read(&mut bytes[at..]) {
                Ok(0) => self.has_ended = true,
                Ok(count) => at += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => (self.has_ended, self.failure) = (true, Some(error)),
            }
            if self.has_ended || self.is_pipe {
                break;
            }
        }
        bytes.truncate(at);
        bytes
    }

    /// The text of a block is lent: when nobody needs it any more its memory is read into again,
    /// for fresh memory costs more than reading does.
    pub fn lend(&mut self, text: &Arc<String>) {
        if self.lent.len() == LENT {
            self.lent.pop_front();
        }
        self.lent.push_back(Arc::clone(text));
    }

    fn spare(&mut self) -> Option<Vec<u8>> {
        // The one that was needed last is still near.
        let free = self.lent.iter().rposition(|text| Arc::strong_count(text) == 1)?;
        Arc::try_unwrap(self.lent.remove(free)?).ok().map(String::into_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time, and at last perhaps an error.
    struct Slow<'a> {
        bytes: &'a [u8],
        step: usize,
        fails: bool,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.step.min(into.len()).min(self.bytes.len());
            if count == 0 && self.fails {
                return Err(io::Error::other("torn"));
            }
            let (now, later) = self.bytes.split_at(count);
            into[..count].copy_from_slice(now);
            self.bytes = later;
            Ok(count)
        }
    }

    proptest! {
        #[test]
        fn blocks_are_whole_lines_and_together_all_that_came(
            text in "[ab\n]{0,80}",
            step in 1..9_usize,
            size in 1..9_usize,
            is_pipe: bool,
            fails: bool,
        ) {
            let slow = Slow { bytes: text.as_bytes(), step, fails };
            let mut blocks = Blocks { size, ..Blocks::new(slow, is_pipe) };
            let mut needed = VecDeque::new();
            let mut all = vec![];
            let mut failed = false;
            let mut torn = false;
            loop {
                match blocks.next() {
                    Ok(Some(Piece::Lines(bytes))) => {
                        prop_assert!(!torn, "only the last may lack its end");
                        torn = !bytes.ends_with(b"\n");
                        all.extend(&bytes);
                        let text = Arc::new(String::from_utf8(bytes).unwrap());
                        blocks.lend(&text);
                        needed.push_back((Arc::clone(&text), text.to_string()));
                        if needed.len() > 2 {
                            needed.pop_front();
                        }
                        prop_assert!(needed.iter().all(|(text, kept)| **text == *kept));
                    }
                    Ok(Some(Piece::TooLong)) => prop_assert!(false, "nothing is too long"),
                    Ok(None) => break,
                    Err(_) => failed = true,
                }
            }
            prop_assert_eq!((all, failed), (text.into_bytes(), fails));
        }

        #[test]
        fn a_line_that_is_too_long_is_passed_over(lines in prop::collection::vec("[ab]{0,12}\n", 0..9), size in 1..5_usize) {
            let long = "a".repeat(500) + "\n";
            let lines = [lines, vec![long.clone(), "b\n".to_owned()]].concat();
            let text = lines.concat();
            let mut blocks = Blocks { size, longest: 6, ..Blocks::new(text.as_bytes(), false) };
            let (mut kept, mut passed) = (String::new(), 0);
            while let Some(piece) = blocks.next().unwrap() {
                match piece {
                    Piece::Lines(bytes) => kept.push_str(&String::from_utf8(bytes).unwrap()),
                    Piece::TooLong => passed += 1,
                }
            }
            // What a block happens to hold whole is taken, whatever its length.
            prop_assert_eq!(kept.lines().count() + passed, lines.len());
            let is_kept = |line: &String| kept.split_inclusive('\n').any(|it| it == line.as_str());
            prop_assert!(lines.iter().filter(|line| line.len() <= 6).all(is_kept));
            prop_assert!(!is_kept(&long));
        }
    }
}
