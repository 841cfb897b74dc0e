//! Files that only grow: by whole lines or, packed, by whole zstd frames. None is ever left torn.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::frames::whole_frames;

/// What was being written when somebody died is no longer than this: what is longer was not ours.
const LONGEST_TORN: u64 = 8 << 20;
/// Read backwards in pieces of this size.
const PIECE: u64 = 64 << 10;
const LEVEL: i32 = 3;

/// Why a file cannot be made to grow. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum GrowingError {
    #[error("it is a symbolic link, and links are not followed")]
    Link,
    #[error("it is no file")]
    NoFile,
    #[error("another process is writing to it")]
    Locked,
    #[error("it exists and is something else: nothing is appended to it; name another file")]
    Foreign,
    #[error("it is broken at byte {0}, with more behind that than one write leaves; name another file")]
    Broken(u64),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What lies below: a file, or what stands for one in a test.
pub trait Sink: Write {
    /// Takes off what is behind so many bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// Returns when all is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn cut(&mut self, len: u64) -> io::Result<()> {
        // Never longer: somebody may have emptied it meanwhile.
        if self.metadata()?.len() > len { self.set_len(len) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lines,
    Frames,
}

impl Form {
    /// By the name's ending.
    fn of(path: &Path) -> Self {
        let is_packed = path.extension().is_some_and(|ending| ending == "zst");
        if is_packed { Self::Frames } else { Self::Lines }
    }
}

/// A file to which lines are appended, readable by its owner only, and locked.
#[derive(Debug)]
pub struct Growing<S = File> {
    sink: S,
    form: Form,
    /// So many bytes are whole.
    len: u64,
    /// A write failed, and what it left could not be cut off.
    is_torn: bool,
}

impl Growing {
    /// Opens a file to append to, or makes it. One that is there must begin as one of `beginnings`
    /// says, so that nothing else is ever appended to or cut; what a process that died left torn at
    /// its end is cut off: how many bytes, comes back beside it.
    pub fn open(path: &Path, beginnings: &[&[u8]]) -> Result<(Self, u64), GrowingError> {
        // What is no file, such as a pipe that nobody reads, must not hold us up.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600).custom_flags(flags);
        let file = options.open(path).map_err(|error| match error.raw_os_error() {
            Some(code) if code == Errno::LOOP.raw_os_error() => GrowingError::Link,
            Some(code) if code == Errno::ISDIR.raw_os_error() => GrowingError::NoFile,
            _ => error.into(),
        })?;
        if !file.metadata()?.is_file() {
            return Err(GrowingError::NoFile);
        }
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => GrowingError::Locked,
            other => io::Error::from(other).into(),
        })?;
        let form = Form::of(path);
        let len = file.metadata()?.len();
        if len > 0 && !is_ours(&file, form, beginnings)? {
            return Err(GrowingError::Foreign);
        }
        let whole = match form {
            Form::Lines => whole_lines(&file, len)?,
            Form::Frames => whole_frames(&file, len)?,
        };
        if len - whole > LONGEST_TORN {
            return Err(GrowingError::Broken(whole));
        }
        if whole < len {
            file.set_len(whole)?;
        }
        // The mode counts only where the file is created.
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok((Self { sink: file, form, len: whole, is_torn: false }, len - whole))
    }
}

impl<S: Sink> Growing<S> {
    #[cfg(test)]
    pub fn on(sink: S, is_packed: bool) -> Self {
        let form = if is_packed { Form::Frames } else { Form::Lines };
        Self { sink, form, len: 0, is_torn: false }
    }

    #[cfg(test)]
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Appends whole lines: all of them, or none and why.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.mend()?;
        }
        match self.form {
            Form::Lines => self.write(lines),
            Form::Frames => self.write(&pack(lines)?),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.sink.write_all(bytes) {
            self.is_torn = true;
            // If that fails too it is tried again before the next write.
            let _ = self.mend();
            return Err(error);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn mend(&mut self) -> io::Result<()> {
        self.sink.cut(self.len)?;
        self.is_torn = false;
        Ok(())
    }

    /// Whether each append costs a frame's beginning and end: many small ones would not be packed.
    pub fn is_packed(&self) -> bool {
        self.form == Form::Frames
    }

    /// How many bytes are in it.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns when all is on the disk.
    pub fn sync(&mut self) -> io::Result<()> {
        self.sink.sync()
    }
}

/// A frame that says how long it is and whether it is whole.
fn pack(lines: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    compressor.compress(lines)
}

/// Whether a file that is not empty begins as one of ours, or was torn while it did.
fn is_ours(file: &File, form: Form, beginnings: &[&[u8]]) -> io::Result<bool> {
    let longest = beginnings.iter().map(|beginning| beginning.len()).max().unwrap_or_default() as u64;
    let mut start = vec![];
    let begins = |start: &[u8]| {
        beginnings.iter().any(|beginning| start.starts_with(beginning) || beginning.starts_with(start))
    };
    match form {
        Form::Lines => {
            start = vec![0; longest as usize];
            let read = file.read_at(&mut start, 0)?;
            Ok(begins(&start[..read]))
        }
        Form::Frames => {
            let mut magic = [0; 4];
            let read = file.read_at(&mut magic, 0)?;
            if !zstd::zstd_safe::MAGICNUMBER.to_le_bytes().starts_with(&magic[..read]) {
                return Ok(false);
            }
            // What of a torn frame cannot be unpacked is nothing that could be lost.
            if let Ok(decoder) = zstd::stream::read::Decoder::new(At { file, at: 0 }) {
                let _ = decoder.take(longest).read_to_end(&mut start);
            }
            Ok(begins(&start))
        }
    }
}

/// Reads a file from a place on, without moving its own.
struct At<'f> {
    file: &'f File,
    at: u64,
}

impl io::Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// How many bytes of a file are whole lines.
fn whole_lines(file: &File, len: u64) -> io::Result<u64> {
    let mut end = len;
    let mut piece = vec![];
    // Behind a line that long nothing is cut, so there is no need to look further.
    while end > 0 && len - end <= LONGEST_TORN {
        let from = end.saturating_sub(PIECE);
        piece.resize((end - from) as usize, 0);
        file.read_exact_at(&mut piece, from)?;
        if let Some(at) = memchr::memrchr(b'\n', &piece) {
            return Ok(from + at as u64 + 1);
        }
        end = from;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::files::disk::Disk;
    use proptest::prelude::*;

    const OURS: &[&[u8]] = &[b"{\"a\":", b"{\"b\":"];

    fn open(path: &Path) -> Result<(Growing, u64), GrowingError> {
        Growing::open(path, OURS)
    }

    fn lines(path: &Path) -> String {
        let bytes = fs::read(path).unwrap();
        let packed = path.extension().is_some_and(|ending| ending == "zst");
        let bytes = if packed { zstd::stream::decode_all(&bytes[..]).unwrap() } else { bytes };
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_file_grows_by_whole_lines_and_is_its_owner_s_alone() {
        for name in ["plain.jsonl", "packed.jsonl.zst"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            let (mut file, cut) = open(&path).unwrap();
            file.append(b"{\"a\":1}\n").unwrap();
            file.append(b"{\"a\":2}\n{\"a\":3}\n").unwrap();
            assert_eq!((cut, file.len()), (0, fs::metadata(&path).unwrap().len()));
            drop(file);
            fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
            let (mut file, _) = open(&path).unwrap();
            file.append(b"{\"b\":4}\n").unwrap();
            file.sync().unwrap();
            assert_eq!(lines(&path), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"b\":4}\n");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_second_writer_is_refused_until_the_first_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("capture.jsonl");
        let first = open(&path).unwrap();
        assert!(matches!(open(&path), Err(GrowingError::Locked)));
        drop(first);
        assert!(open(&path).is_ok());
    }

    #[test]
    fn links_pipes_and_folders_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        symlink(&target, &link).unwrap();
        assert!(matches!(open(&link), Err(GrowingError::Link)));
        assert!(!target.exists());
        assert!(matches!(open(folder.path()), Err(GrowingError::NoFile)));
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        assert!(matches!(open(&pipe), Err(GrowingError::NoFile)));
        assert!(matches!(open(Path::new("/dev/full")), Err(GrowingError::NoFile)));
    }

    #[test]
    fn what_is_something_else_is_never_appended_to_nor_cut() {
        let folder = tempfile::tempdir().unwrap();
        let tar = zstd::bulk::compress(b"not ours", 1).unwrap();
        let ours = zstd::bulk::compress(b"{\"a\":1}\n", 1).unwrap();
        for (name, bytes) in [
            ("notes", &b"a sentence without an end"[..]),
            ("object.json", b"{\n  \"a\": 1\n}"),
            ("other.json", b"{\"c\":1}\n"),
            ("array.json", b"[]"),
            ("packed.jsonl", &ours),
            ("plain.jsonl.zst", b"{\"a\":1}\n"),
            ("tar.zst", &tar),
            ("torn.tar.zst", &tar[..tar.len() - 1]),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(open(&path), Err(GrowingError::Foreign)), "{name}");
            assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "{name}");
        }
    }

    #[test]
    fn a_file_that_is_broken_long_before_its_end_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let rest = vec![b'x'; LONGEST_TORN as usize + 1];
        let frame = zstd::bulk::compress(b"{\"a\":1}\n", 1).unwrap();
        for (name, beginning) in [("plain", &b"{\"a\":1}\n"[..]), ("packed.zst", &frame)] {
            let path = folder.path().join(name);
            fs::write(&path, [beginning, &rest].concat()).unwrap();
            assert!(matches!(open(&path), Err(GrowingError::Broken(_))), "{name}");
            assert_eq!(fs::metadata(&path).unwrap().len(), (beginning.len() + rest.len()) as u64, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn a_torn_end_is_cut_off_wherever_it_was_torn(
            batches in prop::collection::vec(prop::collection::vec(0_usize..200_000, 1..4), 1..5),
            is_packed: bool,
            cut in 0.0_f64..=1.0,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(if is_packed { "c.jsonl.zst" } else { "c.jsonl" });
            let (mut file, _) = open(&path).unwrap();
            // What must be there, by how long the file is.
            let (mut whole, mut ends) = (String::new(), vec![(0, 0)]);
            for batch in &batches {
                let line = |len: &usize| ["{\"a\":\"", &"x".repeat(*len), "\"}\n"].concat();
                let lines = batch.iter().map(line).collect::<Vec<_>>().concat();
                if !is_packed {
                    for (at, _) in lines.match_indices('\n') {
                        ends.push((file.len() + at as u64 + 1, whole.len() + at + 1));
                    }
                }
                file.append(lines.as_bytes()).unwrap();
                whole.push_str(&lines);
                ends.push((file.len(), whole.len()));
            }
            let len = (cut * file.len() as f64) as u64;
            drop(file);
            fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(len).unwrap();
            let (end, kept) = ends.into_iter().filter(|(end, _)| *end <= len).max().unwrap();
            let (mut file, torn) = open(&path).unwrap();
            prop_assert_eq!((file.len(), torn), (end, len - end));
            file.append(b"{\"b\":1}\n").unwrap();
            whole.truncate(kept);
            whole.push_str("{\"b\":1}\n");
            prop_assert!(lines(&path) == whole);
        }
    }

    #[test]
    fn a_write_for_which_there_is_no_room_leaves_no_trace() {
        for form in [Form::Lines, Form::Frames] {
            let disk = Disk { room: 30, ..Disk::default() };
            let mut file = Growing::on(disk, form == Form::Frames);
            file.append(b"{\"a\":1}\n").unwrap();
            let first = file.sink.bytes.clone();
            let error = file.append(b"{\"a\":\"0123456789abcdefghijklmnopqrs\"}\n").unwrap_err();
            assert_eq!(error.raw_os_error(), Some(Errno::NOSPC.raw_os_error()));
            assert_eq!((&file.sink.bytes, file.len()), (&first, first.len() as u64));
            file.sink.cannot_cut = true;
            file.append(b"{\"a\":\"0123456789abcdefghijklmnopqrs\"}\n").unwrap_err();
            assert_eq!(file.sink.bytes.len(), 30, "torn, as nothing can be cut");
            file.sink.room = 1_000;
            file.append(b"{\"a\":2}\n").unwrap_err();
            file.sink.cannot_cut = false;
            file.append(b"{\"a\":2}\n").unwrap();
            let lines = match form {
                Form::Lines => file.sink.bytes,
                Form::Frames => zstd::stream::decode_all(&file.sink.bytes[..]).unwrap(),
            };
            assert_eq!(lines, b"{\"a\":1}\n{\"a\":2}\n");
        }
    }
}
