//! Putting a file in its place: written beside it, hashed, made durable, swapped in.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::InstallError;
use crate::catalogue;

/// Writes `file` below `folder` through `fill` and swaps it in only if it is what was expected.
///
/// Until the last step the file that was there before stays as it was.
pub(super) fn place(
    folder: &Path,
    file: &catalogue::File,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), InstallError>,
) -> Result<String, InstallError> {
    let part = folder.join(format!(".{}.part", file.name));
    let target = folder.join(&file.name);
    let placed = write_part(&part, file, fill).and_then(|sha256| {
        fs::rename(&part, &target)
            // The rename itself must survive a power cut.
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|source| InstallError::writing(&target, source))?;
        Ok(sha256)
    });
    if placed.is_err() {
        // On a full disk the half file is what is in the way. If it cannot go, the next run
        // writes over it.
        let _ = fs::remove_file(&part);
    }
    placed
}

fn write_part(
    part: &Path,
    file: &catalogue::File,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), InstallError>,
) -> Result<String, InstallError> {
    let failed = |source| InstallError::writing(part, source);
    let out = File::create(part).map_err(failed)?;
    let mut hashed = Hashed {
        out: BufWriter::new(out),
        hash: Sha256::new(),
        size: 0,
    };
    fill(&mut hashed).map_err(|error| at(part, error))?;
    let Hashed { out, hash, size } = hashed;
    let out = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    out.sync_all().map_err(failed)?;
    let found = hex(hash);
    check(file, size, &found)?;
    Ok(found)
}

/// Names the file in errors that arose while it was being written.
fn at(part: &Path, error: InstallError) -> InstallError {
    use crate::convert::ConvertError;
    match error {
        InstallError::Convert(ConvertError::Write(source)) => InstallError::writing(part, source),
        other => other,
    }
}

pub(super) fn check(file: &catalogue::File, size: u64, found: &str) -> Result<(), InstallError> {
    let name = file.name.clone();
    if let Some(expected) = file.size_bytes.filter(|expected| *expected != size) {
        return Err(InstallError::WrongSize {
            name,
            expected,
            found: size,
        });
    }
    match &file.sha256 {
        Some(expected) if expected.as_str() != found => Err(InstallError::WrongHash {
            name,
            expected: expected.to_string(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// SHA-256 of a file, in hexadecimal, and its size.
pub(super) fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hash = Sha256::new();
    let size = io::copy(&mut file, &mut hash)?;
    Ok((hex(hash), size))
}

/// Copies all of `from`, telling a fault of reading from a fault of writing.
pub(super) fn copy(
    from: &mut dyn Read,
    from_path: &Path,
    to: &mut dyn Write,
    to_path: &Path,
) -> Result<(), InstallError> {
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(InstallError::reading(from_path, source)),
        };
        to.write_all(&buffer[..count])
            .map_err(|source| InstallError::writing(to_path, source))?;
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

struct Hashed<W> {
    out: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.out.write(buffer)?;
        self.hash.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1: the SHA-256 of `abc`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn file() -> catalogue::File {
        catalogue::File {
            name: "weights".to_owned(),
            arch: None,
            size_bytes: Some(3),
            sha256: Some(ABC.to_owned().try_into().unwrap()),
            sources: Vec::new(),
            convert: None,
        }
    }

    /// What is in `folder` after trying to place `text` over a file that holds `old`.
    #[track_caller]
    fn check_placed(text: &str, expected: &str, error: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("weights"), "old").unwrap();
        let placed = place(folder.path(), &file(), |out| {
            copy(
                &mut text.as_bytes(),
                Path::new("text"),
                out,
                Path::new("out"),
            )
        });
        match (placed, error) {
            (Ok(sha256), None) => assert_eq!(sha256, ABC),
            (Err(found), Some(error)) => assert!(found.to_string().contains(error), "{found}"),
            (placed, _) => panic!("{placed:?}"),
        }
        assert_eq!(
            fs::read_to_string(folder.path().join("weights")).unwrap(),
            expected
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn only_the_expected_bytes_replace_a_file() {
        check_placed("abc", "abc", None);
        check_placed("abd", "old", Some("its SHA-256 is"));
        check_placed("ab", "old", Some("it has 2 bytes, expected 3"));
    }

    #[test]
    fn a_full_disk_is_named_and_the_old_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("weights"), "old").unwrap();
        // Every write to /dev/full fails as on a full disk.
        std::os::unix::fs::symlink("/dev/full", folder.path().join(".weights.part")).unwrap();
        let error = place(folder.path(), &file(), |out| {
            copy(&mut &b"abc"[..], Path::new("text"), out, Path::new("out"))
        })
        .unwrap_err();
        assert!(matches!(error, InstallError::DiskFull { .. }), "{error}");
        assert_eq!(
            fs::read_to_string(folder.path().join("weights")).unwrap(),
            "old"
        );
    }
}
