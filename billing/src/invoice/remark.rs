//! The remark: the lease data of each line, or what a red invoice takes back, and the sample mark.
//!
//! A platform takes `REMARK_LIMIT` characters, so a remark over many orders says less of each: first
//! without the address, then without the numbers of the orders, then with places cut short, then only of as
//! many as fit. Nothing is lost by that: each line keeps its lease data, and the platform gets it in its own
//! fields. A remark of somebody's own gets in front of it what each remark must say.

use super::lease::Lease;
use super::red::RedReference;
use super::{REMARK_LIMIT, SAMPLE_MARK, SAMPLE_MARK_ABROAD, TEXT_LIMIT};

/// How much is said of a line, most first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Address,
    Order,
    Stay,
}

/// To how many characters a place is cut at most. A plate is shorter.
const SHORTEST: usize = 12;

pub(super) fn blue<'a>(
    lines: impl Iterator<Item = (&'a str, Option<&'a Lease>)> + Clone,
    abroad: bool,
) -> String {
    if abroad {
        return SAMPLE_MARK_ABROAD.to_owned();
    }
    let all = |detail, most: usize| {
        let said = lines.clone().map(|(order, lease)| line(order, lease, detail, most));
        let remark = std::iter::once(SAMPLE_MARK.to_owned()).chain(said);
        let remark = remark.collect::<Vec<_>>().join("；");
        (remark.chars().count() <= REMARK_LIMIT).then_some(remark)
    };
    for detail in [Detail::Address, Detail::Order, Detail::Stay] {
        if let Some(remark) = all(detail, TEXT_LIMIT) {
            return remark;
        }
    }
    match all(Detail::Stay, SHORTEST) {
        // As little is cut off as need be.
        Some(shortest) => {
            let cut = (SHORTEST..TEXT_LIMIT).rev().find_map(|most| all(Detail::Stay, most));
            cut.unwrap_or(shortest)
        }
        None => some_of(lines),
    }
}

/// Of as many lines as fit, and how many there are.
fn some_of<'a>(lines: impl Iterator<Item = (&'a str, Option<&'a Lease>)> + Clone) -> String {
    let count = lines.clone().count();
    let tail = format!("共{count}单，各单停放信息见项目明细");
    let mut remark = SAMPLE_MARK.to_owned();
    let mut said = false;
    for (order, lease) in lines {
        let next = format!("{remark}；{}", line(order, lease, Detail::Stay, SHORTEST));
        // ；等 and the tail.
        let length = next.chars().count().saturating_add(tail.chars().count());
        if length.saturating_add(2) > REMARK_LIMIT {
            break;
        }
        (remark, said) = (next, true);
    }
    format!("{remark}；{}{tail}", if said { "等" } else { "" })
}

/// The words that published red invoices bear; the confirmation once it is there.
pub(super) fn red(red: &RedReference, abroad: bool) -> String {
    format!("{}{}{}", taken_back(red, abroad), after(abroad), mark(abroad))
}

pub(super) fn red_bill(code: &str, number: &str) -> String {
    format!("{}；{SAMPLE_MARK}", bill_taken_back(code, number))
}

/// A remark of somebody's own, with what each remark must say in front of it unless it stands there.
#[cfg(feature = "json")]
pub(super) fn own(remark: &str, red: Option<&RedReference>, abroad: bool) -> String {
    let red = red.map(|red| taken_back(red, abroad));
    with_duties(remark, red.as_deref(), abroad)
}

/// The same on a bill: code and number of the one that a red one takes back.
#[cfg(feature = "json")]
pub(super) fn own_of_bill(remark: &str, red: Option<(&str, &str)>) -> String {
    let red = red.map(|(code, number)| bill_taken_back(code, number));
    with_duties(remark, red.as_deref(), false)
}

#[cfg(feature = "json")]
fn with_duties(remark: &str, red: Option<&str>, abroad: bool) -> String {
    let says = |duty: &str| remark.split(['；', ';']).any(|part| part.trim() == duty);
    let missing = red.into_iter().chain([mark(abroad)]).filter(|duty| !says(duty));
    let parts = missing.chain(Some(remark).filter(|remark| !remark.is_empty()));
    parts.collect::<Vec<_>>().join(after(abroad))
}

fn taken_back(red: &RedReference, abroad: bool) -> String {
    let blue = &red.blue_number;
    if abroad {
        return format!("takes back invoice {blue}");
    }
    let confirmation = red.confirmation_number.as_deref().unwrap_or_default();
    format!("被红冲蓝字数电票号码：{blue} 红字发票信息确认单编号：{confirmation}")
}

fn bill_taken_back(code: &str, number: &str) -> String {
    format!("被冲红票据代码：{code} 票据号码：{number}")
}

fn mark(abroad: bool) -> &'static str {
    if abroad { SAMPLE_MARK_ABROAD } else { SAMPLE_MARK }
}

fn after(abroad: bool) -> &'static str {
    if abroad { "; " } else { "；" }
}

/// With plate and place of so many characters at most.
fn line(order: &str, lease: Option<&Lease>, detail: Detail, most: usize) -> String {
    let Some(lease) = lease else { return format!("订单号{order}") };
    let mut said = String::new();
    if let Some(plate) = &lease.plate {
        said.push_str(&shortened(plate, most));
        said.push(' ');
    }
    let (from, to) = lease.minutes();
    said.push_str(&shortened(&lease.place, most));
    if let (Detail::Address, Some(site)) = (detail, &lease.site) {
        let (region, address) = (site.region(), &site.address);
        said.push_str(&format!(" {region} {address} 跨地（市）：{}", site.cross_city_text()));
    }
    said.push_str(&format!(" {from}至{to}"));
    if detail != Detail::Stay {
        said.push_str(&format!(" 订单号{order}"));
    }
    said
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
