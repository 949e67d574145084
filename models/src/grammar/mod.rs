//! Grammar: slips in what a learner of English said or wrote, as evidence for a grade.
//!
//! In:      English text, and whether it was spoken or written.
//! Out:     `Slip`s: what kind, where, why, and what could stand there instead.
//! Touches: nothing.
//! Invariant: only this room names `harper_core`; a right sentence is worth more than a slip found,
//! so what depends on capitals, marks or taste is never reported.

mod slip;

pub use slip::{Grammar, Origin, Slip, SlipKind, TEXT_BYTES_MAX};
