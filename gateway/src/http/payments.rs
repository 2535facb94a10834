//! Paying an order: the attempt, and what the driver's app needs to open WeChat's cashier.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::PaymentRow;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{AccountId, BayCode, Timestamp};

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Turn};
use super::orders::order_id;
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::pay_at_bay::pay_at_bay;
use crate::flow::start_payment::{Attempt, Means, give_way, start_payment};
use crate::flow::{Outcome, Refusal, again};
use crate::outbound::{Door, PayParams};

/// How long the answer waits for the provider, so that `pay` is usually in it.
pub(super) const WAIT: Duration = Duration::from_secs(2);
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(open_payment))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaymentRequest {
    /// `wechat`. Cash is taken by a collector, on a receipt.
    #[schema(example = "wechat")]
    channel: String,
    /// `jsapi` inside WeChat, `native` for a code that another phone scans, `h5` for a browser; `jsapi` if left
    /// out.
    #[schema(example = "jsapi")]
    method: Option<String>,
}

/// An attempt to pay. `state` is `created`, `ready`, `succeeded`, `closed` or `failed`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaymentView {
    payment_id: Uuid,
    order_id: Uuid,
    /// `wechat`, `cash` or `prepaid`.
    channel: String,
    /// `jsapi`, `native`, `h5`, `parking` (by WeChat's pay after parking), `cash` or `balance`. A part of a payment
    /// over several orders has no `pay`: that is asked for with all of it.
    #[schema(example = "jsapi")]
    method: String,
    #[schema(example = "ready")]
    state: String,
    amount_fen: i64,
    /// Real time.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// City time.
    #[schema(value_type = Option<String>, format = DateTime)]
    succeeded_at: Option<Timestamp>,
    /// For `wx.requestPayment`; null unless `ready` and `jsapi`.
    pay: Option<PayParams>,
    /// The text of the code to show; null unless `ready` and `native`.
    #[schema(example = "weixin://wxpay/bizpayurl?pr=8f14e45f")]
    code_url: Option<String>,
    /// The page to go to; null unless `ready` and `h5`.
    h5_url: Option<String>,
}

/// What an idempotency key remembers: which payment, not how far it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Started {
    pub(super) payment_id: Uuid,
}

impl PaymentView {
    /// A payment as its payer may see it.
    ///
    /// # Errors
    /// When the parameters cannot be signed.
    pub(super) fn of(app: &App, row: &PaymentRow) -> anyhow::Result<PaymentView> {
        let ready = row.prepay_id.as_deref().filter(|_| row.state == "ready");
        let by = |method: &str| ready.filter(|_| row.method == method);
        let now = app.clock.machine_now_ms();
        let pay =
            by("jsapi").map(|prepay_id| app.wechat_pay.pay_params(prepay_id, now)).transpose()?;
        Ok(PaymentView {
            payment_id: row.payment_id,
            order_id: row.order_id,
            channel: row.channel.clone(),
            method: row.method.clone(),
            state: row.state.clone(),
            amount_fen: row.amount_fen,
            expires_at: Timestamp::from_ms(row.expires_at),
            succeeded_at: row.succeeded_at.map(Timestamp::from_ms),
            pay,
            code_url: by("native").map(str::to_owned),
            h5_url: by("h5").map(str::to_owned),
        })
    }
}

/// Starts to pay what is left of an order, or goes on with the attempt that is pending.
///
/// While parked, what is paid is a part payment: the order stays open until the vehicle has left. `pay`,
/// `code_url` or `h5_url` may be null for a moment: then look at the order again.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{order_id}/payments",
    tag = "orders",
    security(("token" = [])),
    params(
        ("order_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = PaymentRequest,
    responses(
        (status = CREATED, body = PaymentView),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_not_priced`, `nothing_due`, `order_paid`, `order_free`, `payment_pending`, `idempotency_key_reused`",
            body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`channel_unknown`, `method_unknown`, `method_needs_wechat`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_payment(
    State(app): State<Arc<App>>,
    driver: Driver,
    visitor: Visitor,
    named: Named,
    Command { body, once }: Command<PaymentRequest>,
) -> Answer<(StatusCode, Json<PaymentView>)> {
    let order_id = order_id(&named)?;
    if body.channel != "wechat" {
        return Err(Refusal::refused("channel_unknown", "payments are taken through wechat").into());
    }
    let means = means_of(body.method.as_deref(), &visitor)?;
    let wish = Wish::Order { order_id, payer: driver.0, means };
    let started = store_attempt(&app, &once, &driver.scope(), &wish).await?;
    let payment = wait_until_ready(&app, started.payment_id).await?;
    Ok((StatusCode::CREATED, Json(PaymentView::of(&app, &payment)?)))
}

/// By what a signed-in driver wants to pay.
pub(super) fn means_of(method: Option<&str>, visitor: &Visitor) -> Outcome<Means> {
    match method {
        None | Some("jsapi") => Ok(Means::Jsapi),
        Some("native") => Ok(Means::Native),
        Some("h5") => Ok(Means::H5 { client_ip: visitor.0.to_string() }),
        Some(_) => Err(method_unknown()),
    }
}

pub(super) fn method_unknown() -> Refusal {
    Refusal::refused("method_unknown", "a method is jsapi, native or h5")
}

/// What somebody wants to pay.
#[derive(Debug)]
pub(super) enum Wish {
    /// A driver, the own order.
    Order { order_id: Uuid, payer: AccountId, means: Means },
    /// Anybody, for the vehicle that stands in a bay.
    Bay { code: BayCode, door: Door },
}

/// Stores an attempt under its key. One that is in the way is closed first, which takes a moment.
pub(super) async fn store_attempt(
    app: &App,
    once: &Once,
    scope: &str,
    wish: &Wish,
) -> Outcome<Started> {
    once_the_way_is_free(app, || try_attempt(app, once, scope, wish)).await
}

/// Tries until no attempt is in the way any more; each that is gets closed.
pub(super) async fn once_the_way_is_free<F>(app: &App, attempt: impl Fn() -> F) -> Outcome<Started>
where
    F: Future<Output = Outcome<Result<Started, Uuid>>>,
{
    let until = Instant::now() + WAIT;
    loop {
        match again(&attempt).await? {
            Ok(started) => {
                app.job_bell.notify_one();
                return Ok(started);
            }
            Err(in_the_way) if Instant::now() < until => {
                again(|| give_way(app, in_the_way)).await?;
                sleep(LOOK_EVERY).await;
            }
            Err(_) => {
                let detail = "another attempt is being closed; ask again in a moment";
                return Err(Refusal::conflict("payment_pending", detail));
            }
        }
    }
}

/// The attempt, or the one that is in its way.
async fn try_attempt(
    app: &App,
    once: &Once,
    scope: &str,
    wish: &Wish,
) -> Outcome<Result<Started, Uuid>> {
    let mut tx = match once.begin(app, scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(Ok(serde_json::from_str(&reply.json)?)),
    };
    let attempt = match wish {
        Wish::Order { order_id, payer, means } => {
            start_payment(app, &mut tx, *order_id, *payer, means).await?
        }
        Wish::Bay { code, door } => pay_at_bay(app, &mut tx, code, door).await?,
    };
    match attempt {
        Attempt::Payment(payment) => {
            let started = Started { payment_id: payment.payment_id };
            once.settle(tx, scope, StatusCode::CREATED, &started).await?;
            Ok(Ok(started))
        }
        Attempt::InTheWay(payment_id) => Ok(Err(payment_id)),
    }
}

/// The payment once a job has made it ready at the provider, or as it is when the wait is over.
pub(super) async fn wait_until_ready(app: &App, payment_id: Uuid) -> Outcome<PaymentRow> {
    let until = Instant::now() + WAIT;
    loop {
        let payment =
            app.store.read().await?.payment(payment_id).await?.context("a payment vanished")?;
        if payment.state != "created" || Instant::now() >= until {
            return Ok(payment);
        }
        sleep(LOOK_EVERY).await;
    }
}
