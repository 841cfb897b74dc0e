//! The Python scripts of tests/support/local, run in the environment that scripts/test makes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{AWS_ENVIRONMENT, fetched};

/// What a script prints. Fails with what it said if it does.
pub fn python(script: &str, args: &[&str]) -> String {
    let output = try_python(script, args);
    assert!(
        output.status.success(),
        "{script} {args:?} failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("scripts print UTF-8")
}

/// Runs a script, whatever comes of it.
pub fn try_python(script: &str, args: &[&str]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/local").join(script);
    let mut command = Command::new(fetched("DYNASCOPE_PYTHON", "target/venv/bin/python"));
    command.env_clear().envs(AWS_ENVIRONMENT).env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(path).args(args).stdin(Stdio::null());
    command.output().unwrap_or_else(|error| panic!("{script}: {error}"))
}

/// Compares what read.py printed with dynascope's jsonl, record by record: see compare.py.
///
/// The first differences, a line each, if there are any.
pub fn compare(boto3: &str, dynascope: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let [theirs, ours] = [("boto3", boto3), ("dynascope", dynascope)].map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file in it");
        path.to_str().expect("a path in UTF-8").to_owned()
    });
    let output = try_python("compare.py", &[&theirs, &ours]);
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(said.into_owned()) } else { Err(said.into_owned()) }
}
