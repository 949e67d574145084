//! The frozen forms. A change is a new form with a new schema number beside the old one.

use bincode::{Decode, Encode};

use super::sealed::Sealed;
use crate::envelope::{Frame, FrameError};
use crate::lane::Lane;
use crate::limits::BODY_BYTES_MAX;

/// Defines the closed set of events with each one's numbers and lane.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident($body:ty) = $kind:literal / $schema:literal on $lane:ident,)*) => {
        /// A fact that leaves a box.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event {
            $($(#[$doc])* $name($body),)*
        }

        impl Event {
            /// Number of the kind and of its frozen form.
            pub fn numbers(&self) -> (u16, u16) {
                match self { $(Self::$name(_) => ($kind, $schema),)* }
            }

            /// The lane it travels in.
            pub fn lane(&self) -> Lane {
                match self { $(Self::$name(_) => Lane::$lane,)* }
            }

            fn body(&self) -> Result<Vec<u8>, bincode::error::EncodeError> {
                match self { $(Self::$name(body) => bincode::encode_to_vec(body, CONFIG),)* }
            }

            fn read(kind: u16, schema: u16, body: &[u8]) -> Option<Result<Self, ReadError>> {
                match (kind, schema) {
                    $(($kind, $schema) => Some(whole::<$body>(body).map(Self::$name)),)*
                    _ => None,
                }
            }
        }

        $(impl $body {
            /// Number of this kind of event.
            pub const KIND: u16 = $kind;
            /// Number of this frozen form.
            pub const SCHEMA: u16 = $schema;
        })*
    };
}

// Kinds 100-199 are facts of learning, 200-299 of judging, 300-399 of control, 400-499 of money,
// 500-599 of health. Reserved and not yet emitted: 105 message, 109 moved learner, 302 learner key,
// 303 audit, 400 allowance, 401 voucher, 402 payment, 500 health.
events! {
    /// Somebody learns here.
    Learner(LearnerV1) = 100 / 1 on Progress,
    /// Consent was given.
    Consent(ConsentV1) = 101 / 1 on Progress,
    /// A learner takes a course.
    Enrolment(EnrolmentV1) = 102 / 1 on Progress,
    /// A session moved from one state to another.
    Session(SessionV1) = 103 / 1 on Progress,
    /// An answer was given and judged.
    Attempt(AttemptV1) = 104 / 1 on Progress,
    /// How a learner feels.
    Feeling(FeelingV1) = 106 / 1 on Progress,
    /// What a learner prefers.
    Preference(PreferenceV1) = 107 / 1 on Progress,
    /// Homework was given.
    Homework(HomeworkV1) = 108 / 1 on Progress,
    /// A placement found where a learner starts.
    Placement(PlacementV1) = 110 / 1 on Progress,
    /// A session was evaluated, provisionally.
    Evaluation(EvaluationV1) = 200 / 1 on Evaluations,
    /// A learner asked something.
    Question(QuestionV1) = 201 / 1 on Evaluations,
    /// An open answer waits for the hub's verdict.
    OpenAnswer(OpenAnswerV1) = 202 / 1 on Evaluations,
    /// A human mentor should look.
    Ticket(TicketV1) = 203 / 1 on Evaluations,
    /// Words that a safeguarding officer must see.
    Safeguarding(SafeguardingV1) = 300 / 1 on Control,
    /// What a learner asked about their data and messages.
    Wish(WishV1) = 301 / 1 on Control,
}

const CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<BODY_BYTES_MAX>,
> = bincode::config::standard().with_limit::<BODY_BYTES_MAX>();

/// A frame's content as far as this program understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Understood.
    Known(Event),
    /// A kind or form of a newer program: kept raw, never dropped.
    Unknown,
}

/// A body that is not what its numbers announce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The bytes do not have the announced form.
    #[error("read event body: {0}")]
    Form(String),
    /// Bytes after the end.
    #[error("read event body: {0} bytes after its end")]
    Trailing(usize),
}

impl Event {
    /// The frame that is stored and sent.
    ///
    /// # Errors
    /// If a text in it is so long that the body is over [`BODY_BYTES_MAX`].
    pub fn to_frame(&self) -> Result<Frame, FrameError> {
        let (kind, schema) = self.numbers();
        let body = self
            .body()
            .map_err(|_| FrameError::Large(BODY_BYTES_MAX + 1))?;
        if body.len() > BODY_BYTES_MAX {
            return Err(FrameError::Large(body.len()));
        }
        Ok(Frame { kind, schema, body })
    }

    /// Reads a frame back.
    ///
    /// # Errors
    /// If the kind is known but the body does not have its form.
    pub fn from_frame(frame: &Frame) -> Result<Reading, ReadError> {
        match Self::read(frame.kind, frame.schema, &frame.body) {
            Some(event) => event.map(Reading::Known),
            None => Ok(Reading::Unknown),
        }
    }
}

fn whole<T: Decode<()>>(body: &[u8]) -> Result<T, ReadError> {
    let (value, used) = bincode::decode_from_slice(body, CONFIG)
        .map_err(|error| ReadError::Form(error.to_string()))?;
    if used == body.len() {
        Ok(value)
    } else {
        Err(ReadError::Trailing(body.len() - used))
    }
}

/// Language of a form: two or three ASCII letters, zero-padded.
pub type LanguageTag = [u8; 3];

/// Somebody learns here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LearnerV1 {
    /// Who.
    pub learner: u128,
    /// As the learner wants to be called.
    pub name: Sealed,
    /// Language of instruction.
    pub language: LanguageTag,
    /// Age in years when enrolled.
    pub age: Option<u8>,
    /// When, in milliseconds since 1970 as the box believed.
    pub at_ms: i64,
}

/// Consent was given.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConsentV1 {
    /// For whom.
    pub learner: u128,
    /// 0 the learner, 1 a parent or guardian.
    pub by: u8,
    /// Version of the wording heard.
    pub wording: u16,
    /// Number of the channel; see [`channel_number`].
    pub channel: u8,
    /// When.
    pub at_ms: i64,
}

/// A learner takes a course.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EnrolmentV1 {
    /// Who.
    pub learner: u128,
    /// Code of the course.
    pub course: String,
    /// When.
    pub at_ms: i64,
}

/// A session moved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SessionV1 {
    /// Whose.
    pub learner: u128,
    /// Which.
    pub session: u128,
    /// 0 mathematics, 1 English, 2 comprehension, 3 debate, 4 general.
    pub module: u8,
    /// 0 started, 1 paused, 2 resumed, 3 completed, 4 cancelled.
    pub to: u8,
    /// When.
    pub at_ms: i64,
}

/// An answer was given and judged.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AttemptV1 {
    /// Its own identifier.
    pub attempt: u128,
    /// Who.
    pub learner: u128,
    /// In which session.
    pub session: u128,
    /// Code of the exercise.
    pub exercise: String,
    /// Code of the skill.
    pub skill: String,
    /// Numbers drawn.
    pub numbers: Vec<i64>,
    /// When.
    pub at_ms: i64,
    /// Number of the channel.
    pub channel: u8,
    /// 0 right, 1 not yet, 2 deferred.
    pub outcome: u8,
    /// 0..=100.
    pub difficulty: u8,
    /// From 1.
    pub attempt_number: u8,
    /// Hints given before.
    pub hints: u8,
    /// From the end of the question to the start of the answer.
    pub latency_ms: u32,
    /// Index of the misconception shown.
    pub misconception: Option<u8>,
    /// Given because it was due.
    pub review: bool,
    /// Chance of being right by luck, in percent, 0..=50.
    pub luck_percent: u8,
}

/// How a learner feels.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FeelingV1 {
    /// Who.
    pub learner: u128,
    /// In which session.
    pub session: Option<u128>,
    /// 0 good, 1 middling, 2 low, 3 frustrated, 4 lost.
    pub feeling: u8,
    /// 0 before the lesson, 1 in it, 2 after it.
    pub moment: u8,
    /// When.
    pub at_ms: i64,
}

/// What a learner prefers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PreferenceV1 {
    /// Who.
    pub learner: u128,
    /// What, such as `language` or `pace`.
    pub name: String,
    /// Its value, such as `rw` or `slow`.
    pub value: String,
    /// When.
    pub at_ms: i64,
}

/// Homework was given.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HomeworkV1 {
    /// Who.
    pub learner: u128,
    /// Code of the lesson.
    pub lesson: String,
    /// When.
    pub at_ms: i64,
}

/// A placement found where a learner starts. It is folded in its place among the attempts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PlacementV1 {
    /// Whose.
    pub learner: u128,
    /// 0 mathematics, 1 English, 2 comprehension, 3 debate, 4 general.
    pub module: u8,
    /// Codes of the skills below the learner's level, in teaching order.
    pub below: Vec<String>,
    /// When.
    pub at_ms: i64,
}

/// A session was evaluated, provisionally.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EvaluationV1 {
    /// Whose.
    pub learner: u128,
    /// Which session.
    pub session: u128,
    /// 1..=10.
    pub proficiency: Option<u8>,
    /// 1..=10.
    pub investment: Option<u8>,
    /// The observables it was drawn from; holds no words of the learner.
    pub reason: String,
    /// When.
    pub at_ms: i64,
}

/// A learner asked something.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct QuestionV1 {
    /// Who.
    pub learner: u128,
    /// The words.
    pub words: Sealed,
    /// Their language.
    pub language: LanguageTag,
    /// Code of the exercise it was asked in.
    pub exercise: Option<String>,
    /// Answered from the pack; else it waits.
    pub answered: bool,
    /// When.
    pub at_ms: i64,
}

/// An open answer waits for the hub's verdict.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenAnswerV1 {
    /// The attempt it belongs to.
    pub attempt: u128,
    /// Who.
    pub learner: u128,
    /// Code of the exercise.
    pub exercise: String,
    /// The words.
    pub words: Sealed,
    /// Their language.
    pub language: LanguageTag,
    /// When.
    pub at_ms: i64,
}

/// A human mentor should look.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TicketV1 {
    /// Who.
    pub learner: u128,
    /// Code of the skill.
    pub skill: Option<String>,
    /// Why, in plain words; holds no words of the learner.
    pub reason: String,
    /// When.
    pub at_ms: i64,
}

/// Words that a safeguarding officer must see.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SafeguardingV1 {
    /// Who, if enrolled.
    pub learner: Option<u128>,
    /// Which kind of sign.
    pub concern: String,
    /// The learner speaks about somebody else.
    pub third_person: bool,
    /// The recogniser was not sure of the words.
    pub doubtful: bool,
    /// The words.
    pub words: Sealed,
    /// When.
    pub at_ms: i64,
}

/// What a learner asked about their data and messages.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct WishV1 {
    /// Who, if enrolled.
    pub learner: Option<u128>,
    /// 0 no more messages, 1 messages again, 2 delete my data.
    pub wish: u8,
    /// When.
    pub at_ms: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT_MS: i64 = 1_790_000_000_000;
    const RW: LanguageTag = *b"rw\0";

    /// One of each shipped form, with every field filled.
    fn shipped() -> Vec<Event> {
        [of_learning(), of_wishes(), of_judging_and_control()].concat()
    }

    fn of_learning() -> Vec<Event> {
        let (learner, session, at_ms) = (1, 2, AT_MS);
        vec![
            Event::Learner(LearnerV1 {
                learner,
                name: sealed(),
                language: RW,
                age: Some(9),
                at_ms,
            }),
            Event::Consent(ConsentV1 {
                learner,
                by: 1,
                wording: 1,
                channel: 0,
                at_ms,
            }),
            Event::Enrolment(EnrolmentV1 {
                learner,
                course: text("mathematics"),
                at_ms,
            }),
            Event::Session(SessionV1 {
                learner,
                session,
                module: 0,
                to: 3,
                at_ms,
            }),
            Event::Attempt(AttemptV1 {
                attempt: 3,
                learner,
                session,
                exercise: text("ma1.add-10.both"),
                skill: text("ma1.add-10"),
                numbers: vec![3, -4],
                at_ms,
                channel: 0,
                outcome: 1,
                difficulty: 15,
                attempt_number: 2,
                hints: 1,
                latency_ms: 4200,
                misconception: Some(0),
                review: true,
                luck_percent: 0,
            }),
            Event::Feeling(FeelingV1 {
                learner,
                session: Some(2),
                feeling: 1,
                moment: 2,
                at_ms,
            }),
        ]
    }

    fn of_wishes() -> Vec<Event> {
        let (learner, at_ms) = (1, AT_MS);
        vec![
            Event::Preference(PreferenceV1 {
                learner,
                name: text("pace"),
                value: text("slow"),
                at_ms,
            }),
            Event::Homework(HomeworkV1 {
                learner,
                lesson: text("ma1-adding"),
                at_ms,
            }),
            Event::Placement(PlacementV1 {
                learner,
                module: 0,
                below: vec![text("ma1.count"), text("ma1.add-10")],
                at_ms,
            }),
        ]
    }

    fn of_judging_and_control() -> Vec<Event> {
        let (learner, session, language, at_ms) = (1, 2, RW, AT_MS);
        let (proficiency, investment, reason) = (Some(6), None, text("5 of 6"));
        let (exercise, concern) = (text("c.1"), text("violence"));
        vec![
            Event::Evaluation(EvaluationV1 {
                learner,
                session,
                proficiency,
                investment,
                reason,
                at_ms,
            }),
            Event::Question(QuestionV1 {
                learner,
                words: sealed(),
                language,
                exercise: None,
                answered: false,
                at_ms,
            }),
            Event::OpenAnswer(OpenAnswerV1 {
                attempt: 3,
                learner,
                exercise,
                words: sealed(),
                language,
                at_ms,
            }),
            Event::Ticket(TicketV1 {
                learner,
                skill: None,
                reason: text("six tries"),
                at_ms,
            }),
            Event::Safeguarding(SafeguardingV1 {
                learner: None,
                concern,
                third_person: true,
                doubtful: false,
                words: sealed(),
                at_ms,
            }),
            Event::Wish(WishV1 {
                learner: Some(1),
                wish: 2,
                at_ms,
            }),
        ]
    }

    fn sealed() -> Sealed {
        Sealed(vec![7; 5])
    }

    fn text(words: &str) -> String {
        words.to_owned()
    }

    #[test]
    fn every_shipped_form_keeps_its_bytes() {
        let golden = include_str!("../../fixtures/events-v1.txt");
        let lines = shipped().into_iter().map(|event| {
            let bytes = event.to_frame().unwrap().to_bytes().unwrap();
            let (kind, schema) = event.numbers();
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{kind}/{schema} {hex}\n")
        });
        assert_eq!(
            lines.collect::<String>(),
            golden,
            "a form that has shipped must not change"
        );
    }

    #[test]
    fn every_form_reads_back_and_names_its_own_lane() {
        for event in shipped() {
            let reading = Event::from_frame(&event.to_frame().unwrap());
            let hundreds = event.numbers().0 / 100;
            let lane =
                [Lane::Progress, Lane::Evaluations, Lane::Control][usize::from(hundreds) - 1];
            assert_eq!(event.lane(), lane);
            assert_eq!(reading, Ok(Reading::Known(event)));
        }
    }

    #[test]
    fn a_form_of_a_newer_program_is_kept_raw() {
        let newer = Frame {
            kind: 104,
            schema: 9,
            body: vec![1, 2, 3],
        };
        assert_eq!(Event::from_frame(&newer), Ok(Reading::Unknown));
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(kind in 100u16..112, body: Vec<u8>) {
            let frame = Frame { kind, schema: 1, body };
            if let Ok(Reading::Known(event)) = Event::from_frame(&frame) {
                let again = event.to_frame().unwrap();
                prop_assert_eq!(Event::from_frame(&again), Ok(Reading::Known(event)));
            }
        }
    }
}
