//! The two calibrated sums: from evidence to a probability.
//!
//! The coefficients were fitted by `edge`'s example `judging` on the training part of SemEval-2013
//! Task 7, "Beetle" (Dzikovska et al. 2013); nothing else of that set is here.

use super::reference::Compared;

/// Evidence from references alone, and a constant.
pub(super) const REFERENCE: usize = 13;
/// Evidence from graded examples, and a constant.
pub(super) const GRADED: usize = 10;

const REFERENCE_COEFFICIENTS: [f64; REFERENCE] = [
    -0.960, 1.676, 0.187, 0.345, 2.573, 1.506, 1.708, -0.891, -1.077, 1.545, 1.555, -1.391, -1.381,
];

/// The constant was fitted as -0.15 and lowered: taking a contradiction for a right answer teaches
/// something false, so of two doubtful answers the doubt goes against acceptance.
const GRADED_COEFFICIENTS: [f64; GRADED] = [
    -0.25, 0.949, 0.683, 0.517, 0.699, 0.409, 0.231, 0.531, -0.092, -0.506,
];

/// An answer shorter than the reference by more than this loses something.
const SHORTER: f64 = -0.25;

/// What a reference says: `meaning` is the likeness of meaning, `beyond` that without what both
/// share with the question.
pub(super) fn reference_terms(compared: &Compared, meaning: f64, beyond: f64) -> [f64; REFERENCE] {
    let c = compared;
    [
        1.0,
        c.longer,
        c.recall,
        meaning,
        c.new_recall * c.label_missing,
        c.recall * c.in_order,
        c.precision * c.opposite,
        c.number_new,
        f64::max(c.longer - SHORTER, 0.0),
        c.longer * c.new_recall,
        meaning * beyond,
        meaning * c.longer,
        c.new_recall * c.number_missing,
    ]
}

pub(super) fn reference_logit(terms: &[f64; REFERENCE]) -> f64 {
    dot(terms, &REFERENCE_COEFFICIENTS)
}

pub(super) fn graded_logit(terms: &[f64; GRADED]) -> f64 {
    dot(terms, &GRADED_COEFFICIENTS)
}

fn dot(terms: &[f64], coefficients: &[f64]) -> f64 {
    terms
        .iter()
        .zip(coefficients)
        .map(|(term, coefficient)| term * coefficient)
        .sum()
}

pub(super) fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}
