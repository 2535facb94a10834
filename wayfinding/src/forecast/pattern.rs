//! What is usual in a block: the mean free share of each quarter hour of the week, and of its kind of day.
//!
//! Kinds of days are Monday to Friday, Saturday, Sunday; the mean of a kind is that of its days, so that two days
//! of a new block already say something about the third. Means forget: what is eight weeks old has lost most of
//! its weight.

use super::saved::{Reader, SavedReject};
use super::slot::Slot;

const QUARTERS: usize = 7 * 24 * 4;
const DAY: usize = 24 * 4;
/// Values that a mean rests on at most: three in a quarter hour, eight weeks of them.
const KEPT: u8 = 24;
/// Means are kept in 65535ths.
const UNIT: f32 = 65_535.0;
/// How far values stray from the mean as long as nothing is known.
const STRAY: f32 = 0.15;
/// How many values that opinion is worth, and after how many older ones fade.
const STRAY_WORTH: f32 = 100.0;
const STRAY_KEPT: f32 = 8064.0;

/// The usual free share of a block.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    mean: Vec<u16>,
    values: Vec<u8>,
    /// Mean distance of values from what was usual, and how many.
    stray: (f32, f32),
}

/// What is usual at a time: at this quarter hour of the week, and on such a day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usual {
    pub(super) week: Option<f32>,
    pub(super) kind: Option<f32>,
}

impl Usual {
    pub(super) fn known(self) -> bool {
        self.week.is_some() || self.kind.is_some()
    }
}

impl Pattern {
    pub(super) const HEAP_BYTES: usize = QUARTERS * (size_of::<u16>() + size_of::<u8>());

    pub(super) fn new() -> Pattern {
        Pattern { mean: vec![0; QUARTERS], values: vec![0; QUARTERS], stray: (STRAY, STRAY_WORTH) }
    }

    /// Takes the share of a time that has gone by.
    #[expect(clippy::cast_possible_truncation, reason = "a share within 0..=1 in 65535ths")]
    pub(super) fn learn(&mut self, at: Slot, share: f32) {
        let usual = self.at(at);
        if let Some(mean) = usual.week.or(usual.kind) {
            self.stray.1 = (self.stray.1 + 1.0).min(STRAY_KEPT);
            self.stray.0 += ((share - mean).abs() - self.stray.0) / self.stray.1;
        }
        let quarter = at.of_week() / 3;
        let values = (self.values[quarter] + 1).min(KEPT);
        let mean = f32::from(self.mean[quarter]);
        self.values[quarter] = values;
        self.mean[quarter] = (mean + (share * UNIT - mean) / f32::from(values)).round() as u16;
    }

    /// What is usual then, between the middles of two quarter hours.
    pub(super) fn at(&self, at: Slot) -> Usual {
        Usual {
            week: between(at, |quarter| self.quarter(quarter)),
            kind: between(at, |quarter| self.kind(quarter)),
        }
    }

    /// What is usual then: at this hour of the week, or else on such a day.
    pub(super) fn usual_at(&self, at: Slot) -> Option<f32> {
        let week = between(at, |quarter| self.quarter(quarter));
        week.or_else(|| between(at, |quarter| self.kind(quarter)))
    }

    /// How far values stray from what is usual, on average.
    pub(super) fn stray(&self) -> f32 {
        self.stray.0
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        self.mean.iter().for_each(|mean| bytes.extend(mean.to_le_bytes()));
        bytes.extend(&self.values);
        bytes.extend(self.stray.0.to_le_bytes());
        bytes.extend(self.stray.1.to_le_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Pattern, SavedReject> {
        let mut pattern = Pattern::new();
        for mean in &mut pattern.mean {
            *mean = u16::from_le_bytes(reader.take()?);
        }
        for values in &mut pattern.values {
            *values = reader.take::<1>()?[0].min(KEPT);
        }
        pattern.stray = (reader.f32()?, reader.f32()?);
        Ok(pattern)
    }

    fn quarter(&self, quarter: usize) -> Option<f32> {
        (self.values[quarter] > 0).then(|| f32::from(self.mean[quarter]) / UNIT)
    }

    fn kind(&self, quarter: usize) -> Option<f32> {
        let (day, of_day) = (quarter / DAY, quarter % DAY);
        let days = if day < 5 { 0..5 } else { day..day + 1 };
        let (mut sum, mut known) = (0.0, 0.0);
        for mean in days.filter_map(|day| self.quarter(day * DAY + of_day)) {
            sum += mean;
            known += 1.0;
        }
        (known > 0.0).then(|| sum / known)
    }
}

/// Between the middles of two quarter hours.
fn between(at: Slot, of: impl Fn(usize) -> Option<f32>) -> Option<f32> {
    // The middle of three steps is the second one's begin.
    let slot = (at.of_week() + QUARTERS * 3 - 1) % (QUARTERS * 3);
    let (quarter, third) = (slot / 3, slot % 3);
    let here = of(quarter)?;
    if third == 0 {
        return Some(here);
    }
    let next = of((quarter + 1) % QUARTERS)?;
    Some(here + (next - here) * (third as f32 / 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Timestamp;

    /// Monday 2024-05-06, at so many minutes of its week.
    fn minute(minute: i64) -> Slot {
        let monday = Timestamp::parse("2024-05-06T00:00:00Z").unwrap();
        Slot::nearest(monday.plus_ms(minute * 60_000), 0)
    }

    fn hour(pattern: &mut Pattern, day: i64, share: f32) {
        for step in 0..12 {
            pattern.learn(minute(day * 1440 + 8 * 60 + step * 5), share);
        }
    }

    fn near(got: Option<f32>, expected: f32) {
        assert!((got.unwrap() - expected).abs() < 1e-3, "{got:?} is not {expected}");
    }

    #[test]
    fn a_new_block_has_no_pattern() {
        assert!(!Pattern::new().at(minute(500)).known());
    }

    #[test]
    fn monday_and_tuesday_say_what_a_wednesday_is_like_but_not_a_saturday() {
        let mut pattern = Pattern::new();
        hour(&mut pattern, 0, 0.2);
        hour(&mut pattern, 1, 0.4);
        let wednesday = pattern.at(minute(2 * 1440 + 8 * 60 + 20));
        assert_eq!(wednesday.week, None);
        near(wednesday.kind, 0.3);
        near(pattern.at(minute(8 * 60 + 20)).week, 0.2);
        assert!(!pattern.at(minute(5 * 1440 + 8 * 60 + 20)).known());
    }

    #[test]
    fn between_two_quarter_hours_the_mean_goes_over() {
        let mut pattern = Pattern::new();
        for step in 0..3 {
            pattern.learn(minute(480 + step * 5), 0.0);
            pattern.learn(minute(495 + step * 5), 0.3);
        }
        // Middles are 08:05 and 08:20; 08:10 is a third of the way, 08:15 two thirds.
        for (at, expected) in [(485, 0.0), (490, 0.1), (495, 0.2), (500, 0.3)] {
            near(pattern.at(minute(at)).week, expected);
        }
    }

    #[test]
    fn an_old_mean_gives_way_to_a_new_one() {
        let mut pattern = Pattern::new();
        for _ in 0..30 {
            hour(&mut pattern, 0, 0.0);
        }
        for _ in 0..24 {
            hour(&mut pattern, 0, 1.0);
        }
        // 72 values at a 24th each: 1 − (23/24)^72 = 0.953.
        near(pattern.at(minute(8 * 60 + 20)).week, 0.953);
    }
}
