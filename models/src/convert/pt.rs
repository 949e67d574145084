//! PyTorch checkpoints: a zip archive with one pickle and one file per storage.

use std::collections::HashMap;
use std::io::Read;

use zip::{CompressionMethod, ZipArchive};

use super::error::{ConvertError, malformed, shown};
use super::layout::{Dimensions, Weights, measure};
use super::pickle::{Id, Pickle, Value};
use super::safetensors::openai_name;
use super::source::{ReadAt, Walk};
use super::view::View;

const ENTRIES_MAX: usize = 8192;
const PICKLE_BYTES_MAX: u64 = 4 << 20;

/// Where the bytes of each storage are, by key.
type Storages = HashMap<String, (u64, u64)>;

/// Reads OpenAI's `{"dims", "model_state_dict"}` or Hugging Face's plain dictionary of tensors.
///
/// # Errors
/// When the file is not such a checkpoint, asks for code to be run, or a tensor of a Whisper model
/// is missing, misshapen or outside the file.
pub fn read_pt(source: &dyn ReadAt) -> Result<Weights, ConvertError> {
    let (pickle, storages) = open(source)?;
    let root = pickle.entries(pickle.root());
    let find = |key: &str| {
        root.iter()
            .find(|(name, _)| *name == key)
            .map(|(_, id)| *id)
    };
    match (find("dims"), find("model_state_dict")) {
        (Some(dims), Some(state)) => {
            let views = views(&pickle, state, &storages, |name| Some(name.to_owned()))?;
            Weights::new(stated(&pickle, dims)?, views)
        }
        _ => {
            let views = views(&pickle, pickle.root(), &storages, openai_name)?;
            Weights::new(measure(&views)?, views)
        }
    }
}

fn open(source: &dyn ReadAt) -> Result<(Pickle, Storages), ConvertError> {
    let mut archive = ZipArchive::new(Walk::new(source))
        .map_err(|error| malformed("the checkpoint's zip archive", error.to_string()))?;
    if archive.len() > ENTRIES_MAX {
        let fault = format!("{} entries are too many", archive.len());
        return Err(malformed("the checkpoint's zip archive", fault));
    }
    let mut storages = Storages::new();
    let mut pickle = None;
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|error| malformed("the checkpoint's zip archive", error.to_string()))?;
        // Entries are below one folder, whose name is the checkpoint's own.
        let Some((_, inner)) = entry.name().split_once('/') else {
            continue;
        };
        let inner = inner.to_owned();
        if inner == "data.pkl" {
            let mut bytes = Vec::new();
            entry
                .by_ref()
                .take(PICKLE_BYTES_MAX + 1)
                .read_to_end(&mut bytes)
                .map_err(|source| ConvertError::Read {
                    what: "data.pkl".to_owned(),
                    source,
                })?;
            pickle = Some(Pickle::parse(&bytes)?);
        } else if let Some(key) = inner.strip_prefix("data/") {
            if entry.compression() != CompressionMethod::Stored {
                let fault = format!("storage {} is compressed", shown(key));
                return Err(malformed("the checkpoint's zip archive", fault));
            }
            let (start, size) = (entry.data_start(), entry.size());
            if start
                .checked_add(size)
                .is_none_or(|end| end > source.size())
            {
                let fault = format!("storage {} is outside the file", shown(key));
                return Err(malformed("the checkpoint's zip archive", fault));
            }
            storages.insert(key.to_owned(), (start, size));
        }
    }
    let pickle =
        pickle.ok_or_else(|| malformed("the checkpoint's zip archive", "data.pkl is missing"))?;
    Ok((pickle, storages))
}

fn stated(pickle: &Pickle, dims: Id) -> Result<Dimensions, ConvertError> {
    let entries = pickle.entries(dims);
    let find = |key: &str| {
        let found = entries
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, id)| pickle.value(*id));
        match found {
            Some(Value::Integer(value)) => usize::try_from(*value)
                .map_err(|_| malformed("the model's dimensions", format!("{key} is {value}"))),
            _ => Err(malformed(
                "the model's dimensions",
                format!("{key} is missing"),
            )),
        }
    };
    Ok(Dimensions {
        vocab: find("n_vocab")?,
        audio_ctx: find("n_audio_ctx")?,
        audio_state: find("n_audio_state")?,
        audio_head: find("n_audio_head")?,
        audio_layer: find("n_audio_layer")?,
        text_ctx: find("n_text_ctx")?,
        text_state: find("n_text_state")?,
        text_head: find("n_text_head")?,
        text_layer: find("n_text_layer")?,
        mels: find("n_mels")?,
    })
}

fn views(
    pickle: &Pickle,
    state: Id,
    storages: &Storages,
    rename: impl Fn(&str) -> Option<String>,
) -> Result<HashMap<String, View>, ConvertError> {
    let mut views = HashMap::new();
    for (name, id) in pickle.entries(state) {
        let Some(name) = rename(name) else { continue };
        let Value::Tensor {
            storage,
            offset,
            shape,
            strides,
        } = pickle.value(id)
        else {
            continue;
        };
        let Value::Storage { dtype, key, count } = pickle.value(*storage) else {
            return Err(malformed(
                "a tensor",
                format!("{} has no storage", shown(&name)),
            ));
        };
        let wrong = |fault: &str| malformed("a tensor", format!("{} {fault}", shown(&name)));
        let (start, size) = *storages
            .get(key)
            .ok_or_else(|| wrong("has no storage in the archive"))?;
        if count.checked_mul(dtype.size()).map(|bytes| bytes as u64) != Some(size) {
            return Err(wrong("has a storage of another size than it says"));
        }
        let start = offset
            .checked_mul(dtype.size())
            .and_then(|bytes| start.checked_add(bytes as u64))
            .ok_or_else(|| wrong("starts beyond its storage"))?;
        // A tensor that reached into its neighbour's bytes would still end inside the archive.
        let end = storages[key].0 + size;
        views.insert(name, View::strided(end, start, *dtype, shape, strides)?);
    }
    Ok(views)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_else_is_not_taken_for_a_checkpoint() {
        let error = read_pt(&b"not a zip".to_vec()).unwrap_err();
        assert!(error.to_string().contains("zip archive"), "{error}");
    }
}
