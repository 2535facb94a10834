//! How a device is: when it was heard, its battery, its conditions with their reasons.
//!
//! Health is kept with the bay that the device is in. Where none is kept, nothing is answered: what
//! is not known is not made up.

use sensing::Condition;
use serde::Serialize;
use store::{DeviceFacts, Tx};
use utoipa::ToSchema;
use vocabulary::{DeviceId, Timestamp};

use crate::app::App;
use crate::flow::{Outcome, decode_fold, health_in};

/// How a device is. What is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(super) struct HealthView {
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heard_at: Option<Timestamp>,
    pub(super) conditions: Vec<ConditionView>,
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
    let Some(row) = tx.live(bay.number).await? else { return Ok(None) };
    let health = row.health.as_deref().and_then(health_in);
    let health = health.and_then(|all| all.into_iter().find(|(known, _)| *known == device));
    let fold = row.fold.as_deref().and_then(decode_fold);
    if health.is_none() && fold.is_none() {
        return Ok(None);
    }
    let health = health.map(|(_, health)| health);
    let mut conditions: Vec<Condition> =
        fold.map(|fold| fold.conditions(&app.policy, &bay.setup, now)).unwrap_or_default();
    if let Some(health) = &health {
        conditions.extend(health.conditions(&app.policy, device, now));
    }
    conditions.retain(|condition| condition.device == device);
    conditions.sort_by_key(|condition| condition.kind);
    conditions.dedup_by_key(|condition| condition.kind);
    Ok(Some(HealthView {
        heard_at: health.and_then(|health| health.heard_at),
        conditions: conditions.into_iter().map(ConditionView::of).collect(),
    }))
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
