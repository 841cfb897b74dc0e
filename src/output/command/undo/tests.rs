use super::*;
use crate::model::attribute::samples;
use crate::model::text::is_dangerous;
use crate::output::command::{MAX_TEXT, Target};
use crate::source::wire::read_records;
use crate::store::Page;
use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const TARGET: Target<'_> = Target {
    table: "orders",
    region: "eu-west-1",
    account: "123456789012",
    profile: None,
    endpoint: None,
    is_demo: false,
};

fn page(view_type: &str, event: &str, old: &str, new: &str) -> Page {
    let image =
        |name, json: &str| if json.is_empty() { String::new() } else { format!(r#","{name}":{json}"#) };
    let body = format!(
        r#"{{"Records":[{{"eventID":"e","eventName":"{event}","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{{"ApproximateCreationDateTime":1.7E9,"Keys":{{"pk":{{"S":"it's"}}}}{}{},"SequenceNumber":"7","StreamViewType":"{view_type}"}}}}]}}"#,
        image("OldImage", old),
        image("NewImage", new)
    );
    read_records(body.as_bytes()).unwrap().page
}

fn both(event: &str, old: &str, new: &str) -> Page {
    page("NEW_AND_OLD_IMAGES", event, old, new)
}

fn reverted(page: &Page) -> Result<String, String> {
    let command = revert(page.record(0)).map_err(|refusal| refusal.to_string())?;
    command.for_shell(&TARGET).map_err(|refusal| refusal.to_string())
}

fn item(attributes: &str) -> String {
    format!(r#"{{"pk":{{"S":"it's"}},{attributes}}}"#)
}

#[test]
fn a_modify_is_reverted_by_its_paths_alone() {
    let old = item(
        r#""status":{"S":"PENDING"},"total":{"M":{"amount":{"N":"19.90"}}},"gone":{"BOOL":true},"b":{"B":"AA=="}"#,
    );
    let new = item(
        r#""status":{"S":"PAID"},"total":{"M":{"amount":{"N":"24.90"}}},"a.b":{"L":[]},"b":{"B":"AQ=="}"#,
    );
    assert_snapshot!(reverted(&both("MODIFY", &old, &new)).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Reverts the 5 changes of a MODIFY at 2023-11-14 22:13:20 UTC.
    # DynamoDB refuses it where one of these paths holds something else by now.
    aws dynamodb update-item --region eu-west-1 --table-name orders --cli-binary-format base64 \
      --key '{"pk":{"S":"it'\''s"}}' \
      --update-expression 'SET #b = :1, #gone = :3, #status = :4, #total.#amount = :6 REMOVE #0' \
      --condition-expression '#0 = :0 AND #b = :2 AND attribute_not_exists(#gone) AND #status = :5 AND #total.#amount = :7' \
      --expression-attribute-names '{"#0":"a.b","#amount":"amount","#b":"b","#gone":"gone","#status":"status","#total":"total"}' \
      --expression-attribute-values '{":0":{"L":[]},":1":{"B":"AA=="},":2":{"B":"AQ=="},":3":{"BOOL":true},":4":{"S":"PENDING"},":5":{"S":"PAID"},":6":{"N":"19.90"},":7":{"N":"24.90"}}'
    "##);
}

#[test]
fn an_insert_is_reverted_by_a_guarded_deletion() {
    let new = item(r#""n":{"N":"1"},"s":{"SS":["a","b"]}"#);
    assert_snapshot!(reverted(&both("INSERT", "", &new)).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Deletes what an INSERT at 2023-11-14 22:13:20 UTC made.
    # DynamoDB refuses it where an attribute that is guarded holds something else by now.
    # It cannot guard against attributes that were added since: they are deleted too.
    aws dynamodb delete-item --region eu-west-1 --table-name orders \
      --key '{"pk":{"S":"it'\''s"}}' \
      --condition-expression '#n = :0 AND #s = :1' \
      --expression-attribute-names '{"#n":"n","#s":"s"}' \
      --expression-attribute-values '{":0":{"N":"1"},":1":{"SS":["a","b"]}}'
    "##);
    assert_snapshot!(reverted(&both("INSERT", "", r#"{"pk":{"S":"it's"}}"#)).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Deletes what an INSERT at 2023-11-14 22:13:20 UTC made.
    # It cannot guard against attributes that were added since: they are deleted too.
    aws dynamodb delete-item --region eu-west-1 --table-name orders \
      --key '{"pk":{"S":"it'\''s"}}' \
      --condition-expression 'attribute_exists(#pk)' \
      --expression-attribute-names '{"#pk":"pk"}'
    "##);
}

#[test]
fn a_remove_is_reverted_by_a_put_where_nothing_is() {
    let old = item("\"n\":{\"S\":\"\\u001b[2J\u{202e}\u{7f}\"}");
    assert_snapshot!(reverted(&both("REMOVE", &old, "")).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Puts back what a REMOVE at 2023-11-14 22:13:20 UTC took away.
    # DynamoDB refuses it where the item exists by now.
    aws dynamodb put-item --region eu-west-1 --table-name orders \
      --item '{"n":{"S":"\u001b[2J\u202e\u007f"},"pk":{"S":"it'\''s"}}' \
      --condition-expression 'attribute_not_exists(#pk)' \
      --expression-attribute-names '{"#pk":"pk"}'
    "##);
}

#[test]
fn what_time_to_live_deleted_is_put_back_with_a_warning() {
    let body = both("REMOVE", &item(r#""n":{"N":"1"}"#), "").record(0).json().replacen(
        '{',
        r#"{"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"},"#,
        1,
    );
    let page = read_records(format!(r#"{{"Records":[{body}]}}"#).as_bytes()).unwrap().page;
    assert!(reverted(&page).unwrap().contains("it will be deleted again"));
}

#[test]
fn an_item_is_read_consistently() {
    let page = page("KEYS_ONLY", "MODIFY", "", "");
    let target =
        Target { profile: Some("my prod"), endpoint: Some("http://localhost:8000"), is_demo: true, ..TARGET };
    assert_snapshot!(get_item(page.record(0)).unwrap().for_shell(&target).unwrap(), @r#"
    # account 123456789012, region eu-west-1, table orders
    # The demo serves streams only: there is no table behind it to run this on.
    aws dynamodb get-item --region eu-west-1 --profile 'my prod' --endpoint-url http://localhost:8000 --table-name orders \
      --key '{"pk":{"S":"it'\''s"}}' \
      --consistent-read
    "#);
}

#[test]
fn an_item_is_restored_against_the_newest_image_held() {
    let (one, two) = (item(r#""n":{"N":"1"},"x":{"S":"x"}"#), item(r#""n":{"N":"2"}"#));
    let here = both("INSERT", "", &one);
    let restored = |newest: &Page, later| {
        let command =
            restore(here.record(0), newest.record(0), later).map_err(|refusal| refusal.to_string())?;
        command.for_shell(&TARGET).map_err(|refusal| refusal.to_string())
    };
    assert_snapshot!(restored(&both("MODIFY", &one, &two), 3).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Restores the item as it was after the INSERT at 2023-11-14 22:13:20 UTC, and discards 3 later changes.
    # Changes back 2 paths. DynamoDB refuses it where one of them holds something else by now.
    aws dynamodb update-item --region eu-west-1 --table-name orders \
      --key '{"pk":{"S":"it'\''s"}}' \
      --update-expression 'SET #n = :0, #x = :2' \
      --condition-expression '#n = :1 AND attribute_not_exists(#x)' \
      --expression-attribute-names '{"#n":"n","#x":"x"}' \
      --expression-attribute-values '{":0":{"N":"1"},":1":{"N":"2"},":2":{"S":"x"}}'
    "##);
    assert_snapshot!(restored(&both("REMOVE", &two, ""), 1).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Restores the item as it was after the INSERT at 2023-11-14 22:13:20 UTC, and discards 1 later change.
    # DynamoDB refuses it where the item exists by now.
    aws dynamodb put-item --region eu-west-1 --table-name orders \
      --item '{"n":{"N":"1"},"pk":{"S":"it'\''s"},"x":{"S":"x"}}' \
      --condition-expression 'attribute_not_exists(#pk)' \
      --expression-attribute-names '{"#pk":"pk"}'
    "##);
    assert_eq!(restored(&both("MODIFY", &two, &one), 2), Err(Refusal::IsSame.to_string()));
    assert_eq!(restored(&here, 0), Err(Refusal::IsNewest.to_string()));
    let removed = both("REMOVE", &one, "");
    let command = restore(removed.record(0), here.record(0), 1).unwrap();
    assert_snapshot!(command.for_shell(&TARGET).unwrap(), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Restores the item as it was after the REMOVE at 2023-11-14 22:13:20 UTC, and discards 1 later change.
    # DynamoDB refuses it where an attribute that is guarded holds something else by now.
    # It cannot guard against attributes that were added since: they are deleted too.
    aws dynamodb delete-item --region eu-west-1 --table-name orders \
      --key '{"pk":{"S":"it'\''s"}}' \
      --condition-expression '#n = :0 AND #x = :1' \
      --expression-attribute-names '{"#n":"n","#x":"x"}' \
      --expression-attribute-values '{":0":{"N":"1"},":1":{"S":"x"}}'
    "##);
    assert_eq!(restore(removed.record(0), removed.record(0), 2), Err(Refusal::IsSame));
}

#[test]
fn an_image_that_does_not_exist_is_named() {
    let new = item(r#""n":{"N":"2"}"#);
    let refusals = [
        reverted(&page("NEW_IMAGE", "MODIFY", "", &new)),
        reverted(&page("OLD_IMAGE", "MODIFY", &new, "")),
        reverted(&page("KEYS_ONLY", "INSERT", "", "")),
        reverted(&page("NEW_IMAGE", "REMOVE", "", "")),
        reverted(&page("KEYS_ONLY", "RENAME", "", "")),
    ];
    assert_snapshot!(refusals.map(Result::unwrap_err).join("\n"), @r#"
    NEW_IMAGE: there is no old image, so what was there before is not known
    OLD_IMAGE: there is no new image, so what it changed is not known
    KEYS_ONLY: there is no new image, so what it inserted is not known
    NEW_IMAGE: there is no old image, so what it removed is not known
    what happened is not known: the event is none of insert, modify, remove
    "#);
    let keys_only = page("KEYS_ONLY", "MODIFY", "", "");
    let command = restore(both("INSERT", "", &new).record(0), keys_only.record(0), 1);
    assert_snapshot!(command.unwrap_err(), @r#"KEYS_ONLY: there is no new image, so how the item is by now is not known"#);
}

#[test]
fn what_a_command_cannot_say_is_refused() {
    let unknown = |n: u8| item(&format!(r#""v":{{"M":{{"w":{{"VECTOR":[{n}]}}}}}}"#));
    assert_eq!(
        reverted(&both("MODIFY", &unknown(1), &unknown(2))),
        Err("v.w holds a value of a type that is not known here".to_owned())
    );
    let one = item(r#""n":{"N":"1"}"#);
    let (same, nothing) = (item(r#""n":{"N":"1.0"}"#), Refusal::ChangedNothing.to_string());
    assert_eq!(reverted(&both("MODIFY", &one, &same)), Err(nothing));
    let command = revert(both("INSERT", "", &one).record(0)).unwrap();
    for target in [
        Target { table: "t; rm", ..TARGET },
        Target { table: "--no", ..TARGET },
        Target { region: "\u{1b}", ..TARGET },
        Target { profile: Some("\u{202e}"), ..TARGET },
        Target { endpoint: Some("-x"), ..TARGET },
    ] {
        assert!(matches!(command.for_shell(&target), Err(Refusal::Unprintable(_))), "{target:?}");
    }
}

/// Attributes `a0`, `a1`, …, each a map with a number in it.
fn many(count: usize, value: usize) -> String {
    let attributes: Vec<String> = (0..count)
        .map(|at| format!(r#""a{at}":{{"M":{{"x":{{"N":"{value}"}},"y":{{"N":"{value}"}}}}}}"#))
        .collect();
    item(&attributes.join(","))
}

#[test]
fn more_changes_than_an_expression_takes_become_whole_attributes() {
    let text = reverted(&both("MODIFY", &many(70, 1), &many(70, 2))).unwrap();
    assert!(text.contains("140 changes") && text.contains("#0.#1 = :0"), "{text}");
    let text = reverted(&both("MODIFY", &many(100, 1), &many(100, 2))).unwrap();
    assert!(text.contains("100 changes") && text.contains("SET #0 = :0"), "{text}");
    let text = reverted(&both("MODIFY", &many(160, 1), &many(160, 2)));
    assert_eq!(text, Err(Refusal::TooLong(160).to_string()));
    let (here, later) = (both("INSERT", "", &many(160, 1)), both("MODIFY", &many(160, 1), &many(160, 2)));
    let text = restore(here.record(0), later.record(0), 1).unwrap().for_shell(&TARGET).unwrap();
    assert!(text.contains("aws dynamodb put-item") && text.contains("only 150 of 160 attributes"), "{text}");
}

#[test]
fn a_long_command_takes_its_parameters_from_a_file() {
    let new = item(&format!(r#""n":{{"S":"{}"}}"#, "x".repeat(MAX_TEXT)));
    let page = both("REMOVE", &new, "");
    let command = revert(page.record(0)).unwrap();
    assert!(command.for_shell(&TARGET).unwrap().len() > MAX_TEXT);
    assert_snapshot!(command.for_shell_with_input(&TARGET, "/tmp/it's here.json").unwrap(), @r#"
    # account 123456789012, region eu-west-1, table orders
    # Puts back what a REMOVE at 2023-11-14 22:13:20 UTC took away.
    # DynamoDB refuses it where the item exists by now.
    aws dynamodb put-item --region eu-west-1 --table-name orders \
      --cli-input-json 'file:///tmp/it'\''s here.json'
    "#);
    let input: serde_json::Value = serde_json::from_str(&command.input()).unwrap();
    let names: Vec<_> = input.as_object().unwrap().keys().collect();
    assert_eq!(names, ["ConditionExpression", "ExpressionAttributeNames", "Item"]);
    let read = get_item(page.record(0)).unwrap().input();
    assert_eq!(read, "{\n  \"Key\": {\"pk\":{\"S\":\"it's\"}},\n  \"ConsistentRead\": true\n}\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn no_command_holds_what_a_terminal_obeys((old, new) in samples::pair()) {
        let json = |attributes: &Item<'_>| {
            let mut json = String::new();
            write_dynamodb(attributes, &mut json);
            json
        };
        let (insert, modify) = (both("INSERT", "", &json(&new)), both("MODIFY", &json(&old), &json(&new)));
        let commands = [
            revert(insert.record(0)),
            revert(modify.record(0)),
            revert(both("REMOVE", &json(&old), "").record(0)),
            restore(both("INSERT", "", &json(&old)).record(0), modify.record(0), 1),
        ];
        for command in commands.into_iter().flatten() {
            let text = command.for_shell(&TARGET).unwrap() + &command.input();
            let dangerous: String = text.chars().filter(|one| *one != '\n' && is_dangerous(*one)).collect();
            prop_assert_eq!(dangerous, "");
        }
    }
}
