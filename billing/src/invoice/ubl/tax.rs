//! Tax by category and rate.
//!
//! Of a group, EN 16931 lets the tax differ from taxable amount × rate by less than one unit of the
//! currency (BR-S-09): sums of taxes that were rounded line by line stay within, up to 100 lines.

use std::collections::BTreeMap;

use super::Writing;
use crate::invoice::element::Markup;
use crate::invoice::{InvoiceLine, InvoiceReject, TaxCategory, TaxItem, Totals};

/// The lines of one category and rate.
pub(super) struct Group<'a> {
    item: &'a TaxItem,
    totals: Totals,
    reasons: Vec<&'a str>,
}

pub(super) fn groups<'a>(
    lines: &[(&'a InvoiceLine, Totals)],
) -> Result<Vec<Group<'a>>, InvoiceReject> {
    let mut groups: BTreeMap<(TaxCategory, u32), Group<'a>> = BTreeMap::new();
    for (line, totals) in lines {
        let item = &line.tax_item;
        let key = (item.tax_category(), item.rate_bp);
        let empty = || Group { item, totals: Totals::default(), reasons: Vec::new() };
        let group = groups.entry(key).or_insert_with(empty);
        group.totals = Totals::sum([group.totals, *totals])?;
        if let Some(reason) = item.exemption_reason.as_deref()
            && !group.reasons.contains(&reason)
        {
            group.reasons.push(reason);
        }
    }
    Ok(groups.into_values().collect())
}

pub(super) fn totals(m: &mut Markup, writing: &Writing<'_>, head: Totals, groups: &[Group<'_>]) {
    m.element("cac:TaxTotal", |m| {
        writing.amount(m, "cbc:TaxAmount", head.tax);
        for group in groups {
            m.element("cac:TaxSubtotal", |m| {
                writing.amount(m, "cbc:TaxableAmount", group.totals.net);
                writing.amount(m, "cbc:TaxAmount", group.totals.tax);
                m.element("cac:TaxCategory", |m| {
                    letter_and_rate(m, group.item);
                    if !is_taxed(group.item) {
                        m.leaf("cbc:TaxExemptionReason", &group.reasons.join("; "));
                    }
                    scheme(m);
                });
            });
        }
    });
}

pub(super) fn category(m: &mut Markup, item: &TaxItem) {
    letter_and_rate(m, item);
    scheme(m);
}

fn is_taxed(item: &TaxItem) -> bool {
    matches!(item.tax_category(), TaxCategory::Standard | TaxCategory::Zero)
}

/// What is out of scope has no rate, not even 0 (BR-O-05).
fn letter_and_rate(m: &mut Markup, item: &TaxItem) {
    m.leaf("cbc:ID", item.tax_category().letter());
    if item.tax_category() != TaxCategory::OutOfScope {
        m.leaf("cbc:Percent", &item.percent_text());
    }
}

pub(super) fn scheme(m: &mut Markup) {
    m.element("cac:TaxScheme", |m| m.leaf("cbc:ID", "VAT"));
}
