//! Conversation: drives the dialogue with real input and output.
//!
//! In:      what a learner said, typed or keyed, on one telephone.
//! Out:     what to give back, after the facts behind it are durable.
//! Touches: `dialogue`, `store`, `phone_number`, `telephony`, `hearing`, `speaking`, `curriculum`,
//! `models`, `sync`. The clock and the disk; no network of its own.
//! Invariant: a turn's facts, state and journal events are written in one transaction before the
//! next prompt is given.

mod admission;
#[cfg(test)]
mod asked;
mod beeps;
mod call;
mod desk;
mod exchange;
mod fact;
mod floor;
mod grammar;
mod meaning;
mod missed_call;
mod presence;
mod record;
mod stock;
mod talk;
mod text;
mod text_counts;
mod text_desk;
mod text_guard;
mod text_intake;
mod text_post;
mod timings;

pub use admission::{Admission, Lately, Strength, lines};
pub use call::{CallError, Ended, Teaching, holding, teach};
pub use desk::Desk;
pub use meaning::{Meaning, MeaningError};
pub use missed_call::Policy;
pub use presence::Presence;
pub use record::{Known, Record, RecordError};
pub use stock::{StockError, packs_folder, stock};
pub use talk::{Talk, TalkError, Turn};
pub use text::Texting;
pub use text_counts::{Happened, TextCounts};
pub use text_desk::TextDesk;
pub use timings::{Happening, LATE_REPLY, Reply, Stage, Timings};
