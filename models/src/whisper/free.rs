//! Free speech: one token after another, the likeliest each time.

use crate::transcribe::{TranscribeError, Word};

use super::decoder::{Decoder, log_sum};
use super::engine::{Engine, Token};
use super::loops::loop_start;

/// What was written, without restriction.
pub(super) struct FreeText {
    pub text: String,
    pub words: Vec<Word>,

    /// It was cut where it began to repeat itself.
    pub looped: bool,
    /// It was cut because the tokens ran out.
    pub cut: bool,
}

/// Writes down what is said, at most `tokens_max` tokens of it.
pub(super) fn write(
    decoder: &mut Decoder<'_>,
    first: Vec<f32>,
    tokens_max: usize,
) -> Result<FreeText, TranscribeError> {
    let engine = decoder.engine();
    let mut path: Vec<Token> = Vec::new();
    let mut logs: Vec<f32> = Vec::new();
    let mut after = first;
    let mut latest_time = engine.first_timestamp();
    let (mut looped, mut cut) = (false, true);
    while path.len() < tokens_max {
        let (token, log) = choose(engine, &path, latest_time, &after);
        if token == engine.end_of_text() {
            cut = false;
            break;
        }
        if token > engine.first_timestamp() {
            latest_time = token;
        }
        path.push(token);
        logs.push(log);
        if let Some(start) = loop_start(&path) {
            path.truncate(start);
            logs.truncate(start);
            (looped, cut) = (true, false);
            break;
        }
        after = decoder.follow(&path)?;
    }
    let (text, words) = spell(engine, &path, &logs);

    Ok(FreeText {
        text,
        words,
        looped,
        cut,
    })
}

/// The next token by the rules of OpenAI's decoder: timestamps in pairs and never backwards, a
/// timestamp where all timestamps together are likelier than any word, no descriptions of sounds.
fn choose(engine: &Engine, path: &[Token], latest_time: Token, after: &[f32]) -> (Token, f32) {
    let first_time = engine.first_timestamp().index();
    let is_time = |token: &Token| *token >= engine.first_timestamp();
    // The opening ends with a timestamp, so the text starts with a word.
    let after_time = path.last().is_none_or(is_time);
    let pair_open = after_time && path.len() >= 2 && !is_time(&path[path.len() - 2]);
    let text = || {
        let text = 0..engine.end_of_text().index();
        text.filter(|&at| !engine.is_sound(Token::at(at)))
    };
    let best_text = || {
        text()
            .max_by(|&a, &b| after[a].total_cmp(&after[b]))
            .unwrap_or(0)
    };
    let times = latest_time.index().max(first_time)..after.len();
    let best_time = times.clone().max_by(|&a, &b| after[a].total_cmp(&after[b]));
    let end = engine.end_of_text().index();
    let all_times = log_sum(times.map(|at| after[at]));
    let index = match best_time {
        // A segment has just closed: it is followed by the end or by the time of the next.
        Some(time) if pair_open => {
            if after[end] >= all_times {
                end
            } else {
                time
            }
        }
        _ if path.is_empty() => best_text(),
        _ if after_time => {
            let best = best_text();
            if after[end] >= after[best] { end } else { best }
        }
        Some(time) => {
            let best = best_text();
            if all_times > after[best].max(after[end]) {
                time
            } else if after[end] > after[best] {
                end
            } else {
                best
            }
        }
        None => end,
    };
    let log = if index >= first_time {
        all_times
    } else {
        after[index]
    };
    (Token::at(index), log)
}

/// The text of a path, and its words with their confidence: the product over their tokens.
fn spell(engine: &Engine, path: &[Token], logs: &[f32]) -> (String, Vec<Word>) {
    let mut words: Vec<(Vec<u8>, f32)> = Vec::new();
    for (&token, &log) in path.iter().zip(logs) {
        let bytes = engine.bytes(token);
        if bytes.is_empty() || token >= engine.end_of_text() {
            continue;
        }
        match words.last_mut() {
            Some((word, sum)) if !bytes.starts_with(b" ") => {
                word.extend_from_slice(bytes);
                *sum += log;
            }
            _ => words.push((bytes.to_vec(), log)),
        }
    }
    let words: Vec<Word> = words
        .into_iter()
        .map(|(bytes, log)| Word {
            text: String::from_utf8_lossy(&bytes).trim().to_owned(),
            confidence: log.exp().clamp(0.0, 1.0),
        })
        .filter(|word| !word.text.is_empty())
        .collect();
    let text = words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    (text, words)
}
