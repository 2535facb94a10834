//! The job of a mail: all documents of an invoice, to one address, once.

use anyhow::{Context, Result};
use store::{InvoiceMailRow, InvoiceRow, Lane};
use uuid::Uuid;

use super::Ended;
use crate::app::App;
use crate::flow::move_invoice::case;
use crate::flow::render_document::media_type;
use crate::outbound::{Attachment, Letter};

/// While the mail server is not configured.
const UNCONFIGURED_MS: i64 = 3_600_000;

/// Sends a mail that waits. One that was sent is not sent again, whatever is repeated.
pub(super) async fn send(app: &App, mail_id: Uuid) -> Result<Ended> {
    let mut tx = app.store.read().await?;
    // With its account's deletion a mail is gone.
    let Some(mail) = tx.invoice_mail(mail_id).await?.filter(|m| m.state == "waiting") else {
        return Ok(Ended::Done);
    };
    let row = tx.invoice(mail.invoice_id).await?.context("a mail of no invoice")?;
    if row.documents_at.is_none() {
        // The job that stores them queues this one again.
        return Ok(Ended::Done);
    }
    let attachments = attachments(&mut tx, &row).await?;
    drop(tx);
    let Some(mailer) = &app.mailer else {
        return Ok(Ended::NotBeforeMs(app.clock.machine_now_ms() + UNCONFIGURED_MS));
    };
    let ended = match mailer.send(letter(&mail, &row, attachments)).await? {
        Ok(()) => ("sent", None),
        Err(why) => ("failed", Some(why)),
    };
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.end_invoice_mail(mail_id, (ended.0, ended.1.as_deref()), now.ms()).await?;
    if let Some(why) = &ended.1 {
        let key = format!("mail_failed:{mail_id}");
        let detail = format!("the documents could not be mailed: {why}");
        case(&mut tx, &row, ("mail_failed", &key, &detail), now).await?;
    }
    tx.commit().await?;
    Ok(Ended::Done)
}

async fn attachments(tx: &mut store::Tx, row: &InvoiceRow) -> Result<Vec<Attachment>> {
    let mut attachments = Vec::new();
    for document in tx.documents(row.invoice_id).await? {
        let media_type = media_type(&document.format).unwrap_or("application/octet-stream");
        let content = tx.document(row.invoice_id, &document.format).await?;
        let content = content.context("a document vanished")?;
        let name = format!("{}.{}", file_stem(row), document.format);
        attachments.push(Attachment { name, media_type, content });
    }
    Ok(attachments)
}

fn letter<'a>(
    mail: &'a InvoiceMailRow,
    row: &InvoiceRow,
    attachments: Vec<Attachment>,
) -> Letter<'a> {
    let number = row.invoice_number.as_deref().unwrap_or_default();
    let what = match (row.regime.as_str(), row.colour.as_str()) {
        ("non_tax", "red") => "非税收入票据（红字）",
        ("non_tax", _) => "非税收入票据",
        (_, "red") => "红字电子发票",
        _ => "电子发票",
    };
    Letter {
        id: mail.mail_id.simple().to_string(),
        to: &mail.address,
        subject: format!("停车费{what} {number}"),
        text: format!(
            "您好：\n\n您的停车费{what}（号码 {number}）见附件。本邮件由系统自动发送，请勿回复。\n\n\
             Your parking invoice {number} is attached. Please do not reply to this mail.\n"
        ),
        attachments,
    }
}

/// The number comes from outside: only digits and letters go into a name.
fn file_stem(row: &InvoiceRow) -> String {
    let number = row.invoice_number.as_deref().unwrap_or("invoice");
    number.chars().filter(char::is_ascii_alphanumeric).collect()
}
