//! Hearing: accuracy, rejection and processor time beside whisper.cpp as it comes.
//!
//! Thresholds were chosen on the speakers in `CHOSEN_ON`; the figures are of the others.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use curriculum::Language;
use models::audio::{SampleRate, Samples};
use models::install::installed_file;
use models::number;
use models::telephone::telephone_line;
use models::transcribe::{Choices, Expectation, SpokenAnswer, Stop, Transcriber};
use models::wav;
use models::whisper::{Engine, Settings, StockWhisper, WhisperTranscriber};

use super::dice::Dice;
use super::noises::noises;
use super::words::{WordErrors, sentences};
use super::{Row, absent, cpu};

const CHOSEN_ON: [&str; 2] = ["george", "jackson"];
const REPORTED_ON: [&str; 2] = ["theo", "yweweler"];

const DIGITS: usize = 200;
const STRINGS: usize = 100;
const NOISES: usize = 200;
const SEED: u64 = 2_026;

/// Clips for each that stock whisper.cpp hears too: it takes two seconds of processor time each.
const STOCK_PART: usize = 2;

/// What both engines made of a set of clips.
#[derive(Default)]
struct Tally {
    clips: usize,
    exact: usize,
    wrong_accepted: usize,
    rejected: usize,
    cpu: Duration,
    stock_clips: usize,
    stock_exact: usize,
    stock_cpu: Duration,
    /// Processor time on the clips that stock heard too.
    cpu_beside_stock: Duration,
}

/// All figures of hearing, or of free speech alone; `part` below 1.0 hears only that part of each
/// set of clips.
pub(super) fn rows(part: f64, all: bool) -> anyhow::Result<Vec<Row>> {
    let engine = Arc::new(Engine::load(&installed_file(
        "whisper-tiny.en",
        "ggml-f16.bin",
    )?)?);
    let mut bench = Bench {
        ours: WhisperTranscriber::new(Arc::clone(&engine), Language::ENGLISH, Settings::default())?,
        stock: StockWhisper::new(&engine)?,
        part,
    };
    if !all {
        return bench.free(&engine);
    }
    let mut rows = match data_folder() {
        Some(folder) => bench.numbers(&folder.join("speech/spoken-digits-8k"))?,
        None => vec![skipped(
            "spoken digits",
            "set ISHURI_DATA to the data folder",
        )],
    };
    rows.push(bench.noise()?);
    rows.extend(bench.free(&engine)?);
    Ok(rows)
}

struct Bench {
    ours: WhisperTranscriber,
    stock: StockWhisper,
    part: f64,
}

impl Bench {
    fn some(&self, count: usize) -> usize {
        ((count as f64 * self.part).ceil() as usize).max(1)
    }

    fn numbers(&mut self, folder: &Path) -> anyhow::Result<Vec<Row>> {
        let any = Expectation::Number { digits: None };
        let four = Expectation::Number { digits: Some(4) };
        let digits = digits(folder, &REPORTED_ON, self.some(DIGITS))?;
        let strings = strings(folder, &REPORTED_ON, self.some(STRINGS))?;
        let tuned = digits_of_the_chosen(folder, self.some(DIGITS))?;
        let single = self.hear(&digits, &any, STOCK_PART)?;
        let several = self.hear(&strings, &any, STOCK_PART)?;
        let counted = self.hear(&strings, &four, 0)?;
        let chosen = self.hear(&tuned, &any, 0)?;
        Ok(vec![
            single.accuracy(
                "spoken digits, speakers not tuned on, number",
                Some(0.88),
                Some(0.05),
            ),
            chosen.accuracy("spoken digits, the speakers tuned on, number", None, None),
            several.accuracy(
                "4-digit strings, speakers not tuned on, number",
                Some(0.85),
                None,
            ),
            counted.accuracy("4-digit strings, count of digits known", None, None),
            single.processor_time("processor time, digit of 0.2-1 s"),
            several.processor_time("processor time, answer of 1-3 s"),
        ])
    }

    fn hear(
        &mut self,
        clips: &[(String, Samples)],
        expect: &Expectation,
        stock: usize,
    ) -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        for (nth, (said, samples)) in clips.iter().enumerate() {
            let (transcript, cpu) =
                cpu::time(|| self.ours.transcribe(samples, expect, &Stop::never()));
            let transcript = transcript?;
            let right = transcript.answer == Some(SpokenAnswer::Number(said.clone()));
            tally.clips += 1;
            tally.cpu += cpu;
            match (transcript.accepted(), right) {
                (true, true) => tally.exact += 1,
                (true, false) => tally.wrong_accepted += 1,
                (false, _) => tally.rejected += 1,
            }
            if stock > 0 && nth % stock == 0 {
                let (text, stock_cpu) = cpu::time(|| self.stock.transcribe(samples));
                tally.stock_clips += 1;
                tally.stock_exact += usize::from(number::digits(&text?).as_ref() == Some(said));
                tally.stock_cpu += stock_cpu;
                tally.cpu_beside_stock += cpu;
            }
        }
        Ok(tally)
    }

    /// Every kind of sound meets every expectation in turn.
    fn noise(&mut self) -> anyhow::Result<Row> {
        let choices = Choices::new(vec!["the river".into(), "a lake".into(), "the sea".into()])?;
        let expectations = [
            Expectation::Number { digits: None },
            Expectation::YesNo,
            Expectation::Choice(choices),
            Expectation::Free,
        ];
        let clips = noises(SEED);
        let step = NOISES / self.some(NOISES);
        let (mut heard, mut accepted, mut stock_heard, mut stock_text) = (0, Vec::new(), 0, 0);
        for (nth, (kind, samples)) in clips.iter().enumerate().step_by(step) {
            let expectation = &expectations[(nth / step) % expectations.len()];
            heard += 1;
            if self
                .ours
                .transcribe(samples, expectation, &Stop::never())?
                .accepted()
            {
                accepted.push(*kind);
            }
            if heard % 4 == 0 {
                stock_heard += 1;
                let text = self.stock.transcribe(samples)?;
                // Stock marks silence itself; anything else would be taken for an answer.
                stock_text += usize::from(!text.is_empty() && text != "[BLANK_AUDIO]");
            }
        }
        Ok(Row {
            what: format!("{heard} sounds of a line without a voice, accepted as an answer"),
            ours: if accepted.is_empty() {
                "0".to_owned()
            } else {
                format!("{} ({})", accepted.len(), accepted.join(", "))
            },
            baseline: format!("{stock_text} of {stock_heard} give text"),
            reach: "0",
            met: Some(accepted.is_empty()),
        })
    }

    fn free(&mut self, engine: &Arc<Engine>) -> anyhow::Result<Vec<Row>> {
        let settings = Settings {
            audio_context: None,
            ..Settings::default()
        };
        let mut full = WhisperTranscriber::new(Arc::clone(engine), Language::ENGLISH, settings)?;
        let mut clips = sentences(self.some(60))?;
        if let Some(folder) = data_folder() {
            let samples = telephone_line(&wav::read(&folder.join("speech/jfk-16k.wav"))?);
            clips.push((super::words::JFK.to_owned(), samples));
        }
        let (mut ours, mut whole, mut stock) = (
            WordErrors::default(),
            WordErrors::default(),
            WordErrors::default(),
        );
        let (mut our_cpu, mut full_cpu, mut refused) = (Duration::ZERO, Duration::ZERO, 0);
        for (said, samples) in &clips {
            let (transcript, cpu) = cpu::time(|| {
                self.ours
                    .transcribe(samples, &Expectation::Free, &Stop::never())
            });
            let transcript = transcript?;
            refused += usize::from(!transcript.accepted());
            ours.add(said, &transcript.text);
            our_cpu += cpu;
            let (transcript, cpu) =
                cpu::time(|| full.transcribe(samples, &Expectation::Free, &Stop::never()));
            whole.add(said, &transcript?.text);
            full_cpu += cpu;
            stock.add(said, &self.stock.transcribe(samples)?);
        }
        let (our_rate, full_rate) = (ours.percent(), whole.percent().min(stock.percent()));
        Ok(vec![Row {
            what: format!(
                "free speech, {} sentences through the line and jfk, word error",
                clips.len() - 1
            ),
            ours: format!(
                "{our_rate:.1} % ({refused} refused), {:.2} s",
                our_cpu.as_secs_f64() / clips.len() as f64
            ),
            baseline: format!(
                "full context {:.1} %, {:.2} s; stock {:.1} %",
                whole.percent(),
                full_cpu.as_secs_f64() / clips.len() as f64,
                stock.percent()
            ),
            reach: "<= full context + 1 point",
            met: Some(our_rate <= full_rate + 1.0),
        }])
    }
}

impl Tally {
    fn accuracy(&self, what: &str, exact_min: Option<f64>, wrong_max: Option<f64>) -> Row {
        let part = |count: usize| count as f64 / self.clips as f64;
        let met = exact_min.map(|least| {
            part(self.exact) >= least
                && wrong_max.is_none_or(|most| part(self.wrong_accepted) <= most)
        });
        Row {
            what: format!("{what}, {} clips", self.clips),
            ours: format!(
                "{:.1} % exact, {:.1} % wrong and accepted, {:.1} % rejected",
                100.0 * part(self.exact),
                100.0 * part(self.wrong_accepted),
                100.0 * part(self.rejected)
            ),
            baseline: match self.stock_clips {
                0 => absent("not heard by stock"),
                clips => format!(
                    "{:.1} % exact of {clips}",
                    100.0 * self.stock_exact as f64 / clips as f64
                ),
            },
            reach: match exact_min {
                Some(0.88) => ">= 88 % exact, <= 5 % wrong and accepted",
                Some(_) => ">= 85 % exact",
                None => "-",
            },
            met,
        }
    }

    fn processor_time(&self, what: &str) -> Row {
        let each = |total: Duration| total.as_secs_f64() / self.stock_clips.max(1) as f64;
        let (ours, stock) = (each(self.cpu_beside_stock), each(self.stock_cpu));
        Row {
            what: what.to_owned(),
            ours: format!("{:.0} ms, {:.2} of stock", ours * 1_000.0, ours / stock),
            baseline: format!("{:.0} ms", stock * 1_000.0),
            reach: "<= 0.35 of stock",
            met: Some(ours <= 0.35 * stock),
        }
    }
}

fn skipped(what: &str, reason: &str) -> Row {
    Row {
        what: what.to_owned(),
        ours: absent(reason),
        baseline: absent(reason),
        reach: "-",
        met: None,
    }
}

/// `$ISHURI_DATA`, else `shared/data` beside the workspace, if it is there.
fn data_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ISHURI_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    folder.join("speech").is_dir().then_some(folder)
}

/// `count` digits of these speakers through the line, with what is said in each.
fn digits(
    folder: &Path,
    speakers: &[&str],
    count: usize,
) -> anyhow::Result<Vec<(String, Samples)>> {
    let mut names: Vec<(usize, String)> = Vec::new();
    for digit in 0..10 {
        for speaker in speakers {
            names.extend((0..50).map(|take| (digit, format!("{digit}_{speaker}_{take}.wav"))));
        }
    }
    Dice::new(SEED).shuffle(&mut names);
    let clip = |(digit, name): &(usize, String)| {
        let samples = wav::read(&folder.join(name)).context("read the spoken digits")?;
        Ok((digit.to_string(), telephone_line(&samples)))
    };
    names.iter().take(count).map(clip).collect()
}

fn digits_of_the_chosen(folder: &Path, count: usize) -> anyhow::Result<Vec<(String, Samples)>> {
    digits(folder, &CHOSEN_ON, count)
}

/// Four digits of one speaker, 150-400 ms apart, through the line.
fn strings(
    folder: &Path,
    speakers: &[&str],
    count: usize,
) -> anyhow::Result<Vec<(String, Samples)>> {
    let mut dice = Dice::new(SEED + 1);
    let mut one = || {
        let speaker = speakers[dice.below(speakers.len() as u64) as usize];
        let (mut said, mut values) = (String::new(), Vec::new());
        for nth in 0..4 {
            let (digit, take) = (dice.below(10), dice.below(50));
            let pause = Duration::from_millis(150 + dice.below(251));
            if nth > 0 {
                values.resize(values.len() + SampleRate::TELEPHONE.samples_in(pause), 0.0);
            }
            let name = format!("{digit}_{speaker}_{take}.wav");
            let samples = wav::read(&folder.join(name)).context("read the spoken digits")?;
            values.extend_from_slice(samples.values());
            said.push_str(&digit.to_string());
        }
        Ok((
            said,
            telephone_line(&Samples::new(SampleRate::TELEPHONE, values)),
        ))
    };
    (0..count).map(|_| one()).collect()
}
