//! CTranslate2's `model.bin`, versions 4 to 6: named variables in one run of bytes.
//!
//! Layout: `python/ctranslate2/specs/model_spec.py` of CTranslate2, `_serialize`.

use std::collections::HashMap;
use std::io::{self, Read};

use super::error::{ConvertError, malformed, shown};
use super::layout::{Weights, measure};
use super::source::{ReadAt, Walk};
use super::view::{Dtype, View};

const VARIABLES_MAX: u32 = 4096;
const NAME_BYTES_MAX: u16 = 512;

/// # Errors
/// When the file is not a Whisper model of CTranslate2, or a tensor is missing, misshapen or
/// outside the file.
pub fn read_ct2(source: &dyn ReadAt) -> Result<Weights, ConvertError> {
    let variables = read_variables(source)?;
    let views = rename(source, &variables)?;
    Weights::new(measure(&views)?, views)
}

fn fault(text: impl Into<String>) -> ConvertError {
    malformed("the CTranslate2 file", text)
}

fn short(source: io::Error) -> ConvertError {
    ConvertError::Read {
        what: "the CTranslate2 file".to_owned(),
        source,
    }
}

fn read_variables(source: &dyn ReadAt) -> Result<HashMap<String, View>, ConvertError> {
    let mut walk = Walk::new(source);
    let version = walk.u32().map_err(short)?;
    if !(4..=6).contains(&version) {
        return Err(fault(format!(
            "its format is version {version}, not 4 to 6"
        )));
    }
    let spec = name(&mut walk)?;
    if spec != "WhisperSpec" {
        return Err(fault(format!(
            "it holds a {}, not a WhisperSpec",
            shown(&spec)
        )));
    }
    let _revision = walk.u32().map_err(short)?;
    let count = walk.u32().map_err(short)?;
    if count > VARIABLES_MAX {
        return Err(fault(format!("{count} variables are too many")));
    }
    let mut variables = HashMap::new();
    for _ in 0..count {
        let name = name(&mut walk)?;
        if let Some(view) = variable(&mut walk, source, &name)? {
            variables.insert(name, view);
        }
    }
    Ok(variables)
}

/// One variable; settings kept as whole numbers of other kinds are passed over.
fn variable(
    walk: &mut Walk<'_>,
    source: &dyn ReadAt,
    name: &str,
) -> Result<Option<View>, ConvertError> {
    let rank = walk.u8().map_err(short)?;
    if rank > 4 {
        return Err(fault(format!("{} has {rank} dimensions", shown(name))));
    }
    let shape = (0..rank)
        .map(|_| walk.u32().map(|side| side as usize))
        .collect::<io::Result<Vec<_>>>()
        .map_err(short)?;
    let dtype = match walk.u8().map_err(short)? {
        0 => Some(Dtype::F32),
        1 => Some(Dtype::I8),
        2 => Some(Dtype::I16),
        3 => None,
        4 => Some(Dtype::F16),
        5 => Some(Dtype::Bf16),
        other => return Err(fault(format!("{} has unknown type {other}", shown(name)))),
    };
    let size = u64::from(walk.u32().map_err(short)?);
    let start = walk.position();
    walk.skip(size).map_err(short)?;
    let Some(dtype) = dtype else { return Ok(None) };
    let view = View::new(source.size(), start, dtype, &shape)?;
    if (view.count() * dtype.size()) as u64 != size {
        return Err(fault(format!(
            "{} has {size} bytes, not what its shape needs",
            shown(name)
        )));
    }
    Ok(Some(view))
}

fn name(walk: &mut Walk<'_>) -> Result<String, ConvertError> {
    let size = walk.u16().map_err(short)?;
    if size == 0 || size > NAME_BYTES_MAX {
        return Err(fault(format!("a name of {size} bytes")));
    }
    let mut bytes = vec![0; usize::from(size)];
    walk.read_exact(&mut bytes).map_err(short)?;
    if bytes.pop() != Some(0) {
        return Err(fault("a name does not end in a zero"));
    }
    String::from_utf8(bytes).map_err(|_| fault("a name is not UTF-8"))
}

/// From CTranslate2's names and fused projections to OpenAI's.
fn rename(
    source: &dyn ReadAt,
    variables: &HashMap<String, View>,
) -> Result<HashMap<String, View>, ConvertError> {
    let mut views = HashMap::new();
    for (name, view) in variables {
        let Some((part, rest)) = name.split_once('/') else {
            continue;
        };
        if part != "encoder" && part != "decoder" || name.ends_with("_scale") {
            continue;
        }
        let Some((inside, kind)) = rest.rsplit_once('/') else {
            continue;
        };
        let kind = match kind {
            "gamma" => "weight",
            "beta" => "bias",
            kind => kind,
        };
        for (target, piece, pieces) in targets(part, inside, kind) {
            let view = dequantised(source, variables, name, view)?;
            views.insert(target, view.rows(piece, pieces)?);
        }
    }
    Ok(views)
}

/// Where the rows of one variable go: `(name, piece, pieces)`.
fn targets(part: &str, inside: &str, kind: &str) -> Vec<(String, usize, usize)> {
    let whole = |name: String| vec![(name, 0, 1)];
    match inside {
        "position_encodings" => return whole(format!("{part}.positional_embedding")),
        "embeddings" => return whole(format!("{part}.token_embedding.{kind}")),
        "conv1" | "conv2" => return whole(format!("{part}.{inside}.{kind}")),
        "layer_norm" if part == "encoder" => return whole(format!("encoder.ln_post.{kind}")),
        "layer_norm" => return whole(format!("decoder.ln.{kind}")),
        _ => {}
    }
    let Some((layer, role)) = inside
        .strip_prefix("layer_")
        .and_then(|rest| rest.split_once('/'))
    else {
        return Vec::new();
    };
    let block = format!("{part}.blocks.{layer}");
    let fused = |attention: &str, projections: &[&str]| {
        let name = |projection| format!("{block}.{attention}.{projection}.{kind}");
        let all = projections.iter().enumerate();
        // Whisper's key projection has no bias; fusing made one of zeros.
        all.filter(|(_, projection)| (**projection, kind) != ("key", "bias"))
            .map(|(piece, projection)| (name(projection), piece, projections.len()))
            .collect()
    };
    match role {
        "self_attention/layer_norm" => whole(format!("{block}.attn_ln.{kind}")),
        "self_attention/linear_0" => fused("attn", &["query", "key", "value"]),
        "self_attention/linear_1" => fused("attn", &["out"]),
        "attention/layer_norm" => whole(format!("{block}.cross_attn_ln.{kind}")),
        "attention/linear_0" => fused("cross_attn", &["query"]),
        "attention/linear_1" => fused("cross_attn", &["key", "value"]),
        "attention/linear_2" => fused("cross_attn", &["out"]),
        "ffn/layer_norm" => whole(format!("{block}.mlp_ln.{kind}")),
        "ffn/linear_0" => whole(format!("{block}.mlp.0.{kind}")),
        "ffn/linear_1" => whole(format!("{block}.mlp.2.{kind}")),
        _ => Vec::new(),
    }
}

fn dequantised(
    source: &dyn ReadAt,
    variables: &HashMap<String, View>,
    name: &str,
    view: &View,
) -> Result<View, ConvertError> {
    if !matches!(view.dtype(), Dtype::I8 | Dtype::I16) {
        return Ok(view.clone());
    }
    let scale = variables
        .get(&format!("{name}_scale"))
        .ok_or_else(|| fault(format!("{} is quantised but has no scale", shown(name))))?;
    view.clone().scaled_by(source, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend((text.len() as u16 + 1).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.push(0);
    }

    fn header(variables: u32) -> Vec<u8> {
        let mut bytes = 6_u32.to_le_bytes().to_vec();
        text(&mut bytes, "WhisperSpec");
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(variables.to_le_bytes());
        bytes
    }

    #[track_caller]
    fn check_refused(bytes: &Vec<u8>, reason: &str) {
        let error = read_ct2(bytes).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn hostile_headers_are_refused_before_anything_is_reserved() {
        check_refused(&vec![9, 0, 0, 0], "version 9");
        check_refused(&header(u32::MAX), "4294967295 variables are too many");
        let mut bytes = header(1);
        text(&mut bytes, "encoder/conv1/weight");
        bytes.extend([
            3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0,
        ]);
        bytes.extend(0_u32.to_le_bytes());
        check_refused(&bytes, "too large");
        check_refused(&header(0), "encoder.positional_embedding is missing");
    }

    #[test]
    fn fused_projections_are_taken_apart_in_order() {
        let names = |inside, kind| {
            targets("decoder", inside, kind)
                .into_iter()
                .map(|(name, piece, pieces)| format!("{name} {piece}/{pieces}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names("layer_2/self_attention/linear_0", "bias"),
            [
                "decoder.blocks.2.attn.query.bias 0/3",
                "decoder.blocks.2.attn.value.bias 2/3"
            ]
        );
        assert_eq!(
            names("layer_2/attention/linear_1", "weight"),
            [
                "decoder.blocks.2.cross_attn.key.weight 0/2",
                "decoder.blocks.2.cross_attn.value.weight 1/2"
            ]
        );
    }
}
