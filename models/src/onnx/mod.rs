//! ONNX: the runtime library, found when the program starts, and the small models it runs.
//!
//! In:      model files; texts.
//! Out:     `SentenceVector`s; open sessions to `piper`.
//! Touches: `sentence`, `install`; the model files, `ORT_DYLIB_PATH`.
//! Invariant: only this room names `ort` and `tokenizers`; a session works on one thread and never spins.

mod minilm;
mod runtime;

pub use minilm::MiniLm;
pub use runtime::OnnxError;
pub(crate) use runtime::{WorkingMemory, open_session};
