//! A sitting: begun, gone on with, paused, closed; and the choice of what is asked next.

use std::collections::BTreeMap;
use std::sync::Arc;

use curriculum::course::Module;
use curriculum::exercise::{Exercise, Output as Kind};
use curriculum::id::{ExerciseId, SessionId, SkillId};
use curriculum::interface::Saying;
use curriculum::question::Question;
use curriculum::schedule::{self, Candidate, Choice, Format, Method, Reason, Request};
use curriculum::session::{Cause, Move};

use super::fact::{EnrolmentFact, Fact, Moment, SittingFact};
use super::machine::{Dialogue, Role};
use super::output::End;
use super::piece::{Fill, Part, Piece};
use super::state::{Item, Phase, Sitting, Step, Tally, Why};
use super::welcome::{is_new, is_stale};

/// A spoken sitting closes at the next success after this long (pedagogy 1b), and at any answer
/// after [`BUDGET_MS_MAX`].
const BUDGET_MS: u64 = 120_000;
const BUDGET_MS_MAX: u64 = 240_000;
/// Without a clock that means anything, by message, a sitting is counted in questions.
const QUESTIONS: u16 = 6;
const QUESTIONS_MAX: u16 = 10;
/// Draws tried before an exercise counts as used up.
const DRAWS_TRIED: usize = 4;

impl Dialogue {
    pub(super) fn item(&self) -> Option<&Item> {
        self.state.sitting.as_ref()?.item.as_ref()
    }

    pub(super) fn item_mut(&mut self) -> Option<&mut Item> {
        self.state.sitting.as_mut()?.item.as_mut()
    }

    pub(super) fn drop_item(&mut self) {
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.item = None;
        }
    }

    /// After consent: what to expect, and the first questions.
    pub(super) fn first_sitting(&mut self) {
        self.go_on();
    }

    /// Goes on by default: at the same question, else with what comes next.
    pub(super) fn resume(&mut self) {
        if self.learner().is_none() {
            return self.open();
        }
        let now = self.now;
        let sitting = self.state.sitting.as_ref();
        let is_over = |s: &Sitting| s.closed || (s.paused && is_stale(s.paused_at, now));
        let fresh = sitting.filter(|sitting| !is_over(sitting));
        match fresh.map(|sitting| (sitting.item.is_some(), sitting.paused)) {
            Some((true, paused)) => {
                self.unpause();
                if paused {
                    self.aside(Saying::ResumeHere, Vec::new());
                }
                self.ask_item();
            }
            Some((false, _)) => {
                self.unpause();
                self.next();
            }
            None => {
                self.recap();
                self.go_on();
            }
        }
    }

    /// One line on what was learnt last.
    fn recap(&mut self) {
        let Some(learner) = self.learner().filter(|learner| !is_new(learner)) else {
            return;
        };
        // A skill that no pack names any more cannot be spoken of.
        let named = |skill: &SkillId| self.context.lessons.skill(skill).is_some();
        let practised = learner.model.skills().filter(|(skill, _)| named(skill));
        let latest = practised.max_by_key(|(_, record)| record.practised_at);
        let latest = latest.map(|(skill, _)| skill.clone());
        // What the sitting is about is said anyway.
        let next = self.subject_due().and_then(|module| self.objective(module));
        if let Some(skill) = latest.filter(|latest| next.as_ref() != Some(latest)) {
            self.aside(Saying::Recap, vec![Fill::Skill(skill)]);
        }
    }

    /// A new sitting in the subject most in need.
    fn go_on(&mut self) {
        let last = self.state.sitting.as_ref().map(|sitting| sitting.module);
        match self.subject_due() {
            Some(module) => {
                if last.is_some_and(|last| last != module) {
                    self.say(Saying::SubjectTurn, vec![Fill::Module(module)]);
                }
                self.begin_sitting(module);
            }
            None => {
                self.say(Saying::NothingToTeach, Vec::new());
                self.end(End::Goodbye);
            }
        }
    }

    /// A new sitting; by voice the feeling is asked first, where it costs one key.
    pub(super) fn begin_sitting(&mut self, module: Module) {
        let known = self.learner().is_some_and(|learner| !is_new(learner));
        // A wish instead of a feeling is answer enough: it is not asked again.
        let asked = matches!(self.state.step, Step::Feeling { .. });
        self.open_sitting(module);
        if known && !asked && self.is_voice() {
            let moment = Moment::Before;
            return self.ask_saying(Step::Feeling { moment }, Saying::FeelingBefore, Vec::new());
        }
        self.next();
    }

    /// A new sitting right after another: no greeting, no feeling.
    pub(super) fn begin_again(&mut self, module: Module) {
        self.open_sitting(module);
        self.next();
    }

    fn open_sitting(&mut self, module: Module) {
        let Some(learner) = self.state.active else {
            return;
        };
        self.leave_sitting();
        let (session, now) = (SessionId(self.fresh_id()), self.now);
        self.enrol_in(module);
        self.state.sitting = Some(Sitting {
            session,
            module,
            spent_ms: 0,
            since: now,
            paused: false,
            paused_at: now,
            closed: false,
            item: None,
            back_to: None,
            twin: None,
            placement: self.placement(module),
            alone: None,
            attempts: Vec::new(),
            asked: schedule::Sitting::default(),
            tally: Tally::default(),
        });
        self.record(SittingFact::SessionMoved {
            learner,
            session,
            module,
            to: Move::Start,
            cause: Cause::Learner,
            at: now,
        });
    }

    /// The sitting that was open is given up: its learner chose another.
    fn leave_sitting(&mut self) {
        let Some(sitting) = self.state.sitting.take().filter(|sitting| !sitting.closed) else {
            return;
        };
        self.record_move(&sitting, Move::Cancel, Cause::Learner);
        self.evaluate(&sitting, Some(Cause::Learner));
    }

    fn enrol_in(&mut self, module: Module) {
        let Some(learner) = self.learner() else {
            return;
        };
        let (id, at) = (learner.id, self.now);
        let candidates = self.context.lessons.candidates(module, self.language());
        let begun = candidates
            .iter()
            .any(|c| learner.model.skill(&c.skill).is_some());
        if let Some(course) = self.context.lessons.course_of(module).filter(|_| !begun) {
            let (learner, course) = (id, course.clone());
            self.record(EnrolmentFact::Enrolled {
                learner,
                course,
                at,
            });
        }
    }

    fn record_move(&mut self, sitting: &Sitting, to: Move, cause: Cause) {
        let (Some(learner), at) = (self.state.active, self.now) else {
            return;
        };
        self.record(SittingFact::SessionMoved {
            learner,
            session: sitting.session,
            module: sitting.module,
            to,
            cause,
            at,
        });
    }

    /// The sitting waits where it is.
    pub(super) fn pause(&mut self, cause: Cause) {
        let now = self.now;
        let open = self
            .state
            .sitting
            .as_mut()
            .filter(|s| !s.closed && !s.paused);
        let Some(sitting) = open else { return };
        sitting.paused = true;
        sitting.paused_at = now;
        let spent = now.since(sitting.since).as_millis();
        sitting.spent_ms = sitting
            .spent_ms
            .saturating_add(u64::try_from(spent).unwrap_or(0));
        let sitting = sitting.clone();
        self.record_move(&sitting, Move::Pause, cause);
    }

    fn unpause(&mut self) {
        let now = self.now;
        let Some(sitting) = self.state.sitting.as_mut().filter(|s| s.paused) else {
            return;
        };
        sitting.paused = false;
        sitting.since = now;
        let sitting = sitting.clone();
        self.record_move(&sitting, Move::Resume, Cause::Learner);
    }

    /// What comes next: the close, the way back from a warm-up, a twin, or the schedule's choice.
    pub(super) fn next(&mut self) {
        let Some(sitting) = self.state.sitting.as_ref() else {
            return self.ask_menu();
        };
        if sitting.placement.is_some() {
            return self.place();
        }
        if self.is_enough(sitting) {
            return self.close();
        }
        self.say_objective();
        let Some(sitting) = self.state.sitting.as_ref() else {
            return self.ask_menu();
        };
        let (right, in_between) = (sitting.tally.last_right, sitting.tally.settled);
        if let Some(back) = self.take_back().filter(|_| right)
            && self.ask_exercise(&back, Phase::Back, Why::Struggle)
        {
            return;
        }
        let alone = self
            .state
            .sitting
            .as_mut()
            .and_then(|sitting| sitting.alone.take());
        if let Some(choice) = alone.and_then(|skill| self.choose(Some(&skill)))
            && self.ask_exercise(&choice.exercise, Phase::Alone, Why::Learning)
        {
            return;
        }
        let due = in_between >= 2 && right;
        let twin = self
            .state
            .sitting
            .as_mut()
            .filter(|_| due)
            .and_then(|s| s.twin.take());
        if let Some(twin) = twin
            && self.ask_exercise(&twin, Phase::Twin, Why::Struggle)
        {
            return;
        }
        match self.choose(None) {
            Some(choice) => self.ask_choice(&choice),
            None => self.close(),
        }
    }

    fn take_back(&mut self) -> Option<ExerciseId> {
        self.state.sitting.as_mut()?.back_to.take()
    }

    /// Stop on success; never in the middle of a story or an argument.
    fn is_enough(&self, sitting: &Sitting) -> bool {
        let tally = &sitting.tally;
        if self.is_voice() {
            let now = u64::try_from(self.now.since(sitting.since).as_millis()).unwrap_or(0);
            let spent = sitting.spent_ms.saturating_add(now);
            let some = tally.settled >= 4;
            return some && (spent >= BUDGET_MS_MAX || (spent >= BUDGET_MS && tally.last_right));
        }
        tally.settled >= QUESTIONS_MAX || (tally.settled >= QUESTIONS && tally.last_right)
    }

    /// The schedule's choice, only among exercises of `skill` if one is given.
    pub(super) fn choose(&mut self, skill: Option<&SkillId>) -> Option<Choice> {
        let seed = self.fresh_seed();
        let sitting = self.state.sitting.as_ref()?;
        let learner = self.learner()?;
        let mut candidates = self
            .context
            .lessons
            .candidates(sitting.module, self.language());
        if self.is_deaf() {
            candidates.retain(|candidate| can_be_keyed(candidate.format));
        }
        if let Some(skill) = skill {
            candidates.retain(|candidate| candidate.skill == *skill);
        }
        let (relevance, alike) = (self.relevance(sitting.module), BTreeMap::new());
        let first = |candidates: &[Candidate]| {
            let plan = schedule::next(&Request {
                model: &learner.model,
                graph: self.context.lessons.graph(),
                candidates,
                sitting: &sitting.asked,
                relevance: &relevance,
                alike: &alike,
                channel: self.line.channel,
                now: self.now,
                seed,
            });
            plan.and_then(|plan| plan.choices.into_iter().next())
        };
        if skill.is_none() && sitting.tally.new_steps > 0 && !self.is_in_stride() {
            // One new step in a sitting; what was begun is made sure instead.
            let begun = |c: &&Candidate| learner.model.skill(&c.skill).is_some();
            let begun: Vec<Candidate> = candidates.iter().filter(begun).cloned().collect();
            if let Some(choice) = first(&begun) {
                return Some(choice);
            }
        }
        first(&candidates)
    }

    /// Nearly everything goes right: steps need not be shown one at a time.
    fn is_in_stride(&self) -> bool {
        self.learner()
            .is_some_and(|learner| learner.model.is_in_stride())
    }

    fn ask_choice(&mut self, choice: &Choice) {
        let practised = self
            .learner()
            .is_some_and(|learner| learner.model.skill(&choice.skill).is_some());
        let why = why(choice, practised);
        let fell = self
            .state
            .sitting
            .as_ref()
            .is_some_and(|s| !s.tally.last_right);
        let tally = self.state.sitting.as_ref().map(|sitting| &sitting.tally);
        let shown = tally.is_some_and(|tally| tally.new_steps > 0);
        let phase = match choice.method {
            _ if choice.review => Phase::Retrieve,
            Method::WarmUp if !fell => Phase::Alone,
            Method::WarmUp => Phase::WarmUp,
            Method::Show if shown && self.is_in_stride() => Phase::Alone,
            Method::Show | Method::Together => Phase::Guided,
            Method::Ask | Method::Otherwise if choice.reasons.contains(&Reason::Challenge) => {
                Phase::Challenge
            }
            Method::Ask | Method::Otherwise => Phase::Alone,
        };
        if !self.ask_exercise(&choice.exercise, phase, why) {
            self.close();
        }
    }

    /// Asks an exercise with fresh numbers; `false` if it has none left.
    pub(super) fn ask_exercise(&mut self, id: &ExerciseId, phase: Phase, why: Why) -> bool {
        let Some(exercise) = self.context.lessons.exercise(id).cloned() else {
            return false;
        };
        let Some(question) = self.draw(&exercise) else {
            return false;
        };
        let item = Item {
            exercise: id.clone(),
            numbers: question.numbers().to_vec(),
            story: None,
            slot: 0,
            filled: 0,
            phase,
            why,
            review: phase == Phase::Retrieve,
            tries: 0,
            hints: 0,
            asked: self.now,
        };
        self.introduce(&item);
        let is_story = matches!(exercise.output, Kind::Story { .. });
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.tally.put = sitting.tally.put.saturating_add(1);
            sitting.tally.phase = Some(item.phase);
            if item.phase != Phase::Placement {
                note_worked(&mut sitting.tally, &exercise.skill);
            }
            sitting.item = Some(item);
        }
        if is_story {
            self.begin_story(id);
        } else {
            self.ask_item();
        }
        true
    }

    /// Fresh numbers for an exercise; `None` if every one came within 30 days. What is told in one
    /// way only may come again.
    fn draw(&mut self, exercise: &Arc<Exercise>) -> Option<Question> {
        let (learner, now) = (self.learner()?, self.now);
        let seen = learner.model.recent_draws(&exercise.id, now);
        let mut seen: Vec<Vec<i64>> = seen.map(<[i64]>::to_vec).collect();
        let mut drawn = None;
        for _ in 0..DRAWS_TRIED {
            let seed = self.fresh_seed();
            let next = Question::draw(exercise, seed, &seen).ok();
            if next.is_none() && exercise.generator.is_none() {
                seen.clear();
            }
            drawn = next.or(drawn);
            // Somebody in a story who is called as the learner is leads the thoughts astray.
            if drawn
                .as_ref()
                .is_some_and(|question| !self.is_named_in(question))
            {
                break;
            }
        }
        drawn
    }

    fn is_named_in(&self, question: &Question) -> bool {
        let text = question.input(self.language());
        self.learner()
            .is_some_and(|learner| text.contains(&learner.name))
    }

    /// What is said before the question: its part in the lesson, and the step worked aloud.
    fn introduce(&mut self, item: &Item) {
        let exercise = self.context.lessons.exercise(&item.exercise);
        let kind = exercise.map(|exercise| &exercise.output);
        if matches!(kind, Some(Kind::Story { .. } | Kind::Argument { .. })) {
            return;
        }
        let before = self
            .state
            .sitting
            .as_ref()
            .and_then(|sitting| sitting.tally.phase);
        let same = before == Some(item.phase);
        match item.phase {
            Phase::Placement => {}
            Phase::Alone | Phase::Challenge | Phase::WarmUp if same => {}
            Phase::Retrieve => self.aside(Saying::OldIntro, Vec::new()),
            Phase::Guided => {
                if item.why == Why::New {
                    self.put(self.piece(Saying::NewIntro, Vec::new()), Role::Lead);
                    if let Some(sitting) = self.state.sitting.as_mut() {
                        sitting.tally.new_steps = sitting.tally.new_steps.saturating_add(1);
                    }
                }
                self.put(content(Part::Theory, item), Role::Step);
                self.put(self.piece(Saying::GuidedIntro, Vec::new()), Role::Lead);
            }
            Phase::Alone => self.aside(Saying::AloneIntro, Vec::new()),
            Phase::WarmUp => self.say(Saying::WarmUpIntro, Vec::new()),
            Phase::Back => self.aside(Saying::BackIntro, Vec::new()),
            Phase::Challenge => self.aside(Saying::ChallengeIntro, Vec::new()),
            Phase::Twin => self.aside(Saying::TwinIntro, Vec::new()),
        }
    }

    /// Puts the question at hand.
    pub(super) fn ask_item(&mut self) {
        let Some(item) = self.item().cloned() else {
            return self.next();
        };
        let mut pieces = Vec::new();
        if let Some(cue) = self.slot_cue(&item) {
            if item.slot == 0 {
                pieces.push(content(Part::Question, &item));
            }
            pieces.push(content(cue, &item));
        } else {
            if self.is_voice() {
                pieces.push(content(Part::Introduction, &item));
            }
            pieces.push(content(Part::Question, &item));
        }
        self.ask(Step::Exercise, pieces);
    }

    /// The close: what the learner can do now, homework, one more or not.
    pub(super) fn close(&mut self) {
        let Some(sitting) = self.state.sitting.as_mut() else {
            return self.ask_menu();
        };
        sitting.item = None;
        sitting.closed = true;
        let sitting = sitting.clone();
        self.record_move(&sitting, Move::Complete, Cause::Learner);
        self.evaluate(&sitting, None);
        self.say_achieved(&sitting);
        self.say_earned(&sitting);
        if self.is_voice() {
            self.give_homework(&sitting);
        }
        let moment = Moment::After;
        self.ask_saying(Step::Feeling { moment }, Saying::FeelingAfter, Vec::new());
    }

    fn say_achieved(&mut self, sitting: &Sitting) {
        let now = self.now;
        let Some(learner) = self.learner() else {
            return;
        };
        let known = |skill: &&SkillId| learner.model.mastery(skill, now).chance() >= 0.6;
        let worked = || sitting.tally.worked.iter().rev();
        let can = worked().find(known).cloned();
        let tried = worked().next().cloned();
        match (can, tried) {
            (Some(skill), _) => self.say(Saying::CloseCan, vec![Fill::Skill(skill)]),
            (None, Some(skill)) => self.say(Saying::CloseWorked, vec![Fill::Skill(skill)]),
            (None, None) => {}
        }
    }

    /// One problem by message, of the skill that was worked on last.
    fn give_homework(&mut self, sitting: &Sitting) {
        let Some(skill) = sitting.tally.worked.last().cloned() else {
            return;
        };
        let Some(choice) = self.choose(Some(&skill)) else {
            return;
        };
        let exercise = self.context.lessons.exercise(&choice.exercise).cloned();
        let drawn = exercise.and_then(|exercise| self.draw(&exercise));
        let lesson = self.context.lessons.lesson_of(&choice.exercise).cloned();
        let (Some(question), Some(lesson)) = (drawn, lesson) else {
            return;
        };
        let problem = question.sms(self.language());
        let (Some(learner), Some(name)) = (self.state.active, self.name()) else {
            return;
        };
        let wording = self.context.interface.wording(self.language());
        let lead = wording.say(Saying::HomeworkText, curriculum::interface::Form::Text, 0);
        let text = format!("{} {problem}", lead.replace("{name}", &name));
        let at = self.now;
        self.record(Fact::HomeworkGiven {
            learner,
            lesson,
            text,
            at,
        });
        self.say(Saying::Homework, Vec::new());
    }
}

/// A text of the item's exercise.
pub(super) fn content(part: Part, item: &Item) -> Piece {
    Piece::Content {
        part,
        exercise: item.exercise.clone(),
        numbers: item.numbers.clone(),
    }
}

/// Answers that telephone keys can give.
pub(super) fn can_be_keyed(format: Format) -> bool {
    matches!(format, Format::Number | Format::Choice | Format::Order)
}

fn why(choice: &Choice, practised: bool) -> Why {
    let first = choice.reasons.iter().find_map(|reason| match reason {
        Reason::Due { .. } | Reason::LongAgo { .. } => Some(Why::Due),
        Reason::NeededFor(_) => Some(Why::Needed),
        Reason::Struggle => Some(Why::Struggle),
        Reason::New => Some(Why::New),
        Reason::InProgress => Some(Why::Learning),
        _ => None,
    });
    match first {
        Some(Why::New) if practised => Why::Learning,
        Some(why) => why,
        None if choice.review => Why::Due,
        None if practised => Why::Learning,
        None => Why::New,
    }
}

fn note_worked(tally: &mut Tally, skill: &SkillId) {
    const WORKED_MAX: usize = 8;
    tally.worked.retain(|worked| worked != skill);
    tally.worked.push(skill.clone());
    if tally.worked.len() > WORKED_MAX {
        tally.worked.remove(0);
    }
}
