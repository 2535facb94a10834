//! The bill of one stay: its lines and their sum.
//!
//! Lines of time cover the stay without gap or overlap (zero amounts included), in order of time;
//! what changes the sum follows: caps, bays, factors, what was billed before, rounding, coupons. A line's
//! amount is `units / parts × unit_price`; prices finer than a fen add up exactly, and whole fen
//! are cut off the running sum, so that the lines sum to the total. A bill holds no text: words
//! are rendered on demand (`text`).

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Interval};

use crate::amount::Price;
use crate::tariff::Period;

/// What a stay costs, by which rule. Lines sum to `total`, which is 0 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Id of the tariff.
    pub tariff: String,
    /// Number of the tariff's version that was in force at the arrival.
    pub tariff_version: u32,
    /// The engine that priced it.
    pub engine_version: u32,
    /// One line per stretch and rule, then what changes the sum.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total: Fen,
    /// Milliseconds that ran in priced windows and were neither free nor doubtful.
    pub charged_ms: i64,
    /// Milliseconds beyond the tariff's time limit.
    #[serde(default)]
    pub over_limit_ms: i64,
}

/// One step of the arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The part of the stay it speaks of.
    pub interval: Interval,
    /// Why.
    pub rule: Rule,
    /// How many units; 0 where nothing is due (free, doubtful, or a unit begun before).
    pub units: i64,
    /// How many of them the price is for: 1, or the minutes of a unit that is paid by the minute.
    pub parts: i64,
    /// Price of `parts` units.
    pub unit_price: Price,
    /// What it adds to the total; negative for caps.
    pub amount: Fen,
}

/// The rule behind a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Rule {
    /// Within the free minutes.
    FreeMinutes,
    /// In a window that is free.
    FreeWindow {
        /// Its place in the version; one more than the last for what no window names.
        window: usize,
    },
    /// In a window in which nobody may park: no fee for parking is due.
    NotPermitted {
        /// Its place in the version.
        window: usize,
    },
    /// Units of a tier of a window.
    Tier {
        /// The window's place in the version.
        window: usize,
        /// 1 for the first tier.
        tier: u32,
        /// Length of one unit; 0 where the price is for the whole window or visit.
        unit_minutes: u32,
    },
    /// What a period costs above its cap.
    Cap {
        /// Its place in the version.
        cap: usize,
        /// What is capped.
        per: Period,
        /// The cap.
        most: Fen,
    },
    /// The sensors cannot vouch for it: not charged, and the time does not count.
    Doubt,
    /// Covered by a pass.
    Pass {
        /// Its place among the passes of the case.
        pass: usize,
    },
    /// Between paying and leaving.
    GraceToLeave,
    /// Beyond a time limit that is not charged.
    BeyondLimit,
    /// A vehicle that pays nothing.
    Exempt,
    /// Exempt by law or decree.
    Exemption {
        /// Its place among the exempt parts of the case.
        exemption: usize,
    },
    /// Every further bay.
    Bays {
        /// How many the vehicle occupies.
        bays: u16,
    },
    /// A factor on the total.
    Factor {
        /// Its place in the version.
        factor: usize,
        /// In millionths.
        millionths: i64,
    },
    /// Billed with the visit that this one continues.
    BilledBefore,
    /// To the smallest amount that is paid.
    Rounding,
    /// What a coupon takes off.
    Coupon {
        /// Its place among the coupons of the case.
        coupon: usize,
    },
}

impl Line {
    /// Time that costs nothing.
    pub(crate) fn of_nothing(interval: Interval, rule: Rule) -> Self {
        Line { interval, rule, units: 0, parts: 1, unit_price: Price(0), amount: Fen::ZERO }
    }
}

impl Rule {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rule::FreeMinutes => "free_minutes",
            Rule::FreeWindow { .. } => "free_window",
            Rule::NotPermitted { .. } => "not_permitted",
            Rule::Tier { .. } => "tier",
            Rule::Cap { per: Period::Window, .. } => "window_cap",
            Rule::Cap { per: Period::Day, .. } => "day_cap",
            Rule::Cap { per: Period::Stay | Period::Vehicle, .. } => "stay_cap",
            Rule::Cap { per: Period::Rolling24h, .. } => "24h_cap",
            Rule::Cap { per: Period::Month, .. } => "month_cap",
            Rule::Doubt => "doubt",
            Rule::Pass { .. } => "pass",
            Rule::GraceToLeave => "grace_to_leave",
            Rule::BeyondLimit => "beyond_limit",
            Rule::Exempt => "exempt",
            Rule::Exemption { .. } => "exemption",
            Rule::Bays { .. } => "bays",
            Rule::Factor { .. } => "factor",
            Rule::BilledBefore => "billed_before",
            Rule::Rounding => "rounding",
            Rule::Coupon { .. } => "coupon",
        }
    }

    /// Where the rule stands in its version of the tariff: `windows[0].charge[1]`.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Rule::FreeMinutes => "free_minutes".to_owned(),
            Rule::FreeWindow { window } | Rule::NotPermitted { window } => {
                format!("windows[{window}]")
            }
            Rule::Tier { window, tier, .. } => {
                format!("windows[{window}].charge[{}]", tier.saturating_sub(1))
            }
            Rule::Cap { cap, .. } => format!("caps[{cap}]"),
            Rule::Factor { factor, .. } => format!("factors[{factor}]"),
            Rule::Bays { .. } => "bays".to_owned(),
            Rule::Pass { .. } => "passes".to_owned(),
            Rule::GraceToLeave => "grace_to_leave_minutes".to_owned(),
            Rule::BeyondLimit => "time_limit".to_owned(),
            Rule::Exempt => "exempt".to_owned(),
            Rule::BilledBefore => "returns_within_minutes".to_owned(),
            Rule::Rounding => "total".to_owned(),
            Rule::Doubt | Rule::Exemption { .. } | Rule::Coupon { .. } => String::new(),
        }
    }

    /// Whether the line is one of time (the others change the sum).
    #[must_use]
    pub fn is_time(self) -> bool {
        !matches!(
            self,
            Rule::Cap { .. }
                | Rule::Bays { .. }
                | Rule::Factor { .. }
                | Rule::BilledBefore
                | Rule::Rounding
                | Rule::Coupon { .. }
        )
    }
}
