//! Batches: many entries of one lane as few bytes, without losing one of them.
//!
//! In:      stamps and frames in the order of their lane.
//! Out:     a payload with the number of its coding, and the same stamps and frames back.
//! Touches: `envelope`, `event`, `hlc`, `limits`. No clock, disk or network.
//! Invariant: what is unpacked is bit for bit what was packed; no payload can ask for more memory
//! than its limits.

mod adaptive;
mod column;
mod identifier;
mod odds;
mod pack;
mod past;
mod range;
mod row;
mod shape;
mod value;

pub use pack::{BatchError, Codec, Dialect, Item, Packed, columns, pack, plain, unpack};
