use std::path::Path;

use ort::session::Session;
use ort::value::Tensor;
use tokenizers::Tokenizer;

use super::runtime::{OnnxError, WorkingMemory, open_session};
use crate::install::installed_file;
use crate::sentence::{DIMENSIONS, EncodeError, SentenceEncoder, SentenceVector, TEXT_BYTES_MAX};

const ID: &str = "minilm-l6-v2-int8";

/// all-MiniLM-L6-v2 (English), weights of 8 bits: the mean of its token vectors.
pub struct MiniLm {
    tokenizer: Tokenizer,
    session: Session,
}

impl MiniLm {
    /// The installed model.
    ///
    /// # Errors
    /// When its files or the runtime are missing or unreadable.
    pub fn installed() -> Result<Self, OnnxError> {
        Self::open(
            &installed_file(ID, "model.onnx")?,
            &installed_file(ID, "tokenizer.json")?,
        )
    }

    /// The model in the two given files.
    ///
    /// # Errors
    /// As [`MiniLm::installed`].
    pub fn open(model: &Path, tokenizer: &Path) -> Result<Self, OnnxError> {
        let mut words = Tokenizer::from_file(tokenizer).map_err(|error| OnnxError::Model {
            path: tokenizer.to_owned(),
            reason: error.to_string(),
        })?;
        // The file asks for 128 places whatever the text; most of the time would go into filling.
        words.with_padding(None);
        Ok(Self {
            tokenizer: words,
            session: open_session(model, WorkingMemory::Kept)?,
        })
    }

    fn encode_one(&mut self, text: &str) -> Result<SentenceVector, EncodeError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(EncodeError::TooLong {
                size_bytes: text.len(),
            });
        }
        let words = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|error| EncodeError::Engine(error.to_string()))?;
        let ids: Vec<i64> = words.get_ids().iter().map(|&id| id.into()).collect();
        let len = ids.len();
        self.run(ids, len)
            .map_err(|error| EncodeError::Engine(error.to_string()))
            .and_then(|tokens| mean(&tokens))
    }

    /// The token vectors, end to end.
    fn run(&mut self, ids: Vec<i64>, len: usize) -> ort::Result<Vec<f32>> {
        let inputs = ort::inputs![
            "input_ids" => Tensor::from_array(([1, len], ids))?,
            "attention_mask" => Tensor::from_array(([1, len], vec![1_i64; len]))?,
            "token_type_ids" => Tensor::from_array(([1, len], vec![0_i64; len]))?,
        ];
        let outputs = self.session.run(inputs)?;
        let (_, tokens) = outputs[0].try_extract_tensor::<f32>()?;
        Ok(tokens.to_vec())
    }
}

impl SentenceEncoder for MiniLm {
    /// One at a time: 8-bit activations take their scale from the whole batch, so a vector would
    /// depend on its neighbours and could not be kept.
    fn encode(&mut self, texts: &[&str]) -> Result<Vec<SentenceVector>, EncodeError> {
        texts.iter().map(|text| self.encode_one(text)).collect()
    }
}

fn mean(tokens: &[f32]) -> Result<SentenceVector, EncodeError> {
    let mut sum = vec![0.0; DIMENSIONS];
    for token in tokens.chunks_exact(DIMENSIONS) {
        sum.iter_mut().zip(token).for_each(|(total, x)| *total += x);
    }
    // The mean points where the sum points.
    SentenceVector::new(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing, with a printed line, where the model is not installed.
    fn installed() -> Option<MiniLm> {
        match MiniLm::installed() {
            Ok(model) => Some(model),
            Err(error) => {
                eprintln!("skipped: {error}");
                None
            }
        }
    }

    #[test]
    fn paraphrases_are_nearer_than_strangers() {
        let Some(mut model) = installed() else { return };
        let texts = [
            "The bulb is out because there is a gap in the circuit.",
            "The lamp does not shine since the circuit is broken.",
            "My grandmother sells tomatoes at the market.",
        ];
        let vectors = model.encode(&texts).unwrap();
        let (near, far) = (
            vectors[0].likeness(&vectors[1]),
            vectors[0].likeness(&vectors[2]),
        );
        assert!(near > far + 0.4, "{near} against {far}");
    }

    #[test]
    fn a_vector_does_not_depend_on_its_neighbours() {
        let Some(mut model) = installed() else { return };
        let alone = model.encode(&["plants need light"]).unwrap();
        let among = model
            .encode(&[
                "water",
                "plants need light",
                "the moon goes round the earth",
            ])
            .unwrap();
        assert_eq!(alone[0], among[1]);
    }

    #[test]
    fn empty_and_endless_texts_are_answered() {
        let Some(mut model) = installed() else { return };
        assert_eq!(model.encode(&[""]).unwrap().len(), 1);
        assert!(model.encode(&[&"word ".repeat(700)]).is_ok());
        assert!(matches!(
            model.encode(&["ok", &"a".repeat(TEXT_BYTES_MAX + 1)]),
            Err(EncodeError::TooLong { size_bytes }) if size_bytes == TEXT_BYTES_MAX + 1
        ));
    }
}
