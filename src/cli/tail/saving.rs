//! `--checkpoint FILE`: where the reading stands, saved behind what was printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::exit::{Failure, complain};
use crate::files::KeptFile;
use crate::follow::{Checkpoint, Checkpoints, Follower, Held, Part, Position};
use crate::model::moment::parse_moment;
use crate::model::time::{Zone, short_span};
use crate::model::{SequenceNumber, ShardId, StreamArn, Time, sequence_number};
use crate::store::Page;

/// While records flow.
const INTERVAL: Duration = Duration::from_secs(1);
/// While none do: what is known of the listings grows old, too.
const IDLE_INTERVAL: Duration = Duration::from_mins(1);

/// The file of the checkpoint.
#[derive(Debug)]
pub struct Saving {
    file: KeptFile,
    path: PathBuf,
    /// What the file holds, other streams included.
    saved: Checkpoints,
    looked_at: Option<Instant>,
    saved_at: Option<Instant>,
    /// Shards that were not shown as far as they were read, of the streams by their place.
    held: BTreeMap<(usize, ShardId), Held>,
    /// What is to be saved once the capture has so many records: what was printed and not captured
    /// would never be.
    waiting: Option<(Checkpoints, u64)>,
    /// Why the file could not be written last time.
    trouble: Option<String>,
}

impl Saving {
    /// Takes the file, and says what of it is gone on with.
    pub fn open(path: &Path, streams: &[StreamArn], part: &Part, now: Time) -> Result<Self, Failure> {
        let refused =
            |why: &dyn std::fmt::Display| Failure::new(format!("the checkpoint {}: {why}", path.display()));
        let file = KeptFile::open(path).map_err(|error| refused(&error))?;
        let text = String::from_utf8_lossy(&file.read().map_err(|error| refused(&error))?).into_owned();
        let advice = |error| format!("{error}; it is left as it is: move it away, or name another file");
        let mut saved = Checkpoints::parse(&text).map_err(|error| refused(&advice(error)))?;
        for stream in streams {
            if let Some(known) = saved.of(stream) {
                if (&known.only, known.descendants) != (&part.only, part.descendants) {
                    let (was, is) = (
                        part_text(known.only.as_ref(), known.descendants),
                        part_text(part.only.as_ref(), part.descendants),
                    );
                    return Err(refused(&format!(
                        "it stands in {was} of {}, and this would read {is}; name the same, or another file",
                        stream.table()
                    )));
                }
                let ago = short_span(now.since(known.written));
                let at = known.written.full(Zone::Utc);
                complain(&format!("{}: going on from the checkpoint of {at} UTC, {ago} ago", stream.table()));
            } else if let Some(older) = saved.of_older(stream).filter(|_| part.only.is_none()) {
                let (table, before) = (stream.table(), &older.stream);
                complain(&format!(
                    "{table} has a newer stream than the one of the checkpoint: reading all of {}; for what is \
                     left of the older one: dynascope tail {before} --checkpoint {}",
                    stream.label(),
                    path.display()
                ));
                let born = parse_moment(&format!("{}Z", stream.label()), now, Zone::Utc);
                let born = born.unwrap_or(older.written);
                saved.put(Checkpoint::from_the_birth_of(stream.clone(), born));
            }
        }
        let (path, held) = (path.to_owned(), BTreeMap::new());
        Ok(Self { file, path, saved, looked_at: None, saved_at: None, held, waiting: None, trouble: None })
    }

    /// Where earlier runs stood.
    pub fn saved(&self) -> &Checkpoints {
        &self.saved
    }

    /// Of a shard's page, the records from a slot on were not shown, and are not passed.
    pub fn hold(&mut self, stream: usize, follower: &Follower, shard: &ShardId, page: &Page, slot: usize) {
        if slot >= page.len() || self.held.contains_key(&(stream, shard.clone())) {
            return;
        }
        let Some(before) = follower.position_before_page(shard) else { return };
        let shown = (0..slot).map(|slot| page.record(slot).sequence_number());
        let last = shown.filter(|number| !number.is_empty()).max_by(|a, b| sequence_number::compare(a, b));
        let position =
            last.map_or(before.clone(), |last| Position::AfterSequenceNumber(SequenceNumber::new(last)));
        let held = Held { position, owed_from: page.record(slot).time() };
        self.held.insert((stream, shard.clone()), held);
    }

    /// Whether it is time to look whether there is something to save. Where a stream is first read
    /// that is at once: the latest of today is not the latest of tomorrow.
    pub fn is_due(&self, followers: &[Follower], now: Instant) -> bool {
        let is_first = |it: &Follower| it.status().is_some() && self.saved.of(it.stream()).is_none();
        let is_time = self.looked_at.is_none_or(|at| now >= at + INTERVAL);
        self.waiting.is_none() && (is_time || followers.iter().any(is_first))
    }

    /// Has it saved where the followers stand, if that is news. All that they read has been printed, but for
    /// what is held, and so many records are to be in the capture.
    pub fn save(&mut self, followers: &[Follower], told: u64, now: Instant) {
        let standing = self.standing(followers);
        let is_old = self.saved_at.is_none_or(|at| now >= at + IDLE_INTERVAL);
        self.looked_at = Some(now);
        if is_old && standing != self.saved || !standing.stand_like(&self.saved) {
            self.waiting = Some((standing, told));
        }
    }

    /// Writes what waited for the capture, if that has come so far.
    pub fn write_captured(&mut self, captured: u64, now: Instant) {
        if let Some((standing, _)) = self.waiting.take_if(|(_, told)| *told <= captured) {
            self.write(standing, now);
        }
    }

    /// Saves for the last time: fails where what was printed is not in the file.
    pub fn finish(mut self, followers: &[Follower]) -> Result<(), Failure> {
        let standing = self.standing(followers);
        if standing != self.saved {
            self.write(standing, Instant::now());
        }
        match self.trouble {
            None => Ok(()),
            Some(error) => Err(Failure::new(format!(
                "the checkpoint {} could not be written ({error}): it stands before what was printed last, \
                 which comes again in the next run",
                self.path.display()
            ))),
        }
    }

    fn standing(&self, followers: &[Follower]) -> Checkpoints {
        let mut standing = self.saved.clone();
        for (stream, follower) in followers.iter().enumerate() {
            let held = self.held.iter().filter(|((at, _), _)| *at == stream);
            let held = held.map(|((_, shard), held)| (shard.clone(), held.clone())).collect();
            if let Some(checkpoint) = follower.checkpoint(&held) {
                standing.put(checkpoint);
            }
        }
        standing
    }

    fn write(&mut self, standing: Checkpoints, now: Instant) {
        let path = self.path.display();
        match self.file.replace(standing.to_text().as_bytes()) {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    complain(&format!("the checkpoint {path} is written again"));
                }
                (self.saved, self.saved_at) = (standing, Some(now));
            }
            Err(error) => {
                if self.trouble.is_none() {
                    complain(&format!("the checkpoint {path} cannot be written: {error}; reading goes on"));
                }
                self.trouble = Some(error.to_string());
            }
        }
    }
}

/// What of a stream is read, in words.
fn part_text(only: Option<&ShardId>, descendants: bool) -> String {
    match only {
        None => "all shards".to_owned(),
        Some(shard) if descendants => format!("--shard {shard}"),
        Some(shard) => format!("--shard {shard} --only"),
    }
}
