//! The AWS CLI, version 2, as a user's shell would run it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{AWS_ENVIRONMENT, fetched};

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

fn executable() -> PathBuf {
    fetched("DYNASCOPE_AWS", "/usr/bin/aws")
}

/// Runs printed commands, one after the other, in the shell and by the CLI's own code: its start is
/// saved. See aws_cli.py.
pub fn run_all(printed: &[String]) -> Vec<Ended> {
    // The shell takes the commands apart; `aws` tells what it was given.
    let script = format!("aws() {{ printf '%s\\0' \"$#\" \"$@\"; }}\n{}", printed.concat());
    let arguments = piped(Command::new("sh").arg("-s"), script.as_bytes());
    let aws = executable();
    let python = interpreter(&aws).unwrap_or_else(|| fetched("DYNASCOPE_PYTHON", "target/venv/bin/python"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/local/aws_cli.py");
    let mut command = Command::new(python);
    command.env_clear().envs(AWS_ENVIRONMENT).env("PYTHONUTF8", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    let said = piped(command.arg(script).arg(aws), &arguments);
    let said = String::from_utf8(said).expect("aws_cli.py prints UTF-8");
    said.lines().map(|line| serde_json::from_str(line).expect("aws_cli.py prints JSON")).collect()
}

/// Runs one printed command as it is: a shell that finds `aws` on its PATH.
pub fn run(printed: &str) -> Ended {
    let folder = executable().parent().expect("a folder").to_owned();
    let path = std::env::join_paths([folder.as_path(), Path::new("/usr/bin"), Path::new("/bin")]);
    let mut command = Command::new("sh");
    command.env_clear().envs(AWS_ENVIRONMENT).env("PATH", path.expect("a PATH")).env("LANG", "C.UTF-8");
    let output = command.args(["-c", printed]).stdin(Stdio::null()).output().expect("sh starts");
    let text = |bytes| String::from_utf8(bytes).expect("the CLI prints UTF-8");
    let status = output.status.code().expect("it was not killed");
    Ended { status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The Python that a script names in its first line.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut start = [0; 256];
    let len = fs::File::open(script).and_then(|mut file| file.read(&mut start)).expect("aws can be read");
    let line = String::from_utf8_lossy(&start[..len]).lines().next()?.to_owned();
    let python = line.strip_prefix("#!")?.trim();
    python.contains("python").then(|| PathBuf::from(python))
}

fn piped(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("the program reads"));
        child.wait_with_output().expect("the program ends")
    });
    assert!(output.status.success(), "{command:?}: {}", output.status);
    output.stdout
}
