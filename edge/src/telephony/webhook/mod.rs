//! Webhooks: cloud numbers call the box, and their answers go back in the replies.
//!
//! In:      requests of providers: messages, and screens of menus.
//! Out:     arrivals, to the intake; answers, to whoever waits for them.
//! Touches: `telephony`, `phone_number`, `curriculum`. The clock and the network.
//! Invariant: what is not verified is not read further; every body is bounded, every request ends.

mod config;
mod form;
mod held;
mod server;
mod signature;

pub use config::{TwilioConfig, UssdConfig, WebhookConfig};
pub use held::HeldRoute;
pub use server::{DoorCounts, open};
