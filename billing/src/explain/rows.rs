//! The lines of a bill as a table: when, which rule, how many at which price, how much.

use vocabulary::{Fen, Timestamp};

use super::columns::{Align, columns};
use super::words::{either, length};
use crate::bill::{Bill, Line, Rule};
use crate::tariff::{Period, Tariff};
use crate::text::{Language, currency, factor_name, interval_text, units, why_text, window_name};

/// A line in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// On the wall clock of the tariff.
    pub when: String,
    /// Why.
    pub rule: String,
    /// Quantity and price of one; empty where nothing is counted.
    pub quantity: String,
    /// What it adds, with two decimals.
    pub amount: String,
}

/// The lines of a bill, in its order. Those that begin at `until` or later are one row at the end.
#[must_use]
pub fn rows(
    bill: &Bill,
    tariff: &Tariff,
    language: Language,
    until: Option<Timestamp>,
) -> Vec<Row> {
    let later = |line: &&Line| until.is_some_and(|at| line.interval.start_at() >= at);
    let shown = bill.lines.iter().filter(|line| !later(line));
    let mut rows: Vec<Row> = shown.map(|line| row(line, bill, tariff, language)).collect();
    let rest: Vec<&Line> = bill.lines.iter().filter(later).collect();
    if !rest.is_empty() {
        let sum = rest.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount.0));
        rows.push(Row {
            when: either(language, "以后", "later").to_owned(),
            rule: match language {
                Language::Chinese => format!("其余 {} 行", rest.len()),
                Language::English => format!("{} more lines", rest.len()),
            },
            quantity: String::new(),
            amount: Fen(sum).yuan(),
        });
    }
    rows
}

fn row(line: &Line, bill: &Bill, tariff: &Tariff, language: Language) -> Row {
    Row {
        when: interval_text(line.interval, tariff.time_zone),
        rule: rule(line, tariff, bill.tariff_version, language),
        quantity: quantity(line, language),
        amount: line.amount.yuan(),
    }
}

fn rule(line: &Line, tariff: &Tariff, version: u32, language: Language) -> String {
    let name = |window| {
        let other = either(language, "其余时间", "other hours");
        window_name(tariff, version, window).unwrap_or(other).to_owned()
    };
    let said = |chinese, english| either(language, chinese, english);
    match line.rule {
        Rule::FreeMinutes => said("免费时长", "free minutes").to_owned(),
        Rule::FreeWindow { window } => format!("{}{}", name(window), said("（免费）", " (free)")),
        Rule::NotPermitted { window } => {
            format!("{}{}", name(window), said("（禁停）", " (no parking)"))
        }
        Rule::BeyondLimit => said("超过限时", "beyond the time limit").to_owned(),
        Rule::Doubt => said("数据存疑，不收费", "sensors in doubt, not charged").to_owned(),
        Rule::Tier { window, unit_minutes: 0, .. } => {
            format!("{}{}", name(window), said(" 按次", ", flat"))
        }
        Rule::Tier { window, tier, .. } => match language {
            Language::Chinese => format!("{} 第{tier}档", name(window)),
            Language::English => format!("{}, tier {tier}", name(window)),
        },
        Rule::Cap { per, most, .. } => {
            let what = match per {
                Period::Window => said("时段封顶", "cap for these hours"),
                Period::Day => said("当日封顶", "cap for the day"),
                Period::Rolling24h => said("24小时封顶", "cap for 24 hours"),
                Period::Month => said("当月封顶", "cap for the month"),
                _ => said("单次封顶", "cap for the stay"),
            };
            format!("{what} {}", most.yuan())
        }
        Rule::Bays { bays } => match language {
            Language::Chinese => format!("占用 {bays} 个泊位"),
            Language::English => format!("{bays} bays"),
        },
        Rule::Factor { factor, .. } => factor_name(tariff, version, factor).to_owned(),
        Rule::BilledBefore => said("已随前次停车计费", "billed with the visit before").to_owned(),
        Rule::Rounding => said("取整", "rounding").to_owned(),
        Rule::Coupon { .. } => said("优惠券", "coupon").to_owned(),
        Rule::Exemption { .. } => said("依法免费", "exempt").to_owned(),
        _ => why_text(line, tariff, version, language),
    }
}

fn quantity(line: &Line, language: Language) -> String {
    let price = line.unit_price.text();
    match line.rule {
        Rule::Tier { unit_minutes: 0, .. } if line.units > 0 => format!("1 × {price}"),
        Rule::Tier { unit_minutes, .. } if line.units > 0 => {
            let units = units(line);
            match language {
                Language::Chinese => format!("{units} × {price}（每{unit_minutes}分）"),
                Language::English => format!("{units} × {price} per {unit_minutes} min"),
            }
        }
        Rule::Tier { .. } => {
            either(language, "单位已计入或未满", "unit counted or not full").into()
        }
        Rule::Factor { millionths, .. } => format!("× {}", crate::Price(millionths).text()),
        _ => String::new(),
    }
}

/// The table of a bill as text for a terminal, with its head and its total.
#[must_use]
pub fn table(bill: &Bill, tariff: &Tariff, language: Language, until: Option<Timestamp>) -> String {
    let said = |chinese, english| either(language, chinese, english).to_owned();
    let mut cells = vec![vec![
        said("时间", "when"),
        said("规则", "rule"),
        said("数量 × 单价", "quantity × price"),
        match language {
            Language::Chinese => format!("金额（{}）", currency(tariff, language)),
            Language::English => format!("amount ({})", currency(tariff, language)),
        },
    ]];
    for row in rows(bill, tariff, language, until) {
        cells.push(vec![row.when, row.rule, row.quantity, row.amount]);
    }
    cells.push(vec![said("合计", "total"), String::new(), String::new(), bill.total.yuan()]);
    let mut text = columns(&cells, &[Align::Left, Align::Left, Align::Left, Align::Right]);
    text.push_str(&said("计费时长 ", "charged time "));
    text.push_str(&length(bill.charged_ms, language));
    if bill.over_limit_ms > 0 {
        text.push_str(&said("，超过限时 ", ", over the time limit "));
        text.push_str(&length(bill.over_limit_ms, language));
    }
    text.push('\n');
    text
}
