//! Five minutes of the city's own time.

use vocabulary::Timestamp;

/// Five minutes, counted from a Monday's midnight on the city's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(i64);

const STEP_MS: i64 = 5 * 60_000;
/// 1970-01-05 was a Monday.
const FIRST_MONDAY_MS: i64 = 4 * 86_400_000;
const WEEK: i64 = 7 * 24 * 12;

impl Slot {
    /// How long one is.
    pub const MINUTES: f64 = 5.0;

    /// The one that begins nearest to an instant, in a city so far ahead of UTC.
    #[must_use]
    pub fn nearest(at: Timestamp, ahead_of_utc_min: i32) -> Slot {
        let city_ms = at.ms() + i64::from(ahead_of_utc_min) * 60_000 - FIRST_MONDAY_MS;
        Slot((city_ms + STEP_MS / 2).div_euclid(STEP_MS))
    }

    /// How many steps it is after another.
    #[must_use]
    pub fn since(self, earlier: Slot) -> i64 {
        self.0 - earlier.0
    }

    /// So many steps later.
    #[must_use]
    pub fn plus(self, steps: i64) -> Slot {
        Slot(self.0 + steps)
    }

    /// Its number within the week, from Monday's midnight, 0 to 2015.
    #[must_use]
    pub fn of_week(self) -> usize {
        usize::try_from(self.0.rem_euclid(WEEK)).unwrap_or(0)
    }

    pub(super) fn back(self, steps: impl TryInto<i64>) -> Slot {
        self.plus(-steps.try_into().unwrap_or(0))
    }

    /// The slot after so many steps and a part of one.
    #[expect(clippy::cast_possible_truncation, reason = "cut to a century of steps")]
    pub(super) fn ahead(self, steps: f64) -> Slot {
        self.plus(steps.round().clamp(0.0, 1e7) as i64)
    }
}
