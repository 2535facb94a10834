//! Captures that a handheld made while it was offline, uploaded together and answered one by one.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use billing::binding::Clocks;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Plate, PlateColour, Timestamp};

use super::auth::Staff;
use super::bays::bay_code;
use super::error::{Answer, Problem};
use super::extract::Body;
use super::health::Moment;
use crate::app::App;
use crate::flow::sign_in::Role;
use crate::flow::take_capture::{Capture, CaptureAnswer, take_capture};
use crate::flow::{Outcome, Refusal, again};

/// Most captures of one upload.
const ITEMS_LIMIT: usize = 200;
/// Longest name of a handheld and of its run, in bytes.
const NAME_LIMIT: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(upload_captures))
        .layer(DefaultBodyLimit::max(ITEMS_LIMIT * 1_024))
}

/// An upload. `monotonic_now_ms` belongs to `boot_id`: captures of the same run are dated by it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaptureUpload {
    #[schema(example = "handheld-7")]
    device_uuid: String,
    /// The present run of the handheld; another after each restart.
    #[schema(example = "b7f3")]
    boot_id: String,
    /// Its monotonic clock now.
    #[schema(example = 7_260_000)]
    monotonic_now_ms: i64,
    /// At most 200, in any order.
    captures: Vec<Item>,
}

/// One capture. What is sent again under the same `capture_id` must be the same.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    /// Made by the handheld.
    capture_id: Uuid,
    /// Counts the captures of this handheld.
    #[schema(example = 41)]
    seq: i64,
    #[schema(example = "BY0012")]
    bay_code: String,
    /// As seen. One of no Chinese form is taken as it is: the stay is not lost for it.
    #[schema(example = "甘D·12345")]
    plate: String,
    #[schema(example = "green")]
    plate_colour: Option<String>,
    /// Its wall clock.
    #[schema(value_type = String, format = DateTime)]
    wall_at: Timestamp,
    /// Its monotonic clock.
    #[schema(example = 60_000)]
    monotonic_ms: i64,
    /// The run in which it was made.
    #[schema(example = "b7f3")]
    boot_id: String,
    /// Our time minus its wall clock, if it measured that.
    #[schema(example = -1_250)]
    offset_ms: Option<i64>,
}

/// One answer for each capture, in the order in which they came.
#[derive(Debug, Serialize, ToSchema)]
struct CapturesUploaded {
    #[serde(flatten)]
    moment: Moment,
    captures: Vec<CaptureAnswer>,
}

/// Takes captures made offline, up to 72 hours old. Each has an answer of its own; uploading again is
/// harmless. For inspectors and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/captures/batch",
    tag = "stays",
    security(("token" = [])),
    request_body = CaptureUpload,
    responses(
        (status = OK, body = CapturesUploaded),
        (status = BAD_REQUEST, description = "`captures_limit`, `field_length`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn upload_captures(
    State(app): State<Arc<App>>,
    staff: Staff,
    Body(upload): Body<CaptureUpload>,
) -> Answer<Json<CapturesUploaded>> {
    staff.must_be(&[Role::Inspector, Role::Manager])?;
    check(&upload)?;
    // Taken in the order in which they were made, answered in the order in which they came.
    let mut order: Vec<usize> = (0..upload.captures.len()).collect();
    order.sort_by_key(|place| upload.captures[*place].seq);
    let mut answers: Vec<Option<CaptureAnswer>> = vec![None; upload.captures.len()];
    for place in order {
        answers[place] = Some(take(&app, &staff, &upload, &upload.captures[place]).await?);
    }
    app.job_bell.notify_one();
    let captures = answers.into_iter().flatten().collect();
    Ok(Json(CapturesUploaded { moment: Moment::of(&app), captures }))
}

fn check(upload: &CaptureUpload) -> Outcome<()> {
    if upload.captures.len() > ITEMS_LIMIT {
        let detail = format!("at most {ITEMS_LIMIT} captures in one upload");
        return Err(Refusal::malformed("captures_limit", detail));
    }
    let runs = upload.captures.iter().map(|item| &item.boot_id);
    for name in runs.chain([&upload.device_uuid, &upload.boot_id]) {
        if !(1..=NAME_LIMIT).contains(&name.len()) {
            let detail = format!("device_uuid and boot_id have 1 to {NAME_LIMIT} bytes");
            return Err(Refusal::malformed("field_length", detail));
        }
    }
    Ok(())
}

async fn take(
    app: &App,
    staff: &Staff,
    upload: &CaptureUpload,
    item: &Item,
) -> Outcome<CaptureAnswer> {
    match read(upload, item) {
        Ok(capture) => again(|| take_capture(app, staff.id, &capture)).await,
        Err(Refusal::Malformed { code, detail } | Refusal::Refused { code, detail }) => {
            Ok(CaptureAnswer::refused(item.capture_id, code, &detail))
        }
        Err(other) => Err(other),
    }
}

fn read(upload: &CaptureUpload, item: &Item) -> Outcome<Capture> {
    let plate = Plate::read(&item.plate)
        .map_err(|reject| Refusal::refused("plate_invalid", reject.to_string()))?;
    let colour = item.plate_colour.as_deref().map(|name| {
        PlateColour::from_name(name)
            .ok_or_else(|| Refusal::refused("plate_colour_unknown", "no plate has that colour"))
    });
    let same_run = item.boot_id == upload.boot_id;
    Ok(Capture {
        capture_id: item.capture_id,
        device_uuid: upload.device_uuid.clone(),
        device_seq: item.seq,
        bay_code: bay_code(&item.bay_code)?,
        plate,
        colour: colour.transpose()?,
        clocks: Clocks {
            wall_at: item.wall_at,
            monotonic_ms: item.monotonic_ms,
            monotonic_now_ms: same_run.then_some(upload.monotonic_now_ms),
            offset_ms: item.offset_ms,
        },
        boot_id: item.boot_id.clone(),
        content_hash: Sha256::digest(serde_json::to_vec(item)?).to_vec(),
    })
}
