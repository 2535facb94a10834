//! What a version says to one group of vehicles on one class of street, ready to price with.

use vocabulary::Fen;

use super::{
    AcrossPrices, AtTheEnd, Bays, BeyondLimit, CountedIn, DayRule, EarlierVisits, Period, Periods,
    Restarts, RoundingMode, Unused, Visits, WhenExceeded,
};
use crate::amount::{Exact, Price};

/// Every amount in it is that of its vehicles on its street.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) classes: Vec<String>,
    /// Name of the price that these classes have in `vehicle_classes`.
    pub(crate) vehicle: String,
    pub(crate) street: Option<String>,
    /// The first that fits an instant holds; the last fits always.
    pub(crate) windows: Vec<PlanWindow>,
    pub(crate) day_starts_ms: i64,
    pub(crate) counted_in: CountedIn,
    pub(crate) restarts: Restarts,
    pub(crate) across_prices: AcrossPrices,
    /// Up to this length a stay has its own `across_prices`.
    pub(crate) short_stay: Option<(i64, AcrossPrices)>,
    /// Each for windows of its own.
    pub(crate) free: Vec<FreeRule>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) factors: Vec<Factor>,
    /// For people: the factors that its unit prices already have in them.
    pub(crate) price_factors: Vec<Factor>,
    pub(crate) bays: Bays,
    /// The total is a whole number of this.
    pub(crate) total_to: Fen,
    pub(crate) total_rounding: RoundingMode,
    pub(crate) returns_within_ms: i64,
    pub(crate) grace_to_leave_ms: i64,
    pub(crate) time_limit: Option<TimeLimit>,
    pub(crate) unused: Unused,
    /// Whether any window depends on the day.
    pub(crate) by_day: bool,
}

/// A daily stretch of the wall clock.
#[derive(Clone, Debug)]
pub(crate) struct PlanWindow {
    /// Its place among the windows of the version; what no window names has the one after the last.
    pub(crate) index: usize,
    /// Milliseconds of the local day; `to_ms <= from_ms` runs across midnight.
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// On which days it begins.
    pub(crate) days: DayRule,
    /// `None` = free.
    pub(crate) ladder: Option<Ladder>,
    /// Whether nobody may park in it; it is free then.
    pub(crate) not_permitted: bool,
    /// Whether the demand-responsive step moves its prices.
    pub(crate) by_demand: bool,
}

/// The tiers of a price.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    pub(crate) tiers: Vec<Tier>,
    /// The length of all tiers, where the first follows the last again.
    pub(crate) cycle_ms: Option<i64>,
}

/// A stretch of elapsed time with one unit price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tier {
    /// Elapsed time at which the next one begins; `i64::MAX` for the last.
    pub(crate) to_ms: i64,
    /// What a line counts: a unit, or a minute of it where part units pay by the minute.
    pub(crate) unit_ms: i64,
    /// How much of it must be used before it is charged.
    pub(crate) due_ms: i64,
    /// For people: the unit as written; 0 for a whole window or visit.
    pub(crate) unit_minutes: u32,
    /// What of the price one unit costs: 1, or one of the minutes of the unit as written.
    pub(crate) parts: i64,
    pub(crate) price: Price,
    pub(crate) end: UnitEnd,
}

/// What ends a unit beside its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitEnd {
    Length,
    Window,
    Visit,
}

#[derive(Clone, Debug)]
pub(crate) struct FreeRule {
    pub(crate) length_ms: i64,
    pub(crate) when_exceeded: WhenExceeded,
    /// Places in the plan of the windows whose time counts.
    pub(crate) windows: Vec<bool>,
    pub(crate) counted_per: Period,
    pub(crate) at_the_end: AtTheEnd,
    pub(crate) none_beyond_ms: Option<i64>,
    pub(crate) earlier_visits: EarlierVisits,
}

#[derive(Clone, Debug)]
pub(crate) struct Cap {
    /// Its place among the caps of the version.
    pub(crate) index: usize,
    pub(crate) per: Period,
    pub(crate) amount: Fen,
    /// Indices of the windows that count.
    pub(crate) windows: Vec<usize>,
    pub(crate) visits: Visits,
    pub(crate) periods: Periods,
}

/// Of the total or of a unit price, in millionths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor {
    /// Its place among the factors of the version.
    pub(crate) index: usize,
    pub(crate) millionths: i64,
    /// What the product is brought to, where the factor says it.
    pub(crate) rounded: Option<(Fen, RoundingMode)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLimit {
    pub(crate) length_ms: i64,
    pub(crate) counted_in: CountedIn,
    pub(crate) counted_per: Period,
    pub(crate) visits: Visits,
    pub(crate) beyond: BeyondLimit,
}

/// A month and what may hang over from the one before it.
const MONTHS_MS: i64 = 62 * super::DAY_MS;
/// Once for a vehicle: as far back as a bill may reach at all.
const EVER_MS: i64 = 900 * super::DAY_MS;

impl Plan {
    /// How far back earlier visits of a vehicle count; `None` if they never do.
    pub(super) fn earlier_within_ms(&self) -> Option<i64> {
        let free = self.free.iter().filter(|f| f.earlier_visits != EarlierVisits::Ignored);
        let caps = self.caps.iter().filter(|c| c.visits == Visits::All);
        let limit = self.time_limit.filter(|l| l.visits == Visits::All);
        let periods = free
            .map(|f| f.counted_per)
            .chain(caps.map(|c| c.per))
            .chain(limit.map(|l| l.counted_per))
            .chain((self.returns_within_ms > 0).then_some(Period::Day));
        let within_ms = |period| if period == Period::Vehicle { EVER_MS } else { MONTHS_MS };
        periods.map(within_ms).max()
    }
}

impl PlanWindow {
    pub(crate) fn across_midnight(&self) -> bool {
        self.to_ms <= self.from_ms
    }
}

impl Ladder {
    /// What a stay of a length costs that begins with the first tier; `None` if it is not whole fen.
    pub(crate) fn price_of(&self, length_ms: i64) -> Option<Fen> {
        let (mut elapsed_ms, mut sum) = (0_i64, Exact::ZERO);
        while elapsed_ms < length_ms {
            let (number, tier_ms) = self.tier_at(elapsed_ms);
            let tier = self.tiers.get(number)?;
            let step_ms = tier_ms.min(length_ms.saturating_sub(elapsed_ms));
            let whole = step_ms.checked_div(tier.unit_ms)?;
            let part_ms = step_ms.checked_rem(tier.unit_ms)?;
            let units = whole.saturating_add(i64::from(part_ms >= tier.due_ms));
            let unit = tier.price.exact()?.share(1, tier.parts)?;
            sum = sum.plus(unit.times(units)?)?;
            elapsed_ms = elapsed_ms.saturating_add(step_ms);
            if tier.unit_ms == i64::MAX {
                break;
            }
        }
        let fen = sum.fen_down();
        (Exact::of_fen(fen)? == sum).then_some(fen)
    }

    /// The tier at an elapsed time, and what is left of it.
    pub(crate) fn tier_at(&self, elapsed_ms: i64) -> (usize, i64) {
        let at_ms = match self.cycle_ms {
            Some(cycle_ms) => elapsed_ms.checked_rem(cycle_ms).unwrap_or(0),
            None => elapsed_ms,
        };
        let index = self.tiers.partition_point(|tier| tier.to_ms <= at_ms);
        let left_ms = self.tiers.get(index).map_or(i64::MAX, |t| t.to_ms.saturating_sub(at_ms));
        (index.min(self.tiers.len().saturating_sub(1)), left_ms)
    }
}
