//! Words of a person, readable only with the learner's own key.

use std::fmt;

use bincode::{Decode, Encode};

/// Nonce and ciphertext. The journal never holds a name or a transcript in the clear: destroying a
/// learner's key makes what was written about them unreadable, and leaves the hash chain whole.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}
