//! Rendering: the sentences of a prompt, from the cache or from a voice that all calls share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use curriculum::Language;
use curriculum::interface::{Form, Interface, Saying};
use models::audio::{AudioFrame, SampleRate, Samples};
use models::clause::Sentence;
use models::pause;
use models::pool::{CallKey, Limits, Load, Overload, Pool, Unfinished};
use models::resample::resample;
use models::synthesise::{SpeakingRate, SpeakingStyle, SynthesiseError, Synthesiser, plan, render};

use super::cache::{Clips, Key};
use super::playout::Clip;
use crate::dialogue::{Pace, Prompt, PromptKind};

/// One worker's voices, by language.
pub type Mouth = BTreeMap<Language, Box<dyn Synthesiser>>;

/// A sentence that is not rendered within this is given up: the learner has hung up by then.
const RENDER_MAX: Duration = Duration::from_secs(20);
/// Pause before asking again a pool that is full.
const RETRY: Duration = Duration::from_millis(50);
/// Rendering ahead belongs to no call.
const NO_CALL: CallKey = CallKey(u64::MAX);
/// Silence left before the first sound of a clip, so that it is heard at once but not clipped.
const LEAD: Duration = Duration::from_millis(15);

/// The voices of a box.
pub struct Voices {
    pool: Pool<Mouth>,
    clips: Arc<Clips>,
    /// Name of the voice of each language: clips of another voice are never taken for its.
    names: BTreeMap<Language, String>,
}

/// A sentence to be said, in the voice and style it will be said in.
#[derive(Clone, Debug)]
pub struct Spoken {
    sentence: Sentence,
    language: Language,
    style: SpeakingStyle,
    /// Worth keeping on the disk: it will be said again.
    keep: bool,
    key: Key,
}

#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("speak {language}: no voice for it is installed")]
    NoVoice { language: Language },
    #[error(transparent)]
    Synthesise(#[from] SynthesiseError),
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    #[error(transparent)]
    Overload(#[from] Overload),
    #[error("speak: the cache's thread broke down")]
    Broken,
}

impl Voices {
    /// Workers with the same voices; `names` tells voices apart.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(
        mouths: Vec<Mouth>,
        names: BTreeMap<Language, String>,
        clips: Arc<Clips>,
        limits: Limits,
    ) -> std::io::Result<Self> {
        Ok(Self {
            pool: Pool::new(mouths, limits)?,
            clips,
            names,
        })
    }

    /// Languages there is a voice for.
    pub fn speaks(&self) -> Vec<Language> {
        self.names.keys().copied().collect()
    }

    pub fn load(&self) -> Load {
        self.pool.load()
    }

    /// The sentences of a prompt.
    ///
    /// # Errors
    /// When it is too long, or there is no voice for its language.
    pub fn sentences(&self, prompt: &Prompt) -> Result<Vec<Spoken>, RenderError> {
        let language = prompt.language;
        // Read by the voice of another language it would be gibberish: the dialogue says in a
        // language that there is a voice for what can be done.
        let Some(name) = self.names.get(&language) else {
            return Err(RenderError::NoVoice { language });
        };
        let style = style(prompt.pace);
        let sentences = plan(&prompt.text, language)?;
        let spoken = sentences.into_iter().map(|sentence| Spoken {
            key: key(name, language, style, &sentence),
            sentence,
            language,
            style,
            keep: prompt.kind != PromptKind::Filled || prompt.text.chars().count() < 60,
        });
        Ok(spoken.collect())
    }

    /// The clip of a sentence, and whether it had to be rendered.
    ///
    /// # Errors
    /// When the voice fails, or is not free in time.
    pub async fn clip(&self, call: CallKey, spoken: &Spoken) -> Result<(Clip, bool), RenderError> {
        let (clips, key) = (Arc::clone(&self.clips), spoken.key);
        let found = tokio::task::spawn_blocking(move || clips.find(&key)).await;
        if let Some(clip) = found.map_err(|_| RenderError::Broken)? {
            return Ok((clip, false));
        }
        let deadline = Instant::now() + RENDER_MAX;
        let ticket = loop {
            match self.submit(call, spoken.clone(), deadline) {
                Ok(ticket) => break ticket,
                Err(Overload::Closing) => return Err(Overload::Closing.into()),
                Err(error) if Instant::now() >= deadline => return Err(error.into()),
                Err(_) => tokio::time::sleep(RETRY).await,
            }
        };
        Ok((ticket.await??, true))
    }

    fn submit(
        &self,
        call: CallKey,
        spoken: Spoken,
        deadline: Instant,
    ) -> Result<models::pool::Ticket<Result<Clip, RenderError>>, Overload> {
        let clips = Arc::clone(&self.clips);
        self.pool.submit(call, Some(deadline), move |mouth, _stop| {
            let language = spoken.language;
            let voice = mouth
                .get_mut(&language)
                .ok_or(RenderError::NoVoice { language })?;
            let samples = render(voice.as_mut(), &spoken.sentence, spoken.style)?;
            let clip = clip(&samples);
            if spoken.keep {
                clips.keep(spoken.key, &clip);
            }
            Ok(clip)
        })
    }

    /// Renders whatever is missing of the tutor's fixed words, one by one while nobody else wants
    /// a voice and the box is not busy. Returns how many were made; stops when dropped.
    ///
    /// # Errors
    /// At the first sentence that cannot be rendered.
    pub async fn prepare(
        &self,
        interface: &Interface,
        is_busy: impl Fn() -> bool,
    ) -> Result<usize, RenderError> {
        let mut made = 0;
        for spoken in self.fixed(interface)? {
            if self.clips.has(&spoken.key) {
                continue;
            }
            while is_busy() || self.pool.load().waiting > 0 {
                tokio::time::sleep(RETRY).await;
            }
            self.clip(NO_CALL, &spoken).await?;
            made += 1;
        }
        Ok(made)
    }

    /// The sentences of every wording without a hole, in languages that have a voice.
    fn fixed(&self, interface: &Interface) -> Result<Vec<Spoken>, RenderError> {
        let mut spoken = Vec::new();
        for wording in interface.iter() {
            if !self.names.contains_key(&wording.language) {
                continue;
            }
            let sayings = Saying::ALL
                .iter()
                .filter(|saying| saying.holes().is_empty());
            for text in sayings.flat_map(|saying| wording.variants(*saying, Form::Voice)) {
                spoken.extend(self.sentences(&Prompt {
                    text: text.clone(),
                    language: wording.language,
                    pace: Pace::Usual,
                    kind: PromptKind::Fixed,
                })?);
            }
        }
        Ok(spoken)
    }
}

/// Pauses first, then a little slower: time between clauses helps a second-language listener more
/// than stretched vowels.
fn style(pace: Pace) -> SpeakingStyle {
    let (rate, clause_ms, sentence_ms) = match pace {
        Pace::Usual => (0.92, 250, 350),
        Pace::Slow => (0.82, 500, 700),
    };
    SpeakingStyle {
        rate: SpeakingRate::new(rate).unwrap_or(SpeakingRate::NATURAL),
        clause_pause: Duration::from_millis(clause_ms),
        sentence_pause: Duration::from_millis(sentence_ms),
    }
}

fn key(voice: &str, language: Language, style: SpeakingStyle, sentence: &Sentence) -> Key {
    let mut hasher = blake3::Hasher::new();
    for part in [voice, language.as_str()] {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    hasher.update(&style.rate.get().to_le_bytes());
    for pause in [style.clause_pause, style.sentence_pause] {
        hasher.update(&pause.as_nanos().to_le_bytes());
    }
    for clause in sentence.clauses() {
        let mark = u32::from(clause.mark().as_char());
        hasher.update(clause.words().as_bytes());
        hasher.update(&mark.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// For the line: 8 kHz, and without the silence a voice begins with.
fn clip(samples: &Samples) -> Clip {
    let narrow = resample(samples, SampleRate::TELEPHONE);
    let lead = SampleRate::TELEPHONE.samples_in(LEAD);
    let before = pause::edges(&narrow).0.saturating_sub(lead);
    let pcm = narrow.to_pcm16();
    let frames = pcm[before.min(pcm.len())..].chunks(AudioFrame::LEN);
    let frames = frames.map(|chunk| {
        let mut frame = AudioFrame::SILENCE;
        frame.0[..chunk.len()].copy_from_slice(chunk);
        frame
    });
    Clip::new(frames.collect())
}

#[cfg(test)]
mod tests {
    use models::scripted::ScriptedVoice;

    use super::*;

    fn voices(folder: &std::path::Path) -> (Voices, ScriptedVoice) {
        let voice = ScriptedVoice::default();
        let mouth: Mouth = [(
            Language::ENGLISH,
            Box::new(voice.clone()) as Box<dyn Synthesiser>,
        )]
        .into();
        let names = [(Language::ENGLISH, "hum".to_owned())].into();
        let clips = Arc::new(Clips::open(folder, 10_000_000).unwrap());
        let voices = Voices::new(vec![mouth], names, clips, Limits::default()).unwrap();
        (voices, voice)
    }

    fn prompt(text: &str, pace: Pace) -> Prompt {
        Prompt {
            text: text.to_owned(),
            language: Language::ENGLISH,
            pace,
            kind: PromptKind::Fixed,
        }
    }

    async fn say(voices: &Voices, prompt: &Prompt) -> Vec<(usize, bool)> {
        let mut said = Vec::new();
        for spoken in voices.sentences(prompt).unwrap() {
            let (clip, rendered) = voices.clip(CallKey(1), &spoken).await.unwrap();
            said.push((clip.frames().len(), rendered));
        }
        said
    }

    #[tokio::test]
    async fn a_sentence_is_rendered_once() {
        let folder = tempfile::tempdir().unwrap();
        let (voices, voice) = voices(folder.path());
        let hello = prompt("Hello! I am Mwiza.", Pace::Usual);
        let first = say(&voices, &hello).await;
        let again = say(&voices, &hello).await;
        assert!(
            first
                .iter()
                .all(|(frames, rendered)| *frames > 10 && *rendered)
        );
        assert!(again.iter().all(|(_, rendered)| !rendered));
        assert_eq!(voice.said(), ["Hello!", "I am Mwiza."]);
    }

    #[tokio::test]
    async fn a_slower_pace_is_another_clip() {
        let folder = tempfile::tempdir().unwrap();
        let (voices, _) = voices(folder.path());
        let usual = say(&voices, &prompt("Take your time, please.", Pace::Usual)).await;
        let slow = say(&voices, &prompt("Take your time, please.", Pace::Slow)).await;
        assert!(slow[0].0 > usual[0].0 && slow[0].1);
    }

    #[tokio::test]
    async fn no_voice_reads_another_language() {
        let folder = tempfile::tempdir().unwrap();
        let (voices, voice) = voices(folder.path());
        let mut hello = prompt("Muraho!", Pace::Usual);
        hello.language = Language::KINYARWANDA;
        let refused = voices.sentences(&hello);
        assert!(matches!(refused, Err(RenderError::NoVoice { .. })));
        assert!(voice.said().is_empty());
    }

    #[tokio::test]
    async fn the_fixed_words_are_ready_before_a_call() {
        let folder = tempfile::tempdir().unwrap();
        let (voices, _) = voices(folder.path());
        let (words, _) = curriculum::tutor::TutorWords::new(&[]).unwrap();
        let english = words.interface.wording(Language::ENGLISH).clone();
        let text = english.say(Saying::Menu, Form::Voice, 0).to_owned();
        let interface = Interface::new([english]).unwrap();
        assert!(voices.prepare(&interface, || false).await.unwrap() > 50);
        assert_eq!(voices.prepare(&interface, || false).await.unwrap(), 0);
        let menu = say(&voices, &prompt(&text, Pace::Usual)).await;
        assert!(menu.iter().all(|(_, rendered)| !rendered));
    }
}
