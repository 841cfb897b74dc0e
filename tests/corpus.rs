//! Replays the fuzzer's corpus: inputs that reached something new, or once broke something.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(inputs.len() > 10, "{} of them in {}", inputs.len(), folder.display());
    for input in inputs {
        let bytes = std::fs::read(&input).unwrap();
        let held = std::panic::catch_unwind(|| check(&bytes));
        assert!(held.is_ok(), "{} breaks the check", input.display());
    }
}

#[test]
fn bodies_are_read_as_serde_json_reads_them() {
    replay("wire", checks::wire);
}

#[test]
fn the_scanner_takes_what_serde_json_takes() {
    replay("json", checks::json);
}

#[test]
fn items_are_read_back_as_they_are_written() {
    replay("item", checks::item);
}

#[test]
fn nothing_dangerous_passes_the_border_of_the_view() {
    replay("sanitize", checks::sanitizer);
}

#[test]
fn lines_are_json_with_the_parts_of_their_record() {
    replay("line", checks::line);
}
