//! Tidy: the house rules that a compiler does not know.
//!
//! In:      every source file, manifest and folder of the workspace, as text.
//! Out:     one failed test per rule, naming each place and what to do.
//! Touches: nothing.
//! Invariant: a rule that is written in the style guide and can be checked is checked here.

mod arrows;
mod house;
mod lengths;
mod names;
mod rooms;
mod sources;

use std::fmt::Write as _;

/// Fails with every fault on a line of its own.
#[track_caller]
fn expect_none(rule: &str, faults: &[String]) {
    let mut message = format!("{rule}: {} place(s)\n", faults.len());
    for fault in faults {
        writeln!(message, "  {fault}").expect("writing to a string cannot fail");
    }
    assert!(faults.is_empty(), "{message}");
}
