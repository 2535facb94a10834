//! A zone gets another tariff or payee from a date on. Vehicles that arrived before keep theirs.

use serde_json::json;
use store::{Tx, ZoneRow};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::change_bay::{Changed, not_past};
use super::{Outcome, Refusal};

/// What is to hold from a date on. What is left out stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneChange {
    /// City time; now if left out.
    pub valid_from: Option<Timestamp>,
    pub tariff_id: Option<String>,
    /// The payee's name.
    pub payee: Option<String>,
}

/// Gives a zone a new version.
///
/// # Errors
/// `zone_unknown`, `tariff_unknown`, `payee_unknown`, `date_in_past`, `version_exists`.
pub async fn change_zone(
    tx: &mut Tx,
    actor: &Actor,
    zone_id: Uuid,
    change: &ZoneChange,
    now: Timestamp,
) -> Outcome<Changed> {
    let zone = known_zone(tx, actor, zone_id).await?;
    let from = not_past(change.valid_from, now)?;
    let versions = tx.zone_versions(zone_id).await?;
    let before = versions.iter().rev().find(|v| v.valid_from_at <= from.ms());
    let before = before.ok_or_else(|| {
        Refusal::refused("date_in_past", "the zone does not exist yet at that time")
    })?;
    let tariff_id = match &change.tariff_id {
        Some(id) => known_tariff(tx, &zone, id).await?,
        None => before.tariff_id.clone(),
    };
    let payee_id = match &change.payee {
        Some(name) => tx
            .payee_by_name(zone.operator_id, name, from.ms())
            .await?
            .ok_or_else(|| Refusal::missing("payee_unknown", "the operator has no such payee"))?,
        None => before.payee_id,
    };
    if tariff_id == before.tariff_id && payee_id == before.payee_id {
        return Ok(Changed::No);
    }
    if before.valid_from_at == from.ms() {
        return Err(Refusal::conflict("version_exists", "another version begins at that instant"));
    }
    let later = versions.iter().map(|v| v.valid_from_at).find(|at| *at > from.ms());
    tx.date_zone(zone_id, (from.ms(), later), &tariff_id, payee_id).await?;
    let detail = json!({"valid_from": from, "tariff_id": tariff_id, "payee_id": payee_id});
    actor.audit(tx, now, "zone_change", ("zone", &zone_id.to_string()), &detail).await?;
    Ok(Changed::Yes)
}

/// A zone by id, if the actor may touch it.
///
/// # Errors
/// `zone_unknown`.
pub async fn known_zone(tx: &mut Tx, actor: &Actor, zone_id: Uuid) -> Outcome<ZoneRow> {
    let found = tx.zones().await?.into_iter().find(|zone| zone.zone_id == zone_id);
    let found = found.filter(|zone| actor.may_touch(Some(zone.operator_id)));
    found.ok_or_else(|| Refusal::missing("zone_unknown", "there is no such zone"))
}

async fn known_tariff(tx: &mut Tx, zone: &ZoneRow, id: &str) -> Outcome<String> {
    match tx.tariff_operator(id).await? {
        Some(operator) if operator == zone.operator_id => Ok(id.to_owned()),
        _ => Err(Refusal::refused("tariff_unknown", "the operator has no such tariff")),
    }
}
