//! Which records are wanted: parse and match.

mod text;

pub use text::Needle;
