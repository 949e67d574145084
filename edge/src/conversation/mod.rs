//! Conversation: drives the dialogue with real input and output.
//!
//! In:      what a learner said, typed or keyed, on one telephone.
//! Out:     what to give back, after the facts behind it are durable.
//! Touches: `dialogue`, `store`, `phone_number`, `curriculum`, `models`, `sync`. The clock and the
//! disk; no network.
//! Invariant: a turn's facts, state and journal events are written in one transaction before the
//! next prompt is given.

mod fact;
mod meaning;
mod record;
mod stock;
mod talk;

pub use meaning::{Meaning, MeaningError};
pub use record::{Known, Record, RecordError};
pub use stock::{StockError, packs_folder, stock};
pub use talk::{Talk, TalkError, Turn};
