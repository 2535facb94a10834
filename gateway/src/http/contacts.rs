//! By what ways a driver may be reached, by their own leave.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::ContactRow;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Reply, Turn};
use super::masked;
use crate::app::App;
use crate::flow::{Outcome, Refusal, again};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_contacts, give_contact))
        .routes(routes!(withdraw_contact))
}

/// Most leaves to be reached that hold at once.
const CONTACTS_LIMIT: usize = 20;

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactRequest {
    /// `phone`: may be called and written to; `subscription`: one WeChat message.
    #[schema(example = "phone")]
    channel: String,
    /// The number, or the id of the message's template.
    #[schema(example = "13812345678")]
    address: String,
}

/// A leave to be reached; a number is masked.
#[derive(Debug, Serialize, ToSchema)]
struct ContactView {
    contact_id: Uuid,
    channel: String,
    address: String,
    #[schema(value_type = String, format = DateTime)]
    granted_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct Contacts {
    contacts: Vec<ContactView>,
}

impl ContactView {
    fn of(row: &ContactRow) -> ContactView {
        let address = match row.channel.as_str() {
            "phone" => masked::phone(&row.address),
            _ => row.address.clone(),
        };
        ContactView {
            contact_id: row.contact_id,
            channel: row.channel.clone(),
            address,
            granted_at: Timestamp::from_ms(row.granted_at),
        }
    }
}

/// By what ways the caller may be reached.
#[utoipa::path(
    get,
    path = "/api/v1/contacts",
    tag = "people",
    security(("token" = [])),
    responses((status = OK, body = Contacts))
)]
async fn list_contacts(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Contacts>> {
    let rows = app.store.read().await?.contacts(driver.0.0).await?;
    Ok(Json(Contacts { contacts: rows.iter().map(ContactView::of).collect() }))
}

/// Gives leave to be reached: by a number, or by one subscription message. It can be taken back.
#[utoipa::path(
    post,
    path = "/api/v1/contacts",
    tag = "people",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = ContactRequest,
    responses(
        (status = CREATED, body = ContactView),
        (status = CONFLICT, description = "`contacts_used_up`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`channel_unknown`, `address_malformed`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn give_contact(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<ContactRequest>,
) -> Answer<Reply> {
    let contact = ContactRow {
        contact_id: Uuid::now_v7(),
        account_id: driver.0.0,
        address: address(&body)?,
        channel: body.channel,
        granted_at: app.clock.city_now().ms(),
        used_by: None,
    };
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        if tx.contacts(driver.0.0).await?.len() >= CONTACTS_LIMIT {
            return Err(Refusal::conflict(
                "contacts_used_up",
                "at most 20 at once; take some back",
            ));
        }
        tx.insert_contact(&contact).await?;
        once.settle(tx, &scope, StatusCode::CREATED, &ContactView::of(&contact)).await
    });
    Ok(reply.await?)
}

/// Takes a leave back; the number is deleted.
#[utoipa::path(
    post,
    path = "/api/v1/contacts/{contact_id}/withdraw",
    tag = "people",
    security(("token" = [])),
    params(
        ("contact_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = Nothing,
    responses(
        (status = OK, body = Contacts),
        (status = NOT_FOUND, description = "`contact_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn withdraw_contact(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body: Nothing {}, once }: Command<Nothing>,
) -> Answer<Reply> {
    let unknown = "there is no such leave of yours";
    let contact_id = named.id("contact_unknown", unknown)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let now = app.clock.city_now().ms();
        if !tx.withdraw_contact(driver.0.0, contact_id, now).await? {
            return Err(Refusal::missing("contact_unknown", unknown));
        }
        let left = tx.contacts(driver.0.0).await?.iter().map(ContactView::of).collect();
        once.settle(tx, &scope, StatusCode::OK, &Contacts { contacts: left }).await
    });
    Ok(reply.await?)
}

/// A mainland number in normal form, or the id of a template.
fn address(body: &ContactRequest) -> Outcome<String> {
    let text: String = body.address.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = text.strip_prefix("+86").unwrap_or(&text);
    match body.channel.as_str() {
        "phone"
            if digits.len() == 11
                && digits.starts_with('1')
                && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Ok(digits.to_owned())
        }
        "subscription"
            if (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            Ok(text)
        }
        "phone" | "subscription" => {
            let detail =
                "a number has 11 digits and begins with 1; a template's id has up to 64 characters";
            Err(Refusal::refused("address_malformed", detail))
        }
        _ => Err(Refusal::refused("channel_unknown", "the channel is phone or subscription")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_its_usual_forms() {
        for (channel, typed, expected) in [
            ("phone", "138 1234-5678", Ok("13812345678")),
            ("phone", "+8613812345678", Ok("13812345678")),
            ("phone", "23812345678", Err("address_malformed")),
            ("phone", "1381234567", Err("address_malformed")),
            ("subscription", "tmpl_01", Ok("tmpl_01")),
            ("subscription", "", Err("address_malformed")),
            ("email", "a@b.cn", Err("channel_unknown")),
        ] {
            let body = ContactRequest { channel: channel.into(), address: typed.into() };
            match (address(&body), expected) {
                (Ok(read), Ok(normal)) => assert_eq!(read, normal),
                (Err(Refusal::Refused { code, .. }), Err(expected)) => assert_eq!(code, expected),
                (found, _) => panic!("{typed}: {found:?}"),
            }
        }
    }
}
