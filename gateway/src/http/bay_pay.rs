//! The code on the bay: what is due for the vehicle that stands there, and paying it without signing in.
//!
//! Shows bay, minutes and amount, and nothing about whose vehicle it is. How often may be asked is limited
//! for each address, and for each bay.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{BayCode, Timestamp};

use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Turn};
use super::payments::{Started, Wish, method_unknown, store_attempt, wait_until_ready};
use super::visitor::{Visitor, ask};
use crate::app::App;
use crate::flow::pay_at_bay::{payment_at_bay, show_due};
use crate::flow::{Outcome, Refusal};
use crate::outbound::{Door, PayParams};
use crate::rate_limit::Allowance;
use store::PaymentRow;

/// A page asks every two seconds while somebody pays.
const LOOKS: Allowance = Allowance { burst: 30, every_ms: 2_000 };
const PAYMENTS: Allowance = Allowance { burst: 5, every_ms: 10_000 };
/// Of all visitors together, so that nobody keeps a bay's order busy.
const PAYMENTS_OF_BAY: Allowance = Allowance { burst: 10, every_ms: 6_000 };

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(due, pay)).routes(routes!(payment))
}

/// What is due for the vehicle in a bay.
#[derive(Debug, Serialize, ToSchema)]
struct BayDueView {
    #[serde(flatten)]
    moment: Moment,
    #[schema(example = "TS01")]
    bay_code: String,
    /// How long it has been there.
    #[schema(example = 125)]
    minutes: i64,
    /// What would be paid now; null while its plate is not known.
    #[schema(example = 300)]
    amount_fen: Option<i64>,
    /// Where a page inside WeChat sends the phone for `wechat_code`, with `redirect_uri`, `state` and
    /// `#wechat_redirect` added; null if that is not set up.
    wechat_authorize: Option<String>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BayPayRequest {
    /// `jsapi` inside WeChat, `native` for a code to scan, `h5` for another browser.
    #[schema(example = "h5")]
    method: String,
    /// From WeChat's `snsapi_base`, for `jsapi`; works once.
    wechat_code: Option<String>,
    /// The code is the mini-program's, of `wx.login`.
    #[serde(default)]
    mini_program: bool,
}

/// A payment as whoever stands at the bay may see it.
#[derive(Debug, Serialize, ToSchema)]
struct BayPayment {
    payment_id: Uuid,
    /// `created`, `ready`, `succeeded`, `closed` or `failed`.
    #[schema(example = "ready")]
    state: String,
    amount_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// For `wx.requestPayment`; null unless `ready` and asked for as `jsapi`, and given once.
    pay: Option<PayParams>,
    code_url: Option<String>,
    h5_url: Option<String>,
}

/// What is due for the vehicle that stands in a bay.
#[utoipa::path(
    get,
    path = "/api/v1/bays/{bay_code}/pay",
    tag = "orders",
    params(("bay_code" = String, Path)),
    responses(
        (status = OK, body = BayDueView),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`bay_not_occupied`", body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn due(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Named(code): Named,
) -> Answer<Json<BayDueView>> {
    visitor.may_ask(&app, "look", LOOKS)?;
    let code = bay_code(&code)?;
    let due = show_due(&app, &code).await?;
    Ok(Json(BayDueView {
        moment: Moment::of(&app),
        bay_code: code.to_string(),
        minutes: due.minutes,
        amount_fen: due.amount_fen,
        wechat_authorize: app.wechat_login.authorize_address(),
    }))
}

/// Starts to pay for the vehicle that stands in a bay, without signing in.
#[utoipa::path(
    post,
    path = "/api/v1/bays/{bay_code}/pay",
    tag = "orders",
    params(
        ("bay_code" = String, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = BayPayRequest,
    responses(
        (status = CREATED, body = BayPayment),
        (status = UNAUTHORIZED, description = "`wechat_code_refused`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`bay_not_occupied`, `stay_unclaimed`, `nothing_due`, `payment_pending`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`method_unknown`, `wechat_code_missing`", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn pay(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Named(code): Named,
    Command { body, once }: Command<BayPayRequest>,
) -> Answer<(StatusCode, Json<BayPayment>)> {
    visitor.may_ask(&app, "pay", PAYMENTS)?;
    let code = bay_code(&code)?;
    ask(&app, &format!("bay {code}"), PAYMENTS_OF_BAY)?;
    let scope = format!("bay:{code}");
    // A code of WeChat's works once: a repeat must not need it again.
    let started = match known(&app, &once, &scope).await? {
        Some(started) => started,
        None => {
            let door = door(&app, visitor, &body).await?;
            store_attempt(&app, &once, &scope, &Wish::Bay { code, door }).await?
        }
    };
    let payment = wait_until_ready(&app, started.payment_id).await?;
    Ok((StatusCode::CREATED, Json(BayPayment::of(&app, &payment)?)))
}

/// How far a payment is that was started at this bay.
#[utoipa::path(
    get,
    path = "/api/v1/bays/{bay_code}/pay/{payment_id}",
    tag = "orders",
    params(("bay_code" = String, Path), ("payment_id" = Uuid, Path)),
    responses(
        (status = OK, body = BayPayment),
        (status = NOT_FOUND, description = "`bay_unknown`, `payment_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn payment(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path((code, payment_id)): Path<(String, String)>,
) -> Answer<Json<BayPayment>> {
    visitor.may_ask(&app, "look", LOOKS)?;
    let unknown = || Refusal::missing("payment_unknown", "no such payment at this bay");
    let payment_id = Uuid::parse_str(&payment_id).map_err(|_| unknown())?;
    let payment = payment_at_bay(&app, &bay_code(&code)?, payment_id).await?;
    Ok(Json(BayPayment::of(&app, &payment)?))
}

/// What a repeat of a request got.
async fn known(app: &App, once: &Once, scope: &str) -> Outcome<Option<Started>> {
    Ok(match once.begin(app, scope).await? {
        Turn::Repeat(reply) => Some(serde_json::from_str(&reply.json)?),
        Turn::First(_) => None,
    })
}

async fn door(app: &App, visitor: Visitor, body: &BayPayRequest) -> Outcome<Door> {
    match body.method.as_str() {
        "native" => Ok(Door::Native),
        "h5" => Ok(Door::H5 { client_ip: visitor.0.to_string() }),
        "jsapi" => {
            let code = body.wechat_code.as_deref().filter(|code| (1..=256).contains(&code.len()));
            let code = code.ok_or_else(|| {
                Refusal::refused(
                    "wechat_code_missing",
                    "jsapi needs the code of WeChat's snsapi_base",
                )
            })?;
            // As at the sign-in: who pays waits for the answer, and nothing is stored before it.
            let login = &app.wechat_login;
            let openid = match body.mini_program {
                true => login.openid(code).await?,
                false => login.web_openid(code).await?,
            };
            Ok(Door::Jsapi { openid })
        }
        _ => Err(method_unknown()),
    }
}

fn bay_code(text: &str) -> Outcome<BayCode> {
    BayCode::parse(text).map_err(|_| Refusal::missing("bay_unknown", "no bay has this code"))
}

impl BayPayment {
    fn of(app: &App, row: &PaymentRow) -> anyhow::Result<BayPayment> {
        let ready = row.prepay_id.as_deref().filter(|_| row.state == "ready");
        let by = |method: &str| ready.filter(|_| row.method == method);
        let now = app.clock.machine_now_ms();
        let pay =
            by("jsapi").map(|prepay_id| app.wechat_pay.pay_params(prepay_id, now)).transpose()?;
        Ok(BayPayment {
            payment_id: row.payment_id,
            state: row.state.clone(),
            amount_fen: row.amount_fen,
            expires_at: Timestamp::from_ms(row.expires_at),
            pay,
            code_url: by("native").map(str::to_owned),
            h5_url: by("h5").map(str::to_owned),
        })
    }
}
