//! What the texts of a document may hold.

use super::{Found, note};
use crate::invoice::lease::Lease;
use crate::invoice::{InvoiceReject, REMARK_LIMIT, TEXT_LIMIT};

/// A text that must be there.
pub(super) fn required(field: &'static str, text: &str) -> Result<(), InvoiceReject> {
    if text.chars().all(is_blank) {
        return Err(InvoiceReject::Missing { field });
    }
    optional(field, text)
}

/// A text that may be empty.
pub(super) fn optional(field: &'static str, text: &str) -> Result<(), InvoiceReject> {
    let limit = if field == "remark" { REMARK_LIMIT } else { TEXT_LIMIT };
    if text.chars().count() > limit {
        return Err(InvoiceReject::TooLong { field });
    }
    if text.chars().any(|c| c.is_control() || has_no_code(c) || turns_lines(c)) {
        return Err(InvoiceReject::IllegalCharacter { field });
    }
    Ok(())
}

/// Nothing of it is seen on paper: White_Space, and the letters of Default_Ignorable_Code_Point (Unicode,
/// DerivedCoreProperties) and of blank glyphs (braille blank, Hangul fillers) that a copied name may bring.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// XML 1.0 §2.2 leaves U+FFFE and U+FFFF out (the other noncharacters are only discouraged), and PDF/A
/// (ISO 19005-2, 6.2.11.7.2) U+FEFF, the byte order mark, which comes with a name that is copied from a file.
fn has_no_code(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Separators of lines, and marks that turn the direction of what follows: a name with one of them
/// looks like another.
fn turns_lines(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// That many digits, ASCII.
pub(in crate::invoice) fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number that we or a foreign office gave. It becomes a file's name, which hides with a dot in front, and is
/// taken for an option with a hyphen.
pub(super) fn is_document_number(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=40).contains(&text.len()) && !text.starts_with(['.', '-']) && text.bytes().all(allowed)
}

/// An order's number, and that no line before has it.
pub(super) fn order<'a>(
    found: &mut Found,
    line: &str,
    order: &'a String,
    mut before: impl Iterator<Item = &'a String>,
) {
    let path = format!("{line}.order");
    note(found, path.clone(), required("order", order));
    if before.any(|other| other == order) {
        found.push((path, InvoiceReject::RepeatedOrder { order: order.clone() }));
    }
}

pub(super) fn lease(found: &mut Found, line: &str, lease: Option<&Lease>) {
    let Some(lease) = lease else { return };
    let path = |key: &str| format!("{line}.lease.{key}");
    note(found, path("place"), required("place", &lease.place));
    if let Some(plate) = &lease.plate {
        note(found, path("plate"), required("plate", plate));
    }
    let Some(site) = &lease.site else { return };
    note(found, path("site.province"), required("province", &site.province));
    note(found, path("site.city"), required("city", &site.city));
    note(found, path("site.district"), required("district", &site.district));
    note(found, path("site.address"), required("address", &site.address));
}
