//! A channel's daily bill: read to the letter, refused where it does not add up, compared line by line.
//!
//! The lines follow real bills seen in public code (money.md C3): 0.6 % of 9.90 is 0.0594, written with
//! five decimals; a refund's row has order amount 0.00 and a negative fee.

use billing::reconcile::{
    BillLine, BillProblem, Compared, LineKind, MilliFen, OurState, Ours, Outcome, compare_day,
    empty_bill, read_bill,
};
use chrono::NaiveDate;
use vocabulary::{Fen, Timestamp};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const PAID: &str = "`2026-11-30 10:00:00,`wx123,`1900000001,`0,`,`4200001,`pay_w1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`9.90,`0.00,`0,`0,`0.00,`0.00,`,`,`停车费, 人民路,`a,b,`0.05940,`0.60%,`9.90,`0.00,`";
const REFUNDED: &str = "`2026-11-30 11:00:00,`wx123,`1900000001,`0,`,`4200002,`pay_w0,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`500001,`rfd_1,`5.00,`0.00,`ORIGINAL,`PROCESSING,`停车费,`,`-0.03000,`0.60%,`0.00,`5.00,`";
const SUMS: &str = "`2,`9.90,`5.00,`0.00,`0.02940,`9.90,`5.00";

fn day() -> NaiveDate {
    "2026-11-30".parse().expect("a day")
}

fn bill(lines: &[&str]) -> String {
    let mut all = vec![HEADER];
    all.extend(lines);
    all.join("\n") + "\n"
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

#[test]
fn a_bill_is_read_to_the_letter_with_bom_and_either_line_end() {
    let text = bill(&[PAID, REFUNDED, SUMMARY, SUMS]);
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let read = read_bill(&text, day()).unwrap();
    assert_eq!(read_bill(&windows, day()), Ok(read.clone()));
    assert_eq!(read.merchant, "1900000001");
    let paid = BillLine {
        kind: LineKind::Payment,
        transaction_id: "4200001".into(),
        out_trade_no: "pay_w1".into(),
        out_refund_no: None,
        amount: Fen(990),
        settled: Fen(990),
        fee: MilliFen(5_940),
        at: at("2026-11-30T10:00:00+08:00"),
        failed: false,
    };
    let refunded = BillLine {
        kind: LineKind::Refund,
        transaction_id: "4200002".into(),
        out_trade_no: "pay_w0".into(),
        out_refund_no: Some("rfd_1".into()),
        amount: Fen(500),
        settled: Fen(500),
        fee: MilliFen(-3_000),
        at: at("2026-11-30T11:00:00+08:00"),
        failed: false,
    };
    assert_eq!(read.lines, [paid, refunded]);
    let sums = read.summary;
    assert_eq!((sums.lines, sums.paid, sums.refunded), (2, Fen(990), Fen(500)));
    assert_eq!(sums.fee, MilliFen(2_940));
    let empty = bill(&[SUMMARY, "`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00"]);
    assert_eq!(empty_bill(), empty);
    let empty = read_bill(&empty, day());
    assert!(empty.unwrap().lines.is_empty());
}

#[test]
fn a_bill_that_does_not_add_up_or_is_another_is_refused_with_its_line() {
    let whole = bill(&[PAID, REFUNDED, SUMMARY, SUMS]);
    let check = |text: String, line: usize, code: &str| {
        let refused = read_bill(&text, day()).unwrap_err();
        assert_eq!((refused.line, refused.what.code()), (line, code), "{refused}");
    };
    check(String::new(), 1, "bill_not_of_type_all");
    check(whole.replace(",申请退款金额,费率备注\n", ",费率备注\n"), 1, "bill_not_of_type_all");
    check(bill(&[PAID, REFUNDED]), 3, "bill_without_summary");
    check(bill(&[PAID, REFUNDED, SUMMARY]), 4, "bill_without_summary");
    check(format!("{whole}x\n"), 6, "bill_without_summary");
    check(bill(&[PAID, SUMMARY, SUMS]), 4, "bill_summary_differs");
    for (from, to) in [
        ("`2,`9.90,", "`3,`9.90,"),
        ("`2,`9.90,", "`2,`9.91,"),
        (",`5.00,`0.00,`0.02940,", ",`5.01,`0.00,`0.02940,"),
        (",`0.00,`0.02940,", ",`0.01,`0.02940,"),
        ("`0.02940", "`0.02941"),
        (",`9.90,`5.00\n", ",`9.91,`5.00\n"),
        (",`9.90,`5.00\n", ",`9.90,`5.01\n"),
    ] {
        check(whole.replace(from, to), 5, "bill_summary_differs");
    }
    for (from, to, code) in [
        ("`2026-11-30 10", "`2026-12-01 10", "bill_of_another_day"),
        ("`2026-11-30 10", "`2026-11-29 10", "bill_of_another_day"),
        ("`2026-11-30 10:00:00", "`2026-11-30", "bill_field_unreadable"),
        ("`CNY,`9.90", "`USD,`9.90", "bill_field_unreadable"),
        ("`SUCCESS", "`USERPAYING", "bill_field_unreadable"),
        ("`CNY,`9.90", "`CNY,`9.901", "bill_field_unreadable"),
        ("`CNY,`9.90", "`CNY,`-9.90", "bill_field_unreadable"),
        ("`4200001", "`", "bill_field_unreadable"),
        ("`0.05940", "`0.059401", "bill_field_unreadable"),
        // A channel keeps a fee of a payment and never adds one.
        ("`0.05940", "`-0.05940", "bill_field_unreadable"),
        ("`a,b,`", "`a,b,", "bill_fields"),
        ("`wx123,`1900000001,`0,`,`4200001", "wx123,`1900000001,`0,`,`4200001", "bill_fields"),
    ] {
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole, "{from}");
        check(text, 2, code);
    }
    check(bill(&[PAID, REFUNDED, PAID]), 4, "bill_line_repeated");
    check(bill(&[REFUNDED, PAID, REFUNDED]), 4, "bill_line_repeated");
    let other = REFUNDED.replace("1900000001", "1900000002");
    check(bill(&[PAID, &other, SUMMARY, SUMS]), 3, "bill_of_another_merchant");
    let openid =
        bill(&[&PAID.replace("`9.90,`0.00,`0,`0", "`o-secret-openid-of-a-payer,`0.00,`0,`0")]);
    let BillProblem::Field { value, .. } = read_bill(&openid, day()).unwrap_err().what else {
        panic!("another problem");
    };
    assert!(value.chars().count() <= 20, "{value}");
}

fn theirs(kind: LineKind, number: &str, fen: i64) -> BillLine {
    BillLine {
        kind,
        transaction_id: format!("42{number}"),
        out_trade_no: number.into(),
        out_refund_no: (kind == LineKind::Refund).then(|| number.into()),
        amount: Fen(fen),
        settled: Fen(fen),
        fee: MilliFen::ZERO,
        at: at("2026-11-30T10:00:00+08:00"),
        failed: false,
    }
}

fn ours(kind: LineKind, number: &str, fen: i64, state: OurState, time: &str) -> Ours {
    Ours {
        kind,
        number: number.into(),
        transaction_id: Some(format!("42{number}")),
        amount: Fen(fen),
        state,
        at: at(time),
    }
}

const NOON: &str = "2026-11-30T12:00:00+08:00";

fn check(bill: Option<BillLine>, own: Option<Ours>, expected: Option<Outcome>) {
    let (lines, owned): (Vec<_>, Vec<_>) = (bill.into_iter().collect(), own.into_iter().collect());
    let compared = compare_day(day(), &lines, &owned);
    let outcomes: Vec<Outcome> = compared.iter().map(|c| c.outcome).collect();
    assert_eq!(outcomes, expected.into_iter().collect::<Vec<_>>(), "{lines:?} {owned:?}");
}

#[test]
fn every_pair_of_lines_ends_in_one_outcome() {
    use LineKind::{Payment, Refund};
    use OurState::{Done, Failed, Pending};
    use Outcome::{AmountDiffers, Expected, Matched, MissingHere, MissingThere, StatusDiffers};
    let pay = |fen| Some(theirs(Payment, "a", fen));
    let back = |fen| Some(theirs(Refund, "a", fen));
    let own = |kind, fen, state, time| Some(ours(kind, "a", fen, state, time));
    let voucher = BillLine { settled: Fen(250), ..theirs(Payment, "a", 300) };
    let failed = BillLine { failed: true, ..theirs(Refund, "a", 300) };
    let unnamed = Ours { transaction_id: None, ..ours(Payment, "a", 300, Pending, NOON) };
    let second = Ours {
        transaction_id: Some("another".into()),
        ..ours(Payment, "b", 300, Done, "2026-11-29T12:00:00+08:00")
    };
    for (bill, own, expected) in [
        (pay(300), own(Payment, 300, Done, NOON), Some(Matched)),
        (pay(300), own(Payment, 300, Done, "2026-12-01T00:00:01+08:00"), Some(Matched)),
        (pay(300), own(Payment, 200, Done, NOON), Some(AmountDiffers)),
        (Some(voucher), own(Payment, 300, Done, NOON), Some(AmountDiffers)),
        (pay(300), own(Payment, 300, Pending, NOON), Some(StatusDiffers)),
        (pay(300), own(Payment, 300, Failed, NOON), Some(StatusDiffers)),
        (pay(300), Some(unnamed), Some(StatusDiffers)),
        (pay(300), None, Some(MissingHere)),
        (Some(theirs(Payment, "b", 300)), Some(second), Some(MissingHere)),
        (None, own(Payment, 300, Done, NOON), Some(MissingThere)),
        (None, own(Payment, 300, Done, "2026-11-30T23:55:00+08:00"), Some(Expected)),
        (None, own(Payment, 300, Done, "2026-11-30T00:05:00+08:00"), Some(Expected)),
        (None, own(Payment, 300, Done, "2026-11-30T23:49:00+08:00"), Some(MissingThere)),
        (None, own(Payment, 300, Done, "2026-12-01T09:00:00+08:00"), None),
        (None, own(Payment, 300, Pending, NOON), None),
        (None, own(Payment, 300, Failed, NOON), None),
        (back(300), own(Refund, 300, Done, NOON), Some(Matched)),
        (back(300), own(Refund, 300, Pending, NOON), Some(Matched)),
        (back(300), own(Refund, 300, Failed, NOON), Some(StatusDiffers)),
        (Some(failed.clone()), own(Refund, 300, Failed, NOON), Some(Matched)),
        (Some(failed), own(Refund, 300, Done, NOON), Some(StatusDiffers)),
        (back(300), own(Refund, 299, Done, NOON), Some(AmountDiffers)),
        (back(300), None, Some(MissingHere)),
        (None, own(Refund, 300, Pending, NOON), Some(Expected)),
        (None, own(Refund, 300, Done, NOON), Some(MissingThere)),
        // A refund under the number of a payment is not that payment.
        (back(300), own(Payment, 300, Failed, NOON), Some(MissingHere)),
    ] {
        check(bill, own, expected);
    }
}

#[test]
fn a_second_line_under_one_number_is_a_payment_that_nobody_knows() {
    let first = theirs(LineKind::Payment, "a", 300);
    let again = BillLine { transaction_id: "42x".into(), ..first.clone() };
    let own = [ours(LineKind::Payment, "a", 300, OurState::Done, NOON)];
    let expected = [
        Compared { outcome: Outcome::MissingHere, theirs: Some(0), ours: None },
        Compared { outcome: Outcome::Matched, theirs: Some(1), ours: Some(0) },
    ];
    assert_eq!(compare_day(day(), &[again, first], &own), expected);
}
