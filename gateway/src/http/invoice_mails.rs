//! Mails with the documents of an invoice. Addresses are shown masked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::idempotent::{Command, Reply, Turn};
use super::invoices::own_invoice;
use super::masked;
use crate::app::App;
use crate::flow::request_invoice::mail_to;
use crate::flow::{Outcome, Refusal, again};
use crate::job::Kind;
use crate::outbound::mail_address;

/// Most mails of one invoice.
const MAILS_LIMIT: usize = 10;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(mail_documents))
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailRequest {
    #[schema(example = "lin@example.com")]
    email: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailView {
    mail_id: Uuid,
    #[schema(example = "l***@example.com")]
    address: String,
    /// `waiting`, `sent` or `failed`.
    #[schema(example = "waiting")]
    state: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
}

/// Mails the documents of an invoice, as soon as they are there. To one address once.
#[utoipa::path(
    post,
    path = "/api/v1/invoices/{invoice_id}/mails",
    tag = "invoices",
    security(("token" = [])),
    params(
        ("invoice_id" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible ASCII characters")
    ),
    request_body = MailRequest,
    responses(
        (status = ACCEPTED, body = MailView),
        (status = NOT_FOUND, description = "`invoice_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`mailed_already`, `mails_used_up`, `invoice_not_issued`, \
            `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`email_malformed`, `mail_not_offered`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn mail_documents(
    State(app): State<Arc<App>>,
    driver: Driver,
    named: Named,
    Command { body, once }: Command<MailRequest>,
) -> Answer<Reply> {
    let address = address(&app, &body.email)?;
    let reply = again(async || {
        let scope = driver.scope();
        let mut tx = match once.begin(&app, &scope).await? {
            Turn::First(tx) => tx,
            Turn::Repeat(reply) => return Ok(reply),
        };
        let row = own_invoice(&mut tx, driver, &named).await?;
        if matches!(row.state.as_str(), "unsigned" | "rejected" | "void" | "withdrawn") {
            let detail = format!("the document is {}: there is nothing to mail", row.state);
            return Err(Refusal::conflict("invoice_not_issued", detail));
        }
        if tx.invoice_mails(row.invoice_id).await?.len() >= MAILS_LIMIT {
            let detail = "at most 10 mails of one invoice: download it or make a link";
            return Err(Refusal::conflict("mails_used_up", detail));
        }
        let mail = mail_to(row.invoice_id, &address, app.clock.city_now());
        if !tx.insert_invoice_mail(&mail).await? {
            let detail = "a mail to this address waits or was sent";
            return Err(Refusal::conflict("mailed_already", detail));
        }
        if row.documents_at.is_some() {
            let (key, at) = (mail.mail_id.to_string(), app.clock.machine_now_ms());
            tx.enqueue(Kind::SendMail.name(), &key, row.invoice_id, at).await?;
        }
        let view = MailView {
            mail_id: mail.mail_id,
            address: masked::email(&mail.address),
            state: mail.state.clone(),
            sent_at: None,
        };
        once.settle(tx, &scope, StatusCode::ACCEPTED, &view).await
    });
    let reply = reply.await?;
    app.job_bell.notify_one();
    Ok(reply)
}

/// An address that can be mailed to.
pub(super) fn address(app: &App, typed: &str) -> Outcome<String> {
    if app.mailer.is_none() {
        let detail = "no mail server is set up here: download the documents or make a link";
        return Err(Refusal::refused("mail_not_offered", detail));
    }
    let malformed = || Refusal::refused("email_malformed", "an address looks like lin@example.com");
    mail_address(typed).ok_or_else(malformed)
}

/// The mails of an invoice.
pub(super) async fn mails(tx: &mut Tx, invoice_id: Uuid) -> Outcome<Vec<MailView>> {
    let mails = tx.invoice_mails(invoice_id).await?;
    let view = |mail: &store::InvoiceMailRow| MailView {
        mail_id: mail.mail_id,
        address: masked::email(&mail.address),
        state: mail.state.clone(),
        sent_at: mail.sent_at.filter(|_| mail.state == "sent").map(Timestamp::from_ms),
    };
    Ok(mails.iter().map(view).collect())
}
