//! SMS: texts become parts and parts become texts, whatever carries them.
//!
//! In:      texts to send; octets from a modem or a service centre.
//! Out:     parts and PDUs; texts, senders and what became of messages.
//! Touches: `telephony`, `phone_number`, `curriculum`. The clock and the network, in `smpp` and `modem`.
//! Invariant: no character is cut in two, and no octets panic.

pub mod alphabet;
pub mod modem;
pub mod pdu;
pub mod reassembly;
pub mod receipt;
pub mod segment;
pub mod smpp;
#[cfg(test)]
mod vectors;
