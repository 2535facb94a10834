//! How the devices are: how many suffer from what, and how late what they say comes in.
//!
//! Counts come from the database, so they are the same on every gateway and after a restart; they are
//! kept for a while, since somebody may ask often. No device is ever a label.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntGauge, IntGaugeVec, Opts, Registry};
use sensing::{CommandState, ConditionKind};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{added, gauge};
use crate::app::App;

/// How long counts are kept.
const KEPT: Duration = Duration::from_secs(5);
const DAY_MS: i64 = 86_400_000;
/// Bounds of lateness, in seconds: what a radio takes, a missed heartbeat, an outage, `too_old`.
const LATE_S: [f64; 12] = [
    1.0,
    5.0,
    30.0,
    120.0,
    600.0,
    1_800.0,
    3_600.0,
    6.0 * 3_600.0,
    86_400.0,
    7.0 * 86_400.0,
    30.0 * 86_400.0,
    90.0 * 86_400.0,
];

/// What is counted of devices.
#[derive(Debug)]
pub(super) struct Devices {
    in_service: IntGauge,
    by_condition: IntGaugeVec,
    open_commands: IntGaugeVec,
    ended_commands: IntGaugeVec,
    lateness: Histogram,
    until: Mutex<Option<Instant>>,
}

impl Devices {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Devices> {
        let by_condition = Opts::new(
            "bowei_devices_in_condition",
            "Devices in service, by what is wrong with them.",
        );
        let open_commands = Opts::new(
            "bowei_commands_open",
            "Commands to devices of which something is still waited for, by state.",
        );
        let ended_commands = Opts::new(
            "bowei_commands_ended_in_a_day",
            "Commands to devices that ended in the last 24 hours of city time, by state.",
        );
        let lateness = HistogramOpts::new(
            "bowei_reading_lateness_seconds",
            "City time from what a stored reading says to its coming in.",
        );
        Ok(Devices {
            in_service: gauge(registry, "bowei_devices_in_service", "Devices in service.")?,
            by_condition: added(registry, IntGaugeVec::new(by_condition, &["condition"])?)?,
            open_commands: added(registry, IntGaugeVec::new(open_commands, &["state"])?)?,
            ended_commands: added(registry, IntGaugeVec::new(ended_commands, &["state"])?)?,
            lateness: added(registry, Histogram::with_opts(lateness.buckets(LATE_S.to_vec()))?)?,
            until: Mutex::new(None),
        })
    }

    /// Notes how late readings came, each in milliseconds.
    pub(super) fn note_lateness(&self, late_ms: impl Iterator<Item = i64>) {
        let lateness = self.lateness.local();
        // A clock that is ahead is not late.
        late_ms.for_each(|ms| lateness.observe(ms.max(0) as f64 / 1000.0));
    }

    /// Counts anew, unless that was done a moment ago.
    pub(super) async fn count(&self, app: &App) -> store::Result<()> {
        let mut until = self.until.lock().await;
        if until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        let mut tx = app.store.read().await?;
        self.in_service.set(tx.devices_in_service().await?);
        self.set(&by_condition(&tx.conditions_of_bays().await?));
        let day_ago = app.clock.city_now().plus_ms(-DAY_MS);
        let (open, ended) = tx.count_commands(day_ago.ms()).await?;
        set_states(&self.open_commands, &open);
        set_states(&self.ended_commands, &ended);
        *until = Some(Instant::now() + KEPT);
        Ok(())
    }

    fn set(&self, counts: &BTreeMap<&str, i64>) {
        for kind in ConditionKind::ALL {
            let count = counts.get(kind.name()).copied().unwrap_or(0);
            self.by_condition.with_label_values(&[kind.name()]).set(count);
        }
    }
}

/// Sets the number of every state, of those not counted to nought.
fn set_states(gauges: &IntGaugeVec, counts: &[(String, i64)]) {
    for state in CommandState::ALL {
        let counted = counts.iter().find(|(name, _)| name == state.name());
        gauges.with_label_values(&[state.name()]).set(counted.map_or(0, |(_, count)| *count));
    }
}

/// Counts `device:condition` in the lists of all bays.
fn by_condition(bays: &[String]) -> BTreeMap<&str, i64> {
    let mut counts = BTreeMap::new();
    for named in bays.iter().flat_map(|conditions| conditions.split_terminator(',')) {
        if let Some((_, condition)) = named.split_once(':') {
            *counts.entry(condition).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use prometheus::TextEncoder;

    use super::*;

    #[test]
    fn devices_are_counted_by_condition_and_readings_by_how_late_they_came() {
        let registry = Registry::new();
        let devices = Devices::new(&registry).unwrap();
        let bays = ["d1:silent,d2:low_battery,d2:silent", "d3:stuck", "d4:of_tomorrow"];
        devices.set(&by_condition(&bays.map(str::to_owned)));
        set_states(&devices.open_commands, &[("waiting".into(), 3), ("of_tomorrow".into(), 9)]);
        set_states(&devices.ended_commands, &[("expired".into(), 2)]);
        devices.note_lateness([-5_000, 900, 1_000, 40_000, 400 * 86_400_000].into_iter());
        let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        for line in [
            "bowei_devices_in_condition{condition=\"silent\"} 2",
            "bowei_devices_in_condition{condition=\"low_battery\"} 1",
            "bowei_devices_in_condition{condition=\"stuck\"} 1",
            "bowei_devices_in_condition{condition=\"flapping\"} 0",
            "bowei_commands_open{state=\"waiting\"} 3",
            "bowei_commands_open{state=\"queued\"} 0",
            "bowei_commands_ended_in_a_day{state=\"expired\"} 2",
            "bowei_reading_lateness_seconds_bucket{le=\"1\"} 3",
            "bowei_reading_lateness_seconds_bucket{le=\"30\"} 3",
            "bowei_reading_lateness_seconds_bucket{le=\"120\"} 4",
            "bowei_reading_lateness_seconds_count 5",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
        assert!(!text.contains("d1") && !text.contains("tomorrow"));
    }
}
