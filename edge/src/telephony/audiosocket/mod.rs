//! AudioSocket: calls that Asterisk or FreeSWITCH hands over by TCP.
//!
//! In:      announcements of who calls, by HTTP; frames of audio and keys.
//! Out:     `Ring`, then `Line`; frames of audio.
//! Touches: `telephony`, `models`. The clock and the network.
//! Invariant: a connection that was not announced is closed unheard.

mod announced;
mod frame;
mod server;

pub use server::{AudioSocketError, open};
