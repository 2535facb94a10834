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
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Once, Turn};
use super::orders::order_id;
use crate::app::App;
use crate::flow::start_payment::start_payment;
use crate::flow::{Outcome, Refusal, again};
use crate::outbound::PayParams;

/// How long the answer waits for the provider, so that `pay` is usually in it.
const WAIT: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(open_payment))
}

#[derive(Clone, Deserialize, ToSchema)]
struct PaymentRequest {
    /// `wechat`.
    #[schema(example = "wechat")]
    channel: String,
}

/// An attempt to pay. `state` is `created`, `ready`, `succeeded`, `closed` or `failed`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaymentView {
    payment_id: Uuid,
    order_id: Uuid,
    channel: String,
    #[schema(example = "ready")]
    state: String,
    amount_fen: i64,
    /// Real time.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// City time.
    #[schema(value_type = Option<String>, format = DateTime)]
    succeeded_at: Option<Timestamp>,
    /// For `wx.requestPayment`; null unless `ready`.
    pay: Option<PayParams>,
}

/// What an idempotency key remembers: which payment, not how far it is.
#[derive(Debug, Serialize, Deserialize)]
struct Started {
    payment_id: Uuid,
}

impl PaymentView {
    /// A payment as its payer may see it.
    ///
    /// # Errors
    /// When the parameters cannot be signed.
    pub(super) fn of(app: &App, row: &PaymentRow) -> anyhow::Result<PaymentView> {
        let prepay_id = row.prepay_id.as_deref().filter(|_| row.state == "ready");
        let now = app.clock.machine_now_ms();
        let pay =
            prepay_id.map(|prepay_id| app.wechat_pay.pay_params(prepay_id, now)).transpose()?;
        Ok(PaymentView {
            payment_id: row.payment_id,
            order_id: row.order_id,
            channel: row.channel.clone(),
            state: row.state.clone(),
            amount_fen: row.amount_fen,
            expires_at: Timestamp::from_ms(row.expires_at),
            succeeded_at: row.succeeded_at.map(Timestamp::from_ms),
            pay,
        })
    }
}

/// Starts to pay what is left of an order, or goes on with the attempt that is pending.
///
/// `pay` may be null for a moment: then look at the order again.
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
        (status = UNPROCESSABLE_ENTITY, description = "`channel_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_payment(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<PaymentRequest>,
) -> Answer<(StatusCode, Json<PaymentView>)> {
    let order_id = order_id(&named)?;
    if body.channel != "wechat" {
        return Err(Refusal::refused("channel_unknown", "payments are taken through wechat").into());
    }
    let started = again(|| store_payment(&app, &once, &driver, order_id)).await?;
    app.job_bell.notify_one();
    let payment = wait_until_ready(&app, started.payment_id).await?;
    Ok((StatusCode::CREATED, Json(PaymentView::of(&app, &payment)?)))
}

async fn store_payment(
    app: &App,
    once: &Once,
    driver: &Driver,
    order_id: Uuid,
) -> Outcome<Started> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(serde_json::from_str(&reply.json)?),
    };
    let payment = start_payment(app, &mut tx, order_id, driver.0).await?;
    let started = Started { payment_id: payment.payment_id };
    once.settle(tx, &scope, StatusCode::CREATED, &started).await?;
    Ok(started)
}

/// The payment once a job has made it ready at the provider, or as it is when the wait is over.
async fn wait_until_ready(app: &App, payment_id: Uuid) -> Outcome<PaymentRow> {
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
