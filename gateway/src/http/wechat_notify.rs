//! WeChat Pay reports payments and refunds. Source: pay.weixin.qq.com/doc/v3/merchant/4012525182.
//!
//! The answer says only whether WeChat should report again. **Invariant:** nothing is believed before
//! its signature is.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::whole_body;
use crate::app::App;
use crate::flow::confirm_payment::confirm_payment;
use crate::flow::confirm_refund::confirm_refund;
use crate::flow::{Outcome, Refusal, again};
use crate::outbound::Report;

/// A report has about 1 KiB.
const BODY_LIMIT: usize = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(take_report)).layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// As WeChat wants to read it.
#[derive(Debug, Serialize, ToSchema)]
struct Failed {
    #[schema(example = "FAIL")]
    code: &'static str,
    message: &'static str,
}

/// Takes WeChat Pay's signed report of a payment, a refund, or a parking fee.
#[utoipa::path(
    post,
    path = "/api/v1/payments/wechat/notify",
    tag = "orders",
    request_body(content = String, description = "As WeChat Pay documents it", content_type = "application/json"),
    responses(
        (status = NO_CONTENT, description = "Understood; do not report again"),
        (status = UNAUTHORIZED, description = "The signature or the content is not WeChat's", body = Failed),
        (status = INTERNAL_SERVER_ERROR, description = "Not stored; report again", body = Failed)
    )
)]
async fn take_report(State(app): State<Arc<App>>, request: Request) -> Response {
    let headers = request.headers().clone();
    let body = match whole_body(request, &()).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let report = match app.wechat_pay.read_callback(header, &body, app.clock.machine_now_ms()) {
        Ok(report) => report,
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a payment report was not believed");
            // It may be signed with a certificate that is new: the runner looks for those.
            app.job_bell.notify_one();
            return failed(StatusCode::UNAUTHORIZED, "signature or content is not valid");
        }
    };
    match again(|| take(&app, &report)).await {
        Ok(()) => {
            app.job_bell.notify_one();
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => {
            tracing::error!(
                error = format!("{refusal:?}"),
                "a payment report could not be booked; it will come again"
            );
            failed(StatusCode::INTERNAL_SERVER_ERROR, "not stored, report again")
        }
    }
}

async fn take(app: &App, report: &Report) -> Outcome<()> {
    match report {
        Report::Payment(word) => confirm_payment(app, word).await.map(|_| ()),
        Report::Refund(word) => confirm_refund(app, word).await.map(|_| ()),
        Report::Other => Ok(()),
    }
    .map_err(Refusal::from)
}

fn failed(status: StatusCode, message: &'static str) -> Response {
    (status, Json(Failed { code: "FAIL", message })).into_response()
}
