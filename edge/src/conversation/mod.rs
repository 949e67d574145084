//! Conversation: drives the dialogue with real input and output.
//!
//! In:      what a learner said, typed or keyed, on one telephone.
//! Out:     prompts to give, after the facts behind them are durable.
//! Touches: `dialogue`, `store`, `phone_number`, `curriculum`, `models`, `sync`. The clock.
//! Invariant: a turn's facts, state and journal events are written in one transaction before the
//! next prompt is given.

mod fact;
mod record;

pub use record::{Known, Record, RecordError};
