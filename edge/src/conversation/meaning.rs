//! Sentence vectors, encoded once and kept.
//!
//! The kept vectors are a cache: whatever is wrong with it, it is deleted and filled again.

use std::path::Path;
use std::sync::Arc;

use models::onnx::MiniLm;
use models::sentence::{EncodeError, SentenceEncoder};

/// Texts given to the encoder at once.
const BATCH: usize = 32;
/// Once it holds more than this, the cache is emptied: all packs need about 20 MB.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Page cache of sled.
const CACHE_MEMORY_BYTES: u64 = 8 * 1024 * 1024;
/// Names the encoder; a vector of another encoder is never taken for one of this.
const ENCODER: &[u8] = b"minilm-l6-v2-int8 1";

/// A sentence encoder with its cache. Loads the encoder when it is first needed.
pub struct Meaning {
    encoder: Encoder,
    kept: sled::Db,
}

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
pub enum MeaningError {
    /// The cache could not be made even after deleting it.
    #[error("make the cache of sentence vectors: {0}")]
    Cache(#[from] sled::Error),
    /// The encoder refused a text.
    #[error("compare sentences: {0}")]
    Encode(#[from] EncodeError),
}

enum Encoder {
    Unopened,
    Open(Box<dyn SentenceEncoder>),
    /// Not installed: open answers are then judged without likeness.
    Missing,
}

impl std::fmt::Debug for Meaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meaning")
    }
}

impl Meaning {
    /// Opens the cache in a folder; a broken one is deleted and begun anew.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn open(folder: &Path) -> Result<Self, MeaningError> {
        let path = folder.join("vectors");
        let open = || {
            sled::Config::new()
                .path(&path)
                .cache_capacity(CACHE_MEMORY_BYTES)
                .open()
        };
        let kept = open().or_else(|error| {
            tracing::warn!(%error, "the cache of sentence vectors is begun anew");
            // What cannot be removed shows when it is opened again.
            let _removed = std::fs::remove_dir_all(&path);
            open()
        })?;
        if kept.size_on_disk().unwrap_or(u64::MAX) > CACHE_BYTES_MAX {
            kept.clear()?;
        }
        Ok(Self {
            encoder: Encoder::Unopened,
            kept,
        })
    }

    /// One unit vector for each text, in order; `None` without an encoder on this box.
    ///
    /// # Errors
    /// If the encoder refuses a text.
    pub fn vectors(&mut self, texts: &[&str]) -> Result<Option<Vec<Arc<[f32]>>>, MeaningError> {
        let mut vectors: Vec<Option<Arc<[f32]>>> =
            texts.iter().map(|text| self.kept_vector(text)).collect();
        let missing: Vec<usize> = (0..texts.len())
            .filter(|index| vectors[*index].is_none())
            .collect();
        for batch in missing.chunks(BATCH) {
            let Some(encoder) = self.encoder() else {
                return Ok(None);
            };
            let words: Vec<&str> = batch.iter().map(|index| texts[*index]).collect();
            for (index, vector) in batch.iter().zip(encoder.encode(&words)?) {
                self.keep(texts[*index], vector.as_slice());
                vectors[*index] = Some(vector.as_slice().into());
            }
        }
        Ok(vectors.into_iter().collect())
    }

    fn encoder(&mut self) -> Option<&mut Box<dyn SentenceEncoder>> {
        if matches!(self.encoder, Encoder::Unopened) {
            self.encoder = match MiniLm::installed() {
                Ok(encoder) => Encoder::Open(Box::new(encoder)),
                Err(error) => {
                    tracing::warn!(%error, "open answers are judged without likeness");
                    Encoder::Missing
                }
            };
        }
        match &mut self.encoder {
            Encoder::Open(encoder) => Some(encoder),
            Encoder::Unopened | Encoder::Missing => None,
        }
    }

    fn kept_vector(&self, text: &str) -> Option<Arc<[f32]>> {
        let bytes = self.kept.get(key(text)).ok().flatten()?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| {
            numbers
                .iter()
                .map(|four| f32::from_le_bytes(*four))
                .collect()
        })
    }

    fn keep(&self, text: &str, vector: &[f32]) {
        let bytes: Vec<u8> = vector
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        if let Err(error) = self.kept.insert(key(text), bytes) {
            tracing::warn!(%error, "a sentence vector was not kept");
        }
    }
}

/// A text is known by its hash only: the cache holds no words of a learner.
fn key(text: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(ENCODER).update(text.as_bytes());
    *hasher.finalize().as_bytes()
}
