//! Feedback: what follows a right answer, a try that is not right yet, a doubt, a hint.

use curriculum::exercise::Output as Kind;
use curriculum::grade::{Grade, GrammarFinding, Outcome, Reason};
use curriculum::interface::Saying;
use curriculum::question::Question;

use super::fact::{Feeling, Moment};
use super::lesson::content;
use super::machine::{Dialogue, Role};
use super::piece::{Fill, Part, Piece};
use super::state::{Phase, Why};
use super::understand::Said;

/// Tries at one question before it is told.
const TRIES_MAX: u8 = 3;
/// Steps of a hint ladder.
const HINTS: u8 = 3;
/// So many right in a row are worth saying.
const STREAK_SAID: u16 = 4;

impl Dialogue {
    pub(super) fn take_right(&mut self, question: &Question, grade: &Grade, said: &Said) {
        self.attempt(question, Outcome::Right, Some(grade));
        if self.is_placing() {
            if said.confidence.is_some() {
                self.say_back(Saying::HeardRight, question, grade);
            }
            self.say(Saying::Praise, Vec::new());
            return self.placed(question, true);
        }
        let (tries, hints) = self.item().map_or((1, 0), |item| (item.tries, item.hints));
        let phase = self.item().map(|item| item.phase);
        if said.confidence.is_some() {
            self.echo(question, grade);
        }
        let in_row = self.settle(true);
        if let Some(sitting) = self
            .state
            .sitting
            .as_mut()
            .filter(|_| phase == Some(Phase::Guided))
        {
            sitting.alone = Some(question.exercise().skill.clone());
        }
        match (tries, hints) {
            (2.., _) => self.say(Saying::PraiseRetry, Vec::new()),
            (_, 1..) => self.say(Saying::PraiseHint, Vec::new()),
            _ => self.say(Saying::Praise, Vec::new()),
        }
        if tries == 1 && in_row >= STREAK_SAID && in_row.is_multiple_of(STREAK_SAID) {
            self.aside(Saying::PraiseStreak, vec![Fill::Number(u32::from(in_row))]);
        }
        if let Reason::Spelled(right) = &grade.reason {
            let language = question.answer_language(self.language());
            let text = format!("{right}.");
            self.put(Piece::Words { text, language }, Role::Must);
        }
        // Naming the way makes it theirs; alone, or remembered at once, nothing more need be said.
        let argues = matches!(question.exercise().output, Kind::Argument { .. });
        if !argues && (tries > 1 || phase == Some(Phase::Guided)) {
            self.explain();
        }
        self.after_question();
    }

    /// A right answer said back: where words must be spared, the praise says as much.
    fn echo(&mut self, question: &Question, grade: &Grade) {
        if let Some(what) = self.understood(question, grade).filter(|_| self.is_voice()) {
            let saying = Saying::HeardRight;
            let piece = self.piece(saying, vec![Fill::Text(begun_large(saying, what))]);
            self.put(piece, Role::Echo);
        }
    }

    /// Revoices: what was understood comes before what is thought of it.
    fn say_back(&mut self, saying: Saying, question: &Question, grade: &Grade) {
        if let Some(what) = self.understood(question, grade).filter(|_| self.is_voice()) {
            self.say(saying, vec![Fill::Text(begun_large(saying, what))]);
        }
    }

    fn explain(&mut self) {
        if let Some(item) = self.item().cloned() {
            self.put(content(Part::Explain, &item), Role::Aside);
        }
    }

    /// The question is settled; gives back how many in a row were right.
    fn settle(&mut self, right: bool) -> u16 {
        let Some(sitting) = self.state.sitting.as_mut() else {
            return 0;
        };
        let tally = &mut sitting.tally;
        tally.settled = tally.settled.saturating_add(1);
        tally.last_right = right;
        tally.right = tally.right.saturating_add(u16::from(right));
        tally.in_row = if right {
            tally.in_row.saturating_add(1)
        } else {
            0
        };
        tally.in_row
    }

    pub(super) fn take_not_yet(&mut self, question: &Question, grade: &Grade, said: &Said) {
        if said.confidence.is_some() {
            self.say_back(Saying::HeardBack, question, grade);
        }
        self.attempt(question, Outcome::NotYet, Some(grade));
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.tally.in_row = 0;
        }
        if self.is_placing() {
            self.say(Saying::PlacementNotYet, Vec::new());
            return self.placed(question, false);
        }
        let Some(item) = self.item().cloned() else {
            return self.next();
        };
        if item.tries >= TRIES_MAX {
            return self.tell();
        }
        match (item.tries, grade.misconception) {
            (1, Some(shown)) => {
                self.put(content(Part::Repair(shown), &item), Role::Must);
                self.ask_again_short();
            }
            (1, None) => {
                if let Reason::Grammar(finding) = &grade.reason {
                    self.point_at(finding, said);
                } else {
                    self.not_yet();
                    self.hint_step(0);
                }
                self.ask_again_short();
            }
            _ => self.second_miss(question, grade.misconception),
        }
    }

    /// Where the form is not right yet, and what to ask oneself; never the answer.
    fn point_at(&mut self, finding: &GrammarFinding, said: &Said) {
        let saying = match finding.kind.as_str() {
            "Agreement" => Saying::GrammarAgreement,
            "WordOrder" => Saying::GrammarOrder,
            _ => Saying::GrammarForm,
        };
        let part = around(&said.raw, finding.span.clone());
        self.say(saying, vec![Fill::Text(part)]);
        self.note_hint(1);
    }

    fn not_yet(&mut self) {
        let right = self.state.sitting.as_ref().map_or(0, |s| s.tally.right);
        let hard = self.item().is_some_and(|item| item.tries >= 2);
        if right >= 2 && hard {
            self.say(Saying::WiseNotYet, vec![Fill::Number(u32::from(right))]);
        } else {
            self.say(Saying::NotYet, Vec::new());
        }
    }

    /// Two misses: what it rests on first, as a warm-up; else the first step is done together.
    fn second_miss(&mut self, question: &Question, misconception: Option<u8>) {
        let warmed = self
            .item()
            .is_some_and(|i| matches!(i.phase, Phase::WarmUp | Phase::Back));
        if !warmed && self.warm_up(question) {
            return;
        }
        let hints = self.item().map_or(0, |item| item.hints);
        // The same words again would help no more than the first time.
        let misconception = misconception.filter(|shown| self.repaired_before() != Some(*shown));
        match (hints, misconception, self.item().cloned()) {
            (0, Some(shown), Some(item)) => {
                self.put(content(Part::Repair(shown), &item), Role::Must);
            }
            _ => self.not_yet(),
        }
        self.hint_step(HINTS - 1);
        if !self.is_voice() {
            self.again();
        }
        self.state.misses = 0;
    }

    /// The misconception that the try before this one showed.
    fn repaired_before(&self) -> Option<u8> {
        let sitting = self.state.sitting.as_ref()?;
        sitting.attempts.iter().rev().nth(1)?.misconception
    }

    /// Asks something of a skill that this one rests on and that is not sure yet.
    fn warm_up(&mut self, question: &Question) -> bool {
        let lessons = &self.context.lessons;
        let Some(skill) = lessons.skill(&question.exercise().skill) else {
            return false;
        };
        let needs = skill.needs.clone();
        let Some(learner) = self.learner() else {
            return false;
        };
        let now = self.now;
        let shaky = |need: &&_| learner.model.mastery(need, now).chance() < 0.85;
        let Some(need) = needs.iter().find(shaky).cloned() else {
            return false;
        };
        let Some(choice) = self.choose(Some(&need)) else {
            return false;
        };
        let back = question.exercise().id.clone();
        self.aside(Saying::NotYet, Vec::new());
        self.say(Saying::WarmUpFor, vec![Fill::Skill(need)]);
        self.settle(false);
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.back_to = Some(back);
            // That it is a step back has been said already.
            sitting.tally.phase = Some(Phase::WarmUp);
        }
        self.ask_exercise(&choice.exercise, Phase::WarmUp, Why::Needed)
    }

    /// Told after honest tries, with a twin later.
    pub(super) fn tell(&mut self) {
        self.say(Saying::Tell, Vec::new());
        let Some(item) = self.item().cloned() else {
            return self.next();
        };
        self.put(content(Part::Explain, &item), Role::Must);
        let drawn = self.context.lessons.exercise(&item.exercise);
        let has_twin = drawn.is_some_and(|exercise| exercise.generator.is_some());
        if let Some(sitting) = self.state.sitting.as_mut().filter(|_| has_twin) {
            sitting.twin = Some(item.exercise);
        }
        if has_twin {
            self.aside(Saying::TellLater, Vec::new());
        }
        self.settle(false);
        self.after_question();
    }

    /// The question again without what led to it.
    fn ask_again_short(&mut self) {
        let Some(item) = self.item().cloned() else {
            return self.next();
        };
        self.state.misses = 0;
        self.state.repeats = 0;
        self.state.thinking = false;
        let now = self.now;
        if let Some(item) = self.item_mut() {
            item.asked = now;
        }
        let short = if self.is_voice() {
            Part::Short
        } else {
            Part::Question
        };
        let part = self.slot_cue(&item).unwrap_or(short);
        self.put(content(part, &item), Role::Again);
    }

    pub(super) fn take_deferred(&mut self, question: &Question, said: &Said) {
        self.attempt(question, Outcome::Deferred, None);
        self.ask_verdict(said);
        self.say(Saying::Deferred, Vec::new());
        self.settle(true);
        self.after_question();
    }

    /// Heard with doubt, or nothing that answers: asked again, then by key, never wrong.
    pub(super) fn take_unclear(&mut self, question: &Question, grade: &Grade, said: &Said) {
        let what = self.understood(question, grade);
        if let Some(what) = what.filter(|_| said.is_doubtful() && self.is_voice()) {
            return self.doubt(what);
        }
        if said.is_doubtful() {
            return self.stumble();
        }
        match &question.exercise().output {
            Kind::Number { .. } if Self::other_unit(grade) => {
                self.miss(Saying::NoAnswer, Vec::new());
            }
            Kind::Number { .. } => self.miss(Saying::SayNumber, Vec::new()),
            Kind::Choice { options, .. } => {
                let count = u32::try_from(options.len()).unwrap_or(4);
                self.miss(Saying::SayOption, vec![Fill::Number(count)]);
            }
            _ => self.stumble(),
        }
    }

    /// A hint on request: the next step of the ladder, never the answer.
    pub(super) fn give_hint(&mut self) {
        if self.item().is_none() {
            return self.on_with_it();
        }
        let hints = self.item().map_or(0, |item| item.hints);
        if hints >= HINTS {
            return self.out_of_hints();
        }
        self.say(Saying::HintIntro, Vec::new());
        self.hint_step(hints);
        if !self.is_voice() || hints == 0 {
            self.ask_again_short();
        }
    }

    fn out_of_hints(&mut self) {
        let tries = self.item().map_or(0, |item| item.tries);
        if tries == 0 {
            self.say(Saying::HintsGone, Vec::new());
            if let Some(item) = self.item_mut() {
                // Asking once more after this is told: a guess was offered.
                item.tries = 1;
            }
            return self.ask_again_short();
        }
        self.give_up_kindly();
    }

    /// "I don't know": thanked, and looked at together, one step at a time.
    pub(super) fn dont_know(&mut self) {
        let Some(item) = self.item().cloned() else {
            return self.on_with_it();
        };
        if let Some(question) = self.question(&item).filter(|_| self.is_placing()) {
            self.attempt(&question, Outcome::NotYet, None);
            self.say(Saying::PlacementNotYet, Vec::new());
            return self.placed(&question, false);
        }
        let hints = item.hints;
        if hints >= HINTS {
            self.note_feeling(Feeling::Lost, Moment::During);
            return self.give_up_kindly();
        }
        self.say(Saying::DontKnow, Vec::new());
        self.hint_step(hints);
        if !self.is_voice() || hints == 0 {
            self.ask_again_short();
        }
    }

    /// Every hint was given and nothing came: recorded as not yet, and told.
    fn give_up_kindly(&mut self) {
        let question = self.item().cloned().and_then(|item| self.question(&item));
        if let Some(question) = question {
            self.attempt(&question, Outcome::NotYet, None);
        }
        self.tell();
    }

    /// Says one step of the ladder and counts it.
    fn hint_step(&mut self, step: u8) {
        if let Some(item) = self.item().cloned() {
            self.put(content(Part::Hint(step), &item), Role::Must);
            self.note_hint(step + 1);
        }
    }

    pub(super) fn note_hint(&mut self, given: u8) {
        if let Some(item) = self.item_mut() {
            item.hints = item.hints.max(given);
        }
    }

    pub(super) fn skip(&mut self) {
        if self.item().is_none() {
            return self.resume();
        }
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.tally.skipped = sitting.tally.skipped.saturating_add(1);
            let exercise = sitting.item.take().map(|item| item.exercise);
            sitting.asked.asked.extend(exercise);
        }
        self.say(Saying::Skipped, Vec::new());
        self.next();
    }

    /// Leaves a question that is too hard now for one of a skill it rests on, else the surest.
    pub(super) fn easier(&mut self) {
        let question = self.item().cloned().and_then(|item| self.question(&item));
        let needs = question.as_ref().and_then(|question| {
            let skill = self.context.lessons.skill(&question.exercise().skill)?;
            Some(skill.needs.clone())
        });
        let hard = self.item().map(|item| item.exercise.clone());
        if let Some(sitting) = self.state.sitting.as_mut() {
            sitting.item = None;
            // "An easier step" has been said already.
            sitting.tally.phase = Some(Phase::WarmUp);
            sitting.asked.asked.extend(hard);
        }
        for need in needs.into_iter().flatten() {
            if let Some(choice) = self.choose(Some(&need))
                && self.ask_exercise(&choice.exercise, Phase::WarmUp, Why::Needed)
            {
                return;
            }
        }
        self.next();
    }
}

/// What begins a sentence begins with a capital letter.
fn begun_large(saying: Saying, what: String) -> String {
    let mut letters = what.chars();
    match letters.next() {
        Some(first) if saying == Saying::HeardRight => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => what,
    }
}

/// The words of a span with the one before them, which they often have to agree with.
fn around(text: &str, span: std::ops::Range<usize>) -> String {
    let before = text.get(..span.start).unwrap_or("");
    let here = text.get(span).unwrap_or("");
    let last = before.split_whitespace().next_back().unwrap_or("");
    format!("{last} {here}").trim().to_owned()
}

#[test]
fn a_slip_is_pointed_at_with_the_word_before_it() {
    assert_eq!(around("every day she go to school", 14..16), "she go");
    assert_eq!(around("goed home", 0..4), "goed");
}
