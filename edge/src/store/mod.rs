//! Store: the box's own records, in one SQLite database.
//!
//! In:      rows to write, in the caller's transaction.
//! Out:     rows read back.
//! Touches: `phone_number`, `curriculum`, `sync`. The disk; no network.
//! Invariant: one writer; what it has acknowledged survives a power cut; names, numbers and words
//! are sealed.

pub(crate) mod attempt;
pub(crate) mod database;
pub(crate) mod inbox;
pub(crate) mod learner;
pub(crate) mod missed_call;
pub(crate) mod outbox;
pub(crate) mod placement;
pub(crate) mod sealing;
pub(crate) mod sitting;
pub(crate) mod telephone;
pub(crate) mod writer;
