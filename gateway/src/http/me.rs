//! A driver's own data: all of it, and its end.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::Driver;
use super::error::{Answer, Problem};
use super::idempotent::{Command, Reply, Turn};
use crate::app::App;
use crate::flow::delete_driver::{AskedBy, delete_driver};
use crate::flow::export_driver::export_driver;
use crate::flow::{Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(export_me)).routes(routes!(delete_me))
}

/// The account is deleted.
#[derive(Debug, Serialize, ToSchema)]
struct Gone {
    #[schema(value_type = String, format = DateTime)]
    deleted_at: Timestamp,
    /// What is kept, and why.
    kept: &'static str,
}

/// Everything there is of the caller, as JSON.
#[utoipa::path(
    get,
    path = "/api/v1/me/export",
    tag = "people",
    security(("token" = [])),
    responses((status = OK, body = Value))
)]
async fn export_me(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Value>> {
    let mut tx = app.store.snapshot().await?;
    let exported = export_driver(&mut tx, driver.0.0, app.clock.city_now()).await?;
    let unknown = || Refusal::missing("account_unknown", "there is no such account");
    let mut exported = exported.ok_or_else(unknown)?;
    drop(tx);
    let mut audit = app.store.begin(store::Lane::Command).await?;
    let (now, id) = (app.clock.city_now().ms(), driver.0.to_string());
    audit.audit(now, "driver", "export_driver", ("account", &id), "{}").await?;
    audit.commit().await?;
    exported["speed"] = json!(app.clock.speed());
    Ok(Json(exported))
}

/// Deletes the caller's account, when nothing of it is open. It cannot be undone.
#[utoipa::path(
    post,
    path = "/api/v1/me/deletion",
    tag = "people",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = Nothing,
    responses(
        (status = OK, body = Gone),
        (status = CONFLICT, description = "`matters_open`: parked, unpaid, a payment, a refund, an appeal, an invoice, a pass",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn delete_me(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    let reply = again(async || {
        // Not the scope of the account's other commands: those go with it.
        let scope = format!("deletion:{}", driver.0);
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let now = app.clock.city_now();
        delete_driver(&mut tx, driver.0.0, AskedBy::Driver, now).await?;
        let kept = "orders, entries and invoices, without you, for the legal term";
        once.settle(tx, &scope, StatusCode::OK, &Gone { deleted_at: now, kept }).await
    });
    Ok(reply.await?)
}
