//! The bill of one stay: its lines and their sum.
//!
//! Lines that are not caps cover the stay without gap or overlap (zero amounts included), in
//! order of time; the caps follow. Every line's amount is `units × unit_price`. A bill holds no
//! text: words are rendered on demand (`text`).

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Interval};

/// What a stay costs, by which rule. Lines sum to `total`, which is 0 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Id of the tariff.
    pub tariff: String,
    /// Number of the tariff's version that was in force at the arrival.
    pub tariff_version: u32,
    /// The engine that priced it.
    pub engine_version: u32,
    /// One line per stretch and rule, then the caps.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total: Fen,
    /// Milliseconds that ran in priced windows and were neither free nor doubtful.
    pub charged_ms: i64,
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
    /// Price of one unit.
    pub unit_price: Fen,
    /// `units × unit_price`; negative for caps.
    pub amount: Fen,
}

/// The rule behind a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Rule {
    /// Within the free minutes.
    FreeMinutes,
    /// In a window that is free.
    FreeWindow,
    /// Units of a tier of the rate.
    Tier {
        /// 1 for the first tier.
        tier: u32,
        /// Length of one unit.
        unit_minutes: u32,
    },
    /// What one occurrence of a window costs above its cap.
    WindowCap {
        /// The cap.
        cap: Fen,
    },
    /// What a calendar day costs above its cap.
    DayCap {
        /// The cap.
        cap: Fen,
    },
    /// The sensors cannot vouch for it: not charged, and the time does not count.
    Doubt,
}

impl Rule {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rule::FreeMinutes => "free_minutes",
            Rule::FreeWindow => "free_window",
            Rule::Tier { .. } => "tier",
            Rule::WindowCap { .. } => "window_cap",
            Rule::DayCap { .. } => "day_cap",
            Rule::Doubt => "doubt",
        }
    }
}
