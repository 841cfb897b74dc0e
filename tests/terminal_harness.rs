//! That the terminal of the tests shows, sends and notices what it says.

mod support;

use rustix::process::Signal;
use support::screen::{Exit, Screen};
use support::sequences::{foreign, sequences};

fn shell(script: &str) -> Screen {
    Screen::command("bash").args(&["--norc", "--noprofile", "-c", script]).size(60, 10).spawn()
}

#[test]
fn keys_go_in_and_a_screen_comes_out() {
    let mut screen = Screen::command("less").args(&["Cargo.toml"]).size(60, 12).spawn();
    screen.wait_for_text("name = \"dynascope\"");
    assert!(screen.see(vt100::Screen::alternate_screen));
    screen.keys("/rust-version<Enter>");
    screen.wait_for("a match at the top", |screen| {
        screen.rows(0, 60).next().is_some_and(|row| row.starts_with("rust-version"))
    });
    screen.keys("<Down>");
    screen.wait_for("the next line at the top", |screen| {
        screen.rows(0, 60).next().is_some_and(|row| row.starts_with("description"))
    });
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}

#[test]
fn every_kind_of_key_reaches_the_program() {
    let mut screen = shell("stty raw -echo; echo ready; cat -v");
    screen.wait_for_text("ready");
    screen.keys("a<lt>é<C-d><Tab><S-Tab><Up><PgDn><F1><F5><A-x><Esc>j");
    screen.wait_for_text("a<M-CM-)^D\t".trim_end());
    screen.wait_for_text("^[[Z^[[A^[[6~^[OP^[[15~^[x^[j");
}

#[test]
fn the_program_is_told_of_a_new_size() {
    let mut screen = shell("trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done");
    screen.wait_for_text("10 60");
    screen.resize(100, 30);
    screen.wait_for_text("30 100");
    assert_eq!(screen.see(|screen| screen.size().1.get()), 100);
}

#[test]
fn questions_to_the_terminal_are_answered() {
    let mut screen = shell(
        r"stty -echo; printf 'abc\e[6n'; read -r -s -d R place; printf '\e[c'; read -r -s -d c kind; cat -v <<<$place$kind",
    );
    screen.wait_for_text("^[[1;4^[[?62;22");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
}

#[test]
fn the_end_of_a_program_is_told_as_it_was() {
    assert_eq!(shell("exit 3").wait_for_exit(), Exit::Status(3));
    let mut screen = shell("echo here; exec sleep 100");
    screen.wait_for_text("here");
    screen.signal(Signal::TERM);
    assert_eq!(screen.wait_for_exit(), Exit::Signal("Terminated".to_owned()));
}

#[test]
#[should_panic(expected = "the settings of the terminal")]
fn changed_settings_are_noticed() {
    let mut screen = shell("stty -echo");
    screen.wait_for_exit();
    screen.assert_restored();
}

#[test]
#[should_panic(expected = "bracketed paste is still on")]
fn a_mode_left_on_is_noticed() {
    let mut screen = shell(r"printf '\e[?2004h'");
    screen.wait_for_exit();
    screen.assert_restored();
}

#[test]
#[should_panic(expected = "before the screen showed \"never\"")]
fn waiting_ends_with_the_program() {
    shell("echo here").wait_for_text("never");
}

#[test]
fn the_environment_is_clean() {
    let mut screen = Screen::command("env").size(200, 40).spawn();
    screen.wait_for_exit();
    let text = screen.text();
    assert!(text.contains("TERM=xterm-256color"), "{text}");
    assert!(text.contains("AWS_EC2_METADATA_DISABLED=true"), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
}

#[test]
fn the_binary_itself_runs_in_it() {
    let mut screen = Screen::spawn(&["--version"], 80, 24);
    screen.wait_for_exit();
    screen.assert_restored();
}

#[test]
fn control_sequences_are_told_by_name() {
    let output = "a\x1b[31;1mé\x1b[2J\x1b[?1049h\x1b[5;7H\x1b]0;evil\x07\x1b]52;c;AA\x1b\\\r\n\u{9b}2J\x1b(B\x1b7\x1bPq\x1b\\日";
    let found: Vec<String> = sequences(output.as_bytes()).into_keys().collect();
    let expected = [
        "0x0a",
        "0x0d",
        "C1 0x9b",
        "CSI 2J",
        "CSI ?1049h",
        "CSI H",
        "CSI m",
        "DCS q",
        "ESC (B",
        "ESC 7",
        "OSC 0;evil",
        "OSC 52;c;AA",
    ];
    assert_eq!(found, expected);
    let known = ["0x*", "CSI *", "DCS q", "ESC *", "OSC 52;*"];
    let rest: Vec<String> = foreign(output.as_bytes(), &known).into_keys().collect();
    assert_eq!(rest, ["C1 0x9b", "OSC 0;evil"]);
}

#[test]
fn no_bytes_stop_the_reading_of_sequences() {
    for bytes in [
        &b"\x1b"[..],
        b"\x1b[",
        b"\x1b[1",
        b"\x1b]",
        b"\x1b]0;x",
        b"\xff\xfe",
        b"\xf0\x9f",
        b"\x1b\xff",
        b"\x9b",
        b"\xc2",
    ] {
        let mut twice = bytes.to_vec();
        twice.extend(bytes);
        sequences(&twice);
    }
}
