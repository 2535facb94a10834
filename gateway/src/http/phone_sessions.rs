//! Signing in by a code sent to a phone: for drivers in a browser.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::error::{Answer, Problem};
use super::extract::Body;
use super::sessions::{DriverSession, fits};
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::phone_sign_in::{send_code, sign_in_by_phone};
use crate::rate_limit::Allowance;

/// Messages cost money: an address asks for few. A household or an office shares one.
const CODES: Allowance = Allowance { burst: 10, every_ms: 60_000 };
const SIGN_INS: Allowance = Allowance { burst: 20, every_ms: 10_000 };

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(ask_phone_code)).routes(routes!(open_phone_session))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneCodeRequest {
    /// A mainland number.
    #[schema(example = "13812345678")]
    phone: String,
}

/// A code is on its way. Both times are real time.
#[derive(Serialize, ToSchema)]
struct PhoneCodeSent {
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When this number gets another one.
    #[schema(value_type = String, format = DateTime)]
    again_at: Timestamp,
    /// The code itself, in a sandbox only: no message is sent there.
    sandbox_code: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneCode {
    #[schema(example = "13812345678")]
    phone: String,
    /// Six digits; works once.
    #[schema(example = "042137")]
    code: String,
}

/// Sends a code to a phone, to sign in with.
#[utoipa::path(
    post,
    path = "/api/v1/phone-codes",
    tag = "people",
    request_body = PhoneCodeRequest,
    responses(
        (status = ACCEPTED, body = PhoneCodeSent),
        (status = UNPROCESSABLE_ENTITY, description = "`phone_malformed`, `phone_codes_unavailable`", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`phone_code_too_often`, `too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn ask_phone_code(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(request): Body<PhoneCodeRequest>,
) -> Answer<(StatusCode, Json<PhoneCodeSent>)> {
    fits(&[&request.phone])?;
    visitor.may_ask(&app, "phone code", CODES)?;
    let sent = send_code(&app, &request.phone).await?;
    Ok((
        StatusCode::ACCEPTED,
        Json(PhoneCodeSent {
            expires_at: Timestamp::from_ms(sent.expires_at_ms),
            again_at: Timestamp::from_ms(sent.again_at_ms),
            sandbox_code: sent.sandbox_code,
        }),
    ))
}

/// Signs a driver in by the code that their phone got.
#[utoipa::path(
    post,
    path = "/api/v1/phone-sessions",
    tag = "people",
    request_body = PhoneCode,
    responses(
        (status = CREATED, body = DriverSession),
        (status = UNAUTHORIZED, description = "`phone_code_wrong`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`phone_malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_phone_session(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Body(code): Body<PhoneCode>,
) -> Answer<(StatusCode, Json<DriverSession>)> {
    fits(&[&code.phone, &code.code])?;
    visitor.may_ask(&app, "phone session", SIGN_INS)?;
    let session = sign_in_by_phone(&app, &code.phone, &code.code).await?;
    Ok((StatusCode::CREATED, Json(DriverSession::of(session))))
}
