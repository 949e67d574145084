//! Facts that came before their learner: applied once the learner is known.

use super::apply::Taking;
use crate::store::chain;
use crate::store::progress;
use crate::store::{Connection, StoreError};

/// Applies what waited for a learner.
pub(super) async fn release(
    taking: &mut Taking,
    connection: &mut Connection,
    learner: u128,
) -> Result<(), StoreError> {
    for (key, seq) in progress::unpark(connection, learner).await? {
        if let Some(entry) = chain::entry(connection, key, seq).await? {
            taking.apply(connection, key, &entry).await?;
        }
    }
    Ok(())
}
