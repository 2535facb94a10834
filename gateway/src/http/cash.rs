//! Cash: number ranges, shifts, hand-in and deposits.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use store::{CashRangeRow, CashShiftRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::actor::Actor;
use crate::flow::cash_shift::{NewShift, count_shift, hand_in_shift, open_shift, shift_of};
use crate::flow::deposit_cash::{Deposit, deposit_cash};
use crate::flow::hand_out_receipts::hand_out_receipts;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal, again};

/// Who takes cash in the street, and who takes it over from them.
pub(super) const COLLECTORS: [Role; 1] = [Role::Inspector];
const CASHIERS: [Role; 2] = [Role::Finance, Role::Manager];
const ONLOOKERS: [Role; 3] = [Role::Finance, Role::Manager, Role::Auditor];
const SHIFTS: i64 = 30;
/// What cashiers see: the shifts opened in these days.
const DAYS_MS: i64 = 31 * 86_400_000;
const MOST_SHIFTS: i64 = 5_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(own_ranges, hand_out))
        .routes(routes!(shifts, open))
        .routes(routes!(count))
        .routes(routes!(hand_in))
        .routes(routes!(deposit))
}

#[derive(Clone, Deserialize, ToSchema)]
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
struct ShiftRequest {
    /// Change that a cashier gave along; none if left out.
    #[serde(default)]
    #[schema(example = 5000)]
    float_fen: i64,
    /// Login of that cashier.
    cashier: Option<String>,
    /// Name of the payee; may be left out where the operator has one only.
    payee: Option<String>,
}

/// A shift. `state` is `open`, `counted` or `handed_in`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShiftView {
    shift_id: Uuid,
    collector_id: Uuid,
    #[schema(example = "open")]
    state: String,
    float_fen: i64,
    /// On receipts that were uploaded.
    taken_fen: i64,
    /// To drivers, as refunds.
    paid_out_fen: i64,
    /// What should be in the bag.
    expected_fen: i64,
    /// Null until it is counted.
    counted_fen: Option<i64>,
    /// Above 0: too much; below 0: missing. Null until it is counted.
    over_short_fen: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    counted_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    handed_in_at: Option<Timestamp>,
    cashier_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Shifts {
    #[serde(flatten)]
    moment: Moment,
    /// Newest first.
    shifts: Vec<ShiftView>,
}

#[derive(Clone, Deserialize, ToSchema)]
struct CountRequest {
    /// What is in the bag.
    #[schema(example = 5300)]
    counted_fen: i64,
}

#[derive(Clone, Deserialize, ToSchema)]
struct HandInRequest {
    /// What the cashier counted.
    #[schema(example = 5300)]
    received_fen: i64,
}

#[derive(Clone, Deserialize, ToSchema)]
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

impl ShiftView {
    pub(super) fn of(row: &CashShiftRow) -> anyhow::Result<ShiftView> {
        let shift = shift_of(row)?;
        let fits = |fen: Result<Fen, _>| fen.map(|fen| fen.0).map_err(|_| anyhow::anyhow!("fen"));
        let counted = row.counted_at.is_some();
        Ok(ShiftView {
            shift_id: row.shift_id,
            collector_id: row.collector_id,
            state: row.state.clone(),
            float_fen: row.float_fen,
            taken_fen: row.taken_fen,
            paid_out_fen: row.paid_out_fen,
            expected_fen: fits(shift.expected())?,
            counted_fen: counted.then_some(row.counted_fen),
            over_short_fen: counted.then(|| fits(shift.over_short())).transpose()?,
            opened_at: Timestamp::from_ms(row.opened_at),
            counted_at: row.counted_at.map(Timestamp::from_ms),
            handed_in_at: row.handed_in_at.map(Timestamp::from_ms),
            cashier_id: row.cashier_id,
        })
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
            `range_too_long`, `operator_ambiguous`", body = Problem, content_type = "application/problem+json")
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

/// Shifts, newest first: takings, what should be in the bag, what was counted. Inspectors see their own last
/// 30, finance, managers and auditors those of the operator opened in the last 31 days.
#[utoipa::path(
    get,
    path = "/api/v1/staff/cash/shifts",
    tag = "money",
    security(("token" = [])),
    responses((status = OK, body = Shifts))
)]
async fn shifts(State(app): State<Arc<App>>, staff: Staff) -> Answer<Json<Shifts>> {
    let mut tx = app.store.read().await?;
    let rows = if staff.must_be(&ONLOOKERS).is_ok() {
        let operator = staff.actor().operator.map(|operator| operator.0);
        let now = app.clock.city_now().ms();
        let days = (now - DAYS_MS, now + 1);
        let mut rows = tx.cash_shifts_between(operator, days, MOST_SHIFTS).await?;
        rows.reverse();
        rows
    } else {
        staff.must_be(&COLLECTORS)?;
        tx.cash_shifts_of(staff.id.0, SHIFTS).await?
    };
    let views: anyhow::Result<Vec<ShiftView>> = rows.iter().map(ShiftView::of).collect();
    Ok(Json(Shifts { moment: Moment::of(&app), shifts: views? }))
}

/// Opens the caller's shift. For inspectors.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cash/shifts",
    tag = "money",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ShiftRequest,
    responses(
        (status = CREATED, body = ShiftView),
        (status = NOT_FOUND, description = "`cashier_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`shift_open`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`float_malformed`, `payee_unknown`, `operator_ambiguous`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn open(
    State(app): State<Arc<App>>,
    staff: Staff,
    Command { body, once }: Command<ShiftRequest>,
) -> Answer<Reply> {
    staff.must_be(&COLLECTORS)?;
    command(&app, &once, staff, &Act::Open(body)).await
}

/// The caller counts the bag: the shift ends. What is over or short is booked. For inspectors.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cash/shifts/{shift_id}/count",
    tag = "money",
    security(("token" = [])),
    params(
        ("shift_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = CountRequest,
    responses(
        (status = OK, body = ShiftView),
        (status = NOT_FOUND, description = "`shift_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`shift_already_counted`, `bad_amount`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn count(
    State(app): State<Arc<App>>,
    staff: Staff,
    shift: Named,
    Command { body, once }: Command<CountRequest>,
) -> Answer<Reply> {
    staff.must_be(&COLLECTORS)?;
    let shift_id = shift.id("shift_unknown", "no such shift")?;
    command(&app, &once, staff, &Act::Count(shift_id, Fen(body.counted_fen))).await
}

/// The caller takes a counted bag over, having counted it, too. For finance and managers.
#[utoipa::path(
    post,
    path = "/api/v1/staff/cash/shifts/{shift_id}/hand-in",
    tag = "money",
    security(("token" = [])),
    params(
        ("shift_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = HandInRequest,
    responses(
        (status = OK, body = ShiftView),
        (status = FORBIDDEN, description = "`second_person_needed`, `role_insufficient`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`shift_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`shift_not_counted`, `shift_already_handed_in`, `counts_differ`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn hand_in(
    State(app): State<Arc<App>>,
    staff: Staff,
    shift: Named,
    Command { body, once }: Command<HandInRequest>,
) -> Answer<Reply> {
    staff.must_be(&CASHIERS)?;
    let shift_id = shift.id("shift_unknown", "no such shift")?;
    command(&app, &once, staff, &Act::HandIn(shift_id, Fen(body.received_fen))).await
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
        (status = CONFLICT, description = "`more_than_held`, `slip_reused`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`amount_out_of_range`, `slip_malformed`, `payee_unknown`, \
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

/// What somebody does with cash.
enum Act {
    HandOut(RangeRequest),
    Open(ShiftRequest),
    Count(Uuid, Fen),
    HandIn(Uuid, Fen),
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
        Act::Open(request) => {
            let view = opened(app, &mut tx, &actor, (staff.id, request)).await?;
            once.settle(tx, &scope, StatusCode::CREATED, &view).await
        }
        Act::Count(shift_id, counted) => {
            let row = count_shift(app, &mut tx, &actor, (*shift_id, *counted)).await?;
            once.settle(tx, &scope, StatusCode::OK, &ShiftView::of(&row)?).await
        }
        Act::HandIn(shift_id, received) => {
            let received = (*shift_id, staff.id, *received);
            let row = hand_in_shift(app, &mut tx, &actor, received).await?;
            once.settle(tx, &scope, StatusCode::OK, &ShiftView::of(&row)?).await
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

async fn opened(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (collector, request): (StaffId, &ShiftRequest),
) -> Outcome<ShiftView> {
    let cashier = match &request.cashier {
        Some(login) => Some(named(tx, login, "cashier_unknown").await?),
        None => None,
    };
    let (float, payee) = (Fen(request.float_fen), request.payee.clone());
    let new = NewShift { collector, float, cashier, payee };
    Ok(ShiftView::of(&open_shift(app, tx, actor, &new).await?)?)
}

async fn named(tx: &mut Tx, login: &str, code: &'static str) -> Outcome<StaffId> {
    let staff = tx.staff_by_login(login).await?.filter(|staff| staff.disabled_at.is_none());
    let staff = staff.ok_or_else(|| Refusal::missing(code, "no such member of staff"))?;
    Ok(StaffId(staff.staff_id))
}
