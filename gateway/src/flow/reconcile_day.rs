//! A channel's bill of one day against these books.
//!
//! The lines are kept first, a part in each transaction; then, in one transaction, what the bill makes
//! is booked: fees by payee, payments that nobody here knows (to suspense). Everything has the key of its
//! fact, so that running it again books nothing twice. What does not fit becomes a case with an owner,
//! which gets its deadline as every case does; a case whose matter is gone is closed, never deleted. A payment
//! that the bill knows as paid and we do not is asked for, and booked by the provider's answer.

mod exceptions;
mod load;
mod post;

use std::collections::BTreeMap;

use anyhow::anyhow;
use billing::ledger::{Channel, city_day};
use billing::reconcile::{
    BillLine, ChannelBill, Compared, Ours, Outcome as Ended, compare_day, read_bill,
};
use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{BillLineRow, Lane, OwnRow, PayeeName, ReconcileDayRow, Store};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::{Outcome, Refusal};

pub(crate) use exceptions::CASE_KIND;
pub(crate) use post::{about_payee, clearing};

/// Lines kept in one transaction.
const CHUNK: usize = 2_000;
/// Exceptions told one by one; all are stored.
const TOLD: usize = 1_000;

/// What a day is reconciled with.
#[derive(Clone, Copy, Debug)]
pub struct Reconciling<'a> {
    pub channel: Channel,
    pub day: NaiveDate,
    /// The bill's text.
    pub text: &'a str,
    /// Whose merchant account it is: gets what nobody knows.
    pub payee: &'a PayeeName,
    /// Of which merchant account it has to be, where that is known; else of that of the bills before.
    pub merchant: Option<&'a str>,
    /// Who reconciles, for the records.
    pub by: &'a str,
    /// City time.
    pub now: Timestamp,
    /// For jobs that are queued.
    pub machine_now_ms: i64,
}

/// How a day ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    pub day: String,
    pub channel: String,
    pub merchant: String,
    pub lines: usize,
    pub paid_fen: i64,
    pub refunded_fen: i64,
    pub fee_fen: i64,
    /// How many lines ended in which way; every outcome is named.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Entries that were booked now.
    pub booked: usize,
    /// Cases opened and closed now.
    pub cases_opened: usize,
    pub cases_closed: usize,
    pub exceptions: Vec<Exception>,
    /// Whether there are more exceptions than are told.
    pub more: bool,
}

/// A line that a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    pub outcome: &'static str,
    pub kind: &'static str,
    /// `out_trade_no` or `out_refund_no`.
    pub number: String,
    pub transaction_id: Option<String>,
    pub theirs_fen: Option<i64>,
    pub ours_fen: Option<i64>,
    pub case: String,
}

/// One line of theirs or ours, ready to be kept.
struct Line<'a> {
    row: BillLineRow,
    outcome: Ended,
    theirs: Option<&'a BillLine>,
    ours: Option<&'a OwnRow>,
}

impl Reconciled {
    /// Whether nobody has to look at anything.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let bad = Ended::ALL.into_iter().filter(|o| o.is_exception());
        bad.map(Ended::name).all(|name| self.outcomes.get(name).is_none_or(|n| *n == 0))
    }
}

/// Reconciles a day.
///
/// # Errors
/// `day_not_over`: a day is `done` once and for all, so that no bill is taken before all of it can be there.
/// `bill_…` where the bill cannot be read or does not add up. Then nothing is kept.
pub async fn reconcile_day(store: &Store, asked: &Reconciling<'_>) -> Outcome<Reconciled> {
    let today = city_day(asked.now);
    if asked.day >= today {
        let detail = format!("{} is not over: it is {today} in +08:00", asked.day);
        return Err(Refusal::conflict("day_not_over", detail));
    }
    let mut bill = read_bill(asked.text, asked.day).map_err(|refused| Refusal::Refused {
        code: refused.what.code(),
        detail: refused.to_string(),
    })?;
    check_merchant(store, asked, &mut bill).await?;
    let hash = Sha256::digest(asked.text.as_bytes()).to_vec();
    let own = load::own(store, asked, &bill).await?;
    let ours: Vec<Ours> = own.iter().map(load::ours).collect();
    let compared = compare_day(asked.day, &bill.lines, &ours);
    let mut lines = Vec::with_capacity(compared.len());
    for one in &compared {
        lines.push(line(asked, &bill, &own, one)?);
    }
    load::look_at_neighbours(store, asked, &bill, &mut lines).await?;
    keep(store, &lines).await?;
    let mut reconciled = summary(asked, &bill, &lines);
    post::post(store, asked, &bill, &hash, &lines, &mut reconciled).await?;
    exceptions::follow(store, asked, &bill, &lines, &mut reconciled).await?;
    keep_done(store, asked, &bill).await?;
    Ok(reconciled)
}

/// One gateway has one merchant account: the one whose keys it has, else that of the bills before.
async fn check_merchant(
    store: &Store,
    asked: &Reconciling<'_>,
    bill: &mut ChannelBill,
) -> Outcome<()> {
    let ours = match asked.merchant {
        Some(merchant) => Some(merchant.to_owned()),
        None => store.read().await?.last_merchant(asked.channel.name()).await?,
    };
    if bill.merchant.is_empty() {
        bill.merchant = ours.clone().unwrap_or_default();
    }
    match ours {
        Some(ours) if ours != bill.merchant => {
            let detail = format!(
                "the bill is that of the merchant {}, not {ours}, whose keys or bills are here; name the \
                 configuration with other keys if the account has changed",
                bill.merchant
            );
            Err(Refusal::refused("bill_of_another_merchant", detail))
        }
        _ => Ok(()),
    }
}

/// The day does not wait any more, whoever reconciled it.
async fn keep_done(store: &Store, asked: &Reconciling<'_>, bill: &ChannelBill) -> Outcome<()> {
    let (channel, day) = (asked.channel.name(), asked.day.to_string());
    let mut tx = store.begin(Lane::Command).await?;
    let known = tx.reconcile_day(channel, &bill.merchant, &day).await?;
    tx.keep_reconcile_day(&ReconcileDayRow {
        channel: channel.into(),
        merchant: bill.merchant.clone(),
        bill_on: day,
        state: "done".into(),
        tries: known.map_or(0, |day| day.tries),
        failure: None,
        asked_at: Some(asked.now.ms()),
        done_at: Some(asked.now.ms()),
    })
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn keep(store: &Store, lines: &[Line<'_>]) -> Outcome<()> {
    for chunk in lines.chunks(CHUNK) {
        let rows: Vec<BillLineRow> = chunk.iter().map(|line| line.row.clone()).collect();
        let mut tx = store.begin(Lane::Command).await?;
        tx.keep_bill_lines(&rows).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn line<'a>(
    asked: &Reconciling<'_>,
    bill: &'a ChannelBill,
    own: &'a [OwnRow],
    compared: &Compared,
) -> Outcome<Line<'a>> {
    let theirs = compared.theirs.and_then(|at| bill.lines.get(at));
    let ours = compared.ours.and_then(|at| own.get(at));
    let kind = match (theirs, ours) {
        (Some(theirs), _) => theirs.kind.name(),
        (None, Some(ours)) if ours.number == ours.out_trade_no => "payment",
        (None, Some(_)) => "refund",
        (None, None) => return Err(anyhow!("a line of nobody").into()),
    };
    let number = theirs.map(BillLine::number).or(ours.map(|o| o.number.as_str()));
    let number = number.unwrap_or_default();
    let transaction_id = theirs.map(|t| t.transaction_id.clone());
    let line_key = match compared.outcome {
        // Its number may be that of another line.
        Ended::MissingHere => {
            format!("{kind}:{number}:{}", transaction_id.as_deref().unwrap_or_default())
        }
        _ => format!("{kind}:{number}"),
    };
    let out_trade_no = theirs.map(|t| &t.out_trade_no).or(ours.map(|o| &o.out_trade_no));
    let row = BillLineRow {
        channel: asked.channel.name().into(),
        merchant: bill.merchant.clone(),
        bill_on: asked.day.to_string(),
        line_key,
        kind: kind.into(),
        outcome: compared.outcome.name().into(),
        transaction_id: transaction_id.or(ours.and_then(|o| o.transaction_id.clone())),
        out_trade_no: out_trade_no.cloned().unwrap_or_default(),
        out_refund_no: (kind == "refund").then(|| number.to_owned()),
        theirs_fen: theirs.map(|t| t.amount.0),
        settled_fen: theirs.map(|t| if t.failed { 0 } else { t.settled.0 }),
        ours_fen: ours.map(|o| o.amount_fen),
        fee_millifen: theirs.map_or(0, |t| t.fee.0),
        at: theirs.map(|t| t.at.ms()).or(ours.map(|o| o.at)).unwrap_or_default(),
        payee_id: ours.map(|o| o.payee_id).or(theirs.map(|_| asked.payee.payee_id)),
    };
    Ok(Line { row, outcome: compared.outcome, theirs, ours })
}

impl Line<'_> {
    fn set(&mut self, outcome: Ended) {
        self.outcome = outcome;
        self.row.outcome = outcome.name().into();
    }

    fn payee_id(&self, asked: &Reconciling<'_>) -> Uuid {
        self.row.payee_id.unwrap_or(asked.payee.payee_id)
    }
}

fn summary(asked: &Reconciling<'_>, bill: &ChannelBill, lines: &[Line<'_>]) -> Reconciled {
    let mut outcomes: BTreeMap<&'static str, usize> =
        Ended::ALL.into_iter().map(|outcome| (outcome.name(), 0)).collect();
    for line in lines {
        *outcomes.entry(line.outcome.name()).or_default() += 1;
    }
    Reconciled {
        day: asked.day.to_string(),
        channel: asked.channel.name().into(),
        merchant: bill.merchant.clone(),
        lines: bill.lines.len(),
        paid_fen: bill.summary.paid.0,
        refunded_fen: bill.summary.refunded.0,
        outcomes,
        ..Reconciled::default()
    }
}
