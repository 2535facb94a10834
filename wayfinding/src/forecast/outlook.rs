//! The answer of a forecast: what share is to be expected, and how likely others are.

/// What a forecast rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What is now, and what is usual.
    Learned,
    /// What is now; nothing is known yet of such a time.
    LastSeen,
    /// What is usual; nothing was heard for hours.
    Usual,
}

/// Where a block is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    Filling,
    Stable,
    Emptying,
}

/// The free share of a block at a time to come: a Laplace distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The newest known free share.
    pub share_now: f64,
    /// The middle of the distribution.
    pub expected: f64,
    /// The mean distance from it.
    pub spread: f64,
    /// How many bays the block has.
    pub spaces: u16,
    /// How likely it is that at least one bay is free.
    pub one: f64,
    /// How likely it is that a bay that is free now is free then.
    pub stays: f64,
    pub basis: Basis,
}

/// Nothing is certain: chances stay this far from 0 and 1.
const DOUBT: f64 = 0.002;
/// A trend is a change by half a bay and this share.
const TREND_SHARE: f64 = 0.02;

impl Basis {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Basis::Learned => "learned",
            Basis::LastSeen => "last_seen",
            Basis::Usual => "usual",
        }
    }
}

impl Trend {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trend::Filling => "filling",
            Trend::Stable => "stable",
            Trend::Emptying => "emptying",
        }
    }
}

impl Outlook {
    /// How likely it is that less than this share is free.
    #[must_use]
    pub fn below(&self, share: f64) -> f64 {
        doubted(below(share, self.expected, self.spread))
    }

    /// How likely it is that at least one bay is free.
    #[must_use]
    pub fn one_free(&self) -> f64 {
        doubted(self.one)
    }

    /// How likely it is that a bay that is free now is free then.
    #[must_use]
    pub fn stays_free(&self) -> f64 {
        doubted(self.stays)
    }

    /// The share to be expected when only whole bays change: what is nearest to the middle.
    #[must_use]
    pub fn whole(&self) -> f64 {
        let spaces = f64::from(self.spaces);
        let bays = ((self.expected - self.share_now) * spaces).round();
        (self.share_now + bays / spaces).clamp(0.0, 1.0)
    }

    /// The share within which four of five come to lie, from and to.
    #[must_use]
    pub fn likely(&self) -> (f64, f64) {
        // P(|x| > d) = e^(−d/s) = 0.2 at d = s · ln 5.
        let reach = self.spread * 5.0_f64.ln();
        ((self.expected - reach).max(0.0), (self.expected + reach).min(1.0))
    }

    /// Where the block is going.
    #[must_use]
    pub fn trend(&self) -> Trend {
        let change = self.expected - self.share_now;
        if change.abs() < TREND_SHARE.max(0.5 / f64::from(self.spaces)) {
            Trend::Stable
        } else if change < 0.0 {
            Trend::Filling
        } else {
            Trend::Emptying
        }
    }
}

/// Laplace's distribution function.
pub(super) fn below(share: f64, expected: f64, spread: f64) -> f64 {
    let distance = (share - expected) / spread;
    let tail = 0.5 * (-distance.abs()).exp();
    if distance > 0.0 { 1.0 - tail } else { tail }
}

fn doubted(chance: f64) -> f64 {
    chance.clamp(DOUBT, 1.0 - DOUBT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlook(now: f64, expected: f64, spread: f64) -> Outlook {
        Outlook {
            share_now: now,
            expected,
            spread,
            spaces: 10,
            one: 0.7,
            stays: 1.0,
            basis: Basis::Learned,
        }
    }

    #[test]
    fn chances_are_those_of_laplace() {
        let outlook = outlook(0.3, 0.3, 0.1);
        // F(m) = 1/2; F(m − s) = e⁻¹/2 = 0.18394; F(m + s) = 1 − e⁻¹/2.
        for (share, chance) in [(0.3, 0.5), (0.2, 0.18394), (0.4, 0.81606), (-9.0, 0.002)] {
            assert!((outlook.below(share) - chance).abs() < 1e-5, "{share}");
        }
        // Half a bay of ten: e^(−2.5)/2 = 0.04104.
        assert!((outlook.below(0.05) - 0.04104).abs() < 1e-5);
        assert_eq!((outlook.one_free(), outlook.stays_free()), (0.7, 0.998));
        let (from, to) = outlook.likely();
        // 0.1 · ln 5 = 0.16094.
        assert!((from - 0.13906).abs() < 1e-5 && (to - 0.46094).abs() < 1e-5, "{from} {to}");
    }

    #[test]
    fn a_trend_is_at_least_half_a_bay() {
        for (now, expected, trend, whole) in [
            (0.3, 0.26, Trend::Stable, 0.3),
            (0.3, 0.24, Trend::Filling, 0.2),
            (0.3, 0.36, Trend::Emptying, 0.4),
            (0.0, 0.0, Trend::Stable, 0.0),
        ] {
            let outlook = outlook(now, expected, 0.1);
            assert_eq!(outlook.trend(), trend, "{now} {expected}");
            assert!((outlook.whole() - whole).abs() < 1e-9, "{now} {expected}");
        }
    }
}
