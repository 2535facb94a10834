//! The third leg: what the channel paid out, by the receipt of the bank or the treasury.
//!
//! A CSV with the columns of `COLUMNS`, in any order, amounts in yuan. `gross` are payments less
//! refunds of the days `from_on` to `to_on`, `fee` what the channel kept (0 if it settles gross), `net`
//! what arrived.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use vocabulary::Fen;

use super::csv;
use crate::invoice::Regime;
use crate::ledger::Channel;

const COLUMNS: [&str; 11] = [
    "settlement_no",
    "channel",
    "payee",
    "paid_on",
    "from_on",
    "to_on",
    "gross",
    "fee",
    "net",
    "received_in",
    "receipt",
];

/// Where the money arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedIn {
    /// In the payee's bank account.
    Bank,
    /// In the treasury's own account.
    Treasury,
}

/// One payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Line of the text, from 1.
    pub line: usize,
    /// The channel's number of it.
    pub number: String,
    /// Who paid.
    pub channel: Channel,
    /// Name or id of the payee; empty if there is only one.
    pub payee: String,
    /// Day it arrived.
    pub paid_on: NaiveDate,
    /// First day that it pays for.
    pub from_on: NaiveDate,
    /// Last day that it pays for.
    pub to_on: NaiveDate,
    /// Payments less refunds.
    pub gross: Fen,
    /// What was kept.
    pub fee: Fen,
    /// What arrived: gross less fee.
    pub net: Fen,
    /// Where.
    pub received_in: ReceivedIn,
    /// Number of the receipt.
    pub receipt: String,
}

/// What the reconciled bills of the days say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    /// Payments less refunds, as settled.
    pub gross: Fen,
    /// Fees, as booked.
    pub fee: Fen,
    /// Days without a reconciled bill.
    pub days_missing: u32,
}

/// How a payout compares with the bills of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutOutcome {
    /// It is what the bills say.
    Matched,
    /// A bill of its days is not reconciled yet.
    Expected,
    /// Another amount.
    AmountDiffers,
}

/// Why a table of payouts was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayoutReject {
    /// A column is missing.
    #[error("the column {0} is missing; the header names {columns}", columns = COLUMNS.join(","))]
    NoColumn(&'static str),
    /// A row has other fields than the header.
    #[error("line {0}: not as many fields as the header has")]
    Fields(usize),
    /// A field cannot be read.
    #[error("line {line}: {column} {value:?} cannot be read")]
    Field {
        /// Line of the text.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// gross - fee is not net, or nothing arrived.
    #[error("line {0}: net is not gross less fee, or not above 0")]
    Net(usize),
    /// The days are no span before the payout.
    #[error("line {0}: from_on, to_on, paid_on are not in this order")]
    Days(usize),
}

/// Reads a table of payouts.
///
/// # Errors
/// A `PayoutReject`: nothing of a table that cannot be read whole is used.
pub fn read_payouts(text: &str) -> Result<Vec<Payout>, PayoutReject> {
    let (header, lines) = csv::table(text);
    if let Some(missing) = COLUMNS.into_iter().find(|c| !header.iter().any(|h| h == c)) {
        return Err(PayoutReject::NoColumn(missing));
    }
    lines.map(|(line, text)| payout(line, &csv::row(&header, text))).collect()
}

fn payout(line: usize, row: &csv::Row<'_>) -> Result<Payout, PayoutReject> {
    if !row.is_whole() {
        return Err(PayoutReject::Fields(line));
    }
    let unreadable = |column: &'static str| PayoutReject::Field {
        line,
        column,
        value: row.get(column).chars().take(40).collect(),
    };
    let day = |column| row.get(column).parse::<NaiveDate>().map_err(|_| unreadable(column));
    let fen = |column| Fen::parse_yuan(row.get(column)).map_err(|_| unreadable(column));
    let text = |column| match row.get(column) {
        "" => Err(unreadable(column)),
        text => Ok(text.to_owned()),
    };
    let payout = Payout {
        line,
        number: text("settlement_no")?,
        channel: Channel::from_name(row.get("channel")).ok_or_else(|| unreadable("channel"))?,
        payee: row.get("payee").to_owned(),
        paid_on: day("paid_on")?,
        from_on: day("from_on")?,
        to_on: day("to_on")?,
        gross: fen("gross")?,
        fee: fen("fee")?,
        net: fen("net")?,
        received_in: match row.get("received_in") {
            "bank" => ReceivedIn::Bank,
            "treasury" => ReceivedIn::Treasury,
            _ => return Err(unreadable("received_in")),
        },
        receipt: text("receipt")?,
    };
    if payout.gross.minus(payout.fee) != Ok(payout.net) || payout.net <= Fen::ZERO {
        return Err(PayoutReject::Net(line));
    }
    if payout.from_on > payout.to_on || payout.to_on > payout.paid_on {
        return Err(PayoutReject::Days(line));
    }
    Ok(payout)
}

/// Compares a payout with the bills of its days. Of non-tax charges the gross must arrive.
#[must_use]
pub fn compare(payout: &Payout, billed: &Billed, regime: Regime) -> PayoutOutcome {
    let kept = match regime {
        Regime::Vat => billed.fee,
        Regime::NonTax => Fen::ZERO,
    };
    if billed.days_missing > 0 {
        PayoutOutcome::Expected
    } else if payout.gross == billed.gross && payout.fee == kept {
        PayoutOutcome::Matched
    } else {
        PayoutOutcome::AmountDiffers
    }
}

impl ReceivedIn {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ReceivedIn::Bank => "bank",
            ReceivedIn::Treasury => "treasury",
        }
    }
}

impl PayoutOutcome {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PayoutOutcome::Matched => "matched",
            PayoutOutcome::Expected => "expected",
            PayoutOutcome::AmountDiffers => "amount_differs",
        }
    }
}

impl PayoutReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            PayoutReject::NoColumn(_) => "settlement_column_missing",
            PayoutReject::Fields(_) => "settlement_fields",
            PayoutReject::Field { .. } => "settlement_field_unreadable",
            PayoutReject::Net(_) => "settlement_net_differs",
            PayoutReject::Days(_) => "settlement_days",
        }
    }
}
