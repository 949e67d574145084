//! `ishuri-edge grade`: open answers as JSON lines in, a verdict for each out, in order.

use std::collections::HashMap;
use std::io::{BufRead, Read, Write};
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use curriculum::grade::Outcome;
use curriculum::grade::open::{Example, Examples, Judged, decide};
use models::onnx::MiniLm;
use models::sentence::{SentenceEncoder, TEXT_BYTES_MAX};

/// Longest line: hundreds of graded answers with escapes.
const LINE_BYTES_MAX: u64 = 8 << 20;
/// Most texts whose vectors are kept, about 1.5 kB each; then all are forgotten.
const TEXTS_MAX: usize = 100_000;
/// Most questions whose examples are kept prepared.
const QUESTIONS_MAX: usize = 128;
/// Texts handed to the encoder at once.
const ENCODED_AT_ONCE: usize = 32;

/// Read lines of `{"question", "references": […], "graded": [{"answer", "correct"}], "answer"}` and
/// write one line of `{"verdict", "probability", "evidence"}` for each, in the same order.
///
/// `verdict` is `right`, `not-yet` or `deferred`; `probability` is that of the answer being right,
/// whatever the verdict. `graded` may be empty.
#[derive(clap::Args)]
pub struct Args {}

/// One answer to judge.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// What was asked.
    pub question: String,
    /// Model answers.
    pub references: Vec<String>,
    /// Answers to the same question, with their grades.
    #[serde(default)]
    pub graded: Vec<GradedLine>,
    /// What came back.
    pub answer: String,
}

/// A graded answer.
#[derive(Clone, Debug, Deserialize)]
pub struct GradedLine {
    /// The answer.
    pub answer: String,
    /// Whether it is right.
    pub correct: bool,
}

/// The judgement of one answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Verdict {
    /// `right`, `not-yet` or `deferred`.
    pub verdict: Outcome,
    /// Probability that the answer is right.
    pub probability: f64,
    /// What it rests on.
    pub evidence: Shown,
}

/// Evidence in the open.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Shown {
    /// How many graded answers there were.
    pub graded: usize,
    /// What the graded answers say, about -1 (wrong) to 1 (right); by words and meaning together.
    pub examples: f64,
    /// The same by words alone.
    pub words: f64,
    /// Share of the nearest reference's words that the answer has.
    pub recall: f64,
    /// Likeness of meaning to that reference, -1 to 1.
    pub meaning: f64,
    /// True if the answer turns that reference round.
    pub contradicts: bool,
}

/// # Errors
/// If the speech model for sentences is not installed, or a line has another form.
pub fn run(Args {}: Args) -> anyhow::Result<()> {
    let mut judge = Judge::new(MiniLm::installed()?);
    judge_lines(
        &mut judge,
        std::io::stdin().lock(),
        std::io::stdout().lock(),
    )
}

/// Judges answers; each distinct text is encoded once and each question prepared once.
pub struct Judge<E> {
    encoder: E,
    vectors: HashMap<String, Arc<[f32]>>,
    questions: HashMap<String, Arc<Examples>>,
}

impl<E: SentenceEncoder> Judge<E> {
    /// A judge that knows no text yet.
    pub fn new(encoder: E) -> Self {
        Self {
            encoder,
            vectors: HashMap::new(),
            questions: HashMap::new(),
        }
    }

    /// The verdict on one answer.
    ///
    /// # Errors
    /// If a text is too long or the encoder fails.
    pub fn verdict(&mut self, line: &Line) -> anyhow::Result<Verdict> {
        let judged = self.judged(line)?;
        let findings = &judged.findings;
        let [_, _, recall, meaning, ..] = findings.reference_measures();
        Ok(Verdict {
            verdict: decide(&judged),
            probability: judged.probability,
            evidence: Shown {
                graded: findings.graded_count,
                examples: findings.graded.map_or(0.0, |terms| terms[1]),
                words: findings.by_words,
                recall,
                meaning,
                contradicts: findings.contradicts,
            },
        })
    }

    /// As [`Judge::verdict`], with every term of the sums.
    ///
    /// # Errors
    /// If a text is too long or the encoder fails.
    pub fn judged(&mut self, line: &Line) -> anyhow::Result<Judged> {
        self.encode(line)?;
        let key = key(line);
        let examples = match self.questions.get(&key) {
            Some(examples) => Arc::clone(examples),
            None => {
                let examples = Arc::new(self.prepare(line));
                if self.questions.len() >= QUESTIONS_MAX {
                    self.questions.clear();
                }
                self.questions.insert(key, Arc::clone(&examples));
                examples
            }
        };
        Ok(examples.judge(&line.answer, self.vector(&line.answer)))
    }

    fn encode(&mut self, line: &Line) -> anyhow::Result<()> {
        if self.vectors.len() >= TEXTS_MAX {
            self.vectors.clear();
        }
        let graded = line.graded.iter().map(|graded| graded.answer.as_str());
        let texts = line.references.iter().map(String::as_str).chain(graded);
        let mut unknown: Vec<&str> = texts
            .chain([line.question.as_str(), line.answer.as_str()])
            .filter(|text| !text.trim().is_empty() && !self.vectors.contains_key(*text))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        if let Some(long) = unknown.iter().find(|text| text.len() > TEXT_BYTES_MAX) {
            bail!(
                "a text of {} bytes: at most {TEXT_BYTES_MAX} are judged",
                long.len()
            );
        }
        for texts in unknown.chunks(ENCODED_AT_ONCE) {
            for (text, vector) in texts.iter().zip(self.encoder.encode(texts)?) {
                self.vectors
                    .insert((*text).to_owned(), Arc::from(vector.as_slice()));
            }
        }
        Ok(())
    }

    fn vector(&self, text: &str) -> &[f32] {
        self.vectors.get(text).map_or(&[], |vector| vector)
    }

    fn prepare(&self, line: &Line) -> Examples {
        let example = |text| Example {
            text,
            vector: self.vector(text),
        };
        let references: Vec<Example<'_>> =
            line.references.iter().map(|text| example(text)).collect();
        let graded: Vec<_> = line
            .graded
            .iter()
            .map(|graded| (example(&graded.answer), graded.correct))
            .collect();
        Examples::new(example(&line.question), &references, &graded)
    }
}

/// Everything about a question but the answer, so that equal questions are prepared once.
fn key(line: &Line) -> String {
    let mut key = format!("{}\u{0}{}", line.question, line.references.join("\u{1}"));
    for graded in &line.graded {
        key.push(if graded.correct { '\u{2}' } else { '\u{3}' });
        key.push_str(&graded.answer);
    }
    key
}

fn judge_lines<E: SentenceEncoder>(
    judge: &mut Judge<E>,
    mut lines: impl BufRead,
    mut out: impl Write,
) -> anyhow::Result<()> {
    for number in 1_u64.. {
        let mut line = Vec::new();
        let read = lines
            .by_ref()
            .take(LINE_BYTES_MAX + 1)
            .read_until(b'\n', &mut line);
        if read.context("read standard input")? == 0 {
            break;
        }
        if line.len() as u64 > LINE_BYTES_MAX {
            bail!("line {number}: longer than {LINE_BYTES_MAX} bytes");
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_slice(&line).with_context(|| {
            format!(r#"line {number}: expected {{"question":"…","references":["…"],"graded":[{{"answer":"…","correct":true}}],"answer":"…"}}"#)
        })?;
        let verdict = judge
            .verdict(&line)
            .with_context(|| format!("line {number}"))?;
        serde_json::to_writer(&mut out, &verdict)?;
        // A program may wait for one verdict before it writes the next answer.
        out.write_all(b"\n")
            .and_then(|()| out.flush())
            .context("write standard output")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::scripted::ScriptedEncoder;
    use models::sentence::{EncodeError, SentenceVector};

    const LINE: &str = r#"{"question":"Why is bulb A on?","references":["there is a closed path"],"graded":[],"answer":"the path is closed"}"#;

    fn check(input: &str) -> (String, anyhow::Result<()>) {
        let mut out = Vec::new();
        let mut judge = Judge::new(ScriptedEncoder::default());
        let done = judge_lines(&mut judge, input.as_bytes(), &mut out);
        (String::from_utf8(out).unwrap(), done)
    }

    #[test]
    fn each_line_gets_a_verdict_in_order() {
        let other = LINE.replace("the path is closed", "I do not know");
        let (out, done) = check(&format!("{LINE}\n{other}\n"));
        done.unwrap();
        let verdicts: Vec<serde_json::Value> = out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let probability = |at: usize| verdicts[at]["probability"].as_f64().unwrap();
        assert_eq!(verdicts.len(), 2);
        assert!(probability(0) > probability(1), "{out}");
        assert_eq!(
            verdicts[1]["verdict"], "deferred",
            "nobody is failed without graded answers"
        );
    }

    #[test]
    fn a_malformed_line_is_named() {
        let (out, done) = check(&format!("{LINE}\n{{\"question\":1}}\n"));
        assert_eq!(out.lines().count(), 1);
        assert!(format!("{:#}", done.unwrap_err()).contains("line 2"));
    }

    #[test]
    fn each_distinct_text_is_encoded_once() {
        struct Counting(ScriptedEncoder, Vec<String>);
        impl SentenceEncoder for Counting {
            fn encode(&mut self, texts: &[&str]) -> Result<Vec<SentenceVector>, EncodeError> {
                self.1.extend(texts.iter().map(|text| (*text).to_owned()));
                self.0.encode(texts)
            }
        }
        let mut judge = Judge::new(Counting(ScriptedEncoder::default(), Vec::new()));
        judge_lines(
            &mut judge,
            format!("{LINE}\n{LINE}\n").as_bytes(),
            Vec::new(),
        )
        .unwrap();
        let mut distinct = judge.encoder.1.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(judge.encoder.1.len(), distinct.len());
    }
}
