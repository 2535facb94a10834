//! Weighted least squares with a memory: sums go in one value at a time, weights come out when asked.

use super::saved::{Reader, SavedReject};

/// What is learned so far of `y ≈ w · x`.
#[derive(Clone, Debug)]
pub(super) struct Regression<const N: usize> {
    normal: [[f64; N]; N],
    toward: [f64; N],
    /// What the weights are before anything is learned, and how firmly.
    prior: [f64; N],
    firmness: f64,
    weights: [f64; N],
}

/// What an hour leaves of what was learned: half is gone after eight weeks.
const KEPT_HOURLY: f64 = 0.999_484;

impl<const N: usize> Regression<N> {
    pub(super) fn new(prior: [f64; N], firmness: f64) -> Regression<N> {
        Regression { normal: [[0.0; N]; N], toward: [0.0; N], prior, firmness, weights: prior }
    }

    pub(super) fn weights(&self) -> &[f64; N] {
        &self.weights
    }

    /// What the weights make of `x`.
    pub(super) fn predict(&self, x: &[f64; N]) -> f64 {
        dot(&self.weights, x)
    }

    pub(super) fn add(&mut self, x: &[f64; N], y: f64, weight: f64) {
        for (row, a) in x.iter().enumerate() {
            self.toward[row] += weight * a * y;
            for (sum, b) in self.normal[row].iter_mut().zip(x) {
                *sum += weight * a * b;
            }
        }
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let numbers = self.normal.iter().flatten().chain(&self.toward).chain(&self.weights);
        numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
    }

    /// Takes back what `write` wrote of one with the same prior.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), SavedReject> {
        let numbers =
            self.normal.iter_mut().flatten().chain(&mut self.toward).chain(&mut self.weights);
        for number in numbers {
            *number = reader.f64()?;
        }
        Ok(())
    }

    /// Works the weights out of the sums, and lets the sums fade by an hour.
    pub(super) fn solve(&mut self) {
        let mut left = self.normal;
        let mut right = self.toward;
        for row in 0..N {
            left[row][row] += self.firmness;
            right[row] += self.firmness * self.prior[row];
        }
        if let Some(weights) = gauss(left, right) {
            self.weights = weights;
        }
        self.normal
            .iter_mut()
            .flatten()
            .chain(&mut self.toward)
            .for_each(|sum| *sum *= KEPT_HOURLY);
    }

    /// The same, but no weight below 0.
    pub(super) fn solve_positive(&mut self) {
        self.solve();
        for weight in &mut self.weights {
            *weight = weight.max(0.0);
        }
    }
}

pub(super) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Elimination with the largest pivot; none if the equations do not determine it.
fn gauss<const N: usize>(mut left: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot =
            (column..N).max_by(|a, b| left[*a][column].abs().total_cmp(&left[*b][column].abs()))?;
        if left[pivot][column].abs() < 1e-12 {
            return None;
        }
        left.swap(column, pivot);
        right.swap(column, pivot);
        let (upper, upper_right) = (left[column], right[column]);
        for row in column + 1..N {
            let factor = left[row][column] / upper[column];
            for (value, above) in left[row].iter_mut().zip(upper) {
                *value -= factor * above;
            }
            right[row] -= factor * upper_right;
        }
    }
    let mut solved = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|column| left[row][column] * solved[column]).sum();
        solved[row] = (right[row] - known) / left[row][row];
    }
    solved.iter().all(|weight| weight.is_finite()).then_some(solved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_line_is_found_again() {
        let mut regression = Regression::new([0.0; 2], 1e-9);
        for x in [1.0, 2.0, 3.0] {
            regression.add(&[x, 1.0], 2.0 * x - 5.0, 1.0);
        }
        regression.solve();
        let [slope, level] = *regression.weights();
        assert!((slope - 2.0).abs() < 1e-6 && (level + 5.0).abs() < 1e-6, "{slope} {level}");
        assert!((regression.predict(&[10.0, 1.0]) - 15.0).abs() < 1e-5);
    }

    #[test]
    fn without_anything_learned_the_prior_stands() {
        let mut regression = Regression::new([0.5, 0.25], 1.0);
        regression.solve();
        assert_eq!(regression.weights(), &[0.5, 0.25]);
    }
}
