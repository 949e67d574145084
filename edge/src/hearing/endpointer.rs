//! The endpointer: when a learner begins to speak, and when they have done.
//!
//! Two thresholds for the end: short once what was said so far is a whole answer, long otherwise,
//! because children pause. To know, recognition is begun early in the pause and thrown away if the
//! learner goes on.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use models::audio::AudioFrame;
use models::vad::VoiceActivity;

use super::echo::{Echo, loudness};

/// The longest utterance; a free answer has about twenty seconds.
pub const UTTERANCE_MAX: Duration = Duration::from_secs(22);
const UTTERANCE_FRAMES_MAX: usize = frames(UTTERANCE_MAX);
const _: () = assert!(UTTERANCE_MAX.as_millis() < models::transcribe::UTTERANCE_MAX.as_millis());

/// Audio kept from before speech was noticed: the "f" of "five" is no voice to a detector.
const PRE_ROLL_FRAMES: usize = frames(Duration::from_millis(360));
/// A pause so long that recognition is tried on what was said so far, while a recogniser is free,
const SPECULATE_AFTER: Duration = Duration::from_millis(160);
/// and while others wait for one: more of what is recognised is then the whole of it.
const SPECULATE_BUSY_AFTER: Duration = Duration::from_millis(300);
const _: () = assert!(SPECULATE_BUSY_AFTER.as_millis() < END_COMPLETE.as_millis());
/// Ends an utterance that is a whole answer.
const END_COMPLETE: Duration = Duration::from_millis(460);
/// Ends any other.
const END_OPEN: Duration = Duration::from_millis(1_100);
/// Tones of a key still ring in the line: no speech begins so soon after one.
const KEY_RINGS: Duration = Duration::from_millis(300);

/// Chance of speech that counts as voice before an utterance has begun, and within one.
const BEGIN_CHANCE: f32 = 0.5;
const GO_ON_CHANCE: f32 = 0.35;
/// Frames with voice among the latest that begin an utterance: 60 ms of 120 ms in silence; while
/// the box speaks 100 ms of 140 ms, each louder than its echo can be.
const BEGIN: Votes = Votes { yes: 3, of: 6 };
const BARGE_IN: Votes = Votes { yes: 5, of: 7 };
/// Frames with voice that show, after recognition was begun, that the learner goes on.
const GO_ON: Votes = Votes { yes: 2, of: 3 };

const fn frames(duration: Duration) -> usize {
    (duration.as_millis() / AudioFrame::DURATION.as_millis()) as usize
}

#[derive(Clone, Copy, Debug)]
struct Votes {
    yes: u32,
    of: u32,
}

/// What was said between two silences.
#[derive(Clone, PartialEq, Eq)]
pub struct Utterance {
    pub frames: Vec<AudioFrame>,
    /// When its voice began, and when it ended.
    pub began: Instant,
    pub ended: Instant,
    /// It interrupted a prompt.
    pub barged: bool,
}

/// What recognition made of the utterance so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A whole answer to what was asked.
    Complete,
    /// Speech, but more may follow.
    Open,
    /// Not a voice at all.
    NotSpeech,
}

/// What the endpointer has noticed. The number tells one recognition from the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HearingEvent {
    /// Somebody began to speak, or pressed a key, while a prompt is playing: stop it.
    Interrupted,
    /// Somebody began to speak.
    Began,
    /// Recognise this; more may follow.
    Recognise(u32, Utterance),
    /// The learner went on: recognition of this number is worthless.
    WentOn(u32),
    /// The utterance is over; the recognition of this number is of the whole of it.
    Ended(u32),
    /// What sounded like speech was none.
    Dismissed(u32),
    /// A key.
    Key(char),
}

/// Listens to one call. Feed it every frame; after each input, poll until empty.
pub struct Endpointer {
    activity: VoiceActivity,
    turns: Turns,
}

impl Endpointer {
    pub fn new() -> Self {
        Self {
            activity: VoiceActivity::new(),
            turns: Turns::new(),
        }
    }

    /// A frame from the learner.
    pub fn handle_frame(&mut self, frame: &AudioFrame, now: Instant) {
        let chance = self.activity.hear(frame);
        self.turns.handle_frame(frame, chance, now);
    }

    /// A frame to the learner, silence included: one for each 20 ms.
    pub fn handle_sent(&mut self, frame: &AudioFrame) {
        self.turns.echo.note_sent(loudness(frame));
    }

    /// Time went by without a frame.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.turns.decide(now);
    }

    pub fn handle_key(&mut self, key: char, now: Instant) {
        self.turns.handle_key(key, now);
    }

    pub fn handle_prompt_started(&mut self) {
        self.turns.prompting = true;
    }

    pub fn handle_prompt_ended(&mut self) {
        self.turns.prompting = false;
    }

    /// Whether recognitions wait for one another.
    pub fn handle_load(&mut self, busy: bool) {
        self.turns.speculate_after = if busy {
            SPECULATE_BUSY_AFTER
        } else {
            SPECULATE_AFTER
        };
    }

    /// What recognition of this number came to. A late one, of an utterance that went on, is
    /// ignored.
    pub fn handle_verdict(&mut self, number: u32, verdict: Verdict, now: Instant) {
        self.turns.handle_verdict(number, verdict, now);
    }

    /// Forgets an utterance that has begun: the turn was taken by a key.
    pub fn forget(&mut self) {
        self.turns.speech = None;
        self.turns.votes = 0;
        self.turns.events.clear();
    }

    /// Whether somebody is speaking, or has just paused.
    pub fn is_speaking(&self) -> bool {
        self.turns.speech.is_some()
    }

    pub fn poll_event(&mut self) -> Option<HearingEvent> {
        self.turns.events.pop_front()
    }
}

impl Default for Endpointer {
    fn default() -> Self {
        Endpointer::new()
    }
}

/// The machine behind the detector: chances of speech in, events out.
struct Turns {
    echo: Echo,
    prompting: bool,
    recent: VecDeque<AudioFrame>,
    /// The latest frames, newest in the lowest bit: one if it held a voice.
    votes: u32,
    speech: Option<Speech>,
    key_at: Option<Instant>,
    speculate_after: Duration,
    number: u32,
    events: VecDeque<HearingEvent>,
}

struct Speech {
    said: Utterance,
    recognition: Recognition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recognition {
    NotBegun,
    Running(u32),
    Done(u32, Verdict),
}

impl Turns {
    fn new() -> Self {
        Self {
            echo: Echo::new(),
            prompting: false,
            recent: VecDeque::with_capacity(PRE_ROLL_FRAMES + 1),
            votes: 0,
            speech: None,
            key_at: None,
            speculate_after: SPECULATE_AFTER,
            number: 0,
            events: VecDeque::new(),
        }
    }

    fn handle_frame(&mut self, frame: &AudioFrame, chance: f32, now: Instant) {
        let level = loudness(frame);
        self.echo.note_heard(level, self.speech.is_some());
        let likely = if self.speech.is_some() {
            GO_ON_CHANCE
        } else {
            BEGIN_CHANCE
        };
        let voice = chance > likely && level > self.echo.threshold();
        self.votes = self.votes << 1 | u32::from(voice);
        match &mut self.speech {
            Some(speech) => {
                speech.said.frames.push(*frame);
                self.go_on(voice, now);
            }
            None => {
                self.recent.push_back(*frame);
                while self.recent.len() > PRE_ROLL_FRAMES {
                    self.recent.pop_front();
                }
                self.begin(now);
            }
        }
        self.decide(now);
    }

    fn begin(&mut self, now: Instant) {
        let votes = if self.echo.is_possible() {
            BARGE_IN
        } else {
            BEGIN
        };
        let rings = |at: Instant| now.saturating_duration_since(at) < KEY_RINGS;
        // Until a second of prompt has shown how loud its echo is, speech does not interrupt.
        let deaf = self.prompting && !self.echo.is_known();
        if !votes.carried(self.votes) || deaf || self.key_at.is_some_and(rings) {
            return;
        }
        let voiced = AudioFrame::DURATION * votes.of.saturating_sub(1);
        self.speech = Some(Speech {
            said: Utterance {
                frames: self.recent.drain(..).collect(),
                began: now.checked_sub(voiced).unwrap_or(now),
                ended: now,
                barged: self.prompting,
            },
            recognition: Recognition::NotBegun,
        });
        if self.prompting {
            self.events.push_back(HearingEvent::Interrupted);
        }
        self.events.push_back(HearingEvent::Began);
    }

    fn go_on(&mut self, voice: bool, now: Instant) {
        let Some(speech) = &mut self.speech else {
            return;
        };
        match speech.recognition {
            Recognition::NotBegun if voice => speech.said.ended = now,
            Recognition::Running(number) | Recognition::Done(number, _)
                if voice && GO_ON.carried(self.votes) =>
            {
                speech.said.ended = now;
                speech.recognition = Recognition::NotBegun;
                self.events.push_back(HearingEvent::WentOn(number));
            }
            _ => {}
        }
    }

    fn decide(&mut self, now: Instant) {
        let Some(speech) = &mut self.speech else {
            return;
        };
        let silence = now.saturating_duration_since(speech.said.ended);
        let full = speech.said.frames.len() >= UTTERANCE_FRAMES_MAX;
        if speech.recognition == Recognition::NotBegun && (silence >= self.speculate_after || full)
        {
            self.number = self.number.wrapping_add(1);
            speech.recognition = Recognition::Running(self.number);
            let said = speech.said.clone();
            self.events
                .push_back(HearingEvent::Recognise(self.number, said));
        }
        let over = match speech.recognition {
            Recognition::NotBegun => None,
            Recognition::Done(number, Verdict::NotSpeech) if !full => {
                Some(HearingEvent::Dismissed(number))
            }
            Recognition::Done(number, Verdict::Complete) if silence >= END_COMPLETE => {
                Some(HearingEvent::Ended(number))
            }
            Recognition::Running(number) | Recognition::Done(number, _) => {
                (silence >= END_OPEN || full).then_some(HearingEvent::Ended(number))
            }
        };
        if let Some(event) = over {
            self.speech = None;
            self.votes = 0;
            self.recent.clear();
            self.events.push_back(event);
        }
    }

    fn handle_verdict(&mut self, number: u32, verdict: Verdict, now: Instant) {
        if let Some(speech) = &mut self.speech
            && speech.recognition == Recognition::Running(number)
        {
            speech.recognition = Recognition::Done(number, verdict);
            self.decide(now);
        }
    }

    fn handle_key(&mut self, key: char, now: Instant) {
        self.key_at = Some(now);
        self.votes = 0;
        if let Some(speech) = self.speech.take() {
            match speech.recognition {
                Recognition::NotBegun => {}
                Recognition::Running(number) | Recognition::Done(number, _) => {
                    self.events.push_back(HearingEvent::WentOn(number));
                }
            }
        }
        if self.prompting {
            self.events.push_back(HearingEvent::Interrupted);
        }
        self.events.push_back(HearingEvent::Key(key));
    }
}

impl Votes {
    fn carried(self, votes: u32) -> bool {
        let latest = votes & ((1 << self.of) - 1);
        latest.count_ones() >= self.yes
    }
}

impl std::fmt::Debug for Utterance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Utterance({} frames)", self.frames.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOUD: AudioFrame = AudioFrame([2_000; AudioFrame::LEN]);

    /// Runs a script, one character for each 20 ms: `#` voice, `.` none. A recognition gets
    /// `verdict` as soon as it is begun. Gives what happened with the frame it happened at.
    fn run(script: &str, verdict: Option<Verdict>, prompting: bool) -> Vec<(usize, String)> {
        let mut turns = Turns::new();
        turns.prompting = prompting;
        let mut now = Instant::now();
        let mut events = Vec::new();
        for (at, mark) in script.chars().enumerate() {
            let (frame, chance) = match mark {
                '#' => (LOUD, 0.9),
                _ => (AudioFrame::SILENCE, 0.1),
            };
            turns.handle_frame(&frame, chance, now);
            while let Some(event) = turns.events.pop_front() {
                let name = match &event {
                    HearingEvent::Recognise(number, said) => {
                        if let Some(verdict) = verdict {
                            turns.handle_verdict(*number, verdict, now);
                        }
                        format!("recognise {}", said.frames.len())
                    }
                    other => format!("{other:?}"),
                };
                events.push((at, name));
            }
            now += AudioFrame::DURATION;
        }
        events
    }

    fn names(events: &[(usize, String)]) -> Vec<&str> {
        events.iter().map(|(_, name)| name.as_str()).collect()
    }

    fn at(events: &[(usize, String)], name: &str) -> usize {
        let found = events.iter().find(|(_, other)| other == name);
        found.map(|(at, _)| *at).expect("it happened")
    }

    fn pause(seconds: f64) -> String {
        ".".repeat((seconds * 50.0) as usize)
    }

    #[test]
    fn a_short_five_is_heard_with_what_came_before_it() {
        let script = format!("{}#######{}", pause(1.0), pause(2.0));
        let events = run(&script, Some(Verdict::Complete), false);
        assert_eq!(
            names(&events),
            ["Began", "recognise 30", "Ended(1)"],
            "{events:?}"
        );
        // 460 ms after the last voice, which is frame 56.
        assert_eq!(at(&events, "Ended(1)"), 79);
    }

    #[test]
    fn an_open_answer_waits_longer() {
        let script = format!("{}{}", "#".repeat(30), pause(2.0));
        let events = run(&script, Some(Verdict::Open), false);
        assert_eq!(at(&events, "Ended(1)"), 29 + 55);
        let unanswered = run(&script, None, false);
        assert_eq!(at(&unanswered, "Ended(1)"), 29 + 55);
    }

    #[test]
    fn a_child_who_pauses_is_not_cut_off() {
        let script = format!(
            "{}{}{}{}",
            "#".repeat(20),
            pause(0.8),
            "#".repeat(20),
            pause(2.0)
        );
        let events = run(&script, Some(Verdict::Open), false);
        assert_eq!(
            names(&events),
            [
                "Began",
                "recognise 28",
                "WentOn(1)",
                "recognise 88",
                "Ended(2)"
            ]
        );
    }

    #[test]
    fn a_click_is_no_speech_and_a_cough_is_dismissed() {
        assert!(run(&format!("##{}", pause(1.0)), None, false).is_empty());
        let cough = format!("######{}", pause(1.0));
        let events = run(&cough, Some(Verdict::NotSpeech), false);
        assert_eq!(names(&events), ["Began", "recognise 14", "Dismissed(1)"]);
    }

    #[test]
    fn a_key_wins_over_speech_and_stops_the_prompt() {
        let mut turns = Turns::new();
        let now = Instant::now();
        (0..20).for_each(|_| turns.handle_frame(&LOUD, 0.9, now));
        turns.prompting = true;
        turns.events.clear();
        turns.handle_key('5', now);
        (0..5).for_each(|_| turns.handle_frame(&LOUD, 0.9, now));
        let events: Vec<_> = turns.events.drain(..).collect();
        assert_eq!(events, [HearingEvent::Interrupted, HearingEvent::Key('5')]);
    }

    #[test]
    fn the_first_prompt_of_a_call_is_heard_before_it_can_be_interrupted() {
        assert!(run(&"#".repeat(40), None, true).is_empty());
    }

    proptest! {
        /// Whatever is heard: every utterance ends once, holds all frames since it began, is no
        /// longer than the bound, and is over soon after the voice is.
        #[test]
        fn every_utterance_ends(
            runs in proptest::collection::vec((any::<bool>(), 1usize..120), 1..40),
            verdict in prop_oneof![
                Just(None), Just(Some(Verdict::Complete)), Just(Some(Verdict::Open)), Just(Some(Verdict::NotSpeech)),
            ],
        ) {
            let mut script: String = runs.iter().map(|&(voice, length)| {
                if voice { "#".repeat(length) } else { ".".repeat(length) }
            }).collect();
            script.push_str(&pause(2.0));
            let events = run(&script, verdict, false);
            let mut open = false;
            let mut recognised = false;
            for (_, name) in &events {
                if name == "Began" {
                    prop_assert!(!open);
                    (open, recognised) = (true, false);
                } else if let Some(length) = name.strip_prefix("recognise ") {
                    prop_assert!(open && !recognised);
                    prop_assert!(length.parse::<usize>().unwrap() <= UTTERANCE_FRAMES_MAX);
                    recognised = true;
                } else if name.starts_with("WentOn") {
                    prop_assert!(open && recognised);
                    recognised = false;
                } else {
                    prop_assert!(open && recognised, "{events:?}");
                    open = false;
                }
            }
            prop_assert!(!open, "{events:?}");
        }
    }
}
