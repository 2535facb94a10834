//! The form of a digital fapiao, blue or red.

use vocabulary::Timestamp;

use super::code;
use super::form::{CHINESE, Column, Entry, Form, Money, Row, Side, Sum};
use super::lease::details;
use crate::invoice::{InvoiceLine, Issued, Party, TaxCategory, TaxItem, amount_in_words};
use crate::sheet::{Align, Colour};
use crate::text::local;

pub(super) fn form(issued: &Issued) -> Form {
    let draft = issued.draft();
    let is_red = draft.kind().is_red();
    let orders = draft.lines.iter().map(|line| (line.order.as_str(), line.lease.as_ref()));
    let details = details(orders, &draft.remark);
    let gross = draft.totals.gross;
    Form {
        title: draft.kind().title().to_owned(),
        number: issued.number().to_owned(),
        words: &CHINESE,
        dated_on: local(issued.issued_at(), code::BEIJING).date_naive(),
        tint: if is_red { Colour::Red } else { Colour::Brown },
        figures: if is_red { Colour::Red } else { Colour::Ink },
        badge: is_red.then_some("红字"),
        code: Some(code::of_fapiao(issued)),
        head: vec![
            Entry::tagged("发票号码：", issued.number(), "InvoiceNo"),
            Entry::tagged("开票日期：", day(issued.issued_at()), "IssueDate"),
        ],
        sides: [
            side("购买方信息", &draft.buyer, &BUYER),
            side("销售方信息", &draft.seller, &SELLER),
        ],
        columns: columns(),
        rows: draft.lines.iter().zip(details).map(|(line, detail)| row(line, detail)).collect(),
        in_words: Entry::plain("价税合计（大写）", amount_in_words(gross)),
        in_figures: Entry::tagged(
            "（小写）",
            format!("¥{}", gross.yuan()),
            "TaxInclusiveTotalAmount",
        ),
        remark: draft.remark.clone(),
        foot: vec![Entry::tagged("开票人：", draft.drawer.clone(), "InvoiceClerk")],
        money: Money::yuan(),
    }
}

/// `2026年09月15日`, in Beijing.
pub(super) fn day(at: Timestamp) -> String {
    local(at, code::BEIJING).format("%Y年%m月%d日").to_string()
}

/// Names of a party's values: name, taxpayer number, address with telephone, bank with account.
pub(super) type PartyFields = [&'static str; 4];

pub(super) const BUYER: PartyFields =
    ["BuyerName", "BuyerTaxID", "BuyerAddrTel", "BuyerFinancialAccount"];
pub(super) const SELLER: PartyFields =
    ["SellerName", "SellerTaxID", "SellerAddrTel", "SellerFinancialAccount"];

pub(super) fn side(heading: &'static str, party: &Party, fields: &PartyFields) -> Side {
    let [name, tax_id, address, account] = *fields;
    let number = party.tax_id.as_deref().unwrap_or_default();
    let mut entries = vec![
        Entry::tagged("名称：", party.name.clone(), name),
        Entry::tagged("统一社会信用代码/纳税人识别号：", number, tax_id),
    ];
    for (label, parts, field) in [
        ("地址、电话：", [&party.address, &party.phone], address),
        ("开户行及账号：", [&party.bank, &party.bank_account], account),
    ] {
        let value = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        if !value.is_empty() {
            entries.push(Entry::tagged(label, value, field));
        }
    }
    Side { heading, entries }
}

fn columns() -> Vec<Column> {
    let column = |heading, width, align, field| Column { heading, width, align, field, sum: None };
    let (left, middle, right) = (Align::Left, Align::Middle, Align::Right);
    let net = Some((Sum::Net, Some("TaxExclusiveTotalAmount")));
    let tax = Some((Sum::Tax, Some("TaxTotalAmount")));
    vec![
        column("项目名称", 460, left, Some("Item")),
        column("规格型号", 180, middle, Some("Specification")),
        column("单位", 110, middle, Some("MeasurementDimension")),
        column("数量", 150, right, Some("Quantity")),
        column("单价", 270, right, Some("Price")),
        Column { sum: net, ..column("金额", 290, right, Some("Amount")) },
        column("税率/征收率", 230, middle, Some("TaxScheme")),
        Column { sum: tax, ..column("税额", 290, right, Some("TaxAmount")) },
    ]
}

/// A red line has neither quantity nor price, as in published samples.
fn row(line: &InvoiceLine, detail: String) -> Row {
    let net = line.totals.net.yuan();
    let is_red = line.totals.gross < vocabulary::Fen::ZERO;
    let unless_red = |text: &str| if is_red { String::new() } else { text.to_owned() };
    let cells = vec![
        line.tax_item.item_name(),
        String::new(),
        unless_red("次"),
        unless_red("1"),
        unless_red(&net),
        net,
        rate(&line.tax_item),
        line.totals.tax.yuan(),
    ];
    Row { cells, detail, totals: line.totals }
}

/// `9%`, `1.5%`; in words where no tax is due.
fn rate(item: &TaxItem) -> String {
    match item.tax_category() {
        TaxCategory::Exempt => "免税".to_owned(),
        TaxCategory::OutOfScope => "不征税".to_owned(),
        TaxCategory::Standard | TaxCategory::Zero => percent(item),
    }
}

pub(super) fn percent(item: &TaxItem) -> String {
    let text = item.percent_text();
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{short}%")
}

/// As 数电票 have them in their package.
pub(super) fn facts(issued: &Issued) -> Vec<(&'static str, String)> {
    let draft = issued.draft();
    let id = |party: &Party| party.tax_id.clone().unwrap_or_default();
    let money = Money::of(draft.currency());
    let mut facts = vec![
        ("发票号码", issued.number().to_owned()),
        ("开票日期", day(issued.issued_at())),
        ("合计金额", money.plain(draft.totals.net)),
        ("合计税额", money.plain(draft.totals.tax)),
        ("价税合计", money.plain(draft.totals.gross)),
        ("购买方名称", draft.buyer.name.clone()),
        ("购买方纳税人识别号", id(&draft.buyer)),
        ("销售方名称", draft.seller.name.clone()),
        ("销售方纳税人识别号", id(&draft.seller)),
        ("开票人", draft.drawer.clone()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
