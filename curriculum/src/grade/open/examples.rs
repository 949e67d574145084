//! A question's references and graded answers, prepared once and then asked about many answers.

use std::collections::BTreeSet;

use super::heads::{self, GRADED, REFERENCE};
use super::likeness::{VIEWS, Viewed, Views, cosine};
use super::reference::{self, Compared};
use super::ridge::Ridge;
use super::vocabulary::{Vocabulary, content};

/// A text with its sentence vector; the vector is empty without an encoder.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// The words.
    pub text: &'a str,
    /// Its direction in the space of meanings.
    pub vector: &'a [f32],
}

/// Most graded answers of one question that are used; solving takes the cube of it.
pub const GRADED_MAX: usize = 800;

/// What is known about a question before an answer comes.
#[derive(Clone, Debug)]
pub struct Examples {
    vocabulary: Vocabulary,
    question_words: BTreeSet<String>,
    question: Vec<f64>,
    /// Directions of the question, its references and its right graded answers.
    about: Vec<Vec<f64>>,
    references: Vec<Reference>,
    graded: Option<Graded>,
}

#[derive(Clone, Debug)]
struct Reference {
    words: Vec<String>,
    vector: Vec<f64>,
}

/// Graded answers with what was learned from them. References count as right answers.
#[derive(Clone, Debug)]
struct Graded {
    views: Views,
    viewed: Vec<Viewed>,
    centre: Vec<f64>,
    vectors: Vec<Vec<f64>>,
    grades: Vec<f64>,
    /// Answers graded by people, without the references.
    count: usize,
    all: Ridge,
    by_words: Ridge,
    by_meaning: Ridge,
}

/// What a judgement rests on, for the record and for fitting.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// Terms of the sum over references.
    pub reference: [f64; REFERENCE],
    /// Terms of the sum over graded answers; `None` without any.
    pub graded: Option<[f64; GRADED]>,
    /// What the words of the graded answers alone say, -1 wrong to 1 right; 0 without any.
    pub by_words: f64,
    /// How many graded answers there were.
    pub graded_count: usize,
    /// True if the answer and the nearest reference contradict each other.
    pub contradicts: bool,
}

impl Findings {
    /// The reference terms: a constant, how much longer, recall, likeness of meaning, and so on.
    pub fn reference_measures(&self) -> [f64; REFERENCE] {
        self.reference
    }
}

/// The probability that an answer is right, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// 0.0..=1.0, calibrated.
    pub probability: f64,
    /// What it rests on.
    pub findings: Findings,
}

impl Examples {
    /// Prepares a question: `references` are right answers, `graded` are answers with their grade.
    ///
    /// Vectors must all have one length, or all be empty. At most 800 graded answers are used.
    pub fn new(
        question: Example<'_>,
        references: &[Example<'_>],
        graded: &[(Example<'_>, bool)],
    ) -> Self {
        let graded = &graded[..graded.len().min(GRADED_MAX)];
        let given = references
            .iter()
            .map(|reference| reference.text)
            .chain([question.text]);
        let vocabulary = Vocabulary::new(given, graded.iter().map(|(example, _)| example.text));
        let prepared = references.iter().map(|reference| Reference {
            words: vocabulary.mended(reference.text),
            vector: unit(reference.vector),
        });
        let references: Vec<Reference> = prepared.collect();
        let right = graded.iter().filter(|(_, correct)| *correct);
        let right = right.map(|(example, _)| unit(example.vector));
        let given = references.iter().map(|reference| reference.vector.clone());
        let about = std::iter::once(unit(question.vector))
            .chain(given)
            .chain(right);
        Self {
            about: about.filter(|vector| !vector.is_empty()).collect(),
            question_words: content(&vocabulary.mended(question.text))
                .into_iter()
                .collect(),
            question: unit(question.vector),
            graded: (!graded.is_empty()).then(|| Graded::new(&vocabulary, &references, graded)),
            references,
            vocabulary,
        }
    }

    /// How like an answer is to the question or the likest of its right answers, -1.0..=1.0; `None`
    /// without vectors.
    pub fn nearness(&self, vector: &[f32]) -> Option<f64> {
        let vector = unit(vector);
        let comparable = self
            .about
            .iter()
            .filter(|about| about.len() == vector.len());
        let likeness = comparable.map(|about| cosine(about, &vector));
        likeness.reduce(f64::max)
    }

    /// How probably `text` is right. `vector` is its sentence vector, or empty.
    pub fn judge(&self, text: &str, vector: &[f32]) -> Judged {
        let words = self.vocabulary.mended(text);
        let vector = unit(vector);
        let (compared, reference) = self.nearest_reference(&words, &vector);
        let logit = heads::reference_logit(&reference);
        let mut findings = Findings {
            reference,
            graded: None,
            by_words: 0.0,
            graded_count: 0,
            contradicts: compared.negation + compared.opposite > 0.0 && compared.recall >= 0.5,
        };
        let Some(graded) = &self.graded else {
            return Judged {
                probability: heads::probability(logit),
                findings,
            };
        };
        let terms = graded.terms(&words, &vector, logit);
        findings.by_words = terms[2];
        findings.graded_count = graded.count;
        findings.graded = Some(terms);
        Judged {
            probability: heads::probability(heads::graded_logit(&terms)),
            findings,
        }
    }

    fn nearest_reference(&self, words: &[String], vector: &[f64]) -> (Compared, [f64; REFERENCE]) {
        let away = beyond(vector, &self.question);
        let compared = self.references.iter().map(|reference| {
            let compared = reference::compare(words, &reference.words, &self.question_words);
            if vector.is_empty() || reference.vector.is_empty() {
                // What meaning usually is where words agree so much.
                let usual = 0.35 + 0.5 * compared.recall;
                return (compared, usual, usual - 0.15);
            }
            let meaning = cosine(vector, &reference.vector);
            (
                compared,
                meaning,
                cosine(&away, &beyond(&reference.vector, &self.question)),
            )
        });
        let nearest = compared.max_by(|a, b| (a.0.recall + a.1).total_cmp(&(b.0.recall + b.1)));
        let (compared, meaning, beyond) = nearest.unwrap_or_default();
        (compared, heads::reference_terms(&compared, meaning, beyond))
    }
}

/// Weights of the views of words, then of meaning and of a constant, in the likeness of answers.
const WORD_VIEWS: [f64; VIEWS] = [1.0, 1.0, 0.5];
const MEANING: f64 = 2.0;
const CONSTANT: f64 = 2.0;

/// Neighbours that vote.
const NEIGHBOURS: usize = 5;

impl Graded {
    fn new(
        vocabulary: &Vocabulary,
        references: &[Reference],
        graded: &[(Example<'_>, bool)],
    ) -> Self {
        let mut words: Vec<Vec<String>> = graded
            .iter()
            .map(|(example, _)| vocabulary.mended(example.text))
            .collect();
        let mut vectors: Vec<Vec<f64>> = graded
            .iter()
            .map(|(example, _)| unit(example.vector))
            .collect();
        let mut grades: Vec<f64> = graded
            .iter()
            .map(|(_, right)| if *right { 1.0 } else { -1.0 })
            .collect();
        for reference in references {
            words.push(reference.words.clone());
            vectors.push(reference.vector.clone());
            grades.push(1.0);
        }
        let views = Views::new(&words);
        let viewed: Vec<Viewed> = words.iter().map(|words| views.view(words)).collect();
        let centre = centre(&vectors);
        let vectors: Vec<Vec<f64>> = vectors
            .iter()
            .map(|vector| from_centre(vector, &centre))
            .collect();
        let n = grades.len();
        let mut by_words = vec![0.0; n * n];
        let mut by_meaning = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let in_words = words_alike(&viewed[i], &viewed[j]);
                let in_meaning = dot(&vectors[i], &vectors[j]);
                for at in [i * n + j, j * n + i] {
                    by_words[at] = in_words;
                    by_meaning[at] = in_meaning;
                }
            }
        }
        let all: Vec<f64> = by_words
            .iter()
            .zip(&by_meaning)
            .map(|(w, m)| blend(*w, *m))
            .collect();
        let with_constant =
            |likeness: &[f64]| -> Vec<f64> { likeness.iter().map(|k| (k + 0.5) / 1.5).collect() };
        Self {
            all: Ridge::solve(&all, &grades),
            by_words: Ridge::solve(&with_constant(&by_words), &grades),
            by_meaning: Ridge::solve(&with_constant(&by_meaning), &grades),
            count: graded.len(),
            views,
            viewed,
            centre,
            vectors,
            grades,
        }
    }

    fn terms(&self, words: &[String], vector: &[f64], reference_logit: f64) -> [f64; GRADED] {
        let viewed = self.views.view(words);
        let vector = from_centre(vector, &self.centre);
        let by_words: Vec<f64> = self
            .viewed
            .iter()
            .map(|other| words_alike(&viewed, other))
            .collect();
        let by_meaning: Vec<f64> = self
            .vectors
            .iter()
            .map(|other| dot(&vector, other))
            .collect();
        let all: Vec<f64> = by_words
            .iter()
            .zip(&by_meaning)
            .map(|(w, m)| blend(*w, *m))
            .collect();
        let with_constant =
            |likeness: &[f64]| -> Vec<f64> { likeness.iter().map(|k| (k + 0.5) / 1.5).collect() };
        let few = 10.0 / (10.0 + self.count as f64);
        let score = self.all.predict(&all);
        [
            1.0,
            score,
            self.by_words.predict(&with_constant(&by_words)),
            self.by_meaning.predict(&with_constant(&by_meaning)),
            self.nearer_right(&all),
            self.nearer_right(&by_words),
            self.vote(&all),
            reference_logit,
            reference_logit * few,
            score * few,
        ]
    }

    /// How much nearer the nearest right example is than the nearest wrong one.
    fn nearer_right(&self, likeness: &[f64]) -> f64 {
        let nearest = |right: bool| {
            let of_kind = likeness
                .iter()
                .zip(&self.grades)
                .filter(|(_, grade)| (**grade > 0.0) == right);
            of_kind.map(|(likeness, _)| *likeness).fold(0.0, f64::max)
        };
        nearest(true) - nearest(false)
    }

    /// Mean grade of the nearest examples, the nearer the heavier.
    fn vote(&self, likeness: &[f64]) -> f64 {
        let mut near: Vec<(f64, f64)> = likeness
            .iter()
            .copied()
            .zip(self.grades.iter().copied())
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let heavy = |likeness: f64| libm::pow(likeness.max(0.0), 3.0) + 1e-6;
        let near = &near[..near.len().min(NEIGHBOURS)];
        let total: f64 = near.iter().map(|(likeness, _)| heavy(*likeness)).sum();
        near.iter()
            .map(|(likeness, grade)| heavy(*likeness) * grade)
            .sum::<f64>()
            / total.max(1e-9)
    }
}

fn words_alike(a: &Viewed, b: &Viewed) -> f64 {
    let weighted = WORD_VIEWS
        .iter()
        .enumerate()
        .map(|(view, weight)| weight * a.likeness(b, view));
    weighted.sum::<f64>() / WORD_VIEWS.iter().sum::<f64>()
}

fn blend(in_words: f64, in_meaning: f64) -> f64 {
    let words: f64 = WORD_VIEWS.iter().sum();
    (words * in_words + MEANING * in_meaning + CONSTANT) / (words + MEANING + CONSTANT)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Of unit length; empty for an empty, zero or unbounded vector.
fn unit(vector: &[f32]) -> Vec<f64> {
    scaled(vector.iter().map(|x| f64::from(*x)).collect())
}

fn scaled(mut vector: Vec<f64>) -> Vec<f64> {
    let square = dot(&vector, &vector);
    if !square.is_finite() || square < 1e-12 {
        return Vec::new();
    }
    let length = libm::sqrt(square);
    vector.iter_mut().for_each(|x| *x /= length);
    vector
}

/// What all answers to the question have in common; pulled to nothing where they are few.
fn centre(vectors: &[Vec<f64>]) -> Vec<f64> {
    let known: Vec<&Vec<f64>> = vectors.iter().filter(|vector| !vector.is_empty()).collect();
    let Some(first) = known.first() else {
        return Vec::new();
    };
    let mut sum = vec![0.0; first.len()];
    for vector in &known {
        sum.iter_mut()
            .zip(vector.iter())
            .for_each(|(sum, x)| *sum += x);
    }
    let count = known.len() as f64 + 2.0;
    sum.iter_mut().for_each(|x| *x /= count);
    sum
}

fn from_centre(vector: &[f64], centre: &[f64]) -> Vec<f64> {
    scaled(vector.iter().zip(centre).map(|(x, c)| x - c).collect())
}

/// The part of a meaning that the question did not already have.
fn beyond(vector: &[f64], question: &[f64]) -> Vec<f64> {
    let shared = dot(vector, question);
    if question.is_empty() {
        return vector.to_vec();
    }
    vector
        .iter()
        .zip(question)
        .map(|(x, q)| x - shared * q)
        .collect()
}
