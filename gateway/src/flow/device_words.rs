//! What a device said of a bay lately: for its test, and for those who look at it.

use store::{ObservationRow, Tx};
use uuid::Uuid;

use super::Outcome;

/// The bay's newest readings that are looked through: three weeks of an ordinary sensor.
const LOOK_BACK: i64 = 2_000;

/// What a device said of a bay, newest stored first.
///
/// # Errors
/// When the database fails.
pub async fn said_in(tx: &mut Tx, bay_id: Uuid, device: Uuid) -> Outcome<Vec<ObservationRow>> {
    let Some((bay, _)) = tx.registered_bay(bay_id).await? else { return Ok(Vec::new()) };
    let newest = tx.live(bay.bay_no).await?.and_then(|live| live.last_seq);
    let mut said = tx.chain(newest, 0, LOOK_BACK).await?;
    said.retain(|said| said.device_id == device);
    Ok(said)
}
