//! Kernel ridge regression: what the graded answers say of one that is like some of them.

/// Weights of the graded answers, solved once for a question.
#[derive(Clone, Debug, Default)]
pub(super) struct Ridge {
    base: f64,
    weights: Vec<f64>,
}

/// Added to the diagonal: how far one grade alone is trusted.
const DOUBT: f64 = 0.15;

impl Ridge {
    /// `likeness[i][j]` of the graded answers (row by row), and their `grades`, 1 or -1.
    ///
    /// Solves `(K + doubt I) w = grades - mean` by Cholesky's method; the matrix is symmetric and
    /// the doubt keeps it positive. Where rounding leaves it otherwise, a row weighs nothing.
    pub(super) fn solve(likeness: &[f64], grades: &[f64]) -> Self {
        let n = grades.len();
        if n == 0 || likeness.len() != n * n {
            return Self::default();
        }
        let base = grades.iter().sum::<f64>() / n as f64;
        let mut lower = likeness.to_vec();
        for i in 0..n {
            for j in 0..=i {
                let (head, tail) = (&lower[i * n..i * n + j], &lower[j * n..j * n + j]);
                let dot: f64 = head.iter().zip(tail).map(|(a, b)| a * b).sum();
                let rest = lower[i * n + j] - dot;
                lower[i * n + j] = if i == j {
                    libm::sqrt((rest + DOUBT).max(1e-9))
                } else {
                    rest / lower[j * n + j]
                };
            }
        }
        let mut weights: Vec<f64> = grades.iter().map(|grade| grade - base).collect();
        for i in 0..n {
            let dot: f64 = (0..i).map(|j| lower[i * n + j] * weights[j]).sum();
            weights[i] = (weights[i] - dot) / lower[i * n + i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|j| lower[j * n + i] * weights[j]).sum();
            weights[i] = (weights[i] - dot) / lower[i * n + i];
        }
        Self { base, weights }
    }

    /// About 1 for an answer like right ones, about -1 for one like wrong ones.
    pub(super) fn predict(&self, likeness: &[f64]) -> f64 {
        self.base
            + self
                .weights
                .iter()
                .zip(likeness)
                .map(|(w, k)| w * k)
                .sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_solves_its_equations() {
        let likeness = [1.0, 0.5, 0.2, 0.5, 1.0, 0.3, 0.2, 0.3, 1.0];
        let grades = [1.0, 1.0, -1.0];
        let ridge = Ridge::solve(&likeness, &grades);
        for i in 0..3 {
            let row = &likeness[i * 3..i * 3 + 3];
            let left = ridge.predict(row) + DOUBT * ridge.weights[i];
            assert!((left - grades[i]).abs() < 1e-9, "row {i}: {left}");
        }
    }

    #[test]
    fn without_examples_nothing_is_said() {
        assert_eq!(Ridge::solve(&[], &[]).predict(&[]), 0.0);
    }
}
