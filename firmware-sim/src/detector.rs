//! The detection algorithm of a sensor's firmware: a tracked baseline, two thresholds, debounce.
//!
//! Pure: samples in, changes out. Once a second while something moves; between events the device
//! sleeps, and wakes with its heartbeat to follow the slow drift of the ground.

use crate::frame::Occupancy;
use crate::signal::Field;

/// Above this distance from the baseline a vehicle may stand there.
const COME: f32 = 10.0;
/// Below this one it may have left.
const GONE: f32 = 8.5;
/// Samples in a row that must agree.
const DEBOUNCE: u8 = 5;
/// Share of the way that the baseline goes at each check.
const TRACKING: f32 = 0.5;

/// Time between two samples of a device that is awake.
pub(crate) const SAMPLE_MS: i64 = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct Detector {
    baseline: Field,
    says: Occupancy,
    agreeing: u8,
}

impl Detector {
    /// Calibrated on an empty bay.
    pub(crate) fn new(empty: Field) -> Self {
        Detector { baseline: empty, says: Occupancy::Vacant, agreeing: 0 }
    }

    pub(crate) fn says(&self) -> Occupancy {
        self.says
    }

    /// Whether the last samples left nothing open.
    pub(crate) fn is_settled(&self) -> bool {
        self.agreeing == 0
    }

    /// Takes a sample; the new state if this one changes it.
    pub(crate) fn sample(&mut self, field: Field) -> Option<Occupancy> {
        let distance = self.distance(field);
        let other = match self.says {
            Occupancy::Vacant => distance > COME,
            Occupancy::Occupied => distance < GONE,
        };
        self.agreeing = if other { self.agreeing + 1 } else { 0 };
        if self.agreeing < DEBOUNCE {
            return None;
        }
        self.agreeing = 0;
        self.says = match self.says {
            Occupancy::Vacant => Occupancy::Occupied,
            Occupancy::Occupied => Occupancy::Vacant,
        };
        Some(self.says)
    }

    /// Follows the ground while nobody stands there.
    pub(crate) fn track(&mut self, field: Field) {
        let quiet = self.says == Occupancy::Vacant && self.distance(field) < GONE;
        if quiet && self.agreeing == 0 {
            for (own, seen) in self.baseline.iter_mut().zip(field) {
                *own += (seen - *own) * TRACKING;
            }
        }
    }

    fn distance(&self, field: Field) -> f32 {
        let square = |(seen, own): (f32, &f32)| (seen - own) * (seen - own);
        field.into_iter().zip(&self.baseline).map(square).sum::<f32>().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Field = [31.0, 0.5, 43.0];

    /// Distances from the baseline in µT, one a second; the second at which each change is said.
    fn check(distances: &[f32], changes: &[(usize, Occupancy)]) {
        let mut detector = Detector::new(EMPTY);
        let said: Vec<_> = distances
            .iter()
            .enumerate()
            .filter_map(|(second, d)| {
                Some((second, detector.sample([EMPTY[0] + d, EMPTY[1], EMPTY[2]])?))
            })
            .collect();
        assert_eq!(said, changes, "{distances:?}");
    }

    #[test]
    fn a_change_is_said_after_five_samples_in_a_row() {
        use Occupancy::{Occupied, Vacant};
        check(&[0.0, 20.0, 20.0, 20.0, 20.0, 20.0], &[(5, Occupied)]);
        check(&[20.0, 20.0, 20.0, 20.0, 0.0, 20.0], &[]);
        let stay = [[20.0; 5], [20.0; 5], [0.0; 5]].concat();
        check(&stay, &[(4, Occupied), (14, Vacant)]);
    }

    #[test]
    fn between_the_two_thresholds_nothing_changes() {
        use Occupancy::Occupied;
        check(&[9.9; 20], &[]);
        check(&[[20.0; 5], [8.6; 5], [8.6; 5]].concat(), &[(4, Occupied)]);
    }

    #[test]
    fn the_baseline_follows_drift_but_no_vehicle() {
        let mut detector = Detector::new([0.0; 3]);
        for step in 1..=100_u8 {
            detector.track([f32::from(step) * 0.2, 0.0, 0.0]);
        }
        assert!((detector.baseline[0] - 20.0).abs() < 0.5);
        let before = detector.baseline;
        detector.track([40.0, 0.0, 0.0]);
        assert_eq!(detector.baseline, before);
    }
}
