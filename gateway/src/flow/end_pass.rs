//! A pass is given back: the price of the days not begun goes back, and what is left of it is earned
//! at once with the month. Before it is paid, an application is just taken back.

use anyhow::Context;
use billing::order::Basis;
use billing::pass::{PassEvent, PassState, given_back};
use store::{PassMonthRow, PassRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen, Interval, Timestamp};

use super::open_pass_order::price_pass;
use super::passes::{next, pass_unknown, price_again, store};
use super::{Outcome, Refusal};
use crate::app::App;

/// Gives a pass back, or takes an application back.
///
/// # Errors
/// `pass_unknown`, `pass_over`.
pub async fn end_pass(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    pass_id: Uuid,
) -> Outcome<PassRow> {
    let now = app.clock.city_now();
    let known = tx.pass(pass_id).await?.filter(|p| p.account_id == Some(account.0));
    known.ok_or_else(pass_unknown)?;
    if let Some(order) = tx.order_of("pass", pass_id).await? {
        tx.lock_order(order.order_id).await?;
    }
    let mut row = tx.lock_pass(pass_id).await?.context("pass vanished")?;
    if row.state == PassState::Active.name() {
        give_back(app, tx, &mut row, now).await?;
        return Ok(row);
    }
    let offered = row.state == PassState::Offered.name();
    row.state = next(&row, PassEvent::Withdrawn)?.name().into();
    store(tx, &mut row, now).await?;
    tx.delete_pass_evidence(pass_id, now.ms()).await?;
    if offered {
        let nothing = (Fen::ZERO, Basis::NoStay);
        price_pass(app, tx, pass_id, nothing, "the applicant withdrew", now).await?;
    }
    Ok(row)
}

async fn give_back(app: &App, tx: &mut Tx, row: &mut PassRow, now: Timestamp) -> Outcome<()> {
    let (from, to) =
        row.valid_from_at.zip(row.valid_to_at).context("a pass that runs has a validity")?;
    let valid = Interval::new(Timestamp::from_ms(from), Timestamp::from_ms(to));
    let valid = valid.context("the validity of a pass")?;
    let price = Fen(row.price_fen);
    let back = given_back(&app.after, price, valid, now).map_err(anyhow::Error::from)?;
    row.state = next(row, PassEvent::Cancelled)?.name().into();
    row.given_back_fen = back.0;
    // It covers the day on which it is given back.
    let (today, _) = app.after.local(now);
    row.valid_to_at = Some(app.after.day_begins(today + 1).ms().min(to));
    store(tx, row, now).await?;
    let kept = price.minus(back).map_err(anyhow::Error::from)?;
    keep_months(tx, row, kept).await?;
    if back > Fen::ZERO {
        let basis = (kept, Basis::Charged);
        price_pass(app, tx, row.pass_id, basis, "the pass was given back", now).await?;
    }
    price_again(app, tx, row, "given_back").await
}

/// What is kept and was not earned in a month before is earned when the pass ends.
async fn keep_months(tx: &mut Tx, row: &PassRow, kept: Fen) -> Outcome<()> {
    let months = tx.pass_months(row.pass_id).await?;
    let ends_at = row.valid_to_at.context("a pass that ran has an end")?;
    let before: i64 = months.iter().filter(|m| m.released_at.is_some()).map(|m| m.amount_fen).sum();
    let mut left = kept.0.saturating_sub(before);
    let mut plan: Vec<PassMonthRow> = Vec::new();
    for month in months.into_iter().filter(|m| m.released_at.is_none()) {
        let amount_fen = month.amount_fen.min(left);
        left -= amount_fen;
        if amount_fen > 0 {
            plan.push(PassMonthRow {
                amount_fen,
                release_at: month.release_at.min(ends_at),
                ..month
            });
        }
    }
    if left != 0 {
        return Err(Refusal::Failed(anyhow::anyhow!("{left} fen of a pass belong to no month")));
    }
    Ok(tx.put_pass_months(row.pass_id, &plan).await?)
}
