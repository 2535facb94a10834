//! A collector's shift: opened, counted, handed in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{CashShiftRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::auth::Staff;
use super::cash::{CASHIERS, named};
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::actor::Actor;
use crate::flow::cash_shift::{
    COLLECTORS, NewShift, count_shift, hand_in_shift, open_shift, shift_of,
};
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, again};

const ONLOOKERS: [Role; 3] = [Role::Finance, Role::Manager, Role::Auditor];
const SHIFTS: i64 = 30;
/// What cashiers see: the shifts opened in these days.
const DAYS_MS: i64 = 31 * 86_400_000;
const MOST_SHIFTS: i64 = 5_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(shifts, open))
        .routes(routes!(count))
        .routes(routes!(hand_in))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
struct CountRequest {
    /// What is in the bag.
    #[schema(example = 5300)]
    counted_fen: i64,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandInRequest {
    /// What the cashier counted.
    #[schema(example = 5300)]
    received_fen: i64,
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
        (status = NOT_FOUND, description = "`cashier_unknown`, `payee_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`shift_open`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`float_malformed`, `operator_ambiguous`",
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
        (status = CONFLICT, description = "`shift_already_counted`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`bad_amount`", body = Problem,
            content_type = "application/problem+json")
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

/// What becomes of a shift.
enum Act {
    Open(ShiftRequest),
    Count(Uuid, Fen),
    HandIn(Uuid, Fen),
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
    }
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
