//! A ringing call, and an answered one: what `conversation` holds, whatever carries the call.

use std::fmt;
use std::time::Instant;

use models::audio::AudioFrame;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::calling_party::CallingParty;

/// Frames to the learner that may wait: what is queued is still heard after a barge-in, so 60 ms.
pub const TO_LEARNER_MAX: usize = 3;

/// What may wait from the learner: one second of audio and keys. Then audio is dropped, for
/// hearing that late is of no use; keys keep the last places.
pub const FROM_LEARNER_MAX: usize = 50;

/// Places of the queue from the learner that only keys and the end of a call may take.
const KEYS_RESERVED: usize = 10;

const _: () = assert!(KEYS_RESERVED < FROM_LEARNER_MAX);

/// Our own name of one call, never the SIP Call-ID, which others choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

/// An answered call, whatever carried it. Dropping it hangs up.
#[derive(Debug)]
pub struct Line {
    pub call: CallId,
    pub caller: CallingParty,
    /// Ends (`None`) when the call has ended, also where no room was left for `HungUp`.
    pub from_learner: mpsc::Receiver<FromLearner>,
    /// At most [`TO_LEARNER_MAX`] frames wait; awaiting room paces the sender by the line's clock.
    /// Silence is sent while there is nothing to say.
    pub to_learner: mpsc::Sender<ToLearner>,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every value is audio: boxing it would allocate 50 times a second for nothing"
)]
pub enum FromLearner {
    /// 20 ms, one after the other; silence and concealed loss too.
    Audio(AudioFrame),
    /// `0`-`9`, `*`, `#`, `A`-`D`; once for each press, at its beginning.
    Key(char),
    /// The learner's side put the call on hold: it hears nothing until `Resumed`.
    Held,
    Resumed,
    /// No audio at all came for as long as the configuration bears: the line is dead.
    Quiet,
    HungUp,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every value is audio: boxing it would allocate 50 times a second for nothing"
)]
pub enum ToLearner {
    Audio(AudioFrame),
    HangUp,
}

/// The carrier's end of a [`Line`].
#[derive(Debug)]
pub struct FarEnd {
    from_learner: mpsc::Sender<FromLearner>,
    pub to_learner: mpsc::Receiver<ToLearner>,
}

/// A call that rings and waits to be answered. Dropping it refuses it as unavailable.
#[derive(Debug)]
pub struct Ring {
    pub call: CallId,
    pub caller: CallingParty,
    pub arrived: Instant,
    decide: oneshot::Sender<Decision>,
    given_up: CancellationToken,
}

/// The carrier's end of a [`Ring`].
#[derive(Debug)]
pub struct Ringing {
    /// What the box decides; an error when the ring was dropped undecided.
    pub decision: oneshot::Receiver<Decision>,
    given_up: CancellationToken,
}

#[derive(Debug)]
pub enum Decision {
    /// Answer, and say here how it went.
    Answer(oneshot::Sender<Result<Line, AnswerError>>),
    Refuse(Refusal),
}

/// Why the box does not take a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// All lines are taken (SIP 486).
    Busy,
    /// The box is not ready to teach (SIP 503).
    Unavailable,
    /// This caller is not taken (SIP 603).
    Declined,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("answer the call: the caller gave up")]
    GivenUp,
    #[error("answer the call: no audio coding in common")]
    NoCoding,
    #[error("answer the call: no free port for its audio")]
    NoPort,
    #[error("answer the call: the caller's side did not confirm")]
    Unconfirmed,
    #[error("answer the call: the trunk is closed")]
    Closed,
}

impl CallId {
    /// A new name, unlike any before it.
    pub fn fresh() -> CallId {
        use std::sync::atomic::{AtomicU64, Ordering};
        // The time makes names differ between runs of the box, the count within one.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let micros = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_micros() as u64);
        let before = COUNT
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(micros.max(last + 1))
            })
            .unwrap_or(micros);
        CallId(micros.max(before + 1))
    }

    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl Line {
    /// A line and the carrier's end of it.
    pub fn open(call: CallId, caller: CallingParty) -> (Line, FarEnd) {
        let (from_far_end, from_learner) = mpsc::channel(FROM_LEARNER_MAX);
        let (to_learner, to_far_end) = mpsc::channel(TO_LEARNER_MAX);
        let line = Line {
            call,
            caller,
            from_learner,
            to_learner,
        };
        let far_end = FarEnd {
            from_learner: from_far_end,
            to_learner: to_far_end,
        };
        (line, far_end)
    }
}

impl FarEnd {
    /// Passes on what came from the learner, never waiting. Returns whether there was room: audio
    /// gives way to keys, and all of it to nothing when nobody listens any more.
    pub fn offer(&self, what: FromLearner) -> bool {
        let is_audio = matches!(what, FromLearner::Audio(_));
        if is_audio && self.from_learner.capacity() <= KEYS_RESERVED {
            return false;
        }
        self.from_learner.try_send(what).is_ok()
    }
}

impl Ring {
    /// A ring and the carrier's end of it.
    pub fn new(call: CallId, caller: CallingParty, arrived: Instant) -> (Ring, Ringing) {
        let (decide, decision) = oneshot::channel();
        let given_up = CancellationToken::new();
        let ringing = Ringing {
            decision,
            given_up: given_up.clone(),
        };
        let ring = Ring {
            call,
            caller,
            arrived,
            decide,
            given_up,
        };
        (ring, ringing)
    }

    /// Takes the call; resolves when the learner's side has confirmed it.
    ///
    /// # Errors
    /// [`AnswerError::GivenUp`] if the caller hung up first: an ordinary thing, called a beep.
    pub async fn answer(self) -> Result<Line, AnswerError> {
        let (reply, answered) = oneshot::channel();
        if self.decide.send(Decision::Answer(reply)).is_err() {
            return Err(closed_or_given_up(&self.given_up));
        }
        match answered.await {
            Ok(result) => result,
            Err(_) => Err(closed_or_given_up(&self.given_up)),
        }
    }

    /// Does not take the call. Resolves when the carrier has been told, not when the caller has.
    pub async fn refuse(self, refusal: Refusal) {
        // A caller that gave up meanwhile needs no refusal.
        let _ = self.decide.send(Decision::Refuse(refusal));
    }

    /// Resolves when the caller gives up before the box decides (a "beep"), else never.
    pub async fn cancelled(&mut self) {
        self.given_up.cancelled().await;
    }
}

impl Ringing {
    /// The caller gave up.
    pub fn give_up(&self) {
        self.given_up.cancel();
    }
}

fn closed_or_given_up(given_up: &CancellationToken) -> AnswerError {
    if given_up.is_cancelled() {
        AnswerError::GivenUp
    } else {
        AnswerError::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> (Ring, Ringing) {
        Ring::new(CallId::fresh(), CallingParty::Anonymous, Instant::now())
    }

    #[tokio::test]
    async fn a_ring_given_up_cannot_be_answered() {
        let (mut ring, ringing) = ring();
        ringing.give_up();
        ring.cancelled().await;
        drop(ringing);
        assert_eq!(ring.answer().await.unwrap_err(), AnswerError::GivenUp);
    }

    #[tokio::test]
    async fn a_dropped_ring_tells_its_carrier() {
        let (ring, ringing) = ring();
        drop(ring);
        assert!(ringing.decision.await.is_err());
    }

    #[tokio::test]
    async fn an_answered_ring_becomes_a_line() {
        let (ring, ringing) = ring();
        let call = ring.call;
        let carrier = tokio::spawn(async move {
            let Ok(Decision::Answer(reply)) = ringing.decision.await else {
                panic!("the box answers");
            };
            let (line, far_end) = Line::open(call, CallingParty::Anonymous);
            reply.send(Ok(line)).unwrap();
            far_end
        });
        let mut line = ring.answer().await.unwrap();
        let far_end = carrier.await.unwrap();
        assert!(far_end.offer(FromLearner::Key('5')));
        assert_eq!(line.from_learner.recv().await, Some(FromLearner::Key('5')));
        assert_eq!(line.call, call);
    }

    #[test]
    fn audio_nobody_hears_leaves_room_for_keys() {
        let (_line, far_end) = Line::open(CallId::fresh(), CallingParty::Anonymous);
        let silence = || FromLearner::Audio(AudioFrame::SILENCE);
        let taken = (0..200).filter(|_| far_end.offer(silence())).count();
        assert_eq!(taken, FROM_LEARNER_MAX - KEYS_RESERVED);
        assert!(far_end.offer(FromLearner::Key('1')));
    }

    #[test]
    fn no_two_calls_share_a_name() {
        let names: std::collections::HashSet<CallId> =
            (0..10_000).map(|_| CallId::fresh()).collect();
        assert_eq!(names.len(), 10_000);
    }
}
