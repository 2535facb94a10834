//! What is known of a registered device is put right: from which distance on it sees a vehicle.
//!
//! Only readings that come from now on are judged by it: what was stored stays as it was read.

use serde_json::json;
use store::{DeviceFacts, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::register_device::{check_distance, known_device};
use super::{Outcome, Refusal};

/// Says below which distance there is a vehicle; `None`: its distances say nothing about the bay.
///
/// # Errors
/// `device_unknown`, `distance_not_measured`, `occupied_below_out_of_range`.
pub async fn set_distance(
    tx: &mut Tx,
    actor: &Actor,
    device_id: Uuid,
    occupied_below_mm: Option<i64>,
    now: Timestamp,
) -> Outcome<DeviceFacts> {
    let device = known_device(tx, actor, device_id).await?;
    check_distance(&device.device_type, occupied_below_mm)
        .map_err(|why| Refusal::refused(why.code(), why.advice()))?;
    if device.occupied_below_mm == occupied_below_mm {
        return Ok(device);
    }
    tx.set_occupied_below(device_id, occupied_below_mm).await?;
    let detail =
        json!({"occupied_below_mm": occupied_below_mm, "before": device.occupied_below_mm});
    actor.audit(tx, now, "device_change", ("device", &device_id.to_string()), &detail).await?;
    Ok(DeviceFacts { occupied_below_mm, ..device })
}
