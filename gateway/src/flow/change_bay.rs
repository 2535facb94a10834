//! What holds of a bay changes from a date on: its place, zone, hours, vehicle classes; or it ends.
//!
//! The past is never changed: a new version ends the one before it, and begins now or later.

use serde_json::json;
use store::{BayName, BayVersionFacts, Tx};
use vocabulary::{BayCode, Point, Timestamp, VehicleClass, WeeklyHours};

use super::actor::Actor;
use super::bay_features::FeaturesChange;
use super::refresh_setup::refresh_setup;
use super::{Outcome, Refusal};

/// A clock may be this much behind ours.
const BEHIND_LIMIT_MS: i64 = 60_000;
/// Longest bay, in metres: a coach.
const LENGTH_LIMIT_M: f64 = 30.0;

/// What is to hold from a date on. What is left out stays as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BayChange {
    /// City time; now if left out.
    pub valid_from: Option<Timestamp>,
    /// Codes.
    pub zone: Option<String>,
    pub block: Option<String>,
    pub place: Option<Point>,
    pub heading_deg: Option<f64>,
    pub length_m: Option<f64>,
    /// None of them: every class.
    pub vehicle_classes: Option<Vec<VehicleClass>>,
    /// The inner `None`: at any time.
    pub permitted_hours: Option<Option<WeeklyHours>>,
    pub features: FeaturesChange,
}

/// Whether anything is different now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Yes,
    /// It was so already.
    No,
}

/// Gives a bay a new version.
///
/// # Errors
/// `bay_unknown`, `zone_unknown`, `block_unknown`, `measure_out_of_range`, `date_in_past`,
/// `version_exists`.
pub async fn change_bay(
    tx: &mut Tx,
    actor: &Actor,
    code: &BayCode,
    change: &BayChange,
    now: Timestamp,
) -> Outcome<Changed> {
    let bay = locked_bay(tx, actor, code).await?;
    let from = not_past(change.valid_from, now)?;
    let versions = tx.bay_versions(bay.bay_id).await?;
    let before = versions.iter().rev().find(|v| v.valid_from_at <= from.ms());
    let before = before.ok_or_else(|| {
        Refusal::refused("date_in_past", "the bay does not exist yet at that time")
    })?;
    let next = changed(tx, &bay, before, change).await?;
    let holds = before.valid_to_at.is_none_or(|at| at > from.ms());
    if next == *before && holds {
        return Ok(Changed::No);
    }
    if before.valid_from_at == from.ms() {
        return Err(Refusal::conflict("version_exists", "another version begins at that instant"));
    }
    let later = versions.iter().map(|v| v.valid_from_at).find(|at| *at > from.ms());
    let until = before.valid_to_at.filter(|at| *at > from.ms());
    let valid_to_at = [later, until].into_iter().flatten().min();
    tx.date_bay(&BayVersionFacts { valid_from_at: from.ms(), valid_to_at, ..next }).await?;
    refresh_setup(tx, bay.bay_id).await?;
    let detail = json!({"valid_from": from});
    actor.audit(tx, now, "bay_change", ("bay", &bay.code), &detail).await?;
    Ok(Changed::Yes)
}

/// Ends a bay: from `at` on it is none, until a later version begins.
///
/// # Errors
/// `bay_unknown`, `date_in_past`.
pub async fn end_bay(
    tx: &mut Tx,
    actor: &Actor,
    code: &BayCode,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Outcome<()> {
    let bay = locked_bay(tx, actor, code).await?;
    let at = not_past(at, now)?;
    tx.end_bay(bay.bay_id, at.ms()).await?;
    refresh_setup(tx, bay.bay_id).await?;
    actor.audit(tx, now, "bay_end", ("bay", &bay.code), &json!({"at": at})).await
}

/// A bay by code, if the actor may touch it.
///
/// # Errors
/// `bay_unknown`.
pub async fn known_bay(tx: &mut Tx, actor: &Actor, code: &BayCode) -> Outcome<BayName> {
    let found = tx.bay_by_code(code.as_str()).await?;
    let found = found.filter(|bay| actor.may_touch(Some(bay.operator_id)));
    let bay = found.ok_or_else(|| Refusal::missing("bay_unknown", "there is no such bay"))?;
    Ok(BayName { bay_id: bay.bay_id, operator_id: bay.operator_id, code: bay.code })
}

/// The same, for a command: no other changes the bay until this one ends.
pub(super) async fn locked_bay(tx: &mut Tx, actor: &Actor, code: &BayCode) -> Outcome<BayName> {
    let bay = known_bay(tx, actor, code).await?;
    tx.lock_bays(&[bay.bay_id]).await?;
    Ok(bay)
}

/// From when on something is to hold.
///
/// # Errors
/// `date_in_past`.
pub(super) fn not_past(said: Option<Timestamp>, now: Timestamp) -> Outcome<Timestamp> {
    match said.unwrap_or(now) {
        at if at.ms() < now.ms() - BEHIND_LIMIT_MS => Err(Refusal::refused(
            "date_in_past",
            "what held in the past stays as it was; name a date from now on",
        )),
        at => Ok(at.max(now)),
    }
}

/// Whether heading (degrees) and length (metres) are those of a bay.
#[must_use]
pub fn measures_fit(heading_deg: f64, length_m: f64) -> bool {
    (0.0..=360.0).contains(&heading_deg) && length_m > 0.0 && length_m <= LENGTH_LIMIT_M
}

/// Vehicle classes as they are stored.
#[must_use]
pub fn classes_text(classes: &[VehicleClass]) -> Option<String> {
    let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
    (!names.is_empty()).then(|| names.join(","))
}

async fn changed(
    tx: &mut Tx,
    bay: &BayName,
    before: &BayVersionFacts,
    change: &BayChange,
) -> Outcome<BayVersionFacts> {
    let mut next = before.clone();
    if let Some(code) = &change.zone {
        let zones = tx.zones().await?;
        let zone = zones.iter().find(|z| z.operator_id == bay.operator_id && z.code == *code);
        let unknown = || Refusal::missing("zone_unknown", "the operator has no zone of this code");
        next.zone_id = zone.ok_or_else(unknown)?.zone_id;
    }
    if let Some(code) = &change.block {
        let blocks = tx.blocks().await?;
        let block = blocks.iter().find(|b| b.code == *code);
        let unknown = || Refusal::missing("block_unknown", "there is no block of this code");
        next.block_id = block.ok_or_else(unknown)?.block_id;
    }
    if let Some(place) = change.place {
        (next.lon, next.lat) = (place.lon(), place.lat());
    }
    next.heading_deg = change.heading_deg.unwrap_or(next.heading_deg);
    next.length_m = change.length_m.unwrap_or(next.length_m);
    if !measures_fit(next.heading_deg, next.length_m) {
        return Err(Refusal::refused(
            "measure_out_of_range",
            "heading_deg is 0 to 360, length_m more than 0 and at most 30",
        ));
    }
    if let Some(classes) = &change.vehicle_classes {
        next.vehicle_classes = classes_text(classes);
    }
    if let Some(hours) = &change.permitted_hours {
        next.permitted_hours = hours.as_ref().map(ToString::to_string);
    }
    next.features = change.features.applied_to(next.features)?;
    Ok(next)
}
