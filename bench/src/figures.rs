//! Medians, spreads and percentiles.

use serde::Serialize;

/// Several measurements of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of at least one value.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Spread { median, least: values[0], most: values[values.len() - 1] }
    }

    /// `0.93 (0.90–0.97)`, with so many decimals.
    pub(crate) fn text(&self, decimals: usize) -> String {
        let Spread { median, least, most } = self;
        format!("{median:.decimals$} ({least:.decimals$}–{most:.decimals$})")
    }

    /// A rate, in thousands: `41.2k (39.0–42.2)`.
    pub(crate) fn thousands(&self) -> String {
        let k = |value: f64| value / 1000.0;
        format!("{:.1}k ({:.1}–{:.1})", k(self.median), k(self.least), k(self.most))
    }
}

/// The smallest value that `percent` of the sorted values do not exceed; 0 of none.
pub(crate) fn percentile(sorted: &[f64], percent: f64) -> f64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is a small whole number"
    )]
    let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles_are_those_of_the_textbook() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { median: 2.0, least: 1.0, most: 3.0 });
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).median, 2.5);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((percentile(&hundred, 50.0), percentile(&hundred, 99.0)), (50.0, 99.0));
        assert_eq!((percentile(&[7.0], 99.0), percentile(&[], 50.0)), (7.0, 0.0));
    }
}
