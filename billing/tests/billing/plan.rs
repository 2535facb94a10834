//! A tariff as plain data: written as YAML for the engine, read as it stands by the oracle.

use std::fmt::Write;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) zone: &'static str,
    pub(crate) free: Option<PlanFree>,
    pub(crate) clock: Clock,
    pub(crate) windows: Vec<PlanWindow>,
    pub(crate) day_cap: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanFree {
    pub(crate) minutes: i64,
    pub(crate) all_windows: bool,
    pub(crate) per_window: bool,
    pub(crate) lost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    EachWindow,
    PaidTimeOfStay,
    AllTimeOfStay,
}

#[derive(Clone, Debug)]
pub(crate) struct PlanWindow {
    /// Minutes of the local day; `to <= from` runs across midnight.
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// `None` = free.
    pub(crate) rate: Option<PlanRate>,
}

#[derive(Clone, Debug)]
pub(crate) struct PlanRate {
    pub(crate) cap: Option<i64>,
    pub(crate) tiers: Vec<PlanTier>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanTier {
    /// Units in this tier; of no meaning for the last.
    pub(crate) lasts_units: i64,
    pub(crate) unit_minutes: i64,
    pub(crate) price: i64,
    pub(crate) up: bool,
}

pub(crate) fn tier(lasts_units: i64, unit_minutes: i64, price: i64, up: bool) -> PlanTier {
    PlanTier { lasts_units, unit_minutes, price, up }
}

/// One window for the whole day, one tier, one zone; tables change what they are about.
pub(crate) fn plain(zone: &'static str, unit_minutes: i64, price: i64) -> Plan {
    let rate = PlanRate { cap: None, tiers: vec![tier(1, unit_minutes, price, true)] };
    Plan {
        zone,
        free: None,
        clock: Clock::EachWindow,
        windows: vec![PlanWindow { from: 0, to: 1440, rate: Some(rate) }],
        day_cap: None,
    }
}

impl Plan {
    pub(crate) fn yaml(&self) -> String {
        let clock = match self.clock {
            Clock::EachWindow => "{ counted_in: paid_windows, restarts: each_window }",
            Clock::PaidTimeOfStay => "{ counted_in: paid_windows, restarts: never }",
            Clock::AllTimeOfStay => "{ counted_in: all_windows, restarts: never }",
        };
        let mut yaml = format!(
            "format: bowei-tariff/1\nid: plan\ntitle: plan\ntime_zone: {}\nversions:\n  \
             - version: 1\n    valid_from: \"2026-01-01\"\n    authority: a\n    document: d\n    \
             superior_rule: s\n    sign_version: s1\n    vehicle_classes: {{ small: rate }}\n    \
             elapsed: {clock}\n",
            self.zone
        );
        if let Some(free) = self.free {
            let minutes = free.minutes;
            let counted_in = if free.all_windows { "all_windows" } else { "paid_windows" };
            let per = if free.per_window { "window" } else { "stay" };
            let exceeded = if free.lost { "lost" } else { "deducted" };
            writeln!(
                yaml,
                "    free_minutes: [{{ minutes: {minutes}, counted_in: {counted_in}, \
                 counted_per: {per}, when_exceeded: {exceeded} }}]"
            )
            .expect("writing to a string");
        }
        yaml.push_str("    windows:\n");
        for (place, window) in self.windows.iter().enumerate() {
            yaml.push_str(&window_yaml(place, window));
        }
        yaml.push_str("    caps:\n");
        for (place, window) in self.windows.iter().enumerate() {
            if let Some(cap) = window.rate.as_ref().and_then(|rate| rate.cap) {
                let amount = yuan(cap);
                let cap = format!("{{ per: window, windows: [w{place}], amount: {amount} }}");
                writeln!(yaml, "      - {cap}").expect("writing to a string");
            }
        }
        let day_cap = self.day_cap.unwrap_or(1_000_000);
        yaml.push_str(&format!("      - {{ per: day, amount: {} }}\n", yuan(day_cap)));
        yaml
    }
}

pub(crate) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn window_yaml(place: usize, window: &PlanWindow) -> String {
    let clock = |m: i64| format!("\"{:02}:{:02}\"", m / 60, m % 60);
    let (from, to) = (clock(window.from), clock(window.to));
    let head = format!("      - {{ name: w{place}, from: {from}, to: {to}, charge: ");
    let Some(rate) = &window.rate else { return format!("{head}free }}\n") };
    let mut tiers: Vec<String> = Vec::new();
    for (i, t) in rate.tiers.iter().enumerate() {
        let lasts = if i + 1 == rate.tiers.len() {
            String::new()
        } else {
            format!("lasts_minutes: {}, ", t.lasts_units * t.unit_minutes)
        };
        let (unit, price) = (t.unit_minutes, yuan(t.price));
        let rounding = if t.up { "up" } else { "down" };
        tiers.push(format!(
            "{{ {lasts}unit_minutes: {unit}, price: {price}, rounding: {rounding} }}"
        ));
    }
    format!("{head}[{}] }}\n", tiers.join(", "))
}
