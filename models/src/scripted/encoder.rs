use crate::sentence::{DIMENSIONS, EncodeError, SentenceEncoder, SentenceVector, TEXT_BYTES_MAX};

/// Likeness is the share of words in common: each word, without case or marks, has its own
/// direction, and a text points where its words do together.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScriptedEncoder {}

impl SentenceEncoder for ScriptedEncoder {
    fn encode(&mut self, texts: &[&str]) -> Result<Vec<SentenceVector>, EncodeError> {
        texts.iter().map(|text| encode(text)).collect()
    }
}

fn encode(text: &str) -> Result<SentenceVector, EncodeError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(EncodeError::TooLong {
            size_bytes: text.len(),
        });
    }
    let mut numbers = vec![0.0; DIMENSIONS];
    // The first direction is nobody's, so that a text without words points somewhere.
    numbers[0] = f32::EPSILON;
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        numbers[direction(&word.to_lowercase())] += 1.0;
    }
    SentenceVector::new(numbers)
}

/// FNV-1a, which every machine computes alike.
fn direction(word: &str) -> usize {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    1 + (hash % (DIMENSIONS as u64 - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str) -> f32 {
        let vectors = ScriptedEncoder::default().encode(&[a, b]).unwrap();
        vectors[0].likeness(&vectors[1])
    }

    #[test]
    fn likeness_is_the_share_of_words() {
        assert!((likeness("The cow eats.", "the COW eats") - 1.0).abs() < 1e-6);
        assert!((likeness("cow grass", "cow milk") - 0.5).abs() < 1e-6);
        assert!(likeness("cow", "rain").abs() < 1e-3);
        assert!((likeness("", "?") - 1.0).abs() < 1e-6);
    }
}
