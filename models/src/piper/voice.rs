use std::fs;
use std::path::{Path, PathBuf};

use curriculum::Language;
use piper_rs::{ModelConfig, Piper};
use serde::Deserialize;

use super::phonemes::Phonemiser;
use crate::audio::{BadSampleRate, SampleRate, Samples};
use crate::clause::Sentence;
use crate::install::{FolderError, models_dir};
use crate::onnx::{OnnxError, WorkingMemory, open_session};
use crate::synthesise::{SpeakingRate, SynthesiseError, Synthesiser};

/// piper-rs puts a pad after every symbol but the first, where the voice was trained with one; with
/// none the first sound is cut short: "boil" was heard as "oil".
const PAD: char = '_';

/// Every sentence is scaled to this peak: one loudness, and headroom for the telephone band.
const PEAK: f32 = 0.8;

#[derive(Debug, thiserror::Error)]
pub enum PiperError {
    #[error("find a voice for language {language} in {}: install one there as piper-{language}_…", models.display())]
    NoVoice { language: Language, models: PathBuf },
    #[error("find one .onnx file with its .onnx.json in {}", path.display())]
    NoFiles { path: PathBuf },
    #[error("read {}: {reason}", path.display())]
    Config { path: PathBuf, reason: String },
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    #[error(transparent)]
    Rate(#[from] BadSampleRate),
}

/// A Piper voice, loaded.
pub struct PiperVoice {
    engine: Piper,
    phonemiser: Phonemiser,
    sample_rate: SampleRate,
    /// Stretch and two kinds of liveliness, from the voice's own file.
    length_scale: f32,
    liveliness: Liveliness,
}

/// How much the voice varies: its tone and the length of its sounds.
#[derive(Clone, Copy, Debug)]
struct Liveliness {
    tone: f32,
    length: f32,
}

/// The part of a voice's file that piper-rs does not read.
#[derive(Deserialize)]
struct Extra {
    #[serde(default)]
    phoneme_type: PhonemeType,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PhonemeType {
    #[default]
    Espeak,
    Text,
}

impl PiperVoice {
    /// The installed voice for `language`: the first folder named `piper-LANGUAGE_…`.
    ///
    /// # Errors
    /// When there is none, or it cannot be loaded.
    pub fn installed(language: Language) -> Result<Self, PiperError> {
        let models = models_dir()?;
        let prefix = format!("piper-{language}_");
        let mut folders: Vec<PathBuf> = fs::read_dir(&models)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .map(|entry| entry.path())
            .collect();
        folders.sort();
        match folders.first() {
            Some(folder) => Self::open(folder),
            None => Err(PiperError::NoVoice { language, models }),
        }
    }

    /// The voice in `folder`, which holds one `.onnx` file and the `.onnx.json` beside it.
    ///
    /// # Errors
    /// When a file is missing or unreadable, or the ONNX runtime cannot start.
    pub fn open(folder: &Path) -> Result<Self, PiperError> {
        let no_files = || PiperError::NoFiles {
            path: folder.to_owned(),
        };
        let model = fs::read_dir(folder)
            .map_err(|_| no_files())?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|end| end == "onnx"))
            .ok_or_else(no_files)?;
        let path = model.with_extension("onnx.json");
        let bad = |reason: String| PiperError::Config {
            path: path.clone(),
            reason,
        };
        let text = fs::read_to_string(&path).map_err(|error| bad(error.to_string()))?;
        let config: ModelConfig =
            serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        let extra: Extra = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            phonemiser: match extra.phoneme_type {
                PhonemeType::Espeak => Phonemiser::Espeak {
                    language: config.espeak.voice.clone(),
                },
                PhonemeType::Text => Phonemiser::Letters,
            },
            sample_rate: SampleRate::new(config.audio.sample_rate)?,
            length_scale: config.inference.length_scale,
            liveliness: Liveliness {
                tone: config.inference.noise_scale,
                length: config.inference.noise_w,
            },
            engine: Piper::from_session(open_session(&model, WorkingMemory::GivenBack)?, config),
        })
    }

    /// Takes chance out of the voice: the same sentence gives the same samples, a little flat.
    pub fn steady(mut self) -> Self {
        self.liveliness = Liveliness {
            tone: 0.0,
            length: 0.0,
        };
        self
    }
}

impl Synthesiser for PiperVoice {
    fn sample_rate(&self) -> SampleRate {
        self.sample_rate
    }

    fn render(
        &mut self,
        sentence: &Sentence,
        rate: SpeakingRate,
    ) -> Result<Samples, SynthesiseError> {
        let phonemes = self
            .phonemiser
            .phonemes(sentence)
            .map(|phonemes| format!("{PAD}{phonemes}"))
            .map_err(SynthesiseError::Engine)?;
        let Liveliness { tone, length } = self.liveliness;
        let stretch = self.length_scale / rate.get();
        let (mut values, _) = self
            .engine
            .create(
                &phonemes,
                true,
                None,
                Some(stretch),
                Some(tone),
                Some(length),
            )
            .map_err(|error| SynthesiseError::Engine(error.to_string()))?;
        let peak = values
            .iter()
            .fold(0.0_f32, |peak, value| peak.max(value.abs()));
        if peak > 0.0 {
            values.iter_mut().for_each(|value| *value *= PEAK / peak);
        }
        Ok(Samples::new(self.sample_rate, values))
    }
}
