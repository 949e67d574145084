//! Study sessions: one learner's sitting, by voice or text, as a state machine.
//!
//! A session is a fold of [`SessionFact`]s. A dropped call pauses it; it resumes at the same step on
//! any channel. Of one learner's sessions at most one is active.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::answer::Channel;
use crate::id::{ExerciseId, LearnerId, LessonId, SessionId};
use crate::schedule::Sitting;
use crate::time::Timestamp;

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Opened, nothing asked yet.
    Pending,
    /// Going on.
    Active,
    /// Interrupted; resumes at the same step.
    Paused,
    /// Finished; evaluated.
    Completed,
    /// Given up, or paused for too long.
    Cancelled,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// The first question is about to be asked.
    Start,
    /// The call dropped, credit ended, or the learner asked for a break.
    Pause,
    /// The learner is back, on any channel.
    Resume,
    /// The sitting reached its end.
    Complete,
    /// The learner stopped for good, or did not come back in time.
    Cancel,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Active,
        Self::Paused,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The state after a move; `None` if the move is not legal.
    ///
    /// | from \ move | start | pause | resume | complete | cancel |
    /// |---|---|---|---|---|---|
    /// | pending | active | | | | cancelled |
    /// | active | | paused | | completed | cancelled |
    /// | paused | | | active | | cancelled |
    /// | completed, cancelled | | | | | |
    pub fn after(self, step: Move) -> Option<Self> {
        match (self, step) {
            (Self::Pending, Move::Start) | (Self::Paused, Move::Resume) => Some(Self::Active),
            (Self::Active, Move::Pause) => Some(Self::Paused),
            (Self::Active, Move::Complete) => Some(Self::Completed),
            (Self::Pending | Self::Active | Self::Paused, Move::Cancel) => Some(Self::Cancelled),
            _ => None,
        }
    }

    /// True once nothing more can happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }
}

impl Move {
    /// Every move.
    pub const ALL: [Self; 5] = [
        Self::Start,
        Self::Pause,
        Self::Resume,
        Self::Complete,
        Self::Cancel,
    ];
}

/// A session paused for longer is cancelled: the next call opens a new one, and what was learnt is
/// in the learner model anyway.
pub const PAUSED_MAX: Duration = Duration::from_secs(7 * 86_400);

/// How the learner says they feel, by one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feeling {
    /// Key 1.
    NotGood,
    /// Key 2.
    SoSo,
    /// Key 3.
    Good,
}

/// How hard it was, by one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeltDifficulty {
    /// Key 1.
    TooEasy,
    /// Key 2.
    JustRight,
    /// Key 3.
    TooHard,
}

/// How well the learner says they understood, by one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Understanding {
    /// Key 1.
    Little,
    /// Key 2.
    Some,
    /// Key 3.
    All,
}

macro_rules! by_key {
    ($name:ident: $($key:literal => $variant:ident),+) => {
        impl $name {
            /// What the key means; `None` for any other key.
            pub fn from_key(key: char) -> Option<Self> {
                match key {
                    $($key => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
by_key!(Feeling: '1' => NotGood, '2' => SoSo, '3' => Good);
by_key!(FeltDifficulty: '1' => TooEasy, '2' => JustRight, '3' => TooHard);
by_key!(Understanding: '1' => Little, '2' => Some, '3' => All);

/// Why a session paused or was cancelled. Only `Learner` says anything about investment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The learner asked.
    Learner,
    /// The call dropped or the network failed.
    Dropped,
    /// Nothing was heard, or nothing could be recognised.
    NotHeard,
    /// Time was up: the limit of a call, the box going down, a pause too long.
    Time,
}

/// What is on the table, enough to ask the same again on another channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Counts up with every question, from 0.
    pub number: u16,
    /// The question asked and not yet settled, with the seed its numbers are drawn from.
    pub question: Option<OpenQuestion>,
}

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    /// Which exercise.
    pub exercise: ExerciseId,
    /// Draws the same numbers again.
    pub seed: u64,
    /// Tries made.
    pub attempts: u8,
    /// Hints given.
    pub hints: u8,
    /// True if it brings back something old.
    pub review: bool,
}

/// One fact about a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFact {
    /// Which session.
    pub session: SessionId,
    /// When.
    pub at: Timestamp,
    /// By which channel.
    pub channel: Channel,
    /// What happened.
    pub event: SessionEvent,
}

/// What happened in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEvent {
    /// It was opened.
    Opened {
        /// For whom.
        learner: LearnerId,
        /// The lesson chosen, if one was.
        lesson: Option<LessonId>,
    },
    /// It moved.
    Moved(Move, Cause),
    /// It is at this step now.
    At(Step),
    /// The learner said how they feel.
    Felt(Feeling),
    /// The learner said how hard it was.
    Found(FeltDifficulty),
    /// The learner said how well they understood.
    Understood(Understanding),
}

/// A study session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// Whose it is.
    pub learner: LearnerId,
    /// The lesson chosen, if one was.
    pub lesson: Option<LessonId>,
    state: State,
    /// By which channel it last moved.
    pub channel: Channel,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When its state last changed.
    pub moved_at: Timestamp,
    /// Time spent active, in milliseconds.
    pub active_ms: u64,
    /// Times it was paused by something else than the learner.
    pub drops: u16,
    /// Why it last paused or was cancelled.
    pub cause: Option<Cause>,
    /// Where it is.
    pub step: Step,
    /// What was asked, for `schedule`.
    pub sitting: Sitting,
    /// Feeling before the first question.
    pub feeling_before: Option<Feeling>,
    /// Feeling after it.
    pub feeling_after: Option<Feeling>,
    /// How hard it was found.
    pub found: Option<FeltDifficulty>,
    /// How well it was understood.
    pub understood: Option<Understanding>,
}

/// Why a fact does not fit the sessions it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Only the moves of [`State::after`] are legal.
    #[error("move session {session}: it is {state:?}, and {step:?} is not legal then")]
    IllegalMove {
        /// The session.
        session: SessionId,
        /// Where it is.
        state: State,
        /// The move refused.
        step: Move,
    },
    /// One learner, one active session.
    #[error("move session {session}: session {active} of the same learner is active")]
    AnotherActive {
        /// The session that should become active.
        session: SessionId,
        /// The one that is.
        active: SessionId,
    },
    /// The session was never opened here.
    #[error("move session {0}: it was not opened")]
    Unknown(SessionId),
    /// Identifiers are never reused.
    #[error("open session {0}: it exists already")]
    Exists(SessionId),
    /// Nothing can be said of a session that is over, except how it was.
    #[error("note a step of session {0}: it is over")]
    Over(SessionId),
}

/// All sessions of the learners of one box, or of one learner: a fold of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions(BTreeMap<SessionId, Session>);

impl Sessions {
    /// Takes in a fact.
    ///
    /// # Errors
    /// If the fact does not fit; nothing changes then.
    pub fn apply(&mut self, fact: &SessionFact) -> Result<&Session, SessionError> {
        if let SessionEvent::Opened { learner, lesson } = &fact.event {
            return self.open(fact, *learner, lesson.clone());
        }
        if let SessionEvent::Moved(step @ (Move::Start | Move::Resume), _) = fact.event {
            self.check_alone(fact.session, step)?;
        }
        let session = self
            .0
            .get_mut(&fact.session)
            .ok_or(SessionError::Unknown(fact.session))?;
        session.apply(fact)?;
        Ok(session)
    }

    /// The session with this identifier.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.0.get(&id)
    }

    /// The session to know about when this learner calls: the active one, else the one paused last.
    pub fn current(&self, learner: LearnerId) -> Option<&Session> {
        let open = self.0.values().filter(|session| session.learner == learner);
        open.filter(|session| matches!(session.state, State::Active | State::Paused))
            .max_by_key(|session| (session.state == State::Active, session.moved_at, session.id))
    }

    /// Sessions paused for longer than [`PAUSED_MAX`]: to be cancelled.
    pub fn overdue(&self, now: Timestamp) -> impl Iterator<Item = SessionId> + '_ {
        let overdue = self.0.values().filter(move |session| {
            session.state == State::Paused && now.since(session.moved_at) > PAUSED_MAX
        });
        overdue.map(|session| session.id)
    }

    fn open(
        &mut self,
        fact: &SessionFact,
        learner: LearnerId,
        lesson: Option<LessonId>,
    ) -> Result<&Session, SessionError> {
        if self.0.contains_key(&fact.session) {
            return Err(SessionError::Exists(fact.session));
        }
        let session = Session::new(fact, learner, lesson);
        Ok(self.0.entry(fact.session).or_insert(session))
    }

    fn check_alone(&self, id: SessionId, step: Move) -> Result<(), SessionError> {
        let session = self.0.get(&id).ok_or(SessionError::Unknown(id))?;
        if session.state.after(step).is_none() {
            return Ok(());
        }
        let mut others = self
            .0
            .values()
            .filter(|other| other.learner == session.learner);
        match others.find(|other| other.state == State::Active && other.id != id) {
            Some(active) => Err(SessionError::AnotherActive {
                session: id,
                active: active.id,
            }),
            None => Ok(()),
        }
    }
}

impl Session {
    fn new(fact: &SessionFact, learner: LearnerId, lesson: Option<LessonId>) -> Self {
        Self {
            id: fact.session,
            learner,
            lesson,
            state: State::Pending,
            channel: fact.channel,
            opened_at: fact.at,
            moved_at: fact.at,
            active_ms: 0,
            drops: 0,
            cause: None,
            step: Step::default(),
            sitting: Sitting::default(),
            feeling_before: None,
            feeling_after: None,
            found: None,
            understood: None,
        }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    fn apply(&mut self, fact: &SessionFact) -> Result<(), SessionError> {
        match &fact.event {
            SessionEvent::Opened { .. } => return Err(SessionError::Exists(self.id)),
            SessionEvent::Moved(step, cause) => self.go(*step, *cause, fact)?,
            SessionEvent::At(_) if self.state.is_over() => return Err(SessionError::Over(self.id)),
            SessionEvent::At(step) => self.step = step.clone(),
            SessionEvent::Felt(feeling) if self.step.number == 0 && !self.state.is_over() => {
                self.feeling_before = Some(*feeling);
            }
            SessionEvent::Felt(feeling) => self.feeling_after = Some(*feeling),
            SessionEvent::Found(found) => self.found = Some(*found),
            SessionEvent::Understood(understood) => self.understood = Some(*understood),
        }
        self.channel = fact.channel;
        Ok(())
    }

    fn go(&mut self, step: Move, cause: Cause, fact: &SessionFact) -> Result<(), SessionError> {
        let (session, state) = (self.id, self.state);
        let after = state.after(step).ok_or(SessionError::IllegalMove {
            session,
            state,
            step,
        })?;
        if state == State::Active {
            let active = fact.at.since(self.moved_at).as_millis();
            self.active_ms = self
                .active_ms
                .saturating_add(u64::try_from(active).unwrap_or(0));
        }
        if matches!(step, Move::Pause | Move::Cancel) {
            self.cause = Some(cause);
            self.drops = self
                .drops
                .saturating_add(u16::from(cause != Cause::Learner));
        }
        self.state = after;
        self.moved_at = fact.at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fact(session: u128, at: i64, channel: Channel, event: SessionEvent) -> SessionFact {
        SessionFact {
            session: SessionId(session),
            at: Timestamp(at),
            channel,
            event,
        }
    }

    fn opened(sessions: &mut Sessions, session: u128) {
        let event = SessionEvent::Opened {
            learner: LearnerId(1),
            lesson: None,
        };
        sessions
            .apply(&fact(session, 0, Channel::Voice, event))
            .unwrap();
    }

    fn go(
        sessions: &mut Sessions,
        session: u128,
        at: i64,
        step: Move,
    ) -> Result<State, SessionError> {
        let event = SessionEvent::Moved(step, Cause::Dropped);
        Ok(sessions
            .apply(&fact(session, at, Channel::Voice, event))?
            .state())
    }

    /// The shortest moves that lead to each state.
    fn in_state(state: State) -> Sessions {
        let mut sessions = Sessions::default();
        opened(&mut sessions, 7);
        let moves: &[Move] = match state {
            State::Pending => &[],
            State::Active => &[Move::Start],
            State::Paused => &[Move::Start, Move::Pause],
            State::Completed => &[Move::Start, Move::Complete],
            State::Cancelled => &[Move::Cancel],
        };
        for step in moves {
            go(&mut sessions, 7, 1, *step).unwrap();
        }
        sessions
    }

    #[test]
    fn every_move_from_every_state_is_legal_or_refused_as_the_table_says() {
        use State::{Active, Cancelled, Completed, Paused};
        // Rows as State::ALL, columns as Move::ALL: start, pause, resume, complete, cancel.
        let table = [
            [Some(Active), None, None, None, Some(Cancelled)],
            [None, Some(Paused), None, Some(Completed), Some(Cancelled)],
            [None, None, Some(Active), None, Some(Cancelled)],
            [None; 5],
            [None; 5],
        ];
        for (state, row) in State::ALL.into_iter().zip(table) {
            for (step, expected) in Move::ALL.into_iter().zip(row) {
                let mut sessions = in_state(state);
                let before = sessions.clone();
                match (go(&mut sessions, 7, 2, step), expected) {
                    (Ok(after), Some(expected)) => assert_eq!(after, expected),
                    (Err(error), None) => {
                        let session = SessionId(7);
                        assert_eq!(
                            error,
                            SessionError::IllegalMove {
                                session,
                                state,
                                step
                            }
                        );
                        assert_eq!(sessions, before, "a refused move changes nothing");
                    }
                    (got, expected) => panic!("{step:?} from {state:?}: {got:?}, not {expected:?}"),
                }
            }
        }
    }

    #[test]
    fn a_dropped_call_resumes_at_the_same_step_by_text() {
        let mut sessions = in_state(State::Active);
        let question = OpenQuestion {
            exercise: ExerciseId::new("a.b").unwrap(),
            seed: 9,
            attempts: 1,
            hints: 1,
            review: false,
        };
        let step = Step {
            number: 3,
            question: Some(question),
        };
        sessions
            .apply(&fact(7, 2, Channel::Voice, SessionEvent::At(step.clone())))
            .unwrap();
        go(&mut sessions, 7, 60_001, Move::Pause).unwrap();
        let resume = SessionEvent::Moved(Move::Resume, Cause::Learner);
        sessions
            .apply(&fact(7, 90_000, Channel::Sms, resume))
            .unwrap();
        let session = sessions.current(LearnerId(1)).unwrap();
        assert_eq!(
            (session.state(), session.channel),
            (State::Active, Channel::Sms)
        );
        assert_eq!(
            (&session.step, session.active_ms, session.drops),
            (&step, 60_000, 1)
        );
    }

    #[test]
    fn feelings_are_kept_before_and_after() {
        let mut sessions = in_state(State::Pending);
        let felt = |key| SessionEvent::Felt(Feeling::from_key(key).unwrap());
        sessions
            .apply(&fact(7, 1, Channel::Voice, felt('1')))
            .unwrap();
        go(&mut sessions, 7, 2, Move::Start).unwrap();
        let step = SessionEvent::At(Step {
            number: 1,
            question: None,
        });
        sessions.apply(&fact(7, 3, Channel::Voice, step)).unwrap();
        go(&mut sessions, 7, 4, Move::Complete).unwrap();
        let session = sessions
            .apply(&fact(7, 5, Channel::Voice, felt('3')))
            .unwrap();
        assert_eq!(session.feeling_before, Some(Feeling::NotGood));
        assert_eq!(session.feeling_after, Some(Feeling::Good));
        assert_eq!(Feeling::from_key('9'), None);
    }

    #[test]
    fn a_pause_of_more_than_a_week_is_overdue() {
        let sessions = in_state(State::Paused);
        let week = i64::try_from(PAUSED_MAX.as_millis()).unwrap();
        assert_eq!(sessions.overdue(Timestamp(week)).count(), 0);
        assert_eq!(sessions.overdue(Timestamp(week + 2)).count(), 1);
    }

    proptest! {
        #[test]
        fn at_most_one_session_of_a_learner_is_ever_active(
            moves in prop::collection::vec((0..3_u128, 0..5_usize), 0..60),
        ) {
            let mut sessions = Sessions::default();
            for session in 0..3 {
                opened(&mut sessions, session);
            }
            for (at, (session, step)) in (0..).zip(moves) {
                let _: Result<State, SessionError> = go(&mut sessions, session, at, Move::ALL[step]);
                let active = sessions.0.values().filter(|s| s.state() == State::Active).count();
                prop_assert!(active <= 1);
            }
        }
    }
}
