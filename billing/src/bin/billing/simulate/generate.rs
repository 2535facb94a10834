//! Stays made up for large trials: the same number and seed give the same stays.
//!
//! Arrivals in order over a year, most of them by day; lengths from a minute to two days, most of
//! them under two hours; classes and streets that both tariffs name. Each is priced alone.

use std::fmt::Write;
use std::io::Read;

use billing::tariff::{Tariff, Version};
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::dice::Dice;
use crate::input::Wrong;

/// Arrivals in each hour of a day, in thousandths.
const BY_HOUR: [u64; 24] =
    [6, 4, 3, 3, 5, 12, 28, 58, 78, 72, 66, 62, 60, 58, 62, 64, 66, 70, 68, 56, 44, 28, 16, 11];
/// Upper ends of lengths in minutes, and how many of a hundred stays are below.
const LENGTHS: [(u64, u64); 7] =
    [(15, 14), (30, 30), (60, 55), (120, 78), (300, 91), (720, 98), (2_880, 100)];
const DAYS: u64 = 365;

/// A table of stays, as one reads a file.
pub(super) struct Generated {
    zone: Tz,
    first_on: NaiveDate,
    classes: Vec<String>,
    streets: Vec<String>,
    count: u64,
    made: u64,
    seed: u64,
    text: String,
    read: usize,
}

impl Generated {
    pub(super) fn new(
        (tariff, against): (&Tariff, &Tariff),
        count: u64,
        seed: u64,
    ) -> Result<Self, Wrong> {
        let none = "the tariffs have no version";
        let (one, other) = (newest(tariff).ok_or(none)?, newest(against).ok_or(none)?);
        let shared = |of: fn(&Version) -> &[String]| -> Vec<String> {
            of(one).iter().filter(|name| of(other).contains(name)).cloned().collect()
        };
        let mut classes = shared(|version| &version.vehicle_classes);
        // The first is the commonest.
        classes.sort_by_key(|class| class != "small");
        if classes.is_empty() {
            return Err("the tariffs have no class of vehicle in common".into());
        }
        let streets = match (one.streets.is_empty(), other.streets.is_empty()) {
            (true, _) => other.streets.clone(),
            (false, true) => one.streets.clone(),
            (false, false) => shared(|version| &version.streets),
        };
        if streets.is_empty() && !(one.streets.is_empty() && other.streets.is_empty()) {
            return Err("the tariffs have no class of street in common".into());
        }
        Ok(Generated {
            zone: tariff.time_zone,
            first_on: one.valid_from.max(other.valid_from),
            classes,
            streets,
            count,
            made: 0,
            seed,
            text: "id,vehicle,start,end,street\n".to_owned(),
            read: 0,
        })
    }

    fn next(&mut self) {
        let number = self.made;
        self.made += 1;
        let mut dice = Dice(self.seed.wrapping_mul(0x9E37_79B9).wrapping_add(number));
        let arrived = self.arrival(number, dice.below(60));
        let length_s = length_s(&mut dice);
        // A time that the clocks leave out is not made up.
        let left = arrived + TimeDelta::seconds(i64::try_from(length_s).unwrap_or(0));
        let exists =
            |local: NaiveDateTime| self.zone.from_local_datetime(&local).single().is_some();
        let (arrived, left) = match exists(arrived) && exists(left) {
            true => (arrived, left),
            false => (arrived + TimeDelta::hours(12), left + TimeDelta::hours(12)),
        };
        // Three of four are of the first class.
        let class =
            &self.classes[pick(dice.below(4).saturating_sub(2), dice.next(), &self.classes)];
        let street = match self.streets.len() as u64 {
            0 => "",
            count => &self.streets[usize::try_from(dice.below(count)).unwrap_or(0)],
        };
        let form = "%Y-%m-%dT%H:%M:%S";
        let (from, to) = (arrived.format(form), left.format(form));
        writeln!(self.text, "{number},{class},{from},{to},{street}").expect("a string takes all");
    }

    /// Arrivals follow one another over the days and, within each, over the hours.
    fn arrival(&self, number: u64, second: u64) -> NaiveDateTime {
        let of_year =
            u128::from(number) * u128::from(DAYS) * 1_000_000 / u128::from(self.count.max(1));
        let of_year = u64::try_from(of_year).unwrap_or(0);
        let (day, mut of_day) = (of_year / 1_000_000, of_year % 1_000_000);
        let mut hour = 0_u64;
        for share in BY_HOUR {
            let share = share * 1_000;
            if of_day < share {
                of_day = of_day * 3_600 / share;
                break;
            }
            of_day -= share;
            hour += 1;
        }
        let seconds = (hour.min(23) * 3_600 + of_day.min(3_599) / 60 * 60 + second).min(86_399);
        let midnight = self.first_on.checked_add_days(Days::new(day)).unwrap_or(self.first_on);
        let midnight = midnight.and_hms_opt(0, 0, 0).expect("every day begins");
        midnight + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0))
    }
}

fn newest(tariff: &Tariff) -> Option<&Version> {
    tariff.versions.last()
}

fn pick(is_other: u64, number: u64, of: &[String]) -> usize {
    if is_other == 0 { 0 } else { usize::try_from(number % of.len() as u64).unwrap_or(0) }
}

fn length_s(dice: &mut Dice) -> u64 {
    let percent = dice.below(100);
    let mut from = 60;
    for (minutes, below) in LENGTHS {
        let to = minutes * 60;
        if percent < below {
            return from + dice.below(to - from);
        }
        from = to;
    }
    from
}

impl Read for Generated {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.text.len() {
            self.text.clear();
            self.read = 0;
            while self.made < self.count && self.text.len() < into.len() {
                self.next();
            }
        }
        let bytes = &self.text.as_bytes()[self.read..];
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        self.read += count;
        Ok(count)
    }
}
