//! Modem: a GSM modem or stick, by AT commands in PDU mode.
//!
//! In:      letters; octets of a serial port.
//! Out:     PDUs; arrivals and reports, to the intake; how the modem is, to the log.
//! Touches: `telephony`, `phone_number`, `curriculum`. The clock and the port.
//! Invariant: one command at a time; a message is deleted from the SIM only once it is durable.

mod config;
mod driver;
mod line;
mod port;
mod route;

pub use config::ModemConfig;
pub use route::{ModemRoute, open};
