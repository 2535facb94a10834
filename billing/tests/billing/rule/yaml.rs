//! The rule as a tariff file.

use std::fmt::Write;

use super::{Cap, Days, Free, Most, Rule, Tier, Unit};

fn counted(all: bool) -> &'static str {
    if all { "all_windows" } else { "paid_windows" }
}

fn visits(all: bool) -> &'static str {
    if all { "all" } else { "one" }
}

impl Rule {
    pub(crate) fn yaml(&self) -> String {
        let mut y = String::new();
        self.write(&mut y).expect("writing to a string");
        y
    }

    fn write(&self, y: &mut String) -> std::fmt::Result {
        writeln!(
            y,
            "format: bowei-tariff/1\nid: rule\ntitle: rule\ntime_zone: {}\ncalendar: test\n\
             versions:\n  - version: 1\n    valid_from: 2020-01-01\n    authority: a\n    \
             document: d\n    superior_rule: s\n    sign_version: s1\n    \
             vehicle_classes: {{ small: car }}",
            self.zone
        )?;
        self.windows(y)?;
        let counted_in = counted(self.all_windows);
        let (restarts, across) = (self.restarts, self.across);
        let short = self.short.map_or(String::new(), |(minutes, across)| {
            format!(", short_stay: {{ minutes: {minutes}, across_prices: {across} }}")
        });
        writeln!(
            y,
            "    elapsed: {{ counted_in: {counted_in}, restarts: {restarts}, across_prices: {across}{short} }}"
        )?;
        writeln!(y, "    free_minutes:{}", if self.free.is_empty() { " []" } else { "" })?;
        for free in &self.free {
            writeln!(y, "      - {{ {} }}", free_keys(free))?;
        }
        writeln!(y, "    caps:{}", if self.caps.is_empty() { " []" } else { "" })?;
        for cap in &self.caps {
            writeln!(y, "      - {{ {} }}", cap_keys(cap))?;
        }
        self.factors(y)?;
        self.terms(y)
    }

    fn windows(&self, y: &mut String) -> std::fmt::Result {
        let day_starts = clock(self.day_starts_min * 60);
        let none = if self.windows.is_empty() { " []" } else { "" };
        writeln!(y, "    day_starts: {day_starts}\n    windows:{none}")?;
        for (i, w) in self.windows.iter().enumerate() {
            let days = match w.days {
                Days::Every => String::new(),
                days => format!(", {}", days.yaml()),
            };
            let except = w.except.map_or(String::new(), |d| format!(", except: {}", d.list()));
            let again = if w.starts_again { ", after_last_tier: starts_again" } else { "" };
            let charge = charge(w.tiers.as_deref(), w.starts_again);
            let (from, to) = (clock(w.from_s), clock(w.to_s));
            writeln!(
                y,
                "      - {{ name: w{i}, from: {from}, to: {to}{days}{except}{again}, charge: {charge} }}"
            )?;
        }
        writeln!(y, "    otherwise: {}", charge(self.otherwise.as_deref(), false))
    }

    fn factors(&self, y: &mut String) -> std::fmt::Result {
        writeln!(y, "    factors:{}", if self.factors.is_empty() { " []" } else { "" })?;
        for (i, factor) in self.factors.iter().enumerate() {
            let times = format!("{}.{:02}", factor.hundredths / 100, factor.hundredths % 100);
            let on = if factor.on_price { "price" } else { "total" };
            let to = factor.to.map_or(String::new(), |(fen, rounding)| {
                format!(", to: {}, rounding: {rounding}", yuan(fen * 10))
            });
            writeln!(y, "      - {{ name: f{i}, times: {times}, on: {on}{to} }}")?;
        }
        Ok(())
    }

    fn terms(&self, y: &mut String) -> std::fmt::Result {
        let bays = if self.bays_each_pay { "each_pays" } else { "one_price" };
        let (to, rounding) = (yuan(self.total_to_fen * 10), self.total_rounding);
        let (returns, grace) = (self.returns_min, self.grace_min);
        let unused = if self.unused_returned { "returned" } else { "billed" };
        writeln!(
            y,
            "    bays: {bays}\n    total: {{ to: {to}, rounding: {rounding} }}\n    \
             returns_within_minutes: {returns}\n    grace_to_leave_minutes: {grace}\n    \
             passes: [{{ name: pass, windows: {} }}]\n    prepaid: {{ unused: {unused} }}",
            names(&self.pass_windows)
        )?;
        if let Some(limit) = self.limit {
            let (minutes, per) = (limit.minutes, limit.per);
            let (counted_in, visits) = (counted(limit.all_windows), visits(limit.all_visits));
            let beyond = if limit.not_charged { "not_charged" } else { "charged" };
            writeln!(
                y,
                "    time_limit: {{ minutes: {minutes}, counted_in: {counted_in}, \
                 counted_per: {per}, visits: {visits}, beyond: {beyond} }}"
            )?;
        }
        let Some(demand) = &self.demand else { return Ok(()) };
        let [step, lowest, highest] = [demand.step, demand.lowest, demand.highest].map(yuan);
        writeln!(
            y,
            "    demand: {{ windows: {}, step: {step}, lowest: {lowest}, highest: {highest}, \
             bands: [{{ steps: 1 }}], least_days_between_changes: 1 }}",
            names(&demand.windows)
        )
    }
}

fn free_keys(free: &Free) -> String {
    let exceeded = if free.lost { "lost" } else { "deducted" };
    let end = if free.included { "included" } else { "excluded" };
    let beyond =
        free.none_beyond_min.map_or(String::new(), |m| format!(", none_beyond_minutes: {m}"));
    let which = match free.windows.as_slice() {
        [] => format!("counted_in: {}", counted(free.all_windows)),
        windows => format!("windows: {}", names(windows)),
    };
    let (minutes, per, earlier) = (free.minutes, free.per, free.earlier);
    format!(
        "minutes: {minutes}, when_exceeded: {exceeded}, {which}, counted_per: {per}, \
         at_the_end: {end}, earlier_visits: {earlier}{beyond}"
    )
}

fn cap_keys(cap: &Cap) -> String {
    let most = match cap.most {
        Most::Fen(fen) => format!("amount: {}", yuan(fen * 10)),
        Most::PriceOf { window, minutes } => {
            format!("price_of: {{ window: w{window}, minutes: {minutes} }}")
        }
    };
    let (per, names, visits) = (cap.per, names(&cap.windows), visits(cap.all_visits));
    let periods = if cap.complete { "complete" } else { "all" };
    format!("per: {per}, {most}, windows: {names}, visits: {visits}, periods: {periods}")
}

fn names(windows: &[usize]) -> String {
    let names: Vec<String> = windows.iter().map(|w| format!("w{w}")).collect();
    format!("[{}]", names.join(", "))
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
            Unit::Up { minutes, tolerance: 0, .. } => format!("unit_minutes: {minutes}"),
            Unit::Up { minutes, tolerance, included } => {
                let end = if included { "included" } else { "excluded" };
                format!(
                    "unit_minutes: {minutes}, tolerance_minutes: {tolerance}, tolerance_at_the_end: {end}"
                )
            }
            Unit::Down { minutes } => format!("unit_minutes: {minutes}, rounding: down"),
            Unit::PerMinute { minutes } => format!("unit_minutes: {minutes}, rounding: per_minute"),
            Unit::Window => "per: window".into(),
            Unit::Visit => "per: visit".into(),
        };
        let price_for = match (tier.unit, tier.price_for_units) {
            (_, 1) | (Unit::PerMinute { .. } | Unit::Window | Unit::Visit, _) => String::new(),
            (unit, units) => {
                format!(", price_for_minutes: {}", unit.minutes().unwrap_or(0) * units)
            }
        };
        format!("{{ {unit}{lasts}{price_for}, price: {} }}", yuan(tier.price))
    });
    format!("[{}]", tiers.collect::<Vec<_>>().join(", "))
}
