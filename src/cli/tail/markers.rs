//! `--markers`: lines on stdin, each a marker.

use std::io::{self, BufRead, Read as _};

use tokio::sync::mpsc;

use crate::cli::exit::Failure;

/// Labels that wait; whoever writes more of them waits, too.
const LABELS: usize = 16;
/// A longer line is cut: a marker is a word, not a file.
const LONGEST: u64 = 1_000;

/// The labels to come.
#[derive(Debug)]
pub struct Markers {
    labels: Option<mpsc::Receiver<String>>,
}

impl Markers {
    /// Reads stdin where that is wanted, on a thread of its own: a read that nothing can end.
    pub fn read(are_wanted: bool) -> Result<Self, Failure> {
        if !are_wanted {
            return Ok(Self { labels: None });
        }
        let (labels_in, labels) = mpsc::channel(LABELS);
        let cannot = |error| Failure::new(format!("cannot read markers from stdin: {error}"));
        std::thread::Builder::new()
            .name("markers".to_owned())
            .spawn(move || each_line(&mut io::stdin().lock(), |label| labels_in.blocking_send(label).is_ok()))
            .map_err(cannot)?;
        Ok(Self { labels: Some(labels) })
    }

    /// The next label. When stdin has ended none will come, and nothing else ends with it.
    pub async fn next(&mut self) -> String {
        if let Some(labels) = &mut self.labels {
            match labels.recv().await {
                Some(label) => return label,
                None => self.labels = None,
            }
        }
        std::future::pending().await
    }
}

/// Hands on every line, without its end, until nobody listens; no more of one than fits is held.
fn each_line(input: &mut impl BufRead, mut tell: impl FnMut(String) -> bool) {
    let mut line = vec![];
    loop {
        line.clear();
        // What cannot be read is the end.
        if !input.take(LONGEST).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            return;
        }
        let is_cut = line.last() != Some(&b'\n') && line.len() as u64 == LONGEST;
        if !tell(String::from_utf8_lossy(&line).trim().to_owned())
            || is_cut && input.skip_until(b'\n').is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_label_and_one_without_an_end_is_cut() {
        let long = "x".repeat(5_000);
        let text = format!("run 1\n\n run 2 \r\n{long}\nrun \u{e9}\nlast");
        let mut labels = vec![];
        each_line(&mut text.as_bytes(), |label| {
            labels.push(label);
            true
        });
        assert_eq!(labels, ["run 1", "", "run 2", &long[..1_000], "run \u{e9}", "last"]);
        let mut first = vec![];
        each_line(&mut text.as_bytes(), |label| {
            first.push(label);
            false
        });
        assert_eq!(first, ["run 1"]);
    }
}
