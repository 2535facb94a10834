//! Jobs of an invoice: hand the request in, ask how far it is, store the document, or give the
//! orders back when the platform refuses. A repeated step finds the invoice further on and ends.

use anyhow::{Context, Result, bail};
use billing::invoice::{self, Draft, Party};
use serde_json::{Value, json};
use store::{InvoiceRow, Lane, NewCase, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::{Ended, Kind};
use crate::app::App;
use crate::outbound::{TaxAnswer, TaxStatus};

/// How long after the hand-in the first question comes, and how often while it is being issued.
const FIRST_ASK_MS: i64 = 500;
const ASK_EVERY_MS: i64 = 1_000;

/// Hands the request in under its own number; the platform answers a repeat as it did the first.
pub(super) async fn submit(app: &App, invoice_id: Uuid) -> Result<Ended> {
    let row = load(app, invoice_id).await?;
    if row.state != "requested" {
        return Ok(Ended::Done);
    }
    let draft: Draft = serde_json::from_str(&row.draft_json)?;
    let now = app.clock.machine_now_ms();
    match app.tax.submit(&request(&row, &draft), now).await? {
        Ok(answer) => {
            let mut tx = app.store.begin(Lane::Command).await?;
            let next = InvoiceRow { state: "submitted".into(), serial_no: answer.serial_no, ..row };
            if tx.advance_invoice(&next, "requested").await? {
                tx.enqueue(
                    Kind::AskInvoice.name(),
                    &invoice_id.to_string(),
                    invoice_id,
                    now + FIRST_ASK_MS,
                )
                .await?;
            }
            tx.commit().await?;
        }
        Err(code) => reject(app, row, "requested", &code).await?,
    }
    Ok(Ended::Done)
}

/// Asks how far it is.
pub(super) async fn ask(app: &App, invoice_id: Uuid) -> Result<Ended> {
    let row = load(app, invoice_id).await?;
    if row.state != "submitted" {
        return Ok(Ended::Done);
    }
    let now = app.clock.machine_now_ms();
    let answer = match app.tax.ask(&row.request_no, now).await? {
        Ok(answer) => answer,
        Err(code) => bail!("the tax platform does not know the request any more: {code}"),
    };
    match answer.status {
        TaxStatus::Accepted | TaxStatus::Issuing | TaxStatus::Issued => {
            Ok(Ended::NotBeforeMs(now + ASK_EVERY_MS))
        }
        TaxStatus::Rejected => {
            let reason = answer.reject_reason.unwrap_or_else(|| "no reason given".into());
            reject(app, row, "submitted", &reason).await?;
            Ok(Ended::Done)
        }
        TaxStatus::DocumentReady => {
            issue(app, row, answer).await?;
            Ok(Ended::Done)
        }
    }
}

async fn load(app: &App, invoice_id: Uuid) -> Result<InvoiceRow> {
    app.store.read().await?.invoice(invoice_id).await?.context("no such invoice")
}

/// Number, time and document are stored together; from here on the invoice never changes.
async fn issue(app: &App, row: InvoiceRow, answer: TaxAnswer) -> Result<()> {
    let number = answer.invoice_number.context("issued without a number")?;
    let issued_at = answer.issued_at.context("issued without a time")?;
    let draft: Draft = serde_json::from_str(&row.draft_json)?;
    let issued = invoice::issued(draft, &number, Timestamp::from_ms(row.requested_at), issued_at)?;
    let document = invoice::xml(&issued)?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let next = InvoiceRow {
        state: "issued".into(),
        invoice_number: Some(number),
        issued_at: Some(issued_at.ms()),
        ..row
    };
    if tx.advance_invoice(&next, "submitted").await? {
        tx.put_document(next.invoice_id, "xml", document.as_bytes(), app.clock.city_now().ms())
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The orders can be invoiced again, and a person looks at why it failed.
async fn reject(app: &App, row: InvoiceRow, from: &str, reason: &str) -> Result<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let next =
        InvoiceRow { state: "rejected".into(), reject_reason: Some(reason.to_owned()), ..row };
    if tx.advance_invoice(&next, from).await? {
        give_back(&mut tx, next.invoice_id).await?;
        let (key, subject) =
            (format!("invoice_rejected:{}", next.invoice_id), next.invoice_id.to_string());
        tx.open_case(&NewCase {
            case_id: Uuid::now_v7(),
            case_key: &key,
            operator_id: Some(next.operator_id),
            kind: "invoice_rejected",
            source: "system",
            subject_kind: "invoice",
            subject_id: &subject,
            detail: reason,
            opened_at: app.clock.city_now().ms(),
        })
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn give_back(tx: &mut Tx, invoice_id: Uuid) -> Result<()> {
    for covered in tx.orders_of_invoice(invoice_id).await? {
        let mut order = tx.lock_order(covered.order_id).await?.context("invoice without order")?;
        order.invoiced_fen -= covered.gross_fen;
        tx.update_order(&order).await?;
    }
    Ok(())
}

fn request(row: &InvoiceRow, draft: &Draft) -> Value {
    let lines: Vec<Value> = draft
        .lines
        .iter()
        .map(|line| {
            json!({
                "name": line.tax_item.item_name(),
                "tax_code": line.tax_item.code,
                "rate": line.tax_item.rate_text(),
                "net": line.totals.net.yuan(),
                "tax": line.totals.tax.yuan(),
                "gross": line.totals.gross.yuan(),
            })
        })
        .collect();
    json!({
        "request_no": row.request_no,
        "buyer": party(&draft.buyer),
        "seller": party(&draft.seller),
        "lines": lines,
        "totals": {
            "net": draft.totals.net.yuan(),
            "tax": draft.totals.tax.yuan(),
            "gross": draft.totals.gross.yuan(),
        },
        "remark": draft.remark,
    })
}

fn party(party: &Party) -> Value {
    match &party.tax_id {
        Some(tax_id) => json!({"name": party.name, "tax_id": tax_id}),
        None => json!({"name": party.name}),
    }
}
