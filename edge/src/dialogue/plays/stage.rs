//! Playing a play: the real machine, the real packs, a clock that is turned by hand.

#![cfg(test)]

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::exercise::Output as Kind;
use curriculum::grade::{GrammarFinding, Outcome};
use curriculum::id::{AttemptId, ExerciseId, LearnerId, SessionId, SkillId};
use curriculum::interface::Form;
use curriculum::learner::LearnerModel;
use curriculum::library::Library;
use curriculum::question::Question;
use curriculum::source::{SourceFile, read};
use curriculum::time::UtcOffset;
use curriculum::tutor::TutorWords;
use curriculum::{Language, Timestamp};

use super::script::{Cue, Script};
use crate::dialogue::{
    Context, ControlFact, Dialogue, DialogueState, EnrolmentFact, Evidence, Fact, Heard,
    KnownLearner, Lessons, Line, Output, Pace, SittingFact, Unclear, WordsFact,
};

/// Friday 20 November 2026, 16:00 in Kigali.
const BEGINS: Timestamp = Timestamp(1_795_183_200_000);
/// How long a learner takes to answer, and a prompt to be said per letter.
const ANSWER_WAIT: Duration = Duration::from_secs(3);
const LETTER_MS: u64 = 65;
/// Lessons that plays are played over, so that they change only when these do.
const LESSONS: [&str; 11] = [
    "co1-hear",
    "en1-hello",
    "ma1-counting",
    "ma1-adding",
    "ma1-taking-away",
    "ma1-comparing",
    "ma1-to-twenty",
    "gh1-clean",
    "gp1-phone",
    "db1-school",
    "db2-village",
];

static CONTEXT: LazyLock<Arc<Context>> =
    LazyLock::new(|| Arc::new(context(&|lesson| LESSONS.contains(&lesson))));

/// The context of a box that has these few lessons.
pub(crate) fn shared() -> Arc<Context> {
    Arc::clone(&CONTEXT)
}

/// The context of a box with those lessons of the repository whose codes are wanted.
pub(crate) fn context(wanted: &dyn Fn(&str) -> bool) -> Context {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../curriculum/packs");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(&packs).expect("the packs are in the repository") {
        let folder = folder.expect("a readable folder").path();
        let name = folder
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("")
            .to_owned();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = file.expect("a readable folder").path();
            let file = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or("")
                .to_owned();
            let text = std::fs::read_to_string(&path).expect("a readable lesson");
            files.push(SourceFile {
                path: format!("{name}/{file}"),
                text,
            });
        }
    }
    let (source, _) = read(&files);
    let mut courses: Vec<_> = source
        .courses
        .iter()
        .map(|course| course.course())
        .collect();
    for course in &mut courses {
        course.lessons.retain(|lesson| wanted(lesson.id.as_str()));
    }
    let (library, faults) = Library::of_courses(courses);
    assert!(faults.is_empty(), "{faults:?}");
    let (words, unusable) = TutorWords::new(&source.words).expect("the program's own words");
    assert!(unusable.is_empty(), "{unusable:?}");
    Context {
        lessons: Lessons::new(library),
        interface: words.interface,
        watches: words.watches,
        offset: UtcOffset::KIGALI,
        languages: vec![Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI],
        hears: vec![Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI],
        speaks: vec![Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI],
    }
}

/// Plays a play and writes it down with what the machine said.
pub(super) fn play(script: &Script) -> String {
    let mut stage = Stage::new();
    let mut page: Vec<String> = script.title.clone();
    for (line, cue) in &script.lines {
        let opens = matches!(cue, Cue::Call | Cue::Sms | Cue::Ussd | Cue::Terminal);
        if opens || matches!(cue, Cue::Wait(_)) {
            page.push(String::new());
        }
        page.push(stage.line_of(line, cue));
        page.extend(stage.act(cue));
    }
    page.push(String::new());
    page.join("\n")
}

struct Stage {
    context: Arc<Context>,
    learners: Vec<KnownLearner>,
    saved: Option<DialogueState>,
    dialogue: Option<Dialogue>,
    line: Line,
    now: Timestamp,
    conversations: u64,
    /// What the grammar checker finds: its kind, the words, the words mended.
    slips: Vec<(String, String, String)>,
}

impl Stage {
    fn new() -> Self {
        Self {
            context: shared(),
            learners: Vec::new(),
            saved: None,
            dialogue: None,
            line: Line::of(Channel::Voice),
            now: BEGINS,
            conversations: 0,
            slips: Vec::new(),
        }
    }

    /// What the checker finds in a text.
    fn findings(&self, text: &str) -> Vec<GrammarFinding> {
        let lower = text.to_lowercase();
        let found = |(kind, wrong, mended): &(String, String, String)| {
            let at = lower.find(wrong.as_str())?;
            Some(GrammarFinding {
                kind: kind.clone(),
                span: at..at + wrong.len(),
                message: String::new(),
                replacements: vec![mended.clone()],
            })
        };
        self.slips.iter().filter_map(found).collect()
    }

    /// The line as written down: an answer that depends on the question is spelled out.
    fn line_of(&self, line: &str, cue: &Cue) -> String {
        let answer = |what: &str| {
            let answer = self
                .answer(cue)
                .unwrap_or_else(|| "(no question)".to_owned());
            format!("L: ({what}) \"{answer}\"")
        };
        match cue {
            Cue::Right => answer("right"),
            Cue::Wrong => answer("wrong"),
            Cue::Misconception => answer("misconception"),
            _ => line.to_owned(),
        }
    }

    fn act(&mut self, cue: &Cue) -> Vec<String> {
        match cue {
            Cue::Comment => {}
            Cue::Learner { name, language } => self.meet(name, language),
            Cue::Practised { skill, right } => self.practise(skill, *right),
            Cue::Call => return self.begin(Channel::Voice),
            Cue::Ussd => return self.begin(Channel::Ussd),
            Cue::Terminal => return self.begin(Channel::Terminal),
            Cue::Sms => {
                self.line = Line::of(Channel::Sms);
                self.dialogue = None;
            }
            Cue::Deaf(language) => {
                let deaf = language.parse::<Language>().expect("a language");
                let context = Arc::make_mut(&mut self.context);
                context.hears.retain(|language| *language != deaf);
            }
            Cue::Checker {
                kind,
                wrong,
                mended,
            } => {
                let slip = (kind.clone(), wrong.clone(), mended.clone());
                self.slips.push(slip);
            }
            Cue::Mute(language) => {
                let mute = language.parse::<Language>().expect("a language");
                let context = Arc::make_mut(&mut self.context);
                context.speaks.retain(|language| *language != mute);
                context.languages.retain(|language| *language != mute);
            }
            Cue::Wait(wait) => {
                self.now = self.now.after(*wait);
            }
            Cue::Says(words) => return self.says(words, 0.92),
            Cue::Mumbles(words) => return self.says(words, 0.3),
            Cue::Keys(keys) => {
                let heard = if self.line.form == Form::Voice {
                    Heard::keys(keys)
                } else {
                    Heard::text(keys)
                };
                return self.turn(|dialogue, now| dialogue.handle_answer(heard, now));
            }
            Cue::Right | Cue::Wrong | Cue::Misconception => {
                let answer = self.answer(cue).unwrap_or_default();
                return self.says(&answer, 0.92);
            }
            Cue::Silence => {
                return self.turn(Dialogue::handle_silence);
            }
            Cue::Noise => return self.turn(|d, now| d.handle_unclear(Unclear::Noise, now)),
            Cue::Mumble => return self.turn(|d, now| d.handle_unclear(Unclear::Speech, now)),
            Cue::HangUp => {
                let page = self.turn(Dialogue::handle_hangup);
                self.dialogue = None;
                return page;
            }
        }
        Vec::new()
    }

    fn meet(&mut self, name: &str, language: &str) {
        let number = u128::try_from(self.learners.len()).unwrap_or(0) + 1;
        self.learners.push(KnownLearner {
            id: LearnerId(number),
            name: name.to_owned(),
            language: language.parse().expect("a language"),
            pace: Pace::Usual,
            model: LearnerModel::new(self.context.offset),
        });
    }

    /// Right answers in earlier days, by the learner met last.
    fn practise(&mut self, skill: &str, right: u32) {
        let skill = SkillId::new(skill).expect("a skill");
        let learner = self.learners.last_mut().expect("a learner was met");
        for day in 0..right {
            let back = Duration::from_secs(86_400 * u64::from(right - day + 1));
            let back = i64::try_from(back.as_millis()).unwrap_or(0);
            learner.model.apply(&Attempt {
                id: AttemptId(u128::from(day) + 1_000),
                learner: learner.id,
                session: SessionId(1),
                exercise: ExerciseId::new(&format!("{skill}.before")).expect("a code"),
                skill: skill.clone(),
                numbers: vec![i64::from(day)],
                at: Timestamp(BEGINS.0 - back),
                channel: Channel::Voice,
                outcome: Outcome::Right,
                difficulty: 40,
                attempt_number: 1,
                hints: 0,
                latency_ms: 4_000,
                misconception: None,
                review: false,
                luck_percent: 0,
            });
        }
    }

    fn begin(&mut self, channel: Channel) -> Vec<String> {
        self.line = Line::of(channel);
        self.dialogue = None;
        self.turn(Dialogue::handle_begin)
    }

    fn says(&mut self, words: &str, confidence: f32) -> Vec<String> {
        let heard = match self.line.form {
            Form::Voice => Heard::speech(words, confidence, None),
            Form::Text => Heard::text(words),
        };
        self.turn(|dialogue, now| dialogue.handle_answer(heard, now))
    }

    /// One input and everything that comes out. A message is answered by a machine of its own.
    fn turn(&mut self, input: impl FnOnce(&mut Dialogue, Timestamp)) -> Vec<String> {
        self.now = self.now.after(ANSWER_WAIT);
        let keeps_open = self.line.form == Form::Voice;
        let mut dialogue = match self.dialogue.take() {
            Some(dialogue) => dialogue,
            None => {
                self.conversations += 1;
                // Through bytes, as the shell keeps it.
                let bytes = self
                    .saved
                    .as_ref()
                    .map(|state| state.to_bytes().expect("a state"));
                let saved = bytes.and_then(|bytes| DialogueState::from_bytes(&bytes));
                let seed = u128::from(self.conversations) << 64 | 7;
                Dialogue::new(
                    Arc::clone(&self.context),
                    self.line,
                    self.learners.clone(),
                    saved,
                    seed,
                )
            }
        };
        input(&mut dialogue, self.now);
        let mut page = Vec::new();
        while let Some(output) = dialogue.poll_output() {
            if let Output::Weigh(weigh) = &output {
                let asked = if weigh.grammar {
                    "! asks the grammar checker"
                } else {
                    "! asks the sentence encoder; there is none"
                };
                page.push(asked.to_owned());
                let grammar = if weigh.grammar {
                    self.findings(&weigh.text)
                } else {
                    Vec::new()
                };
                let evidence = Evidence {
                    grammar,
                    ..Evidence::default()
                };
                dialogue.handle_evidence(&evidence, self.now);
                continue;
            }
            let ended = matches!(output, Output::End(_));
            page.extend(self.written(output));
            if ended {
                self.learners = dialogue.learners().to_vec();
                return page;
            }
        }
        dialogue.handle_said(self.now);
        self.learners = dialogue.learners().to_vec();
        if keeps_open {
            self.dialogue = Some(dialogue);
        }
        page
    }

    fn written(&mut self, output: Output) -> Vec<String> {
        match output {
            Output::Record(facts) => facts.iter().filter_map(noted).collect(),
            Output::Save(state) => {
                self.saved = Some(*state);
                Vec::new()
            }
            Output::Say(prompt) => {
                let letters = u64::try_from(prompt.text.chars().count()).unwrap_or(0);
                self.now = self.now.after(Duration::from_millis(letters * LETTER_MS));
                let slow = if prompt.pace == Pace::Slow {
                    "-slow"
                } else {
                    ""
                };
                let of = self.saved.as_ref().and_then(DialogueState::language);
                let other = match of.filter(|language| *language != prompt.language) {
                    Some(_) => format!("/{}", prompt.language),
                    None => String::new(),
                };
                vec![format!("T{slow}{other}: {}", prompt.text)]
            }
            Output::Text(text) => vec![format!("T: {text}")],
            Output::Expect(_) | Output::Weigh(_) => Vec::new(),
            Output::End(end) => vec![format!("! ends: {end:?}")],
        }
    }

    /// An answer to the question at hand.
    fn answer(&self, cue: &Cue) -> Option<String> {
        let state = self
            .dialogue
            .as_ref()
            .map_or(self.saved.as_ref(), |d| Some(d.state()))?;
        let (question, slot) = at_hand(&self.context, state)?;
        let language = state.language.unwrap_or(Language::ENGLISH);
        match cue {
            Cue::Misconception => misconception(&question).or_else(|| wrong(&question, language)),
            Cue::Wrong => wrong(&question, language),
            _ => right(&question, slot, language),
        }
    }
}

/// The question that waits for its answer, and the slot of an argument.
pub(crate) fn at_hand(context: &Context, state: &DialogueState) -> Option<(Question, u8)> {
    let item = state.sitting.as_ref()?.item.as_ref()?;
    let exercise = context.lessons.exercise(&item.exercise)?;
    let question = Question::restore(exercise, &item.numbers).ok()?;
    Some((question, item.slot))
}

/// A right answer to a question, as a learner would say it.
pub(crate) fn right(question: &Question, slot: u8, language: Language) -> Option<String> {
    match &question.exercise().output {
        Kind::Number { .. } => Some(question.number_answer()?.to_string()),
        Kind::Choice { .. } => {
            let index = question.right_option()?;
            question.option_wordings(language, index).first().cloned()
        }
        Kind::Order { .. } => {
            let letters = question.right_letters()?;
            Some(
                letters
                    .bytes()
                    .map(|l| char::from(l - b'A' + b'1'))
                    .collect(),
            )
        }
        Kind::Phrase { .. } | Kind::FillIn { .. } | Kind::Line { .. } => {
            question.accepted(language).first().cloned()
        }
        Kind::Open(rubric) => rubric.references.get_or_english(language)?.first().cloned(),
        Kind::Argument { slots, .. } => {
            let rubric = &slots.get(usize::from(slot))?.rubric;
            rubric.references.get_or_english(language)?.first().cloned()
        }
        Kind::Story { .. } => None,
    }
}

/// An answer that is not right and shows no known misconception.
pub(crate) fn wrong(question: &Question, language: Language) -> Option<String> {
    match &question.exercise().output {
        Kind::Number { .. } => {
            let shown: Vec<_> = question
                .misconception_values()
                .map(|(_, value)| value)
                .collect();
            let right = question.number_answer()?.as_whole().unwrap_or(0);
            let free = |n: &i64| !shown.iter().any(|value| value.as_whole() == Some(*n));
            (right + 3..right + 50).find(free).map(|n| n.to_string())
        }
        Kind::Choice { .. } => {
            let right = question.right_option()?;
            let offered = question.offered(language).into_iter();
            let other = offered.rev().find(|offered| offered.index != right)?;
            Some(other.text.to_owned())
        }
        Kind::Order { .. } => Some("123".to_owned()),
        _ => Some("banana".to_owned()),
    }
}

/// An answer that shows a misconception the exercise knows.
pub(crate) fn misconception(question: &Question) -> Option<String> {
    let value = question.misconception_values().next()?.1;
    Some(value.to_string())
}

/// What of the record a reader of plays wants to see.
fn noted(fact: &Fact) -> Option<String> {
    let text = match fact {
        Fact::Enrolment(EnrolmentFact::LearnerEnrolled { name, age, .. }) => {
            format!("enrolled {name}, age {age:?}")
        }
        Fact::Enrolment(EnrolmentFact::ConsentGiven { by, .. }) => format!("consent by {by:?}"),
        Fact::AttemptMade(attempt) => format!(
            "{:?}: {} {:?}, try {}, hints {}",
            attempt.outcome,
            attempt.exercise,
            attempt.numbers,
            attempt.attempt_number,
            attempt.hints
        ),
        Fact::PlacementMade { module, below, .. } => {
            format!("placed in {module:?} above {} skills", below.len())
        }
        Fact::Words(WordsFact::VerdictAsked { answer, .. }) => format!("verdict asked: {answer}"),
        Fact::Sitting(SittingFact::SessionMoved { to, .. }) => format!("session {to:?}"),
        Fact::Sitting(SittingFact::FeelingNoted { feeling, .. }) => format!("feeling {feeling:?}"),
        Fact::Sitting(SittingFact::EvaluationMade { reason, .. }) => format!("evaluated: {reason}"),
        Fact::Words(WordsFact::QuestionAsked { text, answered, .. }) => {
            format!(
                "asked ({}): {text}",
                if *answered { "answered" } else { "promised" }
            )
        }
        Fact::TicketOpened { reason, .. } => format!("ticket: {reason}"),
        Fact::Control(ControlFact::SafeguardingFlagged {
            concern,
            third_person,
            doubtful,
            ..
        }) => format!("safeguarding: {concern}, other {third_person}, doubtful {doubtful}"),
        Fact::PreferenceChanged { preference, .. } => format!("prefers {preference:?}"),
        Fact::HomeworkGiven { text, .. } => format!("homework: {text}"),
        Fact::Control(ControlFact::StopRequested { .. }) => "no messages wanted".to_owned(),
        Fact::Control(ControlFact::StartRequested { .. }) => "messages wanted again".to_owned(),
        Fact::Control(ControlFact::DeletionRequested { .. }) => "deletion requested".to_owned(),
        Fact::Enrolment(EnrolmentFact::Enrolled { course, .. }) => format!("takes {course}"),
    };
    Some(format!("! {text}"))
}
