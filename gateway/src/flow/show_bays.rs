//! What bays show: their live state under its next version, and the conditions of their devices.
//!
//! A change of state or reason is published at once; that a bay was vouched for again only after a
//! while, since half of all that sensors say is that nothing changed. Unknown is not free.

use sensing::{Condition, Live};
use store::{DeviceEventRow, LiveRow, Tx};
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

/// Stores the bays, with the fold and the live state after their new readings, and tells everybody
/// who watches what changed.
pub(super) async fn show_bays(
    app: &App,
    tx: &mut Tx,
    bays: &mut [BayHistory],
    now: Timestamp,
    source: &str,
) -> anyhow::Result<()> {
    let mut events = Vec::new();
    let mut news = Vec::with_capacity(bays.len());
    for bay in bays.iter_mut() {
        let live = bay.fold.live(&app.policy, &bay.bay.setup, now);
        news.push(look(&mut bay.row, &live, now));
        let conditions = conditions_of(app, bay, now);
        note_conditions(bay.bay.id.0, &mut bay.row, &conditions, now, &mut events);
        bay.encode()?;
    }
    let rows: Vec<&LiveRow> = bays.iter().map(|b| &b.row).collect();
    tx.write_live(&rows).await?;
    let told = bays.iter().zip(news).filter(|(_, news)| *news == News::State);
    let shown: Vec<(Uuid, &LiveRow)> = told.map(|(b, _)| (b.bay.id.0, &b.row)).collect();
    tx.append_changes(&shown, now.ms(), source).await?;
    tx.append_device_events(&events).await?;
    Ok(())
}

/// Brings a bay's row up to its live state.
fn look(row: &mut LiveRow, live: &Live, now: Timestamp) -> News {
    let (state, reason) = (live.state.name(), live.reason.name());
    let observed_at = live.observed_at.map(Timestamp::ms);
    row.again_at = live.again_at.map(Timestamp::ms);
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

/// Notes which conditions began or ended since they were last told.
fn note_conditions(
    bay_id: Uuid,
    row: &mut LiveRow,
    conditions: &[Condition],
    now: Timestamp,
    events: &mut Vec<DeviceEventRow>,
) {
    if row.conditions.is_empty() && conditions.is_empty() {
        return;
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
    row.conditions = names.join(",");
}
