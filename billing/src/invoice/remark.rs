//! The remark: the lease data of each line, or what a red invoice takes back, and the sample mark.
//!
//! A platform takes `REMARK_LIMIT` characters, so a remark over many orders says less of each: first
//! without the address, then without the numbers of the orders, then only of as many as fit. Nothing
//! is lost by that: each line keeps its lease data, and the platform gets it in its own fields.

use super::lease::Lease;
use super::red::RedReference;
use super::{REMARK_LIMIT, SAMPLE_MARK, SAMPLE_MARK_ABROAD};

/// How much is said of a line, most first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Address,
    Order,
    Stay,
}

pub(super) fn blue<'a>(
    lines: impl Iterator<Item = (&'a str, Option<&'a Lease>)> + Clone,
    abroad: bool,
) -> String {
    if abroad {
        return SAMPLE_MARK_ABROAD.to_owned();
    }
    for detail in [Detail::Address, Detail::Order, Detail::Stay] {
        let said = lines.clone().map(|(order, lease)| line(order, lease, detail));
        let remark = std::iter::once(SAMPLE_MARK.to_owned()).chain(said);
        let remark = remark.collect::<Vec<_>>().join("；");
        if remark.chars().count() <= REMARK_LIMIT {
            return remark;
        }
    }
    let count = lines.clone().count();
    let tail = format!("；等共{count}单，各单停放信息见项目明细");
    let mut remark = SAMPLE_MARK.to_owned();
    for (order, lease) in lines {
        let next = format!("{remark}；{}", line(order, lease, Detail::Stay));
        if next.chars().count().saturating_add(tail.chars().count()) > REMARK_LIMIT {
            break;
        }
        remark = next;
    }
    remark + &tail
}

/// The words that published red invoices bear; the confirmation once it is there.
pub(super) fn red(red: &RedReference, abroad: bool) -> String {
    let blue = &red.blue_number;
    if abroad {
        return format!("takes back invoice {blue}; {SAMPLE_MARK_ABROAD}");
    }
    let confirmation = red.confirmation_number.as_deref().unwrap_or_default();
    format!("被红冲蓝字数电票号码：{blue} 红字发票信息确认单编号：{confirmation}；{SAMPLE_MARK}")
}

pub(super) fn red_bill(code: &str, number: &str) -> String {
    format!("被冲红票据代码：{code} 票据号码：{number}；{SAMPLE_MARK}")
}

fn line(order: &str, lease: Option<&Lease>, detail: Detail) -> String {
    let Some(lease) = lease else { return format!("订单号{order}") };
    let mut said = String::new();
    if let Some(plate) = &lease.plate {
        said.push_str(plate);
        said.push(' ');
    }
    let (from, to) = lease.minutes();
    said.push_str(&lease.place);
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
