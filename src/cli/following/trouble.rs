//! How long nothing has worked, and when to give up.

use std::time::Duration;

use tokio::time::Instant;

use super::troubles::{Place, Troubles};
use crate::cli::asking::explained;
use crate::cli::exit::{Failure, complain};
use crate::follow::{Follower, Report};
use crate::model::time::short_span;
use crate::model::{ErrorKind, Operation, Remedy, SourceError};

/// An endpoint that never answered is given up sooner than one that did.
const FIRST_ANSWER: Duration = Duration::from_secs(8);

#[derive(Debug)]
pub struct Trouble {
    give_up: Duration,
    resume: String,
    since: Option<Instant>,
    /// Since when the credentials have not worked.
    credentials: Option<Instant>,
    kinds: Troubles,
    answered: bool,
    /// An error for good, not yet said: where nothing else is left to read it is the failure.
    for_good: Option<SourceError>,
}

impl Trouble {
    pub fn new(give_up: Duration, resume: String) -> Self {
        Self {
            give_up,
            resume,
            since: None,
            credentials: None,
            kinds: Troubles::default(),
            answered: false,
            for_good: None,
        }
    }

    /// Keeps track of what works, and tells what does not.
    pub fn note(&mut self, report: &Report) {
        let now = Instant::now();
        let (place, error) = match report {
            Report::ClockRead { .. } => return,
            Report::CredentialsLost { error, renewal } => {
                self.credentials = Some(now);
                complain(&format!(
                    "{error}; {renewal}; nothing is lost, it goes on once they work (given up after {})",
                    short_span(self.give_up)
                ));
                return;
            }
            Report::CredentialsRenewed => {
                if let Some(since) = self.credentials.take() {
                    complain(&format!(
                        "going on after {}: the credentials work",
                        short_span(since.elapsed())
                    ));
                }
                return;
            }
            Report::CallDelayed { reading, error, .. } => (Place::Stream(*reading), Some(error)),
            Report::StreamNotDescribed { reading, error, .. } => (Place::Stream(Some(*reading)), Some(error)),
            Report::StreamsNotListed { error, .. } => (Place::Stream(None), Some(error)),
            Report::TailSlowed { tail, error, .. } | Report::TailStopped { tail, error } => {
                (Place::Shard(*tail), Some(error))
            }
            Report::StreamDescribed { reading, .. } => (Place::Stream(Some(*reading)), None),
            Report::StreamsListed { .. } => (Place::Stream(None), None),
            Report::TailStarted { tail } | Report::PageRead { tail, .. } => (Place::Shard(*tail), None),
        };
        let Some(error) = error else {
            self.kinds.worked(place);
            (self.since, self.answered) = (None, true);
            return;
        };
        let is_elsewhere = matches!(
            error.kind,
            ErrorKind::Network { .. } | ErrorKind::Timeout(_) | ErrorKind::NotDynamoDb { .. }
        );
        if is_elsewhere {
            self.since.get_or_insert(now);
        }
        match error.kind.remedy() {
            Remedy::GiveUp => self.for_good = Some(error.clone()),
            // A gap tells of itself.
            Remedy::RenewIterator | Remedy::SkipToTrimHorizon => {}
            Remedy::Retry => {
                if self.kinds.failed(place, error.kind.label(), now) {
                    complain(&explained(error).to_string());
                }
            }
        }
        // The tail is no more; another one reads the shard.
        if matches!(report, Report::TailStopped { .. }) {
            self.kinds.worked(place);
        }
    }

    /// Fails when nothing has worked for too long, or nothing ever will.
    pub fn check(&mut self, followers: &[Follower]) -> Result<(), Failure> {
        for (kind, span) in self.kinds.over(Instant::now()) {
            complain(&format!("going on after {} ({kind})", short_span(span)));
        }
        let patience = if self.answered { self.give_up } else { self.give_up.min(FIRST_ANSWER) };
        for (since, patience) in [(self.credentials, self.give_up), (self.since, patience)] {
            if since.is_some_and(|since| since.elapsed() >= patience) {
                let (span, resume) = (short_span(patience), &self.resume);
                return Err(Failure::new(format!("gave up after {span}; to go on: {resume}")));
            }
        }
        // One shard that fails must not end the others.
        let dead = |follower: &Follower| {
            let for_good = |error: &&SourceError| error.kind.remedy() == Remedy::GiveUp;
            let mut shards = follower.all_progress().map(|(_, progress)| progress.failure().filter(for_good));
            let all_failed = || shards.next().flatten().filter(|_| shards.all(|failure| failure.is_some()));
            follower.failure().filter(for_good).or_else(all_failed).cloned()
        };
        if let Some(error) = followers.iter().find_map(dead) {
            return Err(explained(&error));
        }
        // That AT_TIMESTAMP is not known is no trouble: it goes on without.
        let is_handled = |error: &SourceError| {
            error.operation == Operation::GetShardIterator
                && error.kind == ErrorKind::Validation
                && !followers.iter().all(Follower::knows_timestamps)
        };
        if let Some(error) = self.for_good.take().filter(|error| !is_handled(error)) {
            complain(&explained(&error).to_string());
        }
        Ok(())
    }
}
