//! One exchange: the tutor speaks, the learner answers. Everything that may happen in between:
//! an interruption, a cough, keys, a hold, silence, a hang-up.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use curriculum::Language;
use models::pool::{CallKey, Overload, Ticket, Unfinished};
use tokio::sync::mpsc;

use super::call::{Delay, Teaching};
use super::floor::{Floor, Moment};
use super::talk::{Talk, Turn};
use super::timings::{Happening, Reply, Stage};
use crate::dialogue::{Expectation, Expected, Heard, Unclear};
use crate::hearing::{Hearing, HearingEvent, Keypad, Utterance, Verdict};
use crate::speaking::Clip;

/// A recognition that takes longer is given up, and the learner asked again.
const RECOGNITION_MAX: Duration = Duration::from_secs(10);
/// Pause before asking again workers that have too much to do.
const RETRY: Duration = Duration::from_millis(100);
/// A prompt that noises keep interrupting goes on so many times; then it is over.
const RESUMES_MAX: u8 = 2;
/// Sound that was no voice for so long is told to the learner.
const NOISE_LONG: Duration = Duration::from_secs(10);

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Something was said or keyed, and when that began.
    Heard(Heard, Instant),
    Unclear(Unclear),
    Silence,
    /// The learner hung up.
    Gone,
    /// The line is dead.
    Dead,
    /// The call has been as long as it may be, or the box is closing.
    TimeUp,
}

pub(super) struct Exchange {
    teaching: Arc<Teaching>,
    call: CallKey,
    language: Language,
    expectation: Expectation,
    keypad: Keypad,
    /// Clips of what is being said; `None` when all have come.
    saying: Option<mpsc::Receiver<Clip>>,
    /// What an interruption cut off.
    cut: Option<Vec<Clip>>,
    resumes: u8,
    /// When the silence after the prompt has lasted long enough; `None` until it was said.
    wait_due: Option<Instant>,
    recognition: Option<Recognition>,
    /// The utterance is over: its recognition is the answer.
    ended: bool,
    noisy: bool,
    pressed: Option<Instant>,
    over_at: Instant,
}

struct Recognition {
    number: u32,
    utterance: Utterance,
    begun: Instant,
    retry_at: Instant,
    ticket: Option<Ticket<Hearing>>,
    done: Option<Result<Hearing, Unfinished>>,
}

impl Exchange {
    /// `saying` brings what the turn says. At `over_at` the call ends, whatever happens.
    pub(super) fn new(
        teaching: &Arc<Teaching>,
        call: CallKey,
        turn: &Turn,
        expectation: Expectation,
        saying: mpsc::Receiver<Clip>,
        over_at: Instant,
    ) -> Self {
        let spoken = turn.prompts.last().map(|prompt| prompt.language);
        let wanted = match expectation.kind {
            Expected::Phrase { language } | Expected::Free { language } => Some(language),
            _ => spoken,
        };
        let hears = teaching.ears.hears();
        let wanted = wanted.filter(|language| hears.contains(language));
        Self {
            teaching: Arc::clone(teaching),
            call,
            language: wanted
                .or(hears.first().copied())
                .unwrap_or(Language::ENGLISH),
            keypad: Keypad::new(&expectation.kind),
            expectation,
            saying: Some(saying),
            cut: None,
            resumes: 0,
            wait_due: None,
            recognition: None,
            ended: false,
            noisy: false,
            pressed: None,
            over_at,
        }
    }

    pub(super) async fn run(
        &mut self,
        floor: &mut Floor,
        talk: &mut Talk,
        delay: &mut Delay,
    ) -> Answer {
        let closing = self.teaching.closing.clone();
        loop {
            if let Some(answer) = self.due(floor, talk, delay) {
                return self.leave(answer, floor, delay);
            }
            tokio::select! {
                biased;
                () = closing.cancelled() => return self.leave(Answer::TimeUp, floor, delay),
                clip = next_clip(&mut self.saying), if self.cut.is_none() => match clip {
                    Some(clip) => {
                        delay.end(&self.teaching.timings);
                        floor.say(clip);
                    }
                    None => self.saying = None,
                },
                () = recognise(&mut self.recognition, &self.teaching, self.call, self.language, &self.expectation.kind) => {
                    self.note_recognised(floor);
                }
                moment = floor.next() => match moment {
                    Moment::Tick => {
                        floor.ears().handle_load(self.teaching.ears.is_busy());
                        delay.mind(floor, &self.teaching.timings);
                    }
                    Moment::Heard => {}
                    Moment::Resumed => self.resume_held(floor),
                    Moment::Dead => return Answer::Dead,
                    Moment::Gone => return Answer::Gone,
                },
            }
            while let Some(event) = floor.poll_heard() {
                if let Some(answer) = self.handle(event, floor, delay) {
                    return self.leave(answer, floor, delay);
                }
            }
        }
    }

    /// The floor is quiet when the tutor thinks; from here on the learner waits for a reply.
    fn leave(&self, answer: Answer, floor: &mut Floor, delay: &mut Delay) -> Answer {
        if !delay.is_announced() {
            floor.hush();
        }
        floor.ears().forget();
        let now = Instant::now();
        match (&answer, &self.recognition, self.pressed) {
            (Answer::Heard(Heard::Keys(_), _), _, pressed) => {
                delay.begin(pressed.unwrap_or(now), Reply::Key);
            }
            (Answer::Heard(..) | Answer::Unclear(_), Some(recognition), _) => {
                let complete = matches!(&recognition.done, Some(Ok(hearing)) if hearing.verdict == Verdict::Complete);
                let reply = if complete {
                    Reply::Complete
                } else {
                    Reply::Open
                };
                delay.begin(recognition.utterance.ended, reply);
            }
            _ => delay.begin(now, Reply::Open),
        }
        answer
    }

    /// What is due at this time.
    fn due(&mut self, floor: &mut Floor, talk: &mut Talk, delay: &mut Delay) -> Option<Answer> {
        let now = Instant::now();
        if now >= self.over_at {
            return Some(Answer::TimeUp);
        }
        if let Some(keys) = self.keypad.handle_timeout(now) {
            return Some(self.keyed(&keys, now));
        }
        if self.ended
            && let Some(answer) = self.spoken(floor, delay)
        {
            return Some(answer);
        }
        if floor.is_held() {
            return None;
        }
        if self.wait_due.is_none()
            && self.saying.is_none()
            && self.cut.is_none()
            && floor.is_silent()
        {
            talk.said();
            self.wait_due = Some(now + self.expectation.wait);
        }
        let waited = self.wait_due.is_some_and(|due| now >= due);
        let busy =
            self.keypad.is_collecting() || self.recognition.is_some() || floor.ears().is_speaking();
        if !waited || busy {
            return None;
        }
        if self.noisy {
            self.teaching.timings.count(Happening::Unclear);
            return Some(Answer::Unclear(Unclear::Noise));
        }
        self.teaching.timings.count(Happening::Silence);
        Some(Answer::Silence)
    }

    fn handle(
        &mut self,
        event: HearingEvent,
        floor: &mut Floor,
        delay: &mut Delay,
    ) -> Option<Answer> {
        let now = Instant::now();
        let deaf = matches!(self.expectation.kind, Expected::Keys(_));
        match event {
            HearingEvent::Key(key) => {
                self.recognition = None;
                self.ended = false;
                delay.forget();
                self.pressed = Some(now);
                if self.cut.is_none() {
                    self.cut = Some(floor.hush());
                }
                return self
                    .keypad
                    .handle_key(key, now)
                    .map(|keys| self.keyed(&keys, now));
            }
            // Two hearings have failed: the learner was asked for keys.
            _ if deaf => floor.ears().forget(),
            HearingEvent::Interrupted => {
                self.teaching.timings.count(Happening::BargeIn);
                self.cut = Some(floor.hush());
            }
            HearingEvent::Began => self.teaching.timings.count(Happening::Utterance),
            HearingEvent::Recognise(number, utterance) => {
                let begun = now;
                self.recognition = Some(Recognition {
                    number,
                    utterance,
                    begun,
                    retry_at: begun,
                    ticket: None,
                    done: None,
                });
            }
            HearingEvent::WentOn(_) => self.recognition = None,
            HearingEvent::Ended(number) => {
                self.ended = self
                    .recognition
                    .as_ref()
                    .is_some_and(|r| r.number == number);
                if let Some(recognition) = &self.recognition {
                    let ended = recognition.utterance.ended;
                    let took = now.saturating_duration_since(ended);
                    self.teaching.timings.stage(Stage::EndOfSpeech, took);
                    delay.begin(ended, Reply::Open);
                }
            }
            HearingEvent::Dismissed(_) => self.dismiss(floor, delay),
        }
        None
    }

    fn note_recognised(&mut self, floor: &mut Floor) {
        let Some(recognition) = &self.recognition else {
            return;
        };
        let took = recognition.begun.elapsed();
        self.teaching.timings.stage(Stage::Recognition, took);
        let verdict = match &recognition.done {
            Some(Ok(hearing)) => hearing.verdict,
            _ => Verdict::Open,
        };
        let number = recognition.number;
        floor.ears().handle_verdict(number, verdict, Instant::now());
    }

    /// The answer of an utterance that is over, once it is recognised.
    fn spoken(&mut self, floor: &mut Floor, delay: &mut Delay) -> Option<Answer> {
        let recognition = self.recognition.as_ref()?;
        let done = recognition.done.as_ref()?;
        let length = recognition.utterance.ended - recognition.utterance.began;
        let answer = match done {
            Ok(hearing) if hearing.verdict == Verdict::NotSpeech && length < NOISE_LONG => {
                self.dismiss(floor, delay);
                return None;
            }
            Ok(hearing) => match hearing.heard.clone() {
                Ok(heard) => Answer::Heard(heard, recognition.utterance.began),
                Err(why) => Answer::Unclear(why),
            },
            Err(error) => {
                tracing::warn!(%error, call = self.call.0, "an utterance was not recognised");
                Answer::Unclear(Unclear::Speech)
            }
        };
        if matches!(answer, Answer::Unclear(_)) {
            self.teaching.timings.count(Happening::Unclear);
        }
        Some(answer)
    }

    fn keyed(&mut self, keys: &str, now: Instant) -> Answer {
        self.teaching.timings.count(Happening::Keys);
        let pressed = self.pressed.unwrap_or(now);
        Answer::Heard(Heard::keys(keys), pressed)
    }

    /// It was no speech: the prompt goes on where it was cut.
    fn dismiss(&mut self, floor: &mut Floor, delay: &mut Delay) {
        self.teaching.timings.count(Happening::Dismissed);
        delay.forget();
        self.noisy = true;
        self.ended = false;
        self.recognition = None;
        let Some(cut) = self.cut.take() else { return };
        if self.resumes < RESUMES_MAX {
            self.resumes += 1;
            cut.into_iter().for_each(|clip| floor.say(clip));
        } else {
            self.saying = None;
        }
    }

    /// After a hold the sentence is said again from its beginning, and time to think begins anew.
    fn resume_held(&mut self, floor: &mut Floor) {
        let left = floor.hush();
        left.into_iter().for_each(|clip| floor.say(clip));
        if self.wait_due.is_some() {
            self.wait_due = Some(Instant::now() + self.expectation.wait);
        }
    }
}

async fn next_clip(saying: &mut Option<mpsc::Receiver<Clip>>) -> Option<Clip> {
    match saying {
        Some(saying) => saying.recv().await,
        None => pending().await,
    }
}

/// Resolves when a recognition is done; hands it to a worker first, again and again if all have
/// too much to do. May be dropped and asked again.
async fn recognise(
    recognition: &mut Option<Recognition>,
    teaching: &Teaching,
    call: CallKey,
    language: Language,
    expected: &Expected,
) {
    let Some(recognition) = recognition.as_mut().filter(|r| r.done.is_none()) else {
        return pending().await;
    };
    loop {
        if let Some(ticket) = &mut recognition.ticket {
            recognition.done = Some(ticket.await);
            recognition.ticket = None;
            return;
        }
        tokio::time::sleep_until(recognition.retry_at.into()).await;
        let deadline = recognition.begun + RECOGNITION_MAX;
        let said = &recognition.utterance;
        match teaching
            .ears
            .recognise(call, language, expected, said, deadline)
        {
            Ok(ticket) => recognition.ticket = Some(ticket),
            Err(Overload::Closing) => {
                recognition.done = Some(Err(Unfinished::Cancelled));
                return;
            }
            Err(_) if Instant::now() >= deadline => {
                recognition.done = Some(Err(Unfinished::Late));
                return;
            }
            Err(_) => recognition.retry_at = Instant::now() + RETRY,
        }
    }
}
