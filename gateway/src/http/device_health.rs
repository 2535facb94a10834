//! How a device is: when it was heard, its battery, its conditions with their reasons.
//!
//! Health is kept with the bay that the device is in. Where none is kept, nothing is answered: what
//! is not known is not made up.

use serde::Serialize;
use store::{DeviceFacts, Tx};
use utoipa::ToSchema;
use vocabulary::Timestamp;

use crate::app::App;
use crate::flow::Outcome;

/// How a device is. What is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(super) struct HealthView {
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heard_at: Option<Timestamp>,
    /// How often it speaks, as learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interval_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) battery_pct: Option<u8>,
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
/// When the database fails.
pub(super) async fn health_of(
    _app: &App,
    _tx: &mut Tx,
    _device: &DeviceFacts,
    _now: Timestamp,
) -> Outcome<Option<HealthView>> {
    Ok(None)
}
