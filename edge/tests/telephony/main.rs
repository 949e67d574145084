//! Telephony: the trunks, called by telephones and exchanges that nobody here wrote.
//!
//! In:      `baresip`, `sipp`, a telephone in Python, and datagrams written by hand.
//! Out:     passed, failed, or skipped where a peer is not installed.
//! Touches: `telephony` by its public parts only. The network: loopback.
//! Invariant: waits on events; a minute without one is a failure.

#![expect(clippy::unwrap_used, reason = "all of this is tests")]

mod baresip;
mod by_hand;
mod gateway;
mod python_phone;
mod sipp;
mod site;
mod tones;
