//! The binary on DynamoDB Local: what it prints is what boto3 reads, and the explorer shows it live.

mod support;

use support::dynamodb_local::DynamoDbLocal;
use support::program::Program;
use support::python::{compare, python};
use support::screen::{Exit, Screen};

const TABLES: [&str; 4] = ["keys_only", "new_image", "old_image", "both_images"];

fn tail(endpoint: &str, tables: &[&str]) -> String {
    let args = [&["tail"], tables, &["--from", "trim-horizon", "--no-follow", "-o", "jsonl"]].concat();
    let ended = Program::at(endpoint, &args).run();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    ended.stdout
}

#[test]
fn two_thousand_writes_are_printed_as_boto3_reads_them() {
    let local = DynamoDbLocal::start();
    let endpoint = local.endpoint();
    python("write.py", &[&endpoint, "--writes", "2000"]);
    let mut all = String::new();
    for table in TABLES {
        let read = python("read.py", &[&endpoint, table]);
        let printed = tail(&endpoint, &[table]);
        assert_eq!(printed.lines().count(), 500, "{table}");
        compare(&read, &printed).unwrap_or_else(|report| panic!("{table}:\n{report}"));
        all += &read;
    }
    // The four at once are read side by side, each in its order.
    compare(&all, &tail(&endpoint, &TABLES)).unwrap();
}

#[test]
fn the_explorer_shows_what_is_written_and_its_diff() {
    let local = DynamoDbLocal::start();
    let endpoint = local.endpoint();
    python("write.py", &[&endpoint, "--writes", "40"]);
    let put = |status: &str| {
        let item = format!(r#"{{"pk":{{"S":"ord#new"}},"sk":{{"B":"AAE="}},"status":{{"S":"{status}"}}}}"#);
        python("put.py", &[&endpoint, "both_images", &item]);
    };
    let mut screen = Screen::spawn(&["--endpoint-url", &endpoint], 160, 45);
    for table in TABLES {
        screen.wait_for_text(table);
    }
    screen.keys("/both<Enter>");
    screen.wait_for_no_text("keys_only");
    screen.keys("<Enter>");
    screen.wait_for_text("caught up");
    put("WAITING");
    screen.wait_for_text("+ INSERT");
    screen.wait_for_text("ord#new");
    put("PAID");
    screen.wait_for_text("~ MODIFY");
    screen.keys("3G<Enter>");
    screen.wait_for_text("4 Diff");
    screen.wait_for("both values of the attribute", |screen| {
        let text = screen.contents();
        text.lines().any(|line| {
            line.contains("status") && line.contains("WAITING") && line.contains("→") && line.contains("PAID")
        })
    });
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}
