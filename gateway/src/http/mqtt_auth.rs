//! For a broker that asks over HTTP who may sign in and what they may do: EMQX 5.
//!
//! Requests and answers are as EMQX documents them (docs.emqx.com, Access Control: "Use HTTP Service"
//! for authentication and for authorization): status 200 and a `result` of `allow`, `deny` or `ignore`
//! in a JSON body. An account that is not ours is ignored, so that others of the chain may know it;
//! any other status EMQX takes as `ignore`, too, so its own last word must be a refusal
//! (`deploy/emqx.conf`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{Problem, Refused};
use super::extract::Body;
use crate::accounts::{Action, SignIn};
use crate::app::App;
use crate::flow::Refusal;

/// Where the broker sends the secret of `mqtt.auth_secret_file`.
const HEADER: &str = "x-bowei-secret";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(may))
}

/// Proof that the broker asks.
struct Broker;

/// Who wants in. Fields that are not named here are ignored.
#[derive(Deserialize, ToSchema)]
struct SignInQuestion {
    username: Option<String>,
    password: Option<String>,
    clientid: Option<String>,
}

/// Who wants to do what.
#[derive(Debug, Deserialize, ToSchema)]
struct RightsQuestion {
    username: Option<String>,
    topic: String,
    #[schema(value_type = String, example = "publish")]
    action: Asked,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Publish,
    Subscribe,
}

/// `allow`, `deny` or `ignore`.
#[derive(Debug, Serialize, ToSchema)]
struct SignInAnswer {
    #[schema(example = "allow")]
    result: &'static str,
    /// Never: a superuser would have every right.
    is_superuser: bool,
}

/// `allow`, `deny` or `ignore`.
#[derive(Debug, Serialize, ToSchema)]
struct RightsAnswer {
    #[schema(example = "allow")]
    result: &'static str,
}

/// Whether somebody may sign in to the broker. Needs the header `X-Bowei-Secret`.
#[utoipa::path(
    post,
    path = "/api/v1/mqtt/auth",
    tag = "broker",
    params(("X-Bowei-Secret" = String, Header, description = "What stands in the file `mqtt.auth_secret_file`")),
    request_body = SignInQuestion,
    responses(
        (status = OK, body = SignInAnswer),
        (status = UNAUTHORIZED, description = "`secret_wrong`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn sign_in(
    State(app): State<Arc<App>>,
    _: Broker,
    Body(question): Body<SignInQuestion>,
) -> Json<SignInAnswer> {
    let (username, password) = (question.username.unwrap_or_default(), question.password);
    let signed_in = app.accounts.sign_in(&username, password.unwrap_or_default().as_bytes());
    // Whoever took over a gateway's session would take over what it subscribed to.
    let poses = question.clientid.as_deref() == Some(app.config.mqtt.client_id.as_str())
        && !app.accounts.is_gateway(&username);
    let result = match signed_in {
        SignIn::Fits if poses => "deny",
        SignIn::Fits => "allow",
        SignIn::WrongPassword => "deny",
        SignIn::Unknown => "ignore",
    };
    Json(SignInAnswer { result, is_superuser: false })
}

/// Whether an account may publish to a topic or subscribe to a filter. Needs the header `X-Bowei-Secret`.
#[utoipa::path(
    post,
    path = "/api/v1/mqtt/acl",
    tag = "broker",
    params(("X-Bowei-Secret" = String, Header, description = "What stands in the file `mqtt.auth_secret_file`")),
    request_body = RightsQuestion,
    responses(
        (status = OK, body = RightsAnswer),
        (status = UNAUTHORIZED, description = "`secret_wrong`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn may(
    State(app): State<Arc<App>>,
    _: Broker,
    Body(question): Body<RightsQuestion>,
) -> Json<RightsAnswer> {
    let action = match question.action {
        Asked::Publish => Action::Publish,
        Asked::Subscribe => Action::Subscribe,
    };
    let username = question.username.unwrap_or_default();
    let result = match app.accounts.may(&username, action, &question.topic) {
        Some(true) => "allow",
        Some(false) => "deny",
        None => "ignore",
    };
    Json(RightsAnswer { result })
}

impl FromRequestParts<Arc<App>> for Broker {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let sent = parts.headers.get(HEADER).map(axum::http::HeaderValue::as_bytes);
        let fits = match (&app.broker_secret, sent) {
            (Some(secret), Some(sent)) => {
                secret.len() == sent.len() && openssl::memcmp::eq(secret, sent)
            }
            _ => false,
        };
        if fits {
            return Ok(Broker);
        }
        let detail = "this is for the broker: set mqtt.auth_secret_file, and send what it holds";
        Err(Refusal::Unknown { code: "secret_wrong", detail: detail.into() }.into())
    }
}
