//! Paying several orders at once: one payment at the channel, of which each order takes its part.

use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{JointRow, PaymentRow};
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Turn};
use super::payments::{LOOK_EVERY, Started, WAIT, means_of, once_the_way_is_free};
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::joint_payment::{JointAttempt, start_joint};
use crate::flow::start_payment::Means;
use crate::flow::{Outcome, Refusal};
use crate::outbound::PayParams;

/// Most orders paid with one payment.
const ORDERS_LIMIT: usize = 20;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(pay_arrears)).routes(routes!(one_joint_payment))
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct JointRequest {
    /// 1 to 20 orders of the caller's, all of one payee.
    order_ids: Vec<Uuid>,
    #[schema(example = "wechat")]
    channel: String,
    /// `jsapi`, `native` or `h5`, as for one order; `jsapi` if left out.
    #[schema(example = "jsapi")]
    method: Option<String>,
}

/// One payment over several orders. `state` is that of any payment; all parts are in it.
#[derive(Debug, Serialize, ToSchema)]
struct JointView {
    payment_id: Uuid,
    #[schema(example = "ready")]
    state: String,
    /// The sum of the parts.
    amount_fen: i64,
    parts: Vec<PartView>,
    /// Real time.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// City time.
    #[schema(value_type = Option<String>, format = DateTime)]
    succeeded_at: Option<Timestamp>,
    /// For `wx.requestPayment`; null unless `ready` and `jsapi`.
    pay: Option<PayParams>,
    /// The text of the code to show; null unless `ready` and `native`.
    code_url: Option<String>,
    /// The page to go to; null unless `ready` and `h5`.
    h5_url: Option<String>,
}

/// What an order takes of it; refunded, invoiced and booked by itself.
#[derive(Debug, Serialize, ToSchema)]
struct PartView {
    order_id: Uuid,
    /// The payment as the order shows it.
    payment_id: Uuid,
    amount_fen: i64,
}

impl JointView {
    fn of(app: &App, whole: &JointRow, parts: &[PaymentRow]) -> anyhow::Result<JointView> {
        let ready = whole.prepay_id.as_deref().filter(|_| whole.state == "ready");
        let by = |method: &str| ready.filter(|_| whole.method == method);
        let now = app.clock.machine_now_ms();
        let pay = by("jsapi").map(|prepay| app.wechat_pay.pay_params(prepay, now)).transpose()?;
        let part = |part: &PaymentRow| PartView {
            order_id: part.order_id,
            payment_id: part.payment_id,
            amount_fen: part.amount_fen,
        };
        Ok(JointView {
            payment_id: whole.joint_id,
            state: whole.state.clone(),
            amount_fen: whole.amount_fen,
            parts: parts.iter().map(part).collect(),
            expires_at: Timestamp::from_ms(whole.expires_at),
            succeeded_at: whole.succeeded_at.map(Timestamp::from_ms),
            pay,
            code_url: by("native").map(str::to_owned),
            h5_url: by("h5").map(str::to_owned),
        })
    }
}

/// Starts one payment over what is left to pay of several orders, or goes on with the one that is pending over
/// the same. An attempt at one of them that is in the way is closed first.
#[utoipa::path(
    post,
    path = "/api/v1/arrears/payments",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = JointRequest,
    responses(
        (status = CREATED, body = JointView),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_paid`, `order_free`, `order_not_priced`, `payment_pending`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`channel_unknown`, `method_unknown`, `method_needs_wechat`, `too_many_orders`, \
            `payees_differ`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn pay_arrears(
    State(app): State<Arc<App>>,
    driver: Driver,
    visitor: Visitor,
    Command { body, once }: Command<JointRequest>,
) -> Answer<(StatusCode, Json<JointView>)> {
    let mut orders = body.order_ids.clone();
    orders.sort_unstable();
    orders.dedup();
    if orders.is_empty() || orders.len() > ORDERS_LIMIT {
        return Err(Refusal::refused("too_many_orders", "1 to 20 orders at once").into());
    }
    if body.channel != "wechat" {
        return Err(Refusal::refused("channel_unknown", "the channel is wechat").into());
    }
    let means = means_of(body.method.as_deref(), &visitor)?;
    let wish = (orders.as_slice(), &means);
    let started = once_the_way_is_free(&app, || try_joint(&app, &once, driver, wish)).await?;
    let view = wait_until_ready(&app, started.payment_id).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The attempt, or the one that is in its way.
async fn try_joint(
    app: &App,
    once: &Once,
    driver: Driver,
    (orders, means): (&[Uuid], &Means),
) -> Outcome<Result<Started, Uuid>> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(Ok(serde_json::from_str(&reply.json)?)),
    };
    match start_joint(app, &mut tx, orders, driver.0, means).await? {
        JointAttempt::Joint(whole) => {
            let started = Started { payment_id: whole.joint_id };
            once.settle(tx, &scope, StatusCode::CREATED, &started).await?;
            Ok(Ok(started))
        }
        JointAttempt::InTheWay(payment_id) => Ok(Err(payment_id)),
    }
}

/// The payment once it is ready at the provider, or as it is when the wait is over.
async fn wait_until_ready(app: &App, joint_id: Uuid) -> Outcome<JointView> {
    let until = Instant::now() + WAIT;
    loop {
        let mut tx = app.store.read().await?;
        let whole = tx.joint(joint_id).await?.context("a payment vanished")?;
        let parts = tx.parts_of(joint_id).await?;
        drop(tx);
        if whole.state != "created" || Instant::now() >= until {
            return Ok(JointView::of(app, &whole, &parts)?);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// A payment over several orders of the caller's.
#[utoipa::path(
    get,
    path = "/api/v1/arrears/payments/{payment_id}",
    tag = "orders",
    security(("token" = [])),
    params(("payment_id" = Uuid, Path)),
    responses(
        (status = OK, body = JointView),
        (status = NOT_FOUND, description = "`payment_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn one_joint_payment(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
) -> Answer<Json<JointView>> {
    let unknown = || Refusal::missing("payment_unknown", "no such payment of yours");
    let id = named.id("payment_unknown", "no such payment of yours")?;
    let mut tx = app.store.read().await?;
    let whole = tx.joint(id).await?.filter(|joint| joint.account_id == Some(driver.0.0));
    let whole = whole.ok_or_else(unknown)?;
    let parts = tx.parts_of(id).await?;
    Ok(Json(JointView::of(&app, &whole, &parts)?))
}
