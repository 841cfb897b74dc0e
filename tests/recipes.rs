//! The recipes of the README, each run as it stands there against DynamoDB Local.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::deadline::{Deadline, PATIENCE};
use support::dynamodb_local::DynamoDbLocal;
use support::program::Program;
use support::{AWS_ENVIRONMENT, fetched};

/// The code below a recipe's mark in the README.
fn recipe(name: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, recipe) = readme.split_once(&format!("<!-- recipe: {name} -->\n```")).unwrap();
    let (code, _) = recipe.split_once("\n```").unwrap();
    code.split_once('\n').unwrap().1.to_owned() + "\n"
}

fn create(local: &DynamoDbLocal, table: &str) {
    let request = json!({
        "TableName": table,
        "KeySchema": [{"AttributeName": "orderId", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "orderId", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    let answer = local.call("DynamoDB_20120810.CreateTable", &request.to_string());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

fn put(local: &DynamoDbLocal, table: &str, order: &str) {
    let item = json!({"orderId": {"S": order}, "status": {"S": "PENDING"}});
    let request = json!({"TableName": table, "Item": item});
    let answer = local.call("DynamoDB_20120810.PutItem", &request.to_string());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

/// A folder with the shop under test, which writes every order, and then so many times again.
struct Shop {
    local: DynamoDbLocal,
    folder: tempfile::TempDir,
}

impl Shop {
    fn open() -> Self {
        let local = DynamoDbLocal::start();
        create(&local, "orders");
        Self { local, folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Runs something beside the shop, with dynascope in its path. A shop that stutters writes twice.
    fn run(&self, command: &mut Command, stutters: bool) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_dynascope")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().envs(AWS_ENVIRONMENT).env("HOME", self.folder.path());
        command.env("PATH", format!("{}:{path}", binary.display()));
        command.env("AWS_ENDPOINT_URL", self.local.endpoint()).current_dir(self.folder.path());
        command.env("TIMES", if stutters { "2" } else { "1" });
        command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap()
    }

    /// Each run writes another order, so that each is an insert.
    fn check(&self, run: impl Fn(&Self, &str) -> Command, name: &str, stutter: &str) {
        for (order, stutters) in [("ord#test-1", false), ("ord#test-2", true)] {
            let code = recipe(name).replace("ord#test-1", order);
            let output = self.run(&mut run(self, &code), stutters);
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), !stutters, "{said}");
            assert!(!stutters || said.contains(stutter), "{said}");
        }
    }
}

/// Takes no SDK: DynamoDB Local checks no signature.
const SHOP_PY: &str = r#"
import json, os, sys, urllib.request

def place_order(order):
    for number in range(int(os.environ["TIMES"])):
        item = {"orderId": {"S": order}, "status": {"S": "PENDING"}, "try": {"N": str(number)}}
        request = urllib.request.Request(
            os.environ["AWS_ENDPOINT_URL"],
            json.dumps({"TableName": "orders", "Item": item}).encode(),
            {
                "X-Amz-Target": "DynamoDB_20120810.PutItem",
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": "AWS4-HMAC-SHA256 Credential=dynascope/20260101/eu-west-1/dynamodb/aws4_request, "
                "SignedHeaders=host, Signature=0",
            },
        )
        urllib.request.urlopen(request).read()

if __name__ == "__main__":
    place_order(sys.argv[1])
"#;

const SHOP_JS: &str = r"
exports.placeOrder = async (order) => {
  for (let number = 0; number < Number(process.env.TIMES); number++) {
    const item = { orderId: { S: order }, status: { S: 'PENDING' }, try: { N: String(number) } }
    const credential = 'Credential=dynascope/20260101/eu-west-1/dynamodb/aws4_request'
    const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: {
        'X-Amz-Target': 'DynamoDB_20120810.PutItem',
        'Content-Type': 'application/x-amz-json-1.0',
        Authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ TableName: 'orders', Item: item }),
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
}
";

fn python() -> PathBuf {
    fetched("DYNASCOPE_PYTHON", "target/venv/bin/python")
}

#[test]
fn the_recipe_for_a_shell_works_and_fails_where_it_must() {
    let shop = Shop::open();
    let place_order = shop.write("place-order", &format!("#!{}\n{SHOP_PY}", python().display()));
    fs::set_permissions(place_order, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |shop: &Shop, code: &str| {
        let script = shop.write("recipe", &format!("set -eu\n{code}"));
        let mut command = Command::new("bash");
        command.arg(script);
        command
    };
    shop.check(run, "shell", "more records came than were expected");
}

#[test]
fn the_recipe_for_pytest_works_and_fails_where_it_must() {
    let shop = Shop::open();
    shop.write("shop.py", SHOP_PY);
    let run = |shop: &Shop, code: &str| {
        let test = shop.write("test_orders.py", code);
        let mut command = Command::new(python());
        command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(test);
        command
    };
    shop.check(run, "pytest", "more records came than were expected");
}

#[test]
fn the_recipe_for_jest_works_and_fails_where_it_must() {
    let shop = Shop::open();
    shop.write("shop.js", SHOP_JS);
    shop.write("package.json", "{}");
    let run = |shop: &Shop, code: &str| {
        shop.write("orders.test.js", code);
        let mut command = Command::new("node");
        command.arg(fetched("DYNASCOPE_NODE", "target/node").join("node_modules/jest/bin/jest.js"));
        command.args(["--ci", "--runInBand", "--no-cache", "--watchman=false"]);
        command
    };
    shop.check(run, "jest", "dynascope ended with 4: dynascope: more records came than were expected");
}

#[test]
fn the_recipe_for_an_incident_keeps_what_was_not_even_shown() {
    let shop = Shop::open();
    for order in ["ord#1", "ord#2", "ord#3"] {
        put(&shop.local, "orders", order);
    }
    let update = json!({
        "TableName": "orders",
        "Key": {"orderId": {"S": "ord#2"}},
        "UpdateExpression": "SET note = :note",
        "ExpressionAttributeValues": {":note": {"S": "late"}},
    });
    let answer = shop.local.call("DynamoDB_20120810.UpdateItem", &update.to_string());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let output = shop.run(Command::new("bash").args(["-euo", "pipefail", "-c", &recipe("incident")]), false);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stderr}");
    let counts: Vec<&str> = stdout.lines().map(str::trim).collect();
    assert_eq!((counts.len(), counts[0]), (3, r#"2 {"orderId":{"S":"ord#2"}}"#), "{stdout}{stderr}");
    assert!(stderr.contains("captured 4 records to incident.jsonl.zst, "), "{stderr}");
}

#[test]
fn no_write_after_the_ready_file_is_missed_in_fifty_races_on_dynamodb_local() {
    let local = DynamoDbLocal::start();
    let (endpoint, folder) = (local.endpoint(), tempfile::tempdir().unwrap());
    thread::scope(|scope| {
        for racer in 0..10 {
            let (local, endpoint, folder) = (&local, &endpoint, &folder);
            scope.spawn(move || {
                let table = format!("racer{racer}");
                create(local, &table);
                for run in 0..5 {
                    let order = format!("run {run}");
                    let ready = folder.path().join(format!("{racer}.{run}"));
                    let args = ["tail", &table, "--expect", "1..", "--timeout", "20s", "-o", "jsonl"];
                    let args = [&args[..], &["--ready-file", ready.to_str().unwrap()]].concat();
                    let running = Program::at(endpoint, &args).start();
                    let deadline = Deadline::after(PATIENCE);
                    while !ready.exists() {
                        assert!(!deadline.has_passed(), "it was never ready");
                        thread::sleep(Duration::from_millis(1));
                    }
                    put(local, &table, &order);
                    let ended = running.wait();
                    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{table}, {order}");
                    let record: Value = serde_json::from_str(&ended.stdout).unwrap();
                    assert_eq!(record["dynamodb"]["Keys"]["orderId"]["S"], order, "{table}");
                    assert!(fs::read_to_string(&ready).unwrap().contains("from LATEST"));
                }
            });
        }
    });
}
