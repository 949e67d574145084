//! Figures of speaking and of sentence vectors.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use curriculum::Language;
use serde_json::{Value, json};

use models::audio::Samples;
use models::clause::{Mark, Sentence};
use models::install::installed_file;
use models::onnx::MiniLm;
use models::pause::{edges, longest_silences};
use models::piper::PiperVoice;
use models::sentence::SentenceEncoder;
use models::synthesise::{SpeakingRate, SpeakingStyle, Synthesiser, plan, speak};
use models::wav;

use super::{Row, absent, cpu, peer};

const ROUNDS: usize = 5;

/// Four sentences of about one length.
const REPLY: &str = "Bread costs three hundred and fifty francs and you have four hundred. \
    Jump from three hundred and fifty to four hundred, and that is fifty. \
    Shopkeepers count up to the next hundred in just this way. \
    Now you try it with soap that costs two hundred and eighty francs.";

/// Commas, full stops and question marks, several of each.
const MARKED: [&str; 8] = [
    "Right? Yes, it is. Well done.",
    "Press one for English, two for Kinyarwanda.",
    "You have three goats, two cows and a dog. How many animals are there?",
    "Take the bread, cut it in half, and give me one part. What is left?",
    "Is it raining today? Then we stay inside. Open your book, please.",
    "A plant needs water, light and air. Without light, it cannot make food.",
    "What is ten minus four? It is six, because four and six make ten.",
    "First we listen, then we speak. Are you ready? Good, let us begin.",
];

pub(super) fn rows(python: Option<PathBuf>) -> anyhow::Result<Vec<Row>> {
    let mut voice = PiperVoice::installed(Language::ENGLISH)?.steady();
    let mut encoder = MiniLm::installed()?;
    let sentences = sentences_of_twelve_words();
    let folder = std::env::temp_dir().join(format!("ishuri-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let theirs = peer::find(python).and_then(|python| ask(&python, &folder, &sentences));
    let theirs = theirs.inspect_err(|error| eprintln!("no comparison with Python: {error:#}"));

    let mut rows = vec![first_sentence(&mut voice)?];
    rows.extend(pauses(&mut voice, theirs.as_ref().ok(), &folder)?);
    rows.push(speaking_time(&mut voice, theirs.as_ref().ok())?);
    rows.extend(vectors(&mut encoder, &sentences, theirs.as_ref().ok())?);
    // What is left there is a few megabytes in a temporary folder.
    let _ = std::fs::remove_dir_all(&folder);
    Ok(rows)
}

fn ask(python: &Path, folder: &Path, sentences: &[String]) -> anyhow::Result<Value> {
    let job = json!({
        "voice": installed_file("piper-en_US-joe-medium", "en_US-joe-medium.onnx")?,
        "minilm": installed_file("minilm-l6-v2-int8", "model.onnx")?,
        "tokenizer": installed_file("minilm-l6-v2-int8", "tokenizer.json")?,
        "texts": MARKED,
        "sentences": sentences,
        "folder": folder,
        "rounds": ROUNDS,
    });
    peer::ask(python, include_str!("speaking_peer.py"), &job)
}

fn first_sentence(voice: &mut PiperVoice) -> anyhow::Result<Row> {
    let mut shares = Vec::new();
    let mut times = (0.0, 0.0);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let mut sentences = speak(voice, REPLY, Language::ENGLISH, SpeakingStyle::NATURAL)?;
        sentences
            .next()
            .context("the reply has a first sentence")??;
        let first = started.elapsed().as_secs_f64();
        sentences.try_for_each(|sentence| sentence.map(drop))?;
        times = (first, started.elapsed().as_secs_f64());
        shares.push(times.0 / times.1);
    }
    let share = median(shares);
    Ok(Row {
        what: "first sentence audible of a 4-sentence reply, share of the whole's time".to_owned(),
        ours: format!(
            "{share:.2} (last round {:.0} of {:.0} ms)",
            times.0 * 1e3,
            times.1 * 1e3
        ),
        baseline: "1.00, the whole text at once".to_owned(),
        reach: "<= 0.35",
        met: Some(share <= 0.35),
    })
}

/// Silence around each kind of mark, in seconds, ours and theirs.
fn pauses(
    voice: &mut PiperVoice,
    theirs: Option<&Value>,
    folder: &Path,
) -> anyhow::Result<Vec<Row>> {
    let (mut ours, mut peers) = (Pauses::default(), Pauses::default());
    for (number, text) in MARKED.iter().enumerate() {
        let plan = plan(text, Language::ENGLISH)?;
        let mut mine = Vec::new();
        for sentence in &plan {
            mine.push(voice.render(sentence, SpeakingRate::NATURAL)?);
        }
        ours.add(&plan, &mine);
        if let Some(theirs) = theirs {
            if theirs["sentences"][number] != plan.len() {
                bail!(
                    "compare {text:?}: the peer hears {} sentences, we {}",
                    theirs["sentences"][number],
                    plan.len()
                );
            }
            let read = |s| wav::read(&folder.join(format!("{number}-{s}.wav")));
            let read: Result<Vec<_>, _> = (0..plan.len()).map(read).collect();
            peers.add(&plan, &read?);
        }
    }
    let rows = [
        (',', &ours.comma, &peers.comma),
        ('.', &ours.stop, &peers.stop),
        ('?', &ours.question, &peers.question),
    ];
    Ok(rows
        .map(|(mark, ours, peers)| {
            let (mine, their) = (mean(ours), mean(peers));
            let met = theirs.map(|_| (mine / their - 1.0).abs() <= 0.25);
            Row {
                what: format!("pause at {mark} (mean of {})", ours.len()),
                ours: format!("{:.0} ms", mine * 1e3),
                baseline: match met {
                    Some(_) => format!(
                        "{:.0} ms, piper-tts; ours is {:+.0} %",
                        their * 1e3,
                        (mine / their - 1.0) * 1e2
                    ),
                    None => absent("no piper-tts"),
                },
                reach: "within 25 %",
                met,
            }
        })
        .into())
}

#[derive(Default)]
struct Pauses {
    comma: Vec<f64>,
    stop: Vec<f64>,
    question: Vec<f64>,
}

impl Pauses {
    fn add(&mut self, plan: &[Sentence], spoken: &[Samples]) {
        for (number, (sentence, samples)) in plan.iter().zip(spoken).enumerate() {
            let seconds = |count: usize| count as f64 / f64::from(samples.rate().hz());
            let inside = longest_silences(samples, sentence.breaths());
            self.comma
                .extend(inside.iter().map(|silence| seconds(silence.len())));
            // What a listener hears as the pause is the end of one sentence and the start of the
            // next; after the last sentence the line is silent anyway.
            let Some(next) = spoken.get(number + 1) else {
                continue;
            };
            let pause = seconds(edges(samples).1 + edges(next).0);
            match sentence.clauses().last().map(|clause| clause.mark()) {
                Some(Mark::Question) => self.question.push(pause),
                _ => self.stop.push(pause),
            }
        }
    }
}

fn speaking_time(voice: &mut PiperVoice, theirs: Option<&Value>) -> anyhow::Result<Row> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (spoken, processor) = cpu::time(|| speak_all(voice));
        spoken?;
        rounds.push(processor.as_secs_f64());
    }
    let mine = median(rounds);
    let their = theirs.and_then(|theirs| theirs["speaking_cpu_s"].as_f64());
    Ok(Row {
        what: format!("processor time to speak {} texts, one thread", MARKED.len()),
        ours: format!("{:.0} ms", mine * 1e3),
        baseline: their.map_or_else(
            || absent("no piper-tts"),
            |their| {
                format!(
                    "{:.0} ms, piper-tts; ours is {:.2} of it",
                    their * 1e3,
                    mine / their
                )
            },
        ),
        reach: "<= 1.1",
        met: their.map(|their| mine / their <= 1.1),
    })
}

fn speak_all(voice: &mut PiperVoice) -> anyhow::Result<()> {
    for text in MARKED {
        for sentence in speak(voice, text, Language::ENGLISH, SpeakingStyle::NATURAL)? {
            sentence?;
        }
    }
    Ok(())
}

fn vectors(
    encoder: &mut MiniLm,
    sentences: &[String],
    theirs: Option<&Value>,
) -> anyhow::Result<Vec<Row>> {
    let texts: Vec<&str> = sentences.iter().map(String::as_str).collect();
    encoder.encode(&texts[..8])?;
    let started = Instant::now();
    let (vectors, processor) = cpu::time(|| encoder.encode(&texts));
    let (vectors, wall) = (vectors?, started.elapsed().as_secs_f64());
    let per_second = texts.len() as f64 / processor.as_secs_f64();
    let their = theirs.and_then(|theirs| theirs["vectors_per_s"].as_f64());
    let speed = Row {
        what: "vectors of 12-word sentences, one thread, in a second of processor time".to_owned(),
        ours: format!(
            "{per_second:.0} ({:.0} in a second of this run)",
            texts.len() as f64 / wall
        ),
        baseline: their.map_or_else(
            || absent("no onnxruntime"),
            |their| format!("{their:.0}, Python onnxruntime"),
        ),
        reach: ">= 150",
        met: Some(per_second >= 150.0),
    };
    let same = match theirs {
        None => Row {
            what: "largest difference from Python's vectors".to_owned(),
            ours: "not compared".to_owned(),
            baseline: absent("no onnxruntime"),
            reach: "<= 0.0001",
            met: None,
        },
        Some(theirs) => {
            let mut largest = 0.0_f64;
            for (number, vector) in vectors.iter().enumerate() {
                let row = theirs["vectors"][number]
                    .as_array()
                    .context("read the peer's vectors")?;
                for (ours, theirs) in vector.as_slice().iter().zip(row) {
                    let theirs = theirs.as_f64().context("read the peer's vectors")?;
                    largest = largest.max((f64::from(*ours) - theirs).abs());
                }
            }
            Row {
                what: format!(
                    "largest difference from Python's vectors, {} sentences",
                    vectors.len()
                ),
                ours: format!("{largest:.1e}"),
                baseline: "0, Python onnxruntime".to_owned(),
                reach: "<= 0.0001",
                met: Some(largest <= 1e-4),
            }
        }
    };
    Ok(vec![speed, same])
}

/// Two hundred different ones, of words a pupil uses.
fn sentences_of_twelve_words() -> Vec<String> {
    const WHO: [&str; 5] = [
        "My older sister",
        "The young farmer",
        "Our new teacher",
        "A tired driver",
        "Your good friend",
    ];
    const DOES: [&str; 8] = [
        "carries clean water",
        "sells ripe tomatoes",
        "reads long stories",
        "plants small trees",
        "mends broken lamps",
        "counts white goats",
        "writes short letters",
        "cooks sweet potatoes",
    ];
    const WHERE: [&str; 5] = [
        "near the market every single morning",
        "behind our house before it rains",
        "for the whole school on Fridays",
        "because the family needs some money",
        "until the sun sets each evening",
    ];
    let mut all = Vec::new();
    for who in WHO {
        for does in DOES {
            all.extend(WHERE.map(|place| format!("{who} {does} {place}.")));
        }
    }
    all
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
