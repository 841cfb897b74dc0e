//! Files that are read, whatever they are compressed with.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, stdin};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A file that is open to be read, decompressed where it begins as zstd does.
pub struct Opened {
    pub bytes: Box<dyn Read + Send>,
    /// Absent where it is no file but a pipe.
    pub size: Option<u64>,
    /// How many bytes have been taken from it, compressed as they are.
    pub taken: Arc<AtomicU64>,
}

impl Opened {
    pub fn file(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let known = file.metadata()?;
        if known.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        Self::of(file, known.is_file().then_some(known.len()))
    }

    pub fn stdin() -> io::Result<Self> {
        Self::of(stdin(), None)
    }

    fn of(read: impl Read + Send + 'static, size: Option<u64>) -> io::Result<Self> {
        let taken = Arc::new(AtomicU64::new(0));
        let mut counted = Counted { read, taken: Arc::clone(&taken) };
        let mut head = vec![];
        counted.by_ref().take(4).read_to_end(&mut head)?;
        let is_zstd = is_zstd(&head);
        let whole = Cursor::new(head).chain(counted);
        let bytes: Box<dyn Read + Send> = if is_zstd {
            Box::new(Frames(zstd::Decoder::with_buffer(BufReader::new(whole))?))
        } else {
            Box::new(whole)
        };
        Ok(Self { bytes, size, taken })
    }
}

/// A frame, or one to be passed over.
fn is_zstd(head: &[u8]) -> bool {
    matches!(head, [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("size", &self.size).finish_non_exhaustive()
    }
}

struct Counted<R> {
    read: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.read.read(into)?;
        self.taken.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

/// One frame of zstd after the other.
struct Frames<R>(zstd::Decoder<'static, R>);

impl<R: io::BufRead> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| {
            let told = |sentence: String| io::Error::new(error.kind(), sentence);
            if error.kind() == io::ErrorKind::UnexpectedEof {
                told("its last zstd frame is torn; what that holds is taken as far as it goes".into())
            } else if error.kind() == io::ErrorKind::Other {
                told(format!("its zstd is damaged, and the rest is lost: {error}"))
            } else {
                error
            }
        })
    }
}
