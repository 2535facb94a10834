//! The forecast on trial: learn from the counts of some weeks, then be judged step by step on others.
//!
//! Only what is known at a time is used for a forecast made then. Learning goes on during the test, as it does in
//! service: with what the test has shown so far, and the forecast that is judged was made before. The baseline of
//! the hour of the week is learned from the history alone.

use std::collections::VecDeque;

use super::{Forecaster, Slot};

/// Free places of every car park at a step, in the order in which they were added.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub slot: Slot,
    /// None where nothing is said: as before.
    pub free: Vec<Option<f32>>,
}

/// One figure for the model and for both baselines.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    pub model: f64,
    /// It stays as it is.
    pub last: f64,
    /// It is as it was at this hour of the week.
    pub how: f64,
}

/// How good forecasts of one horizon were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HorizonScore {
    pub minutes: u16,
    /// Forecasts judged.
    pub n: u64,
    /// Car parks they are of, and those of them in which few places are sometimes free, and sometimes not.
    pub car_parks: usize,
    pub scarce: usize,
    /// Mean absolute error of the free share, each car park with the same weight.
    pub mae: Measure,
    /// Brier score of 'less than a tenth is free', over the scarce ones.
    pub brier: Option<Measure>,
}

/// Learns, then is judged.
#[derive(Clone, Debug)]
pub struct Trial {
    forecaster: Forecaster,
    horizons: Vec<u16>,
    parks: Vec<Park>,
    newest: Option<Slot>,
    waiting: VecDeque<Waiting>,
}

/// One car park.
#[derive(Clone, Debug)]
struct Park {
    spaces: f32,
    /// The newest share, and when it was said.
    last: Option<(f32, Slot)>,
    /// Of the history, for each hour of the week and for all: values, their sum, how many were below a tenth.
    usual: Vec<[f64; 3]>,
    judged: Vec<Judged>,
}

/// Sums over the forecasts of one horizon: model, last value, hour of the week.
#[derive(Clone, Copy, Debug, Default)]
struct Judged {
    n: u64,
    off: [f64; 3],
    squares: [f64; 3],
    few: u64,
}

#[derive(Clone, Debug)]
struct Waiting {
    target: Slot,
    horizon: usize,
    /// Expected share, chance of few, share now.
    told: Vec<Option<[f64; 3]>>,
}

/// Fewer free than this is 'few'.
const FEW: f32 = 0.1;
/// A car park that said nothing new for a day is not known: in steps.
const SILENT: i64 = 24 * 12;
/// A scarce car park has few places free in this part of the time judged.
const SCARCE: std::ops::RangeInclusive<f64> = 0.02..=0.98;
const HOURS: usize = 168;

impl Trial {
    /// On car parks with so many places, at horizons in minutes that are multiples of five.
    #[must_use]
    pub fn new(spaces: &[f32], horizons: &[u16]) -> Trial {
        let mut forecaster = Forecaster::new();
        let park = |spaces: &f32| {
            forecaster.add_block(whole(*spaces));
            Park {
                spaces: *spaces,
                last: None,
                usual: vec![[0.0; 3]; HOURS + 1],
                judged: vec![Judged::default(); horizons.len()],
            }
        };
        let parks = spaces.iter().map(park).collect();
        let horizons = horizons.to_vec();
        Trial { forecaster, horizons, parks, newest: None, waiting: VecDeque::new() }
    }

    /// Takes a row of the history.
    pub fn learn(&mut self, row: &Row) {
        let shares = self.take(row);
        let hour = row.slot.of_week() / 12;
        for (park, share) in self.parks.iter_mut().zip(&shares) {
            let Some(share) = *share else { continue };
            for hour in [hour, HOURS] {
                let [values, sum, few] = &mut park.usual[hour];
                *values += 1.0;
                *sum += f64::from(share);
                *few += f64::from(u8::from(share < FEW));
            }
        }
    }

    /// Takes a row of the test: judges the forecasts made for it, then makes new ones.
    pub fn test(&mut self, row: &Row) {
        let shares = self.take(row);
        while let Some(waiting) = self.waiting.iter().position(|w| w.target == row.slot) {
            if let Some(waiting) = self.waiting.remove(waiting) {
                self.judge(&waiting, &shares);
            }
        }
        self.waiting.retain(|waiting| waiting.target > row.slot);
        for (horizon, minutes) in self.horizons.clone().into_iter().enumerate() {
            let target = row.slot.plus(i64::from(minutes) / 5);
            let told = (0..self.parks.len())
                .map(|park| {
                    let now = f64::from(shares[park]?);
                    let outlook = self.forecaster.outlook(park, f64::from(minutes))?;
                    Some([outlook.whole(), outlook.below(f64::from(FEW)), now])
                })
                .collect();
            self.waiting.push_back(Waiting { target, horizon, told });
        }
    }

    /// What came out, horizon by horizon.
    #[must_use]
    pub fn scores(&self) -> Vec<HorizonScore> {
        (0..self.horizons.len()).map(|horizon| self.score(horizon)).collect()
    }

    /// The free shares at a row: what it says, or what was said less than a day ago.
    fn take(&mut self, row: &Row) -> Vec<Option<f32>> {
        let goes_on = self.newest.is_some_and(|n| (1..=SILENT).contains(&row.slot.since(n)));
        if !goes_on {
            self.waiting.clear();
            self.parks.iter_mut().for_each(|park| park.last = None);
        }
        self.newest = Some(row.slot);
        for (park, free) in self.parks.iter_mut().zip(&row.free) {
            if let Some(free) = free {
                park.last = Some(((free / park.spaces).clamp(0.0, 1.0), row.slot));
            }
        }
        let known = |park: &Park| {
            let (share, said) = park.last?;
            (row.slot.since(said) <= SILENT).then_some(share)
        };
        let shares: Vec<Option<f32>> = self.parks.iter().map(known).collect();
        self.forecaster.step(row.slot, &shares);
        shares
    }

    fn judge(&mut self, waiting: &Waiting, shares: &[Option<f32>]) {
        let hour = waiting.target.of_week() / 12;
        for ((park, told), share) in self.parks.iter_mut().zip(&waiting.told).zip(shares) {
            let (Some([model, chance, last]), Some(share)) = (*told, *share) else { continue };
            let Some((mean, rate)) = park.usual_at(hour) else { continue };
            let (came, few) = (f64::from(share), share < FEW);
            let outcome = f64::from(u8::from(few));
            let last_few = f64::from(u8::from(last < f64::from(FEW)));
            let judged = &mut park.judged[waiting.horizon];
            judged.n += 1;
            judged.few += u64::from(few);
            for (sum, guess) in judged.off.iter_mut().zip([model, last, mean]) {
                *sum += (guess - came).abs();
            }
            for (sum, guess) in judged.squares.iter_mut().zip([chance, last_few, rate]) {
                *sum += (guess - outcome).powi(2);
            }
        }
    }

    fn score(&self, horizon: usize) -> HorizonScore {
        let judged: Vec<Judged> =
            self.parks.iter().map(|park| park.judged[horizon]).filter(|j| j.n > 0).collect();
        let scarce: Vec<Judged> = judged
            .iter()
            .copied()
            .filter(|j| SCARCE.contains(&(count(j.few) / count(j.n))))
            .collect();
        let mean = |parks: &[Judged], sums: fn(&Judged) -> [f64; 3]| {
            let of = |which: usize| {
                let total: f64 = parks.iter().map(|j| sums(j)[which] / count(j.n)).sum();
                total / count(parks.len().max(1) as u64)
            };
            Measure { model: of(0), last: of(1), how: of(2) }
        };
        HorizonScore {
            minutes: self.horizons[horizon],
            n: judged.iter().map(|j| j.n).sum(),
            car_parks: judged.len(),
            scarce: scarce.len(),
            mae: mean(&judged, |j| j.off),
            brier: (!scarce.is_empty()).then(|| mean(&scarce, |j| j.squares)),
        }
    }
}

impl Park {
    /// Mean share and rate of few at an hour of the week; of all hours if there is none of this one.
    fn usual_at(&self, hour: usize) -> Option<(f64, f64)> {
        let of = |hour: usize| {
            let [values, sum, few] = self.usual[hour];
            (values > 0.0).then(|| (sum / values, few / values))
        };
        of(hour).or_else(|| of(HOURS))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "cut to 1..=65535")]
fn whole(spaces: f32) -> u16 {
    spaces.round().clamp(1.0, 65_535.0) as u16
}

fn count(count: u64) -> f64 {
    count as f64
}
