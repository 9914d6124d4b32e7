//! What the caller gives us to look at.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};

/// A recording as bytes at offsets. Sealed originals are decrypted a piece at a time, so reads are few and bounded.
pub trait Source {
    /// Length in bytes; must not change while the recording is examined.
    fn len(&self) -> u64;

    /// Fills the start of `buf` from `offset`; returns how many bytes, 0 only at the end.
    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize>;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or(&[]);
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        (&self[..]).read_at(offset, buf)
    }
}

/// An open file. Its length is taken once, when it is wrapped.
pub struct FileSource {
    file: File,
    len: u64,
}

impl FileSource {
    pub fn new(mut file: File) -> Result<FileSource> {
        let len = file.seek(SeekFrom::End(0))?;
        Ok(FileSource { file, len })
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read(buf)
    }
}
