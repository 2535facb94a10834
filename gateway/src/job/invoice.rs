//! Jobs of a document: hand it in, ask how far it is, fetch what the office delivers. Each step finds the document where
//! the last one left it, so a step that is repeated ends, and one that failed goes on from there.
//!
//! **Invariants:** a document is given back to its orders on the office's last word alone, never because nobody answered;
//! it is stored as handed in before the office hears of it, so that nobody withdraws what may be issued.

use std::sync::Arc;

use anyhow::{Context, Result};
use billing::invoice::Document;
use billing::issuing::{Colour, IssueEvent, IssueState};
use billing::ledger::city_day;
use store::{InvoiceRow, Lane, NewDocument};
use uuid::Uuid;

use super::{Ended, Kind, red};
use crate::app::App;
use crate::drawn::{Drawn, document_of, issued_invoice};
use crate::flow::check_document::check_document;
use crate::flow::move_invoice::{case, close_case, move_now};
use crate::flow::render_document::{FORMATS, render};
use crate::outbound::issuer::{Demand, Fetched, IssueStatus, IssueWord, Refused};

/// The longest wait between two questions.
const LONGEST_ASK_MS: i64 = 60_000;
/// So many first waits long it is left alone while a person has to do something first.
const PATIENCE: i64 = 20;

/// Hands a document in under its own number; the office answers a repeat as it did the first.
pub(super) async fn submit(app: &App, invoice_id: Uuid) -> Result<Ended> {
    let row = load(app, invoice_id).await?;
    match (colour_of(&row)?, state_of(&row)?) {
        (Colour::Blue, IssueState::Requested) => hand_in(app, row).await,
        (Colour::Red, IssueState::Requested | IssueState::Applied | IssueState::Confirmed) => {
            red::go_on(app, row).await
        }
        _ => Ok(Ended::Done),
    }
}

/// The one call after which the office may issue. If its answer is lost, the next question finds out, and what never
/// arrived is handed in again.
pub(super) async fn hand_in(app: &App, row: InvoiceRow) -> Result<Ended> {
    let drawn = Drawn::read(&row)?.context("a document that was never drawn up")?;
    let issuer = app.issuer(&row.regime)?;
    let demand = Demand { request_no: &row.request_no, drawn: &drawn };
    move_now(app, row.invoice_id, IssueEvent::HandedIn, |_| {}).await?;
    match issuer.submit(&demand, app.clock.machine_now_ms()).await? {
        Ok(word) => taken(app, &row, word.serial_no.as_deref()).await,
        // The number is ours alone: what the office knows under it was handed in by us.
        Err(Refused::NumberKnown) => taken(app, &row, None).await,
        Err(Refused::LoginLost) => {
            move_now(app, row.invoice_id, IssueEvent::Forgotten, |_| {}).await?;
            wait_for_login(app, &row).await
        }
        Err(Refused::Final { code, text }) => {
            let reason = why(&code, &text);
            move_now(app, row.invoice_id, IssueEvent::Refused, |row| {
                row.reject_reason = Some(reason.clone());
            })
            .await?;
            Ok(Ended::Done)
        }
    }
}

/// The office has it.
async fn taken(app: &App, row: &InvoiceRow, serial_no: Option<&str>) -> Result<Ended> {
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.keep_serial_no(row.invoice_id, serial_no).await?;
    tx.hold_invoice(row.invoice_id, None, app.clock.city_now().ms()).await?;
    tx.commit().await?;
    Ok(Ended::Done)
}

/// Asks how far it is.
pub(super) async fn ask(app: &App, invoice_id: Uuid) -> Result<Ended> {
    let row = load(app, invoice_id).await?;
    let state = state_of(&row)?;
    if !matches!(state, IssueState::Submitted | IssueState::Unsigned) {
        return Ok(Ended::Done);
    }
    let now = app.clock.machine_now_ms();
    let word = match app.issuer(&row.regime)?.ask(&row.request_no, now).await? {
        Ok(Some(word)) => word,
        Ok(None) if state == IssueState::Submitted => {
            // Whoever lost it: the same number again is one document at most.
            move_now(app, invoice_id, IssueEvent::Forgotten, |_| {}).await?;
            return Ok(Ended::Done);
        }
        Ok(None) => return Ok(Ended::Done),
        Err(Refused::LoginLost) => return wait_for_login(app, &row).await,
        Err(Refused::NumberKnown) => anyhow::bail!("an answer that fits no question"),
        Err(Refused::Final { code, text }) => {
            anyhow::bail!("the office does not answer a question: {}", why(&code, &text))
        }
    };
    release(app, &row).await?;
    follow(app, &row, state, word).await
}

async fn follow(app: &App, row: &InvoiceRow, state: IssueState, word: IssueWord) -> Result<Ended> {
    let event = match word.status {
        IssueStatus::UnderWay => return Ok(later(app, row)),
        // A person asked once more and nothing was mended.
        IssueStatus::SignFailed if state == IssueState::Unsigned => return Ok(Ended::Done),
        IssueStatus::Issued => IssueEvent::Issued,
        IssueStatus::SignFailed => IssueEvent::SignFailed,
        IssueStatus::Rejected => IssueEvent::Refused,
        IssueStatus::Void => IssueEvent::MadeVoid,
    };
    let comes_to_nothing = matches!(event, IssueEvent::Refused | IssueEvent::MadeVoid);
    if state == IssueState::Unsigned && comes_to_nothing && took_back(app, row).await? {
        return unsigned_ended(app, row, word.reject_reason.as_deref()).await;
    }
    let issued = matches!(event, IssueEvent::Issued | IssueEvent::SignFailed);
    if issued {
        check_number(row, &word)?;
    }
    let moved = move_now(app, row.invoice_id, event, |row| {
        if issued && row.issued_at.is_none() {
            row.invoice_number.clone_from(&word.number);
            row.issued_at = word.issued_at.map(vocabulary::Timestamp::ms);
            row.check_code.clone_from(&word.check_code);
        }
        if !issued {
            let reason = word.reject_reason.clone();
            row.reject_reason = Some(reason.unwrap_or_else(|| "no reason given".into()));
        }
    })
    .await?;
    tracing::info!(state = moved.state, colour = moved.colour, "a document moved");
    Ok(Ended::Done)
}

/// Whether money goes back by an unsigned document, or by red ones of it.
async fn took_back(app: &App, row: &InvoiceRow) -> Result<bool> {
    if colour_of(row)? == Colour::Red {
        return Ok(true);
    }
    let reds = app.store.read().await?.reds_of_invoice(row.invoice_id).await?;
    let at_the_office = ["applied", "confirmed", "submitted", "issued", "unsigned"];
    Ok(reds.iter().any(|red| at_the_office.contains(&red.state.as_str())))
}

/// The office ended a document by which, or of which, money went back: what is invoiced is a person's to say.
async fn unsigned_ended(app: &App, row: &InvoiceRow, reason: Option<&str>) -> Result<Ended> {
    let reason = reason.unwrap_or("no reason given");
    let detail = format!("the office ended a document that it could not sign: {reason}");
    let key = format!("unsigned_ended:{}", row.invoice_id);
    let mut tx = app.store.begin(Lane::Command).await?;
    case(&mut tx, row, ("unsigned_ended", &key, &detail), app.clock.city_now()).await?;
    tx.commit().await?;
    Ok(Ended::Done)
}

/// A number that cannot be one is no word to act on.
fn check_number(row: &InvoiceRow, word: &IssueWord) -> Result<()> {
    let issued = InvoiceRow {
        invoice_number: Some(word.number.clone().context("issued without a number")?),
        issued_at: Some(word.issued_at.context("issued without a time")?.ms()),
        ..row.clone()
    };
    document_of(&issued).map(|_| ())
}

/// Fetches what the office delivers, draws the rest, and stores all documents together.
pub(super) async fn fetch(app: &App, invoice_id: Uuid) -> Result<Ended> {
    let row = load(app, invoice_id).await?;
    if state_of(&row)? != IssueState::Issued || row.documents_at.is_some() {
        return Ok(Ended::Done);
    }
    let document = document_of(&row)?;
    let issuer = app.issuer(&row.regime)?;
    let mut stored: Vec<(&'static str, &'static str, Vec<u8>)> = Vec::new();
    let wanted = |format: &str| app.config.documents.formats.iter().any(|f| f == format);
    for (format, _) in FORMATS.into_iter().filter(|(format, _)| wanted(format)) {
        let now = app.clock.machine_now_ms();
        match issuer.fetch(&row.request_no, format, now).await? {
            Ok(Fetched::Content(content)) => {
                if let (Some(issued), "xml") = (issued_invoice(&document), format)
                    && let Err(error) = check_document(&content, issued)
                {
                    return differs(app, &row, &format!("{error:#}")).await;
                }
                stored.push((format, "platform", content));
            }
            Ok(Fetched::NotYet) => return Ok(later(app, &row)),
            Ok(Fetched::NotOffered) => {
                let xml = stored.iter().find(|(format, ..)| *format == "xml");
                let xml = xml.map(|(_, _, content)| content.clone());
                if let Some(content) = draw(app, &document, (format, xml)).await? {
                    stored.push((format, "rendered", content));
                }
            }
            Err(Refused::LoginLost) => return wait_for_login(app, &row).await,
            Err(refused) => anyhow::bail!("no document is to be had: {refused:?}"),
        }
    }
    store_documents(app, &row, &stored).await?;
    Ok(Ended::Done)
}

/// Drawing takes a moment of a core: not on the threads that answer.
async fn draw(
    app: &App,
    document: &Document,
    (format, xml): (&'static str, Option<Vec<u8>>),
) -> Result<Option<Vec<u8>>> {
    let (document, fonts) = (document.clone(), Arc::clone(&app.fonts));
    tokio::task::spawn_blocking(move || render(&document, format, (&fonts, xml.as_deref())))
        .await
        .context("drawing a document")?
}

async fn store_documents(
    app: &App,
    row: &InvoiceRow,
    stored: &[(&'static str, &'static str, Vec<u8>)],
) -> Result<()> {
    let documents: Vec<NewDocument<'_>> = stored
        .iter()
        .map(|(format, source, content)| NewDocument { format, source, content })
        .collect();
    let (now, machine_now) = (app.clock.city_now(), app.clock.machine_now_ms());
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.put_documents(row.invoice_id, &documents, now.ms()).await?;
    tx.hold_invoice(row.invoice_id, None, now.ms()).await?;
    close_case(&mut tx, &format!("document_differs:{}", row.invoice_id), "mended", now).await?;
    for mail in tx.invoice_mails(row.invoice_id).await? {
        if mail.state == "waiting" {
            let key = mail.mail_id.to_string();
            tx.enqueue(Kind::SendMail.name(), &key, row.invoice_id, machine_now).await?;
        }
    }
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(())
}

/// What differs from what was asked for is handed to nobody; a person looks, and it is fetched again now and then.
async fn differs(app: &App, row: &InvoiceRow, what: &str) -> Result<Ended> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.hold_invoice(row.invoice_id, Some("differs"), now.ms()).await?;
    let key = format!("document_differs:{}", row.invoice_id);
    let detail = format!("the office's document is not what was asked for: {what}");
    case(&mut tx, row, ("document_differs", &key, &detail), now).await?;
    tx.commit().await?;
    Ok(Ended::NotBeforeMs(app.clock.machine_now_ms() + 60 * LONGEST_ASK_MS))
}

/// A person has to sign in at the office; it goes on by itself afterwards.
pub(super) async fn wait_for_login(app: &App, row: &InvoiceRow) -> Result<Ended> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    if tx.hold_invoice(row.invoice_id, Some("login"), now.ms()).await? {
        let office = app.issuer(&row.regime)?.name();
        let key = format!("office_login_lost:{}:{}", row.payee_id, city_day(now));
        let detail = format!(
            "{office} wants somebody to sign in again; documents wait and go on by themselves"
        );
        case(&mut tx, row, ("office_login_lost", &key, &detail), now).await?;
    }
    tx.commit().await?;
    Ok(after_patience(app))
}

pub(super) fn after_patience(app: &App) -> Ended {
    Ended::NotBeforeMs(app.clock.machine_now_ms() + PATIENCE * poll_ms(app))
}

/// It is at work again.
pub(super) async fn release(app: &App, row: &InvoiceRow) -> Result<()> {
    if row.held.is_none() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.hold_invoice(row.invoice_id, None, app.clock.city_now().ms()).await?;
    tx.commit().await?;
    Ok(())
}

/// The longer it takes, the less often it is asked.
pub(super) fn later(app: &App, row: &InvoiceRow) -> Ended {
    let waited_ms = (app.clock.city_now().ms() - row.changed_at) / app.clock.speed().max(1);
    let wait_ms = (waited_ms / 8).clamp(poll_ms(app), LONGEST_ASK_MS);
    Ended::NotBeforeMs(app.clock.machine_now_ms() + wait_ms)
}

fn poll_ms(app: &App) -> i64 {
    i64::try_from(app.config.tax.poll_ms).unwrap_or(LONGEST_ASK_MS)
}

pub(super) fn why(code: &str, text: &str) -> String {
    if text.is_empty() { code.to_owned() } else { format!("{code}: {text}") }
}

pub(super) async fn load(app: &App, invoice_id: Uuid) -> Result<InvoiceRow> {
    app.store.read().await?.invoice(invoice_id).await?.context("no such document")
}

pub(super) fn state_of(row: &InvoiceRow) -> Result<IssueState> {
    IssueState::from_name(&row.state).context("unknown state of a document")
}

fn colour_of(row: &InvoiceRow) -> Result<Colour> {
    Colour::from_name(&row.colour).context("unknown colour of a document")
}
