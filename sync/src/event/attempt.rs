//! Attempts between the form they travel in and the form the learner model folds.

use curriculum::Timestamp;
use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::grade::Outcome;
use curriculum::id::{AttemptId, ExerciseId, IdError, LearnerId, SessionId, SkillId};

use super::body::AttemptV1;

/// A frozen attempt that holds a value its form does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttemptError {
    /// A code that is none.
    #[error("read attempt: {0}")]
    Code(#[from] IdError),
    /// A number outside its list.
    #[error("read attempt: no {what} has number {number}")]
    Number {
        /// Which list.
        what: &'static str,
        /// The number found.
        number: u8,
    },
}

const CHANNELS: [Channel; 5] = [
    Channel::Voice,
    Channel::Sms,
    Channel::Ussd,
    Channel::Whatsapp,
    Channel::Terminal,
];
const OUTCOMES: [Outcome; 3] = [Outcome::Right, Outcome::NotYet, Outcome::Deferred];

/// A channel's number in every frozen form: 0 voice, 1 SMS, 2 USSD, 3 WhatsApp, 4 terminal.
pub fn channel_number(channel: Channel) -> u8 {
    number_in(&CHANNELS, channel)
}

impl From<&Attempt> for AttemptV1 {
    fn from(attempt: &Attempt) -> Self {
        Self {
            attempt: attempt.id.0,
            learner: attempt.learner.0,
            session: attempt.session.0,
            exercise: attempt.exercise.as_str().to_owned(),
            skill: attempt.skill.as_str().to_owned(),
            numbers: attempt.numbers.clone(),
            at_ms: attempt.at.0,
            channel: channel_number(attempt.channel),
            outcome: number_in(&OUTCOMES, attempt.outcome),
            difficulty: attempt.difficulty,
            attempt_number: attempt.attempt_number,
            hints: attempt.hints,
            latency_ms: attempt.latency_ms,
            misconception: attempt.misconception,
            review: attempt.review,
            luck_percent: attempt.luck_percent,
        }
    }
}

impl TryFrom<&AttemptV1> for Attempt {
    type Error = AttemptError;

    fn try_from(frozen: &AttemptV1) -> Result<Self, AttemptError> {
        Ok(Self {
            id: AttemptId(frozen.attempt),
            learner: LearnerId(frozen.learner),
            session: SessionId(frozen.session),
            exercise: ExerciseId::new(&frozen.exercise)?,
            skill: SkillId::new(&frozen.skill)?,
            numbers: frozen.numbers.clone(),
            at: Timestamp(frozen.at_ms),
            channel: numbered(&CHANNELS, "channel", frozen.channel)?,
            outcome: numbered(&OUTCOMES, "outcome", frozen.outcome)?,
            difficulty: frozen.difficulty,
            attempt_number: frozen.attempt_number,
            hints: frozen.hints,
            latency_ms: frozen.latency_ms,
            misconception: frozen.misconception,
            review: frozen.review,
            luck_percent: frozen.luck_percent,
        })
    }
}

fn number_in<T: PartialEq + Copy>(list: &[T], value: T) -> u8 {
    let index = list.iter().position(|candidate| *candidate == value);
    index
        .and_then(|index| u8::try_from(index).ok())
        .expect("every value is in its short list")
}

fn numbered<T: Copy>(list: &[T], what: &'static str, number: u8) -> Result<T, AttemptError> {
    list.get(usize::from(number))
        .copied()
        .ok_or(AttemptError::Number { what, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_survives_its_frozen_form() {
        for (channel, outcome) in CHANNELS.into_iter().zip(OUTCOMES.into_iter().cycle()) {
            let attempt = Attempt {
                id: AttemptId(1),
                learner: LearnerId(2),
                session: SessionId(3),
                exercise: ExerciseId::new("ma1.add-10.both").unwrap(),
                skill: SkillId::new("ma1.add-10").unwrap(),
                numbers: vec![2, 3],
                at: Timestamp(5),
                channel,
                outcome,
                difficulty: 15,
                attempt_number: 1,
                hints: 0,
                latency_ms: 2100,
                misconception: None,
                review: false,
                luck_percent: 33,
            };
            assert_eq!(Attempt::try_from(&AttemptV1::from(&attempt)), Ok(attempt));
        }
    }

    #[test]
    fn a_number_outside_its_list_is_named() {
        assert_eq!(
            numbered(&CHANNELS, "channel", 9),
            Err(AttemptError::Number {
                what: "channel",
                number: 9
            })
        );
    }
}
