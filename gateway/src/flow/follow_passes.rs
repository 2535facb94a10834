//! Passes that move by themselves: paid offers begin, unpaid ones lapse, who waits is offered a free
//! place, months are earned, passes end. A sweep without input.

use anyhow::{Context, Result};
use billing::invoice::split_gross;
use billing::ledger::{self, Month, Tax};
use billing::order::Basis;
use billing::pass::{PassEvent, PassState, earned_by_month, validity};
use store::{Lane, OrderRow, PassMonthRow, PassRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Interval, Timestamp};

use super::books::{about_order, book};
use super::open_pass_order::price_pass;
use super::passes::{next, offer_next, price_again, store};
use super::{Outcome, Refusal};
use crate::app::App;

const BATCH: i64 = 200;

/// Does what is due; how many passes changed.
///
/// # Errors
/// When the database fails.
pub async fn follow_passes(app: &App) -> Result<usize> {
    let now = app.clock.city_now();
    let mut tx = app.store.read().await?;
    let due = tx.passes_to_look_at(now.ms(), BATCH).await?;
    let months = tx.pass_months_due(now.ms(), BATCH).await?;
    let products = tx.products_with_room(BATCH).await?;
    drop(tx);
    let mut changed = 0;
    for (pass_id,) in due {
        look_at(app, pass_id).await.map_err(failed)?;
        changed += 1;
    }
    for (product_id,) in products {
        let mut tx = app.store.begin(Lane::Command).await?;
        while offer_next(app, &mut tx, product_id).await.map_err(failed)? {
            changed += 1;
        }
        tx.commit().await?;
    }
    for month in months {
        release(app, &month).await?;
        changed += 1;
    }
    Ok(changed)
}

async fn look_at(app: &App, pass_id: Uuid) -> Outcome<()> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    let order = tx.order_of("pass", pass_id).await?.context("an offered pass without order")?;
    let order = tx.lock_order(order.order_id).await?.context("pass without order")?;
    let Some(mut row) = tx.lock_pass(pass_id).await? else { return Ok(()) };
    let state = PassState::from_name(&row.state).context("unknown state of a pass")?;
    match state {
        PassState::Offered if order.state == "paid" => {
            begin(app, &mut tx, &order, &mut row).await?;
        }
        PassState::Offered if row.offered_until_at.is_some_and(|at| at <= now.ms()) => {
            row.state = next(&row, PassEvent::OfferOver)?.name().into();
            store(&mut tx, &mut row, now).await?;
            let nothing = (Fen::ZERO, Basis::NoStay);
            price_pass(app, &mut tx, pass_id, nothing, "the offer was not paid in time", now)
                .await?;
        }
        PassState::Active if row.valid_to_at.is_some_and(|at| at <= now.ms()) => {
            row.state = next(&row, PassEvent::TimeOver)?.name().into();
            store(&mut tx, &mut row, now).await?;
        }
        _ => return Ok(()),
    }
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(())
}

/// A paid pass runs from the day on which it was paid.
async fn begin(app: &App, tx: &mut Tx, order: &OrderRow, row: &mut PassRow) -> Outcome<()> {
    let now = app.clock.city_now();
    let paid_at = Timestamp::from_ms(order.paid_at.unwrap_or(now.ms()));
    let product = tx.lock_pass_product(row.product_id).await?.context("pass without product")?;
    let months = u32::try_from(product.months).context("the months of a pass")?;
    let valid = validity(&app.after, paid_at, months).context("the validity of a pass")?;
    row.state = next(row, PassEvent::Paid)?.name().into();
    row.valid_from_at = Some(valid.start_at().ms());
    row.valid_to_at = Some(valid.end_at().ms());
    store(tx, row, now).await?;
    let plan = plan_of(app, row.pass_id, Fen(row.price_fen), valid)?;
    tx.put_pass_months(row.pass_id, &plan).await?;
    tx.hold_pass_plate_from(row.pass_id, valid.start_at().ms()).await?;
    price_again(app, tx, row, "paid").await
}

/// What is earned in which month, and when that is booked: when the month, or the pass, is over.
pub(super) fn plan_of(
    app: &App,
    pass_id: Uuid,
    price: Fen,
    valid: Interval,
) -> Result<Vec<PassMonthRow>> {
    let earned = earned_by_month(&app.after, price, valid)?;
    let plan = earned.into_iter().map(|part| {
        let month = format!("{:04}-{:02}", part.year, part.month);
        let first = chrono::NaiveDate::from_ymd_opt(part.year, part.month, 1);
        let next = first.and_then(|day| day.checked_add_months(chrono::Months::new(1)));
        let next = next.context("the month after")?;
        let midnight = next.signed_duration_since(chrono::NaiveDate::default()).num_days();
        let ends_at = app.after.day_begins(midnight).min(valid.end_at());
        Ok(PassMonthRow {
            pass_id,
            month,
            amount_fen: part.amount.0,
            release_at: ends_at.ms(),
            released_at: None,
        })
    });
    plan.collect()
}

/// Books what a month has earned: the net of what is earned up to its end, less what was booked.
async fn release(app: &App, month: &PassMonthRow) -> Result<()> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    let order = tx.order_of("pass", month.pass_id).await?.context("pass without order")?;
    let order = tx.lock_order(order.order_id).await?.context("pass without order")?;
    if !tx.release_pass_month(month.pass_id, &month.month, now.ms()).await? {
        return Ok(());
    }
    let at = Timestamp::from_ms(month.release_at.saturating_sub(1));
    let about = about_order(&mut tx, &order, at).await?;
    let months = tx.pass_months(month.pass_id).await?;
    let upto = |last: &str, with: bool| {
        let counted =
            months.iter().filter(|m| m.month.as_str() < last || (with && m.month == last));
        Fen(counted.map(|m| m.amount_fen).sum())
    };
    let net = |gross: Fen| -> Result<Fen> {
        Ok(match about.tax.rate_bp() {
            Some(rate_bp) => split_gross(gross, rate_bp)?.net,
            None => gross,
        })
    };
    let earned = net(upto(&month.month, true))?.minus(net(upto(&month.month, false))?)?;
    if about.tax != Tax::NonTax && earned > Fen::ZERO {
        let name: Month =
            month.month.parse().map_err(|_| anyhow::anyhow!("no month: {}", month.month))?;
        let entry = ledger::pass_released(&about, &month.pass_id.to_string(), name, earned)?;
        book(&mut tx, &entry, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn failed(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Failed(error) => error,
        other => anyhow::anyhow!("{other:?}"),
    }
}
