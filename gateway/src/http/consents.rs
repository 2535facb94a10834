//! What a driver agreed to, purpose by purpose, and taking it back.
//!
//! What was kept by the leave of a consent goes with it: addresses to be reached at, titles of invoices, vehicles.
//! What parking and paying need is no consent that could be taken back alone; its end is the account's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{ConsentRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::idempotent::{Command, Reply, Turn};
use super::saved_vehicles;
use crate::app::App;
use crate::flow::{Outcome, Refusal, again};

/// Purposes that can be agreed to by themselves, with the version of their words.
const PURPOSES: [(&str, &str); 3] =
    [("messages", "1"), ("invoice_titles", "1"), saved_vehicles::PURPOSE];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_consents, say_consent))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentRequest {
    /// `messages`: be told of arrears, refunds and appeals; `invoice_titles`: titles are kept; `saved_vehicles`: vehicles are.
    #[schema(example = "messages")]
    purpose: String,
    /// False takes it back, and deletes what was kept by its leave.
    given: bool,
}

/// A purpose, and whether the caller agreed to it.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentView {
    #[schema(example = "messages")]
    purpose: String,
    version: String,
    given: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    given_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Consents {
    consents: Vec<ConsentView>,
}

/// Every purpose that can be agreed to, and whether the caller did.
#[utoipa::path(
    get,
    path = "/api/v1/me/consents",
    tag = "people",
    security(("token" = [])),
    responses((status = OK, body = Consents))
)]
async fn list_consents(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Consents>> {
    let rows = app.store.read().await?.consents(driver.0.0).await?;
    Ok(Json(consents(&rows)))
}

/// Agrees to a purpose, or takes that back.
#[utoipa::path(
    post,
    path = "/api/v1/me/consents",
    tag = "people",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ConsentRequest,
    responses(
        (status = OK, body = Consents),
        (status = CONFLICT, description = "`idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`purpose_unknown`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn say_consent(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<ConsentRequest>,
) -> Answer<Reply> {
    let purpose = PURPOSES.into_iter().find(|(name, _)| *name == body.purpose);
    let purpose = purpose.ok_or_else(|| {
        let known = PURPOSES.map(|(name, _)| name).join(", ");
        Refusal::refused("purpose_unknown", format!("a purpose is one of {known}"))
    })?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let now = app.clock.city_now().ms();
        if body.given {
            tx.give_consent(driver.0.0, purpose, now).await?;
        } else {
            take_back(&mut tx, driver, purpose.0, now).await?;
        }
        let rows = tx.consents(driver.0.0).await?;
        once.settle(tx, &scope, StatusCode::OK, &consents(&rows)).await
    });
    Ok(reply.await?)
}

async fn take_back(tx: &mut Tx, driver: Driver, purpose: &str, now: i64) -> Outcome<()> {
    tx.withdraw_consent(driver.0.0, purpose, now).await?;
    match purpose {
        "messages" => tx.withdraw_contacts(driver.0.0, now).await?,
        "invoice_titles" => tx.drop_titles(driver.0.0).await?,
        _ => tx.drop_saved_vehicles(driver.0.0).await?,
    };
    Ok(())
}

/// The purposes in their order, each as it stands in its newest version.
fn consents(rows: &[ConsentRow]) -> Consents {
    let view = |(purpose, version): (&str, &str)| {
        let row = rows.iter().rfind(|row| row.purpose == purpose && row.version == version);
        ConsentView {
            purpose: purpose.to_owned(),
            version: version.to_owned(),
            given: row.is_some_and(|row| row.withdrawn_at.is_none()),
            given_at: row.map(|row| Timestamp::from_ms(row.given_at)),
            withdrawn_at: row.and_then(|row| row.withdrawn_at).map(Timestamp::from_ms),
        }
    };
    Consents { consents: PURPOSES.into_iter().map(view).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_agreed_to_until_it_was_said_and_no_more_once_it_was_taken_back() {
        let row = |withdrawn_at| ConsentRow {
            purpose: "messages".into(),
            version: "1".into(),
            given_at: 1_000,
            withdrawn_at,
        };
        for (rows, expected) in [
            (vec![], [false, false, false]),
            (vec![row(None)], [true, false, false]),
            (vec![row(Some(2_000))], [false, false, false]),
        ] {
            let given: Vec<bool> = consents(&rows).consents.iter().map(|c| c.given).collect();
            assert_eq!(given, expected);
        }
    }
}
