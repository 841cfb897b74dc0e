//! A small file that one process keeps up to date: replaced whole, and locked against a second process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

use super::append_private;

/// Larger is none that we wrote.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why a file cannot be kept. It stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    #[error("another dynascope keeps it at the moment")]
    Taken,
    #[error("it is a symbolic link, and links are not followed")]
    Link,
    #[error("it is no file")]
    NoFile,
    #[error("it is too large")]
    TooLarge,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A file that is ours until this is dropped, or the process ends in whatever way.
///
/// The lock is on a file beside it (`.lock`), for the file itself is another one after each
/// replacement. That one stays: were it removed, a third process could lock a new one while a
/// second still holds the old.
#[derive(Debug)]
pub struct KeptFile {
    path: PathBuf,
    _lock: File,
}

impl KeptFile {
    /// Locks a file, which need not exist.
    pub fn open(path: &Path) -> Result<Self, KeptError> {
        match fs::symlink_metadata(path) {
            Ok(known) if known.is_symlink() => return Err(KeptError::Link),
            Ok(known) if !known.is_file() => return Err(KeptError::NoFile),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
        let lock = append_private(&beside(path, ".lock"))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Err(KeptError::Taken),
            Err(error) => Err(KeptError::Io(error.into())),
        }
    }

    /// The file's bytes; none where it does not exist.
    pub fn read(&self) -> Result<Vec<u8>, KeptError> {
        let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
        let file = match OpenOptions::new().read(true).custom_flags(no_follow).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = vec![];
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES { Err(KeptError::TooLarge) } else { Ok(bytes) }
    }

    /// Puts other bytes in their place: whenever the machine stops, it is the old ones or the new.
    pub fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        // Nobody else writes it, so its name need not be a new one: what a kill leaves is used again.
        let new = beside(&self.path, ".new");
        let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600).custom_flags(no_follow);
        let written = options.open(&new).and_then(|mut file| {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &self.path)).inspect_err(|_| {
            // It may never have been made.
            let _ = fs::remove_file(&new);
        })?;
        // The name, too, has to be on the disk. Some file systems cannot say so.
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_kept_file_is_replaced_whole_and_is_its_owner_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let kept = KeptFile::open(&path).unwrap();
        assert_eq!(kept.read().unwrap(), b"");
        kept.replace(b"one, and longer").unwrap();
        // What a kill in the middle of writing leaves behind.
        fs::write(folder.path().join("checkpoint.new"), "half of it, and longer than what is to come")
            .unwrap();
        kept.replace(b"two").unwrap();
        assert_eq!(kept.read().unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!folder.path().join("checkpoint.new").exists());
    }

    #[test]
    fn a_second_keeper_is_refused_until_the_first_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let first = KeptFile::open(&path).unwrap();
        first.replace(b"ours").unwrap();
        assert!(matches!(KeptFile::open(&path), Err(KeptError::Taken)), "although the file is another now");
        drop(first);
        KeptFile::open(&path).unwrap();
    }

    #[test]
    fn links_and_folders_and_what_cannot_be_written_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "theirs").unwrap();
        symlink(&target, &link).unwrap();
        assert!(matches!(KeptFile::open(&link), Err(KeptError::Link)));
        assert!(matches!(KeptFile::open(folder.path()), Err(KeptError::NoFile)));
        assert!(matches!(KeptFile::open(&folder.path().join("no/folder")), Err(KeptError::Io(_))));
        let path = folder.path().join("checkpoint");
        symlink(&target, folder.path().join("checkpoint.new")).unwrap();
        assert!(KeptFile::open(&path).unwrap().replace(b"ours").is_err());
        symlink(&target, folder.path().join("other.lock")).unwrap();
        assert!(matches!(KeptFile::open(&folder.path().join("other")), Err(KeptError::Io(_))));
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
    }
}
