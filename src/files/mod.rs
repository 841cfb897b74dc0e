//! Files that may hold what only their owner should see.

#[cfg(test)]
pub mod disk;
mod frames;
mod growing;
mod kept;
mod new;
mod opened;

pub use growing::{Growing, GrowingError, Sink};
pub use kept::{KeptError, KeptFile};
pub use new::{NewFile, NewFileError, temporary};
pub use opened::Opened;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Opens a file to append to, readable by its owner only. A symbolic link is not followed: whoever
/// made it may want our bytes elsewhere.
pub fn append_private(path: &Path) -> io::Result<File> {
    let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).custom_flags(no_follow);
    let file = options.open(path).map_err(|error| match error.raw_os_error() {
        Some(code) if code == Errno::LOOP.raw_os_error() => {
            io::Error::other("it is a symbolic link, and links are not followed")
        }
        _ => error,
    })?;
    // The mode counts only where the file is created.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Puts a file in its place at once, whole, readable by its owner only.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = Path::new(&beside);
    let written = append_private(beside).and_then(|mut file| file.write_all(bytes));
    written.and_then(|()| fs::rename(beside, path)).inspect_err(|_| {
        // It may never have been made.
        let _ = fs::remove_file(beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_could_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "before\n").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        append_private(&path).unwrap().write_all(b"after\n").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before\nafter\n");
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready");
        std::fs::write(&path, "before, and longer\n").unwrap();
        replace_private(&path, b"after\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "after\n");
        assert!(replace_private(&folder.path().join("no/folder"), b"").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(append_private(&link).unwrap_err().to_string().contains("symbolic link"));
        assert!(!target.exists());
    }
}
