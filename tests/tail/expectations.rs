//! Wait, count, forbid: what `tail` is to a test.

use std::path::{Path, PathBuf};
use std::thread;

use super::support::deadline::{Deadline, PATIENCE};
use super::*;

/// A time that is over at once, where nothing is left to come.
const SHORT: &str = "300ms";
/// A time that no test waits for.
const LONG: &str = "1h";

fn expect(demo: &Demo, args: &[&str]) -> Ended {
    tail(demo.endpoint(), &[&["small", "--from", "trim-horizon", "-o", "jsonl"], args].concat())
}

#[test]
fn what_was_expected_came_and_no_more() {
    let (demo, _) = small(2);
    for expected in ["2", "1..2", "2..9", "0..2"] {
        let ended = expect(&demo, &["--expect", expected, "--timeout", SHORT, "--settle", "10ms"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{expected}");
        assert_eq!(versions(&ended.stdout), [1, 2], "{expected}");
    }
    // Nothing is too much: it does not wait for more.
    let ended = expect(&demo, &["--expect", "1..", "--timeout", LONG, "--settle", LONG]);
    assert_eq!((ended.status, versions(&ended.stdout)), (0, vec![1]));
    // All that there was is the end of the wait, too.
    let ended = expect(&demo, &["--expect", "2", "--no-follow", "--settle", LONG]);
    assert_eq!((ended.status, versions(&ended.stdout)), (0, vec![1, 2]));
}

#[test]
fn the_first_too_many_fails_it_at_once_and_is_printed() {
    let (demo, _) = small(3);
    for (expected, printed) in [("0", vec![1]), ("1", vec![1, 2]), ("1..2", vec![1, 2, 3])] {
        let ended = expect(&demo, &["--expect", expected, "--timeout", LONG, "--settle", LONG]);
        assert_eq!((ended.status, versions(&ended.stdout)), (4, printed), "{expected}");
        let said = "dynascope: more records came than were expected; the last one printed is too many\n";
        assert_eq!(ended.stderr, said);
    }
}

#[test]
fn a_surplus_that_comes_while_it_settles_fails_it() {
    let (demo, stream) = small(1);
    let args = ["tail", "small", "--from", "trim-horizon", "-o", "jsonl"];
    let expecting = ["--expect", "1", "--timeout", LONG, "--settle", LONG];
    let mut running = Program::at(demo.endpoint(), &[&args[..], &expecting].concat()).start();
    running.line();
    put(&demo, &stream, 2);
    let ended = running.wait();
    assert_eq!((ended.status, versions(&ended.stdout)), (4, vec![2]));
}

#[test]
fn fewer_than_expected_are_told_with_their_number() {
    let (demo, _) = small(2);
    let ended = expect(&demo, &["--expect", "3", "--timeout", SHORT]);
    assert_eq!((ended.status, versions(&ended.stdout)), (3, vec![1, 2]));
    assert_eq!(ended.stderr, "dynascope: 2 of 3 expected records came\n");
    let ended = expect(&demo, &["--expect", "3..", "--no-follow"]);
    assert_eq!((ended.status, ended.stderr.contains("2 of 3")), (3, true));
}

#[test]
fn only_what_matches_is_counted() {
    let (demo, _) = small(5);
    let matching = |args: &[&str]| {
        let ended = expect(&demo, &[args, &["--no-follow"]].concat());
        (ended.status, versions(&ended.stdout), ended.stderr)
    };
    let quiet = |versions: &[usize]| (0, versions.to_vec(), String::new());
    assert_eq!(matching(&["--filter", "version > 3", "--expect", "2"]), quiet(&[4, 5]));
    assert_eq!(matching(&["--exclude", "version > 3", "-m", "3"]), quiet(&[1, 2, 3]));
    // A text is looked for in both images.
    assert_eq!(matching(&["--grep", "3", "--expect", "2"]), quiet(&[3, 4]));
    assert_eq!(
        matching(&["--filter", "version < 5", "--grep", "3", "--exclude", "version = 3"]),
        quiet(&[4])
    );
    assert_eq!(
        matching(&["--keep-only", "@event = INSERT", "--filter", "version < 3"]),
        (0, vec![1], "dynascope: 4 records dropped by --keep-only\n".into())
    );
    let (status, _, said) = matching(&["--filter", "version = '3'", "--expect", "1"]);
    assert_eq!(status, 3);
    assert!(said.contains("0 matches in 5 records; 5 records have version as a number: try 3"), "{said}");
}

fn wait_for_file(path: &Path) -> String {
    let deadline = Deadline::after(PATIENCE);
    loop {
        match std::fs::read_to_string(path) {
            Ok(text) => return text,
            Err(_) => assert!(!deadline.has_passed(), "{} never appeared", path.display()),
        }
        thread::sleep(std::time::Duration::from_millis(1));
    }
}

fn ready_file(folder: &tempfile::TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let text = path.to_str().unwrap().to_owned();
    (path, text)
}

#[test]
fn no_write_after_the_ready_file_is_missed_in_fifty_races() {
    let demo = serve(Contents::Nothing);
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for racer in 0..10 {
            let (demo, folder) = (&demo, &folder);
            scope.spawn(move || {
                let table = format!("racer{racer}");
                let view = ViewType::NewAndOldImages;
                let stream = demo.service().lock().unwrap().create_stream(&table, view, 2, demo.now());
                let (path, ready) = ready_file(folder, &table);
                for version in 1..=5 {
                    // That of the run before is still there.
                    assert_eq!(path.exists(), version > 1);
                    // A time is rounded down to its second: the version before may come once more.
                    let own = format!("version = {version}");
                    let args = ["tail", &table, "--expect", "1..", "--timeout", "20s", "-o", "jsonl"];
                    let args = [&args[..], &["--filter", &own, "--ready-file", &ready]].concat();
                    let running = Program::at(demo.endpoint(), &args).start();
                    let deadline = Deadline::after(PATIENCE);
                    let earlier = (version > 1).then(|| inode(&path));
                    while inode(&path) == earlier.flatten() || !path.exists() {
                        assert!(!deadline.has_passed(), "it was never ready");
                        thread::sleep(std::time::Duration::from_millis(1));
                    }
                    put(demo, &stream, version);
                    let ended = running.wait();
                    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{table}, run {version}");
                    assert_eq!(versions(&ended.stdout), [version], "{table}, run {version}");
                }
            });
        }
    });
}

/// What tells a file from one that took its place.
fn inode(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    use std::os::unix::fs::MetadataExt as _;
    let facts = std::fs::metadata(path).ok()?;
    Some((facts.ino(), facts.modified().ok()?))
}

#[test]
fn the_ready_file_says_what_may_be_missed_where_there_is_only_latest() {
    let folder = tempfile::tempdir().unwrap();
    let (path, ready) = ready_file(&folder, "ready");
    for (fault, said) in [(None, "no later write is missed"), (Some(Fault::NoTimestamps), "from LATEST")] {
        let (demo, stream) = small(1);
        demo.service().lock().unwrap().faults.rules = fault.map(Rule::always).into_iter().collect();
        let args = ["tail", "small", "-m", "1", "-o", "jsonl", "--filter", "version = 2"];
        let args = [&args[..], &["--ready-file", &ready]].concat();
        let running = Program::at(demo.endpoint(), &args).start();
        let text = wait_for_file(&path);
        assert!(text.starts_with("small: ") && text.contains(said), "{text}");
        put(&demo, &stream, 2);
        let ended = running.wait();
        assert_eq!((ended.status, versions(&ended.stdout)), (0, vec![2]));
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_ready_file_of_an_earlier_run_is_removed_and_none_appears_before_every_shard_is_read() {
    let (demo, _) = small(1);
    let folder = tempfile::tempdir().unwrap();
    let (path, ready) = ready_file(&folder, "ready");
    std::fs::write(&path, "of an earlier run").unwrap();
    demo.service().lock().unwrap().faults.rules = vec![Rule {
        operation: Some(Operation::GetRecords),
        ..Rule::always(Fault::Refuse(RefusalKind::Unavailable))
    }];
    let args = ["small", "--ready-file", &ready, "--timeout", SHORT, "--give-up", LONG];
    assert_eq!(tail(demo.endpoint(), &args).status, 0);
    assert!(!path.exists());
    // Nor can it be in the place of a folder.
    let ended = tail(demo.endpoint(), &["small", "--ready-file", folder.path().to_str().unwrap()]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("cannot remove the ready file"), "{}", ended.stderr);
}
