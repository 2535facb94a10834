//! What a payout is compared with, looked up: the bills of its days, and the payouts that share days with it.
//! Whose part comes first and how it ends is `billing::reconcile`'s.

use anyhow::Context;
use billing::invoice::Regime;
use billing::ledger::Account;
use billing::reconcile::{
    Billed, Brought, Days, Payout, PayoutCompared, Share, compare_shared, shares, span,
};
use chrono::NaiveDate;
use store::{PayeeName, SettlementRow, Tx};
use vocabulary::{Fen, Timestamp};

use crate::flow::Outcome;

/// Compares a payout that was loaded at an instant with the bills, and with those that share days with it.
pub(super) async fn compared(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
    sharing: &[SettlementRow],
    loaded_at: i64,
) -> Outcome<PayoutCompared> {
    let regime = Regime::from_name(&payee.regime).context("unknown regime")?;
    let others = sharing.iter().map(brought).collect::<Outcome<Vec<Brought>>>()?;
    let found = shares(payout, &others, Timestamp::from_ms(loaded_at)).context("payouts")?;
    let first = billed(tx, payee, payout, &found.first).await?;
    let all = match &found.all {
        Some(share) => Some((share, billed(tx, payee, payout, share).await?)),
        None => None,
    };
    let all = all.as_ref().map(|(share, billed)| (*share, billed));
    let compared = compare_shared(payout, (&found.first, &first), all, regime);
    Ok(compared.context("payouts")?)
}

/// The other payouts that share days with one, or with one that does.
pub(super) async fn sharing(
    tx: &mut Tx,
    payee: &PayeeName,
    payout: &Payout,
) -> Outcome<Vec<SettlementRow>> {
    let mut days = (payout.from_on, payout.to_on);
    loop {
        let of = (payout.channel.name(), payee.payee_id);
        let (from, to) = (days.0.to_string(), days.1.to_string());
        let mut rows = tx.settlements_touching(of, &from, &to).await?;
        rows.retain(|row| row.settlement_no != payout.number);
        let theirs = rows.iter().map(days_of).collect::<Outcome<Vec<Days>>>()?;
        let wider = span(days, theirs);
        if wider == days {
            return Ok(rows);
        }
        days = wider;
    }
}

fn brought(row: &SettlementRow) -> Outcome<Brought> {
    Ok(Brought {
        days: days_of(row)?,
        gross: Fen(row.gross_fen),
        fee: Fen(row.fee_fen),
        loaded_at: Timestamp::from_ms(row.loaded_at),
    })
}

fn days_of(row: &SettlementRow) -> Outcome<Days> {
    let day = |text: &str| text.parse::<NaiveDate>().context("a stored day");
    Ok((day(&row.from_on)?, day(&row.to_on)?))
}

/// What the bills of shared days say.
async fn billed(tx: &mut Tx, payee: &PayeeName, payout: &Payout, share: &Share) -> Outcome<Billed> {
    let channel = payout.channel.name();
    let (first, last) = share.days;
    let (from, to) = (&*first.to_string(), &*last.to_string());
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
