//! Simulation: a box, its copies, a hub and bad links on a virtual clock, all from one seed.
//!
//! In:      the machines and rules of `sync`, as they ship; seeds.
//! Out:     passed, or the seed and the smallest plan that still fails.
//! Touches: `sync`, `curriculum`. No clock, disk or network: all three are simulated.
//! Invariant: the auditor shares no code with the protocol; it knows facts, bytes and promises.
//!
//! `ISHURI_HISTORIES=100000 cargo test --release -p tests --test simulation` runs more of them.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod auditor;
mod card;
mod central;
mod plan;
mod world;

use std::num::NonZeroUsize;

use plan::{Break, Plan, shrink};
use world::run;

fn histories() -> u64 {
    let asked = std::env::var("ISHURI_HISTORIES").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(2000)
}

/// The first plan of these seeds that breaks a law, with the law.
fn first_failure(seeds: std::ops::Range<u64>, built: Break) -> Option<(Plan, String)> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64;
    std::thread::scope(|scope| {
        let part = |thread: u64| {
            let seeds = seeds
                .clone()
                .skip(thread as usize)
                .step_by(threads as usize);
            move || {
                let mut plans = seeds.map(|seed| Plan::drawn(seed, built));
                plans.find_map(|plan| run(&plan).err().map(|law| (plan, law)))
            }
        };
        let parts: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(part(thread)))
            .collect();
        let failures = parts.into_iter().filter_map(|part| part.join().unwrap());
        failures.min_by_key(|(plan, _)| plan.seed)
    })
}

#[test]
fn no_history_loses_alters_or_doubles_a_fact() {
    let count = histories();
    if let Some((plan, law)) = first_failure(0..count, Break::Nothing) {
        let (plan, law) = shrink(plan, law);
        panic!("{law}\nsmallest plan that fails: {plan:?}");
    }
    println!("{count} histories");
}

#[test]
fn a_hub_that_acknowledges_before_it_commits_is_caught() {
    check_caught(Break::AckBeforeCommit);
}

#[test]
fn a_hub_that_compares_no_hashes_is_caught() {
    check_caught(Break::NoHashCompare);
}

#[test]
fn a_hub_that_grants_an_epoch_twice_is_caught() {
    check_caught(Break::ReusedEpoch);
}

#[test]
fn a_card_that_does_not_flush_is_caught() {
    check_caught(Break::NoFlush);
}

#[track_caller]
fn check_caught(built: Break) {
    let (plan, law) = first_failure(0..600, built).expect("the fault must be found");
    println!("{built:?}: seed {}: {law}", plan.seed);
}
