//! Edge: the box that is called and teaches.
//!
//! In:      calls, texts and keys of learners.
//! Out:     speech, texts, and facts in the journal.
//! Touches: `curriculum`, `models`, `sync`.
//! Invariant: every turn is durable before the next prompt is given.

pub mod command;
pub mod commission;
pub mod config;
pub mod conversation;
pub mod daemon;
pub mod dialogue;
pub mod doctor;
pub mod hearing;
pub mod phone_number;
pub mod speaking;
pub mod status;
mod store;
pub mod telephony;
pub mod uplink;
