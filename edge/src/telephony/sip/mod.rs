//! SIP: calls over a gateway's trunk, or over a registration.
//!
//! In:      requests from allowed gateways; calls to place.
//! Out:     `Ring` and `Line`; answers and requests.
//! Touches: `telephony`, `phone_number`. The clock and the network.
//! Invariant: who is no gateway is not read; every dialog that begins is ended and forgotten.

mod agreement;
mod answered;
mod dialling;
mod endpoint;
mod gate;
mod identity;
mod press;
mod registering;
mod requests;
mod ringing;
mod session_timer;

pub use endpoint::{SipError, open};
