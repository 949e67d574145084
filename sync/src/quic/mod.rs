//! QUIC: messages over one connection, each lane on a stream of its own.
//!
//! In:      `Message`s; certificates and keys.
//! Out:     `Message`s of the other end, and who it is by its certificate.
//! Touches: `batch`, `lane`, `limits`, `message`, `box_id`. The network.
//! Invariant: nobody is heard without a certificate of our own authority; no message is larger than
//! its limit.

mod client;
mod identity;
mod server;
mod stream;
mod transport;

pub use client::{Link, connect};
pub use identity::{Authority, BoxRequest, Fingerprint, Identity, IdentityError, request};
pub use server::{Calling, Listener, Session};
pub use stream::LinkError;
pub use transport::Profile;
