//! The third leg: what a channel paid out, booked by the receipt of the bank or the treasury, and
//! compared with the bills of the days that it pays for.
//!
//! What arrived is booked as it arrived, whether or not it compares: the receipt is a fact. What does
//! not compare is a case, and so are days that nothing paid for in time: looked for after each bill of a day,
//! whoever reconciled it.

mod compared;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use billing::ledger::{Channel, Entry, Remittance, Settlement, city_day, remitted, settled};
use billing::reconcile::{Payout, PayoutCompared, PayoutOutcome, ReceivedIn, read_payouts};
use chrono::NaiveDate;
use serde::Serialize;
use store::{Booked, Lane, NewCase, PayeeName, SettlementRow, Store, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp, ZoneId};

use super::actor::Actor;
use super::reconcile_day::{CASE_KIND, about_payee, clearing};
use super::statement::payee_named;
use super::{Outcome, Refusal};
use compared::{compared, sharing};

/// Days after a bill's day by which it must have been paid out.
const PAID_WITHIN_DAYS: u64 = 7;
const OWNER: &str = "finance";

/// How payouts ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Payouts {
    pub read: usize,
    /// How many ended in which way.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Entries booked now.
    pub booked: usize,
    pub cases_opened: usize,
    /// Days of payees that were billed and not paid out in time.
    pub unsettled_days: usize,
}

impl Payouts {
    /// Whether nobody has to look at anything.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unsettled_days == 0 && self.outcomes.get("amount_differs").is_none_or(|n| *n == 0)
    }
}

/// Books payouts from a table: all of them or none.
///
/// # Errors
/// Then nothing is booked. `settlement_…` where the table cannot be read, or one arrives in the future
/// (`settlement_in_future`); `payee_unknown`, `payee_ambiguous`; `other_regime` for one to the treasury of a payee
/// under VAT; `settlement_differs` where a number was booked with another amount.
pub async fn load_payouts(
    store: &Store,
    actor: &Actor,
    text: &str,
    now: Timestamp,
) -> Outcome<Payouts> {
    let payouts = read_payouts(text)
        .map_err(|refused| Refusal::refused(refused.code(), refused.to_string()))?;
    let today = city_day(now);
    if let Some(payout) = payouts.iter().find(|payout| payout.paid_on > today) {
        let detail = format!("line {}: paid_on {} is to come", payout.line, payout.paid_on);
        return Err(Refusal::refused("settlement_in_future", detail));
    }
    let mut report = Payouts { read: payouts.len(), ..Payouts::default() };
    let mut tx = store.begin(Lane::Command).await?;
    for payout in &payouts {
        let name = Some(payout.payee.as_str()).filter(|name| !name.is_empty());
        let payee = payee_named(&mut tx, actor, name).await;
        let payee = payee.map_err(|refusal| of_line(refusal, payout.line))?;
        let outcome = take(&mut tx, &payee, payout, now, &mut report).await?;
        *report.outcomes.entry(outcome.name()).or_default() += 1;
    }
    tx.commit().await?;
    Ok(report)
}

fn of_line(refusal: Refusal, line: usize) -> Refusal {
    match refusal {
        Refusal::Missing { code, detail } => {
            Refusal::Missing { code, detail: format!("line {line}: {detail}") }
        }
        Refusal::Refused { code, detail } => {
            Refusal::Refused { code, detail: format!("line {line}: {detail}") }
        }
        other => other,
    }
}

/// Books a payout unless that was done before, and compares it and those whose days it shares.
async fn take(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    now: Timestamp,
    report: &mut Payouts,
) -> Outcome<PayoutOutcome> {
    // The chain's lock keeps two from paying for the same day.
    tx.lock_chain(payee.payee_id).await?;
    let sharing = sharing(tx, payee, payout).await?;
    let known = tx.settlement(payout.channel.name(), &payout.number).await?;
    if let Some(known) = known {
        let fresh = SettlementRow {
            outcome: known.outcome.clone(),
            ..row_of(payee, payout, known.loaded_at)
        };
        if fresh != known {
            let detail =
                format!("line {}: {} was booked otherwise before", payout.line, payout.number);
            return Err(Refusal::conflict("settlement_differs", detail));
        }
        let outcome = judge(tx, payee, payout, (&sharing, known.loaded_at), now, report).await?;
        close_paid(tx, payee, payout, now).await?;
        return Ok(outcome);
    }
    book(tx, payee, payout, now, report).await?;
    // After all whose days it shares, so that it is told which of them came first.
    let last = sharing.iter().map(|other| other.loaded_at.saturating_add(1)).max();
    let loaded_at = now.ms().max(last.unwrap_or_default());
    let outcome = judge(tx, payee, payout, (&sharing, loaded_at), now, report).await?;
    for other in sharing.iter().filter(|o| o.outcome == PayoutOutcome::AmountDiffers.name()) {
        let (before, payout) = (other.loaded_at, payout_of(other, payout.channel)?);
        let sharing = compared::sharing(tx, payee, &payout).await?;
        judge(tx, payee, &payout, (&sharing, before), now, report).await?;
    }
    close_paid(tx, payee, payout, now).await?;
    Ok(outcome)
}

/// Days that a payout pays for are not missing any more; whether it is the right sum is a matter of its own.
async fn close_paid(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    now: Timestamp,
) -> Outcome<()> {
    let (prefix, suffix) = missing_key(payout.channel, payee.payee_id);
    for key in tx.open_cases_of(CASE_KIND, &prefix).await? {
        let day = key.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(&suffix));
        let day: Option<NaiveDate> = day.and_then(|day| day.parse().ok());
        if day.is_some_and(|day| (payout.from_on..=payout.to_on).contains(&day)) {
            tx.resolve_case(&key, "a payout covers the day now", now.ms()).await?;
        }
    }
    Ok(())
}

/// What the key of the case of a day that nothing was paid out for begins and ends with, the day in between.
fn missing_key(channel: Channel, payee_id: Uuid) -> (String, String) {
    (format!("settlement:{}:", channel.name()), format!(":{payee_id}:missing"))
}

fn row_of(payee: &PayeeName, payout: &Payout, loaded_at: i64) -> SettlementRow {
    SettlementRow {
        channel: payout.channel.name().into(),
        settlement_no: payout.number.clone(),
        payee_id: payee.payee_id,
        paid_on: payout.paid_on.to_string(),
        from_on: payout.from_on.to_string(),
        to_on: payout.to_on.to_string(),
        gross_fen: payout.gross.0,
        fee_fen: payout.fee.0,
        net_fen: payout.net.0,
        received_in: payout.received_in.name().into(),
        receipt: payout.receipt.clone(),
        outcome: PayoutOutcome::Expected.name().into(),
        loaded_at,
    }
}

async fn book(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    now: Timestamp,
    report: &mut Payouts,
) -> Outcome<()> {
    let entry = entry(tx, payee, payout).await?;
    match tx.book(&entry, Uuid::now_v7(), now.ms()).await? {
        Booked::New(_) => report.booked += 1,
        Booked::Known => {}
        Booked::Differs(what) => {
            let detail = format!("line {}: {}: {what}", payout.line, entry.key());
            return Err(Refusal::conflict(what.code(), detail));
        }
        Booked::NoTarget => return Err(anyhow::anyhow!("a payout reverses nothing").into()),
    }
    Ok(())
}

/// Compares a payout, keeps how that ended, and opens or closes its case.
async fn judge(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    (sharing, loaded_at): (&[SettlementRow], i64),
    now: Timestamp,
    report: &mut Payouts,
) -> Outcome<PayoutOutcome> {
    let PayoutCompared { outcome, left } = compared(tx, payee, payout, sharing, loaded_at).await?;
    let row = row_of(payee, payout, loaded_at);
    let row = SettlementRow { outcome: outcome.name().into(), ..row };
    tx.keep_settlement(&row).await?;
    let case = format!("settlement:{}:{}", row.channel, row.settlement_no);
    if outcome == PayoutOutcome::AmountDiffers {
        let others: Vec<&str> = sharing.iter().map(|other| other.settlement_no.as_str()).collect();
        let beside = if others.is_empty() {
            String::new()
        } else {
            format!(" beside what {} brought", others.join(", "))
        };
        let detail = format!(
            "paid out {} for {} to {}, before fees {}; the bills make {left}{beside}",
            payout.net, payout.from_on, payout.to_on, payout.gross
        );
        report.cases_opened +=
            usize::from(open(tx, payee, &case, &payout.number, &detail, now).await?);
    } else if outcome == PayoutOutcome::Matched {
        tx.resolve_case(&case, "the bills make the amount now", now.ms()).await?;
    }
    Ok(outcome)
}

/// To the bank; or straight to the treasury, by zones as the payments were.
async fn entry(tx: &mut Tx, payee: &PayeeName, payout: &Payout) -> Outcome<Entry> {
    let about = about_payee(payee, payout.paid_on)?;
    let Payout { channel, number, net, receipt, .. } = payout;
    if payout.received_in == ReceivedIn::Bank {
        let settlement = Settlement { channel: *channel, number, amount: *net, receipt };
        return Ok(settled(&about, &settlement).map_err(anyhow::Error::from)?);
    }
    let parts = by_zone(tx, payee, payout).await?;
    let batch = format!("{}:{number}", channel.name());
    let remittance =
        Remittance { batch: &batch, by: Some(*channel), parts: &parts, evidence: receipt };
    remitted(&about, &remittance).map_err(|refused| Refusal::Refused {
        code: refused.code(),
        detail: format!(
            "line {}: {refused}: only charges of a non-tax payee go to the treasury",
            payout.line
        ),
    })
}

async fn by_zone(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
) -> Outcome<Vec<(Option<ZoneId>, Fen)>> {
    let account = clearing(payout.channel);
    let (from, to) = (payout.from_on.to_string(), payout.to_on.to_string());
    let mut parts: BTreeMap<Option<Uuid>, i64> =
        tx.posted_by_zone(payee.payee_id, &account, &from, &to).await?.into_iter().collect();
    let posted: i64 = parts.values().sum();
    // What the payments do not explain belongs to no zone.
    *parts.entry(None).or_default() += payout.net.0 - posted;
    let whole = parts.values().all(|fen| *fen >= 0);
    let parts = if whole { parts } else { BTreeMap::from([(None, payout.net.0)]) };
    let some = parts.into_iter().filter(|(_, fen)| *fen > 0);
    Ok(some.map(|(zone, fen)| (zone.map(ZoneId), Fen(fen))).collect())
}

/// Payouts that waited for bills are compared again, and days that nothing paid for in time are cases.
///
/// # Errors
/// When the database fails.
pub async fn look_at_payouts(
    store: &Store,
    channel: Channel,
    now: Timestamp,
    report: &mut Payouts,
) -> Outcome<()> {
    let mut tx = store.begin(Lane::Command).await?;
    let payees: BTreeMap<Uuid, PayeeName> =
        tx.payees().await?.into_iter().map(|p| (p.payee_id, p)).collect();
    for row in tx.expected_settlements(channel.name()).await? {
        let payee = payees.get(&row.payee_id).context("a payee is gone")?;
        let payout = payout_of(&row, channel)?;
        take(&mut tx, payee, &payout, now, report).await?;
    }
    look_at_missing(&mut tx, channel, &payees, now, report).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a case for each day of a payee that was billed and not paid out in time, and closes those of days that were.
async fn look_at_missing(
    tx: &mut Tx,
    channel: Channel,
    payees: &BTreeMap<Uuid, PayeeName>,
    now: Timestamp,
    report: &mut Payouts,
) -> Outcome<()> {
    let today = city_day(now);
    let before = today.checked_sub_days(chrono::Days::new(PAID_WITHIN_DAYS)).unwrap_or(today);
    let mut missing = BTreeSet::new();
    for (payee_id, day, fen) in tx.unsettled_days(channel.name(), &before.to_string()).await? {
        let Some(payee) = payees.get(&payee_id).filter(|_| fen != 0) else { continue };
        report.unsettled_days += 1;
        let (prefix, suffix) = missing_key(channel, payee_id);
        let case = format!("{prefix}{day}{suffix}");
        let detail = format!("{} of {day} were billed and not paid out", Fen(fen));
        report.cases_opened += usize::from(open(tx, payee, &case, &day, &detail, now).await?);
        missing.insert(case);
    }
    let of_channel = format!("settlement:{}:", channel.name());
    for key in tx.open_cases_of(CASE_KIND, &of_channel).await? {
        if key.ends_with(":missing") && !missing.contains(&key) {
            tx.resolve_case(&key, "nothing of the day waits for a payout now", now.ms()).await?;
        }
    }
    Ok(())
}

fn payout_of(row: &SettlementRow, channel: Channel) -> Outcome<Payout> {
    let day = |text: &str| text.parse().map_err(anyhow::Error::from);
    Ok(Payout {
        line: 0,
        number: row.settlement_no.clone(),
        channel,
        payee: String::new(),
        paid_on: day(&row.paid_on)?,
        from_on: day(&row.from_on)?,
        to_on: day(&row.to_on)?,
        gross: Fen(row.gross_fen),
        fee: Fen(row.fee_fen),
        net: Fen(row.net_fen),
        received_in: match row.received_in.as_str() {
            "treasury" => ReceivedIn::Treasury,
            _ => ReceivedIn::Bank,
        },
        receipt: row.receipt.clone(),
    })
}

async fn open(
    tx: &mut Tx,
    payee: &PayeeName,
    case_key: &str,
    subject_id: &str,
    detail: &str,
    now: Timestamp,
) -> Outcome<bool> {
    let opened = tx
        .open_case(&NewCase {
            case_id: Uuid::now_v7(),
            case_key,
            operator_id: Some(payee.operator_id),
            kind: CASE_KIND,
            source: "system",
            subject_kind: "settlement",
            subject_id,
            detail,
            opened_at: now.ms(),
        })
        .await?;
    if opened {
        tx.assign_case(case_key, OWNER).await?;
    }
    Ok(opened)
}
