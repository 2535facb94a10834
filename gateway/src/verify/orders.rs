//! Orders: bills from their input, sums from payments and entries, history from the last line.

use anyhow::{Context, Result};
use billing::invoice::split_gross;
use store::{OrderRow, Tx};
use vocabulary::Fen;

use super::{PAGE, Report};
use crate::flow::visit_case::{VisitFacts, read_tariff};

/// Every order, page by page.
pub(super) async fn verify_orders(tx: &mut Tx, report: &mut Report) -> Result<()> {
    let mut after = None;
    loop {
        let page = tx.orders_after(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.order_id);
        for order in &page {
            report.orders += 1;
            verify_bill(tx, order, report).await?;
            verify_sums(tx, order, report).await?;
            verify_vat(tx, order, report).await?;
            verify_history(tx, order, report).await?;
        }
    }
}

/// The bill from its stored input, and the input from the stays it rests on.
async fn verify_bill(tx: &mut Tx, order: &OrderRow, report: &mut Report) -> Result<()> {
    let Some(row) = tx.bill(order.order_id).await? else {
        return verify_unpriced(tx, order, report).await;
    };
    report.bills += 1;
    // A settled order keeps its total while a person has to decide about a later bill.
    let holds = row.revision == order.holding_revision;
    if holds && row.total_fen != order.total_fen {
        report.add(
            "order",
            order.order_id,
            format!("total {}, bill {}", Fen(order.total_fen), Fen(row.total_fen)),
        );
    }
    if row.engine_version != i64::from(billing::ENGINE_VERSION) {
        report.superseded_bills += 1;
        return Ok(());
    }
    let stored: billing::Bill = serde_json::from_str(&row.bill_json)?;
    let case: billing::Case = serde_json::from_str(&row.case_json)?;
    let Some(tariff) = tx.tariff_revision(&row.tariff_id, row.tariff_revision).await? else {
        report.add(
            "bill",
            order.order_id,
            format!("tariff {} revision {} is not stored", row.tariff_id, row.tariff_revision),
        );
        return Ok(());
    };
    let tariff = read_tariff(&tariff.yaml)?;
    match billing::price(&tariff, billing::Calendars::built_in(), &case) {
        Ok(bill) if bill == stored && bill.total == Fen(row.total_fen) => {}
        Ok(bill) => report.add(
            "bill",
            order.order_id,
            format!("stored {}, computed {}", stored.total, bill.total),
        ),
        Err(reject) => report.add(
            "bill",
            order.order_id,
            format!("stored {}, refused as {}", stored.total, reject.code()),
        ),
    }
    if order.subject_kind != "visit" {
        return Ok(());
    }
    let facts = VisitFacts::load(tx, order).await?;
    if !facts.is_parked() {
        // What came before is in the bill that holds; a plate that was hidden since is found no more.
        let now = billing::Case { earlier: case.earlier.clone(), ..facts.case()? };
        if now != case && !now.intervals.is_empty() && !has_job(tx, order).await? {
            report.add("bill", order.order_id, "the stays changed and the bill did not".into());
        }
    }
    Ok(())
}

/// A visit that is over has a bill, unless work or a case for it is open.
async fn verify_unpriced(tx: &mut Tx, order: &OrderRow, report: &mut Report) -> Result<()> {
    let stays = tx.stays_of_visit(order.subject_id).await?;
    let over = !stays.is_empty() && stays.iter().all(|s| s.state == "left");
    let known =
        has_job(tx, order).await? || tx.has_case(&format!("unpriced:{}", order.order_id)).await?;
    if over && order.state == "open" && !known {
        report.add("bill", order.order_id, "the visit is over and was never priced".into());
    }
    Ok(())
}

/// A revision that is still to be settled is work under way, not a difference.
async fn has_job(tx: &mut Tx, order: &OrderRow) -> Result<bool> {
    Ok(tx.subject_has_job(order.subject_id).await?)
}

/// The last line of an order's history is the order as it stands; older programs kept none.
async fn verify_history(tx: &mut Tx, order: &OrderRow, report: &mut Report) -> Result<()> {
    let Some(last) = tx.last_order_event(order.order_id).await? else { return Ok(()) };
    let told = (&last.state, last.total_fen, last.paid_fen, last.refunding_fen, last.refunded_fen);
    let stands =
        (&order.state, order.total_fen, order.paid_fen, order.refunding_fen, order.refunded_fen);
    let given_up = (last.waived_fen, last.written_off_fen);
    if told != stands || given_up != (order.waived_fen, order.written_off_fen) {
        let detail = format!("its history ends in {told:?}, it stands at {stands:?}");
        report.add("order", order.order_id, detail);
    }
    Ok(())
}

async fn verify_sums(tx: &mut Tx, order: &OrderRow, report: &mut Report) -> Result<()> {
    let sums = tx.order_sums(order.order_id).await?;
    let kept = order.paid_fen - order.refunding_fen - order.refunded_fen;
    let owed = order.total_fen - order.waived_fen - order.written_off_fen - kept;
    let checks = [
        ("paid", order.paid_fen, sums.paid_fen),
        ("invoiced", order.invoiced_fen, sums.invoiced_fen),
        ("receivable", owed, sums.receivable_fen),
    ];
    for (what, stored, computed) in checks {
        if stored != computed {
            report.add(
                "order",
                order.order_id,
                format!("{what}: stored {}, computed {}", Fen(stored), Fen(computed)),
            );
        }
    }
    if order.invoiced_fen > kept {
        report.add(
            "order",
            order.order_id,
            format!("invoiced {}, paid {}", Fen(order.invoiced_fen), Fen(kept)),
        );
    }
    Ok(())
}

/// The VAT posted of an order is that of what it costs: its total less its waivers. A write-off and a refund
/// do not change it, and what was booked without a rate bears none. Entries of several rates (a tax item was
/// entered after the first of them) have no one split to be compared with.
async fn verify_vat(tx: &mut Tx, order: &OrderRow, report: &mut Report) -> Result<()> {
    let posted = tx.order_vat(order.order_id).await?;
    let [posted] = posted.as_slice() else { return Ok(()) };
    let cost = Fen(order.total_fen - order.waived_fen);
    let tax = match posted.rate_bp {
        Some(rate_bp) => {
            let rate_bp = u32::try_from(rate_bp).context("the rate of an entry")?;
            split_gross(cost, rate_bp).context("what an order costs")?.tax
        }
        None => Fen::ZERO,
    };
    if posted.tax_fen != tax.0 {
        let detail = format!("VAT: posted {}, of {cost} it is {tax}", Fen(posted.tax_fen));
        report.add("order", order.order_id, detail);
    }
    Ok(())
}
