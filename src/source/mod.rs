//! The four API calls, in their own names; credentials; the translation of errors.

pub mod wire;
