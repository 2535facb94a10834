//! How a device is: when it was heard, its battery, its conditions with their reasons.
//!
//! Health is kept with the bay that the device is in. Where none is kept, nothing is answered: what
//! is not known is not made up.

use sensing::{Condition, Health, Policy};
use serde::Serialize;
use store::{DeviceFacts, Tx};
use utoipa::ToSchema;
use vocabulary::{DeviceId, Timestamp};

use crate::app::App;
use crate::flow::{Outcome, look_up};

/// How a device is. What is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(super) struct HealthView {
    /// When anything of it last came in.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_at: Option<Timestamp>,
    /// How often it speaks, as learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    battery: Option<BatteryView>,
    /// How well the best gateway hears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rssi_dbm: Option<f32>,
    /// Messages that came in, that were lost on the way by its own counting, and how often it
    /// began to count anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<MessagesView>,
    /// Arrival less its own clock, of its newest message that had one; includes the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_behind_ms: Option<i64>,
    /// What it said of itself last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<String>,
    /// What is wrong with it; empty if nothing is.
    pub(super) conditions: Vec<ConditionView>,
}

/// A battery: level, voltage, where they are going.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
struct BatteryView {
    #[serde(skip_serializing_if = "Option::is_none")]
    level_pct: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voltage_mv: Option<u32>,
    /// Percentage points a day; negative while it goes down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pct_per_day: Option<f64>,
    /// When it is empty if it goes on like that.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    empty_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    measured_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
struct MessagesView {
    heard: u64,
    lost: u64,
    restarts: u32,
}

/// Something that the operator should know of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ConditionView {
    /// `silent`, `stuck`, `flapping`, `clock_wrong`, `disagreeing`, `low_battery`, `faulty`, `never_heard`.
    #[schema(example = "silent")]
    pub(super) kind: String,
    #[schema(value_type = String, format = DateTime)]
    pub(super) since: Timestamp,
    /// Why, for people.
    pub(super) detail: String,
}

/// The health of a device in its bay, if any is kept.
///
/// # Errors
/// When the database fails, or holds something unreadable.
pub(super) async fn health_of(
    app: &App,
    tx: &mut Tx,
    facts: &DeviceFacts,
    now: Timestamp,
) -> Outcome<Option<HealthView>> {
    let (register, device) = (app.devices.current(), DeviceId(facts.device_id));
    let Some(bay) = register.bay_of(device).filter(|bay| Some(bay.id.0) == facts.bay_id) else {
        return Ok(None);
    };
    let Some(folded) = look_up(tx, &app.policy, bay).await? else { return Ok(None) };
    let health = folded.health.into_iter().find(|(known, _)| *known == device);
    let health = health.map(|(_, health)| health);
    let mut conditions: Vec<Condition> = folded.fold.conditions(&app.policy, &bay.setup, now);
    if let Some(health) = &health {
        conditions.extend(health.conditions(&app.policy, device, now));
    }
    conditions.retain(|condition| condition.device == device);
    conditions.sort_by_key(|condition| condition.kind);
    conditions.dedup_by_key(|condition| condition.kind);
    let conditions = conditions.into_iter().map(ConditionView::of).collect();
    let view = health.map(|health| HealthView::of(health, &app.policy));
    Ok(Some(HealthView { conditions, ..view.unwrap_or_default() }))
}

impl HealthView {
    fn of(health: Health, policy: &Policy) -> HealthView {
        let battery = &health.battery;
        let battery = battery.measured_at.map(|measured_at| BatteryView {
            level_pct: battery.level_pct,
            voltage_mv: battery.voltage_mv,
            pct_per_day: battery.pct_per_day(),
            empty_at: battery.empty_at(policy),
            measured_at,
        });
        let Health { heard, lost, restarts, .. } = health;
        HealthView {
            heard_at: health.heard_at,
            interval_s: health.interval_ms.map(|ms| ms / 1000),
            battery,
            rssi_dbm: health.rssi_dbm,
            messages: (heard > 0).then_some(MessagesView { heard, lost, restarts }),
            clock_behind_ms: health.clock_behind_ms,
            flags: health.flags,
            conditions: Vec::new(),
        }
    }
}

impl ConditionView {
    fn of(condition: Condition) -> ConditionView {
        ConditionView {
            kind: condition.kind.name().to_owned(),
            since: condition.since,
            detail: condition.detail,
        }
    }
}
