//! What must hold for any bytes. The fuzzer looks for bytes that break it; a test of the program
//! replays the corpus.

mod item;
mod json;
mod line;
mod members;
mod sanitize;
mod wire;

pub use item::item;
pub use json::json;
pub use line::line;
pub use sanitize::sanitizer;
pub use wire::wire;
