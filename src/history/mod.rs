//! All records of one item, put in their order: what changed at each step, and what was not seen.

mod extent;
mod item_key;
mod order;
mod pair;
mod rows;
mod step;

pub use extent::Extent;
pub use item_key::{ItemKey, KeyError, Matcher};
pub use order::Missing;
pub use pair::{Images, pair};
pub use rows::{Family, History, MAX_BYTES, MAX_STEPS, Row, is_about};
pub use step::{Side, Step, Touch, gather};
