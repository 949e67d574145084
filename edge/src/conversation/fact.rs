//! One fact of a dialogue: its rows, and the event that travels.

use curriculum::Language;
use curriculum::attempt::Attempt;
use curriculum::course::Module;
use curriculum::id::{LearnerId, SkillId};
use curriculum::learner::LearnerModel;
use curriculum::session::Move;
use curriculum::time::UtcOffset;
use rusqlite::Transaction;
use sync::event::{
    AttemptV1, ConsentV1, EnrolmentV1, EvaluationV1, Event, FeelingV1, HomeworkV1, LanguageTag,
    LearnerV1, OpenAnswerV1, PlacementV1, PreferenceV1, QuestionV1, SafeguardingV1, Sealed,
    SessionV1, TicketV1, WishV1, channel_number,
};

use crate::dialogue::{
    ConsentBy, ControlFact, EnrolmentFact, Fact, Feeling, Moment, Pace, Preference, SittingFact,
    WordsFact,
};
use crate::store::learner::{self, Learner, RowError};
use crate::store::sealing::{BoxSecret, Key, TelephoneId};
use crate::store::sitting::Evaluation;
use crate::store::{attempt, placement, sitting, telephone};

/// Where a fact is written.
pub(super) struct Page<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) secret: &'a BoxSecret,
    pub(super) telephone: TelephoneId,
    pub(super) offset: UtcOffset,
}

impl Page<'_> {
    /// Writes a fact's rows and returns its event; `None` for a fact that is there already.
    pub(super) fn write(&self, fact: &Fact) -> Result<Option<Event>, RowError> {
        let event = match fact {
            Fact::AttemptMade(attempt) => return self.attempt(attempt),
            Fact::PlacementMade {
                learner,
                module,
                below,
                at,
            } => return self.placement(*learner, *module, below, at.0),
            Fact::Words(fact) => self.words(fact)?,
            Fact::TicketOpened {
                learner,
                skill,
                reason,
                at,
            } => Event::Ticket(TicketV1 {
                learner: learner.0,
                skill: skill.as_ref().map(ToString::to_string),
                reason: reason.clone(),
                at_ms: at.0,
            }),
            Fact::Enrolment(fact) => self.enrolment(fact)?,
            Fact::Sitting(fact) => self.session(fact)?,
            Fact::Control(fact) => self.control(fact)?,
            Fact::PreferenceChanged {
                learner,
                preference,
                at,
            } => self.preference(*learner, *preference, at.0)?,
            Fact::HomeworkGiven {
                learner,
                lesson,
                text,
                at,
            } => {
                sitting::keep_homework(self.transaction, *learner, lesson.as_str(), text, at.0)?;
                let lesson = lesson.to_string();
                Event::Homework(HomeworkV1 {
                    learner: learner.0,
                    lesson,
                    at_ms: at.0,
                })
            }
        };
        Ok(Some(event))
    }

    /// Facts that carry a learner's own words to the hub.
    fn words(&self, fact: &WordsFact) -> Result<Event, RowError> {
        Ok(match fact {
            WordsFact::VerdictAsked {
                attempt,
                answer,
                language,
            } => Event::OpenAnswer(OpenAnswerV1 {
                attempt: attempt.id.0,
                learner: attempt.learner.0,
                exercise: attempt.exercise.to_string(),
                words: self.sealed(Some(attempt.learner), answer)?,
                language: tag(*language),
                at_ms: attempt.at.0,
            }),
            WordsFact::QuestionAsked {
                learner,
                text,
                language,
                exercise,
                answered,
                at,
            } => Event::Question(QuestionV1 {
                learner: learner.0,
                words: self.sealed(Some(*learner), text)?,
                language: tag(*language),
                exercise: exercise.as_ref().map(ToString::to_string),
                answered: *answered,
                at_ms: at.0,
            }),
        })
    }

    /// The attempt, the fold with it, and its event: one fact.
    fn attempt(&self, attempt: &Attempt) -> Result<Option<Event>, RowError> {
        let event = Event::Attempt(AttemptV1::from(attempt));
        let body = body("attempt", &event)?;
        if !attempt::add(self.transaction, attempt, &body)? {
            return Ok(None);
        }
        self.fold(attempt.learner, |model| {
            model.apply(attempt);
        })?;
        telephone::link(
            self.transaction,
            self.telephone,
            attempt.learner,
            attempt.at.0,
        )?;
        Ok(Some(event))
    }

    /// The placement, the fold with it, and its event: one fact.
    fn placement(
        &self,
        learner: LearnerId,
        module: Module,
        below: &[SkillId],
        at_ms: i64,
    ) -> Result<Option<Event>, RowError> {
        let event = Event::Placement(PlacementV1 {
            learner: learner.0,
            module: module_number(module),
            below: below.iter().map(ToString::to_string).collect(),
            at_ms,
        });
        let body = body("placement", &event)?;
        if !placement::add(self.transaction, learner, at_ms, &body)? {
            return Ok(None);
        }
        self.fold(learner, |model| model.apply_placement(below))?;
        Ok(Some(event))
    }

    /// Lets the learner's kept model take something in; nothing happens if the learner is gone.
    fn fold(
        &self,
        learner: LearnerId,
        take_in: impl FnOnce(&mut LearnerModel),
    ) -> Result<(), RowError> {
        let Some(known) = learner::find(self.transaction, self.secret, learner)? else {
            return Ok(());
        };
        let mut model = known
            .model
            .unwrap_or_else(|| LearnerModel::new(self.offset));
        take_in(&mut model);
        learner::keep_model(self.transaction, learner, &model)
    }

    fn enrolment(&self, fact: &EnrolmentFact) -> Result<Event, RowError> {
        match fact {
            EnrolmentFact::LearnerEnrolled {
                learner,
                name,
                language,
                age,
                at,
            } => {
                let row = Learner {
                    id: *learner,
                    name: name.clone(),
                    language: *language,
                    age: *age,
                    pace: "usual".to_owned(),
                    model: None,
                };
                let key = learner::add(self.transaction, self.secret, &row, at.0)?;
                telephone::link(self.transaction, self.telephone, *learner, at.0)?;
                Ok(Event::Learner(LearnerV1 {
                    learner: learner.0,
                    name: key.seal(name.as_bytes())?,
                    language: tag(*language),
                    age: *age,
                    at_ms: at.0,
                }))
            }
            EnrolmentFact::ConsentGiven {
                learner,
                by,
                wording,
                channel,
                at,
            } => {
                let (number, given_by) = match by {
                    ConsentBy::Learner => (0, "learner"),
                    ConsentBy::Guardian => (1, "guardian"),
                };
                sitting::keep_consent(self.transaction, *learner, given_by, *wording, at.0)?;
                let channel = channel_number(*channel);
                let (learner, wording, at_ms) = (learner.0, *wording, at.0);
                Ok(Event::Consent(ConsentV1 {
                    learner,
                    by: number,
                    wording,
                    channel,
                    at_ms,
                }))
            }
            EnrolmentFact::Enrolled {
                learner,
                course,
                at,
            } => Ok(Event::Enrolment(EnrolmentV1 {
                learner: learner.0,
                course: course.to_string(),
                at_ms: at.0,
            })),
        }
    }

    fn session(&self, fact: &SittingFact) -> Result<Event, RowError> {
        match fact {
            SittingFact::SessionMoved {
                learner,
                session,
                module,
                to,
                cause: _,
                at,
            } => {
                let (number, state) = session_state(*to);
                let module_name = module_name(*module);
                let transaction = self.transaction;
                sitting::keep_session(transaction, *session, *learner, module_name, state, at.0)?;
                Ok(Event::Session(SessionV1 {
                    learner: learner.0,
                    session: session.0,
                    module: module_number(*module),
                    to: number,
                    at_ms: at.0,
                }))
            }
            SittingFact::FeelingNoted {
                learner,
                session,
                feeling,
                moment,
                at,
            } => Ok(Event::Feeling(FeelingV1 {
                learner: learner.0,
                session: session.map(|session| session.0),
                feeling: feeling_number(*feeling),
                moment: moment_number(*moment),
                at_ms: at.0,
            })),
            SittingFact::EvaluationMade {
                learner,
                session,
                proficiency,
                investment,
                reason,
                at,
            } => {
                let (proficiency, investment) = (*proficiency, *investment);
                let (session, learner, at_ms) = (*session, *learner, at.0);
                let row = Evaluation {
                    session,
                    learner,
                    proficiency,
                    investment,
                    reason,
                    at_ms,
                };
                sitting::keep_evaluation(self.transaction, &row)?;
                let (session, learner, reason) = (session.0, learner.0, reason.clone());
                Ok(Event::Evaluation(EvaluationV1 {
                    learner,
                    session,
                    proficiency,
                    investment,
                    reason,
                    at_ms,
                }))
            }
        }
    }

    fn control(&self, fact: &ControlFact) -> Result<Event, RowError> {
        let (learner, wish, at) = match fact {
            ControlFact::SafeguardingFlagged {
                learner,
                concern,
                third_person,
                words,
                doubtful,
                at,
            } => {
                let said = (concern.as_str(), words.as_str());
                let (transaction, secret) = (self.transaction, self.secret);
                sitting::keep_sign(transaction, secret, self.telephone, *learner, said, at.0)?;
                return Ok(Event::Safeguarding(SafeguardingV1 {
                    learner: learner.map(|learner| learner.0),
                    concern: concern.clone(),
                    third_person: *third_person,
                    doubtful: *doubtful,
                    words: self.sealed(*learner, words)?,
                    at_ms: at.0,
                }));
            }
            ControlFact::StopRequested { learner, at } => {
                telephone::set_stopped(self.transaction, self.telephone, true)?;
                (*learner, 0, at)
            }
            ControlFact::StartRequested { learner, at } => {
                telephone::set_stopped(self.transaction, self.telephone, false)?;
                (*learner, 1, at)
            }
            ControlFact::DeletionRequested { learner, at } => {
                learner::delete(self.transaction, *learner)?;
                (Some(*learner), 2, at)
            }
        };
        Ok(Event::Wish(WishV1 {
            learner: learner.map(|learner| learner.0),
            wish,
            at_ms: at.0,
        }))
    }

    fn preference(
        &self,
        learner: LearnerId,
        preference: Preference,
        at_ms: i64,
    ) -> Result<Event, RowError> {
        let (language, pace) = match preference {
            Preference::Language(language) => (Some(language), None),
            Preference::Pace(pace) => (None, Some(pace_name(pace))),
        };
        learner::prefer(self.transaction, learner, language, pace)?;
        let (name, value) = match language {
            Some(language) => ("language", language.to_string()),
            None => ("pace", pace.unwrap_or("usual").to_owned()),
        };
        Ok(Event::Preference(PreferenceV1 {
            learner: learner.0,
            name: name.to_owned(),
            value,
            at_ms,
        }))
    }

    /// Words sealed with the learner's key; with the box's where there is no learner yet.
    fn sealed(&self, learner: Option<LearnerId>, words: &str) -> Result<Sealed, RowError> {
        let own: Option<Key> = match learner {
            Some(learner) => learner::key(self.transaction, self.secret, learner)?,
            None => None,
        };
        Ok(own
            .as_ref()
            .unwrap_or(&self.secret.seal)
            .seal(words.as_bytes())?)
    }
}

/// The frozen form in which a fact is kept and travels.
fn body(table: &'static str, event: &Event) -> Result<Vec<u8>, RowError> {
    let frame = event.to_frame().map_err(|error| RowError::Broken {
        table,
        what: error.to_string(),
    })?;
    Ok(frame.body)
}

/// A pace as kept in a row.
pub(super) fn pace_name(pace: Pace) -> &'static str {
    match pace {
        Pace::Usual => "usual",
        Pace::Slow => "slow",
    }
}

fn tag(language: Language) -> LanguageTag {
    let mut tag = [0; 3];
    let name = language.as_str().as_bytes();
    tag[..name.len()].copy_from_slice(name);
    tag
}

fn module_number(module: Module) -> u8 {
    match module {
        Module::Mathematics => 0,
        Module::English => 1,
        Module::Comprehension => 2,
        Module::Debate => 3,
        Module::General => 4,
    }
}

fn module_name(module: Module) -> &'static str {
    [
        "mathematics",
        "english",
        "comprehension",
        "debate",
        "general",
    ][usize::from(module_number(module))]
}

fn session_state(to: Move) -> (u8, &'static str) {
    match to {
        Move::Start => (0, "active"),
        Move::Pause => (1, "paused"),
        Move::Resume => (2, "active"),
        Move::Complete => (3, "completed"),
        Move::Cancel => (4, "cancelled"),
    }
}

fn feeling_number(feeling: Feeling) -> u8 {
    match feeling {
        Feeling::Good => 0,
        Feeling::Middling => 1,
        Feeling::Low => 2,
        Feeling::Frustrated => 3,
        Feeling::Lost => 4,
    }
}

fn moment_number(moment: Moment) -> u8 {
    match moment {
        Moment::Before => 0,
        Moment::During => 1,
        Moment::After => 2,
    }
}
