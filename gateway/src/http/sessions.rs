//! Signing in: drivers by WeChat code (by phone: `phone_sessions`), staff by password.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::error::{Answer, Problem};
use super::extract::Body;
use crate::app::App;
use crate::flow::sign_in::{Session, sign_in_driver, sign_in_staff};
use crate::flow::{Outcome, Refusal};

/// Longest code, login or password, in bytes; hashing an endless password would be a gift to attackers.
const TEXT_LIMIT: usize = 256;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(open_driver_session)).routes(routes!(open_staff_session))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WechatCode {
    /// From `wx.login`; works once.
    wechat_code: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    login: String,
    password: String,
}

/// A driver's session. `expires_at` is real time.
#[derive(Serialize, ToSchema)]
pub(super) struct DriverSession {
    token: String,
    account_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A session of a member of staff. `expires_at` is real time.
#[derive(Serialize, ToSchema)]
struct StaffSession {
    token: String,
    staff_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl DriverSession {
    pub(super) fn of(session: Session) -> DriverSession {
        DriverSession {
            token: session.token,
            account_id: session.subject_id,
            expires_at: Timestamp::from_ms(session.expires_at_ms),
        }
    }
}

/// Signs a driver in.
#[utoipa::path(
    post,
    path = "/api/v1/sessions",
    tag = "people",
    request_body = WechatCode,
    responses(
        (status = CREATED, body = DriverSession),
        (status = UNAUTHORIZED, description = "`wechat_code_refused`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_driver_session(
    State(app): State<Arc<App>>,
    Body(code): Body<WechatCode>,
) -> Answer<(StatusCode, Json<DriverSession>)> {
    fits(&[&code.wechat_code])?;
    let session = sign_in_driver(&app, &code.wechat_code).await?;
    Ok((StatusCode::CREATED, Json(DriverSession::of(session))))
}

/// Signs a member of staff in.
#[utoipa::path(
    post,
    path = "/api/v1/staff/sessions",
    tag = "people",
    request_body = Credentials,
    responses(
        (status = CREATED, body = StaffSession),
        (status = UNAUTHORIZED, description = "`credentials_wrong`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn open_staff_session(
    State(app): State<Arc<App>>,
    Body(credentials): Body<Credentials>,
) -> Answer<(StatusCode, Json<StaffSession>)> {
    fits(&[&credentials.login, &credentials.password])?;
    let session = sign_in_staff(&app, &credentials.login, &credentials.password).await?;
    let expires_at = Timestamp::from_ms(session.expires_at_ms);
    Ok((
        StatusCode::CREATED,
        Json(StaffSession { token: session.token, staff_id: session.subject_id, expires_at }),
    ))
}

pub(super) fn fits(texts: &[&str]) -> Outcome<()> {
    if texts.iter().all(|text| (1..=TEXT_LIMIT).contains(&text.len())) {
        return Ok(());
    }
    Err(Refusal::malformed(
        "field_length",
        format!("a field is empty or longer than {TEXT_LIMIT} bytes"),
    ))
}
