//! Piper: a neural voice, fed clause by clause so that its punctuation is heard.
//!
//! In:      `Sentence`s.
//! Out:     `Samples`, one sentence at a time, to `synthesise`.
//! Touches: `curriculum`, `clause`, `audio`, `onnx`, `install`, `synthesise`; the voice files, espeak-ng's data.
//! Invariant: only this room names `piper_rs` and `espeak_rs`; one thread at a time is in espeak-ng.

mod phonemes;
mod voice;

pub use voice::{PiperError, PiperVoice};
