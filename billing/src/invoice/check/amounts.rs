//! Do the amounts of an invoice add up?

use vocabulary::Fen;

use super::{Found, note};
use crate::invoice::{Draft, InvoiceLine, InvoiceReject, TaxCategory, Totals, split_gross};

pub(super) fn line(found: &mut Found, line: &str, of: &InvoiceLine, red: bool) {
    let Totals { net, tax, gross } = of.totals;
    note(found, format!("{line}.totals.gross_fen"), sign(gross, red));
    match net.plus(tax) {
        Err(_) => found.push((format!("{line}.totals"), InvoiceReject::Overflow)),
        Ok(sum) if sum != gross => {
            found.push((format!("{line}.totals"), InvoiceReject::LineDoesNotAddUp));
        }
        Ok(_) => note(found, format!("{line}.totals.net_fen"), fits_rate(of, red)),
    }
}

pub(super) fn sign(amount: Fen, red: bool) -> Result<(), InvoiceReject> {
    let right = if red { amount < Fen::ZERO } else { amount > Fen::ZERO };
    if right { Ok(()) } else { Err(InvoiceReject::WrongSign) }
}

/// Of a blue line to the fen. A red part is the difference of two splits, each right to half a fen.
fn fits_rate(line: &InvoiceLine, red: bool) -> Result<(), InvoiceReject> {
    let split = split_gross(line.totals.gross, line.tax_item.rate_bp)?;
    let off = line.totals.net.minus(split.net)?.0.saturating_abs();
    let tax_on_nothing = line.tax_item.rate_bp == 0 && line.totals.tax != Fen::ZERO;
    if off > i64::from(red) || tax_on_nothing {
        return Err(InvoiceReject::NetDoesNotFitRate);
    }
    Ok(())
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
