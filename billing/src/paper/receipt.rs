//! The form of a receipt, our own: who paid whom what, how and when. In English where the money is
//! not China's.

use chrono_tz::Tz;

use super::bill::{named, untaxed};
use super::code::BEIJING;
use super::fapiao;
use super::form::{CHINESE, Column, ENGLISH, Entry, Form, Money, Row, Side, Sum};
use super::invoice_abroad;
use super::lease::whole;
use crate::invoice::{PaidLine, Party, Receipt, ReceiptContent, amount_in_words};
use crate::sheet::{Align, Colour};
use crate::text::local;

const YUAN: &str = "CNY";

pub(super) fn form(receipt: &Receipt) -> Form {
    let content = receipt.content();
    let is_chinese = is_chinese(content);
    let money = money(content);
    let total = money.signed(content.total);
    let (in_words, figures) = if is_chinese {
        (Entry::plain("金额合计（大写）", amount_in_words(content.total)), "（小写）")
    } else {
        (Entry::plain("", ""), "Amount paid:")
    };
    Form {
        title: if is_chinese { "收款收据" } else { "Receipt" }.to_owned(),
        number: content.number.clone(),
        words: if is_chinese { &CHINESE } else { &ENGLISH },
        dated_on: local(content.paid_at, zone(content)).date_naive(),
        tint: Colour::Accent,
        figures: Colour::Ink,
        badge: None,
        code: None,
        head: head(content),
        sides: if is_chinese { chinese_sides(content) } else { english_sides(content) },
        columns: columns(content),
        rows: rows(content, &money),
        in_words,
        in_figures: Entry::tagged(figures, total, "TaxInclusiveTotalAmount"),
        remark: content.remark.clone(),
        foot: Vec::new(),
        money,
    }
}

fn is_chinese(content: &ReceiptContent) -> bool {
    content.currency == YUAN
}

fn money(content: &ReceiptContent) -> Money {
    if is_chinese(content) { Money::yuan() } else { Money::of(&content.currency) }
}

/// A receipt does not say where it was paid: China's money, Beijing's time.
fn zone(content: &ReceiptContent) -> Tz {
    if is_chinese(content) { BEIJING } else { Tz::UTC }
}

fn paid_at(content: &ReceiptContent) -> String {
    let at = local(content.paid_at, zone(content));
    if is_chinese(content) {
        at.format("%Y年%m月%d日 %H:%M").to_string()
    } else {
        at.format("%Y-%m-%d %H:%M UTC").to_string()
    }
}

fn head(content: &ReceiptContent) -> Vec<Entry> {
    let labels = if is_chinese(content) {
        ["收据编号：", "收款时间：", "付款方式：", "交易单号："]
    } else {
        ["Receipt no.:", "Paid:", "By:", "Transaction:"]
    };
    let [number, paid, method, transaction] = labels;
    let mut head = vec![
        Entry::tagged(number, content.number.clone(), "InvoiceNo"),
        Entry::tagged(paid, paid_at(content), "IssueDate"),
        Entry::plain(method, content.method.clone()),
    ];
    if let Some(number) = &content.transaction {
        head.push(Entry::plain(transaction, number.clone()));
    }
    head
}

fn chinese_sides(content: &ReceiptContent) -> [Side; 2] {
    let payer = match &content.payer {
        Some(payer) => fapiao::side("付款方", payer, &fapiao::BUYER),
        None => nobody("付款方", "名称："),
    };
    let issuer = fapiao::side("收款方", &content.issuer, &fapiao::SELLER);
    [payer, named(issuer, "名称：")]
}

fn english_sides(content: &ReceiptContent) -> [Side; 2] {
    let side = |heading, party: &Party, fields| invoice_abroad::side(heading, party, fields);
    let payer = match &content.payer {
        Some(payer) => side("Payer", payer, &fapiao::BUYER),
        None => nobody("Payer", "Name:"),
    };
    [payer, side("Payee", &content.issuer, &fapiao::SELLER)]
}

/// Whose name is not known.
fn nobody(heading: &'static str, label: &str) -> Side {
    Side { heading, entries: vec![Entry::plain(label, "")] }
}

fn columns(content: &ReceiptContent) -> Vec<Column> {
    let is_chinese = is_chinese(content);
    let headings =
        if is_chinese { ["项目", "订单号", "金额"] } else { ["Item", "Order", "Amount"] };
    let [item, order, amount] = headings;
    let column = |heading, width, align, field| Column { heading, width, align, field, sum: None };
    let sum = Some((Sum::Gross, None));
    vec![
        column(item, 760, Align::Left, Some("Item")),
        column(order, 800, Align::Left, Some("Specification")),
        Column { sum, ..column(amount, 420, Align::Right, Some("Amount")) },
    ]
}

fn rows(content: &ReceiptContent, money: &Money) -> Vec<Row> {
    // The order has a column of its own.
    let detail = |line: &PaidLine| match &line.lease {
        Some(lease) if is_chinese(content) => whole(lease),
        lease => invoice_abroad::detail(lease.as_ref(), zone(content)),
    };
    let row = |line: &PaidLine| Row {
        cells: vec![line.item.clone(), line.order.clone(), money.plain(line.amount)],
        detail: detail(line),
        totals: untaxed(line),
    };
    content.lines.iter().map(row).collect()
}

pub(super) fn facts(receipt: &Receipt) -> Vec<(&'static str, String)> {
    let content = receipt.content();
    vec![
        ("收据编号", content.number.clone()),
        ("收款时间", paid_at(content)),
        ("金额合计", money(content).plain(content.total)),
        ("收款方", content.issuer.name.clone()),
    ]
}
