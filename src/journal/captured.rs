//! What comes of reading captures: entries in their order, and how far it has come.

use super::Entry;

/// A piece of what is being read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Captured {
    pub entries: Vec<Entry>,
    pub so_far: SoFar,
}

/// How far the reading of the files has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Bytes of the files, compressed as they are.
    pub bytes: u64,
    /// Of all files; absent where one is no file but a pipe.
    pub of: Option<u64>,
    pub records: u64,
    /// Records that were there already.
    pub repeated: u64,
    /// Lines that are no JSON, or are cut off.
    pub bad: Lines,
    /// Lines that are JSON, and neither records nor facts.
    pub foreign: Lines,
    /// Why the rest of a file could not be read.
    pub troubles: Vec<Trouble>,
    pub is_done: bool,
}

/// A file that ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub sentence: String,
    /// Whoever wrote it was cut off: all that there is was read.
    pub is_torn: bool,
}

/// Lines that brought nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    pub count: u64,
    /// Where the first of them is, and what is wrong with it.
    pub first: Option<WrongLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongLine {
    /// As it was named.
    pub file: String,
    /// Counted from 1.
    pub number: u64,
    pub why: String,
}

impl Lines {
    pub fn add(&mut self, line: impl FnOnce() -> WrongLine) {
        self.count += 1;
        self.first.get_or_insert_with(line);
    }
}

impl SoFar {
    /// What did not become a record, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let lines = |count: u64, what: &str| match count {
            1 => format!("1 {what} line"),
            _ => format!("{count} {what} lines"),
        };
        let told = |kind: &Lines, what: &str| {
            let first = kind.first.as_ref()?;
            let place = format!("{}:{}", first.file, first.number);
            Some(format!("{} left out, the first at {place}: {}", lines(kind.count, what), first.why))
        };
        let repeated = (self.repeated > 0)
            .then(|| format!("{} records were there already and are left out", self.repeated));
        let wrong = [told(&self.bad, "bad"), told(&self.foreign, "foreign")].into_iter().flatten();
        self.troubles.iter().map(|trouble| trouble.sentence.clone()).chain(wrong).chain(repeated).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told_with_where_it_begins() {
        let mut so_far = SoFar { repeated: 2, ..SoFar::default() };
        for number in [7, 9] {
            so_far.bad.add(|| WrongLine { file: "a.jsonl".into(), number, why: "a colon expected".into() });
        }
        so_far.foreign.add(|| WrongLine { file: "b".into(), number: 1, why: "no record".into() });
        assert_eq!(
            so_far.remarks(),
            [
                "2 bad lines left out, the first at a.jsonl:7: a colon expected",
                "1 foreign line left out, the first at b:1: no record",
                "2 records were there already and are left out",
            ]
        );
        assert_eq!(SoFar::default().remarks(), [""; 0]);
    }
}
