//! How good forecasts of 'a bay will be free' are, kept all the time: next to two that anybody can make.

/// The forecasts of one tenth of the scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    pub forecasts: u64,
    /// Sum of the chances that were told.
    pub told: f64,
    /// How often it came.
    pub came: u64,
}

/// Forecasts and what came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    pub forecasts: u64,
    /// Sums of squared errors: of the model, of the last value, of the mean of the hour of the week.
    pub squares: [f64; 3],
    pub reliability: [Bin; 10],
    /// How often a free bay was promised (a chance of at least one half), and how often it was there.
    pub promised: u64,
    pub kept: u64,
}

impl Score {
    /// Takes a chance that was told, what the two baselines would have told, and what came.
    #[expect(clippy::cast_possible_truncation, reason = "a chance within 0..=1, in tenths")]
    pub fn add(&mut self, told: f64, last: f64, how: f64, came: bool) {
        let outcome = f64::from(u8::from(came));
        for (sum, chance) in self.squares.iter_mut().zip([told, last, how]) {
            *sum += (chance - outcome).powi(2);
        }
        self.forecasts += 1;
        let bin = &mut self.reliability[((told * 10.0) as usize).min(9)];
        bin.forecasts += 1;
        bin.told += told;
        bin.came += u64::from(came);
        if told >= 0.5 {
            self.promised += 1;
            self.kept += u64::from(came);
        }
    }

    /// Brier scores: of the model, the last value, the hour of the week. None before the first forecast.
    #[must_use]
    pub fn brier(&self) -> Option<[f64; 3]> {
        (self.forecasts > 0).then(|| self.squares.map(|sum| sum / count(self.forecasts)))
    }

    /// How often a promised bay was there.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        (self.promised > 0).then(|| count(self.kept) / count(self.promised))
    }
}

fn count(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_what_a_hand_calculation_gives() {
        let mut score = Score::default();
        assert_eq!((score.brier(), score.hit_rate()), (None, None));
        for (told, last, how, came) in [
            (0.9, 1.0, 0.5, true),
            (0.8, 1.0, 0.5, false),
            (0.1, 0.0, 0.5, false),
            (1.0, 1.0, 0.5, true),
        ] {
            score.add(told, last, how, came);
        }
        // Model: (0.01 + 0.64 + 0.01 + 0)/4; last: 1/4; half each time: 1/4.
        let [model, last, how] = score.brier().unwrap();
        assert!((model - 0.165).abs() < 1e-12 && last == 0.25 && how == 0.25);
        assert_eq!(score.hit_rate(), Some(2.0 / 3.0));
        let bins: Vec<(u64, u64)> =
            score.reliability.iter().map(|bin| (bin.forecasts, bin.came)).collect();
        assert_eq!(bins[1], (1, 0));
        assert_eq!(bins[8], (1, 0));
        assert_eq!(bins[9], (2, 2));
    }
}
