//! Coupons: staff issue and void them, a driver uses one on an order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use billing::coupon::Coupon;
use serde::{Deserialize, Serialize};
use store::CouponRow;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::auth::{Driver, Staff};
use super::error::{Answer, Problem};
use super::exemptions::{SHOWN, text_of, validity};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Reply, Turn};
use super::orders::order_id;
use crate::app::App;
use crate::flow::coupons::{ISSUE_LIMIT, Issue, issue_coupons, use_coupon, void_coupon};
use crate::flow::sign_in::Role;
use crate::flow::{Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(put_coupons))
        .routes(routes!(void))
        .routes(routes!(list_coupons))
        .routes(routes!(put_coupon_on_order))
}

const ISSUERS: [Role; 1] = [Role::Manager];
/// Characters of a code that may be kept: of 20, 16 stay secret.
const SEEN: usize = 4;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IssueRequest {
    /// `amount`, `minutes` or `free_once`.
    #[schema(example = "amount")]
    kind: String,
    amount_fen: Option<i64>,
    minutes: Option<u32>,
    /// 1 to 1000.
    #[schema(example = 10)]
    count: u32,
    zone_id: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    valid_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    valid_to: Timestamp,
    /// The campaign, and who pays for it.
    purpose: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Issued {
    coupons: Vec<IssuedCoupon>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IssuedCoupon {
    coupon_id: Uuid,
    /// Shown this once: stored as a hash. A repeat of the request shows `7K3M…`, enough to tell them apart.
    code: String,
}

/// Why a coupon is voided.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VoidRequest {
    /// For the audit log; no code in it.
    #[schema(example = "the code was posted in public")]
    reason: String,
}

/// A coupon that nobody can use any more.
#[derive(Debug, Serialize, ToSchema)]
struct VoidedCoupon {
    coupon_id: Uuid,
    #[schema(value_type = Option<String>, format = DateTime)]
    voided_at: Option<Timestamp>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UseRequest {
    #[schema(example = "7K3MW-9QXTR-2ABCD-EFGHJ")]
    code: String,
}

/// A coupon of the caller's.
#[derive(Debug, Serialize, ToSchema)]
struct CouponView {
    coupon_id: Uuid,
    kind: String,
    amount_fen: i64,
    minutes: i64,
    #[schema(value_type = String, format = DateTime)]
    valid_to: Timestamp,
    /// The order that it lowers, a line of its bill.
    order_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Coupons {
    #[serde(flatten)]
    moment: Moment,
    coupons: Vec<CouponView>,
}

impl CouponView {
    fn of(row: &CouponRow) -> CouponView {
        CouponView {
            coupon_id: row.coupon_id,
            kind: row.kind.clone(),
            amount_fen: row.amount_fen,
            minutes: row.minutes,
            valid_to: Timestamp::from_ms(row.valid_to_at),
            order_id: row.order_id,
        }
    }
}

/// Issues coupons; their codes are shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/staff/coupons",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = IssueRequest,
    responses(
        (status = CREATED, body = Issued),
        (status = UNPROCESSABLE_ENTITY, description = "`coupon_of_nothing`, `kind_unknown`, `count_out_of_bounds`, \
            `validity_wrong`, `purpose_missing`, `operator_missing`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`zone_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn put_coupons(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<IssueRequest>,
) -> Answer<Reply> {
    staff.must_be(&ISSUERS)?;
    let coupon = match (body.kind.as_str(), body.amount_fen, body.minutes) {
        ("amount", Some(amount), None) => Coupon::Amount { amount: Fen(amount) },
        ("minutes", None, Some(minutes)) => Coupon::Minutes { minutes },
        ("free_once", None, None) => Coupon::FreeOnce,
        _ => {
            let detail = "kind is amount (with amount_fen), minutes (with minutes) or free_once";
            return Err(Refusal::refused("kind_unknown", detail).into());
        }
    };
    if !(1..=ISSUE_LIMIT).contains(&body.count) {
        return Err(Refusal::refused("count_out_of_bounds", "1 to 1000 at once").into());
    }
    let issue = Issue {
        coupon,
        count: body.count,
        valid: validity(body.valid_from, body.valid_to)?,
        zone_id: body.zone_id,
        purpose: text_of(&body.purpose, "purpose_missing", "say what they are for")?,
    };
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let issued = issue_coupons(&app, &mut tx, &staff.actor(), &issue).await?;
        let shown = |show: fn(&str) -> String| Issued {
            coupons: issued
                .iter()
                .map(|(coupon_id, code)| IssuedCoupon { coupon_id: *coupon_id, code: show(code) })
                .collect(),
        };
        let answers = (&shown(str::to_owned), &shown(masked));
        once.settle_once(tx, &scope, StatusCode::CREATED, answers).await
    });
    Ok(reply.await?)
}

/// A code as it may be kept.
fn masked(code: &str) -> String {
    let seen: String = code.chars().take(SEEN).collect();
    format!("{seen}…")
}

/// Voids a coupon that nobody has used. Goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/coupons/{coupon_id}/void",
    tag = "orders",
    security(("token" = [])),
    params(
        ("coupon_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = VoidRequest,
    responses(
        (status = OK, body = VoidedCoupon),
        (status = NOT_FOUND, description = "`coupon_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`coupon_used`, `coupon_voided`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`reason_missing`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn void(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<VoidRequest>,
) -> Answer<Reply> {
    staff.must_be(&ISSUERS)?;
    let coupon_id = named.id("coupon_unknown", "no such coupon of yours")?;
    let reason = text_of(&body.reason, "reason_missing", "say why it is voided")?;
    let reply = again(async || {
        let scope = staff.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = void_coupon(&app, &mut tx, &staff.actor(), coupon_id, reason).await?;
        let voided_at = row.voided_at.map(Timestamp::from_ms);
        let answer = VoidedCoupon { coupon_id, voided_at };
        once.settle(tx, &scope, StatusCode::OK, &answer).await
    });
    Ok(reply.await?)
}

/// The caller's coupons, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/coupons",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Coupons))
)]
async fn list_coupons(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Coupons>> {
    let rows = app.store.read().await?.coupons_of_account(driver.0.0, SHOWN).await?;
    let coupons = rows.iter().map(CouponView::of).collect();
    Ok(Json(Coupons { moment: Moment::of(&app), coupons }))
}

/// Uses a coupon on an order that is not paid yet. It becomes a line of the bill.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/coupons",
    tag = "orders",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = UseRequest,
    responses(
        (status = CREATED, body = CouponView),
        (status = NOT_FOUND, description = "`order_unknown`, `coupon_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_paid`, `coupon_used`, `too_many_coupons`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`coupon_not_valid`, `coupon_not_here`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn put_coupon_on_order(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<UseRequest>,
) -> Answer<Reply> {
    let order_id = order_id(&named)?;
    if body.code.len() > 64 {
        return Err(Refusal::missing("coupon_unknown", "there is no such coupon").into());
    }
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = use_coupon(&app, &mut tx, driver.0, order_id, &body.code).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &CouponView::of(&row)).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}
