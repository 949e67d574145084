//! Requests that are held open until their answer is there: it goes back in the reply to the
//! request, and needs no connection of the box's own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::phone_number::PhoneNumber;
use crate::telephony::route::{Letter, Route, SendError, Sending};

/// Requests held at once; one more is told to come again.
const HELD_MAX: usize = 1_024;

/// A cloud number whose answers go back in the replies to its requests.
#[derive(Debug)]
pub struct HeldRoute {
    name: String,
    held: Mutex<HashMap<PhoneNumber, oneshot::Sender<Letter>>>,
}

impl HeldRoute {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            held: Mutex::default(),
        }
    }

    /// Holds a request of this telephone; an earlier one is let go without an answer. `None` if too
    /// many are held.
    pub(super) fn hold(&self, number: &PhoneNumber) -> Option<oneshot::Receiver<Letter>> {
        let mut held = self.lock();
        held.retain(|_, waiting| !waiting.is_closed());
        if held.len() >= HELD_MAX {
            return None;
        }
        let (waiting, letter) = oneshot::channel();
        held.insert(number.clone(), waiting);
        Some(letter)
    }

    /// The map is whole after every statement under the lock.
    fn lock(&self) -> MutexGuard<'_, HashMap<PhoneNumber, oneshot::Sender<Letter>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route for HeldRoute {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_up(&self) -> bool {
        true
    }

    fn send(&self, letter: Letter) -> Sending<'_> {
        Box::pin(async move {
            let waiting = self.lock().remove(&letter.to);
            let gone = || SendError::Gone {
                route: self.name.clone(),
            };
            waiting.ok_or_else(gone)?.send(letter).map_err(|_| gone())?;
            Ok(Vec::new())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(number: &PhoneNumber) -> Letter {
        Letter {
            id: 1,
            to: number.clone(),
            text: "hello".to_owned(),
            ends: false,
        }
    }

    #[tokio::test]
    async fn an_answer_goes_to_the_request_that_waits_and_to_no_other() {
        let route = HeldRoute::new("cloud");
        let number = PhoneNumber::parse("0788123456").unwrap();
        let gone = SendError::Gone {
            route: "cloud".to_owned(),
        };
        assert_eq!(route.send(letter(&number)).await, Err(gone.clone()));
        let first = route.hold(&number).unwrap();
        let second = route.hold(&number).unwrap();
        assert!(first.await.is_err(), "let go");
        assert_eq!(route.send(letter(&number)).await, Ok(Vec::new()));
        assert_eq!(second.await.unwrap().text, "hello");
        drop(route.hold(&number));
        assert_eq!(route.send(letter(&number)).await, Err(gone));
    }
}
