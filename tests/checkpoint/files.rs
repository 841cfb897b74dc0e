//! The file of a checkpoint: whose it is, what may be in it, and what is said where it cannot be written.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

#[test]
fn what_is_no_checkpoint_is_refused_and_left_as_it_is() {
    let stage = Stage::new(1);
    stage.read(&DRAIN);
    let good = stage.checkpoint();
    let cases = [
        ("a diary\n".to_owned(), "it is no checkpoint of dynascope"),
        (good[..good.len() / 2].to_owned(), "it is damaged: "),
        (good.replacen("\"v\":1", "\"v\":2", 1), "a newer dynascope wrote it (version 2; this one reads 1)"),
    ];
    for (text, said) in cases {
        fs::write(stage.path(), &text).unwrap();
        let ended = stage.tail(&DRAIN);
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{text:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert_eq!(stage.checkpoint(), text);
    }
    fs::write(stage.path(), "").unwrap();
    assert_eq!(stage.read(&DRAIN).0, [1], "a file that mktemp has made is one without a checkpoint");
}

#[test]
fn another_part_of_the_stream_is_not_gone_on_with() {
    let stage = Stage::new(1);
    stage.read(&DRAIN);
    let before = stage.checkpoint();
    let shard = stage.demo.service().lock().unwrap().open_shards(&stage.stream)[0].to_string();
    let ended = stage.tail(&["--shard", &shard, "--no-follow"]);
    let said =
        format!("it stands in all shards of small, and this would read --shard {shard}; name the same");
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    assert_eq!(stage.checkpoint(), before);
}

#[test]
fn it_is_its_owner_s_alone_and_a_second_run_is_refused_while_the_first_one_lives() {
    let stage = Stage::new(1);
    let mut first = stage.program(&["--from", "trim-horizon"]).start();
    first.line();
    let second = stage.tail(&[]);
    assert_eq!((second.status, second.stdout.as_str()), (1, ""));
    assert!(second.stderr.contains("another dynascope keeps it at the moment"), "{}", second.stderr);
    first.signal(Signal::KILL);
    assert_eq!(first.wait().status, -9);
    stage.read(&["--no-follow"]);
    assert_eq!(fs::metadata(stage.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_link_is_not_followed() {
    let stage = Stage::new(1);
    let target = stage.folder.path().join("target");
    symlink(&target, stage.path()).unwrap();
    let ended = stage.tail(&DRAIN);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("it is a symbolic link, and links are not followed"), "{}", ended.stderr);
    assert!(!target.exists());
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_told_once_and_again_when_it_can() {
    let mut stage = Stage::new(1);
    // What it would be written to before it is renamed.
    let blocked = stage.folder.path().join("checkpoint.new");
    fs::create_dir(&blocked).unwrap();
    let ended = stage.tail(&DRAIN);
    assert_eq!((ended.status, versions(&ended.stdout)), (1, vec![1]), "{}", ended.stderr);
    let [told, failure] = &ended.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", ended.stderr) };
    assert!(told.contains("cannot be written: ") && told.ends_with("; reading goes on"), "{told}");
    assert!(failure.contains("it stands before what was printed last, which comes again"), "{failure}");

    let mut running = stage.program(&["--from", "trim-horizon", "-m", "2"]).start();
    assert_eq!(version(&running.line()), 1);
    fs::remove_dir(&blocked).unwrap();
    stage.put(1);
    let ended = running.wait();
    assert_eq!((ended.status, versions(&ended.stdout)), (0, vec![2]), "{}", ended.stderr);
    assert!(ended.stderr.contains(" is written again"), "{}", ended.stderr);
    assert_eq!(stage.read(&["--no-follow"]).0, Vec::<usize>::new());
}

#[test]
fn the_command_that_goes_on_names_the_checkpoint() {
    let stage = Stage::new(0);
    let path = stage.folder.path().join("my checkpoint");
    let args = ["tail", stage.stream.as_str(), "--give-up", "10ms", "--checkpoint", path.to_str().unwrap()];
    // Nobody listens there.
    let ended = Program::at("http://127.0.0.1:9", &args).run();
    assert_eq!(ended.status, 1);
    let hint = format!("to go on: dynascope tail {} --checkpoint '{}'", stage.stream, path.display());
    assert!(ended.stderr.contains(&hint), "{}", ended.stderr);
    assert!(!path.exists(), "there is nothing to go on from yet");
}
