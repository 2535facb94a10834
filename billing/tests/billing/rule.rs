//! A tariff rule as plain data: written as YAML for the engine, read as it stands by the oracle.

mod days;
mod yaml;

pub(crate) use days::{Days, Said, calendars, said};

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) zone: &'static str,
    pub(crate) windows: Vec<Window>,
    /// What holds where no window fits; `None` = free.
    pub(crate) otherwise: Option<Vec<Tier>>,
    pub(crate) all_windows: bool,
    pub(crate) restarts: &'static str,
    pub(crate) across: &'static str,
    /// Minutes up to which a stay has its own, and which.
    pub(crate) short: Option<(i64, &'static str)>,
    pub(crate) day_starts_min: i64,
    pub(crate) free: Vec<Free>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) returns_min: i64,
    pub(crate) grace_min: i64,
    pub(crate) bays_each_pay: bool,
    pub(crate) factors: Vec<Factor>,
    pub(crate) total_to_fen: i64,
    pub(crate) total_rounding: &'static str,
    /// Windows that the one pass on sale covers; none = all.
    pub(crate) pass_windows: Vec<usize>,
    pub(crate) unused_returned: bool,
    pub(crate) limit: Option<Limit>,
    pub(crate) demand: Option<Demand>,
}

#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Seconds of the local day; `to <= from` runs across midnight.
    pub(crate) from_s: i64,
    pub(crate) to_s: i64,
    pub(crate) days: Days,
    pub(crate) except: Option<Days>,
    /// `None` = free.
    pub(crate) tiers: Option<Vec<Tier>>,
    pub(crate) starts_again: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tier {
    /// In units; of no meaning for a last tier that does not start again.
    pub(crate) lasts_units: i64,
    pub(crate) unit: Unit,
    /// In tenths of a fen, of so many units.
    pub(crate) price: i64,
    pub(crate) price_for_units: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Up {
        minutes: i64,
        tolerance: i64,
        /// Whether exactly the tolerance is free.
        included: bool,
    },
    Down {
        minutes: i64,
    },
    /// Of a unit that divides a day.
    PerMinute {
        minutes: i64,
    },
    Window,
    Visit,
}

#[derive(Clone, Debug)]
pub(crate) struct Free {
    pub(crate) minutes: i64,
    pub(crate) lost: bool,
    pub(crate) all_windows: bool,
    /// The windows that count, instead; none = by `all_windows`.
    pub(crate) windows: Vec<usize>,
    pub(crate) per: &'static str,
    pub(crate) included: bool,
    pub(crate) none_beyond_min: Option<i64>,
    pub(crate) earlier: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Cap {
    pub(crate) per: &'static str,
    pub(crate) most: Most,
    /// Indices; none = all.
    pub(crate) windows: Vec<usize>,
    pub(crate) all_visits: bool,
    /// Only 24 hours that the stay fills.
    pub(crate) complete: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Most {
    Fen(i64),
    /// What so many minutes of a window cost.
    PriceOf {
        window: usize,
        minutes: i64,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor {
    pub(crate) hundredths: i64,
    pub(crate) on_price: bool,
    /// Fen, and how the product is brought to them.
    pub(crate) to: Option<(i64, &'static str)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) minutes: i64,
    pub(crate) all_windows: bool,
    pub(crate) per: &'static str,
    pub(crate) all_visits: bool,
    pub(crate) not_charged: bool,
}

/// Amounts in tenths of a fen.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) windows: Vec<usize>,
    pub(crate) step: i64,
    pub(crate) lowest: i64,
    pub(crate) highest: i64,
}

impl Unit {
    pub(crate) fn minutes(self) -> Option<i64> {
        match self {
            Unit::Up { minutes, .. } | Unit::Down { minutes } | Unit::PerMinute { minutes } => {
                Some(minutes)
            }
            Unit::Window | Unit::Visit => None,
        }
    }
}
