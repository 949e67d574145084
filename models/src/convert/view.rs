//! One tensor inside a file: where its numbers are and how they are written.

use super::error::{ConvertError, malformed};
use super::float::{bf16_to_f32, f16_to_f32};
use super::source::ReadAt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dtype {
    F32,
    F16,
    Bf16,
    I8,
    I16,
}

impl Dtype {
    pub(super) fn size(self) -> usize {
        match self {
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::Bf16 | Dtype::I16 => 2,
            Dtype::I8 => 1,
        }
    }

    fn decode(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Dtype::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Dtype::F16, &[a, b]) => f16_to_f32(u16::from_le_bytes([a, b])),
            (Dtype::Bf16, &[a, b]) => bf16_to_f32(u16::from_le_bytes([a, b])),
            (Dtype::I16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])),
            (Dtype::I8, &[a]) => f32::from(a as i8),
            _ => unreachable!("callers cut the bytes into pieces of `size()`"),
        }
    }
}

/// A box of numbers; most are stored row by row, OpenAI's checkpoints keep some transposed.
#[derive(Clone, Debug)]
pub(super) struct View {
    start: u64,
    dtype: Dtype,
    shape: Vec<usize>,
    /// Numbers to step over in the file for one step along each side.
    strides: Vec<usize>,
    /// Quantised rows are divided by this: one number for all, or one for each row.
    scale: Vec<f32>,
}

/// Elements in one tensor; the largest of Whisper large is 66 million.
const ELEMENTS_MAX: usize = 128 << 20;

impl View {
    /// Numbers stored row by row.
    ///
    /// # Errors
    /// When the shape overflows or its bytes are not inside the first `size` bytes.
    pub(super) fn new(
        size: u64,
        start: u64,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<Self, ConvertError> {
        Self::strided(size, start, dtype, shape, &row_by_row(shape))
    }

    /// Numbers stored in any order, `strides` apart.
    ///
    /// # Errors
    /// As [`View::new`], and when there is not one stride for each side.
    pub(super) fn strided(
        size: u64,
        start: u64,
        dtype: Dtype,
        shape: &[usize],
        strides: &[usize],
    ) -> Result<Self, ConvertError> {
        let wrong = |text: &str| malformed("a tensor", format!("its shape {shape:?} {text}"));
        let count = element_count(shape).ok_or_else(|| wrong("is too large"))?;
        if shape.len() != strides.len() {
            return Err(wrong("has another number of sides than of strides"));
        }
        let span = span(shape, strides).ok_or_else(|| wrong("is too large"))?;
        span.checked_mul(dtype.size())
            .and_then(|bytes| start.checked_add(bytes as u64))
            .filter(|end| count == 0 || *end <= size)
            .ok_or_else(|| wrong(&format!("at byte {start} does not fit the file")))?;
        let (shape, strides) = (shape.to_vec(), strides.to_vec());
        Ok(Self {
            start,
            dtype,
            shape,
            strides,
            scale: Vec::new(),
        })
    }

    /// The same numbers, each row divided by its own scale (or all by one).
    pub(super) fn scaled(mut self, scale: Vec<f32>) -> Result<Self, ConvertError> {
        let rows = self.shape.first().copied().unwrap_or(1);
        if scale.len() != 1 && scale.len() != rows {
            let fault = format!("{} scales for {rows} rows", scale.len());
            return Err(malformed("a quantised tensor", fault));
        }
        if scale
            .iter()
            .any(|scale| !scale.is_finite() || *scale == 0.0)
        {
            return Err(malformed(
                "a quantised tensor",
                "a scale is zero or not a number",
            ));
        }
        self.scale = scale;
        Ok(self)
    }

    /// As [`View::scaled`], with scales that are a tensor of the same file.
    pub(super) fn scaled_by(self, source: &dyn ReadAt, scale: &View) -> Result<Self, ConvertError> {
        let rows = self.shape.first().copied().unwrap_or(1);
        // Checked before reading: a false scale could be as large as the file.
        if scale.count() != 1 && scale.count() != rows {
            let fault = format!("{} scales for {rows} rows", scale.count());
            return Err(malformed("a quantised tensor", fault));
        }
        self.scaled(scale.read(source, 0, scale.count())?)
    }

    /// `part` of `parts` equal runs of rows: fused projections are stored one under the other.
    pub(super) fn rows(&self, part: usize, parts: usize) -> Result<Self, ConvertError> {
        let rows = self.shape.first().copied().unwrap_or(0);
        if part >= parts || !rows.is_multiple_of(parts) {
            let fault = format!("{rows} rows cannot be cut into {parts}");
            return Err(malformed("a fused tensor", fault));
        }
        let kept = rows / parts;
        let mut cut = self.clone();
        cut.shape[0] = kept;
        let skipped = part * kept * self.strides[0] * self.dtype.size();
        cut.start = self.start + skipped as u64;
        if self.scale.len() > 1 {
            cut.scale = self.scale[part * kept..(part + 1) * kept].to_vec();
        }
        Ok(cut)
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(super) fn dtype(&self) -> Dtype {
        self.dtype
    }

    pub(super) fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// `count` numbers from element `first` on, row by row.
    pub(super) fn read(
        &self,
        source: &dyn ReadAt,
        first: usize,
        count: usize,
    ) -> Result<Vec<f32>, ConvertError> {
        assert!(
            first + count <= self.count(),
            "callers stay inside the tensor"
        );
        let mut values = if self.strides == row_by_row(&self.shape) {
            self.read_run(source, first, count)?
        } else {
            let span = span(&self.shape, &self.strides)
                .expect("`strided` computed the same span before it built this view");
            let all = self.read_run(source, 0, span)?;
            (first..first + count)
                .map(|index| all[self.place(index)])
                .collect()
        };
        if !self.scale.is_empty() {
            let row_size: usize = self.shape.iter().skip(1).product();
            for (index, value) in values.iter_mut().enumerate() {
                let row = (first + index) / row_size.max(1);
                *value /= self.scale.get(row).unwrap_or(&self.scale[0]);
            }
        }
        Ok(values)
    }

    fn read_run(
        &self,
        source: &dyn ReadAt,
        first: usize,
        count: usize,
    ) -> Result<Vec<f32>, ConvertError> {
        let size = self.dtype.size();
        let mut bytes = vec![0; count * size];
        source
            .read_at(self.start + (first * size) as u64, &mut bytes)
            .map_err(|source| ConvertError::Read {
                what: "a tensor".to_owned(),
                source,
            })?;
        Ok(bytes
            .chunks_exact(size)
            .map(|piece| self.dtype.decode(piece))
            .collect())
    }

    /// Where in the file the number is that comes at `index` when counted row by row.
    fn place(&self, mut index: usize) -> usize {
        let mut place = 0;
        for (side, stride) in self.shape.iter().zip(&self.strides).rev() {
            place += index % side * stride;
            index /= side;
        }
        place
    }
}

/// Strides of numbers that follow each other.
fn row_by_row(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// Numbers in the file from the first of a tensor to its last, both counted.
fn span(shape: &[usize], strides: &[usize]) -> Option<usize> {
    let mut last = 0_usize;
    for (side, stride) in shape.iter().zip(strides) {
        last = last.checked_add(side.saturating_sub(1).checked_mul(*stride)?)?;
    }
    last.checked_add(1).filter(|span| *span <= ELEMENTS_MAX)
}

fn element_count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |count, side| count.checked_mul(*side))
        .filter(|count| *count <= ELEMENTS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fused_quantised_tensor_is_cut_with_its_scales() {
        let bytes: Vec<u8> = [2_i8, 4, 6, 8, -10, 12, 14, 16].map(|n| n as u8).to_vec();
        let whole = View::new(8, 0, Dtype::I8, &[4, 2]).unwrap();
        let whole = whole.scaled(vec![1.0, 2.0, 4.0, 8.0]).unwrap();
        let second = whole.rows(1, 2).unwrap();
        assert_eq!(second.read(&bytes, 0, 4).unwrap(), [-2.5, 3.0, 1.75, 2.0]);
        assert_eq!(second.read(&bytes, 2, 2).unwrap(), [1.75, 2.0]);
        assert!(whole.rows(0, 3).is_err());
    }

    #[test]
    fn a_transposed_tensor_is_read_in_row_order() {
        let bytes: Vec<u8> = (0..6).collect();
        let view = View::strided(6, 0, Dtype::I8, &[2, 3], &[1, 2]).unwrap();
        assert_eq!(
            view.read(&bytes, 0, 6).unwrap(),
            [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]
        );
        assert_eq!(view.read(&bytes, 2, 2).unwrap(), [4.0, 1.0]);
        assert_eq!(
            view.rows(1, 2).unwrap().read(&bytes, 0, 3).unwrap(),
            [1.0, 3.0, 5.0]
        );
        assert!(View::strided(5, 0, Dtype::I8, &[2, 3], &[1, 2]).is_err());
        assert!(View::strided(6, 0, Dtype::I8, &[2, 3], &[1, usize::MAX]).is_err());
        assert!(View::strided(6, 0, Dtype::I8, &[2, 3], &[1]).is_err());
    }

    #[test]
    fn a_shape_beyond_the_file_or_beyond_reason_is_refused() {
        assert!(View::new(7, 0, Dtype::F32, &[2]).is_err());
        assert!(View::new(8, 1, Dtype::F32, &[2]).is_err());
        assert!(View::new(8, u64::MAX, Dtype::F32, &[2]).is_err());
        assert!(View::new(u64::MAX, 0, Dtype::F32, &[usize::MAX, 2]).is_err());
        assert!(View::new(u64::MAX, 0, Dtype::F32, &[1 << 20, 1 << 20]).is_err());
        assert!(View::new(8, 0, Dtype::F32, &[2]).is_ok());
    }
}
