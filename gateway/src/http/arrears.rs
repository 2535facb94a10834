//! What a driver owes: the list, and paying several debts at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{OwedRow, Tx};
use tokio::time::sleep;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::start_payment::{Attempt, Means, give_way, start_payment};
use crate::flow::{Outcome, Refusal, again};

/// Debts shown.
const SHOWN: i64 = 200;

/// Most orders paid with one command.
const ORDERS_LIMIT: usize = 20;

/// How long an attempt that is in the way may take to be closed, and how often it is looked at.
const WAIT: Duration = Duration::from_secs(5);

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_arrears)).routes(routes!(pay_arrears))
}

/// What is owed for one visit.
#[derive(Debug, Serialize, ToSchema)]
struct Owed {
    order_id: Uuid,
    plate: String,
    owed_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    owing_since: Timestamp,
    /// `running`, `paused` while an appeal is looked at, `listed` or `lapsed`.
    state: String,
    /// Notices that were delivered.
    notices: i64,
}

/// Debts of the caller, oldest first. Nothing is added to what a bill says.
#[derive(Debug, Serialize, ToSchema)]
struct Arrears {
    #[serde(flatten)]
    moment: Moment,
    count: usize,
    sum_fen: i64,
    arrears: Vec<Owed>,
    /// Where to pay and to appeal.
    pay_at: String,
}

/// What else a driver owes when they claim a bay; shown, never a reason to refuse the bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PriorDebts {
    pub(super) count: usize,
    pub(super) sum_fen: i64,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
struct PayRequest {
    /// 1 to 20 orders of the caller's.
    order_ids: Vec<Uuid>,
    #[schema(example = "wechat")]
    channel: String,
}

/// One payment for each order: each is confirmed, refunded and booked by itself.
#[derive(Debug, Serialize, ToSchema)]
struct Started {
    payments: Vec<StartedPayment>,
    sum_fen: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct StartedPayment {
    order_id: Uuid,
    payment_id: Uuid,
    amount_fen: i64,
    state: String,
}

impl Owed {
    fn of(row: &OwedRow) -> Owed {
        Owed {
            order_id: row.order_id,
            plate: row.plate.clone(),
            owed_fen: row.owed_fen,
            arrived_at: Timestamp::from_ms(row.opened_at),
            left_at: row.ended_at.map(Timestamp::from_ms),
            owing_since: Timestamp::from_ms(row.since_at),
            state: row.state.clone(),
            notices: row.steps_taken,
        }
    }
}

/// What an account owes, in short; none if nothing.
pub(super) async fn prior_debts(
    tx: &mut Tx,
    account_id: Uuid,
) -> store::Result<Option<PriorDebts>> {
    let owed = tx.owed_by_account(account_id, SHOWN).await?;
    let sum_fen = owed.iter().map(|row| row.owed_fen).sum();
    Ok((!owed.is_empty()).then_some(PriorDebts { count: owed.len(), sum_fen }))
}

/// What the caller owes.
#[utoipa::path(
    get,
    path = "/api/v1/arrears",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Arrears))
)]
async fn list_arrears(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Arrears>> {
    let rows = app.store.read().await?.owed_by_account(driver.0.0, SHOWN).await?;
    Ok(Json(Arrears {
        moment: Moment::of(&app),
        count: rows.len(),
        sum_fen: rows.iter().map(|row| row.owed_fen).sum(),
        arrears: rows.iter().map(Owed::of).collect(),
        pay_at: app.config.after.pay_at.clone(),
    }))
}

/// Starts to pay several orders under one key: all of them, or none.
#[utoipa::path(
    post,
    path = "/api/v1/arrears/payments",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = PayRequest,
    responses(
        (status = CREATED, body = Started),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_paid`, `order_free`, `order_not_due`, `payment_pending`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`channel_unknown`, `too_many_orders`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn pay_arrears(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<PayRequest>,
) -> Answer<Reply> {
    let mut orders = body.order_ids.clone();
    orders.sort_unstable();
    orders.dedup();
    if orders.is_empty() || orders.len() > ORDERS_LIMIT {
        return Err(Refusal::refused("too_many_orders", "1 to 20 orders at once").into());
    }
    if body.channel != "wechat" {
        return Err(Refusal::refused("channel_unknown", "the channel is wechat").into());
    }
    let until = Instant::now() + WAIT;
    loop {
        match again(|| store_payments(&app, &once, driver, &orders)).await? {
            Ok(reply) => {
                app.job_bell.notify_one();
                return Ok(reply);
            }
            // An attempt over another amount is closed first, which takes a moment.
            Err(in_the_way) if Instant::now() < until => {
                again(|| give_way(&app, in_the_way)).await?;
                sleep(LOOK_EVERY).await;
            }
            Err(_) => {
                let detail = "another attempt is being closed; ask again in a moment";
                return Err(Refusal::conflict("payment_pending", detail).into());
            }
        }
    }
}

/// All payments, or the attempt that is in the way of one of them.
async fn store_payments(
    app: &App,
    once: &Once,
    driver: Driver,
    orders: &[Uuid],
) -> Outcome<Result<Reply, Uuid>> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(Ok(reply)),
    };
    let mut payments = Vec::with_capacity(orders.len());
    // In the order of their ids, as everybody locks them.
    for order_id in orders {
        let attempt = start_payment(app, &mut tx, *order_id, driver.0, &Means::Jsapi).await?;
        let row = match attempt {
            Attempt::Payment(row) => row,
            Attempt::InTheWay(payment_id) => return Ok(Err(payment_id)),
        };
        payments.push(StartedPayment {
            order_id: *order_id,
            payment_id: row.payment_id,
            amount_fen: row.amount_fen,
            state: row.state,
        });
    }
    let sum_fen = payments.iter().map(|payment| payment.amount_fen).sum();
    once.settle(tx, &scope, StatusCode::CREATED, &Started { payments, sum_fen }).await.map(Ok)
}
