//! Mel filters, as OpenAI ships them: `mel_filters.npz`, a zip of two NumPy arrays.

use std::io::Read;

use zip::ZipArchive;

use super::error::{ConvertError, malformed};
use super::source::{ReadAt, Walk};

/// Bins of a 400-point Fourier transform.
pub(super) const BINS: usize = 201;

#[derive(Debug)]
pub struct MelFilters {
    pub(super) mels: usize,
    /// `mels` rows of `BINS`.
    pub(super) values: Vec<f32>,
}

/// The filters for a model with `mels` bands, 80 or 128.
///
/// # Errors
/// When the file is not a NumPy archive with an array of that many bands.
pub fn read_mel_filters(source: &dyn ReadAt, mels: usize) -> Result<MelFilters, ConvertError> {
    let fault = |text: String| malformed("the mel filters", text);
    let mut archive =
        ZipArchive::new(Walk::new(source)).map_err(|error| fault(error.to_string()))?;
    let entry = archive
        .by_name(&format!("mel_{mels}.npy"))
        .map_err(|error| fault(format!("mel_{mels}.npy: {error}")))?;
    let values_size = mels * BINS * 4;
    let mut bytes = Vec::new();
    entry
        .take(values_size as u64 + 4096)
        .read_to_end(&mut bytes)
        .map_err(|source| ConvertError::Read {
            what: "the mel filters".to_owned(),
            source,
        })?;
    let values = npy_values(&bytes, mels).map_err(|text| fault(text.to_owned()))?;
    Ok(MelFilters { mels, values })
}

/// Layout: NumPy's `numpy.lib.format`, version 1.0.
fn npy_values(bytes: &[u8], mels: usize) -> Result<Vec<f32>, &'static str> {
    let rest = bytes
        .strip_prefix(b"\x93NUMPY\x01\x00")
        .ok_or("it is not a NumPy array")?;
    let (size, rest) = rest.split_at_checked(2).ok_or("it ends too early")?;
    let size = usize::from(u16::from_le_bytes([size[0], size[1]]));
    let (header, values) = rest.split_at_checked(size).ok_or("it ends too early")?;
    let header: String = header
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte))
        .collect();
    let shape = format!("'shape':({mels},{BINS})");
    if !["'descr':'<f4'", "'fortran_order':False", &shape]
        .iter()
        .all(|part| header.contains(part))
    {
        return Err("it is not an array of the expected shape");
    }
    if values.len() != mels * BINS * 4 {
        return Err("it has the wrong number of bytes");
    }
    let number = |piece: &[u8]| f32::from_le_bytes([piece[0], piece[1], piece[2], piece[3]]);
    let values: Vec<f32> = values.chunks_exact(4).map(number).collect();
    if values.iter().any(|value| !value.is_finite()) {
        return Err("a value is not a number");
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &str, values: usize) -> Vec<u8> {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(vec![0; values * 4]);
        bytes
    }

    #[test]
    fn only_an_array_of_the_right_shape_and_size_is_read() {
        assert_eq!(
            npy_values(&array("(80, 201)", 80 * 201), 80).unwrap().len(),
            80 * 201
        );
        assert!(npy_values(&array("(80, 201)", 80 * 201 - 1), 80).is_err());
        assert!(npy_values(&array("(128, 201)", 80 * 201), 80).is_err());
        assert!(npy_values(&array("(80, 201)", 80 * 201)[..9], 80).is_err());
        assert!(npy_values(b"", 80).is_err());
    }
}
