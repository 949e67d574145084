//! ggml files as whisper.cpp 1.8 reads them: written, and checked before anyone loads one.
//!
//! Layout: `whisper_model_load` in whisper.cpp. It trusts sizes, so a file from outside goes
//! through [`check_ggml`] first.

use std::collections::HashMap;
use std::io::{self, Write};

use super::error::{ConvertError, malformed, shown};
use super::float::f32_to_f16;
use super::layout::{Dimensions, Weights};
use super::mel::{BINS, MelFilters};
use super::source::{ReadAt, Walk};
use super::vocabulary::Vocabulary;

const MAGIC: u32 = 0x6767_6d6c;
/// ggml's block of quantised numbers: 32 of them behind one f16 scale.
const BLOCK: usize = 32;
/// Numbers converted at a time; a multiple of `BLOCK`.
const CHUNK: usize = 1 << 18;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    F16,
    Q8_0,
}

impl Precision {
    /// ggml's `ftype`; quantised files add a thousand times the format's version, 2.
    fn file_type(self) -> u32 {
        match self {
            Precision::F16 => 1,
            Precision::Q8_0 => 2007,
        }
    }
}

/// How one tensor is stored: the numbers are ggml's own type ids.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Storage {
    F32 = 0,
    F16 = 1,
    Q8_0 = 8,
}

impl Storage {
    /// whisper.cpp fixes this per tensor: small ones and positions stay whole, convolutions are
    /// never quantised.
    fn of(name: &str, rank: usize, precision: Precision) -> Self {
        if rank < 2 || name.ends_with("positional_embedding") {
            Storage::F32
        } else if rank == 3 || precision == Precision::F16 {
            Storage::F16
        } else {
            Storage::Q8_0
        }
    }

    fn size(self, count: u64) -> u64 {
        match self {
            Storage::F32 => count * 4,
            Storage::F16 => count * 2,
            Storage::Q8_0 => count / BLOCK as u64 * (BLOCK as u64 + 2),
        }
    }
}

/// Writes a whole ggml file.
///
/// # Errors
/// When the source cannot be read, `out` cannot be written, or the mel filters or tokens are of
/// another kind of model.
pub fn write_ggml(
    source: &dyn ReadAt,
    weights: &Weights,
    mel: &MelFilters,
    vocabulary: &Vocabulary,
    precision: Precision,
    out: &mut dyn Write,
) -> Result<(), ConvertError> {
    let dimensions = weights.dimensions();
    if mel.mels != dimensions.mels {
        let fault = format!(
            "{} bands, where the model has {}",
            mel.mels, dimensions.mels
        );
        return Err(malformed("the mel filters", fault));
    }
    let tokens = plain_tokens(dimensions);
    if vocabulary.tokens.len() != tokens {
        let fault = format!(
            "{} tokens, where the model has {tokens}",
            vocabulary.tokens.len()
        );
        return Err(malformed("the vocabulary", fault));
    }
    write_header(dimensions, mel, vocabulary, precision, out).map_err(ConvertError::Write)?;
    for (name, shape) in dimensions.tensors() {
        let storage = Storage::of(&name, shape.len(), precision);
        write_tensor_header(&name, &shape, storage, out).map_err(ConvertError::Write)?;
        let view = weights.view(&name);
        let mut first = 0;
        while first < view.count() {
            let count = CHUNK.min(view.count() - first);
            let values = view.read(source, first, count)?;
            out.write_all(&encode(&values, storage))
                .map_err(ConvertError::Write)?;
            first += count;
        }
    }
    Ok(())
}

/// Tokens before the special ones.
fn plain_tokens(dimensions: Dimensions) -> usize {
    if dimensions.vocab >= 51_865 {
        50_257
    } else {
        50_256
    }
}

fn header_numbers(dimensions: Dimensions) -> [usize; 10] {
    [
        dimensions.vocab,
        dimensions.audio_ctx,
        dimensions.audio_state,
        dimensions.audio_head,
        dimensions.audio_layer,
        dimensions.text_ctx,
        dimensions.text_state,
        dimensions.text_head,
        dimensions.text_layer,
        dimensions.mels,
    ]
}

fn write_header(
    dimensions: Dimensions,
    mel: &MelFilters,
    vocabulary: &Vocabulary,
    precision: Precision,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    for number in header_numbers(dimensions) {
        bytes.extend((number as u32).to_le_bytes());
    }
    bytes.extend(precision.file_type().to_le_bytes());
    bytes.extend((mel.mels as u32).to_le_bytes());
    bytes.extend((BINS as u32).to_le_bytes());
    bytes.extend(mel.values.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend((vocabulary.tokens.len() as u32).to_le_bytes());
    for token in &vocabulary.tokens {
        bytes.extend((token.len() as u32).to_le_bytes());
        bytes.extend(token);
    }
    out.write_all(&bytes)
}

fn write_tensor_header(
    name: &str,
    shape: &[usize],
    storage: Storage,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sides = file_sides(name, shape);
    let mut bytes = (sides.len() as u32).to_le_bytes().to_vec();
    bytes.extend((name.len() as u32).to_le_bytes());
    bytes.extend((storage as u32).to_le_bytes());
    bytes.extend(sides.iter().flat_map(|side| side.to_le_bytes()));
    bytes.extend(name.as_bytes());
    out.write_all(&bytes)
}

/// ggml counts sides from the innermost; a convolution's bias is a column, to be added to rows.
fn file_sides(name: &str, shape: &[usize]) -> Vec<u32> {
    let mut sides: Vec<u32> = shape.iter().rev().map(|side| *side as u32).collect();
    if name.contains(".conv") && name.ends_with(".bias") {
        sides.insert(0, 1);
    }
    sides
}

fn encode(values: &[f32], storage: Storage) -> Vec<u8> {
    match storage {
        Storage::F32 => values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Storage::F16 => values
            .iter()
            .flat_map(|value| f32_to_f16(*value).to_le_bytes())
            .collect(),
        Storage::Q8_0 => values.chunks_exact(BLOCK).flat_map(quantise).collect(),
    }
}

/// As `quantize_row_q8_0_ref` in ggml: scale by the largest, round half away from zero.
fn quantise(block: &[f32]) -> [u8; BLOCK + 2] {
    let largest = block
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut bytes = [0; BLOCK + 2];
    bytes[..2].copy_from_slice(&f32_to_f16(scale).to_le_bytes());
    for (byte, value) in bytes[2..].iter_mut().zip(block) {
        *byte = (value * inverse).round() as i8 as u8;
    }
    bytes
}

/// Reads a ggml file of Whisper from end to end without keeping any of it.
///
/// # Errors
/// When anything in it would make whisper.cpp read or reserve what it should not: a count, size
/// or shape other than the model's dimensions call for.
pub fn check_ggml(source: &dyn ReadAt) -> Result<Dimensions, ConvertError> {
    let mut walk = Walk::new(source);
    let (dimensions, precision) = check_header(&mut walk)?;
    let mut expected: HashMap<String, Vec<usize>> = dimensions.tensors().into_iter().collect();
    while walk.left() > 0 {
        check_tensor(&mut walk, &mut expected, precision)?;
    }
    match expected.keys().min() {
        None => Ok(dimensions),
        Some(name) => Err(fault(format!(
            "tensor {name} is missing: the file ends too early"
        ))),
    }
}

fn fault(text: impl Into<String>) -> ConvertError {
    malformed("the ggml file", text)
}

fn short(source: io::Error) -> ConvertError {
    ConvertError::Read {
        what: "the ggml file".to_owned(),
        source,
    }
}

fn check_header(walk: &mut Walk<'_>) -> Result<(Dimensions, Precision), ConvertError> {
    if walk.u32().map_err(short)? != MAGIC {
        return Err(fault("its first four bytes are not those of ggml"));
    }
    let mut numbers = [0; 10];
    for number in &mut numbers {
        *number = walk.u32().map_err(short)? as usize;
    }
    let [
        vocab,
        audio_ctx,
        audio_state,
        audio_head,
        audio_layer,
        rest @ ..,
    ] = numbers;
    let [text_ctx, text_state, text_head, text_layer, mels] = rest;
    let dimensions = Dimensions {
        vocab,
        audio_ctx,
        audio_state,
        audio_head,
        audio_layer,
        text_ctx,
        text_state,
        text_head,
        text_layer,
        mels,
    }
    .check()?;
    let precision = match walk.u32().map_err(short)? {
        1 => Precision::F16,
        2007 => Precision::Q8_0,
        other => {
            return Err(fault(format!(
                "its type is {other}; f16 (1) and q8_0 (2007) are known"
            )));
        }
    };
    let shape = (walk.u32().map_err(short)?, walk.u32().map_err(short)?);
    if shape != (mels as u32, BINS as u32) {
        return Err(fault(format!(
            "its mel filters are {} by {}",
            shape.0, shape.1
        )));
    }
    walk.skip((mels * BINS * 4) as u64).map_err(short)?;
    let tokens = walk.u32().map_err(short)?;
    if tokens as usize > vocab {
        return Err(fault(format!("it has {tokens} tokens")));
    }
    for _ in 0..tokens {
        let size = walk.u32().map_err(short)?;
        if size > 512 {
            return Err(fault(format!("a token of {size} bytes")));
        }
        walk.skip(u64::from(size)).map_err(short)?;
    }
    Ok((dimensions, precision))
}

fn check_tensor(
    walk: &mut Walk<'_>,
    expected: &mut HashMap<String, Vec<usize>>,
    precision: Precision,
) -> Result<(), ConvertError> {
    let rank = walk.u32().map_err(short)?;
    let name_size = walk.u32().map_err(short)?;
    let kind = walk.u32().map_err(short)?;
    if rank > 3 || name_size > 256 {
        return Err(fault(format!(
            "a tensor of {rank} sides with a name of {name_size} bytes"
        )));
    }
    let sides = (0..rank)
        .map(|_| walk.u32())
        .collect::<io::Result<Vec<_>>>()
        .map_err(short)?;
    let mut name = vec![0; name_size as usize];
    io::Read::read_exact(walk, &mut name).map_err(short)?;
    let name = String::from_utf8_lossy(&name).into_owned();
    let shape = expected
        .remove(&name)
        .ok_or_else(|| fault(format!("tensor {} is unknown or there twice", shown(&name))))?;
    let storage = Storage::of(&name, shape.len(), precision);
    if sides != file_sides(&name, &shape) || kind != storage as u32 {
        return Err(fault(format!("tensor {name} is {sides:?} of type {kind}")));
    }
    let count = sides.iter().map(|side| u64::from(*side)).product();
    walk.skip(storage.size(count)).map_err(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_keeps_its_numbers_to_half_a_step() {
        let block: Vec<f32> = (0..32).map(|n| (n as f32 - 15.5) / 3.0).collect();
        let bytes = quantise(&block);
        let scale = super::super::float::f16_to_f32(u16::from_le_bytes([bytes[0], bytes[1]]));
        for (byte, value) in bytes[2..].iter().zip(&block) {
            // Half a step, and the scale's own rounding to f16 (2^-11 of at most 127 steps).
            let near = f32::from(*byte as i8) * scale;
            assert!(
                (near - value).abs() <= scale * (0.5 + 127.0 / 2048.0),
                "{near} {value}"
            );
        }
        assert_eq!(quantise(&[0.0; 32]), [0; 34]);
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        assert!(check_ggml(&vec![]).is_err());
        let error = check_ggml(&b"GGUF\x03\x00\x00\x00".to_vec()).unwrap_err();
        assert!(error.to_string().contains("first four bytes"), "{error}");
    }
}
