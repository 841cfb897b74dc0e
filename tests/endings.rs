//! Whatever ends the explorer, the terminal is as it was, and the exit status says what it was.

mod support;

use std::io::Read;
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::Signal;
use support::deadline::{Deadline, PATIENCE};
use support::screen::{Exit, Screen, Start};

fn demo() -> Start {
    Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&["demo"]).size(120, 36)
}

/// The explorer on the demo, drawn, with the terminal its own.
fn explorer(start: Start) -> Screen {
    let mut screen = start.spawn();
    screen.wait_for_text("orders");
    assert!(screen.see(vt100::Screen::alternate_screen));
    screen
}

#[test]
fn q_ends_it() {
    let mut screen = explorer(demo());
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

#[test]
fn ctrl_c_ends_it() {
    let mut screen = explorer(demo());
    screen.keys("<C-c>");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

#[test]
fn a_summary_of_what_was_read_stays_in_the_scrollback() {
    let mut screen = explorer(demo());
    screen.keys("/orders<Enter>");
    screen.wait_for_no_text("payments");
    screen.keys("<Enter>");
    screen.wait_for_text("MODIFY");
    screen.signal(Signal::TERM);
    assert_eq!(screen.wait_for_exit(), Exit::Status(143));
    screen.assert_restored();
    let text = screen.text();
    assert!(
        text.contains("orders ") && text.contains(" records") && text.contains("again: dynascope"),
        "{text}"
    );
}

#[test]
fn a_signal_ends_it_with_its_number() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut screen = explorer(demo());
        screen.signal(signal);
        assert_eq!(screen.wait_for_exit(), Exit::Status(status));
        screen.assert_restored();
    }
}

#[test]
fn whatever_ends_it_the_capture_has_what_was_read_and_the_marker_that_was_dropped() {
    for (ending, status) in [(Some(Signal::TERM), 143), (Some(Signal::HUP), 129), (None, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.jsonl");
        let args = ["demo", "--rate", "5", "--capture", path.to_str().unwrap()];
        let mut screen = explorer(Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&args).size(160, 36));
        screen.keys("/orders<Enter>");
        screen.wait_for_no_text("payments");
        screen.keys("<Enter>");
        screen.wait_for_text("MODIFY");
        screen.keys("mrun 3");
        screen.wait_for_text("run 3");
        match ending {
            Some(signal) => screen.signal(signal),
            None => screen.keys("<C-c>"),
        }
        assert_eq!(screen.wait_for_exit(), Exit::Status(status));
        screen.assert_restored();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with('\n'));
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let count = |kind: Option<&str>| {
            lines.iter().filter(|line| line["dynascope"]["kind"].as_str() == kind).count()
        };
        let summary = format!("{} captured to ", thousands(count(None)));
        assert!(screen.text().replace('\n', "").contains(&summary), "{summary}: {}", screen.text());
        assert_eq!((lines[0]["dynascope"]["kind"].as_str(), count(Some("marker"))), (Some("stream"), 1));
        let marker = lines.iter().rfind(|line| line["dynascope"]["kind"] == "marker").unwrap();
        assert_eq!(marker["dynascope"]["label"], "run 3");
    }
}

fn thousands(number: usize) -> String {
    dynascope::app::summary::thousands(number as u64)
}

/// Asks the debug build for a panic.
#[test]
#[cfg(debug_assertions)]
fn a_panic_of_the_loop_ends_it_and_its_message_is_seen() {
    let mut screen = demo().env("DYNASCOPE_PANIC", "ui").spawn();
    assert_eq!(screen.wait_for_exit(), Exit::Status(101));
    screen.assert_restored();
    let text = screen.text();
    assert!(text.contains("panicked at") && text.contains("on purpose"), "{text}");
}

#[test]
#[cfg(debug_assertions)]
fn a_panic_of_a_task_is_survived_and_its_message_stays() {
    let mut screen = demo().env("DYNASCOPE_PANIC", "task").spawn();
    // Between two takings of the terminal, and perhaps before the second: no key is lost.
    screen.wait_for_sent("on purpose");
    screen.keys("?");
    screen.wait_for("the explorer again", |screen| {
        screen.alternate_screen() && screen.contents().contains("Help · Esc closes")
    });
    screen.keys("<Esc>q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

#[test]
fn it_is_suspended_and_goes_on() {
    let shell = Screen::command("bash").args(&["--norc", "--noprofile", "-i"]).env("PS1", "the prompt> ");
    let mut screen = shell.size(120, 36).spawn();
    let prompt = |screen: &vt100::Screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("the prompt>")
    };
    let explorer = |screen: &vt100::Screen| screen.alternate_screen() && screen.contents().contains("orders");
    screen.wait_for("the prompt", prompt);
    screen.keys(&format!("{} demo<Enter>", env!("CARGO_BIN_EXE_dynascope")));
    screen.wait_for("the explorer", explorer);
    screen.keys("<C-z>");
    screen.wait_for("the prompt", prompt);
    assert!(screen.text().contains("Stopped") && !screen.see(vt100::Screen::hide_cursor));
    screen.keys("fg<Enter>");
    screen.wait_for("the explorer", explorer);
    screen.keys("q");
    screen.wait_for("the prompt", prompt);
    screen.keys("exit<Enter>");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

#[test]
fn a_terminal_that_has_gone_ends_it() {
    let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dynascope"));
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.arg("demo");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = vec![];
    let mut buffer = [0; 4_096];
    while !String::from_utf8_lossy(&seen).contains("orders") {
        let length = reader.read(&mut buffer).unwrap();
        seen.extend(&buffer[..length]);
    }
    drop(reader);
    drop(pair.master);
    let deadline = Deadline::after(PATIENCE);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if deadline.has_passed() {
            child.kill().unwrap();
            panic!("it lives on without a terminal");
        }
        thread::sleep(Duration::from_millis(5));
    };
    // Whether the signal, a read or a write is first to tell is chance; a panic it is not.
    assert!([0, 1, 129].contains(&status.exit_code()), "{status:?}");
}

#[test]
fn a_storm_of_sizes_is_survived() {
    let sizes = [(0, 0), (1, 1), (20, 5), (120, 40), (40, 12), (39, 11), (300, 90), (2, 200), (300, 1)];
    let mut screen = explorer(demo());
    for (columns, rows) in sizes.into_iter().cycle().take(400) {
        screen.resize(columns, rows);
    }
    for (columns, rows) in sizes {
        screen.resize(columns, rows);
        screen.wait_until_still(Duration::from_millis(20));
    }
    screen.resize(120, 36);
    screen.wait_for_text("orders");
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

/// The explorer with an empty filter prompt open.
fn prompt() -> Screen {
    let mut screen = explorer(demo());
    screen.keys("/");
    screen.wait_for_text("filter ›");
    screen
}

fn assert_lives(mut screen: Screen) {
    screen.keys("<C-u>pay");
    screen.wait_for_text("filter › pay");
    screen.keys("<Esc>q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

#[test]
fn a_pasted_megabyte_is_cut_and_literal() {
    let mut screen = prompt();
    screen.paste(&format!("{}END", "q".repeat(1_000_000)));
    screen.wait_for_text("qqqqqqqqqq");
    assert!(!screen.text().contains("END"), "{}", screen.text());
    assert_lives(screen);
}

#[test]
fn pasted_line_breaks_submit_nothing() {
    let mut screen = prompt();
    screen.paste("ord\r\nq\rj\u{3}\n");
    screen.wait_for_text("filter › ord  q j\\x03");
    assert_lives(screen);
}

/// What a terminal should have taken out of a paste: the rest comes as keys, which are letters here.
#[test]
fn a_paste_that_ends_itself_stays_in_the_prompt() {
    let mut screen = prompt();
    screen.paste("a\x1b[201~qqP");
    screen.wait_for_text("filter › aqqP");
    assert_lives(screen);
}

#[test]
fn a_paste_outside_a_prompt_is_no_key() {
    let mut screen = explorer(demo());
    screen.paste("qqq\r\u{3}q");
    screen.keys("/");
    screen.wait_for_text("filter ›");
    assert_lives(screen);
}

/// In a session of its own it is not told that its terminal has gone; its reads and writes fail.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_goes_without_a_word_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let id = folder.path().join("id");
    let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new("setsid");
    command.env("TERM", "xterm-256color");
    command.args(["--wait", "sh", "-c", "echo $$ >\"$0\"; exec \"$1\" demo"]);
    command.args([id.as_os_str(), std::ffi::OsStr::new(env!("CARGO_BIN_EXE_dynascope"))]);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = vec![];
    let mut buffer = [0; 4_096];
    while !String::from_utf8_lossy(&seen).contains("orders") {
        let length = reader.read(&mut buffer).unwrap();
        seen.extend(&buffer[..length]);
    }
    let id = std::fs::read_to_string(id).unwrap();
    let process = std::path::Path::new("/proc").join(id.trim());
    assert!(process.exists());
    drop(reader);
    drop(pair.master);
    let deadline = Deadline::after(PATIENCE / 3);
    // A zombie has ended too.
    let lives = || {
        let state = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
    };
    while lives() {
        if deadline.has_passed() {
            let stat = std::fs::read_to_string(process.join("stat")).unwrap();
            let id = id.trim().parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
            rustix::process::kill_process(id, Signal::KILL).unwrap();
            panic!("it lives on without a terminal: {stat}");
        }
        thread::sleep(Duration::from_millis(5));
    }
    // The wait of setsid itself ends with the terminal, or with what it waited for.
    let _ = child.kill();
    let _ = child.wait();
}
