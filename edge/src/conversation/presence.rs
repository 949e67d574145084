//! Presence: one call of a telephone at a time.
//!
//! A call that was cut off looks alive until its silence is noticed. The learner who calls again
//! meanwhile must find the state where the old call left it, and the old call must not write later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::phone_number::PhoneNumber;

/// The old call writes once and is gone; this is a hundred times what that takes.
const LEAVE_MAX: Duration = Duration::from_secs(5);

/// Which telephones are in a call.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<HashMap<PhoneNumber, Call>>>);

#[derive(Clone, Debug)]
struct Call {
    replaced: CancellationToken,
    left: CancellationToken,
}

/// A telephone's only call, until dropped.
#[derive(Debug)]
pub(super) struct Present {
    presence: Presence,
    number: PhoneNumber,
    call: Call,
}

impl Presence {
    /// Ends an earlier call of this telephone, waits until it has left, and takes its place.
    pub(super) async fn enter(&self, number: &PhoneNumber) -> Present {
        let call = Call {
            replaced: CancellationToken::new(),
            left: CancellationToken::new(),
        };
        let before = self.lock().insert(number.clone(), call.clone());
        if let Some(before) = before {
            before.replaced.cancel();
            if tokio::time::timeout(LEAVE_MAX, before.left.cancelled())
                .await
                .is_err()
            {
                tracing::warn!(%number, "an earlier call of a telephone does not end");
            }
        }
        Present {
            presence: self.clone(),
            number: number.clone(),
            call,
        }
    }

    /// True while this telephone is in a call.
    pub(super) fn is_in_call(&self, number: &PhoneNumber) -> bool {
        self.lock().contains_key(number)
    }

    /// The map is whole after every statement under the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<PhoneNumber, Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    /// Cancelled when the same telephone calls again.
    pub(super) fn replaced(&self) -> CancellationToken {
        self.call.replaced.clone()
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.call.left.cancel();
        // A call that has replaced this one keeps its place.
        if !self.call.replaced.is_cancelled() {
            self.presence.lock().remove(&self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_call_waits_until_the_first_has_left() {
        let presence = Presence::default();
        let number = PhoneNumber::parse("0788000111").unwrap();
        let first = presence.enter(&number).await;
        let replaced = first.replaced();
        let second = tokio::spawn({
            let (presence, number) = (presence.clone(), number.clone());
            async move { presence.enter(&number).await }
        });
        replaced.cancelled().await;
        assert!(!second.is_finished());
        drop(first);
        let second = second.await.unwrap();
        assert!(!second.replaced().is_cancelled());
        assert_eq!(presence.lock().len(), 1);
        drop(second);
        assert!(presence.lock().is_empty());
    }
}
