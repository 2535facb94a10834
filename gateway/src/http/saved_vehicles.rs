//! Vehicles that a driver keeps, so that plates need not be typed again and every device of the account has the same. Kept
//! for this one purpose, by the driver's own consent. A plate that is kept gives no right to anything of it: stays, orders
//! and payments are seen by who claimed or paid.
//!
//! Whatever is repeated changes nothing more. A plate stands in no address: those are written to logs of proxies.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{Lane, SavedVehicleRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Plate, PlateColour, Timestamp};

use super::auth::Driver;
use super::claims::{Typed, seen_plate};
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use crate::app::App;
use crate::flow::{Outcome, Refusal, again};

/// Most vehicles of one driver.
const VEHICLES_LIMIT: usize = 10;
/// Longest name, in characters.
const NAME_LIMIT: usize = 20;
/// What the consent is recorded as.
pub(super) const PURPOSE: (&str, &str) = ("saved_vehicles", "1");

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_vehicles, save_vehicle)).routes(routes!(drop_vehicle))
}

/// A vehicle to be kept, or to be changed if its plate is kept already.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedVehicleRequest {
    /// As typed: case, blanks and `·` do not matter.
    #[schema(example = "甘D·12345")]
    plate: String,
    /// `other` takes a plate of no Chinese form (foreign, damaged) as typed.
    plate_form: Option<String>,
    /// `blue`, `yellow`, `green`, `yellow_green`, `white` or `black`; from the plate's form if left out.
    plate_colour: Option<String>,
    /// What the driver calls it, 1 to 20 characters.
    #[schema(example = "家里的车", max_length = 20)]
    name: Option<String>,
    /// Makes it the one that comes first. There is always one: the oldest, if none was made so.
    #[serde(default)]
    usual: bool,
    /// That it is kept, to fill in plates and for nothing else. Must be true.
    consent: bool,
}

#[derive(Serialize, ToSchema)]
struct VehicleView {
    vehicle_id: Uuid,
    #[schema(example = "甘D12345")]
    plate: String,
    /// `ordinary`, `new_energy_small`, `new_energy_large`, `trailer`, `school`, `police`, `cross_border`, `diplomatic`,
    /// `military` or `other`.
    #[schema(value_type = String, example = "ordinary")]
    plate_form: &'static str,
    plate_colour: Option<String>,
    /// The tariff's class: `small`, `large`, `new_energy_small`, `new_energy_large` or `motorcycle`.
    #[schema(value_type = String, example = "small")]
    vehicle_class: &'static str,
    name: Option<String>,
    /// Of the first in the list.
    usual: bool,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// The usual one first, then oldest first.
#[derive(Serialize, ToSchema)]
struct Vehicles {
    #[schema(max_items = 10)]
    vehicles: Vec<VehicleView>,
}

impl Vehicles {
    fn of(rows: &[SavedVehicleRow]) -> anyhow::Result<Vehicles> {
        let views = rows.iter().enumerate().map(|(place, row)| VehicleView::of(row, place == 0));
        Ok(Vehicles { vehicles: views.collect::<anyhow::Result<_>>()? })
    }
}

impl VehicleView {
    fn of(row: &SavedVehicleRow, usual: bool) -> anyhow::Result<VehicleView> {
        let plate = Plate::read(&row.plate)
            .map_err(|reject| anyhow::anyhow!("the plate of {row:?}: {reject}"))?;
        let colour = row.plate_colour.as_deref().and_then(PlateColour::from_name);
        Ok(VehicleView {
            vehicle_id: row.vehicle_id,
            plate_form: plate.form().name(),
            vehicle_class: plate.class(colour).name(),
            plate: row.plate.clone(),
            plate_colour: row.plate_colour.clone(),
            name: row.name.clone(),
            usual,
            changed_at: Timestamp::from_ms(row.changed_at),
        })
    }
}

/// The vehicles that the caller keeps.
#[utoipa::path(
    get,
    path = "/api/v1/me/vehicles",
    tag = "people",
    security(("token" = [])),
    responses((status = OK, body = Vehicles))
)]
async fn list_vehicles(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Vehicles>> {
    let rows = app.store.read().await?.saved_vehicles(driver.0.0).await?;
    Ok(Json(Vehicles::of(&rows)?))
}

/// Keeps a vehicle, or changes the one that is kept under its plate.
#[utoipa::path(
    put,
    path = "/api/v1/me/vehicles",
    tag = "people",
    security(("token" = [])),
    request_body(content = SavedVehicleRequest, example = json!({
        "plate": "甘D·12345", "name": "家里的车", "usual": true, "consent": true
    })),
    responses(
        (status = OK, description = "All that the caller keeps", body = Vehicles),
        (status = CONFLICT, description = "`vehicles_used_up`: 10 are kept already", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`consent_missing`, `plate_invalid`, `plate_form_unknown`, \
            `plate_colour_unknown`, `name_malformed`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn save_vehicle(
    State(app): State<Arc<App>>,
    driver: Driver,
    Body(body): Body<SavedVehicleRequest>,
) -> Answer<Json<Vehicles>> {
    let now = app.clock.city_now().ms();
    let wanted = row_of(&body, driver.0.0, now)?;
    let kept = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        save(&mut tx, &wanted).await?;
        let kept = tx.saved_vehicles(driver.0.0).await?;
        tx.commit().await?;
        Ok(kept)
    });
    Ok(Json(Vehicles::of(&kept.await?)?))
}

/// Two devices may save at once: the account's lock puts one after the other.
async fn save(tx: &mut Tx, wanted: &SavedVehicleRow) -> Outcome<()> {
    tx.lock_account(wanted.account_id).await?;
    let kept = tx.saved_vehicles(wanted.account_id).await?;
    let known = kept.iter().find(|row| row.plate == wanted.plate);
    let row = match known {
        Some(known) => SavedVehicleRow {
            vehicle_id: known.vehicle_id,
            is_usual: wanted.is_usual || known.is_usual,
            made_at: known.made_at,
            ..wanted.clone()
        },
        None if kept.len() >= VEHICLES_LIMIT => {
            return Err(Refusal::conflict("vehicles_used_up", "at most 10 vehicles; drop some"));
        }
        None => wanted.clone(),
    };
    tx.give_consent(wanted.account_id, PURPOSE, wanted.changed_at).await?;
    Ok(tx.put_saved_vehicle(&row).await?)
}

/// Drops a vehicle. One that is gone already is as good.
#[utoipa::path(
    delete,
    path = "/api/v1/me/vehicles/{vehicle_id}",
    tag = "people",
    security(("token" = [])),
    params(("vehicle_id" = Uuid, Path)),
    responses(
        (status = OK, description = "What the caller still keeps", body = Vehicles),
        (status = NOT_FOUND, description = "`vehicle_unknown`: that is no id", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn drop_vehicle(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<Vehicles>> {
    let vehicle_id = named.id("vehicle_unknown", "there is no such vehicle of yours")?;
    let left = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        tx.delete_saved_vehicle(driver.0.0, vehicle_id).await?;
        let left = tx.saved_vehicles(driver.0.0).await?;
        tx.commit().await?;
        Ok(left)
    });
    Ok(Json(Vehicles::of(&left.await?)?))
}

fn row_of(body: &SavedVehicleRequest, account_id: Uuid, now: i64) -> Outcome<SavedVehicleRow> {
    if !body.consent {
        let detail = "a vehicle is kept only with your consent: consent = true";
        return Err(Refusal::refused("consent_missing", detail));
    }
    let (plate, colour) = seen_plate(&Typed {
        plate: &body.plate,
        colour: body.plate_colour.as_deref(),
        form: body.plate_form.as_deref(),
    })?;
    Ok(SavedVehicleRow {
        vehicle_id: Uuid::now_v7(),
        account_id,
        plate: plate.into(),
        plate_colour: colour.map(|colour| colour.name().to_owned()),
        name: body.name.as_deref().map(name).transpose()?,
        is_usual: body.usual,
        made_at: now,
        changed_at: now,
    })
}

/// A name as it is shown: no blanks around it, nothing that hides or turns text.
fn name(typed: &str) -> Outcome<String> {
    let name = typed.trim();
    let malformed = |c: char| c.is_control() || is_invisible(c);
    if !(1..=NAME_LIMIT).contains(&name.chars().count()) || name.chars().any(malformed) {
        let detail = "a name has 1 to 20 characters that can be seen; leave it out for none";
        return Err(Refusal::refused("name_malformed", detail));
    }
    Ok(name.to_owned())
}

/// Marks that join, turn or separate text, and a byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_20_characters_that_can_be_seen() {
        let (longest, longer) = ("长".repeat(20), "长".repeat(21));
        for (typed, expected) in [
            ("家里的车", Some("家里的车")),
            (" Anna's van ", Some("Anna's van")),
            (&*longest, Some(&*longest)),
            (&*longer, None),
            ("", None),
            ("  ", None),
            ("a\u{7}b", None),
            ("a\u{202e}b", None),
            ("\u{feff}a", None),
        ] {
            match (name(typed), expected) {
                (Ok(read), Some(expected)) => assert_eq!(read, expected),
                (Err(refusal), None) => assert_eq!(refusal.code(), "name_malformed"),
                (found, _) => panic!("{typed:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn what_is_shown_of_a_vehicle_follows_from_its_plate_and_colour() {
        // Plate, colour; form and class by GA 36-2018, as `vocabulary::plate` has them.
        for (plate, colour, form, class) in [
            ("甘D12345", None, "ordinary", "small"),
            ("甘D12345", Some("yellow"), "ordinary", "large"),
            ("甘DD12345", None, "new_energy_small", "new_energy_small"),
            ("甘D12345D", None, "new_energy_large", "new_energy_large"),
            ("B1234", None, "other", "small"),
        ] {
            let row = SavedVehicleRow {
                vehicle_id: Uuid::nil(),
                account_id: Uuid::nil(),
                plate: plate.into(),
                plate_colour: colour.map(str::to_owned),
                name: None,
                is_usual: false,
                made_at: 0,
                changed_at: 0,
            };
            let view = VehicleView::of(&row, false).unwrap();
            assert_eq!((view.plate_form, view.vehicle_class), (form, class), "{plate}");
            assert!(!format!("{row:?}").contains(plate), "a plate stands in no log");
        }
    }
}
