//! A call: one task that gives turns and takes answers until either side ends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use curriculum::Language;
use curriculum::answer::Channel;
use curriculum::interface::{Form, Saying};
use models::pool::CallKey;
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::exchange::{Answer, Exchange};
use super::floor::{Floor, Moment};
use super::meaning::Meaning;
use super::presence::{Presence, Present};
use super::record::Record;
use super::talk::{Talk, TalkError, Turn};
use super::timings::{Happening, Reply, Stage, Timings};
use crate::dialogue::{Context, End, Line as Manner, Pace, Prompt, PromptKind};
use crate::hearing::Ears;
use crate::speaking::{Clip, RenderError, Voices};
use crate::telephony::{CallingParty, Line};

/// A reply that is later than this is announced.
const LATE: Duration = Duration::from_millis(1_200);
/// Then nothing is heard for no longer than this.
const DEAD_AIR_MAX: Duration = Duration::from_millis(2_800);
/// Clips rendered ahead of the one that is heard.
const CLIPS_AHEAD: usize = 2;
/// So long before its end a call is closed on the next success.
const CLOSING_TIME: Duration = Duration::from_secs(90);
/// What the tutor says before a call is closed for its length, at most: praise, not the question.
const LAST_PROMPTS_MAX: usize = 2;

/// What all calls of a box share.
pub struct Teaching {
    pub record: Arc<Record>,
    pub meaning: Arc<Mutex<Meaning>>,
    pub context: Arc<Context>,
    pub ears: Ears,
    pub voices: Arc<Voices>,
    /// "One moment", in every language spoken.
    pub holding: BTreeMap<Language, Clip>,
    pub timings: Timings,
    pub presence: Presence,
    /// The longest call.
    pub length_max: Duration,
    /// Cancelled when the box closes: calls end with a goodbye.
    pub closing: CancellationToken,
}

/// Why a call broke off. What was learnt before is kept.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Talk(#[from] TalkError),
    #[error("take a turn: its thread broke down")]
    Broken(#[from] JoinError),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub why: End,
    pub length: Duration,
    /// Turns that were written.
    pub turns: u32,
}

/// "One moment", rendered for every language there is a voice for.
///
/// # Errors
/// When a voice fails.
pub async fn holding(
    voices: &Voices,
    context: &Context,
) -> Result<BTreeMap<Language, Clip>, RenderError> {
    let mut holding = BTreeMap::new();
    for language in voices.speaks() {
        let wording = context.interface.wording(language);
        let prompt = Prompt {
            text: wording.say(Saying::OneMoment, Form::Voice, 0).to_owned(),
            language,
            pace: Pace::Usual,
            kind: PromptKind::Fixed,
        };
        for spoken in voices.sentences(&prompt)? {
            let (clip, _) = voices.clip(CallKey(u64::MAX), &spoken).await?;
            holding.insert(language, clip);
        }
    }
    Ok(holding)
}

/// Teaches whoever is on the line, to the end of the call.
///
/// # Errors
/// When a turn cannot be written: the call ends, what was learnt before it is kept.
pub async fn teach(teaching: &Arc<Teaching>, line: Line) -> Result<Ended, CallError> {
    let timings = teaching.timings.clone();
    timings.count(Happening::CallBegun);
    timings.calls.inc();
    let caller = line.caller.clone();
    let present = match &caller {
        CallingParty::Number(number) => Some(teaching.presence.enter(number).await),
        CallingParty::Anonymous => None,
    };
    let replaced = present
        .as_ref()
        .map_or_else(CancellationToken::new, Present::replaced);
    let mut call = Call {
        key: CallKey(line.call.number()),
        floor: Floor::new(line, replaced, timings.clone()),
        delay: Delay::new(teaching),
        teaching: Arc::clone(teaching),
        begun: Instant::now(),
        gone: false,
        turns: 0,
    };
    let ended = call.run(caller).await;
    drop(present);
    timings.calls.dec();
    if ended.is_err() {
        timings.count(Happening::Failure);
    }
    let Call {
        floor,
        begun,
        turns,
        ..
    } = call;
    floor.hang_up().await;
    let length = begun.elapsed();
    ended.map(|why| Ended { why, length, turns })
}

struct Call {
    teaching: Arc<Teaching>,
    key: CallKey,
    floor: Floor,
    delay: Delay,
    begun: Instant,
    gone: bool,
    turns: u32,
}

/// How long the learner has waited for a reply.
pub(super) struct Delay {
    holding: BTreeMap<Language, Clip>,
    language: Language,
    since: Option<(Instant, Reply)>,
    judged: Option<Instant>,
    due: Option<Instant>,
    announced: bool,
}

impl Call {
    async fn run(&mut self, caller: CallingParty) -> Result<End, CallError> {
        let teaching = Arc::clone(&self.teaching);
        self.delay.begin(self.begun, Reply::Open);
        let (mut talk, mut turn) = self.begin(caller).await?;
        let over_at = self.begun + teaching.length_max;
        let mut closed = false;
        loop {
            self.turns += 1;
            if let Some(prompt) = turn.prompts.last() {
                self.delay.language = prompt.language;
            }
            let late = self.begun.elapsed() + CLOSING_TIME > teaching.length_max;
            let Some(expectation) = turn.expectation.clone().filter(|_| turn.end.is_none()) else {
                self.say_all(turn.prompts).await;
                return Ok(turn.end.unwrap_or(End::Goodbye));
            };
            let step: Step = if late && turn.success && !closed {
                closed = true;
                teaching.timings.count(Happening::ClosedForLength);
                self.say_all(praise(turn.prompts)).await;
                Box::new(Talk::close)
            } else {
                let saying = self.render(turn.prompts.clone());
                let mut exchange =
                    Exchange::new(&teaching, self.key, &turn, expectation, saying, over_at);
                let answer = exchange
                    .run(&mut self.floor, &mut talk, &mut self.delay)
                    .await;
                match self.step(answer, &mut closed) {
                    Some(step) => step,
                    None => return self.save(talk).await,
                }
            };
            (talk, turn) = self.work(talk, step).await?;
            if self.gone {
                return self.save(talk).await;
            }
        }
    }

    async fn begin(&mut self, caller: CallingParty) -> Result<(Talk, Turn), CallError> {
        let teaching = Arc::clone(&self.teaching);
        let open = move || {
            let (record, meaning) = (&teaching.record, &teaching.meaning);
            let (context, manner) = (&teaching.context, Manner::of(Channel::Voice));
            match caller {
                CallingParty::Number(number) => {
                    Talk::open(record, meaning, context, &number, manner)
                }
                CallingParty::Anonymous => {
                    teaching.timings.count(Happening::Anonymous);
                    Talk::open_unknown(record, meaning, context, manner)
                }
            }
        };
        let talk = self.while_waiting(spawn_blocking(open)).await??;
        self.work(talk, Box::new(Talk::begin)).await
    }

    /// What an answer asks of the dialogue; `None` when nobody is there any more.
    fn step(&mut self, answer: Answer, closed: &mut bool) -> Option<Step> {
        Some(match answer {
            Answer::Heard(heard, began) => {
                Box::new(move |talk| talk.hear_from(heard, began.elapsed()))
            }
            Answer::Unclear(why) => Box::new(move |talk| talk.unclear(why)),
            Answer::Silence => Box::new(Talk::silence),
            Answer::TimeUp if !*closed => {
                *closed = true;
                self.teaching.timings.count(Happening::ClosedForLength);
                Box::new(Talk::close)
            }
            Answer::TimeUp | Answer::Gone | Answer::Dead => {
                self.gone = answer == Answer::Gone;
                return None;
            }
        })
    }

    /// The learner, or the line, is gone: what was learnt is kept.
    async fn save(&mut self, talk: Talk) -> Result<End, CallError> {
        let gone = self.gone;
        let (_talk, _turn) = self.work(talk, Box::new(Talk::hang_up)).await?;
        if !gone {
            // The line is silent, but the learner may still hear.
            let language = self.delay.language;
            let wording = self.teaching.context.interface.wording(language);
            let goodbye = wording.say(Saying::SilenceGoodbye, Form::Voice, 0);
            let prompt = Prompt {
                text: goodbye.to_owned(),
                language,
                pace: Pace::Usual,
                kind: PromptKind::Fixed,
            };
            self.say_all(vec![prompt]).await;
        }
        Ok(End::HungUp)
    }

    /// Lets the dialogue take a step on a thread that may wait for the disk.
    async fn work(&mut self, talk: Talk, step: Step) -> Result<(Talk, Turn), CallError> {
        let began = Instant::now();
        let job = spawn_blocking(move || {
            let mut talk = talk;
            let turn = step(&mut talk);
            (talk, turn)
        });
        let (talk, turn) = self.while_waiting(job).await?;
        self.teaching.timings.stage(Stage::Judging, began.elapsed());
        self.delay.judged = Some(Instant::now());
        Ok((talk, turn?))
    }

    /// Keeps the line alive until a job is done. Keys and words meanwhile answer nothing.
    async fn while_waiting<T>(
        &mut self,
        mut job: tokio::task::JoinHandle<T>,
    ) -> Result<T, JoinError> {
        loop {
            tokio::select! {
                biased;
                done = &mut job => return done,
                moment = self.floor.next(), if !self.gone => match moment {
                    Moment::Gone => self.gone = true,
                    Moment::Tick => self.delay.mind(&mut self.floor, &self.teaching.timings),
                    Moment::Heard | Moment::Resumed | Moment::Dead => {}
                },
            }
            while self.floor.poll_heard().is_some() {}
        }
    }

    /// Says all of it, whatever the learner does, until it is said or nobody is there.
    async fn say_all(&mut self, prompts: Vec<Prompt>) {
        let mut saying = Some(self.render(prompts));
        while !self.gone && (saying.is_some() || !self.floor.is_silent()) {
            tokio::select! {
                biased;
                clip = async { saying.as_mut()?.recv().await }, if saying.is_some() => match clip {
                    Some(clip) => {
                        self.delay.end(&self.teaching.timings);
                        self.floor.say(clip);
                    }
                    None => saying = None,
                },
                moment = self.floor.next() => match moment {
                    Moment::Gone => self.gone = true,
                    Moment::Tick => self.delay.mind(&mut self.floor, &self.teaching.timings),
                    Moment::Heard | Moment::Resumed | Moment::Dead => {}
                },
            }
            while self.floor.poll_heard().is_some() {}
        }
    }

    /// Renders sentence by sentence, a little ahead of what is heard. Dropping the receiver stops it.
    fn render(&self, prompts: Vec<Prompt>) -> mpsc::Receiver<Clip> {
        let (ready, saying) = mpsc::channel(CLIPS_AHEAD);
        let (voices, key) = (Arc::clone(&self.teaching.voices), self.key);
        let timings = self.teaching.timings.clone();
        tokio::spawn(async move {
            let mut first = true;
            for prompt in prompts {
                let sentences = voices.sentences(&prompt).unwrap_or_else(|error| {
                    tracing::error!(%error, "a prompt cannot be spoken");
                    Vec::new()
                });
                for sentence in sentences {
                    let begun = Instant::now();
                    let clip = tokio::select! {
                        // What nobody waits for must not take a worker from those who do.
                        () = ready.closed() => return,
                        clip = voices.clip(key, &sentence) => clip,
                    };
                    match clip {
                        Ok((clip, rendered)) => {
                            if std::mem::take(&mut first) && rendered {
                                timings.stage(Stage::Rendering, begun.elapsed());
                            }
                            if ready.send(clip).await.is_err() {
                                return;
                            }
                        }
                        Err(error) => tracing::error!(%error, "a sentence is left out"),
                    }
                }
            }
        });
        saying
    }
}

type Step = Box<dyn FnOnce(&mut Talk) -> Result<Turn, TalkError> + Send>;

/// What is said of the answer, without what is asked next.
fn praise(prompts: Vec<Prompt>) -> Vec<Prompt> {
    let own = |prompt: &Prompt| prompt.kind != PromptKind::Content;
    let most = LAST_PROMPTS_MAX.min(prompts.len().saturating_sub(1));
    prompts.into_iter().take_while(own).take(most).collect()
}

impl Delay {
    fn new(teaching: &Teaching) -> Self {
        let first = teaching.context.languages.first().copied();
        Self {
            holding: teaching.holding.clone(),
            language: first.unwrap_or(Language::ENGLISH),
            since: None,
            judged: None,
            due: None,
            announced: false,
        }
    }

    /// The learner has done something at this time, and waits. May be told again of the same time,
    /// when it is known what it was.
    pub(super) fn begin(&mut self, since: Instant, what: Reply) {
        let known = self.since.is_some_and(|(before, _)| before == since);
        self.since = Some((since, what));
        self.judged = None;
        if !known {
            self.announced = false;
            self.due = Some(since + LATE);
        }
    }

    /// It was nothing that a reply is waited for.
    pub(super) fn forget(&mut self) {
        self.since = None;
        self.due = None;
        self.announced = false;
    }

    /// Whether the learner who waits has been told so.
    pub(super) fn is_announced(&self) -> bool {
        self.announced
    }

    /// Says so when the reply is late.
    pub(super) fn mind(&mut self, floor: &mut Floor, timings: &Timings) {
        let now = Instant::now();
        if self.due.is_none_or(|due| now < due) || !floor.is_silent() {
            return;
        }
        timings.count(Happening::OneMoment);
        self.announced = true;
        self.due = Some(now + DEAD_AIR_MAX);
        let clip = self
            .holding
            .get(&self.language)
            .or(self.holding.values().next());
        if let Some(clip) = clip {
            floor.say(clip.clone());
        }
    }

    /// The reply begins.
    pub(super) fn end(&mut self, timings: &Timings) {
        self.due = None;
        self.announced = false;
        if let Some((since, what)) = self.since.take() {
            timings.reply(what, since.elapsed());
        }
        if let Some(judged) = self.judged.take() {
            timings.stage(Stage::FirstAudio, judged.elapsed());
        }
    }
}
