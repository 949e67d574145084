//! What is known when a conversation begins.

use curriculum::Language;
use curriculum::answer::Channel;
use curriculum::id::LearnerId;
use curriculum::interface::{Form, Interface};
use curriculum::learner::LearnerModel;
use curriculum::safeguarding::Watch;
use curriculum::time::UtcOffset;

use super::lessons::Lessons;
use super::output::Pace;

/// What every conversation of a box shares.
#[derive(Clone, Debug)]
pub struct Context {
    /// What can be taught.
    pub lessons: Lessons,
    /// What the tutor says outside lessons.
    pub interface: Interface,
    /// What must alarm.
    pub watches: Vec<Watch>,
    /// Local time of the place.
    pub offset: UtcOffset,
    /// Languages offered at first contact, most used first, at most four.
    pub languages: Vec<Language>,
    /// Languages that this box can hear.
    pub hears: Vec<Language>,
    /// Languages that this box has a voice for.
    pub speaks: Vec<Language>,
}

/// How this conversation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Recorded with what happens.
    pub channel: Channel,
    /// `Form::Voice` gives `Say`, `Form::Text` gives `Text`.
    pub form: Form,
}

impl Line {
    /// The usual form of a channel.
    pub fn of(channel: Channel) -> Self {
        let form = match channel {
            Channel::Voice => Form::Voice,
            Channel::Sms | Channel::Ussd | Channel::Whatsapp | Channel::Terminal => Form::Text,
        };
        Self { channel, form }
    }
}

/// A learner known on this telephone.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownLearner {
    /// Who.
    pub id: LearnerId,
    /// As the learner wants to be called.
    pub name: String,
    /// Language of instruction.
    pub language: Language,
    /// How fast to speak.
    pub pace: Pace,
    /// What the learner knows.
    pub model: LearnerModel,
}
