//! The turn machine: inputs in, outputs polled.

use std::collections::VecDeque;
use std::sync::Arc;

use curriculum::attempt::Attempt;
use curriculum::interface::{Form, Saying};
use curriculum::random::SplitMix64;
use curriculum::session::Cause;
use curriculum::{Language, Timestamp};

use super::compose::{TextPart, messages};
use super::fact::Fact;
use super::input::{Evidence, Heard, Unclear};
use super::output::{End, Output, Pace, Prompt, PromptKind, Weigh};
use super::phone::{Context, KnownLearner, Line};
use super::piece::{Fill, Piece};
use super::render::render;
use super::state::{DialogueState, STATE_VERSION, Step};
use super::understand::Said;

/// Words of a spoken turn: about 20 s, the longest that a child should only listen (pedagogy 1e, row
/// 3). Beyond them, what can be spared is left out, in the order of [`SPARED`], earliest first.
const TURN_WORDS: usize = 36;
/// What a spoken turn can do without, the least needed first.
const SPARED: [Role; 4] = [Role::Aside, Role::Lead, Role::Echo, Role::Step];

/// One conversation of one telephone, by call or by message.
///
/// A call makes one, begins it, and drops it after the hang-up. A message makes one from the saved
/// state, hands the message to [`Dialogue::handle_answer`], and drops it.
#[derive(Clone, Debug)]
pub struct Dialogue {
    pub(super) context: Arc<Context>,
    pub(super) line: Line,
    pub(super) learners: Vec<KnownLearner>,
    pub(super) state: DialogueState,
    pub(super) now: Timestamp,
    pub(super) turn: Turn,
    pub(super) waiting: Option<Waiting>,
    high: SplitMix64,
    low: SplitMix64,
    outputs: VecDeque<Output>,
    over: bool,
}

/// What this turn has decided so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    facts: Vec<Fact>,
    parts: Vec<(Piece, Role)>,
    slow: bool,
    /// The language of this turn, where the state no longer tells it.
    language: Option<Language>,
    end: Option<End>,
}

/// What a piece is in its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Left out of a message, or of a turn of a call, that would be too long.
    Aside,
    /// Leads over to the step worked aloud or to the try after it.
    Lead,
    /// A right answer said back before it is praised.
    Echo,
    /// The step worked aloud: left out of what would be too long without anything else to spare; the
    /// hints teach it then.
    Step,
    /// Always said.
    Must,
    /// What the learner is to answer; kept, to be said again.
    Request,
    /// The request said again.
    Again,
}

/// What the awaited likeness values are for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Waiting {
    /// Judging an answer.
    Answer(Said),
    /// Finding the answer to a question: the words, and where each candidate stands.
    Question(String, Vec<(curriculum::id::LessonId, u16)>),
}

impl Dialogue {
    /// A conversation that goes on from `state`, if there is one.
    ///
    /// `seed` is fresh randomness: identifiers and numbers are drawn from it.
    pub fn new(
        context: Arc<Context>,
        line: Line,
        learners: Vec<KnownLearner>,
        state: Option<DialogueState>,
        seed: u128,
    ) -> Self {
        let high = u64::try_from(seed >> 64).expect("a 128-bit value shifted by 64 fits 64 bits");
        let low = u64::try_from(seed & u128::from(u64::MAX)).expect("masked to 64 bits");
        let mut state = state.unwrap_or_default();
        state.version = STATE_VERSION;
        let known = |id| learners.iter().any(|learner| learner.id == id);
        if state.active.is_some_and(|active| !known(active)) {
            // Deleted elsewhere, or moved: nothing of theirs may be used.
            state = DialogueState {
                version: STATE_VERSION,
                language: state.language,
                ..DialogueState::default()
            };
        }
        Self {
            context,
            line,
            learners,
            state,
            now: Timestamp::default(),
            turn: Turn::default(),
            waiting: None,
            high: SplitMix64::new(high),
            low: SplitMix64::new(low),
            outputs: VecDeque::new(),
            over: false,
        }
    }

    /// The call was answered, or the menu opened. A message needs no beginning.
    pub fn handle_begin(&mut self, now: Timestamp) {
        self.start(now);
        self.open();
        self.finish();
    }

    /// Something came back. `now` is when it began, so that thinking time can be told.
    pub fn handle_answer(&mut self, heard: Heard, now: Timestamp) {
        self.start(now);
        self.hear(heard);
        self.finish();
    }

    /// The last prompt has been played to its end.
    pub fn handle_said(&mut self, now: Timestamp) {
        if let Some(item) = self.state.sitting.as_mut().and_then(|s| s.item.as_mut()) {
            item.asked = item.asked.max(now);
        }
    }

    /// Nothing came within the expected wait.
    pub fn handle_silence(&mut self, now: Timestamp) {
        self.start(now);
        self.miss_silence();
        self.finish();
    }

    /// Something came that cannot be used as words.
    pub fn handle_unclear(&mut self, why: Unclear, now: Timestamp) {
        self.start(now);
        self.miss_unclear(why);
        self.finish();
    }

    /// The vectors that an [`Output::Weigh`] asked for. Without one asked for, nothing happens.
    pub fn handle_evidence(&mut self, evidence: &Evidence, now: Timestamp) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        self.start(now);
        match waiting {
            Waiting::Answer(said) => self.judge(said, Some(evidence)),
            Waiting::Question(text, places) => self.found(text, &places, evidence),
        }
        self.finish();
    }

    /// The learner hung up, or the network did. What was learnt is saved.
    pub fn handle_hangup(&mut self, now: Timestamp) {
        self.start(now);
        self.pause(Cause::Dropped);
        self.turn.parts.clear();
        self.turn.end = Some(End::HungUp);
        self.finish();
    }

    /// The next thing to do; `None` once the turn is complete.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The state as it would be saved now.
    pub fn state(&self) -> &DialogueState {
        &self.state
    }

    /// Who is learning, if that is known.
    pub fn active(&self) -> Option<curriculum::id::LearnerId> {
        self.state.active
    }

    /// The learners of this telephone, with their models as they are now.
    pub fn learners(&self) -> &[KnownLearner] {
        &self.learners
    }
}

/// What the rooms of the dialogue use to compose a turn.
impl Dialogue {
    fn start(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.state.last_contact = self.state.last_contact.max(now);
        self.state.turn = self.state.turn.wrapping_add(1);
        self.waiting = None;
        self.over = false;
    }

    /// The language of the conversation: the learner's, or on a call for which there is no voice for
    /// it, one that there is.
    pub(super) fn language(&self) -> Language {
        let wanted = self.wanted_language();
        if self.can_say(wanted) {
            return wanted;
        }
        let mut offered = self.context.languages.iter();
        let spoken = offered.find(|language| self.can_say(**language));
        spoken.copied().unwrap_or(Language::ENGLISH)
    }

    /// Whether there is a voice for a language, where one is needed.
    pub(super) fn can_say(&self, language: Language) -> bool {
        !self.is_voice() || self.context.speaks.contains(&language)
    }

    /// The learner's language.
    pub(super) fn wanted_language(&self) -> Language {
        let learner = || self.learner().map(|learner| learner.language);
        let theirs = || self.learners.first().map(|learner| learner.language);
        let first = || self.context.languages.first().copied();
        self.state
            .language
            .or(self.turn.language)
            .or_else(learner)
            .or_else(theirs)
            .or_else(first)
            .unwrap_or(Language::ENGLISH)
    }

    /// Who is learning.
    pub(super) fn learner(&self) -> Option<&KnownLearner> {
        let active = self.state.active?;
        self.learners.iter().find(|learner| learner.id == active)
    }

    pub(super) fn learner_mut(&mut self) -> Option<&mut KnownLearner> {
        let active = self.state.active?;
        self.learners
            .iter_mut()
            .find(|learner| learner.id == active)
    }

    /// The name to call the learner by.
    pub(super) fn name(&self) -> Option<String> {
        self.learner().map(|learner| learner.name.clone())
    }

    pub(super) fn is_voice(&self) -> bool {
        self.line.form == Form::Voice
    }

    pub(super) fn record(&mut self, fact: impl Into<Fact>) {
        self.turn.facts.push(fact.into());
    }

    /// Fresh identifier; two conversations share one only if they share their seed.
    pub(super) fn fresh_id(&mut self) -> u128 {
        u128::from(self.high.next_u64()) << 64 | u128::from(self.low.next_u64())
    }

    pub(super) fn fresh_seed(&mut self) -> u64 {
        self.high.next_u64() ^ self.low.next_u64()
    }

    pub(super) fn piece(&self, saying: Saying, fills: Vec<Fill>) -> Piece {
        Piece::Say {
            saying,
            fills,
            turn: self.state.turn,
            language: None,
        }
    }

    /// Says something.
    pub(super) fn say(&mut self, saying: Saying, fills: Vec<Fill>) {
        let piece = self.piece(saying, fills);
        self.put(piece, Role::Must);
    }

    /// Says something that a message may leave out.
    pub(super) fn aside(&mut self, saying: Saying, fills: Vec<Fill>) {
        let piece = self.piece(saying, fills);
        self.put(piece, Role::Aside);
    }

    pub(super) fn put(&mut self, piece: Piece, role: Role) {
        self.turn.parts.push((piece, role));
    }

    /// Asks for something new: the step that its answer belongs to, and the words.
    pub(super) fn ask(&mut self, step: Step, pieces: Vec<Piece>) {
        self.state.step = step;
        self.state.misses = 0;
        self.state.repeats = 0;
        self.state.thinking = false;
        self.state.last.clone_from(&pieces);
        self.turn
            .parts
            .extend(pieces.into_iter().map(|piece| (piece, Role::Request)));
        let now = self.now;
        if let Some(item) = self.state.sitting.as_mut().and_then(|s| s.item.as_mut()) {
            item.asked = now;
        }
    }

    /// Asks with one saying.
    pub(super) fn ask_saying(&mut self, step: Step, saying: Saying, fills: Vec<Fill>) {
        let piece = self.piece(saying, fills);
        self.ask(step, vec![piece]);
    }

    /// Says the request again.
    pub(super) fn again(&mut self) {
        let pieces = self.state.last.clone();
        self.turn
            .parts
            .extend(pieces.into_iter().map(|piece| (piece, Role::Again)));
    }

    /// The rest of this turn is said in `language`, whatever is forgotten.
    pub(super) fn keep_language(&mut self, language: Language) {
        self.turn.language = Some(language);
    }

    pub(super) fn speak_slowly(&mut self) {
        self.turn.slow = true;
    }

    pub(super) fn end(&mut self, end: End) {
        self.state.step = Step::Over;
        self.state.last.clear();
        self.turn.end = Some(end);
    }

    /// Ends without a word: nobody is there to hear one.
    pub(super) fn end_quietly(&mut self, end: End) {
        self.turn.parts.clear();
        self.turn.end = Some(end);
    }

    /// The attempt recorded latest in this turn.
    pub(super) fn last_attempt(&self) -> Option<Attempt> {
        self.turn.facts.iter().rev().find_map(|fact| match fact {
            Fact::AttemptMade(attempt) => Some(attempt.clone()),
            _ => None,
        })
    }

    pub(super) fn weigh(&mut self, waiting: Waiting, weigh: Weigh) {
        self.waiting = Some(waiting);
        self.outputs.push_back(Output::Weigh(weigh));
    }

    fn finish(&mut self) {
        if self.waiting.is_some() {
            return;
        }
        if self.turn.parts.is_empty() && self.turn.end.is_none() {
            // Every path says something; should one not, the request is said again.
            self.again();
        }
        let language = self.language();
        let turn = std::mem::take(&mut self.turn);
        if !turn.facts.is_empty() {
            self.outputs.push_back(Output::Record(turn.facts));
        }
        let state = Box::new(self.state.clone());
        self.outputs.push_back(Output::Save(state));
        if self.is_voice() {
            self.speak(&turn.parts, language, turn.slow);
        } else {
            self.write(&turn.parts, language);
        }
        let last = match turn.end {
            Some(end) => Output::End(end),
            None => Output::Expect(self.expectation()),
        };
        self.outputs.push_back(last);
    }

    fn speak(&mut self, parts: &[(Piece, Role)], language: Language, slow: bool) {
        let usual = self.learner().map_or(Pace::Usual, |learner| learner.pace);
        let pace = if slow { Pace::Slow } else { usual };
        let said = parts.iter().map(|(piece, role)| {
            let (text, language) = render(&self.context, piece, language, Form::Voice);
            (piece, *role, text, language)
        });
        let mut said: Vec<_> = said.filter(|(_, _, text, _)| !text.is_empty()).collect();
        let words = |said: &[(&Piece, Role, String, Language)]| -> usize {
            let counts = said
                .iter()
                .map(|(_, _, text, _)| text.split_whitespace().count());
            counts.sum()
        };
        for spared in SPARED {
            while words(&said) > TURN_WORDS {
                match said.iter().position(|(_, role, _, _)| *role == spared) {
                    Some(at) => said.remove(at),
                    None => break,
                };
            }
        }
        for (piece, _, text, language) in said {
            let kind = match piece {
                piece if piece.is_fixed() => PromptKind::Fixed,
                piece if piece.is_content() => PromptKind::Content,
                _ => PromptKind::Filled,
            };
            self.outputs.push_back(Output::Say(Prompt {
                text,
                language,
                pace,
                kind,
            }));
        }
    }

    fn write(&mut self, parts: &[(Piece, Role)], language: Language) {
        let text = |(piece, role): &(Piece, Role)| TextPart {
            text: render(&self.context, piece, language, Form::Text).0,
            may_drop: matches!(role, Role::Aside | Role::Lead | Role::Echo | Role::Step),
        };
        let parts = parts.iter().map(text).collect();
        for message in messages(parts) {
            self.outputs.push_back(Output::Text(message));
        }
    }
}
