//! Records as text.

pub mod command;
pub mod csv;
pub mod jsonl;
pub mod lambda_event;
mod pretty;

use std::io::{self, Write};

use crate::model::text::escape_json;
use crate::model::{Gap, ShardId, StreamArn};
use crate::store::{Page, Poison, RecordRef};

/// Written to the sink in pieces of about this size.
const BUFFER: usize = 64 * 1024;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line of changes for people
    Pretty,
    /// A line of JSON, in the shape that Lambda receives
    Jsonl,
}

/// Writes records to a sink.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Writer<W> {
    sink: W,
    buffer: Vec<u8>,
    format: Format,
    facts: bool,
    several_streams: bool,
    color: bool,
    on_terminal: bool,
}

impl<W: Write> Writer<W> {
    pub fn new(sink: W, format: Format) -> Self {
        let buffer = Vec::with_capacity(2 * BUFFER);
        Self { sink, buffer, format, facts: false, several_streams: false, color: false, on_terminal: false }
    }

    /// Gaps and poison are lines too.
    #[must_use]
    pub fn with_facts(mut self, facts: bool) -> Self {
        self.facts = facts;
        self
    }

    /// Lines for people name the table.
    #[must_use]
    pub fn with_tables(mut self, several_streams: bool) -> Self {
        self.several_streams = several_streams;
        self
    }

    /// Lines for people are coloured.
    #[must_use]
    pub fn with_color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// What a terminal would obey is escaped, also in JSON, where its value stays the same.
    #[must_use]
    pub fn with_terminal(mut self, on_terminal: bool) -> Self {
        self.on_terminal = on_terminal;
        self
    }

    pub fn record(
        &mut self,
        stream: &StreamArn,
        shard: &ShardId,
        key_names: &[String],
        record: RecordRef<'_>,
    ) -> io::Result<()> {
        match self.format {
            Format::Jsonl => jsonl::record(&mut self.buffer, stream, shard, record),
            Format::Pretty => {
                let table = self.several_streams.then(|| stream.table());
                pretty::record(&mut self.buffer, table, key_names, self.color, record);
            }
        }
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    pub fn gap(&mut self, stream: &StreamArn, gap: &Gap) {
        if self.facts {
            jsonl::gap(&mut self.buffer, stream, gap);
        }
    }

    pub fn poison(&mut self, stream: &StreamArn, shard: &ShardId, page: &Page, poison: &Poison) {
        if self.facts {
            jsonl::poison(&mut self.buffer, stream, shard, page, poison);
        }
    }

    /// Hands over what is buffered. It is not written a second time when that fails.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let is_json_on_terminal = self.on_terminal && self.format == Format::Jsonl;
        let written = if is_json_on_terminal {
            self.sink.write_all(escape_json(&String::from_utf8_lossy(&self.buffer)).as_bytes())
        } else {
            self.sink.write_all(&self.buffer)
        };
        let written = written.and_then(|()| self.sink.flush());
        self.buffer.clear();
        written
    }
}
