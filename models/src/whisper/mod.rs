//! Whisper: speech in, words out, through whisper.cpp.
//!
//! In:      `Samples` of one utterance and what is expected.
//! Out:     `Transcript`.
//! Touches: `audio`, `curriculum`, `number`, `resample`, `transcribe`, `whisper-rs`, which no other
//! room names; the model file, once.
//! Invariant: unsafe code is in `engine` alone; a recognition past its deadline ends at its next step.

mod bursts;
mod decoder;
mod engine;
mod free;
mod grammar;
mod loops;
mod phrases;
mod search;
mod stock;
mod transcriber;

pub use engine::{Engine, EngineError};
pub use stock::StockWhisper;
pub use transcriber::{Settings, WhisperTranscriber};
