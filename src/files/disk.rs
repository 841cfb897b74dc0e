//! A disk for tests, that can be full.

use std::io::{self, Write};

use rustix::io::Errno;

use super::Sink;

/// A disk with room for so many bytes.
#[derive(Debug, Default)]
pub struct Disk {
    pub bytes: Vec<u8>,
    pub room: usize,
    pub cannot_cut: bool,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room - self.bytes.len());
        self.bytes.extend(&bytes[..taken]);
        if taken == 0 { Err(Errno::NOSPC.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Disk {
    fn cut(&mut self, len: u64) -> io::Result<()> {
        if self.cannot_cut {
            return Err(Errno::IO.into());
        }
        self.bytes.truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
