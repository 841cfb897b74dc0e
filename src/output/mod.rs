//! Records as text.

pub mod jsonl;
