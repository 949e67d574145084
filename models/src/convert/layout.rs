//! Which tensors a Whisper model has, and their shapes, from its ten dimensions.

use std::collections::HashMap;

use super::error::{ConvertError, malformed};
use super::view::View;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    pub vocab: usize,
    pub audio_ctx: usize,
    pub audio_state: usize,
    pub audio_head: usize,
    pub audio_layer: usize,
    pub text_ctx: usize,
    pub text_state: usize,
    pub text_head: usize,
    pub text_layer: usize,
    pub mels: usize,
}

/// Every Whisper model has 64 numbers per attention head.
pub(super) const HEAD_SIZE: usize = 64;

impl Dimensions {
    /// # Errors
    /// When a dimension is outside what tiny to large-v3 have.
    pub(super) fn check(self) -> Result<Self, ConvertError> {
        for (name, value, least, most) in [
            ("n_vocab", self.vocab, 51_864, 51_866),
            ("n_audio_ctx", self.audio_ctx, 1, 1500),
            ("n_audio_state", self.audio_state, HEAD_SIZE, 1280),
            ("n_audio_head", self.audio_head, 1, 20),
            ("n_audio_layer", self.audio_layer, 1, 32),
            ("n_text_ctx", self.text_ctx, 1, 448),
            ("n_text_state", self.text_state, HEAD_SIZE, 1280),
            ("n_text_head", self.text_head, 1, 20),
            ("n_text_layer", self.text_layer, 1, 32),
            ("n_mels", self.mels, 80, 128),
        ] {
            if !(least..=most).contains(&value) {
                let fault = format!("{name} is {value}, not within {least}..={most}");
                return Err(malformed("the model's dimensions", fault));
            }
        }
        // whisper.cpp relies on both without checking them in a release build.
        if self.audio_state != self.text_state
            || self.audio_head * HEAD_SIZE != self.audio_state
            || self.text_head * HEAD_SIZE != self.text_state
        {
            let fault = "the sides of its attention do not agree";
            return Err(malformed("the model's dimensions", fault));
        }
        Ok(self)
    }

    /// Every tensor, by OpenAI's name, with its shape in row order.
    ///
    /// The order is that of OpenAI's checkpoints, and so of the files that whisper.cpp's own script
    /// writes from them: whatever the source, a model becomes the same bytes.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (heard, said) = (self.audio_state, self.text_state);
        let mut all = vec![
            (
                "decoder.positional_embedding".to_owned(),
                vec![self.text_ctx, said],
            ),
            (
                "encoder.positional_embedding".to_owned(),
                vec![self.audio_ctx, heard],
            ),
            (
                "decoder.token_embedding.weight".to_owned(),
                vec![self.vocab, said],
            ),
        ];
        for layer in 0..self.text_layer {
            let block = format!("decoder.blocks.{layer}");
            feed_forward(&mut all, &block, said);
            attention(&mut all, &format!("{block}.attn"), said);
            attention(&mut all, &format!("{block}.cross_attn"), said);
        }
        norm(&mut all, "decoder.ln", said);
        all.push(("encoder.conv1.weight".to_owned(), vec![heard, self.mels, 3]));
        all.push(("encoder.conv1.bias".to_owned(), vec![heard]));
        all.push(("encoder.conv2.weight".to_owned(), vec![heard, heard, 3]));
        all.push(("encoder.conv2.bias".to_owned(), vec![heard]));
        for layer in 0..self.audio_layer {
            let block = format!("encoder.blocks.{layer}");
            feed_forward(&mut all, &block, heard);
            attention(&mut all, &format!("{block}.attn"), heard);
        }
        norm(&mut all, "encoder.ln_post", heard);
        all
    }
}

fn norm(all: &mut Vec<(String, Vec<usize>)>, name: &str, state: usize) {
    all.push((format!("{name}.weight"), vec![state]));
    all.push((format!("{name}.bias"), vec![state]));
}

fn attention(all: &mut Vec<(String, Vec<usize>)>, name: &str, state: usize) {
    norm(all, &format!("{name}_ln"), state);
    for projection in ["query", "key", "value", "out"] {
        all.push((format!("{name}.{projection}.weight"), vec![state, state]));
        // Whisper's key projection has no bias.
        if projection != "key" {
            all.push((format!("{name}.{projection}.bias"), vec![state]));
        }
    }
}

fn feed_forward(all: &mut Vec<(String, Vec<usize>)>, block: &str, state: usize) {
    norm(all, &format!("{block}.mlp_ln"), state);
    for (name, shape) in [("mlp.0", [4 * state, state]), ("mlp.2", [state, 4 * state])] {
        all.push((format!("{block}.{name}.weight"), shape.to_vec()));
        all.push((format!("{block}.{name}.bias"), vec![shape[0]]));
    }
}

/// A whole model: every tensor is there, in the right shape, inside its file.
#[derive(Debug)]
pub struct Weights {
    dimensions: Dimensions,
    views: HashMap<String, View>,
}

impl Weights {
    pub(super) fn new(
        dimensions: Dimensions,
        views: HashMap<String, View>,
    ) -> Result<Self, ConvertError> {
        let dimensions = dimensions.check()?;
        for (name, shape) in dimensions.tensors() {
            let view = views
                .get(&name)
                .ok_or_else(|| malformed("the model's tensors", format!("{name} is missing")))?;
            if view.shape() != shape {
                let fault = format!("{name} has shape {:?}, not {shape:?}", view.shape());
                return Err(malformed("the model's tensors", fault));
            }
        }
        Ok(Self { dimensions, views })
    }

    pub fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    pub(super) fn view(&self, name: &str) -> &View {
        &self.views[name]
    }
}

/// Dimensions read off the shapes of tensors, for formats that do not state them.
pub(super) fn measure(views: &HashMap<String, View>) -> Result<Dimensions, ConvertError> {
    let side = |name: &str, axis: usize| {
        let view = views
            .get(name)
            .ok_or_else(|| malformed("the model's tensors", format!("{name} is missing")))?;
        view.shape()
            .get(axis)
            .copied()
            .ok_or_else(|| malformed("the model's tensors", format!("{name} has no side {axis}")))
    };
    let layers = |part: &str| {
        (0..64)
            .take_while(|layer| {
                views.contains_key(&format!("{part}.blocks.{layer}.attn.key.weight"))
            })
            .count()
    };
    let audio_state = side("encoder.positional_embedding", 1)?;
    let text_state = side("decoder.positional_embedding", 1)?;
    Dimensions {
        vocab: side("decoder.token_embedding.weight", 0)?,
        audio_ctx: side("encoder.positional_embedding", 0)?,
        audio_state,
        audio_head: audio_state / HEAD_SIZE,
        audio_layer: layers("encoder"),
        text_ctx: side("decoder.positional_embedding", 0)?,
        text_state,
        text_head: text_state / HEAD_SIZE,
        text_layer: layers("decoder"),
        mels: side("encoder.conv1.weight", 1)?,
    }
    .check()
}

#[cfg(test)]
pub(super) const TINY_EN: Dimensions = Dimensions {
    vocab: 51_864,
    audio_ctx: 1500,
    audio_state: 384,
    audio_head: 6,
    audio_layer: 4,
    text_ctx: 448,
    text_state: 384,
    text_head: 6,
    text_layer: 4,
    mels: 80,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiny_has_the_published_number_of_tensors_and_parameters() {
        let tensors = TINY_EN.tensors();
        // whisper.cpp loads 167 tensors; OpenAI's `.pt` holds as many.
        assert_eq!(tensors.len(), 167);
        let parameters: usize = tensors
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        // Published for multilingual tiny: 37,184,640 trained. It has one token (384 numbers) more;
        // the encoder's 1500 x 384 positions are fixed.
        assert_eq!(parameters, 37_184_640 - 384 + 1500 * 384);
    }

    #[test]
    fn dimensions_out_of_range_are_refused_by_name() {
        let error = Dimensions {
            text_layer: 1000,
            ..TINY_EN
        }
        .check()
        .unwrap_err();
        assert!(
            error.to_string().contains("n_text_layer is 1000"),
            "{error}"
        );
        assert!(
            Dimensions {
                audio_head: 5,
                ..TINY_EN
            }
            .check()
            .is_err()
        );
    }
}
