//! The third leg: what a channel paid out, booked by the receipt of the bank or the treasury, and
//! compared with the bills of the days that it pays for.
//!
//! What arrived is booked as it arrived, whether or not it compares: the receipt is a fact. What does
//! not compare is a case, and so are days that nothing paid for in time.

use std::collections::BTreeMap;

use anyhow::Context;
use billing::invoice::Regime;
use billing::ledger::{Account, Channel, Entry, Remittance, Settlement, remitted, settled};
use billing::reconcile::{Billed, Payout, PayoutOutcome, ReceivedIn, compare, read_payouts};
use serde::Serialize;
use store::{Booked, Lane, NewCase, PayeeName, SettlementRow, Store, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp, ZoneId};

use super::actor::Actor;
use super::reconcile_day::{CASE_KIND, about_payee, clearing};
use super::statement::payee_named;
use super::{Outcome, Refusal};

/// Days after a bill's day by which it must have been paid out.
const PAID_WITHIN_DAYS: u64 = 7;
const OWNER: &str = "finance";
const DUE_MS: i64 = 3 * 86_400_000;

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

/// Books payouts from a table.
///
/// # Errors
/// `settlement_…` where the table cannot be read: then nothing is booked. `payee_unknown`;
/// `settlement_differs` where a number was booked with another amount.
pub async fn load_payouts(
    store: &Store,
    actor: &Actor,
    text: &str,
    now: Timestamp,
) -> Outcome<Payouts> {
    let payouts = read_payouts(text).map_err(|refused| Refusal::Refused {
        code: refused.code(),
        detail: refused.to_string(),
    })?;
    let mut report = Payouts { read: payouts.len(), ..Payouts::default() };
    for payout in &payouts {
        let mut tx = store.begin(Lane::Command).await?;
        let name = Some(payout.payee.as_str()).filter(|name| !name.is_empty());
        let payee = payee_named(&mut tx, actor, name).await?;
        let outcome = take(&mut tx, &payee, payout, now, &mut report).await?;
        *report.outcomes.entry(outcome.name()).or_default() += 1;
        tx.commit().await?;
    }
    Ok(report)
}

async fn take(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    now: Timestamp,
    report: &mut Payouts,
) -> Outcome<PayoutOutcome> {
    let outcome = compared(tx, payee, payout).await?;
    let row = SettlementRow {
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
        outcome: outcome.name().into(),
        loaded_at: now.ms(),
    };
    if let Some(before) = tx.settlement(&row.channel, &row.settlement_no).await? {
        let same = SettlementRow { outcome: row.outcome.clone(), loaded_at: now.ms(), ..before };
        if same != row {
            let detail =
                format!("line {}: {} was booked otherwise before", payout.line, payout.number);
            return Err(Refusal::conflict("settlement_differs", detail));
        }
    } else {
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
    }
    tx.keep_settlement(&row).await?;
    let case = format!("settlement:{}:{}", row.channel, row.settlement_no);
    if outcome == PayoutOutcome::AmountDiffers {
        let detail = format!(
            "paid out {} for {} to {}, the bills make another amount",
            payout.net, payout.from_on, payout.to_on
        );
        report.cases_opened +=
            usize::from(open(tx, payee, &case, &payout.number, &detail, now).await?);
    } else if outcome == PayoutOutcome::Matched {
        tx.resolve_case(&case, "the bills make the amount now", now.ms()).await?;
    }
    Ok(outcome)
}

async fn compared(tx: &mut Tx, payee: &PayeeName, payout: &Payout) -> Outcome<PayoutOutcome> {
    let (channel, from) = (payout.channel.name(), payout.from_on.to_string());
    let to = payout.to_on.to_string();
    let billed_on = tx.billed_days(channel, &from, &to).await?;
    let days: Vec<_> = payout.from_on.iter_days().take_while(|day| *day <= payout.to_on).collect();
    let missing = days.len().saturating_sub(billed_on.len());
    let keys: Vec<String> =
        days.iter().map(|day| format!("channel_fee:{channel}:{day}:{}", payee.payee_id)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut fee = Fen::ZERO;
    for entry in tx.entries_by_key(&keys).await?.values() {
        let kept = entry.postings().iter().filter(|p| matches!(p.account, Account::ChannelFee(_)));
        fee = fee.plus(Fen::sum(kept.map(|p| p.amount)).context("fees")?).context("fees")?;
    }
    let billed = Billed {
        gross: Fen(tx.billed_gross(channel, payee.payee_id, &from, &to).await?),
        fee,
        days_missing: u32::try_from(missing).context("a payout of so many days")?,
    };
    let regime = Regime::from_name(&payee.regime).context("unknown regime")?;
    Ok(compare(payout, &billed, regime))
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
    let today = billing::ledger::city_day(now);
    let before = today.checked_sub_days(chrono::Days::new(PAID_WITHIN_DAYS)).unwrap_or(today);
    for (payee_id, day, fen) in tx.unsettled_days(channel.name(), &before.to_string()).await? {
        let Some(payee) = payees.get(&payee_id).filter(|_| fen != 0) else { continue };
        report.unsettled_days += 1;
        let case = format!("settlement:{}:{day}:{payee_id}:missing", channel.name());
        let detail = format!("{} of {day} were billed and not paid out", Fen(fen));
        report.cases_opened += usize::from(open(&mut tx, payee, &case, &day, &detail, now).await?);
    }
    tx.commit().await?;
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
        tx.assign_case(case_key, OWNER, now.ms() + DUE_MS).await?;
    }
    Ok(opened)
}
