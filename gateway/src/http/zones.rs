//! Zones: which tariff and payee holds from when to when. For managers; auditors look on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{Lane, Tx, ZoneRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Body, Named};
use super::installations::ONLOOKERS;
use crate::app::App;
use crate::flow::change_zone::{ZoneChange, change_zone, known_zone};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(zones)).routes(routes!(make_zone_version))
}

/// A zone from `valid_from` to `valid_to`.
#[derive(Debug, Serialize, ToSchema)]
struct ZoneVersionView {
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_to: Option<Timestamp>,
    tariff_id: String,
    payee: String,
}

/// A zone; versions oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct ZoneView {
    zone_id: Uuid,
    code: String,
    name: String,
    versions: Vec<ZoneVersionView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Zones {
    zones: Vec<ZoneView>,
}

/// What is to hold from `valid_from` on; what is left out stays as it was.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ZoneChangeRequest {
    /// City time; now if left out, not in the past.
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_from: Option<Timestamp>,
    tariff_id: Option<String>,
    /// Name of a payee of the operator.
    payee: Option<String>,
}

/// The operator's zones, by code.
#[utoipa::path(
    get,
    path = "/api/v1/zones",
    tag = "street",
    security(("token" = [])),
    responses((status = OK, body = Zones))
)]
async fn zones(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Zones>> {
    staff.must_be(&ONLOOKERS)?;
    let (mut tx, actor) = (app.store.read().await?, staff.actor());
    let mut zones = Vec::new();
    for zone in tx.zones().await? {
        if actor.may_touch(Some(zone.operator_id)) {
            zones.push(ZoneView::of(&mut tx, zone).await?);
        }
    }
    Ok(Json(Zones { zones }))
}

/// Gives a zone another tariff or payee from a date on. Who arrived before keeps the old one.
#[utoipa::path(
    post,
    path = "/api/v1/zones/{zone_id}/versions",
    tag = "street",
    security(("token" = [])),
    params(("zone_id" = Uuid, Path)),
    request_body = ZoneChangeRequest,
    responses(
        (status = OK, body = ZoneView),
        (status = NOT_FOUND, description = "`zone_unknown`, `payee_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`version_exists`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`date_in_past`, `tariff_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn make_zone_version(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Body(body): Body<ZoneChangeRequest>,
) -> Answer<Json<ZoneView>> {
    staff.must_be(&[Role::Manager])?;
    let (id, actor) = (named.id("zone_unknown", "there is no such zone")?, staff.actor());
    let ZoneChangeRequest { valid_from, tariff_id, payee } = body;
    let change = ZoneChange { valid_from, tariff_id, payee };
    let changed = again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        change_zone(&mut tx, &actor, id, &change, app.clock.city_now()).await?;
        let zone = known_zone(&mut tx, &actor, id).await?;
        let view = ZoneView::of(&mut tx, zone).await?;
        tx.commit().await?;
        Ok(view)
    });
    Ok(Json(changed.await?))
}

impl ZoneView {
    async fn of(tx: &mut Tx, zone: ZoneRow) -> Outcome<ZoneView> {
        let versions = tx.zone_versions(zone.zone_id).await?.into_iter();
        let versions = versions.map(|v| ZoneVersionView {
            valid_from: Timestamp::from_ms(v.valid_from_at),
            valid_to: v.valid_to_at.map(Timestamp::from_ms),
            tariff_id: v.tariff_id,
            payee: v.payee_name,
        });
        let versions = versions.collect();
        Ok(ZoneView { zone_id: zone.zone_id, code: zone.code, name: zone.name, versions })
    }
}
