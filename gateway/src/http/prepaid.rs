//! Prepaid balances: what stands on them, topping up, paying an order from one, taking the rest back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Fen;

use super::appeals::Nothing;
use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named, malformed_query};
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::orders::{OrderSummary, order_id};
use super::payments::{PaymentView, means_of, wait_until_ready};
use super::prepaid_view::{
    BackView, BalanceView, Balances, MoveView, PrepaidHistory, TakenBack, TopUpView,
};
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::give_balance_back::{GivenBack, give_balance_back};
use crate::flow::pay_by_balance::{Short, pay_by_balance};
use crate::flow::prepaid::prepaid_of;
use crate::flow::start_payment::{Attempt, Means, attempt, door_for};
use crate::flow::top_up::open_top_up;
use crate::flow::{Outcome, Refusal, again};

/// Moves in one answer.
const MOVES: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_balances))
        .routes(routes!(history))
        .routes(routes!(top_up))
        .routes(routes!(take_balance_back))
        .routes(routes!(pay_from_balance))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// `next` of the page before.
    before: Option<i64>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TopUpRequest {
    #[schema(example = 5000)]
    amount_fen: i64,
    /// `jsapi` inside WeChat, `native` for a code that another phone scans, `h5` for a browser; `jsapi` if left
    /// out.
    #[schema(example = "jsapi")]
    method: Option<String>,
}

/// What an idempotency key remembers of it.
#[derive(Debug, Serialize, Deserialize)]
struct Opened {
    order_id: Uuid,
    payment_id: Uuid,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BalancePayRequest {
    /// Pay a part if the balance does not suffice; false if left out.
    #[serde(default)]
    part: bool,
}

/// The caller's prepaid balances, and the payees that offer one.
#[utoipa::path(
    get,
    path = "/api/v1/prepaid",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Balances))
)]
async fn list_balances(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Balances>> {
    let mut tx = app.store.read().await?;
    let balances = prepaid_of(&app, &mut tx, driver.0).await?;
    let balances = balances.into_iter().map(BalanceView::of).collect();
    Ok(Json(Balances { moment: Moment::of(&app), balances }))
}

/// Every change of the caller's balance at a payee.
#[utoipa::path(
    get,
    path = "/api/v1/prepaid/{payee_id}/moves",
    tag = "orders",
    security(("token" = [])),
    params(("payee_id" = Uuid, Path), Page),
    responses(
        (status = OK, body = PrepaidHistory),
        (status = NOT_FOUND, description = "`balance_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn history(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Asked(page): Asked<Page>,
) -> Answer<Json<PrepaidHistory>> {
    let payee_id = payee_id(&named)?;
    let before = page.before.unwrap_or(i64::MAX);
    if before < 1 {
        return Err(malformed_query(&"before is `next` of the page before").into());
    }
    let mut tx = app.store.read().await?;
    let balance = tx.balances_of(driver.0.0).await?.into_iter().find(|b| b.payee_id == payee_id);
    let balance = balance.ok_or_else(balance_unknown)?;
    let moves = tx.prepaid_moves(balance.balance_id, before, MOVES).await?;
    let next = moves.last().map(|last| last.line).filter(|line| *line > 1);
    let moves = moves.iter().map(MoveView::of).collect();
    Ok(Json(PrepaidHistory { moment: Moment::of(&app), moves, next }))
}

/// Starts to top up the balance at a payee. Nobody owes a top-up: one that is not paid within two hours lapses,
/// and what is paid after that goes back by itself.
#[utoipa::path(
    post,
    path = "/api/v1/prepaid/{payee_id}/top-ups",
    tag = "orders",
    security(("token" = [])),
    params(
        ("payee_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = TopUpRequest,
    responses(
        (status = CREATED, body = TopUpView),
        (status = NOT_FOUND, description = "`prepaid_not_offered`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`top_up_out_of_bounds`, `balance_too_large`, `method_unknown`, `method_needs_wechat`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn top_up(
    State(app): State<Arc<App>>,
    driver: Driver,
    visitor: Visitor,
    named: Named,
    Command { body, once }: Command<TopUpRequest>,
) -> Answer<(StatusCode, Json<TopUpView>)> {
    let payee_id = named.id("prepaid_not_offered", "there is no prepaid balance at this payee")?;
    let means = means_of(body.method.as_deref(), &visitor)?;
    let wish = (payee_id, Fen(body.amount_fen));
    let opened = again(|| store_top_up(&app, &once, driver, wish, &means)).await?;
    app.job_bell.notify_one();
    let payment = wait_until_ready(&app, opened.payment_id).await?;
    let view = TopUpView { order_id: opened.order_id, payment: PaymentView::of(&app, &payment)? };
    Ok((StatusCode::CREATED, Json(view)))
}

async fn store_top_up(
    app: &App,
    once: &Once,
    driver: Driver,
    wish: (Uuid, Fen),
    means: &Means,
) -> Outcome<Opened> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(serde_json::from_str(&reply.json)?),
    };
    let order = open_top_up(app, &mut tx, driver.0, wish).await?;
    let door = door_for(&mut tx, driver.0, means).await?;
    let Attempt::Payment(payment) = attempt(app, &mut tx, &order, &door).await? else {
        return Err(anyhow::anyhow!("a fresh order has an attempt").into());
    };
    let opened = Opened { order_id: order.order_id, payment_id: payment.payment_id };
    once.settle(tx, &scope, StatusCode::CREATED, &opened).await?;
    Ok(opened)
}

/// Takes everything back that stands on the balance at a payee: it goes back as it came, newest top-up first.
#[utoipa::path(
    post,
    path = "/api/v1/prepaid/{payee_id}/refund",
    tag = "orders",
    security(("token" = [])),
    params(
        ("payee_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = TakenBack),
        (status = NOT_FOUND, description = "`balance_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`nothing_to_refund`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn take_balance_back(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    let payee_id = payee_id(&named)?;
    let reply = again(|| store_take_back(&app, &once, driver, payee_id)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_take_back(app: &App, once: &Once, driver: Driver, payee_id: Uuid) -> Outcome<Reply> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let GivenBack { amount, refunds } = give_balance_back(app, &mut tx, driver.0, payee_id).await?;
    let refunds = refunds.iter().map(BackView::of).collect();
    let answer = TakenBack { amount_fen: amount.0, refunds };
    once.settle(tx, &scope, StatusCode::OK, &answer).await
}

/// Pays what is left to pay of an order from the balance at its payee, at once. While parked that is a part
/// payment.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/balance-payments",
    tag = "orders",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = BalancePayRequest,
    responses(
        (status = CREATED, body = OrderSummary),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`balance_insufficient`, `order_not_priced`, `nothing_due`, `order_paid`, \
            `order_free`, `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`top_up_by_balance`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn pay_from_balance(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<BalancePayRequest>,
) -> Answer<Reply> {
    let short = if body.part { Short::PayPart } else { Short::Refuse };
    let wish = (order_id(&named)?, short);
    let reply = again(|| store_payment(&app, &once, driver, wish)).await?;
    app.job_bell.notify_one();
    Ok(reply)
}

async fn store_payment(
    app: &App,
    once: &Once,
    driver: Driver,
    wish: (Uuid, Short),
) -> Outcome<Reply> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let order = pay_by_balance(app, &mut tx, driver.0, wish).await?;
    once.settle(tx, &scope, StatusCode::CREATED, &OrderSummary::of(&order)?).await
}

fn payee_id(named: &Named) -> Outcome<Uuid> {
    named.id("balance_unknown", "you have no prepaid balance at this payee")
}

fn balance_unknown() -> Refusal {
    Refusal::missing("balance_unknown", "you have no prepaid balance at this payee")
}
