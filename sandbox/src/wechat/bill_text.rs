//! What a trade bill looks like: a head, a row for each payment and refund of the day, a head of sums,
//! the sums. Every field of a row begins with a backtick; money is in yuan with two decimals, a fee
//! with five. Columns as at pay.weixin.qq.com/doc/v3/merchant, "申请交易账单".
//!
//! A payment belongs to the day of its success, a refund to the day it was asked for. Its status is what
//! is known when the bill is made.

use chrono::NaiveDate;

use super::book::Book;
use super::order::{Charge, Order};
use super::refund::{Outcome, Refund, instant_ms};
use super::refusal::Refusal;
use crate::clock::{Now, at_beijing};
use crate::keys::Account;

/// 0.60 %, rounded to whole fen for each row, half up.
const FEE_PER_MILLE: i64 = 6;
const FEE_RATE: &str = "0.60%";

/// Which rows a bill has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BillKind {
    All,
    Success,
    Refund,
}

const HEAD: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额";
const REFUND_TIMES: &str = ",退款申请时间,退款成功时间";
const REFUND_FIELDS: &str = ",微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态";
const GOODS: &str = ",商品名称,商户数据包,手续费,费率,订单金额";
const SUMS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// One row's figures, fen.
#[derive(Clone, Copy, Default)]
struct Figures {
    settled: i64,
    ordered: i64,
    refunded: i64,
    fee: i64,
}

/// The bill of a day, or nothing if nothing happened.
pub(super) fn bill_of(
    book: &Book,
    account: &Account,
    (day, kind): (NaiveDate, BillKind),
    now: Now,
) -> Result<Option<String>, Refusal> {
    let mut rows = Vec::new();
    for charge in book.charges().iter().filter(|_| kind != BillKind::Refund) {
        let order = book.order(&charge.out_trade_no).ok_or(Refusal::OrderNotExist)?;
        let at_ms = instant_ms(&charge.success_at)?;
        if is_on(day, at_ms) && charge.settles_ms <= now.machine_ms {
            rows.push((at_ms, payment_row(order, charge, account, kind, at_ms)));
        }
    }
    for refund in book.refunds().filter(|_| kind != BillKind::Success) {
        let order = book.order(&refund.out_trade_no).ok_or(Refusal::OrderNotExist)?;
        let at_ms = instant_ms(&refund.created_at)?;
        if let Some(charge) = order.charge.as_ref().filter(|_| is_on(day, at_ms)) {
            let row = refund_row((order, charge, refund), account, kind, (at_ms, now))?;
            rows.push((at_ms, row));
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    rows.sort_by(|a, b| (a.0, &a.1.0).cmp(&(b.0, &b.1.0)));
    Ok(Some(written(kind, &rows)))
}

fn written(kind: BillKind, rows: &[(i64, (String, Figures))]) -> String {
    let head = match kind {
        BillKind::All => format!("{HEAD}{REFUND_FIELDS}{GOODS},申请退款金额,费率备注"),
        BillKind::Success => format!("{HEAD}{GOODS},费率备注"),
        BillKind::Refund => {
            format!("{HEAD}{REFUND_TIMES}{REFUND_FIELDS}{GOODS},申请退款金额,费率备注")
        }
    };
    let mut sum = Figures::default();
    let mut text = format!("{head}\r\n");
    for (_, (row, figures)) in rows {
        text.push_str(row);
        text.push_str("\r\n");
        sum.settled += figures.settled;
        sum.ordered += figures.ordered;
        sum.refunded += figures.refunded;
        sum.fee += figures.fee;
    }
    let refunded = yuan(sum.refunded);
    let sums = [
        rows.len().to_string(),
        yuan(sum.settled),
        refunded.clone(),
        yuan(0),
        fee(sum.fee),
        yuan(sum.ordered),
        refunded,
    ];
    format!("{text}{SUMS}\r\n{}\r\n", row_of(&sums))
}

fn payment_row(
    order: &Order,
    charge: &Charge,
    account: &Account,
    kind: BillKind,
    at_ms: i64,
) -> (String, Figures) {
    let (total, fee_fen) = (order.total_fen, fee_fen(order.total_fen));
    let mut fields = opening(order, charge, account, ("SUCCESS", total, at_ms));
    if kind == BillKind::All {
        fields.extend(["0", "0", "0.00", "0.00", "", ""].map(str::to_owned));
    }
    fields.extend(goods(order, fee_fen, total));
    if kind == BillKind::All {
        fields.push(yuan(0));
    }
    fields.push(String::new());
    let figures = Figures { settled: total, ordered: total, refunded: 0, fee: fee_fen };
    (row_of(&fields), figures)
}

fn refund_row(
    (order, charge, refund): (&Order, &Charge, &Refund),
    account: &Account,
    kind: BillKind,
    (at_ms, now): (i64, Now),
) -> Result<(String, Figures), Refusal> {
    let fee_fen = -fee_fen(refund.refund_fen);
    let mut fields = opening(order, charge, account, ("REFUND", 0, at_ms));
    if kind == BillKind::Refund {
        let succeeded = refund.is(Outcome::Success, now);
        let done = succeeded.then(|| instant_ms(&refund.success_at)).transpose()?;
        fields.extend([clock(at_ms), done.map_or_else(String::new, clock)]);
    }
    fields.extend([
        refund.refund_id.clone(),
        refund.out_refund_no.clone(),
        yuan(refund.refund_fen),
        yuan(0),
        refund.channel().to_owned(),
        status(refund, now).to_owned(),
    ]);
    fields.extend(goods(order, fee_fen, 0));
    fields.extend([yuan(refund.refund_fen), String::new()]);
    let figures = Figures { refunded: refund.refund_fen, fee: fee_fen, ..Figures::default() };
    Ok((row_of(&fields), figures))
}

fn opening(
    order: &Order,
    charge: &Charge,
    account: &Account,
    (state, settled_fen, at_ms): (&str, i64, i64),
) -> Vec<String> {
    vec![
        clock(at_ms),
        order.appid.clone(),
        account.mchid.clone(),
        "0".to_owned(),
        String::new(),
        charge.transaction_id.clone(),
        order.out_trade_no.clone(),
        charge.openid.clone(),
        order.trade_type.name().to_owned(),
        state.to_owned(),
        charge.bank_type.clone(),
        "CNY".to_owned(),
        yuan(settled_fen),
        yuan(0),
    ]
}

fn goods(order: &Order, fee_fen: i64, ordered_fen: i64) -> [String; 5] {
    [
        order.description.clone(),
        order.attach.clone().unwrap_or_default(),
        fee(fee_fen),
        FEE_RATE.to_owned(),
        yuan(ordered_fen),
    ]
}

fn status(refund: &Refund, now: Now) -> &'static str {
    if refund.is(Outcome::Success, now) {
        "SUCCESS"
    } else if refund.is(Outcome::Closed, now) || refund.is(Outcome::Abnormal, now) {
        "FAIL"
    } else {
        "PROCESSING"
    }
}

/// A comma in a text would look like the next field.
fn row_of(fields: &[String]) -> String {
    let field = |text: &String| format!("`{}", text.replace([',', '\r', '\n'], " "));
    fields.iter().map(field).collect::<Vec<_>>().join(",")
}

fn is_on(day: NaiveDate, city_ms: i64) -> bool {
    at_beijing(city_ms).date_naive() == day
}

fn clock(city_ms: i64) -> String {
    at_beijing(city_ms).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn fee_fen(fen: i64) -> i64 {
    (fen.saturating_mul(FEE_PER_MILLE) + 500) / 1000
}

fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

fn fee(fen: i64) -> String {
    format!("{}000", yuan(fen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_rounded_to_whole_fen_for_each_row() {
        // 0.60 %: 9.00 yuan 5.4 fen, 0.84 yuan 0.504 fen, 0.83 yuan 0.498 fen.
        assert_eq!([900, 84, 83].map(fee_fen), [5, 1, 0]);
        assert_eq!([5, -5, 0].map(fee), ["0.05000", "-0.05000", "0.00000"]);
        assert_eq!([900, -250, 7].map(yuan), ["9.00", "-2.50", "0.07"]);
    }

    #[test]
    fn the_bill_of_everything_has_the_27_documented_columns() {
        let text = written(BillKind::All, &[]);
        assert_eq!(text.lines().next().map(|head| head.split(',').count()), Some(27));
        assert_eq!(SUMS.split(',').count(), 7);
    }
}
