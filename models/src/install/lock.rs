//! One fetch at a time in one models folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;

use super::error::InstallError;
use super::event::Event;

/// Held until dropped, or until the process ends however it ends: the kernel lets go.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for whoever holds it, after saying so.
    pub(super) fn take(models: &Path, say: &mut dyn FnMut(Event)) -> Result<Self, InstallError> {
        let path = models.join(".lock");
        let failed = |source| InstallError::writing(&path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).ok();
                say(Event::Waiting {
                    process: holder.and_then(|text| text.trim().parse().ok()),
                });
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Only for the message above: a lock is held by the file, not by this number.
        let write = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        write.map_err(failed)?;
        Ok(Self { _file: file })
    }
}
