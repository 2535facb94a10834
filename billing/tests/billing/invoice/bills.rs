//! Bills of the non-tax regime, and receipts.

use billing::invoice::{
    Document, DocumentKind, InvoiceReject, NonTaxBill, NonTaxDraft, NonTaxItem, NonTaxRequest,
    PaidLine, Party, ReceiptContent, RedReason, TitleKind, draft_non_tax, issued_non_tax, receipt,
    red_non_tax,
};
use vocabulary::Fen;

use super::charge;
use crate::cases::at;

const NUMBERS: (&str, &str) = ("62040126", "0000000017");

fn drawn_up(rows: &[(&str, i64)]) -> Result<NonTaxDraft, InvoiceReject> {
    let charges: Vec<_> = rows.iter().map(|(order, fen)| charge(order, *fen)).collect();
    draft_non_tax(&NonTaxRequest {
        issuer: &Party::named(TitleKind::Company, "示例市停车管理事务中心", None),
        drawer: "系统",
        payer: &Party::named(TitleKind::Person, "张三", None),
        item: &NonTaxItem { code: None, name: "城市道路占用费".to_owned() },
        charges: &charges,
    })
}

fn bill(rows: &[(&str, i64)]) -> NonTaxBill {
    let now = at("2026-09-16 10:00:00");
    issued_non_tax(drawn_up(rows).expect("the request is good"), NUMBERS, now, now).expect("digits")
}

#[test]
fn money_of_the_treasury_gets_a_bill_without_tax() {
    let bill = bill(&[("P-1", 900), ("P-2", 500)]);
    assert_eq!((bill.code(), bill.number()), NUMBERS);
    assert_eq!(bill.draft().total, Fen(1400));
    let rows: Vec<_> = bill.draft().lines.iter().map(|l| (l.item.as_str(), l.amount.0)).collect();
    assert_eq!(rows, [("城市道路占用费", 900), ("城市道路占用费", 500)]);
    let stored = serde_json::to_string(&bill).expect("plain data");
    assert!(!stored.contains("tax_fen") && !stored.contains("rate"), "{stored}");
    assert_eq!(serde_json::from_str::<NonTaxBill>(&stored).ok(), Some(bill));
}

#[test]
fn a_bill_is_taken_back_whole_and_once() {
    let blue = bill(&[("P-1", 900), ("P-2", 500)]);
    let red = red_non_tax(&blue, RedReason::IssuedInError).expect("it is blue");
    assert_eq!(red.total, Fen(-1400));
    assert_eq!(red.lines.iter().map(|l| l.amount.0).collect::<Vec<_>>(), [-900, -500]);
    assert_eq!(red.remark, "被冲红票据代码：62040126 票据号码：0000000017；样张,非税务凭证");
    let now = at("2026-09-17 10:00:00");
    let red = issued_non_tax(red, ("62040126", "0000000018"), now, now).expect("digits");
    assert_eq!(Document::NonTaxBill(red.clone()).kind(), DocumentKind::RedNonTaxBill);
    let twice = red_non_tax(&red, RedReason::IssuedInError);
    assert_eq!(twice, Err(InvoiceReject::NothingToReverse));
}

#[test]
fn what_cannot_be_billed_is_refused_with_a_reason() {
    for (rows, code) in [
        (vec![], "no_lines"),
        (vec![("P-1", 0)], "nothing_to_invoice"),
        (vec![("P-1", 1), ("P-1", 1)], "repeated_order"),
        (vec![("P-1", i64::MAX), ("P-2", 1)], "overflow"),
        (vec![("\u{1}", 1)], "illegal_character"),
    ] {
        assert_eq!(drawn_up(&rows).map_err(|r| r.code()), Err(code), "{rows:?}");
    }
    let now = at("2026-09-16 10:00:00");
    for numbers in [
        ("6204012", "0000000017"),
        ("620401260", "0000000017"),
        ("62040126", "17"),
        ("62040126", "00000000170"),
        ("6204012X", "0000000017"),
    ] {
        let draft = drawn_up(&[("P-1", 900)]).expect("the request is good");
        let result = issued_non_tax(draft, numbers, now, now);
        assert_eq!(result.map_err(|r| r.code()), Err("bad_bill_number"), "{numbers:?}");
    }
}

#[test]
fn a_receipt_says_what_was_paid() {
    let content = ReceiptContent {
        number: "BY-0000123".to_owned(),
        issuer: Party::named(TitleKind::Company, "示例停车管理有限公司", None),
        payer: None,
        method: "微信支付".to_owned(),
        transaction: None,
        currency: "CNY".to_owned(),
        paid_at: at("2026-09-15 16:02:00"),
        lines: vec![PaidLine {
            order: "P-1".to_owned(),
            item_code: None,
            item: "停车费".to_owned(),
            amount: Fen(900),
            lease: None,
        }],
        total: Fen(900),
        remark: String::new(),
    };
    assert_eq!(receipt(content.clone()).map(|r| r.content().total), Ok(Fen(900)));
    type Change = fn(&mut ReceiptContent);
    let rows: [(Change, &str); 6] = [
        (|c| c.total = Fen(901), "head_is_not_the_sum"),
        (|c| c.lines[0].amount = Fen(-900), "wrong_sign"),
        (|c| c.number = "../../x".to_owned(), "bad_document_number"),
        (|c| c.currency = "RMB".to_owned(), "bad_currency"),
        (|c| c.method.clear(), "missing_text"),
        (|c| c.issuer.country = Some("UK".to_owned()), "bad_country"),
    ];
    for (change, code) in rows {
        let mut content = content.clone();
        change(&mut content);
        assert_eq!(receipt(content).map_err(|r| r.code()), Err(code));
    }
}
