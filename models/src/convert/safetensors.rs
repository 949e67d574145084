//! Hugging Face's `model.safetensors`, and its names for Whisper's tensors.
//!
//! Layout: eight bytes of header length, a JSON header, then the tensors' bytes.

use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;

use super::error::{ConvertError, malformed, shown};
use super::layout::{Weights, measure};
use super::source::{ReadAt, Walk};
use super::view::{Dtype, View};

/// The header of Whisper large is 150 kB.
const HEADER_BYTES_MAX: u64 = 4 << 20;

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [u64; 2],
}

/// # Errors
/// When the header is not readable, or a tensor of a Whisper model is missing, misshapen or
/// outside the file.
pub fn read_safetensors(source: &dyn ReadAt) -> Result<Weights, ConvertError> {
    let fault = |text: String| malformed("the safetensors file", text);
    let short = |source| ConvertError::Read {
        what: "the safetensors header".to_owned(),
        source,
    };
    let mut walk = Walk::new(source);
    let size = u64::from_le_bytes(walk.array().map_err(short)?);
    if size > HEADER_BYTES_MAX || size > walk.left() {
        return Err(fault(format!("a header of {size} bytes")));
    }
    let mut header = vec![0; size as usize];
    walk.read_exact(&mut header).map_err(short)?;
    let entries: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|error| fault(error.to_string()))?;
    let mut views = HashMap::new();
    for (name, value) in entries {
        let Some(target) = openai_name(&name) else {
            continue;
        };
        let entry: Entry = serde_json::from_value(value)
            .map_err(|error| fault(format!("{}: {error}", shown(&name))))?;
        let dtype = match entry.dtype.as_str() {
            "F32" => Dtype::F32,
            "F16" => Dtype::F16,
            "BF16" => Dtype::Bf16,
            other => return Err(fault(format!("{} has type {}", shown(&name), shown(other)))),
        };
        let [from, to] = entry.data_offsets;
        let start = walk
            .position()
            .checked_add(from)
            .ok_or_else(|| fault(format!("{} starts at {from}", shown(&name))))?;
        let view = View::new(source.size(), start, dtype, &entry.shape)?;
        if to.checked_sub(from) != Some((view.count() * dtype.size()) as u64) {
            return Err(fault(format!(
                "{} has not the bytes its shape needs",
                shown(&name)
            )));
        }
        views.insert(target, view);
    }
    Weights::new(measure(&views)?, views)
}

/// OpenAI's name of a tensor that Hugging Face's `transformers` names otherwise.
pub(super) fn openai_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("model.").unwrap_or(name);
    let (part, rest) = name.split_once('.')?;
    let fixed = match rest {
        "embed_positions.weight" => Some("positional_embedding"),
        "embed_tokens.weight" => Some("token_embedding.weight"),
        "layer_norm.weight" if part == "encoder" => Some("ln_post.weight"),
        "layer_norm.bias" if part == "encoder" => Some("ln_post.bias"),
        "layer_norm.weight" => Some("ln.weight"),
        "layer_norm.bias" => Some("ln.bias"),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return Some(format!("{part}.{fixed}"));
    }
    let Some(rest) = rest.strip_prefix("layers.") else {
        return rest.starts_with("conv").then(|| name.to_owned());
    };
    let (layer, rest) = rest.split_once('.')?;
    let (role, kind) = rest.rsplit_once('.')?;
    let role = match role {
        "self_attn_layer_norm" => "attn_ln",
        "self_attn.q_proj" => "attn.query",
        "self_attn.k_proj" => "attn.key",
        "self_attn.v_proj" => "attn.value",
        "self_attn.out_proj" => "attn.out",
        "encoder_attn_layer_norm" => "cross_attn_ln",
        "encoder_attn.q_proj" => "cross_attn.query",
        "encoder_attn.k_proj" => "cross_attn.key",
        "encoder_attn.v_proj" => "cross_attn.value",
        "encoder_attn.out_proj" => "cross_attn.out",
        "final_layer_norm" => "mlp_ln",
        "fc1" => "mlp.0",
        "fc2" => "mlp.2",
        _ => return None,
    };
    Some(format!("{part}.blocks.{layer}.{role}.{kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::layout::TINY_EN;

    #[test]
    fn hugging_face_names_become_openai_names() {
        for (theirs, ours) in [
            (
                "model.encoder.embed_positions.weight",
                "encoder.positional_embedding",
            ),
            ("model.encoder.conv1.bias", "encoder.conv1.bias"),
            (
                "model.decoder.layers.3.encoder_attn.k_proj.weight",
                "decoder.blocks.3.cross_attn.key.weight",
            ),
            ("decoder.layers.11.fc2.bias", "decoder.blocks.11.mlp.2.bias"),
            ("model.decoder.layer_norm.weight", "decoder.ln.weight"),
        ] {
            assert_eq!(openai_name(theirs).as_deref(), Some(ours));
        }
        assert_eq!(openai_name("proj_out.weight"), None);
        assert_eq!(openai_name("__metadata__"), None);
    }

    #[test]
    fn a_whole_tiny_model_is_found_by_its_shapes() {
        let mut header = serde_json::Map::new();
        let mut end = 0;
        for (name, shape) in TINY_EN.tensors() {
            let size = 2 * shape.iter().product::<usize>();
            let entry = serde_json::json!(
                {"dtype": "F16", "shape": shape, "data_offsets": [end, end + size]}
            );
            header.insert(theirs(&name), entry);
            end += size;
        }
        let header = serde_json::to_vec(&header).unwrap();
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.resize(bytes.len() + end, 0);
        assert_eq!(read_safetensors(&bytes).unwrap().dimensions(), TINY_EN);
        bytes.pop();
        assert!(read_safetensors(&bytes).is_err());
    }

    fn theirs(ours: &str) -> String {
        let name = ours
            .replace(".blocks.", ".layers.")
            .replace("cross_attn_ln", "encoder_attn_layer_norm")
            .replace(".attn_ln", ".self_attn_layer_norm")
            .replace("cross_attn.", "encoder_attn.")
            .replace(".attn.", ".self_attn.")
            .replace(".out.", ".out_proj.")
            .replace(".query.", ".q_proj.")
            .replace(".key.", ".k_proj.")
            .replace(".value.", ".v_proj.")
            .replace("mlp_ln", "final_layer_norm")
            .replace("mlp.0", "fc1")
            .replace("mlp.2", "fc2")
            .replace("ln_post", "layer_norm")
            .replace("decoder.ln.", "decoder.layer_norm.")
            .replace("positional_embedding", "embed_positions.weight")
            .replace("token_embedding", "embed_tokens");
        format!("model.{name}")
    }
}
