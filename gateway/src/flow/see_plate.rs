//! Somebody who has nothing of it saw the plate on a vehicle: an inspector, a sure camera, or staff who set
//! it right. Only such a word makes a vehicle exempt by its looks (`entitled`), also afterwards: the visit is
//! priced again by itself. The surest word that names the colour of the plate gives the class (`name_colour`).

use billing::binding::Method;
use store::{ClaimRow, PlateSeenRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::Outcome;
use super::bind_visit::{Bound, settle_soon};
use super::name_colour::name_colour;
use crate::app::App;

/// Whose word it is, for the record.
const BY_STAFF: &str = "correction";

/// Keeps what a claim says of the plate of the visit that it is bound to, if its word counts; whether it does.
pub(super) async fn see_claimed(
    app: &App,
    tx: &mut Tx,
    claim: &ClaimRow,
    (visit_id, stay_id): (Uuid, Uuid),
) -> Outcome<bool> {
    let sure = claim.confidence_pct >= Some(i64::from(app.config.claims.video_sure_pct));
    let inspector = claim.method == Method::Inspector.name();
    let camera = claim.method == Method::Video.name() && sure;
    if !inspector && !camera {
        return Ok(false);
    }
    let plate = (claim.plate.as_str(), claim.plate_colour.as_deref());
    see(tx, (visit_id, Some(stay_id)), plate, (&claim.method, claim.made_at)).await?;
    Ok(true)
}

/// The same for a claim that joined a visit: it may have been settled by the driver's word alone.
pub(super) async fn see_joined(
    app: &App,
    tx: &mut Tx,
    claim: &ClaimRow,
    bound: &Bound,
) -> Outcome<()> {
    name_colour(app, tx, claim, bound).await?;
    if see_claimed(app, tx, claim, (bound.visit_id, bound.stay_id)).await? {
        let what = format!("{}:seen:{}", bound.visit_id, claim.claim_id);
        settle_soon(app, tx, bound.visit_id, &what).await?;
    }
    Ok(())
}

/// Keeps what staff say of the vehicle of a visit, at one stay or wherever it stood.
pub(super) async fn see_by_staff(
    tx: &mut Tx,
    (visit_id, stay_id): (Uuid, Option<Uuid>),
    plate: (&str, Option<&str>),
    now: Timestamp,
) -> Outcome<()> {
    see(tx, (visit_id, stay_id), plate, (BY_STAFF, now.ms())).await
}

async fn see(
    tx: &mut Tx,
    (visit_id, stay_id): (Uuid, Option<Uuid>),
    (plate, colour): (&str, Option<&str>),
    (method, seen_at): (&str, i64),
) -> Outcome<()> {
    tx.see_plate(&PlateSeenRow {
        seen_id: Uuid::now_v7(),
        visit_id,
        stay_id,
        plate: plate.to_owned(),
        plate_colour: colour.map(str::to_owned),
        method: method.to_owned(),
        seen_at,
    })
    .await?;
    Ok(())
}
