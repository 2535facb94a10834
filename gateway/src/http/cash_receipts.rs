//! Receipts written without a network, uploaded later: each is answered by itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Body;
use super::health::Moment;
use crate::app::App;
use crate::flow::cash_shift::COLLECTORS;
use crate::flow::upload_receipts::{Receipted, Written, upload_receipt};
use crate::flow::{Outcome, Refusal, again};

/// Receipts in one upload.
const AT_ONCE: usize = 200;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(upload_cash_receipts))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CashUpload {
    /// At most 200.
    receipts: Vec<ReceiptRequest>,
}

/// A receipt as it was written.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptRequest {
    #[schema(example = "BY-0000123")]
    receipt_no: String,
    /// The shift it was written in; the newest one of the caller's if left out.
    shift_id: Option<Uuid>,
    /// What it pays, if that was known; else the bay, and the time tells which vehicle.
    order_id: Option<Uuid>,
    #[schema(example = "TS01")]
    bay_code: Option<String>,
    /// 0 if it was spoiled.
    #[schema(example = 300)]
    amount_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    taken_at: Timestamp,
}

/// What became of one receipt. `outcome` is `paid`, `suspense` (taken, and it pays nothing that is known), `spoiled`
/// or `refused`.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptAnswer {
    receipt_no: String,
    #[schema(example = "paid")]
    outcome: String,
    order_id: Option<Uuid>,
    /// Why it was refused: `receipt_number_reused`, `receipt_number_not_handed_out`, `receipt_number_malformed`,
    /// `amount_out_of_range`, `receipt_time_impossible`, `shift_unknown`.
    code: Option<String>,
    detail: Option<String>,
    /// It was uploaded before with the same content.
    repeated: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct CashUploaded {
    #[serde(flatten)]
    moment: Moment,
    /// In the order of the upload.
    receipts: Vec<ReceiptAnswer>,
}

/// Uploads the caller's receipts. Each is taken or refused by itself, once by its number: send all again if the
/// answer was lost. For inspectors.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cash/receipts",
    tag = "money",
    security(("token" = [])),
    request_body = CashUpload,
    responses(
        (status = OK, body = CashUploaded),
        (status = UNPROCESSABLE_ENTITY, description = "`too_many_receipts`, `operator_ambiguous`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn upload_cash_receipts(
    State(app): State<Arc<App>>,
    staff: Staff,
    Body(upload): Body<CashUpload>,
) -> Answer<Json<CashUploaded>> {
    staff.must_be(&COLLECTORS)?;
    if upload.receipts.len() > AT_ONCE {
        return Err(Refusal::refused("too_many_receipts", "upload at most 200 at once").into());
    }
    let mut receipts = Vec::with_capacity(upload.receipts.len());
    for request in upload.receipts {
        receipts.push(one(&app, staff, request).await?);
    }
    app.job_bell.notify_one();
    Ok(Json(CashUploaded { moment: Moment::of(&app), receipts }))
}

async fn one(app: &App, staff: Staff, request: ReceiptRequest) -> Outcome<ReceiptAnswer> {
    let written = Written {
        receipt_no: request.receipt_no,
        shift_id: request.shift_id,
        order_id: request.order_id,
        bay_code: request.bay_code,
        amount: Fen(request.amount_fen),
        taken_at: request.taken_at,
    };
    let actor = staff.actor();
    let Receipted { outcome, order_id, refused, repeated } =
        again(|| upload_receipt(app, &actor, &written)).await?;
    let (code, detail) =
        refused.map_or((None, None), |(code, detail)| (Some(code.to_owned()), Some(detail)));
    Ok(ReceiptAnswer { receipt_no: written.receipt_no, outcome, order_id, code, detail, repeated })
}
