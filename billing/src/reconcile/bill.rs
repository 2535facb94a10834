//! WeChat Pay's daily trade bill (`bill_type=ALL`), read line by line.
//!
//! 27 columns, every field behind a backtick, optional BOM, lines end in `\r\n` or `\n`; then a
//! summary of seven fields, which must be the sums of the lines (money.md C3). Fields are cut at
//! ``,` ``, since names and attachments may hold a comma. The payer's openid is not kept.

mod problem;

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use vocabulary::{Fen, FenReject, Timestamp};

use super::{LineKind, MilliFen};

pub use problem::{BillProblem, BillReject};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const COLUMNS: usize = 27;
const SUMMARY_COLUMNS: usize = 7;
/// Beijing.
const OFFSET_MS: i64 = 8 * 3_600_000;

/// A payment or a refund on the bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// Which of the two.
    pub kind: LineKind,
    /// The channel's number of the payment.
    pub transaction_id: String,
    /// Our number of the payment.
    pub out_trade_no: String,
    /// Our number of the refund.
    pub out_refund_no: Option<String>,
    /// Order amount, or the refund asked for.
    pub amount: Fen,
    /// What of it is settled with us: less where a voucher that nobody tops up paid a part.
    pub settled: Fen,
    /// What the channel keeps; below 0 for a refund.
    pub fee: MilliFen,
    /// Success of a payment, start of a refund.
    pub at: Timestamp,
    /// The bill itself says that the refund failed.
    pub failed: bool,
}

/// What the bill's last line says; checked against the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillSummary {
    /// Lines.
    pub lines: usize,
    /// Payments, as settled.
    pub paid: Fen,
    /// Refunds, as settled.
    pub refunded: Fen,
    /// Vouchers given back.
    pub vouchers_back: Fen,
    /// Fees.
    pub fee: MilliFen,
    /// Payments, as ordered.
    pub ordered: Fen,
    /// Refunds, as asked for.
    pub asked_back: Fen,
}

/// A day's bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelBill {
    /// Whose bill; empty if it has no line.
    pub merchant: String,
    /// Its lines, in the order of the bill.
    pub lines: Vec<BillLine>,
    /// Its sums.
    pub summary: BillSummary,
}

impl BillLine {
    /// The number that we gave it.
    #[must_use]
    pub fn number(&self) -> &str {
        match (&self.out_refund_no, self.kind) {
            (Some(number), LineKind::Refund) => number,
            _ => &self.out_trade_no,
        }
    }
}

impl BillLine {
    /// What is on a bill once: a transaction, a refund.
    fn once(&self) -> &str {
        match self.kind {
            LineKind::Payment => &self.transaction_id,
            LineKind::Refund => self.number(),
        }
    }
}

/// The bill of a day on which nothing happened.
#[must_use]
pub fn empty_bill() -> String {
    format!("{HEADER}\n{SUMMARY}\n`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\n")
}

/// Reads the bill of a day.
///
/// # Errors
/// A `BillReject` with the line: nothing of a bill that does not add up is used.
pub fn read_bill(text: &str, day: NaiveDate) -> Result<ChannelBill, BillReject> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = (1..).zip(text.lines().map(str::trim_end));
    let refuse = |line, what| BillReject { line, what };
    if rows.next().is_none_or(|(_, row)| row != HEADER) {
        return Err(refuse(1, BillProblem::Header));
    }
    let mut bill =
        ChannelBill { merchant: String::new(), lines: Vec::new(), summary: BillSummary::default() };
    let (mut last, mut seen) = (1, HashSet::new());
    for (number, row) in rows.by_ref() {
        last = number;
        if row == SUMMARY {
            let Some((number, row)) = rows.next() else { break };
            let said = read_summary(row).map_err(|what| refuse(number, what))?;
            check_sums(&said, &bill.summary).map_err(|what| refuse(number, what))?;
            return match rows.find(|(_, rest)| !rest.is_empty()) {
                Some((after, _)) => Err(refuse(after, BillProblem::NoSummary)),
                None => Ok(bill),
            };
        }
        let line = take_row(row, day, &mut bill).map_err(|what| refuse(number, what))?;
        if !seen.insert((line.kind, line.once().to_owned())) {
            return Err(refuse(number, BillProblem::Repeated(line.once().to_owned())));
        }
        bill.lines.push(line);
    }
    Err(refuse(last, BillProblem::NoSummary))
}

/// Reads a line and adds it to the sums.
fn take_row(row: &str, day: NaiveDate, bill: &mut ChannelBill) -> Result<BillLine, BillProblem> {
    let row = Row(fields::<COLUMNS>(row)?);
    let merchant = row.text(2);
    if bill.merchant.is_empty() {
        merchant.clone_into(&mut bill.merchant);
    } else if bill.merchant != merchant {
        return Err(BillProblem::OtherMerchant(merchant.to_owned()));
    }
    let at = row.time(day)?;
    if row.text(11) != "CNY" {
        return Err(row.unreadable(11));
    }
    let fee = row.milli_fen(22)?;
    let line = match row.text(9) {
        "SUCCESS" => row.payment(at, fee)?,
        "REFUND" | "REVOKED" => row.refund(at, fee)?,
        _ => return Err(row.unreadable(9)),
    };
    add(&mut bill.summary, &line, row.fen(17)?).map_err(|_| BillProblem::Overflow)?;
    Ok(line)
}

fn add(sums: &mut BillSummary, line: &BillLine, vouchers: Fen) -> Result<(), FenReject> {
    sums.lines = sums.lines.saturating_add(1);
    sums.fee = MilliFen::sum([sums.fee, line.fee])?;
    sums.vouchers_back = sums.vouchers_back.plus(vouchers)?;
    match line.kind {
        LineKind::Payment => {
            sums.paid = sums.paid.plus(line.settled)?;
            sums.ordered = sums.ordered.plus(line.amount)?;
        }
        LineKind::Refund => {
            sums.refunded = sums.refunded.plus(line.settled)?;
            sums.asked_back = sums.asked_back.plus(line.amount)?;
        }
    }
    Ok(())
}

/// The fields of a line, without their backticks.
struct Row<'a>([&'a str; COLUMNS]);

impl Row<'_> {
    fn text(&self, column: usize) -> &str {
        self.0.get(column).copied().unwrap_or_default()
    }

    fn unreadable(&self, column: usize) -> BillProblem {
        unreadable(HEADER, column, self.text(column))
    }

    fn fen(&self, column: usize) -> Result<Fen, BillProblem> {
        Fen::parse_yuan(self.text(column)).map_err(|_| self.unreadable(column))
    }

    fn milli_fen(&self, column: usize) -> Result<MilliFen, BillProblem> {
        MilliFen::parse_yuan(self.text(column)).map_err(|_| self.unreadable(column))
    }

    /// An amount that is not below 0.
    fn amount(&self, column: usize) -> Result<Fen, BillProblem> {
        self.fen(column).and_then(|fen| match fen >= Fen::ZERO {
            true => Ok(fen),
            false => Err(self.unreadable(column)),
        })
    }

    fn name(&self, column: usize) -> Result<String, BillProblem> {
        match self.text(column) {
            "" | "0" => Err(self.unreadable(column)),
            text => Ok(text.to_owned()),
        }
    }

    fn time(&self, day: NaiveDate) -> Result<Timestamp, BillProblem> {
        let text = self.text(0);
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .map_err(|_| self.unreadable(0))?;
        if local.date() != day {
            return Err(BillProblem::OtherDay(text.to_owned()));
        }
        let ms = local.and_utc().timestamp_millis();
        Ok(Timestamp::from_ms(ms).plus_ms(OFFSET_MS.saturating_neg()))
    }

    /// For a payment the channel keeps something or nothing; it gives back with refunds alone.
    fn payment(&self, at: Timestamp, fee: MilliFen) -> Result<BillLine, BillProblem> {
        if fee < MilliFen::ZERO {
            return Err(self.unreadable(22));
        }
        Ok(BillLine {
            kind: LineKind::Payment,
            transaction_id: self.name(5)?,
            out_trade_no: self.name(6)?,
            out_refund_no: None,
            amount: self.amount(24)?,
            settled: self.amount(12)?,
            fee,
            at,
            failed: false,
        })
    }

    fn refund(&self, at: Timestamp, fee: MilliFen) -> Result<BillLine, BillProblem> {
        Ok(BillLine {
            kind: LineKind::Refund,
            transaction_id: self.name(5)?,
            out_trade_no: self.name(6)?,
            out_refund_no: Some(self.name(15)?),
            amount: self.amount(25)?,
            settled: self.amount(16)?,
            fee,
            at,
            failed: self.text(19) == "FAIL",
        })
    }
}

fn read_summary(row: &str) -> Result<BillSummary, BillProblem> {
    let fields = fields::<SUMMARY_COLUMNS>(row)?;
    let text = |column: usize| fields.get(column).copied().unwrap_or_default();
    let refuse = |column: usize| unreadable(SUMMARY, column, text(column));
    let fen = |column: usize| Fen::parse_yuan(text(column)).map_err(|_| refuse(column));
    Ok(BillSummary {
        lines: text(0).parse().map_err(|_| refuse(0))?,
        paid: fen(1)?,
        refunded: fen(2)?,
        vouchers_back: fen(3)?,
        fee: MilliFen::parse_yuan(text(4)).map_err(|_| refuse(4))?,
        ordered: fen(5)?,
        asked_back: fen(6)?,
    })
}

fn check_sums(said: &BillSummary, computed: &BillSummary) -> Result<(), BillProblem> {
    let shown = |s: &BillSummary| {
        [
            s.lines.to_string(),
            s.paid.yuan(),
            s.refunded.yuan(),
            s.vouchers_back.yuan(),
            s.fee.yuan(),
            s.ordered.yuan(),
            s.asked_back.yuan(),
        ]
    };
    for ((column, said), computed) in SUMMARY.split(',').zip(shown(said)).zip(shown(computed)) {
        if said != computed {
            return Err(BillProblem::Sum { column, said, computed });
        }
    }
    Ok(())
}

/// Cuts a line into exactly `N` fields.
fn fields<const N: usize>(row: &str) -> Result<[&str; N], BillProblem> {
    let cut: Vec<&str> = row.strip_prefix('`').map_or_else(Vec::new, |r| r.split(",`").collect());
    let found = cut.len();
    cut.try_into().map_err(|_| BillProblem::Fields { expected: N, found })
}

fn unreadable(header: &'static str, column: usize, value: &str) -> BillProblem {
    let column = header.split(',').nth(column).unwrap_or_default();
    // What stands in a wrong field may be anything, an openid too.
    BillProblem::Field { column, value: value.chars().take(20).collect() }
}
