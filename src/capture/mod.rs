//! Captures: what was read and seen, in a file that outlives the stream.

mod backlog;
mod keeper;
mod lines;
mod thread;

pub use thread::{Capture, CaptureError};
