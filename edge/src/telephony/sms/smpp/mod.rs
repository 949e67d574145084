//! SMPP: a service centre, as a transceiver (SMPP 3.4).
//!
//! In:      letters; PDUs from the service centre.
//! Out:     PDUs; arrivals and receipts, to the intake.
//! Touches: `telephony`, `phone_number`, `curriculum`. The clock and the network.
//! Invariant: nothing is acknowledged before it is durable, but what cannot be read; one session at
//! a time.

mod config;
mod message;
mod pace;
pub mod pdu;
mod route;
mod session;

pub use config::{DefaultAlphabet, SmppConfig};
pub use route::{SmppRoute, open};
