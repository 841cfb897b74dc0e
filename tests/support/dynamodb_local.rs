//! A DynamoDB Local of the test's own, in memory.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::deadline::{Deadline, PATIENCE};
use super::fetched;

/// A running DynamoDB Local. Dropped, or with the test's process gone, it ends.
pub struct DynamoDbLocal {
    port: u16,
    shell: Child,
    // The shell waits for its end, then ends Java.
    stdin: Option<ChildStdin>,
    log: tempfile::NamedTempFile,
}

/// An answer of the endpoint, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    pub body: Vec<u8>,
}

impl DynamoDbLocal {
    /// Starts one on a free port and waits until it answers.
    pub fn start() -> Self {
        // Another process may take the port between the question and its use.
        (0..3).find_map(|_| Self::try_start()).expect("DynamoDB Local found a port")
    }

    fn try_start() -> Option<Self> {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let folder = fetched("DYNASCOPE_DYNAMODB_LOCAL", "target/dynamodb-local");
        let java = std::env::var_os("DYNASCOPE_JAVA").map_or_else(|| PathBuf::from("java"), PathBuf::from);
        let log = tempfile::NamedTempFile::new().expect("a file for the log");
        let append = || File::options().append(true).open(log.path()).expect("a file for the log");
        // Java does not notice that its parent is gone (a test that is killed drops nothing); a
        // pipe does.
        let script = r#""$@" & read -r _; kill $! 2>/dev/null; wait"#;
        let mut shell = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&java)
            .args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-Djava.library.path=./DynamoDBLocal_lib"])
            .args(["-jar", "DynamoDBLocal.jar", "-inMemory", "-disableTelemetry", "-port", &port.to_string()])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(append())
            .stderr(append())
            .spawn()
            .expect("sh starts");
        let stdin = shell.stdin.take();
        let local = Self { port, shell, stdin, log };
        let deadline = Deadline::after(PATIENCE * 2);
        loop {
            let log = fs::read_to_string(local.log.path()).unwrap_or_default();
            if log.contains("Address already in use") {
                return None;
            }
            let missing = log.contains("not found") || log.contains("Error:") || log.contains("Exception");
            assert!(
                !missing && !deadline.has_passed(),
                "DynamoDB Local does not start with {} (run scripts/test, or install a JRE):\n{log}",
                java.display()
            );
            if local
                .try_call("DynamoDBStreams_20120810.ListStreams", "{}")
                .is_ok_and(|answer| answer.status == 200)
            {
                return Some(local);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// `http://127.0.0.1:8000`
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One call, past every SDK: `local.call("DynamoDBStreams_20120810.GetRecords", "{…}")`.
    pub fn call(&self, target: &str, body: &str) -> Answer {
        self.try_call(target, body).unwrap_or_else(|error| panic!("{target}: {error}"))
    }

    fn try_call(&self, target: &str, body: &str) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // It reads the access key and the region, and checks no signature.
        let credential = "Credential=dynascope/20260101/eu-west-1/dynamodb/aws4_request";
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Amz-Target: {target}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )?;
        let mut whole = vec![];
        stream.read_to_end(&mut whole)?;
        answer(&whole).ok_or_else(|| std::io::Error::other("this is no HTTP answer"))
    }
}

fn answer(whole: &[u8]) -> Option<Answer> {
    let end = whole.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&whole[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head, body: whole[end + 4..].to_vec() })
}

impl Drop for DynamoDbLocal {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // Its memory is its only state: nothing is lost if this fails.
        let _ = self.shell.wait();
    }
}
