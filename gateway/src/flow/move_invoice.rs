//! The one way in which a document changes: the machine decides (`billing::issuing`), and row, orders, refunds that
//! waited for it, the invoice that follows it and cases go with it in one transaction.
//!
//! Locks the orders that it covers, in id order, then the document.

use anyhow::{Context, Result};
use billing::invoice::RedReason;
use billing::issuing::{self, Colour, Document, Effect, IssueEvent, IssueOutcome, IssueState};
use store::{InvoiceRow, Lane, NewCase, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen, Timestamp};

use super::case_work::clear_case;
use super::move_order::{Cause, order_of};
use super::refund_credit::{REFUND_WAITS, Route, refund_credit};
use super::request_invoice::{Title, Wanted, request_invoice};
use super::settle_visit::open_case;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::drawn::content_hash;
use crate::job::Kind;

/// Moves a document in a transaction of its own; as it is afterwards. What was said before changes nothing.
///
/// # Errors
/// When the machine refuses, or the database does.
pub(crate) async fn move_now(
    app: &App,
    invoice_id: Uuid,
    event: IssueEvent,
    change: impl Fn(&mut InvoiceRow) + Send + Sync,
) -> Result<InvoiceRow> {
    let moved = super::again(async || {
        let mut tx = app.store.begin(Lane::Command).await?;
        let row = move_invoice(app, &mut tx, invoice_id, event, &change).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await;
    app.job_bell.notify_one();
    moved.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
}

/// Moves a document in the caller's transaction.
///
/// # Errors
/// The code of the machine's refusal (409), or when the database fails.
pub(crate) async fn move_invoice(
    app: &App,
    tx: &mut Tx,
    invoice_id: Uuid,
    event: IssueEvent,
    change: &(impl Fn(&mut InvoiceRow) + Send + Sync),
) -> Outcome<InvoiceRow> {
    let covered = tx.orders_of_invoice(invoice_id).await?;
    let mut orders = Vec::with_capacity(covered.len());
    for order in &covered {
        let locked = tx.lock_order(order.order_id).await?.context("a document of no order")?;
        orders.push((locked, order.gross_fen));
    }
    let mut row = tx.lock_invoice(invoice_id).await?.context("no such document")?;
    let document = document_of(app, &row)?;
    let (state, effect) = match issuing::advance(document, event) {
        Ok(IssueOutcome::Unchanged) => return Ok(row),
        Ok(IssueOutcome::Moved { state, effect }) => (state, effect),
        Err(reject) => return Err(Refusal::conflict(reject.code(), reject.to_string())),
    };
    let (was, from) = (document.state, row.state.clone());
    let now = app.clock.city_now();
    change(&mut row);
    row.state = state.name().into();
    // While it is handed in again and again in vain it waits for what it waited for.
    if !matches!(event, IssueEvent::HandedIn | IssueEvent::Forgotten) {
        (row.held, row.held_since_at) = (None, None);
    }
    row.changed_at = now.ms();
    if was != IssueState::Unsigned && matches!(state, IssueState::Issued | IssueState::Unsigned) {
        row.content_hash = Some(content_hash(&row));
    }
    if !tx.advance_invoice(&row, &from).await? {
        return Err(anyhow::anyhow!("a locked document changed").into());
    }
    for (order, gross_fen) in &mut orders {
        take_effect(app, tx, order, (effect, *gross_fen)).await?;
    }
    if effect == Effect::TakesBack {
        reissue(app, tx, &row, &orders).await?;
    }
    if state.is_end() && state != IssueState::Issued {
        no_mail(tx, &row, now).await?;
    }
    tell_people(tx, &row, state, now).await?;
    if row.colour == Colour::Red.name() && state.is_end() && effect == Effect::Nothing {
        for (order, _) in &mut orders {
            red_is_gone(app, tx, order, &row).await?;
        }
    }
    queue_next(app, tx, &row, state).await?;
    Ok(row)
}

/// Where a row stands, as the machine sees it.
pub(crate) fn document_of(app: &App, row: &InvoiceRow) -> Result<Document> {
    Ok(Document {
        colour: Colour::from_name(&row.colour).context("unknown colour of a document")?,
        needs_form: app.issuer(&row.regime)?.needs_form(),
        state: IssueState::from_name(&row.state).context("unknown state of a document")?,
    })
}

/// Less is invoiced of an order: what waited to go back goes back now.
async fn take_effect(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    (effect, gross_fen): (Effect, i64),
) -> Outcome<()> {
    match effect {
        Effect::Nothing => return Ok(()),
        Effect::GivesBack => order.invoiced_fen -= gross_fen,
        Effect::TakesBack => order.invoiced_fen += gross_fen,
    }
    tx.update_order(order).await?;
    let credit = order_of(order)?.credit().map_err(anyhow::Error::from)?;
    if credit > Fen::ZERO {
        let at = app.clock.city_now();
        let cause = Cause::system("refund_follows_red", "the invoice was taken back", at);
        Box::pin(refund_credit(app, tx, order, (credit, Route::AsItCame), &cause)).await?;
    }
    Ok(())
}

/// A red one came to nothing. A refund that counted on another one's red asks for its own now; one whose own red was
/// withdrawn or refused waits for a person.
async fn red_is_gone(
    app: &App,
    tx: &mut Tx,
    order: &mut OrderRow,
    red: &InvoiceRow,
) -> Outcome<()> {
    let credit = order_of(order)?.credit().map_err(anyhow::Error::from)?;
    if credit <= Fen::ZERO {
        return Ok(());
    }
    let now = app.clock.city_now();
    let was_its_own = red.reason == RedReason::ServiceStopped.name();
    if !was_its_own {
        let cause = Cause::system("refund_follows_red", "another red document is gone", now);
        return Box::pin(refund_credit(app, tx, order, (credit, Route::AsItCame), &cause)).await;
    }
    let kept = order.paid_fen - order.refunding_fen - order.refunded_fen;
    let over = order.invoiced_fen - (kept - credit.0);
    if over <= tx.red_under_way_fen(order.order_id).await? {
        return Ok(());
    }
    let key = format!("{REFUND_WAITS}:{}:{}", order.order_id, red.invoice_id);
    let detail = format!(
        "{} fen are to go back and stand on an invoice whose red document is {}: start the refund again",
        credit.0, red.state
    );
    Ok(open_case(tx, order, REFUND_WAITS, &key, &detail, now).await?)
}

/// The invoice that is to follow a red one, over what is left.
async fn reissue(
    app: &App,
    tx: &mut Tx,
    red: &InvoiceRow,
    orders: &[(OrderRow, i64)],
) -> Outcome<()> {
    let Some(json) = &red.reissue_json else { return Ok(()) };
    let title: Title = serde_json::from_str(json)?;
    let left = orders.iter().filter(|(o, _)| {
        o.state == "paid" && o.paid_fen - o.refunding_fen - o.refunded_fen > o.invoiced_fen
    });
    let left: Vec<Uuid> = left.map(|(order, _)| order.order_id).collect();
    if left.is_empty() || red.account_id.is_nil() {
        return Ok(());
    }
    let mails = tx.invoice_mails(red.original_id.unwrap_or_default()).await?;
    let mailed = mails.iter().rfind(|mail| mail.state == "sent");
    let wanted = Wanted { title: &title, mail: mailed.map(|mail| mail.address.as_str()) };
    match request_invoice(app, tx, AccountId(red.account_id), &left, &wanted).await {
        Ok(_) => Ok(()),
        Err(refusal @ Refusal::Failed(_)) => Err(refusal),
        Err(refusal) => {
            let detail = format!("the invoice that was to follow was refused: {}", refusal.code());
            let key = format!("reissue_failed:{}", red.invoice_id);
            Ok(case(tx, red, ("reissue_failed", &key, &detail), app.clock.city_now()).await?)
        }
    }
}

/// There will be no document: what waits to be mailed waits no more, and the address goes with the others.
async fn no_mail(tx: &mut Tx, row: &InvoiceRow, now: Timestamp) -> Result<()> {
    for mail in tx.invoice_mails(row.invoice_id).await? {
        let why = ("failed", Some("there is no document"));
        tx.end_invoice_mail(mail.mail_id, why, now.ms()).await?;
    }
    Ok(())
}

async fn tell_people(
    tx: &mut Tx,
    row: &InvoiceRow,
    state: IssueState,
    now: Timestamp,
) -> Result<()> {
    close_case(tx, &format!("red_waits_for_buyer:{}", row.invoice_id), state.name(), now).await?;
    if matches!(state, IssueState::Issued | IssueState::Void) {
        close_case(tx, &format!("invoice_unsigned:{}", row.invoice_id), state.name(), now).await?;
    }
    let red = row.colour == "red";
    let reason = row.reject_reason.as_deref().unwrap_or("no reason given");
    let (kind, detail) = match state {
        IssueState::Rejected | IssueState::Void if red => {
            ("red_refused", format!("a red document came to nothing: {reason}"))
        }
        IssueState::Rejected => ("invoice_rejected", reason.to_owned()),
        IssueState::Void => ("invoice_void", format!("made void at the office: {reason}")),
        IssueState::Unsigned => (
            "invoice_unsigned",
            "issued with a number, but the office could not sign it".to_owned(),
        ),
        _ => return Ok(()),
    };
    let key = format!("{kind}:{}", row.invoice_id);
    case(tx, row, (kind, &key, &detail), now).await
}

async fn queue_next(app: &App, tx: &mut Tx, row: &InvoiceRow, state: IssueState) -> Result<()> {
    let next = match state {
        IssueState::Requested | IssueState::Confirmed => Kind::SubmitInvoice,
        IssueState::Submitted => Kind::AskInvoice,
        IssueState::Issued => Kind::FetchDocuments,
        _ => return Ok(()),
    };
    let wait_ms = if next == Kind::SubmitInvoice { 0 } else { app.config.tax.poll_ms };
    let at = app.clock.machine_now_ms() + i64::try_from(wait_ms).unwrap_or(i64::MAX);
    tx.enqueue(next.name(), &row.invoice_id.to_string(), row.invoice_id, at).await?;
    Ok(())
}

/// Opens a case about a document.
pub(crate) async fn case(
    tx: &mut Tx,
    row: &InvoiceRow,
    (kind, key, detail): (&str, &str, &str),
    now: Timestamp,
) -> Result<()> {
    let subject = row.invoice_id.to_string();
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        case_key: key,
        operator_id: Some(row.operator_id),
        kind,
        source: "system",
        subject_kind: "invoice",
        subject_id: &subject,
        detail,
        opened_at: now.ms(),
    })
    .await?;
    Ok(())
}

/// What a case was about is over by itself.
pub(crate) async fn close_case(tx: &mut Tx, key: &str, how: &str, now: Timestamp) -> Result<()> {
    let Some(case) = tx.case_by_key(key).await?.filter(|case| case.state != "closed") else {
        return Ok(());
    };
    clear_case(tx, case.case_id, how, now).await.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
}
