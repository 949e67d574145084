//! Facts that came before their learner: applied once the learner is known.

use rusqlite::Transaction;

use super::apply::{Effect, apply};
use super::keep::KeepError;
use crate::store::chain;
use crate::store::progress;

/// Applies what waited for a learner.
pub(super) fn release(transaction: &Transaction<'_>, learner: u128) -> Result<Effect, KeepError> {
    let mut folds = Vec::new();
    for (key, seq) in progress::unpark(transaction, learner)? {
        let Some(entry) = chain::entry(transaction, key, seq)? else {
            continue;
        };
        if let Effect::Folds(learners) = apply(transaction, key, &entry)? {
            folds.extend(learners);
        }
    }
    Ok(if folds.is_empty() {
        Effect::Kept
    } else {
        Effect::Folds(folds)
    })
}
