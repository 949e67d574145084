//! Telephony: calls come and go, whatever carries them.
//!
//! In:      SIP, RTP and AudioSocket from gateways and exchanges; frames to say.
//! Out:     `Ring`, then `Line`, to `conversation`; counts to the metrics page.
//! Touches: `phone_number`, `models`, `curriculum`. The clock and the network.
//! Invariant: nothing a network sends panics or grows a queue; every call that is taken is ended.

pub mod audiosocket;
mod calling_party;
pub mod config;
mod counts;
mod line;
mod lines;
pub mod route;
mod rtp;
mod sdp;
pub mod sip;
pub mod sms;
mod trunk;
pub mod webhook;

pub use calling_party::{CallingParty, Country, CountryError};
pub use counts::Counts;
pub use line::{AnswerError, CallId, FarEnd, FromLearner, Line, Refusal, Ring, Ringing, ToLearner};
pub use line::{Decision, FROM_LEARNER_MAX, TO_LEARNER_MAX};
pub use lines::{Lines, Place};
pub use trunk::{Dial, DialError, Dialler, Exchange, Trunk, TurnedAway};
