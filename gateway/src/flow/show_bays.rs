//! What bays show: their live state under its next version, and the conditions of their devices.
//!
//! A change of state or reason is published at once; that a bay was vouched for again only after a
//! while, since half of all that sensors say is that nothing changed. Unknown is not free.

use sensing::{Condition, Live};
use store::{DeviceEventRow, LiveRow, StampRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::bay_history::BayHistory;
use crate::app::App;

/// A bay that was vouched for this much later than published is published again (city time).
const FRESHEN_MS: i64 = 30 * 60_000;

/// What is to be published of a bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Nothing,
    State,
}

/// Why bays are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Something was heard of them.
    Sensor,
    /// Time went by.
    Time,
    /// What is known of them beside their readings changed.
    Setup,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Cause::Sensor => "sensor",
            Cause::Time => "time",
            Cause::Setup => "setup",
        }
    }
}

/// Stores the bays, with the fold and the live state after their new readings, and tells everybody
/// who watches what changed. Of a bay that was only heard again no more is stored than its stamp and
/// the head of its chain, until its fold lags too far behind.
pub(super) async fn show_bays(
    app: &App,
    tx: &mut Tx,
    bays: &mut [BayHistory],
    now: Timestamp,
    cause: Cause,
) -> anyhow::Result<()> {
    let (mut events, mut folds, mut stamps) = (Vec::new(), Vec::new(), Vec::<StampRow>::new());
    let (mut whole, mut told) = (Vec::new(), Vec::new());
    for (place, bay) in bays.iter_mut().enumerate() {
        let live = bay.fold.live(&app.policy, &bay.bay.setup, now);
        let news = look(&mut bay.row, &live, now);
        let conditions = conditions_of(app, bay, now);
        let noted = note_conditions(bay.bay.id.0, &mut bay.row, &conditions, now, &mut events);
        let again_at = live.again_at.map(Timestamp::ms);
        let sooner = again_at.is_some_and(|at| bay.row.again_at.is_none_or(|known| at < known));
        // A bay that is heard when it is to be looked at was looked at.
        let due = bay.has_moved() && bay.row.again_at.is_some_and(|at| at <= now.ms());
        if news == News::State || noted || sooner || due || cause != Cause::Sensor {
            bay.row.again_at = again_at;
            bay.row.stamp += 1;
            whole.push(place);
        } else if bay.has_moved() {
            bay.row.stamp += 1;
            stamps.push(bay.stamp());
        }
        if news == News::State {
            told.push(place);
        }
        folds.extend(bay.encode()?);
    }
    let rows: Vec<&LiveRow> = whole.iter().map(|place| &bays[*place].row).collect();
    tx.write_live(&rows).await?;
    tx.write_stamps(&stamps).await?;
    tx.write_folds(&folds).await?;
    let shown: Vec<(Uuid, &LiveRow)> =
        told.iter().map(|place| (bays[*place].bay.id.0, &bays[*place].row)).collect();
    tx.append_changes(&shown, now.ms(), cause.name()).await?;
    tx.append_device_events(&events).await?;
    Ok(())
}

/// Brings a bay's row up to its live state.
fn look(row: &mut LiveRow, live: &Live, now: Timestamp) -> News {
    let (state, reason) = (live.state.name(), live.reason.name());
    let observed_at = live.observed_at.map(Timestamp::ms);
    let changed = row.state != state;
    if changed {
        row.changed_at = observed_at.or(Some(now.ms()));
        state.clone_into(&mut row.state);
    }
    let fresher = match (row.observed_at, observed_at) {
        (Some(known), Some(at)) => at - known >= FRESHEN_MS,
        (known, at) => known != at,
    };
    if !changed && row.reason == reason && !fresher {
        return News::Nothing;
    }
    reason.clone_into(&mut row.reason);
    row.observed_at = observed_at;
    row.version += 1;
    News::State
}

/// The conditions of a bay's devices, by device and kind.
fn conditions_of(app: &App, bay: &BayHistory, now: Timestamp) -> Vec<Condition> {
    let mut conditions = bay.fold.conditions(&app.policy, &bay.bay.setup, now);
    for (device, health) in &bay.health {
        conditions.extend(health.conditions(&app.policy, *device, now));
    }
    conditions.sort_by_key(|c| (c.device, c.kind));
    conditions.dedup_by_key(|c| (c.device, c.kind));
    conditions
}

/// Notes which conditions began or ended since they were last told; says whether any did.
fn note_conditions(
    bay_id: Uuid,
    row: &mut LiveRow,
    conditions: &[Condition],
    now: Timestamp,
    events: &mut Vec<DeviceEventRow>,
) -> bool {
    if row.conditions.is_empty() && conditions.is_empty() {
        return false;
    }
    let names: Vec<String> =
        conditions.iter().map(|c| format!("{}:{}", c.device, c.kind.name())).collect();
    let before: Vec<&str> = row.conditions.split_terminator(',').collect();
    let event =
        |device, condition: &str, turned: &str, at: Timestamp, detail: &str| DeviceEventRow {
            event_seq: 0,
            device_id: device,
            bay_id,
            condition: condition.to_owned(),
            turned: turned.to_owned(),
            at: at.ms(),
            detail: detail.to_owned(),
        };
    for (condition, name) in conditions.iter().zip(&names) {
        if !before.contains(&name.as_str()) {
            let kind = condition.kind.name();
            events.push(event(condition.device.0, kind, "on", condition.since, &condition.detail));
        }
    }
    for name in before.iter().filter(|name| !names.iter().any(|n| n == *name)) {
        if let Some((device, kind)) = name.split_once(':')
            && let Ok(device) = device.parse()
        {
            events.push(event(device, kind, "off", now, ""));
        }
    }
    let told = names.join(",");
    let noted = row.conditions != told;
    row.conditions = told;
    noted
}
