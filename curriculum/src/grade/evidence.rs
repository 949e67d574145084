//! What engines found out about an answer, handed in as values.

use std::ops::Range;

use super::open::Examples;

/// Evidence from outside this crate. Nothing here is needed: without it fewer answers are decided.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// For open answers: what is known about the meaning of the answer.
    pub meaning: Option<Meaning<'a>>,
    /// For answers in English: what a grammar checker found.
    pub grammar: &'a [GrammarFinding],
}

/// The answer's sentence vector beside the question's examples.
#[derive(Clone, Copy, Debug)]
pub struct Meaning<'a> {
    /// The question's references and graded answers, prepared once.
    pub examples: &'a Examples,
    /// The sentence vector of the answer, of the length that the examples were prepared with;
    /// empty without an encoder.
    pub answer: &'a [f32],
}

/// One thing a grammar checker would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarFinding {
    /// The checker's name for this kind of fault, such as `Agreement`.
    pub kind: String,
    /// Where in the answer, in bytes.
    pub span: Range<usize>,
    /// Why, as told to the learner.
    pub message: String,
    /// What could stand there instead, best first.
    pub replacements: Vec<String>,
}
