//! Plain facts for the record: the shell writes them with the state, in one transaction.

use curriculum::Language;
use curriculum::Timestamp;
use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::course::Module;
use curriculum::id::{CourseId, ExerciseId, LearnerId, LessonId, SessionId, SkillId};
use curriculum::session::{Cause, Move};
use serde::{Deserialize, Serialize};

use super::output::Pace;

/// One thing that happened, as it will travel to the hub. Facts are never edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// Somebody comes to learn: who, with whose consent, and what.
    Enrolment(EnrolmentFact),
    /// How one sitting went: its moves, how the learner felt, what was observed.
    Sitting(SittingFact),
    /// An answer was given and judged.
    AttemptMade(Attempt),
    /// A placement found where the learner starts; it counts after the attempts made before it.
    PlacementMade {
        /// Whose.
        learner: LearnerId,
        /// In which module.
        module: Module,
        /// Skills below the learner's level, in teaching order.
        below: Vec<SkillId>,
        /// When.
        at: Timestamp,
    },
    /// A learner's own words that the hub is to judge or to answer.
    Words(WordsFact),
    /// A human mentor should look: struggle that an easier step did not end.
    TicketOpened {
        /// Who.
        learner: LearnerId,
        /// About which skill.
        skill: Option<SkillId>,
        /// Why, in plain words for the mentor.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// What overrides a lesson: care for a learner, and wishes about messages and data.
    Control(ControlFact),
    /// Something the learner prefers.
    PreferenceChanged {
        /// Who.
        learner: LearnerId,
        /// What.
        preference: Preference,
        /// When.
        at: Timestamp,
    },
    /// A problem to be sent by SMS after the call.
    HomeworkGiven {
        /// Who.
        learner: LearnerId,
        /// From which lesson.
        lesson: LessonId,
        /// The message, ready to send.
        text: String,
        /// When.
        at: Timestamp,
    },
}

/// Somebody comes to learn: who, with whose consent, and what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EnrolmentFact {
    /// Somebody new learns here. Only after consent.
    LearnerEnrolled {
        /// The new learner.
        learner: LearnerId,
        /// As the learner wants to be called. Encrypted at rest, masked in logs.
        name: String,
        /// Language of instruction.
        language: Language,
        /// Age in years when enrolled, if given.
        age: Option<u8>,
        /// When.
        at: Timestamp,
    },
    /// Consent as Law 058/2021 asks: before anything is kept, by a guardian under sixteen (art. 9).
    ConsentGiven {
        /// For whom.
        learner: LearnerId,
        /// Who agreed.
        by: ConsentBy,
        /// Which wording was heard: the version of the interface's consent text.
        wording: u16,
        /// By voice or text.
        channel: Channel,
        /// When.
        at: Timestamp,
    },
    /// The learner takes a course.
    Enrolled {
        /// Who.
        learner: LearnerId,
        /// Which course.
        course: CourseId,
        /// When.
        at: Timestamp,
    },
}

impl From<EnrolmentFact> for Fact {
    fn from(fact: EnrolmentFact) -> Self {
        Self::Enrolment(fact)
    }
}

/// How one sitting went: its moves, how the learner felt, what was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SittingFact {
    /// A session moved from one state to another.
    SessionMoved {
        /// Whose.
        learner: LearnerId,
        /// Which.
        session: SessionId,
        /// The course studied.
        module: Module,
        /// What happened to it.
        to: Move,
        /// Why it paused or was cancelled.
        cause: Cause,
        /// When.
        at: Timestamp,
    },
    /// How the learner feels, said by key or noticed.
    FeelingNoted {
        /// Who.
        learner: LearnerId,
        /// In which session.
        session: Option<SessionId>,
        /// What.
        feeling: Feeling,
        /// When in the session.
        moment: Moment,
        /// When.
        at: Timestamp,
    },
    /// A session was evaluated, provisionally, from what was observed.
    EvaluationMade {
        /// Whose.
        learner: LearnerId,
        /// Which session.
        session: SessionId,
        /// 1..=10; `None` without an answer to judge from.
        proficiency: Option<u8>,
        /// 1..=10; `None` when a failed line explains the silence.
        investment: Option<u8>,
        /// The observables it was drawn from.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

impl From<SittingFact> for Fact {
    fn from(fact: SittingFact) -> Self {
        Self::Sitting(fact)
    }
}

/// A learner's own words that the hub is to judge or to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WordsFact {
    /// An open answer that the box does not judge alone: the hub's verdict comes later.
    VerdictAsked {
        /// The attempt it belongs to.
        attempt: Attempt,
        /// The learner's words.
        answer: String,
        /// Their language.
        language: Language,
    },
    /// The learner asked something.
    QuestionAsked {
        /// Who.
        learner: LearnerId,
        /// The words.
        text: String,
        /// Their language.
        language: Language,
        /// During which exercise.
        exercise: Option<ExerciseId>,
        /// True if answered from the pack; else it is promised and waits for the hub.
        answered: bool,
        /// When.
        at: Timestamp,
    },
}

impl From<WordsFact> for Fact {
    fn from(fact: WordsFact) -> Self {
        Self::Words(fact)
    }
}

/// What overrides a lesson: care for a learner, and wishes about messages and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ControlFact {
    /// Words that a safeguarding officer must see within a minute.
    SafeguardingFlagged {
        /// Who, if known: it may be somebody who has not enrolled.
        learner: Option<LearnerId>,
        /// Which kind of sign.
        concern: String,
        /// The learner speaks about somebody else.
        third_person: bool,
        /// The words as received.
        words: String,
        /// True if the recogniser was not sure of them.
        doubtful: bool,
        /// When.
        at: Timestamp,
    },
    /// No more messages to this telephone until it starts again.
    StopRequested {
        /// Who asked.
        learner: Option<LearnerId>,
        /// When.
        at: Timestamp,
    },
    /// Messages to this telephone may start again.
    StartRequested {
        /// Who asked.
        learner: Option<LearnerId>,
        /// When.
        at: Timestamp,
    },
    /// Erase this learner; asked for and confirmed.
    DeletionRequested {
        /// Who.
        learner: LearnerId,
        /// When.
        at: Timestamp,
    },
}

impl From<ControlFact> for Fact {
    fn from(fact: ControlFact) -> Self {
        Self::Control(fact)
    }
}

/// Who gave consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsentBy {
    /// The learner, sixteen or older.
    Learner,
    /// A parent or guardian of a younger learner.
    Guardian,
}

/// How a learner feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feeling {
    /// Good.
    Good,
    /// So-so.
    Middling,
    /// Tired or sad.
    Low,
    /// Noticed: words of frustration.
    Frustrated,
    /// Noticed: "I don't know" again and again.
    Lost,
}

/// When a feeling was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// Before the lesson.
    Before,
    /// In it.
    During,
    /// After it.
    After,
}

/// Something a learner prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preference {
    /// Language of instruction.
    Language(Language),
    /// Pace of speech.
    Pace(Pace),
}
