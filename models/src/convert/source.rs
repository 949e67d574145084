//! Bytes that can be read at any place: one file, several files in a row, or memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::error::ConvertError;

pub trait ReadAt {
    /// Bytes in all.
    fn size(&self) -> u64;

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// When the bytes are not all there.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let bytes = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(buffer.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

/// Files read as if they were one, in the order given.
pub struct FileParts {
    parts: Vec<(u64, File)>,
    size: u64,
}

impl FileParts {
    /// # Errors
    /// When a file cannot be opened or measured.
    pub fn open(paths: &[impl AsRef<Path>]) -> Result<Self, ConvertError> {
        let mut whole = Self {
            parts: Vec::with_capacity(paths.len()),
            size: 0,
        };
        for path in paths {
            let path = path.as_ref();
            let failed = |source| ConvertError::Read {
                what: path.display().to_string(),
                source,
            };
            let file = File::open(path).map_err(failed)?;
            let size = file.metadata().map_err(failed)?.len();
            whole.parts.push((whole.size, file));
            whole.size += size;
        }
        Ok(whole)
    }
}

impl ReadAt for FileParts {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let wanted_end = offset
            .checked_add(buffer.len() as u64)
            .filter(|end| *end <= self.size)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let ends = self
            .parts
            .iter()
            .skip(1)
            .map(|(start, _)| *start)
            .chain([self.size]);
        for ((start, file), end) in self.parts.iter().zip(ends) {
            let (from, to) = (offset.max(*start), wanted_end.min(end));
            if from < to {
                let piece = &mut buffer[(from - offset) as usize..(to - offset) as usize];
                file.read_exact_at(piece, from - start)?;
            }
        }
        Ok(())
    }
}

/// A cursor over a source, for readers that walk.
pub(super) struct Walk<'a> {
    source: &'a dyn ReadAt,
    position: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            source,
            position: 0,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn left(&self) -> u64 {
        self.source.size().saturating_sub(self.position)
    }

    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        if count > self.left() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += count;
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> io::Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> io::Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> io::Result<u32> {
        self.array().map(u32::from_le_bytes)
    }
}

impl Read for Walk<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.left().min(buffer.len() as u64) as usize;
        self.source.read_at(self.position, &mut buffer[..count])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Walk<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.source.size().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_read_as_one_file_across_their_borders() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b", "c"].map(|name| folder.path().join(name));
        for (path, text) in paths.iter().zip(["hel", "", "lo world"]) {
            std::fs::write(path, text).unwrap();
        }
        let parts = FileParts::open(&paths).unwrap();
        assert_eq!(parts.size(), 11);
        for start in 0..11 {
            for end in start..=11 {
                let mut bytes = vec![0; end - start];
                parts.read_at(start as u64, &mut bytes).unwrap();
                assert_eq!(bytes, b"hello world"[start..end]);
            }
        }
        assert!(parts.read_at(5, &mut [0; 7]).is_err());
        assert!(parts.read_at(u64::MAX, &mut [0; 7]).is_err());
    }
}
