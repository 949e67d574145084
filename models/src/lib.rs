//! Models: the speech engines, and where their weights come from.
//!
//! In:      `AudioFrame`s to hear, text to speak, sentences to compare.
//! Out:     transcripts, speech samples, sentence vectors.
//! Touches: `curriculum`; the models folder; the Python package client, for `fetch` alone.
//! Invariant: only `whisper`, `piper`, `onnx` and `grammar` name their engine's library.

pub mod audio;
pub mod catalogue;
pub mod clause;
pub mod convert;
pub mod g711;
pub mod grammar;
pub mod install;
pub mod number;
pub mod onnx;
pub mod pause;
pub mod piper;
pub mod pool;
pub mod resample;
pub mod scripted;
pub mod sentence;
pub mod spoken;
pub mod synthesise;
pub mod telephone;
#[cfg(test)]
mod testing;
pub mod transcribe;
pub mod vad;
pub mod wav;
pub mod whisper;
