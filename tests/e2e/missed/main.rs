//! A box with a gateway, as it is installed, and those whom it could not answer.
//!
//! Needs the installed speech models and packs, Python and `espeak-ng`; says so and passes where one is
//! absent.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod beeps;
#[path = "../ear.rs"]
mod ear;
mod phone;
