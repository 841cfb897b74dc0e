//! Credentials from a program of the user's own (`credential_process`), which is not left behind.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

/// Far more than credentials need, in bytes.
const MOST_OUTPUT: u64 = 64 << 10;

/// A provider that ends its program, and what that has started, once nobody waits for it any more:
/// the SDK's own leaves it behind.
#[derive(Clone)]
pub struct CredentialProcess {
    command: String,
}

/// Not the command: its arguments may be secret.
impl std::fmt::Debug for CredentialProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialProcess(…)")
    }
}

impl CredentialProcess {
    pub fn new(command: String) -> Self {
        Self { command }
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let failed = |what: String| CredentialsError::provider_error(format!("credential_process {what}"));
        let ended = run(&self.command).await.map_err(|error| failed(format!("cannot be run: {error}")))?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            return Err(failed(format!("failed ({}): {last}", ended.status)));
        }
        // An error would quote what may be a secret.
        read(&ended.stdout).ok_or_else(|| failed("did not print credentials as JSON, version 1".into()))
    }
}

impl ProvideCredentials for CredentialProcess {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

struct Ended {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Runs a command in a group of its own, which is killed when the future is dropped before its end.
async fn run(command: &str) -> io::Result<Ended> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group(shell.process_group(0).spawn()?);
    let (stdout, stderr) = (group.0.stdout.take(), group.0.stderr.take());
    let (stdout, stderr) = tokio::join!(output(stdout), output(stderr));
    let status = group.0.wait().await?;
    Ok(Ended { status, stdout: stdout?, stderr: stderr? })
}

async fn output(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    if let Some(pipe) = pipe {
        pipe.take(MOST_OUTPUT).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // There is no id any more once it has ended and been waited for: what it leaves behind then, an
        // agent say, it leaves on purpose.
        if let Some(leader) = self.0.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

fn read(output: &[u8]) -> Option<Credentials> {
    let printed: Printed = serde_json::from_slice(output).ok()?;
    let expiry =
        |text: String| SystemTime::try_from(DateTime::from_str(&text, Format::DateTimeWithOffset).ok()?).ok();
    let expires = match printed.expiration {
        Some(text) => Some(expiry(text)?),
        None => None,
    };
    let Printed { version, access_key_id, secret_access_key, session_token, .. } = printed;
    (version == 1).then(|| {
        Credentials::new(access_key_id, secret_access_key, session_token, expires, "CredentialProcess")
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn credentials(command: &str) -> Result<Credentials, String> {
        let provided = CredentialProcess::new(command.to_owned()).provide_credentials().await;
        provided.map_err(|error| std::error::Error::source(&error).unwrap().to_string())
    }

    #[tokio::test]
    async fn what_a_process_prints_is_read() {
        let printed = r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T","Expiration":"2030-01-01T00:00:00+00:00","AccountId":"1"}"#;
        let found = credentials(&format!("echo '{printed}'; echo warning >&2")).await.unwrap();
        assert_eq!((found.access_key_id(), found.secret_access_key()), ("A", "S"));
        assert_eq!(found.session_token(), Some("T"));
        assert_eq!(found.expiry(), Some(SystemTime::UNIX_EPOCH + Duration::from_hours(525_960)));
        let least = r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"}"#;
        assert_eq!(credentials(&format!("echo '{least}'")).await.unwrap().expiry(), None);
    }

    #[tokio::test]
    async fn what_went_wrong_is_said_without_what_was_printed() {
        let wrong = "credential_process did not print credentials as JSON, version 1";
        for printed in [
            "",
            "SECRET",
            r#"{"Version":2,"AccessKeyId":"A","SecretAccessKey":"SECRET"}"#,
            r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":7}"#,
            r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"SECRET","Expiration":"soon"}"#,
        ] {
            assert_eq!(credentials(&format!("echo '{printed}'")).await.unwrap_err(), wrong, "{printed}");
        }
        let said = credentials("echo SECRET; echo one >&2; echo log in first >&2; exit 3").await.unwrap_err();
        assert_eq!(said, "credential_process failed (exit status: 3): log in first");
        let endless = credentials("yes").await.unwrap_err();
        assert!(endless.starts_with("credential_process failed ("), "{endless}");
        assert_eq!(format!("{:?}", CredentialProcess::new("x SECRET".into())), "CredentialProcess(…)");
    }
}
