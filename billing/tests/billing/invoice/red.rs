//! Red invoices: what they take back adds up to the blue one, and never to more.

use billing::invoice::{
    DocumentKind, Draft, InvoiceReject, Issued, RedPart, RedReason, TaxItem, Totals, confirm,
    demo_tax_items, issued, left_of, red_in_full, red_in_part, xml,
};
use proptest::prelude::*;
use vocabulary::Fen;

use super::{Ask, NUMBER, ask, charge, leaves};
use crate::cases::at;

const CONFIRMATION: &str = "62040026091600000001";
const RED_NUMBER: &str = "26622000000000000018";

fn blue(rows: &[(&str, i64)], rate_bp: u32) -> Issued {
    let tax_item = TaxItem { rate_bp, ..demo_tax_items().remove(0) };
    let charges = rows.iter().map(|(order, fen)| charge(order, *fen)).collect();
    Ask { charges, tax_item, ..ask() }.issued()
}

fn part(order: &str, fen: i64) -> RedPart {
    RedPart { order: order.to_owned(), gross: Fen(fen) }
}

fn totals(net: i64, tax: i64, gross: i64) -> Totals {
    Totals { net: Fen(net), tax: Fen(tax), gross: Fen(gross) }
}

#[test]
fn the_document_of_a_red_one_reads_like_a_published_one() {
    // Numbers and sums of a public description of a real pair: 500.00 = 495.05 + 4.95 at 1 %.
    let tax_item = TaxItem { rate_bp: 100, ..demo_tax_items().remove(0) };
    let ask = Ask { charges: vec![charge("P-1", 50_000)], tax_item, ..ask() };
    let now = at("2026-09-15 10:00:00");
    let draft = ask.draft().expect("the request is good");
    let blue = issued(draft, "24112000000135114086", now, now).expect("20 digits");
    let red = red_in_full(&blue, &[], RedReason::GoodsReturned).expect("nothing was taken back");
    let red = confirm(red, "11010824091002615708").expect("20 digits");
    let red = issued(red, NUMBER, now, now).expect("it is confirmed");
    let read = leaves(&xml(&red).expect("a fapiao"));
    let expected = "\
EInvoice/Header/InherentLabel/InIssuType/LabelCode=N
EInvoice/Header/InherentLabel/InIssuType/LabelName=是否蓝字发票标志
EInvoice/EInvoiceData/BasicInformation/TotalAmWithoutTax=-495.05
EInvoice/EInvoiceData/BasicInformation/TotalTaxAm=-4.95
EInvoice/EInvoiceData/BasicInformation/TotalTax-includedAmount=-500.00
EInvoice/EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese=（负数）伍佰圆整
EInvoice/EInvoiceData/IssuItemInformation/ItemName=*生产生活服务*车辆停放服务
EInvoice/EInvoiceData/IssuItemInformation/Amount=-495.05
EInvoice/EInvoiceData/IssuItemInformation/TaxRate=0.01
EInvoice/EInvoiceData/IssuItemInformation/ComTaxAm=-4.95
EInvoice/EInvoiceData/IssuItemInformation/TotaltaxIncludedAmount=-500.00
EInvoice/EInvoiceData/IssuItemInformation/TaxClassificationCode=3040502020200000000
EInvoice/EInvoiceData/SpecificInformation/RedEInvoice/OriginalInvoiceCode=24112000000135114086
EInvoice/EInvoiceData/SpecificInformation/RedEInvoice/CreditNoteNumber=11010824091002615708
EInvoice/EInvoiceData/AdditionalInformation/Remark=被红冲蓝字数电票号码：24112000000135114086 \
红字发票信息确认单编号：11010824091002615708；样张,非税务凭证";
    let told = |l: &&String| !l.contains("Seller") && !l.contains("Buyer");
    let of_red: Vec<_> = read
        .iter()
        .filter(told)
        .filter(|l| {
            ["InIssuType", "Total", "IssuItem", "RedE", "Remark"].iter().any(|n| l.contains(n))
        })
        .collect();
    assert_eq!(of_red, expected.lines().collect::<Vec<_>>());
    assert_eq!(red.draft().kind(), DocumentKind::RedFapiao);
}

#[test]
fn three_thirds_of_nine_yuan_take_back_the_net_and_the_tax_of_nine_yuan() {
    // 9.00 = 8.26 + 0.74. What is left: 6.00 = 5.50 + 0.50 (5.5046), 3.00 = 2.75 + 0.25 (2.7523).
    let blue = blue(&[("P-1", 900)], 900);
    let mut reds: Vec<Draft> = Vec::new();
    for expected in [(-276, -24, -300), (-275, -25, -300), (-275, -25, -300)] {
        let reason = RedReason::SalesAllowance;
        let red = red_in_part(&blue, &reds, &[part("P-1", 300)], reason).expect("there is more");
        assert_eq!(red.totals, totals(expected.0, expected.1, expected.2));
        reds.push(red);
    }
    assert_eq!(left_of(blue.draft(), &reds), Ok(vec![Totals::default()]));
    let again = red_in_full(&blue, &reds, RedReason::IssuedInError);
    assert_eq!(again, Err(InvoiceReject::NothingToReverse));
}

#[test]
fn what_cannot_be_taken_back_is_refused() {
    let blue = blue(&[("P-1", 900), ("P-2", 500)], 900);
    let reds = [red_in_part(&blue, &[], &[part("P-1", 800)], RedReason::SalesAllowance)
        .expect("less than there is")];
    for (parts, code) in [
        (vec![part("P-1", 101)], "reverses_too_much"),
        (vec![part("P-2", 501)], "reverses_too_much"),
        (vec![part("P-1", i64::MAX)], "reverses_too_much"),
        (vec![part("P-1", 0)], "wrong_sign"),
        (vec![part("P-1", -1)], "wrong_sign"),
        (vec![part("P-3", 1)], "order_not_covered"),
        (vec![part("P-2", 1), part("P-2", 1)], "repeated_order"),
        (vec![], "nothing_to_reverse"),
    ] {
        let result = red_in_part(&blue, &reds, &parts, RedReason::SalesAllowance);
        assert_eq!(result.map_err(|r| r.code()), Err(code), "{parts:?}");
    }
    let rest = red_in_full(&blue, &reds, RedReason::ServiceStopped).expect("6.00 are left");
    assert_eq!(rest.totals.gross, Fen(-600));
    assert_eq!(rest.lines.len(), 2);
}

#[test]
fn a_red_one_is_issued_with_its_confirmation_only_and_is_not_taken_back_itself() {
    let blue = blue(&[("P-1", 900)], 900);
    let now = at("2026-09-16 10:00:00");
    let red = red_in_full(&blue, &[], RedReason::IssuedInError).expect("nothing was taken back");
    assert_eq!(issued(red.clone(), RED_NUMBER, now, now), Err(InvoiceReject::NotConfirmed));
    for wrong in ["", "6204002609160000000", "6204002609160000000X", "620400260916000000011"] {
        assert_eq!(confirm(red.clone(), wrong), Err(InvoiceReject::BadConfirmationNumber));
    }
    assert_eq!(confirm(blue.draft().clone(), CONFIRMATION), Err(InvoiceReject::NotRed));
    let red = confirm(red, CONFIRMATION).expect("20 digits");
    let itself = issued(red.clone(), NUMBER, now, now);
    assert_eq!(itself, Err(InvoiceReject::BadReference), "it does not take itself back");
    let red = issued(red, RED_NUMBER, now, now).expect("it is confirmed");
    let twice = red_in_full(&red, &[], RedReason::IssuedInError);
    assert_eq!(twice, Err(InvoiceReject::NothingToReverse));
    let reasons = RedReason::ALL.map(RedReason::text);
    assert_eq!(reasons, ["销货退回", "开票有误", "服务中止", "销售折让"]);
}

proptest! {
    #[test]
    fn parts_in_any_number_never_exceed_and_in_the_end_are_the_blue_one(
        amounts in proptest::collection::vec(1..200_000_i64, 1..6),
        rate in prop_oneof![Just(100), Just(300), Just(500), Just(600), Just(900), Just(0)],
        steps in proptest::collection::vec((0..6_usize, 1..200_000_i64), 0..40),
    ) {
        let orders: Vec<String> = (0..amounts.len()).map(|i| format!("P-{i}")).collect();
        let rows: Vec<(&str, i64)> = orders.iter().map(String::as_str).zip(amounts.clone()).collect();
        let blue = blue(&rows, rate);
        let mut left = amounts.clone();
        let mut reds: Vec<Draft> = Vec::new();
        for (index, fen) in steps {
            let index = index % amounts.len();
            let parts = [part(&orders[index], fen)];
            match red_in_part(&blue, &reds, &parts, RedReason::SalesAllowance) {
                Ok(red) => {
                    prop_assert!(fen <= left[index]);
                    prop_assert!(red.totals.net.0 <= 0 && red.totals.tax.0 <= 0);
                    prop_assert_eq!(red.totals.net.0 + red.totals.tax.0, -fen);
                    left[index] -= fen;
                    reds.push(red);
                }
                Err(reject) => {
                    prop_assert!(fen > left[index]);
                    prop_assert_eq!(reject.code(), "reverses_too_much");
                }
            }
        }
        let rest = red_in_full(&blue, &reds, RedReason::IssuedInError);
        prop_assert_eq!(rest.is_ok(), left.iter().any(|fen| *fen > 0));
        reds.extend(rest);
        let taken = Totals::sum(reds.iter().map(|red| red.totals)).expect("it fits");
        let head = blue.draft().totals;
        prop_assert_eq!(taken, totals(-head.net.0, -head.tax.0, -head.gross.0));
    }
}
