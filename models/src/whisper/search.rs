//! Best-first search for the most likely answers.
//!
//! Every way to write an answer is followed, most likely first, and the chances of all ways that
//! mean the same are added. The share of an answer among all that were found is its confidence:
//! the posterior over answers, given that the learner gave one of them.

use std::collections::HashMap;

use crate::transcribe::TranscribeError;

use super::decoder::{Decoder, log_sum};
use super::engine::Token;
use super::grammar::{Ending, Grammar, Key};

/// Decoder steps one answer may cost; each is about a fiftieth of the encoder's work.
const STEPS_MAX: usize = 20;
/// The search ends when no text that is left is as likely as this part (as a logarithm) of what
/// was found,
const NEGLIGIBLE: f32 = -2.5;
/// or when the best answer keeps this share (as a logarithm) whatever all others become.
const DECIDED: f32 = -0.105;
/// Logarithm of the usual chance that a text which may end does end.
const UNSEEN_END: f32 = -0.7;
/// Tokens this much less likely than the best one at the same place are not followed.
const BEAM: f32 = 6.5;

/// An answer and how likely it is.
pub(super) struct Candidate {
    pub answer: Ending,
    /// Logarithm of its chance among everything Whisper could have written.
    pub log_chance: f32,
    /// The likeliest way it was written.
    pub text: String,
}

/// Texts with one future.
struct Open {
    path: Vec<Token>,
    text: String,
    best: f32,
    log_chance: f32,
    progress: usize,
    answer: Option<Ending>,
}

/// What a search came to.
pub(super) struct Found {
    /// The most likely answers, best first.
    pub candidates: Vec<Candidate>,
    /// Logarithm of the chance of answers that were seen but not followed to their end.
    pub rivals: f32,
}

/// Looks for the most likely answers.
pub(super) fn search(
    decoder: &mut Decoder<'_>,
    grammar: &Grammar,
    first: &[f32],
) -> Result<Found, TranscribeError> {
    let sieve = grammar.sieve();
    let allowed = decoder
        .engine()
        .tokens_where(|piece, word| sieve.admits(piece, word));
    let mut search = Search {
        grammar,
        allowed,
        open: HashMap::new(),
        done: HashMap::new(),
        found: HashMap::new(),
    };
    let root = Open {
        path: Vec::new(),
        text: String::new(),
        best: 0.0,
        log_chance: 0.0,
        progress: 0,
        answer: None,
    };
    let limit = decoder.steps() + STEPS_MAX;
    search.expand(decoder, &root, first);
    while decoder.steps() < limit {
        let Some(next) = search.pop() else { break };
        let after = decoder.follow(&next.path)?;
        search.expand(decoder, &next, &after);
    }
    let found = std::mem::take(&mut search.found);
    let mut candidates: Vec<Candidate> = found
        .into_iter()
        .map(|(answer, (log_chance, text, _))| Candidate {
            answer,
            log_chance,
            text,
        })
        .collect();
    candidates.sort_by(|a, b| b.log_chance.total_cmp(&a.log_chance));
    let best = candidates.first().map(|candidate| &candidate.answer);
    // A rival that was not followed is taken to end as surely as any text does.
    let rivals = search
        .open
        .values()
        .filter(|open| open.answer.is_some() && open.answer.as_ref() != best);
    let rivals = log_sum(rivals.map(|open| open.log_chance + UNSEEN_END));
    Ok(Found { candidates, rivals })
}

struct Search<'a> {
    grammar: &'a Grammar,
    /// Tokens that can be part of an answer, with their text.
    allowed: Vec<(Token, &'a str)>,
    open: HashMap<Key, Open>,
    /// Futures already followed: what still arrives there comes too late to matter.
    done: HashMap<Key, ()>,
    found: HashMap<Ending, (f32, String, f32)>,
}

impl Search<'_> {
    /// The most promising open text, unless nothing left could change the outcome.
    fn pop(&mut self) -> Option<Open> {
        let bonus = self.grammar.progress_bonus();
        let promise = |open: &Open| open.log_chance + bonus * open.progress as f32;
        let found = log_sum(self.found.values().map(|(log_chance, _, _)| *log_chance));
        let best = self
            .found
            .values()
            .map(|(log_chance, ..)| *log_chance)
            .fold(f32::NEG_INFINITY, f32::max);
        let open = self.open.values().map(|open| open.log_chance);
        let likeliest = open.clone().fold(f32::NEG_INFINITY, f32::max);
        let total = log_sum(open.chain([found]));
        if likeliest < found + NEGLIGIBLE || best > total + DECIDED {
            return None;
        }
        let key = self
            .open
            .iter()
            .max_by(|a, b| promise(a.1).total_cmp(&promise(b.1)))?
            .0
            .clone();
        let next = self.open.remove(&key)?;
        self.done.insert(key, ());
        Some(next)
    }

    /// Takes up everything that may follow `open`, given the log-probabilities `after` it.
    fn expand(&mut self, decoder: &Decoder<'_>, open: &Open, after: &[f32]) {
        if let Some(answer) = &open.answer {
            let end = decoder.engine().log_chance_of_end(after);
            let log_chance = open.log_chance + end + self.grammar.log_prior(answer);
            let entry = self.found.entry(answer.clone()).or_insert((
                f32::NEG_INFINITY,
                String::new(),
                f32::NEG_INFINITY,
            ));
            entry.0 = log_sum([entry.0, log_chance].into_iter());
            if open.best > entry.2 {
                (entry.1, entry.2) = (open.text.clone(), open.best);
            }
        }
        let highest = self
            .allowed
            .iter()
            .map(|(token, _)| after[token.index()])
            .fold(f32::NEG_INFINITY, f32::max);
        for at in 0..self.allowed.len() {
            let (token, piece) = self.allowed[at];
            let log = after[token.index()];
            if log >= highest - BEAM {
                self.extend(open, token, piece, log);
            }
        }
    }

    fn extend(&mut self, open: &Open, token: Token, piece: &str, log: f32) {
        let text = format!("{}{piece}", open.text);
        let Some(reading) = self.grammar.read(&text) else {
            return;
        };
        if self.done.contains_key(&reading.key) {
            return;
        }
        let (best, log_chance) = (open.best + log, open.log_chance + log);
        let entry = self.open.entry(reading.key).or_insert_with(|| Open {
            path: Vec::new(),
            text: String::new(),
            best: f32::NEG_INFINITY,
            log_chance: f32::NEG_INFINITY,
            progress: reading.progress,
            answer: reading.answer,
        });
        entry.log_chance = log_sum([entry.log_chance, log_chance].into_iter());
        if best > entry.best {
            entry.best = best;
            entry.text = text;
            entry.path = open.path.iter().copied().chain([token]).collect();
        }
    }
}
