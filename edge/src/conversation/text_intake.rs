//! The intake: what routes bring is written down, then acknowledged, then answered.

use std::sync::Arc;
use std::time::Duration;

use curriculum::Timestamp;
use curriculum::answer::Channel;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::record::RecordError;
use super::text::{Texting, Tutors};
use super::text_counts::Happened;
use crate::store::inbox::{self, NewMessage};
use crate::store::learner::RowError;
use crate::store::sealing::{BoxSecret, TelephoneId};
use crate::store::{outbox, telephone};
use crate::telephony::route::{Arrival, Body, Brought, Fate, Receipt, Taken, Unreadable};
use crate::telephony::sms::reassembly::{Joined, MEMORY, PATIENCE, Reassembly};
use crate::telephony::sms::segment::Part;

/// Arrivals that are written in one transaction.
const BATCH_MAX: usize = 64;
/// How often what waits is looked for: after a start, a call, a failure.
const LOOK: Duration = Duration::from_secs(1);
/// Looks between two rounds of tidying.
const TIDY_LOOKS: u32 = 600;
/// Answered messages are known again for so long; sent ones are kept for so long.
const INBOX_KEPT_MS: i64 = 8 * 24 * 3_600_000;
const OUTBOX_KEPT_MS: i64 = 40 * 24 * 3_600_000;
/// Longest text of one message: what one SMPP payload carries is cut to what a learner means.
const TEXT_OCTETS_MAX: usize = 4_096;

/// Takes in what routes bring and has it answered, until `closing`.
pub(super) async fn take_in(
    texting: Texting,
    tutors: Tutors,
    mut brought: mpsc::Receiver<Brought>,
    closing: CancellationToken,
) {
    let tutors = Arc::new(tutors);
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looks: u32 = 0;
    loop {
        tokio::select! {
            biased;
            () = closing.cancelled() => break,
            _ = look.tick() => {
                let tidy = looks.is_multiple_of(TIDY_LOOKS);
                looks = looks.wrapping_add(1);
                let (texting, tutors) = (texting.clone(), Arc::clone(&tutors));
                let looked = tokio::task::spawn_blocking(move || texting.look(&tutors, tidy));
                if let Ok(Err(error)) = looked.await {
                    tracing::error!(%error, "the inbox was not looked through");
                }
            }
            first = brought.recv() => {
                let Some(first) = first else { break };
                let mut batch = vec![first];
                while batch.len() < BATCH_MAX && let Ok(next) = brought.try_recv() {
                    batch.push(next);
                }
                let (texting, tutors) = (texting.clone(), Arc::clone(&tutors));
                let kept = tokio::task::spawn_blocking(move || texting.keep(batch, &tutors));
                drop(kept.await);
            }
        }
    }
    let stopped = tokio::task::spawn_blocking(move || {
        if let Some(tutors) = Arc::into_inner(tutors) {
            tutors.stop();
        }
    });
    drop(stopped.await);
}

/// What is written down of one thing that was brought.
#[derive(Clone, Debug)]
enum Note {
    Arrival(Arrival),
    Receipt(Receipt),
    Unreadable(Unreadable),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    New(i64, TelephoneId),
    Repeated,
    Part,
    Receipt,
    SetAside,
}

impl Texting {
    /// Writes a batch in one transaction; each by itself if that fails.
    fn keep(&self, batch: Vec<Brought>, tutors: &Tutors) {
        let (notes, taken): (Vec<Note>, Vec<_>) = batch.into_iter().map(parted).unzip();
        let kept = match self.write(notes.clone()) {
            Ok(kept) => kept.into_iter().map(Some).collect(),
            Err(error) => {
                tracing::warn!(%error, "what came together is written one by one");
                let one = |note| {
                    self.write(vec![note])
                        .ok()
                        .and_then(|kept| kept.first().copied())
                };
                notes.into_iter().map(one).collect::<Vec<_>>()
            }
        };
        for (kept, taken) in kept.into_iter().zip(taken) {
            // A route that has gone does not listen; its carrier brings it again.
            let _gone = taken.send(Taken(kept.is_some()));
            let Some(kept) = kept else { continue };
            self.counts.count(match kept {
                Kept::New(..) => Happened::Arrived,
                Kept::Repeated => Happened::Repeated,
                Kept::Part => Happened::Part,
                Kept::Receipt => Happened::Receipt,
                Kept::SetAside => Happened::SetAside,
            });
            if let Kept::New(inbox_id, telephone) = kept {
                tutors.hand(inbox_id, telephone);
            }
        }
    }

    fn write(&self, notes: Vec<Note>) -> Result<Vec<Kept>, RecordError> {
        let now = self.record.now();
        self.record.write_with(move |transaction, secret| {
            let desk = Desk {
                transaction,
                secret,
                now,
            };
            notes.iter().map(|note| desk.keep(note)).collect()
        })
    }

    /// Hands over what waits; now and then gives up parts that never came, and forgets.
    fn look(&self, tutors: &Tutors, tidy: bool) -> Result<(), RecordError> {
        if tidy {
            self.tidy()?;
        }
        let waiting = self
            .record
            .read_with(|connection, _| inbox::waiting(connection))?;
        let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
        self.counts.waiting.set(count);
        for (inbox_id, telephone) in waiting {
            tutors.hand(inbox_id, telephone);
        }
        Ok(())
    }

    fn tidy(&self) -> Result<(), RecordError> {
        let now = self.record.now();
        self.record.write_with(move |transaction, secret| {
            let desk = Desk {
                transaction,
                secret,
                now,
            };
            desk.give_up_parts()?;
            inbox::forget(transaction, now.0 - INBOX_KEPT_MS)?;
            outbox::forget(transaction, now.0 - OUTBOX_KEPT_MS)
        })
    }
}

fn parted(brought: Brought) -> (Note, oneshot::Sender<Taken>) {
    match brought {
        Brought::Arrival(arrival, taken) => (Note::Arrival(arrival), taken),
        Brought::Receipt(receipt, taken) => (Note::Receipt(receipt), taken),
        Brought::Unreadable(unreadable, taken) => (Note::Unreadable(unreadable), taken),
    }
}

/// Where the intake writes.
struct Desk<'a> {
    transaction: &'a rusqlite::Transaction<'a>,
    secret: &'a BoxSecret,
    now: Timestamp,
}

impl Desk<'_> {
    fn keep(&self, note: &Note) -> Result<Kept, RowError> {
        match note {
            Note::Arrival(arrival) => self.arrival(arrival),
            Note::Receipt(receipt) => {
                let fate = match receipt.fate {
                    Fate::Delivered => "delivered",
                    Fate::Trying => "trying",
                    Fate::Failed => "failed",
                };
                let named = (receipt.route.as_str(), receipt.ids.as_slice());
                outbox::receipt(self.transaction, named, fate, self.now.0)?;
                Ok(Kept::Receipt)
            }
            Note::Unreadable(unreadable) => {
                let why = (unreadable.route.as_str(), unreadable.reason.as_str());
                let (transaction, octets) = (self.transaction, &unreadable.octets);
                inbox::keep_dead_letter(transaction, self.secret, why, octets, self.now.0)?;
                Ok(Kept::SetAside)
            }
        }
    }

    fn arrival(&self, arrival: &Arrival) -> Result<Kept, RowError> {
        let telephone = telephone::meet(self.transaction, self.secret, &arrival.from)?;
        let from = From {
            telephone,
            route: &arrival.route,
            session: arrival.session,
            channel: arrival.channel,
        };
        let (sent, id) = (arrival.sent_at, arrival.provider_id.as_deref());
        let part = match &arrival.body {
            Body::Text(text) => return self.message(&from, text, sent, id),
            Body::Part(part) => part,
        };
        if part.place.is_none() {
            return self.message(&from, &part.text(), sent, id);
        }
        let mut state = self.parts_of(telephone)?;
        let joined = state.handle_part(part.clone(), self.now);
        if joined == Joined::Repeated {
            return Ok(Kept::Repeated);
        }
        let whom = (telephone, from.route, from.session, from.channel);
        let octets = part_to_octets(part);
        inbox::keep_part(self.transaction, self.secret, whom, self.now.0, &octets)?;
        match joined {
            // The parts know their repeats: the whole text has no need of a name of its own.
            Joined::Whole(text) => self.message(&from, &text, Some(self.now), None),
            Joined::Waiting | Joined::Repeated => Ok(Kept::Part),
        }
    }

    fn message(
        &self,
        from: &From<'_>,
        text: &str,
        sent: Option<Timestamp>,
        provider_id: Option<&str>,
    ) -> Result<Kept, RowError> {
        let end = (0..=text.len().min(TEXT_OCTETS_MAX)).rev();
        let end = end.into_iter().find(|at| text.is_char_boundary(*at));
        let new = NewMessage {
            telephone: from.telephone,
            route: from.route,
            session: from.session,
            channel: from.channel,
            provider_id,
            sent_ms: sent.map(|at| at.0),
            text: &text[..end.unwrap_or(0)],
            at_ms: self.now.0,
        };
        let added = inbox::add(self.transaction, self.secret, &new)?;
        Ok(added.map_or(Kept::Repeated, |id| Kept::New(id, from.telephone)))
    }

    /// The fold of a telephone's parts.
    fn parts_of(&self, telephone: TelephoneId) -> Result<Reassembly, RowError> {
        let mut state = Reassembly::default();
        for kept in inbox::parts(self.transaction, self.secret, telephone)? {
            if let Some(part) = part_of_octets(&kept.octets) {
                state.handle_part(part, Timestamp(kept.at_ms));
            }
        }
        Ok(state)
    }

    /// Texts whose parts never came are answered with what came of them.
    fn give_up_parts(&self) -> Result<(), RowError> {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let late = self.now.0 - millis(PATIENCE);
        let telephones = inbox::late_parts(self.transaction, late)?;
        for (telephone, route, session, channel) in telephones {
            let mut state = self.parts_of(telephone)?;
            let from = From {
                telephone,
                route: &route,
                session,
                channel,
            };
            let texts = state.handle_timeout(self.now);
            for text in &texts {
                self.message(&from, text, Some(self.now), None)?;
            }
            let until = if texts.is_empty() {
                self.now.0 - millis(MEMORY)
            } else {
                self.now.0
            };
            inbox::forget_parts(self.transaction, telephone, until)?;
        }
        Ok(())
    }
}

/// Who wrote, and by what.
struct From<'a> {
    telephone: TelephoneId,
    route: &'a str,
    session: i64,
    channel: Channel,
}

/// A part as it is kept: alphabet, header, octets.
fn part_to_octets(part: &Part) -> Vec<u8> {
    use crate::telephony::sms::alphabet::Alphabet;
    let alphabet = match part.alphabet {
        Alphabet::Gsm7 => 0,
        Alphabet::Ucs2 => 1,
    };
    let header = part.place.map(|place| place.header()).unwrap_or_default();
    let length = u8::try_from(header.len()).unwrap_or(0);
    [&[alphabet, length][..], &header, &part.octets].concat()
}

fn part_of_octets(octets: &[u8]) -> Option<Part> {
    use crate::telephony::sms::alphabet::Alphabet;
    use crate::telephony::sms::segment::Place;
    let [alphabet, length, rest @ ..] = octets else {
        return None;
    };
    let (header, octets) = rest.split_at_checked(usize::from(*length))?;
    Some(Part {
        alphabet: if *alphabet == 0 {
            Alphabet::Gsm7
        } else {
            Alphabet::Ucs2
        },
        place: header.get(1..).and_then(Place::read),
        octets: octets.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::sms::segment::{Reference, split};

    #[test]
    fn a_part_is_kept_as_it_came() {
        for text in ["a".repeat(200), "ŋ".repeat(100), "one".to_owned()] {
            for part in split(&text, Reference::Wide(900)).unwrap() {
                assert_eq!(part_of_octets(&part_to_octets(&part)), Some(part));
            }
        }
        assert_eq!(part_of_octets(&[0, 9, 1]), None);
    }
}
