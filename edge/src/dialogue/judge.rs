//! Judging what came back to an exercise, and recording it as an attempt.

use curriculum::answer::Answer;
use curriculum::attempt::Attempt;
use curriculum::exercise::{ArgumentSlot, Output as Kind, Rubric};
use curriculum::grade::open::{Example, Examples};
use curriculum::grade::{self, Grade, Meaning as Meant, Outcome, Reason, Understood, grade_slot};
use curriculum::id::AttemptId;
use curriculum::interface::{Meaning, Saying};
use curriculum::question::Question;
use curriculum::schedule::Format;
use curriculum::{Language, Timestamp};

use super::fact::{Fact, WordsFact};
use super::input::Evidence;
use super::machine::{Dialogue, Waiting};
use super::output::Weigh;
use super::state::{ATTEMPTS_MAX, Item};
use super::understand::Said;

/// Longer thinking than this is not thinking: the learner was away.
const LATENCY_MS_MAX: u32 = 120_000;

/// Units no longer than this are symbols, not words.
const SYMBOL_LETTERS: usize = 3;

impl Dialogue {
    /// What came back to the exercise at hand: an answer, a command, a question of one's own.
    pub(super) fn judge(&mut self, said: Said, evidence: Option<&Evidence>) {
        let Some(item) = self.item().cloned() else {
            return self.or_wish(&said);
        };
        let Some(question) = self.question(&item) else {
            // The pack changed under a saved question: on with another.
            self.drop_item();
            return self.next();
        };
        let counts = matches!(question.exercise().output, Kind::Number { .. });
        if said.keys.as_deref() == Some("0") && !counts {
            return self.help();
        }
        let grade = self.best_grade(&question, &item, &said, evidence);
        let is_right = grade.outcome == Some(Outcome::Right);
        let takes_sentences = takes_sentences(&question);
        if !is_right || takes_sentences {
            let command = said.command(&self.context.interface, self.language());
            if let Some(meaning) = command {
                return self.command(meaning, &said);
            }
            if let Some(language) = said.translation_asked(&self.context.interface) {
                return self.translate(language);
            }
        }
        if is_right {
            return self.take_right(&question, &grade, &said);
        }
        if self.is_aside(&said, &question) {
            return;
        }
        if evidence.is_none() && grade.outcome.is_some() && self.wants_meaning(&question) {
            let against = texts(&question, &item, self.language());
            if !against.is_empty() {
                let text = said.raw.clone();
                let weigh = Weigh {
                    text,
                    against,
                    grammar: false,
                };
                return self.weigh(Waiting::Answer(said), weigh);
            }
        }
        if evidence.is_none() && self.wants_grammar(&question, &grade, &said) {
            let weigh = Weigh {
                text: said.raw.clone(),
                against: Vec::new(),
                grammar: true,
            };
            return self.weigh(Waiting::Answer(said), weigh);
        }
        match grade.outcome {
            // A person who judges later cannot ask again either: what is in doubt is asked again now.
            Some(_) if said.is_doubtful() => self.take_unclear(&question, &grade, &said),
            Some(Outcome::NotYet) => self.take_not_yet(&question, &grade, &said),
            Some(Outcome::Deferred) => self.take_deferred(&question, &said),
            _ => self.take_unclear(&question, &grade, &said),
        }
    }

    pub(super) fn question(&self, item: &Item) -> Option<Question> {
        let exercise = self.context.lessons.exercise(&item.exercise)?;
        Question::restore(exercise, &item.numbers).ok()
    }

    /// The grade in the language of the lesson; a right answer in another one is right too.
    fn best_grade(
        &self,
        question: &Question,
        item: &Item,
        said: &Said,
        evidence: Option<&Evidence>,
    ) -> Grade {
        let spoken = self.language();
        let first = grade_in(question, item, &said.answer(spoken), evidence);
        if first.outcome == Some(Outcome::Right) || takes_sentences(question) {
            return first;
        }
        let others = self
            .context
            .interface
            .iter()
            .map(|wording| wording.language);
        others
            .filter(|language| *language != spoken)
            .map(|language| grade_in(question, item, &said.answer(language), evidence))
            .find(|grade| grade.outcome == Some(Outcome::Right))
            .unwrap_or(first)
    }

    /// A question of the learner's own, or another language: not an answer.
    fn is_aside(&mut self, said: &Said, question: &Question) -> bool {
        let interface = &self.context.interface;
        let kind = &question.exercise().output;
        let may_be_a_question = matches!(kind, Kind::Line { .. } | Kind::Argument { .. });
        if !may_be_a_question && said.is_question(interface) && !said.is_doubtful() {
            self.free_question(said);
            return true;
        }
        if said.means(interface, Meaning::Greeting) && !may_be_a_question {
            if let Some(name) = self.name() {
                let fill = super::piece::Fill::Text(name);
                self.say(Saying::HelloAgain, vec![fill]);
            }
            self.again();
            return true;
        }
        if !matches!(kind, Kind::Phrase { .. } | Kind::FillIn { .. }) && !may_be_a_question {
            if let Some(language) = said.language_named(interface) {
                self.change_language(language);
                self.say(Saying::LanguageNow, Vec::new());
                self.again();
                return true;
            }
            if let Some(module) = self.subject_named(said) {
                self.take_subject(module);
                return true;
            }
        }
        let wanted = question.answer_language(self.language());
        let other = said
            .other_language(interface, wanted)
            .filter(|_| !said.is_doubtful());
        match other {
            Some(other) if other == self.language() => {
                // The explanation's language instead of the one being taught: no mistake of theirs.
                let fill = super::piece::Fill::Language(wanted);
                self.miss(Saying::SayInLanguage, vec![fill]);
                true
            }
            Some(other) => {
                self.offer_language(other);
                true
            }
            None => false,
        }
    }

    /// Meaning is asked for only where it decides: an English sentence of one's own.
    fn wants_meaning(&self, question: &Question) -> bool {
        let language = question.answer_language(self.language());
        let open = matches!(
            question.exercise().output,
            Kind::Open(_) | Kind::Argument { .. }
        );
        open && language == Language::ENGLISH
    }

    /// A reason is looked for where an answer in English, of the form being taught, is not right yet.
    fn wants_grammar(&self, question: &Question, grade: &Grade, said: &Said) -> bool {
        let exercise = question.exercise();
        let words = matches!(
            exercise.output,
            Kind::Phrase { .. } | Kind::FillIn { .. } | Kind::Line { .. }
        );
        words
            && exercise.answer_language == Some(Language::ENGLISH)
            && grade.outcome == Some(Outcome::NotYet)
            && grade.misconception.is_none()
            && !said.is_doubtful()
            && !self.is_placing()
    }

    /// Records one try and lets the learner model take it in.
    pub(super) fn attempt(&mut self, question: &Question, outcome: Outcome, grade: Option<&Grade>) {
        let id = AttemptId(self.fresh_id());
        let (channel, at) = (self.line.channel, self.now);
        let Some(sitting) = self.state.sitting.as_mut() else {
            return;
        };
        let (Some(learner), Some(item)) = (self.state.active, sitting.item.as_mut()) else {
            return;
        };
        item.tries = item.tries.saturating_add(1);
        let exercise = question.exercise();
        let attempt = Attempt {
            id,
            learner,
            session: sitting.session,
            exercise: item.exercise.clone(),
            skill: exercise.skill.clone(),
            numbers: item.numbers.clone(),
            at,
            channel,
            outcome,
            difficulty: exercise.difficulty,
            attempt_number: item.tries,
            hints: item.hints,
            latency_ms: latency_ms(item.asked, at),
            misconception: grade.and_then(|grade| grade.misconception),
            review: item.review,
            luck_percent: luck_percent(&exercise.output, item.tries),
        };
        sitting.asked.note(&attempt, Format::of(&exercise.output));
        if sitting.attempts.len() < ATTEMPTS_MAX {
            sitting.attempts.push(attempt.clone());
        }
        if let Some(known) = self.learner_mut() {
            known.model.apply(&attempt);
        }
        self.record(Fact::AttemptMade(attempt));
    }

    /// The words of an answer that the hub will judge.
    pub(super) fn ask_verdict(&mut self, said: &Said) {
        let last = self.last_attempt();
        let language = self.language();
        if let Some(attempt) = last {
            self.record(WordsFact::VerdictAsked {
                attempt,
                answer: said.raw.clone(),
                language,
            });
        }
    }

    /// What was understood, as it is said back.
    pub(super) fn understood(&self, question: &Question, grade: &Grade) -> Option<String> {
        let language = self.language();
        match &grade.understood {
            Understood::Nothing => None,
            Understood::Number(number) => {
                // "RWF" and "kg" are for the eye; a word is said.
                let word = |unit: &&str| unit.len() > SYMBOL_LETTERS;
                let unit = question.unit().filter(word).map(|unit| format!(" {unit}"));
                Some(format!("{number}{}", unit.unwrap_or_default()))
            }
            Understood::Time(minutes) => Some(format!("{}:{:02}", minutes / 60, minutes % 60)),
            Understood::Option(index) => {
                let option = question.option_wordings(language, *index).first()?;
                Some(option.trim_end_matches(['.', '!', '?']).to_owned())
            }
            Understood::Order(letters) => {
                let places = letters
                    .bytes()
                    .map(|l| (l.wrapping_sub(b'A') + 1).to_string());
                Some(places.collect::<Vec<_>>().join(", "))
            }
            Understood::Words(words) => short(words),
        }
    }

    /// True if the answer was understood but counts something else.
    pub(super) fn other_unit(grade: &Grade) -> bool {
        matches!(grade.reason, Reason::OtherUnit(_))
    }
}

/// Sentences of one's own, in which a command word may stand.
fn takes_sentences(question: &Question) -> bool {
    matches!(
        question.exercise().output,
        Kind::Open(_) | Kind::Argument { .. }
    )
}

fn grade_in(
    question: &Question,
    item: &Item,
    answer: &Answer,
    evidence: Option<&Evidence>,
) -> Grade {
    let language = question.answer_language(answer.language);
    let examples = evidence.and_then(|evidence| examples(question, item, language, evidence));
    let meaning = examples
        .as_ref()
        .zip(evidence)
        .map(|(examples, evidence)| Meant {
            examples,
            answer: &evidence.text,
        });
    let evidence = grade::Evidence {
        meaning,
        grammar: evidence.map_or(&[], |evidence| evidence.grammar.as_slice()),
    };
    match slot(question, item) {
        Some(slot) => grade_slot(question, slot, answer, evidence),
        None => grade::grade(question, answer, evidence),
    }
}

fn slot<'a>(question: &'a Question, item: &Item) -> Option<&'a ArgumentSlot> {
    match &question.exercise().output {
        Kind::Argument { slots, .. } => slots.get(usize::from(item.slot)),
        _ => None,
    }
}

fn rubric<'a>(question: &'a Question, item: &Item) -> Option<&'a Rubric> {
    match &question.exercise().output {
        Kind::Open(rubric) => Some(rubric),
        _ => slot(question, item).map(|slot| &slot.rubric),
    }
}

/// What an answer's meaning is compared with: the question, the references, the graded answers.
fn texts(question: &Question, item: &Item, spoken: Language) -> Vec<String> {
    let language = question.answer_language(spoken);
    let Some(rubric) = rubric(question, item) else {
        return Vec::new();
    };
    let references = rubric
        .references
        .get_or_english(language)
        .into_iter()
        .flatten();
    let graded = rubric
        .graded
        .iter()
        .filter(|graded| graded.language == language);
    let mut texts = vec![question.input(language).to_owned()];
    texts.extend(references.cloned());
    texts.extend(graded.map(|graded| graded.answer.clone()));
    texts
}

/// The examples with the vectors that were asked for, in the order of [`texts`].
fn examples(
    question: &Question,
    item: &Item,
    language: Language,
    evidence: &Evidence,
) -> Option<Examples> {
    let rubric = rubric(question, item)?;
    let texts = texts(question, item, language);
    if evidence.text.is_empty() || evidence.against.len() != texts.len() {
        return None;
    }
    let mut given = texts
        .iter()
        .zip(&evidence.against)
        .map(|(text, vector)| Example {
            text,
            vector: vector.as_ref(),
        });
    let asked = given.next()?;
    let count = rubric
        .references
        .get_or_english(language)
        .map_or(0, Vec::len);
    let references: Vec<_> = given.by_ref().take(count).collect();
    let correct = rubric
        .graded
        .iter()
        .filter(|graded| graded.language == language);
    let graded: Vec<_> = given.zip(correct.map(|graded| graded.correct)).collect();
    Some(Examples::new(asked, &references, &graded))
}

/// Chance of being right by luck at this try, counted from 1: an option tried is no option any more.
fn luck_percent(output: &Kind, tries: u8) -> u8 {
    const MOST: usize = 50;
    match output {
        Kind::Choice { options, .. } => {
            let tried = usize::from(tries.saturating_sub(1));
            let left = options.len().saturating_sub(tried).max(2);
            u8::try_from((100 / left).min(MOST)).unwrap_or(0)
        }
        other => curriculum::schedule::luck_percent(other),
    }
}

fn latency_ms(asked: Timestamp, at: Timestamp) -> u32 {
    let latency = u32::try_from(at.since(asked).as_millis()).unwrap_or(LATENCY_MS_MAX);
    latency.min(LATENCY_MS_MAX)
}

/// Words short enough to be said back.
fn short(words: &str) -> Option<String> {
    const WORDS_SAID_BACK: usize = 6;
    let count = words.split_whitespace().count();
    (1..=WORDS_SAID_BACK)
        .contains(&count)
        .then(|| words.trim().trim_end_matches('.').to_owned())
}
