//! What a learner was answered is kept, whatever ends the box: a cut of its power, at any write; the
//! end of its process, at any moment.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

#[path = "../auditor.rs"]
mod auditor;
mod cuts;
#[path = "../ear.rs"]
mod ear;
mod kills;
mod typed;

use edge::conversation::packs_folder;

/// How often something is done here: fewer in the suite, as many as the variable says elsewhere.
fn times(variable: &str, usual: u64) -> u64 {
    let said = std::env::var(variable).ok();
    said.map_or(usual, |said| said.parse().expect("a number"))
}

/// The seed of this run, printed so that it can be run again.
fn seed() -> u64 {
    let seed = times("ISHURI_SEED", 20_261_120);
    println!("ISHURI_SEED={seed}");
    seed
}

fn has_packs() -> bool {
    let there = packs_folder().join("trusted.keys").exists();
    if !there {
        println!("skipped: packs not installed");
    }
    there
}
