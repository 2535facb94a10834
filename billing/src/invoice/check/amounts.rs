//! Do the amounts of an invoice add up?

use std::collections::BTreeMap;

use vocabulary::Fen;

use super::{Found, note};
use crate::invoice::{
    Draft, InvoiceLine, InvoiceReject, TaxCategory, Totals, split_gross, split_in_units,
};
use crate::tariff::currency::smallest;

pub(super) fn line(found: &mut Found, line: &str, of: &InvoiceLine, draft: &Draft) {
    let Totals { net, tax, gross } = of.totals;
    note(found, format!("{line}.totals.gross_fen"), sign(gross, draft.red.is_some()));
    for (key, amount) in [("net_fen", net), ("tax_fen", tax), ("gross_fen", gross)] {
        note(found, format!("{line}.totals.{key}"), payable(amount, draft.currency()));
    }
    match net.plus(tax) {
        Err(_) => found.push((format!("{line}.totals"), InvoiceReject::Overflow)),
        Ok(sum) if sum != gross => {
            found.push((format!("{line}.totals"), InvoiceReject::LineDoesNotAddUp));
        }
        Ok(_) => note(found, format!("{line}.totals.net_fen"), fits_rate(of, draft)),
    }
}

/// Whole where the currency has no smaller unit.
pub(super) fn payable(amount: Fen, currency: &str) -> Result<(), InvoiceReject> {
    match amount.0.checked_rem(smallest(currency).0) {
        Some(0) => Ok(()),
        _ => Err(InvoiceReject::PartOfUnit { currency: currency.to_owned() }),
    }
}

pub(super) fn sign(amount: Fen, red: bool) -> Result<(), InvoiceReject> {
    let right = if red { amount < Fen::ZERO } else { amount > Fen::ZERO };
    if right { Ok(()) } else { Err(InvoiceReject::WrongSign) }
}

/// Of a blue line to the fen. A red part is the difference of two splits, each right to half a fen. Where whole units
/// are paid a line is such a difference (`draft::split`), and a red part that of two which are each right to a unit
/// and a half (`red::Groups`).
fn fits_rate(line: &InvoiceLine, draft: &Draft) -> Result<(), InvoiceReject> {
    let unit = smallest(draft.currency());
    let split = split_in_units(line.totals.gross, line.tax_item.rate_bp, unit)?;
    let off = line.totals.net.minus(split.net)?.0.saturating_abs();
    let units = match (unit == Fen(1), draft.red.is_some()) {
        (true, false) => 0,
        (true, true) | (false, false) => 1,
        (false, true) => 3,
    };
    let tax_on_nothing = line.tax_item.rate_bp == 0 && line.totals.tax != Fen::ZERO;
    if off > unit.times(units)?.0 || tax_on_nothing {
        return Err(InvoiceReject::NetDoesNotFitRate);
    }
    Ok(())
}

/// Where whole units are paid: the tax of a rate is less than a unit off on a blue document.
pub(super) fn groups(found: &mut Found, draft: &Draft) {
    let unit = smallest(draft.currency());
    if unit == Fen(1) || draft.red.is_some() {
        return;
    }
    let mut groups: BTreeMap<(TaxCategory, u32), Vec<Totals>> = BTreeMap::new();
    for line in &draft.lines {
        let key = (line.tax_item.tax_category(), line.tax_item.rate_bp);
        groups.entry(key).or_default().push(line.totals);
    }
    for ((_, rate_bp), lines) in groups {
        note(found, "totals.net_fen", group_fits(lines, rate_bp, unit));
    }
}

fn group_fits(lines: Vec<Totals>, rate_bp: u32, unit: Fen) -> Result<(), InvoiceReject> {
    let sum = Totals::sum(lines)?;
    let exact = split_gross(sum.gross, rate_bp)?;
    let off = sum.net.minus(exact.net)?.0.saturating_abs();
    if off < unit.0 { Ok(()) } else { Err(InvoiceReject::NetDoesNotFitRate) }
}

pub(super) fn head(found: &mut Found, draft: &Draft) {
    let reject = match Totals::sum(draft.lines.iter().map(|line| line.totals)) {
        Ok(sum) if sum == draft.totals => return,
        Ok(_) => InvoiceReject::HeadIsNotTheSum,
        Err(_) => InvoiceReject::Overflow,
    };
    found.push(("totals".to_owned(), reject));
}

/// EN 16931 BR-O-11: what is out of scope stands on no document with what is within.
pub(super) fn scope(found: &mut Found, draft: &Draft) {
    let out = |line: &&InvoiceLine| line.tax_item.tax_category() == TaxCategory::OutOfScope;
    let count = draft.lines.iter().filter(out).count();
    if count != 0 && count != draft.lines.len() {
        found.push(("lines".to_owned(), InvoiceReject::MixedScope));
    }
}
