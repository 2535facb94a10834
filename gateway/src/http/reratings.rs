//! How the changes of a bill are told to the driver: from the order's history and the two bills.

use anyhow::Context;
use billing::Case;
use billing::order::Undecided;
use billing::order::rerating::{Fate, Rerating, changes, text};
use billing::tariff::Tariff;
use billing::text::Language;
use serde::{Deserialize, Serialize};
use store::{BillRow, OrderEventRow, OrderRow, Tx};
use utoipa::ToSchema;
use vocabulary::{Fen, Timestamp};

use crate::flow::Outcome;
use crate::flow::visit_case::read_tariff;

/// One change of a bill after it was final.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReratingView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    old_total_fen: i64,
    new_total_fen: i64,
    waived_fen: i64,
    /// What goes back because of it.
    refund_fen: i64,
    /// `due`, `waived`, `refunded`, `undecided` (a person decides) or `settled`.
    #[schema(value_type = String, example = "refunded")]
    fate: &'static str,
    /// In Chinese.
    text: String,
    text_en: String,
}

/// What the history keeps of a re-rating.
#[derive(Debug, Deserialize)]
struct Detail {
    from_revision: i64,
    to_revision: i64,
    undecided: Option<String>,
}

/// Every re-rating of an order, oldest first.
///
/// # Errors
/// When the database fails or a stored value cannot be read.
pub(super) async fn reratings(tx: &mut Tx, order: &OrderRow) -> Outcome<Vec<ReratingView>> {
    let history = tx.order_events(order.order_id).await?;
    let mut views = Vec::new();
    for (place, event) in history.iter().enumerate() {
        let Some(before) = place.checked_sub(1).and_then(|place| history.get(place)) else {
            continue;
        };
        if event.kind != "rerated" && event.kind != "increase_undecided" {
            continue;
        }
        let detail: Detail = serde_json::from_str(&event.detail_json)?;
        let old = tx.bill_revision(order.order_id, detail.from_revision).await?;
        let new = tx.bill_revision(order.order_id, detail.to_revision).await?;
        let Some(bill) = old.as_ref().or(new.as_ref()) else { continue };
        let tariff = tariff_of(tx, bill).await?;
        let refund_fen = refund_of(history.get(place + 1..).unwrap_or_default());
        let told = Told { before, event, refund_fen, detail: &detail };
        views.push(view(&told, old.as_ref(), new.as_ref(), &tariff)?);
    }
    Ok(views)
}

struct Told<'a> {
    before: &'a OrderEventRow,
    event: &'a OrderEventRow,
    refund_fen: i64,
    detail: &'a Detail,
}

/// Refunds that were started with the event: they follow it at once.
fn refund_of(following: &[OrderEventRow]) -> i64 {
    let at_once = following.iter().take_while(|event| event.kind == "refund_started");
    at_once.map(|event| event.amount_fen).sum()
}

fn view(
    told: &Told<'_>,
    old: Option<&BillRow>,
    new: Option<&BillRow>,
    tariff: &Tariff,
) -> Outcome<ReratingView> {
    let event = told.event;
    let after = new.map(case_of).transpose()?;
    let changes = match old.map(case_of).transpose()? {
        Some(before) => changes(&before, after.as_ref()),
        // There was no stay before: all of it is new.
        None => Vec::new(),
    };
    let fate = fate_of(told);
    let new_total_fen = match fate {
        Fate::Undecided(_) => new.map_or(event.total_fen, |bill| bill.total_fen),
        _ => event.total_fen,
    };
    let rerating = Rerating {
        changes,
        old_total: Fen(told.before.total_fen),
        new_total: Fen(new_total_fen),
        fate,
    };
    Ok(ReratingView {
        at: Timestamp::from_ms(event.made_at),
        old_total_fen: told.before.total_fen,
        new_total_fen,
        waived_fen: event.waived_fen - told.before.waived_fen,
        refund_fen: told.refund_fen,
        fate: rerating.fate.name(),
        text: text(&rerating, tariff, Language::Chinese),
        text_en: text(&rerating, tariff, Language::English),
    })
}

fn fate_of(told: &Told<'_>) -> Fate {
    if let Some(why) = told.detail.undecided.as_deref().and_then(Undecided::from_code) {
        return Fate::Undecided(why);
    }
    if told.refund_fen > 0 {
        return Fate::Refunded(Fen(told.refund_fen));
    }
    if told.event.waived_fen > told.before.waived_fen {
        return Fate::Waived;
    }
    match told.event.state.as_str() {
        "due" | "owing" => Fate::Due,
        _ => Fate::Settled,
    }
}

fn case_of(bill: &BillRow) -> Outcome<Case> {
    Ok(serde_json::from_str(&bill.case_json)?)
}

async fn tariff_of(tx: &mut Tx, bill: &BillRow) -> Outcome<Tariff> {
    let tariff = tx.tariff_revision(&bill.tariff_id, bill.tariff_revision).await?;
    Ok(read_tariff(&tariff.context("the bill's tariff is not stored")?.yaml)?)
}
