//! From files of weights and assets to one ggml file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::ct2::read_ct2;
use super::error::{ConvertError, malformed};
use super::ggml::{Precision, write_ggml};
use super::layout::Weights;
use super::mel::read_mel_filters;
use super::pt::read_pt;
use super::safetensors::read_safetensors;
use super::source::{FileParts, ReadAt};
use super::vocabulary::read_vocabulary;

const VOCABULARY_BYTES_MAX: u64 = 4 << 20;

/// What a Whisper model needs beside its weights.
#[derive(Clone, Debug)]
pub struct Assets {
    /// `gpt2.tiktoken` or `multilingual.tiktoken`.
    pub vocabulary: PathBuf,
    /// `mel_filters.npz`.
    pub mel_filters: PathBuf,
}

/// Reads weights (one file, or several parts in order) and writes them as ggml.
///
/// # Errors
/// When a file cannot be read or is not what it should be; the path is in the message.
pub fn convert(
    weights: &[PathBuf],
    assets: &Assets,
    precision: Precision,
    out: &mut dyn Write,
) -> Result<(), ConvertError> {
    let first = weights.first().cloned().unwrap_or_default();
    let parts = FileParts::open(weights)?;
    convert_from(&parts, assets, precision, out).map_err(|source| in_file(&first, source))
}

/// As [`convert`], from any source of bytes.
///
/// # Errors
/// As [`convert`].
pub fn convert_from(
    source: &dyn ReadAt,
    assets: &Assets,
    precision: Precision,
    out: &mut dyn Write,
) -> Result<(), ConvertError> {
    let weights = read_weights(source)?;
    let path = &assets.mel_filters;
    let mel = FileParts::open(&[path])
        .and_then(|file| read_mel_filters(&file, weights.dimensions().mels))
        .map_err(|source| in_file(path, source))?;
    let path = &assets.vocabulary;
    let vocabulary = read_small(path)
        .and_then(|text| read_vocabulary(&text))
        .map_err(|source| in_file(path, source))?;
    write_ggml(source, &weights, &mel, &vocabulary, precision, out)
}

/// Reads weights in any of the forms we know, told apart by how they begin.
///
/// # Errors
/// When the form is unknown, or as [`read_pt`], [`read_ct2`] and [`read_safetensors`].
pub fn read_weights(source: &dyn ReadAt) -> Result<Weights, ConvertError> {
    let mut start = [0; 9];
    source
        .read_at(0, &mut start)
        .map_err(|source| ConvertError::Read {
            what: "the weights".to_owned(),
            source,
        })?;
    match start {
        [b'P', b'K', 3, 4, ..] => read_pt(source),
        [4..=6, 0, 0, 0, ..] => read_ct2(source),
        [.., b'{'] => read_safetensors(source),
        _ => Err(malformed(
            "the weights",
            "they are not a PyTorch checkpoint, a CTranslate2 model or a safetensors file",
        )),
    }
}

fn read_small(path: &Path) -> Result<Vec<u8>, ConvertError> {
    let failed = |source| ConvertError::Read {
        what: path.display().to_string(),
        source,
    };
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > VOCABULARY_BYTES_MAX {
        return Err(failed(std::io::Error::other(format!(
            "{size} bytes are too many"
        ))));
    }
    fs::read(path).map_err(failed)
}

fn in_file(path: &Path, source: ConvertError) -> ConvertError {
    match source {
        source @ ConvertError::File { .. } => source,
        source => ConvertError::File {
            path: path.to_owned(),
            source: Box::new(source),
        },
    }
}
