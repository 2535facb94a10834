//! What a payout is compared with: the bills of its days, less what other payouts brought for them.
//!
//! A day is paid for once. Payouts that share days, also by way of others, are seen as one: together they
//! may bring what the bills of all their days make. The one that was loaded first has its part first, so
//! that a second payout for a day that is paid for differs, and the first one stays as it was; parts that
//! make the amount only together match once the last of them is there.

use anyhow::Context;
use billing::invoice::Regime;
use billing::ledger::Account;
use billing::reconcile::{Billed, Payout, PayoutOutcome, compare};
use chrono::NaiveDate;
use store::{PayeeName, SettlementRow, Tx};
use vocabulary::Fen;

use crate::flow::Outcome;

/// How a payout compares.
pub(super) struct Compared {
    pub(super) outcome: PayoutOutcome,
    /// What the bills of its days make, less what other payouts brought.
    pub(super) left: Fen,
}

/// Compares a payout that was loaded at an instant with the bills, and with those that share days with it.
pub(super) async fn compared(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    sharing: &[SettlementRow],
    loaded_at: i64,
) -> Outcome<Compared> {
    let regime = Regime::from_name(&payee.regime).context("unknown regime")?;
    let earlier: Vec<&SettlementRow> =
        sharing.iter().filter(|other| other.loaded_at < loaded_at).collect();
    let earlier = connected(payout, &earlier);
    let billed = left(tx, payee, payout, &earlier).await?;
    let outcome = compare(payout, &billed, regime);
    if outcome == PayoutOutcome::AmountDiffers && earlier.len() < sharing.len() {
        let all: Vec<&SettlementRow> = sharing.iter().collect();
        let billed = left(tx, payee, payout, &all).await?;
        let outcome = compare(payout, &billed, regime);
        return Ok(Compared { outcome, left: billed.gross });
    }
    Ok(Compared { outcome, left: billed.gross })
}

/// The other payouts that share days with one, or with one that does.
pub(super) async fn sharing(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
) -> Outcome<Vec<SettlementRow>> {
    let mut days = (payout.from_on.to_string(), payout.to_on.to_string());
    loop {
        let of = (payout.channel.name(), payee.payee_id);
        let mut rows = tx.settlements_touching(of, &days.0, &days.1).await?;
        rows.retain(|row| row.settlement_no != payout.number);
        let wider = span(&days, rows.iter());
        if wider == days {
            return Ok(rows);
        }
        days = wider;
    }
}

/// Those of some payouts that share days with one, or with one of them that does.
fn connected<'a>(payout: &Payout, among: &[&'a SettlementRow]) -> Vec<&'a SettlementRow> {
    let mut days = (payout.from_on.to_string(), payout.to_on.to_string());
    loop {
        let touches = |row: &SettlementRow| row.from_on <= days.1 && row.to_on >= days.0;
        let found: Vec<_> = among.iter().copied().filter(|row| touches(row)).collect();
        let wider = span(&days, found.iter().copied());
        if wider == days {
            return found;
        }
        days = wider;
    }
}

fn span<'a>(
    days: &(String, String),
    rows: impl Iterator<Item = &'a SettlementRow>,
) -> (String, String) {
    rows.fold(days.clone(), |(from, to), row| {
        (from.min(row.from_on.clone()), to.max(row.to_on.clone()))
    })
}

/// What the bills of the days of a payout and of others say, less what the others brought.
async fn left(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    others: &[&SettlementRow],
) -> Outcome<Billed> {
    let own = (payout.from_on.to_string(), payout.to_on.to_string());
    let (from, to) = span(&own, others.iter().copied());
    let mut billed = billed(tx, payee, payout, (&from, &to)).await?;
    for other in others {
        billed.gross = billed.gross.minus(Fen(other.gross_fen)).context("payouts")?;
        billed.fee = billed.fee.minus(Fen(other.fee_fen)).context("payouts")?;
    }
    Ok(billed)
}

async fn billed(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    (from, to): (&str, &str),
) -> Outcome<Billed> {
    let channel = payout.channel.name();
    let day = |text: &str| text.parse::<NaiveDate>().map_err(anyhow::Error::from);
    let (first, last) = (day(from)?, day(to)?);
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
    let missing = days.len().saturating_sub(tx.billed_days(channel, from, to).await?.len());
    let keys: Vec<String> =
        days.iter().map(|day| format!("channel_fee:{channel}:{day}:{}", payee.payee_id)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut fee = Fen::ZERO;
    for entry in tx.entries_by_key(&keys).await?.values() {
        let kept = entry.postings().iter().filter(|p| matches!(p.account, Account::ChannelFee(_)));
        fee = fee.plus(Fen::sum(kept.map(|p| p.amount)).context("fees")?).context("fees")?;
    }
    Ok(Billed {
        gross: Fen(tx.billed_gross(channel, payee.payee_id, from, to).await?),
        fee,
        days_missing: u32::try_from(missing).context("a payout of so many days")?,
    })
}
