//! Scripted reports for tests.
