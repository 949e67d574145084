//! Conversion: Whisper weights as others publish them become the one file our engine reads.
//!
//! In:      OpenAI's `.pt`, Hugging Face's `.bin` and `.safetensors`, CTranslate2's `model.bin`.
//! Out:     ggml files for whisper.cpp, as f16 or q8_0.
//! Touches: the files it is given. No code in them is ever run.
//! Invariant: no size, count or offset from a file is used before it is checked against a bound.

mod ct2;
mod error;
mod float;
mod ggml;
mod layout;
mod mel;
mod pickle;
mod pt;
mod run;
mod safetensors;
mod source;
mod view;
mod vocabulary;

pub use ct2::read_ct2;
pub use error::ConvertError;
pub use ggml::{Precision, check_ggml, write_ggml};
pub use layout::{Dimensions, Weights};
pub use mel::{MelFilters, read_mel_filters};
pub use pt::read_pt;
pub use run::{Assets, convert, convert_from, read_weights};
pub use safetensors::read_safetensors;
pub use source::{FileParts, ReadAt};
pub use vocabulary::{Vocabulary, read_vocabulary};
