//! Scripted engines: the speech traits without weights, for the tests of other crates.
//!
//! In:      what an engine would get.
//! Out:     answers that depend on it in a simple, documented way.
//! Touches: `curriculum`, `audio`, `clause`, `number`, `pause`, `sentence`, `synthesise`, `transcribe`.
//! Invariant: the same input gives the same output, on every machine and at once.

mod encoder;
mod transcriber;
mod voice;

pub use encoder::ScriptedEncoder;
pub use transcriber::{Script, ScriptedTranscriber};
pub use voice::ScriptedVoice;
