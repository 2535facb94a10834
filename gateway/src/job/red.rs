//! The way of a red document until it is handed in: drawn up once its blue one is issued, its confirmation form applied for
//! and confirmed (红字发票信息确认单), by the buyer if the buyer has used the invoice.

use anyhow::{Context, Result};
use billing::invoice::{RedPart, RedReason};
use billing::issuing::{Colour, IssueEvent, IssueState, counts};
use store::{InvoiceRow, Lane};
use vocabulary::Fen;

use super::Ended;
use super::invoice::{
    after_patience, hand_in, later, load, release, state_of, wait_for_login, why,
};
use crate::app::App;
use crate::drawn::{Drawn, document_of};
use crate::flow::move_invoice::{case, move_now};
use crate::outbound::issuer::{FormDemand, FormWord, Refused};

/// One more step.
pub(super) async fn go_on(app: &App, row: InvoiceRow) -> Result<Ended> {
    let row = if row.draft_json.is_empty() {
        match draw(app, &row).await? {
            Some(drawn) => drawn,
            None => {
                let after = load(app, row.invoice_id).await?;
                let over = state_of(&after)?.is_end();
                return Ok(if over { Ended::Done } else { later(app, &row) });
            }
        }
    } else {
        row
    };
    if !app.issuer(&row.regime)?.needs_form() || state_of(&row)? == IssueState::Confirmed {
        return hand_in(app, row).await;
    }
    match form(app, &row).await? {
        Ok(word) => follow(app, row, word).await,
        Err(Refused::LoginLost) => wait_for_login(app, &row).await,
        // The number is ours alone: what the office knows under it is our form. From now on it is asked for.
        Err(Refused::NumberKnown) => follow(app, row, FormWord::UnderWay).await,
        Err(Refused::Final { code, text }) => refuse(app, &row, why(&code, &text)).await,
    }
}

/// Draws a red one up against its blue one as it was issued. None while that is under way, or when there is nothing
/// to be taken back any more.
async fn draw(app: &App, row: &InvoiceRow) -> Result<Option<InvoiceRow>> {
    let blue_id = row.original_id.context("a red one of nothing")?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let blue = tx.lock_invoice(blue_id).await?.context("a blue one vanished")?;
    let state = state_of(&blue)?;
    if !counts(Colour::Blue, state) {
        drop(tx);
        move_now(app, row.invoice_id, IssueEvent::Withdrawn, |row| {
            row.reject_reason = Some("the document to be taken back came to nothing".into());
        })
        .await?;
        return Ok(None);
    }
    if blue.issued_at.is_none() {
        return Ok(None);
    }
    let reds = tx.reds_of_invoice(blue_id).await?;
    let mut before = Vec::new();
    for red in reds.iter().filter(|red| red.invoice_id != row.invoice_id) {
        let stands = !state_of(red)?.came_to_nothing();
        if let (true, Some(drawn)) = (stands, Drawn::read(red)?) {
            before.push(drawn);
        }
    }
    let parts: Vec<RedPart> = tx
        .orders_of_invoice(row.invoice_id)
        .await?
        .iter()
        .map(|o| RedPart { order: o.order_id.to_string(), gross: Fen(-o.gross_fen) })
        .collect();
    let reason = RedReason::from_name(&row.reason).context("unknown reason of a red one")?;
    let drawn = Drawn::red(&document_of(&blue)?, &before, &parts, reason)?;
    anyhow::ensure!(drawn.totals().gross.0 == row.gross_fen, "a red one of another amount");
    let next = InvoiceRow { draft_json: drawn.json()?, ..row.clone() };
    anyhow::ensure!(tx.advance_invoice(&next, &row.state).await?, "a red one moved on");
    tx.commit().await?;
    Ok(Some(next))
}

/// Applies for the form, or asks what became of it.
async fn form(app: &App, row: &InvoiceRow) -> Result<Result<FormWord, Refused>> {
    let issuer = app.issuer(&row.regime)?;
    let form_no = row.form_no.as_deref().context("a red one without the number of its form")?;
    let now = app.clock.machine_now_ms();
    if state_of(row)? == IssueState::Applied {
        match issuer.ask_form(form_no, now).await? {
            Ok(Some(word)) => return Ok(Ok(word)),
            // Never heard of: apply again, under the same number.
            Ok(None) => {}
            Err(refused) => return Ok(Err(refused)),
        }
    }
    let blue = load(app, row.original_id.context("a red one of nothing")?).await?;
    let reason = RedReason::from_name(&row.reason).context("unknown reason of a red one")?;
    let demand = FormDemand {
        form_no,
        blue_number: blue.invoice_number.as_deref().context("a blue one without number")?,
        reason: reason.text(),
        gross: Fen(row.gross_fen),
    };
    issuer.apply(&demand, now).await
}

async fn follow(app: &App, row: InvoiceRow, word: FormWord) -> Result<Ended> {
    match word {
        FormWord::Confirmed(confirmation_no) => {
            release(app, &row).await?;
            let drawn = Drawn::read(&row)?.context("a red one that was never drawn up")?;
            let json = drawn.confirmed(&confirmation_no)?.json()?;
            let confirmed = move_now(app, row.invoice_id, IssueEvent::FormConfirmed, |row| {
                row.confirmation_no = Some(confirmation_no.clone());
                row.draft_json.clone_from(&json);
            })
            .await?;
            hand_in(app, confirmed).await
        }
        FormWord::UnderWay => {
            release(app, &row).await?;
            move_now(app, row.invoice_id, IssueEvent::FormTaken, |_| {}).await?;
            Ok(later(app, &row))
        }
        FormWord::WaitsForBuyer => {
            move_now(app, row.invoice_id, IssueEvent::FormTaken, |_| {}).await?;
            wait_for_buyer(app, &row).await
        }
        FormWord::Refused(reason) => refuse(app, &row, reason).await,
    }
}

/// The buyer has used the invoice and has to confirm at its own tax office. A clerk calls; it goes on by itself.
async fn wait_for_buyer(app: &App, row: &InvoiceRow) -> Result<Ended> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.hold_invoice(row.invoice_id, Some("buyer"), now.ms()).await?;
    let key = format!("red_waits_for_buyer:{}", row.invoice_id);
    let detail = format!(
        "the buyer has used the invoice: {} fen are taken back when the buyer confirms the form; ask the buyer",
        -row.gross_fen
    );
    case(&mut tx, row, ("red_waits_for_buyer", &key, &detail), now).await?;
    tx.commit().await?;
    Ok(after_patience(app))
}

async fn refuse(app: &App, row: &InvoiceRow, reason: String) -> Result<Ended> {
    move_now(app, row.invoice_id, IssueEvent::FormRefused, |row| {
        row.reject_reason = Some(reason.clone());
    })
    .await?;
    Ok(Ended::Done)
}
