//! Which records are wanted: parse and match.

mod explain;
mod expression;
mod filter;
mod find;
mod language;
mod matcher;
mod prefilter;
mod tally;
mod text;
mod typed;
mod value;

pub use filter::{Filter, FilterError, Whence};
pub use language::WORDS;
pub use tally::Tally;
pub use text::Needle;
pub use typed::Kind;
