//! What to read next: a pure state machine for each followed stream.
//!
//! It is told what happened ([`Report`]) and the time, and answers with what to do ([`Step`]):
//! no task, no socket, no clock. The explorer and `tail` share it.

mod captured;
mod checkpoint;
mod coverage;
mod discovery;
mod follower;
mod gates;
mod listings;
mod part;
mod position;
mod progress;
mod reach;
mod request;
mod seek;
mod step;
mod tails;
#[cfg(test)]
mod tests;

pub use checkpoint::{Checkpoint, Checkpoints, CheckpointsError, Held};
pub use coverage::{Coverage, Unread};
pub use follower::Follower;
pub use part::Part;
pub use position::{Position, RETENTION, Start};
pub use progress::{End, Progress, ShardState};
pub use request::{Ask, Pace, ReadingId, Report, Request, Tail, TailId};
pub use seek::{Advance, Seek, Standing, unread};
pub use step::{Step, Warning};

/// How many empty pages in a row it takes to cross an empty shard of the service to its head.
///
/// Measured by bloop (`docs/api/internal.rst`, `CALLS_TO_REACH_HEAD`): an empty page with a next
/// iterator is normal at any position, so fewer prove nothing.
pub const CALLS_TO_REACH_HEAD: u32 = 5;
