//! Red invoices: a document of its own, with amounts below 0, that takes a blue one back.
//!
//! A blue one is never edited. Reds may take it back in parts; of no line do they ever take more
//! than it carries, and when all is taken back, net and tax add up to the blue ones exactly: a part
//! gets the split of all that is taken back so far less what earlier parts got. A red fapiao is
//! issued once its confirmation form (红字发票信息确认单) has a number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocabulary::Fen;

use super::{
    Draft, InvoiceLine, InvoiceReject, Issued, TaxCategory, TaxItem, Totals, check, remark,
    split_in_units, totals::ONE_BP,
};
use crate::tariff::currency::smallest;

/// Why a document is taken back: the four reasons of the tax platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedReason {
    /// 销货退回.
    #[serde(alias = "销货退回")]
    GoodsReturned,
    /// 开票有误: a wrong title or item.
    #[serde(alias = "开票有误")]
    IssuedInError,
    /// 服务中止: the service ended early, as a pass that was given back.
    #[serde(alias = "服务中止")]
    ServiceStopped,
    /// 销售折让: the price fell, as after an appeal.
    #[serde(alias = "销售折让")]
    SalesAllowance,
}

/// What a red invoice takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedReference {
    /// The number of the blue one.
    pub blue_number: String,
    /// 20 digits, once the tax platform has confirmed it. None outside China.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_number: Option<String>,
    /// Why.
    pub reason: RedReason,
}

/// How much of an order is taken back; above 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedPart {
    /// Which line.
    pub order: String,
    /// With tax.
    pub gross: Fen,
}

impl RedReason {
    /// Every reason.
    pub const ALL: [RedReason; 4] = [
        RedReason::GoodsReturned,
        RedReason::IssuedInError,
        RedReason::ServiceStopped,
        RedReason::SalesAllowance,
    ];

    /// The platform's words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            RedReason::GoodsReturned => "销货退回",
            RedReason::IssuedInError => "开票有误",
            RedReason::ServiceStopped => "服务中止",
            RedReason::SalesAllowance => "销售折让",
        }
    }

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RedReason::GoodsReturned => "goods_returned",
            RedReason::IssuedInError => "issued_in_error",
            RedReason::ServiceStopped => "service_stopped",
            RedReason::SalesAllowance => "sales_allowance",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        RedReason::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// What blue lines still carry after red ones, in their order; lines taken back whole have 0.
///
/// # Errors
/// `ReversesTooMuch` when the reds took more than there was; `Overflow`.
pub fn left_of(blue: &Draft, reds: &[Draft]) -> Result<Vec<Totals>, InvoiceReject> {
    blue.lines
        .iter()
        .map(|line| {
            let taken = reds.iter().flat_map(|red| &red.lines).filter(|l| l.order == line.order);
            let left = Totals::sum([line.totals].into_iter().chain(taken.map(|l| l.totals)))?;
            if left.gross < Fen::ZERO {
                return Err(InvoiceReject::ReversesTooMuch { order: line.order.clone() });
            }
            Ok(left)
        })
        .collect()
}

/// The red invoice of all that earlier reds (issued or on their way) left.
///
/// # Errors
/// `NothingToReverse`, also for a red one; or another `InvoiceReject`.
pub fn red_in_full(
    blue: &Issued,
    reds: &[Draft],
    reason: RedReason,
) -> Result<Draft, InvoiceReject> {
    let whole = of_blue(blue)?;
    let left = left_of(whole, reds)?;
    let parts: Vec<RedPart> = whole
        .lines
        .iter()
        .zip(left)
        .filter(|(_, left)| left.gross > Fen::ZERO)
        .map(|(line, left)| RedPart { order: line.order.clone(), gross: left.gross })
        .collect();
    red_in_part(blue, reds, &parts, reason)
}

/// The red invoice of parts of some orders.
///
/// # Errors
/// `OrderNotCovered`, `ReversesTooMuch`, `WrongSign` for a part of 0 or less, `RepeatedOrder`,
/// `NothingToReverse` without parts and for a red one; `Overflow`.
pub fn red_in_part(
    blue: &Issued,
    reds: &[Draft],
    parts: &[RedPart],
    reason: RedReason,
) -> Result<Draft, InvoiceReject> {
    let whole = of_blue(blue)?;
    if parts.is_empty() {
        return Err(InvoiceReject::NothingToReverse);
    }
    let left = left_of(whole, reds)?;
    let mut groups = Groups::of(whole, &left)?;
    let mut lines: Vec<InvoiceLine> = Vec::with_capacity(parts.len());
    for part in parts {
        if lines.iter().any(|line| line.order == part.order) {
            return Err(InvoiceReject::RepeatedOrder { order: part.order.clone() });
        }
        let found = whole.lines.iter().zip(&left).find(|(line, _)| line.order == part.order);
        let (line, left) =
            found.ok_or_else(|| InvoiceReject::OrderNotCovered { order: part.order.clone() })?;
        let totals = taken_back(line, *left, part, &mut groups)?;
        lines.push(InvoiceLine { totals, ..line.clone() });
    }
    let red =
        RedReference { blue_number: blue.number().to_owned(), confirmation_number: None, reason };
    let draft = Draft {
        totals: Totals::sum(lines.iter().map(|line| line.totals))?,
        lines,
        remark: remark::red(&red, whole.abroad.is_some()),
        red: Some(red),
        ..whole.clone()
    };
    check::first(check::draft(&draft))?;
    Ok(draft)
}

fn of_blue(blue: &Issued) -> Result<&Draft, InvoiceReject> {
    let whole = blue.draft();
    if whole.red.is_some() { Err(InvoiceReject::NothingToReverse) } else { Ok(whole) }
}

/// Below 0: the split of what is left after this part, less that of what is left before it.
fn taken_back(
    line: &InvoiceLine,
    left: Totals,
    part: &RedPart,
    groups: &mut Groups,
) -> Result<Totals, InvoiceReject> {
    if part.gross <= Fen::ZERO {
        return Err(InvoiceReject::WrongSign);
    }
    let after = left.gross.minus(part.gross)?;
    if after < Fen::ZERO {
        return Err(InvoiceReject::ReversesTooMuch { order: line.order.clone() });
    }
    let net = groups.net_kept(&line.tax_item, left, after)?;
    Ok(Totals {
        net: net.minus(left.net)?,
        tax: after.minus(net)?.minus(left.tax)?,
        gross: after.minus(left.gross)?,
    })
}

/// What is left of each category and rate, for currencies without smaller units: there the tax of a rate is rounded
/// once, and what a line keeps is what makes that of its rate right (`draft::split`).
struct Groups {
    unit: Fen,
    /// Before this document, and after what is on it so far.
    left: BTreeMap<(TaxCategory, u32), (Totals, Totals)>,
}

impl Groups {
    fn of(blue: &Draft, left: &[Totals]) -> Result<Self, InvoiceReject> {
        let mut groups = BTreeMap::new();
        for (line, left) in blue.lines.iter().zip(left) {
            let (group, _): &mut (Totals, Totals) = groups.entry(key(&line.tax_item)).or_default();
            *group = Totals::sum([*group, *left])?;
        }
        let both = groups.into_iter().map(|(key, (left, _))| (key, (left, left)));
        Ok(Groups { unit: smallest(blue.currency()), left: both.collect() })
    }

    /// The net of a line of which so much is left after a part. It stays within a unit of its own split, and
    /// neither it nor the tax ever rises.
    fn net_kept(
        &mut self,
        item: &TaxItem,
        before: Totals,
        after: Fen,
    ) -> Result<Fen, InvoiceReject> {
        let own = split_in_units(after, item.rate_bp, self.unit)?.net;
        if self.unit == Fen(1) {
            return Ok(own);
        }
        let taken = before.gross.minus(after)?;
        let (first, group) = self.left.entry(key(item)).or_default();
        group.gross = group.gross.minus(taken)?;
        let wanted = first.net.minus(net_back(*first, group.gross, item.rate_bp, self.unit)?)?;
        let net = before.net.minus(group.net.minus(wanted)?)?;
        let least = own.minus(self.unit)?.max(before.net.minus(taken)?).max(Fen::ZERO);
        let most = own.plus(self.unit)?.min(before.net).min(after);
        let net = net.max(least).min(most);
        group.net = group.net.minus(before.net.minus(net)?)?;
        Ok(net)
    }
}

/// The net of a rate on a red document that leaves so much of it: what makes the rest right, unless the document's
/// own tax were a unit or more off by that.
fn net_back(first: Totals, left: Fen, rate_bp: u32, unit: Fen) -> Result<Fen, InvoiceReject> {
    let net = first.net.minus(split_in_units(left, rate_bp, unit)?.net)?;
    let with_tax = net.times(i64::from(rate_bp).saturating_add(ONE_BP))?;
    let off = with_tax.minus(first.gross.minus(left)?.times(ONE_BP)?)?;
    let least = unit.times(ONE_BP)?;
    Ok(if off >= least {
        net.minus(unit)?
    } else if off <= Fen::ZERO.minus(least)? {
        net.plus(unit)?
    } else {
        net
    })
}

fn key(item: &TaxItem) -> (TaxCategory, u32) {
    (item.tax_category(), item.rate_bp)
}

/// The red fapiao with the number of its confirmation form.
///
/// # Errors
/// `NotRed` for a blue one or one outside China, `BadConfirmationNumber` unless it has 20 digits.
pub fn confirm(draft: Draft, confirmation_number: &str) -> Result<Draft, InvoiceReject> {
    if !check::is_number(confirmation_number, 20) {
        return Err(InvoiceReject::BadConfirmationNumber);
    }
    let (Some(red), None) = (&draft.red, &draft.abroad) else {
        return Err(InvoiceReject::NotRed);
    };
    let confirmation_number = Some(confirmation_number.to_owned());
    let red = RedReference { confirmation_number, ..red.clone() };
    Ok(Draft { remark: remark::red(&red, false), red: Some(red), ..draft })
}
