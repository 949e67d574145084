//! Rendered clips, kept on the disk and, while they are in use, in memory.
//!
//! A cache: whatever is wrong with it, it is deleted and filled again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use models::audio::AudioFrame;

use super::playout::Clip;

/// Page cache of sled.
const SLED_MEMORY_BYTES: u64 = 8 * 1024 * 1024;
/// Clips held in memory: about two minutes of speech, the prompts of every call.
const MEMORY_BYTES_MAX: u64 = 4 * 1024 * 1024;
const FRAME_BYTES: usize = 2 * AudioFrame::LEN;

/// The cache of clips, bounded in bytes; what was not used for longest goes first.
pub struct Clips {
    kept: sled::Tree,
    index: Mutex<Index>,
    disk_bytes_max: u64,
}

/// Why the cache could not be made, even after deleting it.
#[derive(Debug, thiserror::Error)]
#[error("make the cache of clips: {0}")]
pub struct CacheError(#[from] sled::Error);

pub(super) type Key = [u8; 32];

#[derive(Default)]
struct Index {
    /// Size and last use of every clip on the disk.
    disk: HashMap<Key, Use>,
    disk_bytes: u64,
    memory: HashMap<Key, (Clip, Use)>,
    memory_bytes: u64,
    /// Counts uses.
    clock: u64,
}

#[derive(Clone, Copy)]
struct Use {
    bytes: u64,
    at: u64,
}

impl Clips {
    /// Opens the cache in a folder; a broken one is deleted and begun anew.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn open(folder: &Path, disk_bytes_max: u64) -> Result<Self, CacheError> {
        let path = folder.join("clips");
        let read = || {
            let config = sled::Config::new().path(&path);
            let kept = config.cache_capacity(SLED_MEMORY_BYTES).open()?;
            let index = index(&kept)?;
            Ok::<_, sled::Error>((kept, index))
        };
        let (kept, index) = read().or_else(|error| {
            tracing::warn!(%error, "the cache of clips is begun anew");
            // What cannot be removed shows when it is opened again.
            let _removed = std::fs::remove_dir_all(&path);
            read()
        })?;
        Ok(Self {
            // The tree keeps its database open.
            kept: (*kept).clone(),
            index: Mutex::new(index),
            disk_bytes_max,
        })
    }

    /// The clip, if it is kept. May read the disk.
    pub(super) fn find(&self, key: &Key) -> Option<Clip> {
        if let Some(clip) = self.lock().remembered(key) {
            return Some(clip);
        }
        let bytes = self.kept.get(key).ok().flatten()?;
        let clip = clip(&bytes)?;
        self.lock().remember(*key, &clip);
        Some(clip)
    }

    /// Keeps a clip, making room for it. May write the disk.
    pub(super) fn keep(&self, key: Key, clip: &Clip) {
        let bytes = bytes(clip);
        let size = bytes.len() as u64;
        if size > self.disk_bytes_max {
            return;
        }
        let old = {
            let mut index = self.lock();
            index.remember(key, clip);
            index.make_room(size, self.disk_bytes_max)
        };
        let removed = old
            .iter()
            .try_for_each(|old| self.kept.remove(old).map(drop));
        match removed.and_then(|()| self.kept.insert(key, bytes)) {
            Ok(_) => self.lock().note_kept(key, size),
            Err(error) => tracing::warn!(%error, "a clip was not kept"),
        }
    }

    /// Whether a clip is kept, without reading it.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.lock().disk.contains_key(key)
    }

    /// Bytes of all kept clips.
    pub fn size_bytes(&self) -> u64 {
        self.lock().disk_bytes
    }

    /// Values stay whole whatever panics under the lock: each change is complete in itself.
    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn remembered(&mut self, key: &Key) -> Option<Clip> {
        let at = self.tick();
        if let Some(used) = self.disk.get_mut(key) {
            used.at = at;
        }
        let (clip, used) = self.memory.get_mut(key)?;
        used.at = at;
        Some(clip.clone())
    }

    fn remember(&mut self, key: Key, clip: &Clip) {
        let bytes = (clip.frames().len() * FRAME_BYTES) as u64;
        let at = self.tick();
        let entry = (clip.clone(), Use { bytes, at });
        if let Some((_, before)) = self.memory.insert(key, entry) {
            self.memory_bytes -= before.bytes;
        }
        self.memory_bytes += bytes;
        while self.memory_bytes > MEMORY_BYTES_MAX {
            let oldest = self.memory.iter().min_by_key(|(_, (_, used))| used.at);
            let Some(key) = oldest.map(|(key, _)| *key) else {
                break;
            };
            if let Some((_, used)) = self.memory.remove(&key) {
                self.memory_bytes -= used.bytes;
            }
        }
    }

    /// The clips that must go so that `size` more bytes fit; they are taken off the index.
    fn make_room(&mut self, size: u64, most: u64) -> Vec<Key> {
        if self.disk_bytes + size <= most {
            return Vec::new();
        }
        // A tenth more than needed: sorting all uses for every clip would cost more than it keeps.
        let wanted = most - size - (most - size) / 10;
        let mut uses: Vec<(u64, Key)> = self.disk.iter().map(|(key, u)| (u.at, *key)).collect();
        uses.sort_unstable();
        let mut gone = Vec::new();
        for (_, key) in uses {
            if self.disk_bytes <= wanted {
                break;
            }
            if let Some(used) = self.disk.remove(&key) {
                self.disk_bytes -= used.bytes;
                gone.push(key);
            }
        }
        gone
    }

    fn note_kept(&mut self, key: Key, bytes: u64) {
        let at = self.tick();
        if let Some(before) = self.disk.insert(key, Use { bytes, at }) {
            self.disk_bytes -= before.bytes;
        }
        self.disk_bytes += bytes;
    }
}

fn index(kept: &sled::Tree) -> Result<Index, sled::Error> {
    let mut index = Index::default();
    for entry in kept {
        let (key, bytes) = entry?;
        if let Ok(key) = Key::try_from(&key[..]) {
            index.note_kept(key, bytes.len() as u64);
        }
    }
    Ok(index)
}

/// Little-endian samples, frame after frame.
fn bytes(clip: &Clip) -> Vec<u8> {
    let samples = clip.frames().iter().flat_map(|frame| frame.0);
    samples.flat_map(i16::to_le_bytes).collect()
}

fn clip(bytes: &[u8]) -> Option<Clip> {
    let (frames, rest) = bytes.as_chunks::<FRAME_BYTES>();
    let frame = |bytes: &[u8; FRAME_BYTES]| {
        let mut frame = AudioFrame::SILENCE;
        let (pairs, _) = bytes.as_chunks::<2>();
        for (value, pair) in frame.0.iter_mut().zip(pairs) {
            *value = i16::from_le_bytes(*pair);
        }
        frame
    };
    rest.is_empty()
        .then(|| Clip::new(frames.iter().map(frame).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(value: i16, frames: usize) -> Clip {
        Clip::new(vec![AudioFrame([value; AudioFrame::LEN]); frames])
    }

    const FOUR_CLIPS: u64 = 4 * 10 * FRAME_BYTES as u64;

    #[test]
    fn a_clip_is_found_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let clips = Clips::open(folder.path(), FOUR_CLIPS).unwrap();
        clips.keep([1; 32], &sample(-7, 10));
        assert_eq!(clips.find(&[1; 32]), Some(sample(-7, 10)));
        drop(clips);
        let clips = Clips::open(folder.path(), FOUR_CLIPS).unwrap();
        assert_eq!(clips.size_bytes(), 10 * FRAME_BYTES as u64);
        assert_eq!(clips.find(&[1; 32]), Some(sample(-7, 10)));
        assert_eq!(clips.find(&[2; 32]), None);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let clips = Clips::open(folder.path(), FOUR_CLIPS).unwrap();
        (1..=4).for_each(|n| clips.keep([n; 32], &sample(i16::from(n), 10)));
        clips.find(&[1; 32]);
        clips.keep([5; 32], &sample(5, 10));
        assert!(clips.size_bytes() <= FOUR_CLIPS);
        assert!(clips.has(&[1; 32]) && clips.has(&[5; 32]) && !clips.has(&[2; 32]));
    }

    #[test]
    fn a_broken_cache_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("clips"), b"no database").unwrap();
        // A file where the folder should be cannot be removed as a folder.
        assert!(Clips::open(folder.path(), FOUR_CLIPS).is_err());
        std::fs::remove_file(folder.path().join("clips")).unwrap();
        std::fs::create_dir(folder.path().join("clips")).unwrap();
        std::fs::write(folder.path().join("clips/conf"), b"nonsense").unwrap();
        let clips = Clips::open(folder.path(), FOUR_CLIPS).unwrap();
        clips.keep([1; 32], &sample(1, 1));
        assert!(clips.has(&[1; 32]));
    }
}
