//! Orders of a few things, numbered so that one number brings an order back.

use crate::exercise::{Exercise, Output};

/// Most things whose order is drawn: 5! = 120 orders.
const THINGS_MAX: usize = 5;

/// How many things an exercise offers in a drawn order: its options or items, else none.
pub(super) fn things(exercise: &Exercise) -> usize {
    match &exercise.output {
        Output::Choice { options, .. } => options.len(),
        Output::Order { items } => items
            .iter()
            .map(|(_, items)| items.len())
            .max()
            .unwrap_or(0),
        _ => 0,
    }
    .min(THINGS_MAX)
}

/// Numbers of the orders in which an exercise may offer its things: for things to be put in
/// order, all but the right order itself, which has number 0.
pub(super) fn numbers(exercise: &Exercise) -> std::ops::Range<u64> {
    let count = (1..=things(exercise) as u64).product();
    match exercise.output {
        Output::Order { .. } if count > 1 => 1..count,
        _ => 0..count,
    }
}

/// The order with this number, as the index offered at each place (Lehmer code).
pub(super) fn order(things: usize, number: u64) -> Vec<usize> {
    let mut left: Vec<usize> = (0..things).collect();
    let mut rest = number;
    let mut order = Vec::with_capacity(things);
    while !left.is_empty() {
        let block: u64 = (1..left.len() as u64).product();
        let place = usize::try_from(rest / block).unwrap_or(0) % left.len();
        rest %= block;
        order.push(left.remove(place));
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_is_another_order() {
        for things in 0..=THINGS_MAX {
            let count = (1..=things as u64).product();
            let orders: BTreeSet<_> = (0..count).map(|number| order(things, number)).collect();
            assert_eq!(orders.len() as u64, count);
            assert_eq!(order(things, 0), (0..things).collect::<Vec<_>>());
        }
    }
}
