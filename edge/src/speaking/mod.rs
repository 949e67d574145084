//! Speaking: prompts become clips, clips become audio frames.
//!
//! In:      `Prompt`s of the dialogue.
//! Out:     `Clip`s, sentence by sentence; one `AudioFrame` per 20 ms.
//! Touches: `dialogue`, `curriculum`, `models`. Speech workers' threads and the cache on the disk;
//! no network.
//! Invariant: what is not in the cache can be rendered again; the cache never outgrows its bound.

mod cache;
mod playout;
mod render;

pub use cache::{CacheError, Clips};
pub use playout::{Clip, Playout};
pub use render::{Mouth, RenderError, Spoken, Voices};
