//! What holds of a bay from when to when. For managers; auditors look on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{Lane, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{BayCode, Timestamp, VehicleClass, WeeklyHours};

use super::auth::Staff;
use super::bays::bay_code;
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use super::installations::{ONLOOKERS, position};
use crate::app::App;
use crate::flow::actor::Actor;
use crate::flow::bay_features::FeaturesChange;
use crate::flow::change_bay::{BayChange, change_bay, end_bay, known_bay};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(versions, make_bay_version)).routes(routes!(end))
}

/// A bay from `valid_from` to `valid_to`.
#[derive(Debug, Serialize, ToSchema)]
struct VersionView {
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_to: Option<Timestamp>,
    zone: String,
    block: String,
    lon: f64,
    lat: f64,
    heading_deg: f64,
    length_m: f64,
    /// Null: every class.
    vehicle_classes: Option<Vec<String>>,
    /// Null: at any time.
    #[schema(example = "mo-fr 08:00-20:00; sa 08:00-12:00")]
    permitted_hours: Option<String>,
    /// Null: no limit.
    max_height_mm: Option<i64>,
    /// Null: as long as the bay.
    max_length_mm: Option<i64>,
    /// Whether there is a charging point.
    charging: bool,
    /// Whether it is kept for disabled drivers.
    accessible: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ClosureView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    reason: String,
}

/// Oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BayHistory {
    bay_code: String,
    versions: Vec<VersionView>,
    closures: Vec<ClosureView>,
}

/// What is to hold from `valid_from` on; what is left out stays as it was.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    /// City time; now if left out, not in the past.
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_from: Option<Timestamp>,
    /// Code of a zone of the same operator.
    zone: Option<String>,
    /// Code of a block.
    block: Option<String>,
    /// WGS-84; both or none.
    lon: Option<f64>,
    lat: Option<f64>,
    heading_deg: Option<f64>,
    length_m: Option<f64>,
    /// An empty list: every class.
    vehicle_classes: Option<Vec<String>>,
    /// An empty text: at any time.
    #[schema(example = "mo-fr 08:00-20:00; sa 08:00-12:00")]
    permitted_hours: Option<String>,
    /// 0: no limit.
    #[schema(minimum = 0, maximum = 30_000)]
    max_height_mm: Option<i64>,
    /// 0: as long as the bay.
    #[schema(minimum = 0, maximum = 30_000)]
    max_length_mm: Option<i64>,
    charging: Option<bool>,
    /// Kept for disabled drivers.
    accessible: Option<bool>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BayEnd {
    /// City time; now if left out, not in the past.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// All versions and closures of a bay.
#[utoipa::path(
    get,
    path = "/api/v1/bays/{bay_code}/versions",
    tag = "street",
    security(("token" = [])),
    params(("bay_code" = String, Path)),
    responses(
        (status = OK, body = BayHistory),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn versions(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
) -> Answer<Json<BayHistory>> {
    staff.must_be(&ONLOOKERS)?;
    let mut tx = app.store.read().await?;
    Ok(Json(history(&mut tx, &staff.actor(), &bay_code(&named.0)?).await?))
}

/// Changes a bay from a date on: place, zone, block, hours, vehicle classes, and what drivers choose it by. What held before stays knowable.
#[utoipa::path(
    post,
    path = "/api/v1/bays/{bay_code}/versions",
    tag = "street",
    security(("token" = [])),
    params(("bay_code" = String, Path)),
    request_body = ChangeRequest,
    responses(
        (status = OK, body = BayHistory),
        (status = NOT_FOUND, description = "`bay_unknown`, `zone_unknown`, `block_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`version_exists`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`date_in_past`, \
            `position_invalid`, `measure_out_of_range`, `vehicle_class_unknown`, `hours_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_bay_version(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(body): Body<ChangeRequest>,
) -> Answer<Json<BayHistory>> {
    staff.must_be(&[Role::Manager])?;
    let (code, actor, change) = (bay_code(&named.0)?, staff.actor(), body.read()?);
    let changed = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        change_bay(&mut tx, &actor, &code, &change, app.clock.city_now()).await?;
        let history = history(&mut tx, &actor, &code).await?;
        tx.commit().await?;
        Ok(history)
    });
    Ok(Json(changed.await?))
}

/// Ends a bay: from a date on it is none.
#[utoipa::path(
    post,
    path = "/api/v1/bays/{bay_code}/end",
    tag = "street",
    security(("token" = [])),
    params(("bay_code" = String, Path)),
    request_body = BayEnd,
    responses(
        (status = OK, body = BayHistory),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`date_in_past`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn end(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(body): Body<BayEnd>,
) -> Answer<Json<BayHistory>> {
    staff.must_be(&[Role::Manager])?;
    let (code, actor) = (bay_code(&named.0)?, staff.actor());
    let ended = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        end_bay(&mut tx, &actor, &code, body.at, app.clock.city_now()).await?;
        let history = history(&mut tx, &actor, &code).await?;
        tx.commit().await?;
        Ok(history)
    });
    Ok(Json(ended.await?))
}

impl ChangeRequest {
    fn read(self) -> Outcome<BayChange> {
        let class = |name: &String| VehicleClass::from_name(name);
        let classes = self.vehicle_classes.map(|names| names.iter().map(class).collect());
        let classes: Option<Option<Vec<VehicleClass>>> = classes;
        let unknown = || {
            let detail = "small, large, new_energy_small, new_energy_large, motorcycle";
            Refusal::refused("vehicle_class_unknown", detail)
        };
        let hours = self.permitted_hours.map(|text| match text.trim() {
            "" => Ok(None),
            text => WeeklyHours::parse(text)
                .map(Some)
                .map_err(|why| Refusal::refused("hours_malformed", why.to_string())),
        });
        Ok(BayChange {
            valid_from: self.valid_from,
            zone: self.zone,
            block: self.block,
            place: position(self.lon, self.lat)?,
            heading_deg: self.heading_deg,
            length_m: self.length_m,
            vehicle_classes: classes.map(|read| read.ok_or_else(unknown)).transpose()?,
            permitted_hours: hours.transpose()?,
            features: FeaturesChange::of_numbers(
                self.max_height_mm,
                self.max_length_mm,
                self.charging,
                self.accessible,
            ),
        })
    }
}

pub(super) async fn history(tx: &mut Tx, actor: &Actor, code: &BayCode) -> Outcome<BayHistory> {
    let bay = known_bay(tx, actor, code).await?;
    let (zones, blocks) = (tx.zones().await?, tx.blocks().await?);
    let versions = tx.bay_versions(bay.bay_id).await?.into_iter().map(|v| VersionView {
        valid_from: Timestamp::from_ms(v.valid_from_at),
        valid_to: v.valid_to_at.map(Timestamp::from_ms),
        zone: zones
            .iter()
            .find(|z| z.zone_id == v.zone_id)
            .map(|z| z.code.clone())
            .unwrap_or_default(),
        block: blocks
            .iter()
            .find(|b| b.block_id == v.block_id)
            .map(|b| b.code.clone())
            .unwrap_or_default(),
        lon: v.lon,
        lat: v.lat,
        heading_deg: v.heading_deg,
        length_m: v.length_m,
        vehicle_classes: v
            .vehicle_classes
            .map(|names| names.split(',').map(str::to_owned).collect()),
        permitted_hours: v.permitted_hours,
        max_height_mm: v.features.max_height_mm,
        max_length_mm: v.features.max_length_mm,
        charging: v.features.charging,
        accessible: v.features.accessible,
    });
    let versions = versions.collect();
    let closures = tx.closures(bay.bay_id).await?.into_iter().map(|c| ClosureView {
        from: Timestamp::from_ms(c.from_at),
        to: Timestamp::from_ms(c.to_at),
        reason: c.reason,
    });
    Ok(BayHistory { bay_code: bay.code, versions, closures: closures.collect() })
}
