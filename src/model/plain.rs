//! Items as text: a preview for a cell, plain JSON, and DynamoDB JSON.
//!
//! Nothing here is safe for a terminal yet: the border to it escapes control characters.

mod json;
mod preview;

pub use json::{Form, Line, dynamodb_lines, lines, plain_lines, write_dynamodb, write_plain};
pub use preview::{Preview, preview};
