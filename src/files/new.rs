//! Files that appear under their name once they are whole: private, and never through a link.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Why a file could not be made. Its name stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum NewFileError {
    /// The name is taken, and nobody has said that it may be.
    #[error("it exists already")]
    Exists,
    #[error("it is a symbolic link, and links are not followed")]
    Link,
    #[error("it is no file")]
    NoFile,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A file being written, mode 0600, beside the place where it will be. Dropped, it vanishes.
#[derive(Debug)]
pub struct NewFile {
    writer: BufWriter<NamedTempFile>,
    path: PathBuf,
    may_replace: bool,
}

impl NewFile {
    /// Begins a file. One that exists stays until [`finish`](Self::finish), and only if it
    /// `may_replace` that.
    pub fn create(path: &Path, may_replace: bool) -> Result<Self, NewFileError> {
        match fs::symlink_metadata(path) {
            Ok(known) if known.is_symlink() => return Err(NewFileError::Link),
            Ok(known) if !known.is_file() => return Err(NewFileError::NoFile),
            Ok(_) if !may_replace => return Err(NewFileError::Exists),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = Builder::new().prefix(".dynascope-").tempfile_in(folder.unwrap_or(Path::new(".")))?;
        Ok(Self { writer: BufWriter::new(file), path: path.to_owned(), may_replace })
    }

    /// Gives the file its name, with all that was written on the disk.
    pub fn finish(self) -> Result<(), NewFileError> {
        let file = self.writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        if self.may_replace {
            // A rename: were it a link by now, the link itself would go.
            file.persist(&self.path).map_err(|error| error.error)?;
            return Ok(());
        }
        match file.persist_noclobber(&self.path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(NewFileError::Exists),
            Err(error) => Err(error.error.into()),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A private file in the system's folder for temporary ones, that stays: its path.
pub fn temporary(prefix: &str, suffix: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut file = Builder::new().prefix(prefix).suffix(suffix).tempfile()?;
    file.write_all(bytes)?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_when_it_is_whole_and_is_its_owner_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let mut file = NewFile::create(&path, false).unwrap();
        file.write_all(b"one\n").unwrap();
        assert!(!path.exists());
        file.finish().unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("one\n", 0o600));
        drop(NewFile::create(&folder.path().join("given up"), false).unwrap());
        assert_eq!(names(folder.path()), ["out.jsonl"]);
    }

    #[test]
    fn a_file_is_replaced_only_where_that_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let late = NewFile::create(&path, false).unwrap();
        fs::write(&path, "theirs").unwrap();
        assert!(matches!(NewFile::create(&path, false), Err(NewFileError::Exists)));
        assert!(matches!(late.finish(), Err(NewFileError::Exists)), "it came meanwhile");
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        let mut file = NewFile::create(&path, true).unwrap();
        file.write_all(b"ours").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        file.finish().unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("ours", 0o600));
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn links_and_folders_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        symlink(&target, &link).unwrap();
        assert!(matches!(NewFile::create(&link, true), Err(NewFileError::Link)));
        assert!(matches!(NewFile::create(folder.path(), true), Err(NewFileError::NoFile)));
        assert!(matches!(NewFile::create(&target.join("in it"), true), Err(NewFileError::Io(_))));
        let late = NewFile::create(&target, true).unwrap();
        symlink("/nowhere", &target).unwrap();
        late.finish().unwrap();
        assert!(!fs::symlink_metadata(&target).unwrap().is_symlink());
    }

    #[test]
    fn a_temporary_file_stays_and_is_private() {
        let path = temporary("dynascope-test-", ".json", b"{}").unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"{}"[..], 0o600));
        fs::remove_file(path).unwrap();
    }
}
