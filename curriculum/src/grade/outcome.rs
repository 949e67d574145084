//! The three things an answer can be.

use serde::{Deserialize, Serialize};

/// The judgement recorded with an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Right.
    Right,
    /// Not right yet.
    NotYet,
    /// Not sure enough to say: the hub's verdict comes later.
    Deferred,
}
