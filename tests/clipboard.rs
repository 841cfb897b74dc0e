//! What the explorer of the demo copies and writes, seen from its terminal.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use dynascope::model::Base64;
use support::screen::Screen;

/// The explorer on the demo, with nothing on its PATH but what is in the folder.
fn demo(folder: &Path) -> Screen {
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope"))
        .args(&["demo", "--seed", "7"])
        .env("PATH", folder.to_str().unwrap())
        .env("DISPLAY", ":0")
        .env("TMPDIR", folder.to_str().unwrap())
        .directory(folder)
        .size(140, 40)
        .spawn();
    screen.wait_for_text("orders");
    screen
}

/// The last text that the terminal was asked to put on its clipboard.
fn on_clipboard(screen: &Screen) -> String {
    let raw = String::from_utf8_lossy(&screen.raw()).into_owned();
    let sequence = raw.rsplit("\x1b]52;c;").next().unwrap();
    let base64 = sequence.split(['\x07', '\x1b']).next().unwrap();
    String::from_utf8(Base64::new(base64.into()).unwrap().decode()).unwrap()
}

#[test]
fn a_modify_of_the_demo_is_found_and_its_revert_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = demo(folder.path());
    screen.keys("/orders<Enter><Enter>3");
    screen.wait_for_text("~ MODIFY");
    // The cursor stays on the one that it is moved to.
    screen.keys("/@event = MODIFY<Enter>k");
    screen.wait_for("modifies only", |screen| {
        let text = screen.contents();
        let is_other = text.contains("+ INSERT") || text.contains("- REMOVE");
        !is_other && text.lines().any(|line| line.contains("4 Diff") && line.contains("MODIFY"))
    });
    screen.keys("y");
    screen.wait_for_text("command: revert this record, nothing else");
    screen.keys("u");
    screen.wait_for_text("copied the revert command, ");
    screen.wait_for_text(" bytes, by OSC 52");
    let command = on_clipboard(&screen);
    assert!(command.contains("The demo serves streams only"), "{command}");
    assert!(
        command.contains("aws dynamodb update-item --region eu-west-1 --endpoint-url http://127.0.0.1:"),
        "{command}"
    );
    assert!(command.contains("--condition-expression '") && !command.ends_with('\n'), "{command}");
    let written = folder.path().join("held.jsonl");
    screen.keys("wJ<C-u>held.jsonl<Enter>");
    screen.wait_for_text("held.jsonl: ");
    let lines = fs::read_to_string(&written).unwrap();
    assert!(lines.lines().count() > 1 && lines.contains(r#""eventName":"MODIFY""#));
    screen.keys("wJ<C-u>held.jsonl<Enter>");
    screen.wait_for_text("held.jsonl exists already.");
    screen.keys("n");
    screen.wait_for_no_text("exists already");
}

#[test]
fn the_desktop_s_clipboard_comes_before_the_terminal_s() {
    let folder = tempfile::tempdir().unwrap();
    let (program, taken) = (folder.path().join("xclip"), folder.path().join("taken"));
    let script = format!("#!/bin/sh\necho \"$*\" >'{0}'\n/bin/cat >>'{0}'\n", taken.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut screen = demo(folder.path());
    screen.keys("/orders<Enter><Enter>3");
    screen.wait_for_text("~ MODIFY");
    screen.keys("yk");
    screen.wait_for_text("by xclip");
    let taken = fs::read_to_string(&taken).unwrap();
    assert!(taken.starts_with("-in -selection clipboard\n{\""), "{taken}");
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("\x1b]52"));
}
