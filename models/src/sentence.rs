//! Sentence vectors: how near two texts are in meaning.

/// How many numbers describe a sentence.
pub const DIMENSIONS: usize = 384;

/// The longest text that is encoded, in bytes; a spoken answer is a few hundred.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// A direction in the space of meanings.
///
/// Invariant: finite and of unit length. [`SentenceVector::new`] is the only way in.
#[derive(Clone, Debug, PartialEq)]
pub struct SentenceVector(Vec<f32>);

#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("encode a text of {size_bytes} bytes: at most {TEXT_BYTES_MAX} are read")]
    TooLong { size_bytes: usize },
    #[error(
        "encode a text: the model gave {found} numbers of which none or not all are finite, expected {DIMENSIONS}"
    )]
    NoDirection { found: usize },
    #[error("encode a text: {0}")]
    Engine(String),
}

/// Text to vector. Encoders are pure: the same text gives the same vector, alone or among others,
/// so a caller may keep what it got.
pub trait SentenceEncoder: Send {
    /// One vector for each text, in order.
    ///
    /// # Errors
    /// When a text is too long or the engine fails; no vector is returned then.
    fn encode(&mut self, texts: &[&str]) -> Result<Vec<SentenceVector>, EncodeError>;
}

impl SentenceVector {
    /// `numbers` scaled to unit length.
    ///
    /// # Errors
    /// When there are not [`DIMENSIONS`] finite numbers, or all are zero.
    pub fn new(mut numbers: Vec<f32>) -> Result<Self, EncodeError> {
        let found = numbers.len();
        let square: f32 = numbers.iter().map(|x| x * x).sum();
        if found != DIMENSIONS || !square.is_finite() || square <= f32::MIN_POSITIVE {
            return Err(EncodeError::NoDirection { found });
        }
        let length = square.sqrt();
        numbers.iter_mut().for_each(|x| *x /= length);
        Ok(Self(numbers))
    }

    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Cosine of the angle between two sentences, `-1.0..=1.0`; 1 is the same meaning.
    pub fn likeness(&self, other: &Self) -> f32 {
        let product: f32 = self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum();
        product.clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(at: usize, value: f32) -> Vec<f32> {
        let mut numbers = vec![0.0; DIMENSIONS];
        numbers[at] = value;
        numbers
    }

    #[test]
    fn likeness_does_not_depend_on_length() {
        let short = SentenceVector::new(vector(3, 0.5)).unwrap();
        let long = SentenceVector::new(vector(3, 40.0)).unwrap();
        let away = SentenceVector::new(vector(3, -1.0)).unwrap();
        let beside = SentenceVector::new(vector(4, 1.0)).unwrap();
        assert_eq!(short.likeness(&long), 1.0);
        assert_eq!(short.likeness(&away), -1.0);
        assert_eq!(short.likeness(&beside), 0.0);
    }

    #[test]
    fn what_points_nowhere_is_refused() {
        assert!(SentenceVector::new(vec![0.0; DIMENSIONS]).is_err());
        assert!(SentenceVector::new(vec![1.0; DIMENSIONS - 1]).is_err());
        assert!(SentenceVector::new(vector(0, f32::NAN)).is_err());
        assert!(SentenceVector::new(vector(0, f32::INFINITY)).is_err());
    }
}
