//! `ishuri-models speak`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use curriculum::Language;

use models::audio::Samples;
use models::piper::PiperVoice;
use models::synthesise::{SpeakingRate, SpeakingStyle, speak};
use models::wav;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to say; numbers, amounts, times and abbreviations are read out as words.
    text: String,
    /// The WAV file to write: 16-bit PCM, one channel, the voice's own sample rate.
    out: PathBuf,
    /// Language of the text and the voice.
    #[arg(long, default_value_t = Language::ENGLISH)]
    language: Language,
    /// A folder with a Piper voice, instead of the installed one for the language.
    #[arg(long, value_name = "FOLDER")]
    voice: Option<PathBuf>,
    /// Pace and pauses as a whole; --rate, --pause and --sentence-pause change parts of it.
    #[arg(long, default_value = "natural")]
    style: Style,
    /// Pace, as a multiple of the voice's own: 0.5 to 2.
    #[arg(long)]
    rate: Option<f32>,
    /// Shortest pause at a comma, in milliseconds.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(..=5_000))]
    pause: Option<u64>,
    /// Shortest pause after a sentence, in milliseconds.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(..=5_000))]
    sentence_pause: Option<u64>,
    /// Print what was done as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Style {
    /// As the voice speaks by itself.
    Natural,
    /// A little slower, with long pauses, for a second-language listener.
    Learner,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let style = args.style()?;
    let Args {
        text,
        out,
        language,
        voice,
        json,
        ..
    } = args;
    let mut voice = match voice {
        Some(folder) => PiperVoice::open(&folder)?,
        None => PiperVoice::installed(language)?,
    };
    let started = Instant::now();
    let mut first = None;
    let mut all = Vec::new();
    let mut sentences = 0_u32;
    for sentence in speak(&mut voice, &text, language, style)? {
        let sentence = sentence?;
        first.get_or_insert_with(|| started.elapsed());
        sentences += 1;
        all.push(sentence);
    }
    let Some(rate) = all.first().map(Samples::rate) else {
        bail!("there is nothing to say in {text:?}");
    };
    let values = all
        .iter()
        .flat_map(|part| part.values().iter().copied())
        .collect();
    let speech = Samples::new(rate, values);
    wav::write(&out, &speech)?;
    let ms = |time: Duration| time.as_millis();
    if json {
        let report = serde_json::json!({
            "file": out,
            "sentences": sentences,
            "sample_rate": rate.hz(),
            "speech_ms": ms(speech.duration()),
            "first_sentence_ms": first.map(ms),
            "whole_ms": ms(started.elapsed()),
        });
        println!("{report}");
    } else {
        println!(
            "{}: {sentences} sentence(s), {:.1} s of speech, first after {} ms, all after {} ms",
            out.display(),
            speech.duration().as_secs_f64(),
            first.map_or(0, ms),
            ms(started.elapsed()),
        );
    }
    Ok(())
}

impl Args {
    fn style(&self) -> anyhow::Result<SpeakingStyle> {
        let mut style = match self.style {
            Style::Natural => SpeakingStyle::NATURAL,
            Style::Learner => SpeakingStyle::LEARNER,
        };
        if let Some(rate) = self.rate {
            style.rate = SpeakingRate::new(rate).context("read --rate")?;
        }
        if let Some(pause) = self.pause {
            style.clause_pause = Duration::from_millis(pause);
        }
        if let Some(pause) = self.sentence_pause {
            style.sentence_pause = Duration::from_millis(pause);
        }
        Ok(style)
    }
}
