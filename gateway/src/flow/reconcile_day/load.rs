//! Our side of a day, and what the bills of the days beside it know.

use std::collections::HashSet;

use billing::ledger::{city_day, day_begins};
use billing::reconcile::{ChannelBill, LineKind, OurState, Ours, Outcome as Ended};
use chrono::Days;
use store::{OwnRow, Store, Tx};
use vocabulary::{Fen, Timestamp};

use super::exceptions::REFUND_WAITS_DAYS;
use super::{Line, Outcome, Reconciling};

const DAY_MS: i64 = 86_400_000;
/// From noon on, a payment near midnight belongs to the next day's bill.
const NOON_MS: i64 = DAY_MS / 2;

/// Payments and refunds of the day, and those that the bill names.
pub(super) async fn own(
    store: &Store,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
) -> Outcome<Vec<OwnRow>> {
    let channel = asked.channel.name();
    let from_at = day_begins(asked.day).ms();
    let mut tx = store.read().await?;
    let mut own = tx.own_payments(channel, from_at, from_at + DAY_MS).await?;
    let known: HashSet<String> = own.iter().map(|o| o.number.clone()).collect();
    let others = numbers(bill, LineKind::Payment, &known);
    own.extend(tx.own_payments_named(channel, &others).await?);
    let mut refunds = tx.own_refunds(channel, from_at, from_at + DAY_MS).await?;
    let known: HashSet<String> = refunds.iter().map(|o| o.number.clone()).collect();
    let others = numbers(bill, LineKind::Refund, &known);
    refunds.extend(tx.own_refunds_named(channel, &others).await?);
    own.extend(refunds);
    Ok(own)
}

/// The bill's numbers of a kind that are not among the known ones, each once.
fn numbers<'a>(bill: &'a ChannelBill, kind: LineKind, known: &HashSet<String>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let of_kind = bill.lines.iter().filter(|line| line.kind == kind);
    of_kind
        .map(billing::reconcile::BillLine::number)
        .filter(|number| !known.contains(*number) && seen.insert(*number))
        .collect()
}

/// As `billing` compares it.
pub(super) fn ours(row: &OwnRow) -> Ours {
    let kind = if row.number == row.out_trade_no { LineKind::Payment } else { LineKind::Refund };
    let state = match row.state.as_str() {
        // Given back by hand in the end it never happened at the channel, and its bill says so.
        "succeeded" if row.hand_reference.is_some() => OurState::Failed,
        "succeeded" | "ended" | "refunded" => OurState::Done,
        "closed" | "failed" | "abnormal" => OurState::Failed,
        _ => OurState::Pending,
    };
    Ours {
        kind,
        number: row.number.clone(),
        transaction_id: row.transaction_id.clone(),
        amount: Fen(row.amount_fen),
        state,
        at: Timestamp::from_ms(row.at),
    }
}

/// A payment near midnight may stand on the bill of the day beside it: then it matches there; if that
/// bill was reconciled and does not have it, it is missing. A refund stands on the bill of the day on which the channel
/// took it, which may be any later one; while that may be to come, it is waited for as before.
pub(super) async fn look_at_neighbours(
    store: &Store,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
    lines: &mut [Line<'_>],
) -> Outcome<()> {
    let (channel, merchant) = (asked.channel.name(), bill.merchant.as_str());
    let mut tx = store.read().await?;
    let keys: Vec<&str> =
        lines.iter().filter(|l| l.theirs.is_none()).map(|l| l.row.line_key.as_str()).collect();
    let mut elsewhere = HashSet::new();
    for beside in [asked.day.pred_opt(), asked.day.succ_opt()].into_iter().flatten() {
        elsewhere.extend(tx.billed_on(channel, merchant, &beside.to_string(), &keys).await?);
    }
    let refunds: Vec<&str> =
        keys.iter().copied().filter(|key| key.starts_with("refund:")).collect();
    let day = asked.day.to_string();
    elsewhere.extend(tx.billed_later(channel, merchant, &day, &refunds).await?);
    let waited_for = waited_for(&mut tx, asked, merchant).await?;
    for line in lines.iter_mut().filter(|l| l.theirs.is_none()) {
        if elsewhere.contains(&line.row.line_key) {
            line.set(Ended::Matched);
            continue;
        }
        if line.outcome == Ended::MissingThere && waited_for.contains(&line.row.line_key) {
            line.set(Ended::Expected);
            continue;
        }
        if line.outcome != Ended::Expected || line.row.kind != "payment" {
            continue;
        }
        let neighbour = match city_ms(line.row.at) >= NOON_MS {
            true => asked.day.succ_opt(),
            false => asked.day.pred_opt(),
        };
        let Some(neighbour) = neighbour else { continue };
        if tx.channel_bill(channel, merchant, &neighbour.to_string()).await?.is_some() {
            line.set(Ended::MissingThere);
        }
    }
    Ok(())
}

/// Refunds of the day that were found on no bill when it was reconciled before, as long as that of a day on which the
/// channel may have taken them is to come.
async fn waited_for(
    tx: &mut Tx,
    asked: &Reconciling<'_>,
    merchant: &str,
) -> Outcome<HashSet<String>> {
    let channel = asked.channel.name();
    let last = asked.day.checked_add_days(Days::new(REFUND_WAITS_DAYS)).unwrap_or(asked.day);
    if !tx.billed_days(channel, &last.to_string(), "9999-12-31").await?.is_empty() {
        return Ok(HashSet::new());
    }
    let day = asked.day.to_string();
    let waiting = tx.bill_lines(channel, merchant, &day, Ended::Expected.name()).await?;
    let refunds = waiting.into_iter().filter(|row| row.kind == "refund");
    Ok(refunds.map(|row| row.line_key).collect())
}

/// Milliseconds since midnight in +08:00.
pub(super) fn city_ms(at: i64) -> i64 {
    at - day_begins(city_day(Timestamp::from_ms(at))).ms()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_went_back_by_hand_did_not_happen_at_the_channel() {
        let row = |state: &str, hand: Option<&str>| OwnRow {
            number: "r1".into(),
            out_trade_no: "t1".into(),
            transaction_id: None,
            amount_fen: 100,
            state: state.into(),
            at: 0,
            id: Uuid::nil(),
            order_id: Uuid::nil(),
            payee_id: Uuid::nil(),
            hand_reference: hand.map(str::to_owned),
        };
        for (state, hand, expected) in [
            ("succeeded", None, OurState::Done),
            ("succeeded", Some("17"), OurState::Failed),
            ("abnormal", None, OurState::Failed),
            ("closed", None, OurState::Failed),
            ("processing", None, OurState::Pending),
            ("processing", Some("17"), OurState::Pending),
        ] {
            assert_eq!(ours(&row(state, hand)).state, expected, "{state} {hand:?}");
        }
    }
}
