//! What a driver owes: the list, paying several at once, and by what ways they may be told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{ContactRow, OwedRow, Tx};
use tokio::time::sleep;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::appeals::Nothing;
use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::health::Moment;
use super::idempotent::{Command, Once, Reply, Turn};
use super::masked;
use crate::app::App;
use crate::flow::start_payment::{Attempt, Means, give_way, start_payment};
use crate::flow::{Outcome, Refusal, again};

/// Debts shown.
const SHOWN: i64 = 200;
/// Most orders paid with one command.
const ORDERS_LIMIT: usize = 20;
/// How long an attempt that is in the way may take to be closed, and how often it is looked at.
const WAIT: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Most leaves to be reached that hold at once.
const CONTACTS_LIMIT: usize = 20;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_arrears))
        .routes(routes!(pay_arrears))
        .routes(routes!(list_contacts, give_contact))
        .routes(routes!(withdraw_contact))
}

/// What is owed for one visit.
#[derive(Debug, Serialize, ToSchema)]
struct Owed {
    order_id: Uuid,
    plate: String,
    owed_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    owing_since: Timestamp,
    /// `running`, `paused` while an appeal is looked at, `listed` or `lapsed`.
    state: String,
    /// Notices that were delivered.
    notices: i64,
}

/// Debts of the caller, oldest first. Nothing is added to what a bill says.
#[derive(Debug, Serialize, ToSchema)]
struct Arrears {
    #[serde(flatten)]
    moment: Moment,
    count: usize,
    sum_fen: i64,
    arrears: Vec<Owed>,
    /// Where to pay and to appeal.
    pay_at: String,
}

/// What else a driver owes when they claim a bay; shown, never a reason to refuse the bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PriorDebts {
    pub(super) count: usize,
    pub(super) sum_fen: i64,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
struct PayRequest {
    /// 1 to 20 orders of the caller's.
    order_ids: Vec<Uuid>,
    #[schema(example = "wechat")]
    channel: String,
}

/// One payment for each order: each is confirmed, refunded and booked by itself.
#[derive(Debug, Serialize, ToSchema)]
struct Started {
    payments: Vec<StartedPayment>,
    sum_fen: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct StartedPayment {
    order_id: Uuid,
    payment_id: Uuid,
    amount_fen: i64,
    state: String,
}

#[derive(Clone, Deserialize, ToSchema)]
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

impl Owed {
    fn of(row: &OwedRow) -> Owed {
        Owed {
            order_id: row.order_id,
            plate: row.plate.clone(),
            owed_fen: row.owed_fen,
            arrived_at: Timestamp::from_ms(row.opened_at),
            left_at: row.ended_at.map(Timestamp::from_ms),
            owing_since: Timestamp::from_ms(row.since_at),
            state: row.state.clone(),
            notices: row.steps_taken,
        }
    }
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

/// What an account owes, in short; none if nothing.
pub(super) async fn prior_debts(
    tx: &mut Tx,
    account_id: Uuid,
) -> store::Result<Option<PriorDebts>> {
    let owed = tx.owed_by_account(account_id, SHOWN).await?;
    let sum_fen = owed.iter().map(|row| row.owed_fen).sum();
    Ok((!owed.is_empty()).then_some(PriorDebts { count: owed.len(), sum_fen }))
}

/// What the caller owes.
#[utoipa::path(
    get,
    path = "/api/v1/arrears",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Arrears))
)]
async fn list_arrears(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Arrears>> {
    let rows = app.store.read().await?.owed_by_account(driver.0.0, SHOWN).await?;
    Ok(Json(Arrears {
        moment: Moment::of(&app),
        count: rows.len(),
        sum_fen: rows.iter().map(|row| row.owed_fen).sum(),
        arrears: rows.iter().map(Owed::of).collect(),
        pay_at: app.config.after.pay_at.clone(),
    }))
}

/// Starts to pay several orders under one key: all of them, or none.
#[utoipa::path(
    post,
    path = "/api/v1/arrears/payments",
    tag = "orders",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")),
    request_body = PayRequest,
    responses(
        (status = CREATED, body = Started),
        (status = NOT_FOUND, description = "`order_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "`order_paid`, `order_free`, `order_not_due`, `payment_pending`, \
            `idempotency_key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`channel_unknown`, `too_many_orders`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn pay_arrears(
    State(app): State<Arc<App>>,
    driver: Driver,
    Command { body, once }: Command<PayRequest>,
) -> Answer<Reply> {
    let mut orders = body.order_ids.clone();
    orders.sort_unstable();
    orders.dedup();
    if orders.is_empty() || orders.len() > ORDERS_LIMIT {
        return Err(Refusal::refused("too_many_orders", "1 to 20 orders at once").into());
    }
    if body.channel != "wechat" {
        return Err(Refusal::refused("channel_unknown", "the channel is wechat").into());
    }
    let until = Instant::now() + WAIT;
    loop {
        match again(|| store_payments(&app, &once, driver, &orders)).await? {
            Ok(reply) => {
                app.job_bell.notify_one();
                return Ok(reply);
            }
            // An attempt over another amount is closed first, which takes a moment.
            Err(in_the_way) if Instant::now() < until => {
                again(|| give_way(&app, in_the_way)).await?;
                sleep(LOOK_EVERY).await;
            }
            Err(_) => {
                let detail = "another attempt is being closed; ask again in a moment";
                return Err(Refusal::conflict("payment_pending", detail).into());
            }
        }
    }
}

/// All payments, or the attempt that is in the way of one of them.
async fn store_payments(
    app: &App,
    once: &Once,
    driver: Driver,
    orders: &[Uuid],
) -> Outcome<Result<Reply, Uuid>> {
    let scope = driver.scope();
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(Ok(reply)),
    };
    let mut payments = Vec::with_capacity(orders.len());
    // In the order of their ids, as everybody locks them.
    for order_id in orders {
        let attempt = start_payment(app, &mut tx, *order_id, driver.0, &Means::Jsapi).await?;
        let row = match attempt {
            Attempt::Payment(row) => row,
            Attempt::InTheWay(payment_id) => return Ok(Err(payment_id)),
        };
        payments.push(StartedPayment {
            order_id: *order_id,
            payment_id: row.payment_id,
            amount_fen: row.amount_fen,
            state: row.state,
        });
    }
    let sum_fen = payments.iter().map(|payment| payment.amount_fen).sum();
    once.settle(tx, &scope, StatusCode::CREATED, &Started { payments, sum_fen }).await.map(Ok)
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
