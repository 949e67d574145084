//! The post: what waits in the outbox is handed to routes, until it is known what became of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::record::RecordError;
use super::text::Texting;
use super::text_counts::Happened;
use crate::store::outbox::{self, Due};
use crate::telephony::route::{Letter, Route, SendError};

/// Letters under way at once, over all routes.
const WINDOW: usize = 128;
/// How often the outbox is looked at without being told.
const LOOK: Duration = Duration::from_millis(500);
/// Pauses before a letter is tried again, in seconds; the last one is repeated.
const PAUSES_S: [i64; 6] = [2, 10, 60, 300, 1_800, 7_200];
/// A carrier that does not say whether it took a letter is asked again so often: each time the
/// learner may get it twice.
const UNKNOWN_MAX: u32 = 3;
/// A letter that could not be sent for a day says nothing to anybody any more.
const AGE_MAX_MS: i64 = 24 * 3_600_000;

/// Hands letters over until `closing`.
pub(super) async fn deliver(
    texting: Texting,
    routes: Vec<Arc<dyn Route>>,
    closing: CancellationToken,
) {
    let (done, mut dones) = mpsc::channel::<Done>(WINDOW);
    let mut under_way: HashSet<i64> = HashSet::new();
    let post = Arc::clone(&texting.post);
    loop {
        if under_way.len() <= WINDOW / 2 && routes.iter().any(|route| route.is_up()) {
            let (reader, busy) = (texting.clone(), under_way.clone());
            let due = tokio::task::spawn_blocking(move || reader.due(&busy)).await;
            let due = match due {
                Ok(Ok(due)) => due,
                Ok(Err(error)) => {
                    tracing::error!(%error, "the outbox was not read");
                    Vec::new()
                }
                Err(_) => Vec::new(),
            };
            for letter in due {
                under_way.insert(letter.outbox_id);
                let (routes, done) = (routes.clone(), done.clone());
                tokio::spawn(async move {
                    let outcome = send(&routes, &letter).await;
                    // A post that has closed sends it again at its next start.
                    drop(done.send(Done { letter, outcome }).await);
                });
            }
        }
        tokio::select! {
            () = closing.cancelled() => return,
            () = post.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            Some(first) = dones.recv() => {
                let mut batch = vec![first];
                while let Ok(next) = dones.try_recv() {
                    batch.push(next);
                }
                let settled: Vec<i64> = batch.iter().map(|done| done.letter.outbox_id).collect();
                let writer = texting.clone();
                let written = tokio::task::spawn_blocking(move || writer.settle(batch)).await;
                if let Ok(Err(error)) = written {
                    tracing::error!(%error, "what became of letters was not written");
                }
                for outbox_id in settled {
                    under_way.remove(&outbox_id);
                }
            }
        }
    }
}

/// A letter, and the route that took it with its names of the parts.
#[derive(Debug)]
struct Done {
    letter: Due,
    outcome: Result<(String, Vec<String>), SendError>,
}

/// Tries the letter's own route first, then the others in order, as long as it is sure that none
/// has taken it.
async fn send(routes: &[Arc<dyn Route>], letter: &Due) -> Result<(String, Vec<String>), SendError> {
    let own = |route: &&Arc<dyn Route>| Some(route.name()) == letter.route.as_deref();
    let first = routes.iter().filter(own);
    let others = routes.iter().filter(|route| !own(route));
    let mut failed = SendError::Down {
        route: "every route".to_owned(),
    };
    for route in first.chain(others).filter(|route| route.is_up()) {
        let handed = route.send(Letter {
            id: letter.outbox_id,
            to: letter.to.clone(),
            text: letter.text.clone(),
            ends: letter.ends,
        });
        match handed.await {
            Ok(ids) => return Ok((route.name().to_owned(), ids)),
            Err(error @ (SendError::Unknown { .. } | SendError::Gone { .. })) => return Err(error),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// When a letter is tried again; `None` if it is given up.
fn again_ms(letter: &Due, error: &SendError, now_ms: i64) -> Option<i64> {
    let pause = |tries: u32| {
        let at = usize::try_from(tries).unwrap_or(usize::MAX);
        1_000 * PAUSES_S[at.min(PAUSES_S.len() - 1)]
    };
    if now_ms - letter.made_ms > AGE_MAX_MS {
        return None;
    }
    match error {
        SendError::Down { .. } => Some(now_ms + pause(0)),
        SendError::Later { .. } => Some(now_ms + pause(letter.tries)),
        SendError::Unknown { .. } if letter.tries + 1 < UNKNOWN_MAX => {
            Some(now_ms + pause(letter.tries + 1))
        }
        SendError::Unknown { .. } | SendError::Refused { .. } | SendError::Gone { .. } => None,
    }
}

impl Texting {
    fn due(&self, under_way: &HashSet<i64>) -> Result<Vec<Due>, RecordError> {
        let now_ms = self.record.now().0;
        let most = WINDOW + under_way.len();
        let free = WINDOW - under_way.len().min(WINDOW);
        let mut due = self.record.read_with(|connection, secret| {
            outbox::due(connection, secret, now_ms, most, &|id| {
                under_way.contains(&id)
            })
        })?;
        due.truncate(free);
        Ok(due)
    }

    fn settle(&self, batch: Vec<Done>) -> Result<(), RecordError> {
        let now = self.record.now();
        let day = now.local_day(self.context.offset).0;
        for done in &batch {
            match &done.outcome {
                Ok((_, ids)) => {
                    self.counts.count(Happened::Submitted);
                    self.counts.parts.inc_by(ids.len() as u64);
                    let waited = now.0.saturating_sub(done.letter.made_ms);
                    let waited = u64::try_from(waited).unwrap_or(0);
                    self.counts.answered(Duration::from_millis(waited));
                }
                Err(error) => {
                    let given_up = again_ms(&done.letter, error, now.0).is_none();
                    let what = if given_up {
                        tracing::warn!(%error, outbox_id = done.letter.outbox_id, "given up");
                        Happened::Dead
                    } else {
                        Happened::Refused
                    };
                    self.counts.count(what);
                }
            }
        }
        self.record.write_with(move |transaction, _| {
            for Done { letter, outcome } in &batch {
                match outcome {
                    Ok((route, ids)) => {
                        let ids: Vec<String> = ids.iter().map(|id| plain(id)).collect();
                        let taken = (route.as_str(), ids.as_slice());
                        outbox::submitted(transaction, letter.outbox_id, taken, (now.0, day))?;
                    }
                    Err(error) => {
                        let again = again_ms(letter, error, now.0);
                        let reason = error.to_string();
                        outbox::refused(transaction, letter.outbox_id, &reason, again)?;
                    }
                }
            }
            Ok(())
        })
    }
}

/// As receipts are looked up.
fn plain(id: &str) -> String {
    crate::telephony::sms::receipt::plain(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone_number::PhoneNumber;
    use crate::store::sealing::TelephoneId;
    use crate::telephony::route::Sending;

    /// A route that does as it is told.
    #[derive(Debug)]
    struct Told {
        name: &'static str,
        up: bool,
        outcome: Result<Vec<String>, fn(String) -> SendError>,
    }

    impl Route for Told {
        fn name(&self) -> &str {
            self.name
        }

        fn is_up(&self) -> bool {
            self.up
        }

        fn send(&self, _letter: Letter) -> Sending<'_> {
            let outcome = self.outcome.clone();
            Box::pin(async move { outcome.map_err(|error| error(self.name.to_owned())) })
        }
    }

    fn letter() -> Due {
        Due {
            outbox_id: 1,
            telephone: TelephoneId([0; 16]),
            to: PhoneNumber::parse("0788123456").unwrap(),
            route: Some("b".to_owned()),
            text: "hello".to_owned(),
            ends: false,
            tries: 0,
            made_ms: 0,
        }
    }

    fn route(
        name: &'static str,
        up: bool,
        outcome: Result<&str, fn(String) -> SendError>,
    ) -> Arc<dyn Route> {
        let outcome = outcome.map(|id| vec![id.to_owned()]);
        Arc::new(Told { name, up, outcome })
    }

    fn down(route: String) -> SendError {
        SendError::Down { route }
    }

    fn unknown(route: String) -> SendError {
        SendError::Unknown { route }
    }

    fn refused(route: String) -> SendError {
        let reason = "no such number".to_owned();
        SendError::Refused { route, reason }
    }

    #[tokio::test]
    async fn a_letter_goes_by_its_own_route_and_else_by_another() {
        let routes = [route("a", true, Ok("1")), route("b", true, Ok("2"))];
        let sent = send(&routes, &letter()).await.unwrap();
        assert_eq!(sent, ("b".to_owned(), vec!["2".to_owned()]));
        let routes = [route("a", true, Ok("1")), route("b", false, Ok("2"))];
        assert_eq!(send(&routes, &letter()).await.unwrap().0, "a");
        let routes = [route("a", true, Ok("1")), route("b", true, Err(down))];
        assert_eq!(send(&routes, &letter()).await.unwrap().0, "a");
    }

    #[tokio::test]
    async fn a_letter_that_may_have_gone_is_not_sent_by_another_route() {
        let routes = [route("a", true, Ok("1")), route("b", true, Err(unknown))];
        let error = send(&routes, &letter()).await.unwrap_err();
        assert!(matches!(error, SendError::Unknown { .. }));
    }

    #[test]
    fn a_letter_is_given_up_when_it_is_refused_unknown_too_often_or_a_day_old() {
        let route = || "a".to_owned();
        let tried = |tries| Due { tries, ..letter() };
        assert_eq!(again_ms(&tried(0), &down(route()), 100), Some(2_100));
        assert_eq!(again_ms(&tried(9), &down(route()), 100), Some(2_100));
        assert_eq!(again_ms(&tried(0), &refused(route()), 100), None);
        assert_eq!(again_ms(&tried(0), &unknown(route()), 100), Some(10_100));
        assert_eq!(again_ms(&tried(2), &unknown(route()), 100), None);
        let later = SendError::Later {
            route: route(),
            reason: "full".to_owned(),
        };
        assert_eq!(again_ms(&tried(99), &later, 100), Some(7_200_100));
        assert_eq!(again_ms(&tried(1), &later, AGE_MAX_MS + 1), None);
    }
}
