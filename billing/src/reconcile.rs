//! Reconciliation: what a channel says about a day against what these books say.
//!
//! Values in, values out: a bill's text gives lines or a refusal, lines and our own payments and
//! refunds give an outcome each, a payout is compared with the bills that it pays. It books nothing and
//! opens no case. **Invariant:** every line of theirs and every one of ours ends in exactly one outcome;
//! none is dropped. Days are the channel's: +08:00, payments by the time of success, refunds by that of
//! the start.

mod bill;
mod csv;
mod fees;
mod milli_fen;
mod payout;
mod sharing;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Timestamp};

use crate::ledger::city_day;

pub use bill::{
    BillLine, BillProblem, BillReject, BillSummary, ChannelBill, empty_bill, read_bill,
};
pub use fees::allot_fees;
pub use milli_fen::MilliFen;
pub use payout::{Billed, Payout, PayoutOutcome, PayoutReject, ReceivedIn, compare, read_payouts};
pub use sharing::{Brought, Days, PayoutCompared, Share, Shares, compare_shared, shares, span};

/// How near midnight a payment may be and still stand on the neighbouring day's bill.
const CUT_OFF_MS: i64 = 10 * 60_000;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Money came in.
    Payment,
    /// Money went back.
    Refund,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both sides say the same.
    Matched,
    /// Ours, and due on another day's bill: near midnight, or a refund that is not sent yet.
    Expected,
    /// Theirs, unknown to us: to suspense, and a case.
    MissingHere,
    /// Ours, and not on their bill.
    MissingThere,
    /// Both, with other amounts.
    AmountDiffers,
    /// Both, and one side says that it did not happen.
    StatusDiffers,
}

/// Where one of ours stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OurState {
    /// Recorded, and the channel's word is not in.
    Pending,
    /// In the books.
    Done,
    /// Closed or failed.
    Failed,
}

/// A payment or a refund as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// Which of the two.
    pub kind: LineKind,
    /// The number that we gave it: `out_trade_no` or `out_refund_no`.
    pub number: String,
    /// The channel's number of the payment, if known.
    pub transaction_id: Option<String>,
    /// How much.
    pub amount: Fen,
    /// How far it is.
    pub state: OurState,
    /// Success of a payment, start of a refund.
    pub at: Timestamp,
}

/// One line, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// How it ended.
    pub outcome: Outcome,
    /// Place in the bill's lines.
    pub theirs: Option<usize>,
    /// Place among ours.
    pub ours: Option<usize>,
}

/// Compares a day. `ours` are the payments and refunds of that day, and those of other days that the
/// bill names.
#[must_use]
pub fn compare_day(day: NaiveDate, theirs: &[BillLine], ours: &[Ours]) -> Vec<Compared> {
    let mut waiting: BTreeMap<(LineKind, &str), usize> = BTreeMap::new();
    for (at, one) in ours.iter().enumerate() {
        waiting.insert((one.kind, one.number.as_str()), at);
    }
    let mut compared = Vec::with_capacity(theirs.len().max(ours.len()));
    for (at, line) in theirs.iter().enumerate() {
        // A second line under one number is a payment that we do not know.
        let found = waiting.get(&(line.kind, line.number())).copied();
        let found = found.filter(|own| ours.get(*own).is_some_and(|own| same_money(line, own)));
        let own = found.and_then(|own| ours.get(own));
        let outcome = own.map_or(Outcome::MissingHere, |own| both(line, own));
        if found.is_some() {
            waiting.remove(&(line.kind, line.number()));
        }
        compared.push(Compared { outcome, theirs: Some(at), ours: found });
    }
    for at in waiting.into_values() {
        if let Some(outcome) = ours.get(at).and_then(|own| only_ours(day, own)) {
            compared.push(Compared { outcome, theirs: None, ours: Some(at) });
        }
    }
    compared
}

/// Whether a line under our number is the payment that we know: not another transaction.
fn same_money(line: &BillLine, own: &Ours) -> bool {
    line.kind == LineKind::Refund
        || own.transaction_id.as_ref().is_none_or(|id| *id == line.transaction_id)
}

fn both(line: &BillLine, own: &Ours) -> Outcome {
    let happened = !line.failed;
    match (own.state, happened) {
        // A refund's status on the bill never changes later; its money is what counts.
        (OurState::Pending, true) if line.kind == LineKind::Payment => Outcome::StatusDiffers,
        (OurState::Failed, true) | (OurState::Done, false) => Outcome::StatusDiffers,
        _ if line.amount != own.amount || line.amount != line.settled => Outcome::AmountDiffers,
        _ => Outcome::Matched,
    }
}

/// What never happened is no line of ours.
fn only_ours(day: NaiveDate, own: &Ours) -> Option<Outcome> {
    let near = city_day(own.at.plus_ms(CUT_OFF_MS)) != city_day(own.at)
        || city_day(own.at.plus_ms(CUT_OFF_MS.saturating_neg())) != city_day(own.at);
    match (own.state, own.kind) {
        (OurState::Failed, _) | (OurState::Pending, LineKind::Payment) => None,
        (OurState::Pending, LineKind::Refund) => Some(Outcome::Expected),
        (OurState::Done, _) if city_day(own.at) != day => None,
        (OurState::Done, _) if near => Some(Outcome::Expected),
        (OurState::Done, _) => Some(Outcome::MissingThere),
    }
}

impl LineKind {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LineKind::Payment => "payment",
            LineKind::Refund => "refund",
        }
    }
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 6] = [
        Outcome::Matched,
        Outcome::Expected,
        Outcome::MissingHere,
        Outcome::MissingThere,
        Outcome::AmountDiffers,
        Outcome::StatusDiffers,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Matched => "matched",
            Outcome::Expected => "expected",
            Outcome::MissingHere => "missing_here",
            Outcome::MissingThere => "missing_there",
            Outcome::AmountDiffers => "amount_differs",
            Outcome::StatusDiffers => "status_differs",
        }
    }

    /// Whether a person has to look at it.
    #[must_use]
    pub fn is_exception(self) -> bool {
        !matches!(self, Outcome::Matched | Outcome::Expected)
    }
}
