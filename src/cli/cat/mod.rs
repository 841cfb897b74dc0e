//! `dynascope cat FILE...`: captured records through filter and format.

mod args;
mod within;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, StdoutLock};

use super::Global;
use super::captures;
use super::exit::{Exit, Failure, complain};
use super::following::gap_sentence;
use super::format::LOSSY;
use super::privacy::Veil;
use super::selection::Selection;
use super::signals::Signals;
use crate::clock;
use crate::journal::{Captured, Entry, SoFar, StreamFact};
use crate::model::{ShardId, StreamArn};
use crate::output::Writer;
use crate::store::Page;
pub use args::CatArgs;
use within::Within;

pub async fn run(global: &Global, args: &CatArgs) -> Result<Exit, Failure> {
    let now = clock::now();
    if let Some(contradiction) = args.contradiction(now) {
        complain(contradiction);
        return Ok(Exit::Usage);
    }
    for guess in args.range.guesses(now) {
        complain(&guess);
    }
    if args.unmarshal {
        complain(LOSSY);
    }
    let mut signals = Signals::listen().map_err(|error| Failure::new(format!("no signals: {error}")))?;
    let mut pieces = captures::open(&args.files)?;
    let mut cat = Cat::new(global, args)?;
    let ended = loop {
        if args.max_records == Some(0) {
            break Ended::Enough;
        }
        tokio::select! {
            piece = pieces.recv() => match piece {
                Some(piece) => if let Some(ended) = cat.piece(piece)? { break ended },
                None => break Ended::Read,
            },
            signal = signals.next() => break Ended::Signal(signal),
        }
    };
    cat.finish(ended)
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Everything has been read.
    Read,
    /// As many records as asked for.
    Enough,
    Signal(u8),
    /// Nobody reads stdout any more.
    ClosedPipe,
}

struct Cat<'a> {
    args: &'a CatArgs,
    writer: Writer<StdoutLock<'static>>,
    selection: Selection,
    veil: Veil,
    within: Within,
    /// The names of the keys of each stream, as far as they are known.
    streams: BTreeMap<StreamArn, Vec<String>>,
    /// Whose records came last.
    last: Option<StreamArn>,
    shown: u64,
    gaps: u64,
    so_far: SoFar,
}

impl<'a> Cat<'a> {
    fn new(global: &Global, args: &'a CatArgs) -> Result<Self, Failure> {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let writer = Writer::new(stdout.lock(), args.format(is_terminal))
            .with_terminal(is_terminal)
            .with_facts(args.gaps)
            .with_plain_images(args.unmarshal)
            .with_batch_size(args.batch_size.unwrap_or(std::num::NonZeroUsize::MIN))
            .with_color(global.color.on(&stdout));
        Ok(Self {
            args,
            writer,
            selection: Selection::new(args.selection.clone()),
            veil: args.privacy.veil()?,
            within: Within::new(&args.range),
            streams: BTreeMap::new(),
            last: None,
            shown: 0,
            gaps: 0,
            so_far: SoFar::default(),
        })
    }

    fn piece(&mut self, piece: Captured) -> Result<Option<Ended>, Failure> {
        self.so_far = piece.so_far;
        for entry in piece.entries {
            if let Some(ended) = self.entry(entry)? {
                return Ok(Some(ended));
            }
        }
        Ok(None)
    }

    fn entry(&mut self, entry: Entry) -> Result<Option<Ended>, Failure> {
        match &entry {
            Entry::Page { stream, shard, page } => return self.show(stream, shard, page),
            Entry::Stream(StreamFact { stream, view_type, key_names, .. }) => {
                let known = self.streams.insert(stream.clone(), key_names.clone());
                if known.is_none() {
                    for spot in self.args.selection.blind_spots(stream.table(), view_type, key_names) {
                        complain(&spot);
                    }
                }
            }
            Entry::Shard { stream, shard } => {
                self.within.know(stream, shard.clone());
                if !self.within.wants_shard(stream, &shard.id) {
                    return Ok(None);
                }
            }
            Entry::Gap { stream, gap } => {
                if gap.shard.as_ref().is_some_and(|shard| !self.within.wants_shard(stream, shard)) {
                    return Ok(None);
                }
                self.gaps += 1;
                complain(&gap_sentence(gap));
            }
            Entry::Marker(_) => {}
        }
        self.writer.fact(&self.veil.entry(entry)?);
        Ok(None)
    }

    /// All records that are printed pass here.
    fn show(&mut self, stream: &StreamArn, shard: &ShardId, page: &Page) -> Result<Option<Ended>, Failure> {
        if !self.within.wants_shard(stream, shard) {
            return Ok(None);
        }
        if self.last.as_ref().is_some_and(|last| last != stream) {
            self.writer.name_tables();
        }
        self.last = Some(stream.clone());
        let key_names = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        // What is hidden can be asked for, and is not shown.
        let (named, table) = (self.veil.stream(stream), stream.table());
        for (slot, record) in page.records().enumerate() {
            if !self.within.wants(shard, record) || !self.selection.wants(table, shard, record) {
                continue;
            }
            self.shown += 1;
            let (shown, at) = self.veil.record(stream, page, slot)?;
            let closed = written(self.writer.record(&named, shard, key_names, shown.record(at)))?;
            let enough = (self.args.max_records == Some(self.shown)).then_some(Ended::Enough);
            if let Some(ended) = closed.or(enough) {
                return Ok(Some(ended));
            }
        }
        for poison in page.poison() {
            if self.selection.wants_poison(page.poison_text(poison)) {
                complain(&format!("shard {shard}: a record cannot be understood: {}", poison.reason));
                let alone = page.alone(poison);
                let shown = self.veil.page(stream, &alone)?;
                shown.poison().iter().for_each(|poison| self.writer.poison(&named, shard, &shown, poison));
            }
        }
        Ok(None)
    }

    fn finish(mut self, ended: Ended) -> Result<Exit, Failure> {
        if ended == Ended::ClosedPipe || written(self.writer.finish())?.is_some() {
            return Ok(Exit::Done);
        }
        let missing = self.within.missing_shard().filter(|_| ended == Ended::Read);
        let missing = missing.map(|shard| format!("no file has the shard {shard}"));
        let has_failed = missing.is_some() || self.so_far.troubles.iter().any(|trouble| !trouble.is_torn);
        for word in missing.into_iter().chain(self.selection.last_words()).chain(self.so_far.remarks()) {
            complain(&word);
        }
        Ok(match ended {
            Ended::Signal(number) => Exit::Signal(number),
            _ if has_failed => Exit::Failed,
            Ended::Read if self.args.max_records.is_some_and(|wanted| self.shown < wanted) => Exit::TooFew,
            _ if self.gaps > 0 => Exit::Gap,
            Ended::Read | Ended::Enough | Ended::ClosedPipe => Exit::Done,
        })
    }
}

/// A closed pipe is an end, not a failure.
fn written(result: io::Result<()>) -> Result<Option<Ended>, Failure> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(Ended::ClosedPipe)),
        Err(error) => Err(Failure::new(format!("cannot write: {error}"))),
    }
}
