//! The one door to the system's clipboard: the program that the desktop has for it.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A program gets this many pauses of so long to take a text.
const PAUSES: u32 = 150;
const PAUSE: Duration = Duration::from_millis(20);

/// The programs by name with their arguments, and the variable without which each is of no use.
const PROGRAMS: [(&str, &[&str], Option<&str>); 5] = [
    ("pbcopy", &[], None),
    ("wl-copy", &[], Some("WAYLAND_DISPLAY")),
    ("xclip", &["-in", "-selection", "clipboard"], Some("DISPLAY")),
    ("xsel", &["--input", "--clipboard"], Some("DISPLAY")),
    // To the clipboard of the terminal around it.
    ("tmux", &["load-buffer", "-w", "-"], Some("TMUX")),
];

/// A program that takes a text to the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clipboard {
    /// Its name, for people.
    pub name: &'static str,
    path: PathBuf,
    arguments: &'static [&'static str],
}

impl Clipboard {
    /// The one that this environment offers. Over SSH the desktop of the machine at the other end is
    /// nobody's: there only what the connection forwards counts.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let is_remote = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
        let path = variable("PATH")?;
        PROGRAMS.into_iter().find_map(|(name, arguments, needs)| {
            if !needs.map_or(!is_remote, is_set) {
                return None;
            }
            let mut files = std::env::split_paths(&path).map(|folder| folder.join(name));
            // A relative folder may be anybody's.
            let path = files.find(|file| file.is_absolute() && file.is_file())?;
            Some(Self { name, path, arguments })
        })
    }

    /// Puts a text on the clipboard; whether the program took it. Blocks, not for long.
    pub fn copy(&self, text: &str) -> bool {
        let mut command = Command::new(&self.path);
        // It may live on to serve the text, and must not hold the terminal.
        command.args(self.arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else { return false };
        let Some(mut stdin) = child.stdin.take() else { return false };
        let text = text.to_owned();
        // One that does not read must not keep us.
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).is_ok());
        ends_well(&mut child) && writer.join().unwrap_or(false)
    }
}

fn ends_well(child: &mut Child) -> bool {
    for _ in 0..PAUSES {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => sleep(PAUSE),
            Err(_) => return false,
        }
    }
    // Nothing to be done where it cannot be ended.
    let _ = child.kill();
    let _ = child.wait();
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    fn install(folder: &Path, name: &str, script: &str) {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn found(folder: &Path, set: &[&str]) -> Option<&'static str> {
        let variable = |name: &str| match name {
            "PATH" => Some(format!("relative:{}", folder.display()).into()),
            _ => set.contains(&name).then(|| "1".into()),
        };
        Clipboard::find(variable).map(|clipboard| clipboard.name)
    }

    #[test]
    fn the_clipboard_is_the_one_of_this_desktop() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(found(folder.path(), &["DISPLAY"]), None);
        for name in ["wl-copy", "xclip", "xsel", "tmux"] {
            install(folder.path(), name, "");
        }
        assert_eq!(found(folder.path(), &[]), None);
        assert_eq!(found(folder.path(), &["TMUX"]), Some("tmux"));
        assert_eq!(found(folder.path(), &["DISPLAY", "SSH_TTY", "TMUX"]), Some("xclip"));
        assert_eq!(found(folder.path(), &["DISPLAY", "WAYLAND_DISPLAY"]), Some("wl-copy"));
        install(folder.path(), "pbcopy", "");
        assert_eq!(found(folder.path(), &["SSH_CONNECTION"]), None);
        assert_eq!(found(folder.path(), &[]), Some("pbcopy"));
    }

    #[test]
    fn a_text_is_handed_over_whole_and_a_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let text = "é'\u{1b}\n".repeat(50_000);
        let target = folder.path().join("taken");
        install(folder.path(), "good", &format!("cat >'{}'", target.display()));
        install(folder.path(), "bad", "cat >/dev/null; exit 1");
        let clipboard =
            |name: &'static str| Clipboard { name, path: folder.path().join(name), arguments: &[] };
        assert!(clipboard("good").copy(&text));
        assert_eq!(fs::read_to_string(&target).unwrap(), text);
        assert!(!clipboard("bad").copy(&text));
        assert!(!clipboard("none").copy(&text));
    }
}
