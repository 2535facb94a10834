//! A tariff rule as plain data: written as YAML for the engine, read as it stands by the oracle.

use std::fmt::Write;

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) zone: &'static str,
    pub(crate) windows: Vec<Window>,
    /// What holds where no window fits; `None` = free.
    pub(crate) otherwise: Option<Vec<Tier>>,
    pub(crate) all_windows: bool,
    pub(crate) restarts: &'static str,
    pub(crate) across: &'static str,
    pub(crate) day_starts_min: i64,
    pub(crate) free: Option<Free>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) returns_min: i64,
    pub(crate) bays_each_pay: bool,
    /// In hundredths.
    pub(crate) factors: Vec<i64>,
    pub(crate) total_to_fen: i64,
    pub(crate) total_rounding: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Seconds of the local day; `to <= from` runs across midnight.
    pub(crate) from_s: i64,
    pub(crate) to_s: i64,
    pub(crate) days: Days,
    /// `None` = free.
    pub(crate) tiers: Option<Vec<Tier>>,
    pub(crate) starts_again: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Days {
    Every,
    MonToFri,
    SatAndSun,
    /// April to September.
    Summer,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tier {
    /// In units; of no meaning for a last tier that does not start again.
    pub(crate) lasts_units: i64,
    pub(crate) unit: Unit,
    /// In tenths of a fen.
    pub(crate) price: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Up {
        minutes: i64,
        tolerance: i64,
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

#[derive(Clone, Copy, Debug)]
pub(crate) struct Free {
    pub(crate) minutes: i64,
    pub(crate) lost: bool,
    pub(crate) all_windows: bool,
    pub(crate) per: &'static str,
    pub(crate) included: bool,
    pub(crate) none_beyond_min: Option<i64>,
    pub(crate) earlier: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Cap {
    pub(crate) per: &'static str,
    pub(crate) fen: i64,
    /// Indices; none = all.
    pub(crate) windows: Vec<usize>,
    pub(crate) all_visits: bool,
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

impl Rule {
    pub(crate) fn yaml(&self) -> String {
        let mut y = String::new();
        self.write(&mut y).expect("writing to a string");
        y
    }

    fn write(&self, y: &mut String) -> std::fmt::Result {
        let counted = |all: bool| if all { "all_windows" } else { "paid_windows" };
        writeln!(
            y,
            "format: bowei-tariff/1\nid: rule\ntitle: rule\ntime_zone: {}\nversions:\n  - \
             version: 1\n    valid_from: 2020-01-01\n    authority: a\n    document: d\n    \
             superior_rule: s\n    sign_version: s1\n    vehicle_classes: {{ small: car }}",
            self.zone
        )?;
        let day_starts = clock(self.day_starts_min * 60);
        let none = if self.windows.is_empty() { " []" } else { "" };
        writeln!(y, "    day_starts: {day_starts}\n    windows:{none}")?;
        for (i, w) in self.windows.iter().enumerate() {
            let days = match w.days {
                Days::Every => "",
                Days::MonToFri => ", days: [mon..fri]",
                Days::SatAndSun => ", days: [sat, sun]",
                Days::Summer => ", season: { first: 04-01, last: 09-30 }",
            };
            let again = if w.starts_again { ", after_last_tier: starts_again" } else { "" };
            let charge = charge(w.tiers.as_deref(), w.starts_again);
            let (from, to) = (clock(w.from_s), clock(w.to_s));
            writeln!(
                y,
                "      - {{ name: w{i}, from: {from}, to: {to}{days}{again}, charge: {charge} }}"
            )?;
        }
        writeln!(y, "    otherwise: {}", charge(self.otherwise.as_deref(), false))?;
        let counted_in = counted(self.all_windows);
        let (restarts, across) = (self.restarts, self.across);
        writeln!(
            y,
            "    elapsed: {{ counted_in: {counted_in}, restarts: {restarts}, across_prices: {across} }}"
        )?;
        if let Some(free) = self.free {
            let exceeded = if free.lost { "lost" } else { "deducted" };
            let end = if free.included { "included" } else { "excluded" };
            let beyond = free
                .none_beyond_min
                .map_or(String::new(), |m| format!(", none_beyond_minutes: {m}"));
            let (minutes, counted_in) = (free.minutes, counted(free.all_windows));
            let (per, earlier) = (free.per, free.earlier);
            writeln!(
                y,
                "    free_minutes:\n      - {{ minutes: {minutes}, when_exceeded: {exceeded}, \
                 counted_in: {counted_in}, counted_per: {per}, at_the_end: {end}, \
                 earlier_visits: {earlier}{beyond} }}"
            )?;
        }
        writeln!(y, "    caps:{}", if self.caps.is_empty() { " []" } else { "" })?;
        for cap in &self.caps {
            let names: Vec<String> = cap.windows.iter().map(|w| format!("w{w}")).collect();
            let visits = if cap.all_visits { "all" } else { "one" };
            let (per, amount, names) = (cap.per, yuan(cap.fen * 10), names.join(", "));
            writeln!(
                y,
                "      - {{ per: {per}, amount: {amount}, windows: [{names}], visits: {visits} }}"
            )?;
        }
        writeln!(y, "    factors:{}", if self.factors.is_empty() { " []" } else { "" })?;
        for (i, factor) in self.factors.iter().enumerate() {
            let times = format!("{}.{:02}", factor / 100, factor % 100);
            writeln!(y, "      - {{ name: f{i}, times: {times}, on: total }}")?;
        }
        let bays = if self.bays_each_pay { "each_pays" } else { "one_price" };
        let (to, rounding) = (yuan(self.total_to_fen * 10), self.total_rounding);
        writeln!(
            y,
            "    bays: {bays}\n    total: {{ to: {to}, rounding: {rounding} }}\n    \
             returns_within_minutes: {}",
            self.returns_min
        )
    }
}

/// Tenths of a fen as yuan.
fn yuan(tenths: i64) -> String {
    format!("{}.{:03}", tenths / 1000, tenths % 1000)
}

fn clock(s: i64) -> String {
    format!("\"{:02}:{:02}:{:02}\"", s / 3600, s / 60 % 60, s % 60)
}

fn charge(tiers: Option<&[Tier]>, starts_again: bool) -> String {
    let Some(tiers) = tiers else { return "free".into() };
    let last = tiers.len() - 1;
    let tiers = tiers.iter().enumerate().map(|(i, tier)| {
        let lasts = match tier.unit.minutes() {
            Some(minutes) if i < last || starts_again => {
                format!(", lasts_minutes: {}", minutes * tier.lasts_units)
            }
            _ => String::new(),
        };
        let unit = match tier.unit {
            Unit::Up { minutes, tolerance: 0 } => format!("unit_minutes: {minutes}"),
            Unit::Up { minutes, tolerance } => {
                format!("unit_minutes: {minutes}, tolerance_minutes: {tolerance}")
            }
            Unit::Down { minutes } => format!("unit_minutes: {minutes}, rounding: down"),
            Unit::PerMinute { minutes } => format!("unit_minutes: {minutes}, rounding: per_minute"),
            Unit::Window => "per: window".into(),
            Unit::Visit => "per: visit".into(),
        };
        format!("{{ {unit}{lasts}, price: {} }}", yuan(tier.price))
    });
    format!("[{}]", tiers.collect::<Vec<_>>().join(", "))
}
