//! What of an order is given up by authority (waivers, write-offs), and what of that is taken back.
//!
//! Each is a row and an entry under one name. Nothing is edited: what a lower total makes needless is
//! reversed whole, newest first, and the part that still holds is given up anew, once the lower total is
//! booked.

use anyhow::Context;
use billing::ledger::{self, Entry, Waiver};
use store::{OrderRow, Tx, WaiverRow};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::books::{about_order, book};
use super::move_order::Cause;
use super::{Outcome, Refusal};

/// Gives up `reduction` of an order whose row holds its money after it.
pub(super) async fn give_up(
    tx: &mut Tx,
    row: &OrderRow,
    (kind, reduction): (&str, Fen),
    cause: &Cause<'_>,
) -> Outcome<()> {
    let authority = cause.authority.as_ref().ok_or_else(|| {
        Refusal::refused("authority_missing", "nothing is given up without an authority")
    })?;
    let by_bill = format!("{}:{}", row.order_id, row.bill_revision);
    let waiver = WaiverRow {
        waiver_id: Uuid::now_v7(),
        order_id: row.order_id,
        kind: kind.into(),
        decision: authority.decision.map_or(by_bill, str::to_owned),
        bill_revision: row.bill_revision,
        gross_fen: gross(row, kind) + reduction.0,
        reduction_fen: reduction.0,
        reason: cause.reason.into(),
        authority: authority.name.into(),
        document_number: authority.document_number.into(),
        actor: cause.actor.into(),
        approved_by: authority.approved_by.map(str::to_owned),
        made_at: cause.at.ms(),
        reversed_at: None,
    };
    store(tx, row, &waiver).await
}

/// What was reversed of an order, until the total that makes it needless is booked.
#[derive(Debug, Default)]
pub(super) struct TakenBack {
    /// The reversals of waivers.
    pub(super) reversed: Vec<Entry>,
    /// What these waived.
    pub(super) waived: Fen,
    /// What still holds.
    rest: Vec<WaiverRow>,
}

/// Takes back `amount` of what was given up, of the kinds in this order. What still holds of the last one is
/// in `taken`, for `give_up_rest`.
pub(super) async fn take_back(
    tx: &mut Tx,
    row: &OrderRow,
    (kinds, amount): (&[&str], Fen),
    cause: &Cause<'_>,
    taken: &mut TakenBack,
) -> Outcome<()> {
    let rank = |w: &WaiverRow| kinds.iter().position(|kind| *kind == w.kind);
    let mut live = tx.waivers(row.order_id).await?;
    live.retain(|w| w.reversed_at.is_none() && rank(w).is_some());
    // Newest first within a kind.
    live.reverse();
    live.sort_by_key(rank);
    let mut left = amount.0;
    for waiver in live {
        if left <= 0 {
            break;
        }
        let entry = entry_of(tx, row, &waiver).await?;
        let day = ledger::city_day(cause.at);
        let reversal = entry.reversal(day).context("reversing a waiver")?;
        book(tx, &reversal, cause.at).await?;
        tx.reverse_waiver(waiver.waiver_id, cause.at.ms()).await?;
        if waiver.kind != "write_off" {
            taken.reversed.push(reversal);
            taken.waived = taken.waived.plus(Fen(waiver.reduction_fen)).context("waivers")?;
        }
        let still = (waiver.reduction_fen - left).max(0);
        left -= waiver.reduction_fen;
        if still > 0 {
            let rest = WaiverRow {
                waiver_id: Uuid::now_v7(),
                decision: format!("{}:{}:rest", row.order_id, row.bill_revision),
                bill_revision: row.bill_revision,
                gross_fen: gross(row, &waiver.kind) + still,
                reduction_fen: still,
                made_at: cause.at.ms(),
                ..waiver
            };
            taken.rest.push(rest);
        }
    }
    if left > 0 {
        return Err(
            anyhow::anyhow!("{left} fen more are to be taken back than were given up").into()
        );
    }
    Ok(())
}

/// Gives up anew what still holds of what was taken back.
pub(super) async fn give_up_rest(tx: &mut Tx, row: &OrderRow, taken: TakenBack) -> Outcome<()> {
    for rest in taken.rest {
        store(tx, row, &rest).await?;
    }
    Ok(())
}

/// What the order costs with everything given up, but for write-offs in case of a waiver.
fn gross(row: &OrderRow, kind: &str) -> i64 {
    let net = row.total_fen - row.waived_fen;
    if kind == "write_off" { net - row.written_off_fen } else { net }
}

async fn store(tx: &mut Tx, row: &OrderRow, waiver: &WaiverRow) -> Outcome<()> {
    tx.insert_waiver(waiver).await?;
    let entry = entry_of(tx, row, waiver).await?;
    book(tx, &entry, Timestamp::from_ms(waiver.made_at)).await?;
    Ok(())
}

/// The same row gives the same entry, then and now: that is how it is reversed.
async fn entry_of(tx: &mut Tx, row: &OrderRow, waiver: &WaiverRow) -> Outcome<Entry> {
    let about = about_order(tx, row, Timestamp::from_ms(waiver.made_at)).await?;
    let authority = format!("{} {}", waiver.authority, waiver.document_number);
    let authority = authority.trim();
    let entry = if waiver.kind == "write_off" {
        let amount = Fen(waiver.reduction_fen);
        ledger::written_off(&about, &waiver.decision, amount, &waiver.reason, authority)
    } else {
        let waiver = Waiver {
            decision: &waiver.decision,
            gross: Fen(waiver.gross_fen),
            reduction: Fen(waiver.reduction_fen),
            reason: &waiver.reason,
            authority,
        };
        ledger::waived(&about, &waiver)
    };
    Ok(entry.context("booking what is given up")?)
}
