//! The form of a non-tax bill, in the manner of 财政电子票据. Unverified: no sample of it was found.

use super::code;
use super::fapiao::{self, day};
use super::form::{CHINESE, Column, Entry, Form, Money, Row, Side, Sum};
use super::lease::details;
use crate::invoice::{NonTaxBill, PaidLine, Party, Totals, amount_in_words};
use crate::sheet::{Align, Colour};
use crate::text::local;

pub(super) fn form(bill: &NonTaxBill) -> Form {
    let draft = bill.draft();
    let is_red = draft.kind().is_red();
    let orders = draft.lines.iter().map(|line| (line.order.as_str(), line.lease.as_ref()));
    let details = details(orders, &draft.remark);
    Form {
        title: draft.kind().title().to_owned(),
        number: bill.number().to_owned(),
        words: &CHINESE,
        dated_on: local(bill.issued_at(), code::BEIJING).date_naive(),
        tint: if is_red { Colour::Red } else { Colour::Brown },
        figures: if is_red { Colour::Red } else { Colour::Ink },
        badge: is_red.then_some("红字"),
        code: Some(code::of_bill(bill)),
        head: vec![
            Entry::tagged("票据代码：", bill.code(), "InvoiceCode"),
            Entry::tagged("票据号码：", bill.number(), "InvoiceNo"),
            Entry::tagged("开票日期：", day(bill.issued_at()), "IssueDate"),
        ],
        sides: [payer(&draft.payer), issuer(&draft.issuer)],
        columns: columns(),
        rows: draft.lines.iter().zip(details).map(|(line, detail)| row(line, detail)).collect(),
        in_words: Entry::plain("金额合计（大写）", amount_in_words(draft.total)),
        in_figures: Entry::tagged(
            "（小写）",
            format!("¥{}", draft.total.yuan()),
            "TaxInclusiveTotalAmount",
        ),
        remark: draft.remark.clone(),
        foot: vec![Entry::tagged("开票人：", draft.drawer.clone(), "InvoiceClerk")],
        money: Money::yuan(),
    }
}

fn payer(party: &Party) -> Side {
    named(fapiao::side("交款人信息", party, &fapiao::BUYER), "交款人：")
}

fn issuer(party: &Party) -> Side {
    named(fapiao::side("收款单位", party, &fapiao::SELLER), "收款单位：")
}

/// The party's name under another label.
pub(super) fn named(mut side: Side, label: &str) -> Side {
    if let Some(name) = side.entries.first_mut() {
        name.label = label.to_owned();
    }
    side
}

fn columns() -> Vec<Column> {
    let column = |heading, width, align, field| Column { heading, width, align, field, sum: None };
    let (left, middle, right) = (Align::Left, Align::Middle, Align::Right);
    let sum = Some((Sum::Gross, None));
    vec![
        column("项目编码", 300, left, Some("Specification")),
        column("项目名称", 660, left, Some("Item")),
        column("单位", 140, middle, Some("MeasurementDimension")),
        column("数量", 160, right, Some("Quantity")),
        column("标准", 340, right, Some("Price")),
        Column { sum, ..column("金额（元）", 380, right, Some("Amount")) },
    ]
}

fn row(line: &PaidLine, detail: String) -> Row {
    let amount = line.amount.yuan();
    let is_red = line.amount < vocabulary::Fen::ZERO;
    let unless_red = |text: &str| if is_red { String::new() } else { text.to_owned() };
    let cells = vec![
        line.item_code.clone().unwrap_or_default(),
        line.item.clone(),
        unless_red("次"),
        unless_red("1"),
        unless_red(&amount),
        amount,
    ];
    Row { cells, detail, totals: untaxed(line) }
}

/// An amount that bears no tax.
pub(super) fn untaxed(line: &PaidLine) -> Totals {
    Totals { net: line.amount, tax: vocabulary::Fen::ZERO, gross: line.amount }
}

pub(super) fn facts(bill: &NonTaxBill) -> Vec<(&'static str, String)> {
    let draft = bill.draft();
    vec![
        ("票据代码", bill.code().to_owned()),
        ("票据号码", bill.number().to_owned()),
        ("开票日期", day(bill.issued_at())),
        ("金额合计", draft.total.yuan()),
        ("交款人", draft.payer.name.clone()),
        ("收款单位", draft.issuer.name.clone()),
    ]
}
