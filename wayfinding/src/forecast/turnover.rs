//! How fast a block's bays change hands: arrivals and departures in each quarter hour of a kind of day, and what follows.
//!
//! Rates are means for each bay and step of five minutes. Blocks are small and vehicles few, so days of a kind (Monday to
//! Friday, Saturday, Sunday) are counted together, and a quarter hour of which little is known leans on a stay of an hour.
//! They forget as patterns do: what is eight weeks old has lost most of its weight.

use super::chain::Chain;
use super::saved::{Reader, SavedReject};
use super::slot::Slot;

const KINDS: usize = 3;
const DAY: usize = 24 * 4;
const QUARTERS: usize = KINDS * DAY;
/// Values a rate rests on at most: three in a quarter hour, five days a week, eight weeks.
const KEPT: u8 = 120;
/// Rates are kept in 65535ths of a bay and step.
const UNIT: f32 = 65_535.0;
/// A mean stay in steps as long as nothing is known: an hour.
const STAY_STEPS: f64 = 12.0;
/// How many bays watched for a step that opinion is worth: four bays for an hour.
const WORTH: f64 = 48.0;

/// Vehicles that came to and left a block within a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    pub arrivals: u16,
    pub departures: u16,
}

/// The rates of a block.
#[derive(Clone, Debug)]
pub(super) struct Turnover {
    arrivals: Vec<u16>,
    departures: Vec<u16>,
    /// Mean free share of the same steps.
    free: Vec<u16>,
    values: Vec<u8>,
}

/// What was counted about a time: bays watched for a step, those of them that were free, arrivals, departures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counted {
    watched: f64,
    free: f64,
    arrivals: f64,
    departures: f64,
}

impl Flow {
    /// What a change of the number of free bays shows of it: the rest of both goes unseen.
    pub(super) fn net(before: f32, after: f32, spaces: u16) -> Flow {
        let bays = ((after - before) * f32::from(spaces)).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to u16")]
        let of = |bays: f32| bays.clamp(0.0, f32::from(u16::MAX)) as u16;
        Flow { arrivals: of(-bays), departures: of(bays) }
    }
}

impl Turnover {
    pub(super) const HEAP_BYTES: usize = QUARTERS * (3 * size_of::<u16>() + size_of::<u8>());

    pub(super) fn new() -> Turnover {
        let none = || vec![0; QUARTERS];
        Turnover { arrivals: none(), departures: none(), free: none(), values: vec![0; QUARTERS] }
    }

    /// Takes what came and left in a step that began with this free share; arrivals and departures for each bay.
    #[expect(clippy::cast_possible_truncation, reason = "a share within 0..=1 in 65535ths")]
    pub(super) fn learn(&mut self, at: Slot, free: f32, arrivals: f32, departures: f32) {
        let quarter = quarter(at);
        let values = (self.values[quarter] + 1).min(KEPT);
        self.values[quarter] = values;
        for (means, value) in [
            (&mut self.free, free),
            (&mut self.arrivals, arrivals),
            (&mut self.departures, departures),
        ] {
            let mean = f32::from(means[quarter]);
            let mean = mean + (value.clamp(0.0, 1.0) * UNIT - mean) / f32::from(values);
            means[quarter] = mean.round() as u16;
        }
    }

    /// Arrivals and departures in an hour at a time, for the whole block; none if nothing is known of it.
    pub(super) fn hourly(&self, at: Slot, spaces: u16) -> Option<(f64, f64)> {
        let counted = self.counted(at, spaces);
        let of = |events: f64| events / counted.watched * f64::from(spaces) * 12.0;
        (counted.watched > 0.0).then(|| (of(counted.arrivals), of(counted.departures)))
    }

    /// How bays that are `share` free now go on for so many steps.
    pub(super) fn chain(&self, from: Slot, steps: f64, share: f32, spaces: u16) -> Chain {
        let mut sum = Counted::default();
        for at in [from, from.ahead(steps / 2.0), from.ahead(steps)] {
            let counted = self.counted(at, spaces);
            sum.watched += counted.watched;
            sum.free += counted.free;
            sum.arrivals += counted.arrivals;
            sum.departures += counted.departures;
        }
        // As long as nothing is known: stays of an hour, and as many arrivals as keep it half way between now and half full.
        let free = WORTH * (f64::from(share) + 0.5) / 2.0;
        let (taken, changing) = (WORTH - free, (WORTH - free) / STAY_STEPS);
        Chain::new(
            (sum.arrivals + changing) / (sum.free + free),
            (sum.departures + changing) / (sum.watched - sum.free + taken),
            steps,
        )
    }

    fn counted(&self, at: Slot, spaces: u16) -> Counted {
        let quarter = quarter(at);
        let watched = f64::from(self.values[quarter]) * f64::from(spaces);
        let of = |means: &[u16]| f64::from(means[quarter]) / f64::from(UNIT) * watched;
        Counted {
            watched,
            free: of(&self.free),
            arrivals: of(&self.arrivals),
            departures: of(&self.departures),
        }
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        for means in [&self.free, &self.arrivals, &self.departures] {
            means.iter().for_each(|mean| bytes.extend(mean.to_le_bytes()));
        }
        bytes.extend(&self.values);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Turnover, SavedReject> {
        let mut turnover = Turnover::new();
        for means in [&mut turnover.free, &mut turnover.arrivals, &mut turnover.departures] {
            for mean in means {
                *mean = u16::from_le_bytes(reader.take()?);
            }
        }
        for values in &mut turnover.values {
            *values = reader.take::<1>()?[0].min(KEPT);
        }
        Ok(turnover)
    }
}

/// The number of a quarter hour of a kind of day.
fn quarter(at: Slot) -> usize {
    let (day, of_day) = (at.of_week() / (3 * DAY), at.of_week() / 3 % DAY);
    day.saturating_sub(4) * DAY + of_day
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Timestamp;

    /// A time of the week of Monday 2024-05-06.
    fn at(day: i64, hour: i64) -> Slot {
        let monday = Timestamp::parse("2024-05-06T00:00:00Z").unwrap();
        Slot::nearest(monday, 0).plus(day * 288 + hour * 12)
    }

    /// An hour of a block of ten bays, five of them free: an arrival every other step, a departure every fourth.
    fn hour(turnover: &mut Turnover, day: i64) {
        for step in 0..12 {
            let of = |every: i64| if step % every == 0 { 0.1 } else { 0.0 };
            turnover.learn(at(day, 8).plus(step), 0.5, of(2), of(4));
        }
    }

    #[test]
    fn rates_are_those_of_the_kind_of_day() {
        let mut turnover = Turnover::new();
        assert_eq!(turnover.hourly(at(0, 8), 10), None);
        (0..4).for_each(|day| hour(&mut turnover, day));
        // Steps 0 to 2 of each day: two arrivals, one departure, in a quarter hour.
        let (arrivals, departures) = turnover.hourly(at(4, 8), 10).unwrap();
        assert!((arrivals - 8.0).abs() < 0.01 && (departures - 4.0).abs() < 0.01);
        assert_eq!(turnover.hourly(at(5, 8), 10), None);
    }

    #[test]
    fn without_knowledge_vehicles_stay_an_hour_and_the_block_tends_to_half_full() {
        let chain = Turnover::new().chain(at(0, 8), 12.0, 0.1, 10);
        // Usual is 0.3 free: a taken bay is left at 1/12 a step, a free one taken at 0.7/0.3 of that; 1 − e^(−10/3).
        assert!((chain.turned_over() - 0.964_326).abs() < 1e-6, "{chain:?}");
        assert!((chain.free_to_taken / chain.taken_to_free - 7.0 / 3.0).abs() < 1e-6, "{chain:?}");
    }

    #[test]
    fn what_was_counted_outweighs_what_was_assumed() {
        let mut turnover = Turnover::new();
        for day in (0..1000).filter(|day| day % 7 < 5) {
            (0..12).for_each(|step| turnover.learn(at(day, 8).plus(step), 0.5, 0.01, 0.005));
        }
        // 0.02 arrivals at a free bay, 0.01 departures from a taken one; 120 values of 100 bays against 48.
        let chain = turnover.chain(at(0, 8), 6.0, 0.5, 100);
        assert!((chain.free_to_taken - 0.1098).abs() < 0.003, "{chain:?}");
        assert!((chain.free_to_taken / chain.taken_to_free - 2.0).abs() < 0.05, "{chain:?}");
    }

    #[test]
    fn a_change_shows_what_came_or_left_net() {
        let flow = |arrivals, departures| Flow { arrivals, departures };
        for (before, after, expected) in
            [(0.5, 0.2, flow(3, 0)), (0.2, 0.5, flow(0, 3)), (0.5, 0.5, flow(0, 0))]
        {
            assert_eq!(Flow::net(before, after, 10), expected);
        }
    }

    #[test]
    fn what_was_learned_is_read_again() {
        let mut turnover = Turnover::new();
        hour(&mut turnover, 0);
        let mut bytes = Vec::new();
        turnover.write(&mut bytes);
        let read = Turnover::read(&mut Reader(&bytes)).unwrap();
        assert_eq!(read.hourly(at(0, 8), 10), turnover.hourly(at(0, 8), 10));
        assert!(Turnover::read(&mut Reader(&bytes[1..])).is_err());
    }
}
