//! What a bill makes in the books: fees by payee, and what nobody knows into suspense.

use std::collections::BTreeMap;

use anyhow::Context;
use billing::invoice::Regime;
use billing::ledger::{
    About, Channel, Entry, Means, Tax, channel_fee, suspense_paid_out, suspense_received,
};
use billing::reconcile::{ChannelBill, LineKind, MilliFen, Outcome as Ended, allot_fees};
use store::{Booked, Booking, ChannelBillRow, Lane, PayeeName, Store, Tx};
use uuid::Uuid;
use vocabulary::{Fen, OperatorId, PayeeId};

use super::exceptions::{BILL_CHANGED, open};
use super::{Line, Outcome, Reconciled, Reconciling};

/// Books it, and keeps the bill.
pub(super) async fn post(
    store: &Store,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
    hash: &[u8],
    lines: &[Line<'_>],
    reconciled: &mut Reconciled,
) -> Outcome<()> {
    let payees: BTreeMap<Uuid, PayeeName> =
        store.read().await?.payees().await?.into_iter().map(|p| (p.payee_id, p)).collect();
    let mut entries = unknown(asked, lines)?;
    let fees = allot_fees(&fees_by_payee(asked, lines)?).context("a sum of fees")?;
    for (payee, fee) in fees {
        reconciled.fee_fen += fee.0;
        if fee != Fen::ZERO {
            let about = about(payees.get(&payee.0).context("a payee is gone")?, asked)?;
            entries.push(
                channel_fee(&about, asked.channel, asked.day, fee).map_err(anyhow::Error::from)?,
            );
        }
    }
    let mut tx = store.begin(Lane::Command).await?;
    book(&mut tx, asked, bill, entries, reconciled).await?;
    tx.keep_channel_bill(&ChannelBillRow {
        channel: asked.channel.name().into(),
        merchant: bill.merchant.clone(),
        bill_on: asked.day.to_string(),
        content_hash: hash.to_vec(),
        lines: i64::try_from(bill.lines.len()).context("a bill of so many lines")?,
        paid_fen: bill.summary.paid.0,
        refunded_fen: bill.summary.refunded.0,
        fee_millifen: bill.summary.fee.0,
        reconciled_at: asked.now.ms(),
        reconciled_by: asked.by.to_owned(),
    })
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Books what is not booked yet. A fact that another bill of the day told otherwise is a case: what is
/// in the books stays.
async fn book(
    tx: &mut Tx,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
    entries: Vec<Entry>,
    reconciled: &mut Reconciled,
) -> Outcome<()> {
    let keys: Vec<&str> = entries.iter().map(Entry::key).collect();
    let known = tx.entries_by_key(&keys).await?;
    // Unknown money may be booked already, by the provider's own word and with what that told.
    let told = |entry: &Entry| {
        entry.key().starts_with("pay:")
            && known.get(entry.key()).is_some_and(|k| k.postings() == entry.postings())
    };
    let bookings: Vec<Booking> = entries
        .into_iter()
        .filter(|entry| !told(entry))
        .map(|entry| Booking { entry_id: Uuid::now_v7(), entry })
        .collect();
    let booked = tx.book_all(&bookings, asked.now.ms()).await?;
    for (booking, booked) in bookings.iter().zip(booked) {
        match booked {
            Booked::New(_) => reconciled.booked += 1,
            Booked::Known => {}
            Booked::Differs(_) | Booked::NoTarget => {
                let key = booking.entry.key();
                let case = format!(
                    "reconcile:{}:{}:{key}:{BILL_CHANGED}",
                    asked.channel.name(),
                    asked.day
                );
                let detail = format!("the bill of {} now says otherwise of {key}", bill.merchant);
                let opened = open(tx, asked, &case, ("entry", key), &detail).await?;
                reconciled.cases_opened += usize::from(opened);
            }
        }
    }
    Ok(())
}

/// Each payee's part of the fees: that of the orders paid, and of what nobody knows.
fn fees_by_payee(
    asked: &Reconciling<'_>,
    lines: &[Line<'_>],
) -> Outcome<BTreeMap<PayeeId, MilliFen>> {
    let mut fees: BTreeMap<PayeeId, MilliFen> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.theirs.is_some()) {
        let sum = fees.entry(PayeeId(line.payee_id(asked))).or_default();
        *sum = MilliFen::sum([*sum, MilliFen(line.row.fee_millifen)]).context("a sum of fees")?;
    }
    Ok(fees)
}

fn unknown(asked: &Reconciling<'_>, lines: &[Line<'_>]) -> Outcome<Vec<Entry>> {
    let mut entries = Vec::new();
    let about = about(asked.payee, asked)?;
    let means = Means::Channel(asked.channel);
    for line in lines.iter().filter(|line| line.outcome == Ended::MissingHere) {
        let Some(theirs) = line.theirs.filter(|t| t.settled > Fen::ZERO && !t.failed) else {
            continue;
        };
        let entry = match theirs.kind {
            LineKind::Payment => {
                suspense_received(&about, &theirs.transaction_id, means, theirs.settled)
            }
            LineKind::Refund => suspense_paid_out(&about, theirs.number(), means, theirs.settled),
        };
        entries.push(entry.map_err(anyhow::Error::from)?);
    }
    Ok(entries)
}

fn about(payee: &PayeeName, asked: &Reconciling<'_>) -> Outcome<About> {
    about_payee(payee, asked.day)
}

/// What an entry of a payee without zone and order is about.
pub(crate) fn about_payee(payee: &PayeeName, day: chrono::NaiveDate) -> Outcome<About> {
    let regime = Regime::from_name(&payee.regime).context("unknown regime")?;
    Ok(About {
        operator: OperatorId(payee.operator_id),
        payee: PayeeId(payee.payee_id),
        zone: None,
        order: None,
        tax: Tax::of(regime, None),
        day,
    })
}

/// The account in which a channel's money stands.
pub(crate) fn clearing(channel: Channel) -> String {
    Means::Channel(channel).account().name()
}
