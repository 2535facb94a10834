//! Cash: number ranges and deposits at the bank. Shifts stand in `cash_shifts`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use store::{CashRangeRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::actor::Actor;
use crate::flow::cash_shift::COLLECTORS;
use crate::flow::deposit_cash::{Deposit, deposit_cash};
use crate::flow::hand_out_receipts::hand_out_receipts;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Who takes cash over from those who collect it.
pub(super) const CASHIERS: [Role; 2] = [Role::Finance, Role::Manager];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(own_ranges, hand_out)).routes(routes!(deposit))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RangeRequest {
    /// Login of the collector.
    #[schema(example = "inspector")]
    collector: String,
    /// 1 to 8 capital letters and digits.
    #[schema(example = "BY")]
    series: String,
    #[schema(example = 1)]
    first: u32,
    /// At most 10,000 numbers.
    #[schema(example = 500)]
    last: u32,
}

/// Receipt numbers handed to a collector, both ends included.
#[derive(Debug, Serialize, ToSchema)]
struct RangeView {
    range_id: Uuid,
    collector_id: Uuid,
    series: String,
    first: i64,
    last: i64,
    #[schema(value_type = String, format = DateTime)]
    handed_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct Ranges {
    #[serde(flatten)]
    moment: Moment,
    ranges: Vec<RangeView>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DepositRequest {
    amount_fen: i64,
    /// The number on the bank's slip.
    #[schema(example = "20261130-17")]
    bank_slip: String,
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    deposited_on: NaiveDate,
    payee: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DepositView {
    deposit_id: Uuid,
    amount_fen: i64,
    bank_slip: String,
    deposited_on: String,
}

impl RangeView {
    fn of(row: &CashRangeRow) -> RangeView {
        RangeView {
            range_id: row.range_id,
            collector_id: row.collector_id,
            series: row.series.clone(),
            first: row.first_number,
            last: row.last_number,
            handed_at: Timestamp::from_ms(row.handed_at),
        }
    }
}

/// The number ranges that the caller has. For inspectors.
#[utoipa::path(
    get,
    path = "/api/v1/staff/cash/ranges",
    tag = "money",
    security(("token" = [])),
    responses((status = OK, body = Ranges))
)]
async fn own_ranges(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Ranges>> {
    staff.must_be(&COLLECTORS)?;
    let rows = app.store.read().await?.cash_ranges_of(staff.id.0).await?;
    let ranges = rows.iter().map(RangeView::of).collect();
    Ok(Json(Ranges { moment: Moment::of(&app), ranges }))
}

/// Hands receipt numbers to a collector, in advance. For finance and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cash/ranges",
    tag = "money",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = RangeRequest,
    responses(
        (status = CREATED, body = RangeView),
        (status = NOT_FOUND, description = "`collector_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`range_taken`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`series_malformed`, `receipt_number_malformed`, \
            `range_too_long`, `not_a_collector`, `operator_ambiguous`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn hand_out(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<RangeRequest>,
) -> Answer<Reply> {
    staff.must_be(&CASHIERS)?;
    command(&app, &once, staff, &Act::HandOut(body)).await
}

/// The caller brought cash to the bank. For finance and managers; goes to the audit log.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cash/deposits",
    tag = "money",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = DepositRequest,
    responses(
        (status = CREATED, body = DepositView),
        (status = NOT_FOUND, description = "`payee_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`more_than_held`, `deposited_before_handed_in`, `slip_reused`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`amount_out_of_range`, `slip_malformed`, `deposited_in_future`, \
            `operator_ambiguous`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn deposit(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<DepositRequest>,
) -> Answer<Reply> {
    staff.must_be(&CASHIERS)?;
    let new = Deposit {
        cashier: staff.id,
        amount: Fen(body.amount_fen),
        bank_slip: body.bank_slip,
        deposited_on: body.deposited_on,
        payee: body.payee,
    };
    command(&app, &once, staff, &Act::Deposit(new)).await
}

/// What a cashier does with numbers and cash.
enum Act {
    HandOut(RangeRequest),
    Deposit(Deposit),
}

/// Runs a command once under its key.
async fn command(app: &App, once: &Once, staff: Staff, act: &Act) -> Answer<Reply> {
    Ok(again(|| store_act(app, once, staff, act)).await?)
}

async fn store_act(app: &App, once: &Once, staff: Staff, act: &Act) -> Outcome<Reply> {
    let (scope, actor) = (staff.scope(), staff.actor());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    match act {
        Act::HandOut(request) => {
            let view = handed_out(app, &mut tx, &actor, request).await?;
            once.settle(tx, &scope, StatusCode::CREATED, &view).await
        }
        Act::Deposit(new) => {
            let row = deposit_cash(&mut tx, &actor, new, app.clock.city_now()).await?;
            let view = DepositView {
                deposit_id: row.deposit_id,
                amount_fen: row.amount_fen,
                bank_slip: row.bank_slip,
                deposited_on: row.deposited_on,
            };
            once.settle(tx, &scope, StatusCode::CREATED, &view).await
        }
    }
}

async fn handed_out(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    request: &RangeRequest,
) -> Outcome<RangeView> {
    let collector = named(tx, &request.collector, "collector_unknown").await?;
    let (numbers, now) = ((request.first, request.last), app.clock.city_now());
    let series = request.series.as_str();
    let row = hand_out_receipts(tx, actor, (collector, series), numbers, now).await?;
    Ok(RangeView::of(&row))
}

pub(super) async fn named(tx: &mut Tx, login: &str, code: &'static str) -> Outcome<StaffId> {
    let staff = tx.staff_by_login(login).await?.filter(|staff| staff.disabled_at.is_none());
    let staff = staff.ok_or_else(|| Refusal::missing(code, "no such member of staff"))?;
    Ok(StaffId(staff.staff_id))
}
