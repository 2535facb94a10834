//! An invoice before it has a number: drawn up from paid orders, one line for each.
//!
//! One line an order, so that neither places nor rates ever merge, and each line has one period and
//! one plate. Invariants: net + tax = gross on every line and in the head, head = sum of the lines,
//! and never more than was paid and not refunded or invoiced before.

use serde::{Deserialize, Serialize};
use vocabulary::Fen;

use super::abroad::Abroad;
use super::lease::Lease;
use super::red::RedReference;
use super::{
    Charge, DocumentKind, InvoiceReject, InvoiceRequest, LINES_LIMIT, Party, Regime, TaxItem,
    Totals, check, remark, split_gross, split_in_units,
};
use crate::tariff::currency::smallest;

const YUAN: &str = "CNY";

/// An invoice ready to be sent to the tax platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Currency and time zone of an invoice outside China; a fapiao has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abroad: Option<Abroad>,
    /// Who issues.
    pub seller: Party,
    /// Who drew it up.
    pub drawer: String,
    /// Whose title it bears.
    pub buyer: Party,
    /// One for each charge.
    pub lines: Vec<InvoiceLine>,
    /// The head: sums of the lines.
    pub totals: Totals,
    /// Plate, place, stay, order and the sample mark; of a red one, what it takes back.
    pub remark: String,
    /// What it takes back; a blue one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red: Option<RedReference>,
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceLine {
    /// The order it invoices.
    pub order: String,
    /// Item and rate.
    pub tax_item: TaxItem,
    /// `net + tax = gross`.
    pub totals: Totals,
    /// Place, period and plate. Drafts stored before this was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
}

/// Draws a fapiao up.
///
/// # Errors
/// An `InvoiceReject`; then nothing is to be sent.
pub fn draft(request: &InvoiceRequest<'_>) -> Result<Draft, InvoiceReject> {
    drawn_up(request, None)
}

/// Draws an invoice for use outside China up: currency and time zone are those of the tariff.
///
/// # Errors
/// An `InvoiceReject`; then there is no invoice.
pub fn draft_abroad(request: &InvoiceRequest<'_>, abroad: Abroad) -> Result<Draft, InvoiceReject> {
    drawn_up(request, Some(abroad))
}

fn drawn_up(request: &InvoiceRequest<'_>, abroad: Option<Abroad>) -> Result<Draft, InvoiceReject> {
    if request.regime == Regime::NonTax {
        return Err(InvoiceReject::RegimeNotIssued);
    }
    check_count(request.charges.len())?;
    let unit = smallest(abroad.as_ref().map_or(YUAN, |abroad| &abroad.currency));
    let mut lines: Vec<InvoiceLine> = Vec::with_capacity(request.charges.len());
    for charge in request.charges {
        if lines.iter().any(|line| line.order == charge.order) {
            return Err(InvoiceReject::RepeatedOrder { order: charge.order.clone() });
        }
        let tax_item = charge.tax_item.as_ref().unwrap_or(request.tax_item);
        let line = line(charge, tax_item, (unit, &lines))?;
        lines.push(line);
    }
    let draft = Draft {
        seller: request.seller.clone(),
        drawer: request.drawer.to_owned(),
        buyer: request.buyer.clone(),
        totals: Totals::sum(lines.iter().map(|line| line.totals))?,
        remark: remark::blue(
            lines.iter().map(|l| (l.order.as_str(), l.lease.as_ref())),
            abroad.is_some(),
        ),
        lines,
        abroad,
        red: None,
    };
    check::first(check::draft(&draft))?;
    Ok(draft)
}

pub(super) fn check_count(lines: usize) -> Result<(), InvoiceReject> {
    match lines {
        0 => Err(InvoiceReject::NoLines),
        1..=LINES_LIMIT => Ok(()),
        _ => Err(InvoiceReject::TooManyLines),
    }
}

fn line(
    charge: &Charge,
    tax_item: &TaxItem,
    (unit, before): (Fen, &[InvoiceLine]),
) -> Result<InvoiceLine, InvoiceReject> {
    let gross = charge.remaining()?;
    if gross == Fen::ZERO {
        return Err(InvoiceReject::NothingToInvoice { order: charge.order.clone() });
    }
    Ok(InvoiceLine {
        order: charge.order.clone(),
        tax_item: tax_item.clone(),
        totals: split(gross, tax_item, (unit, before))?,
        lease: Some(charge.lease()),
    })
}

/// Where whole units are paid, rounding on each of many lines would make a tax that is off by many units. There a
/// line gets what it adds to the net of its rate, so that the tax of a rate is rounded once, as Japan's rules
/// (消費税法施行令 art. 70-10) and EN 16931 (BR-S-09) ask.
fn split(
    gross: Fen,
    tax_item: &TaxItem,
    (unit, before): (Fen, &[InvoiceLine]),
) -> Result<Totals, InvoiceReject> {
    let rate_bp = tax_item.rate_bp;
    if unit == Fen(1) {
        return Ok(split_gross(gross, rate_bp)?);
    }
    let group = |item: &TaxItem| (item.tax_category(), item.rate_bp);
    let same = before.iter().filter(|line| group(&line.tax_item) == group(tax_item));
    let so_far = Totals::sum(same.map(|line| line.totals))?;
    let all = split_in_units(so_far.gross.plus(gross)?, rate_bp, unit)?;
    let net = all.net.minus(so_far.net)?;
    Ok(Totals { net, tax: gross.minus(net)?, gross })
}

impl Draft {
    /// Which document it becomes.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match (&self.abroad, &self.red) {
            (None, None) => DocumentKind::BlueFapiao,
            (None, Some(_)) => DocumentKind::RedFapiao,
            (Some(_), None) => DocumentKind::InvoiceAbroad,
            (Some(_), Some(_)) => DocumentKind::CreditNoteAbroad,
        }
    }

    /// ISO 4217.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.abroad.as_ref().map_or(YUAN, |abroad| &abroad.currency)
    }
}
