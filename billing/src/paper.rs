//! Documents as people see them: the printed form, as sheets, PDF and OFD.
//!
//! A document becomes a `Form` (what it shows, in words), the form becomes sheets (`draw`, by the
//! pages of `plan`), and the sheets become PDF and OFD, which so look alike. Every page bears a visible
//! mark that it is a sample: only a tax bureau or a treasury can issue and sign the real ones, and
//! nothing here imitates a signature or a seal. The form of the fapiao follows the one that people know;
//! that of the non-tax bill is unverified, that of the receipt is our own.

mod bill;
mod block;
mod code;
mod draw;
mod fapiao;
mod form;
mod invoice_abroad;
mod lease;
mod plan;
mod receipt;

use sha2::{Digest, Sha256};

use crate::invoice::{Document, DocumentKind, InvoiceReject, ubl, xml};
use crate::sheet::{self, About, Attached, DrawReject, Font, Sheet, pdf_with};
use form::Form;

/// Why a document cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperReject {
    /// What the one who draws found.
    #[error(transparent)]
    Draw(#[from] DrawReject),
    /// There is no XML or UBL to be attached.
    #[error(transparent)]
    File(#[from] InvoiceReject),
}

impl PaperReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            PaperReject::Draw(reject) => reject.code(),
            PaperReject::File(reject) => reject.code(),
        }
    }
}

/// The pages of a document.
#[must_use]
pub fn sheets(document: &Document) -> Vec<Sheet> {
    draw::sheets(&form(document))
}

/// A document as PDF; the invoice for programs is attached where there is one. The same document and
/// fonts give the same bytes.
///
/// # Errors
/// A `PaperReject`.
pub fn pdf(document: &Document, fonts: &[Font]) -> Result<Vec<u8>, PaperReject> {
    let file = for_programs(document)?;
    pdf_of(document, fonts, file.as_deref())
}

/// A document as PDF with the invoice for programs as the platform delivered it.
///
/// # Errors
/// A `PaperReject`.
pub fn pdf_attaching(
    document: &Document,
    fonts: &[Font],
    file: &[u8],
) -> Result<Vec<u8>, PaperReject> {
    pdf_of(document, fonts, Some(file))
}

/// A document as OFD, with tags by which programs find its values; the invoice for programs is
/// attached where there is one. The same document and fonts give the same bytes.
///
/// # Errors
/// A `PaperReject`.
pub fn ofd(document: &Document, fonts: &[Font]) -> Result<Vec<u8>, PaperReject> {
    let file = for_programs(document)?;
    ofd_of(document, fonts, file.as_deref())
}

/// A document as OFD with the invoice for programs as the platform delivered it.
///
/// # Errors
/// A `PaperReject`.
pub fn ofd_attaching(
    document: &Document,
    fonts: &[Font],
    file: &[u8],
) -> Result<Vec<u8>, PaperReject> {
    ofd_of(document, fonts, Some(file))
}

fn pdf_of(
    document: &Document,
    fonts: &[Font],
    file: Option<&[u8]>,
) -> Result<Vec<u8>, PaperReject> {
    let name = attached_name(document);
    let attached = file.map(|bytes| attached(document, &name, bytes));
    Ok(pdf_with(&sheets(document), fonts, attached.as_ref())?)
}

fn ofd_of(
    document: &Document,
    fonts: &[Font],
    file: Option<&[u8]>,
) -> Result<Vec<u8>, PaperReject> {
    let name = attached_name(document);
    let attached = file.map(|bytes| attached(document, &name, bytes));
    let (id, facts) = (id(document), facts(document));
    let about = About { id: &id, facts: &facts, attached: attached.as_ref() };
    Ok(sheet::ofd(&sheets(document), fonts, &about)?)
}

fn form(document: &Document) -> Form {
    match document {
        Document::Invoice(issued) if issued.draft().abroad.is_some() => {
            invoice_abroad::form(issued)
        }
        Document::Invoice(issued) => fapiao::form(issued),
        Document::NonTaxBill(bill) => bill::form(bill),
        Document::Receipt(receipt) => receipt::form(receipt),
    }
}

/// Name and value of what readers show without opening a page.
fn facts(document: &Document) -> Vec<(&'static str, String)> {
    match document {
        Document::Invoice(issued) => fapiao::facts(issued),
        Document::NonTaxBill(bill) => bill::facts(bill),
        Document::Receipt(receipt) => receipt::facts(receipt),
    }
}

/// A fapiao has its XML, an invoice abroad its UBL, a bill and a receipt have neither.
fn for_programs(document: &Document) -> Result<Option<Vec<u8>>, PaperReject> {
    let Document::Invoice(issued) = document else { return Ok(None) };
    let text = if issued.draft().abroad.is_some() { ubl(issued)? } else { xml(issued)? };
    Ok(Some(text.into_bytes()))
}

fn attached_name(document: &Document) -> String {
    format!("{}.xml", file_stem(document))
}

fn attached<'a>(document: &Document, name: &'a str, bytes: &'a [u8]) -> Attached<'a> {
    let description = match document.kind() {
        DocumentKind::InvoiceAbroad | DocumentKind::CreditNoteAbroad => "EN 16931 UBL 2.1",
        _ => "数电票 XML",
    };
    let made_at = document.issued_at();
    Attached { name, description, media_type: "text/xml", made_at, bytes }
}

/// A name for files of a document: its number, of a non-tax bill with the code before it, as far as a file
/// name can hold it.
#[must_use]
pub fn file_stem(document: &Document) -> String {
    let number = match document {
        Document::NonTaxBill(bill) => format!("{}-{}", bill.code(), bill.number()),
        _ => document.number().to_owned(),
    };
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let stem: String = number.chars().map(safe).collect();
    let stem = stem.trim_start_matches(['.', '-']);
    if stem.is_empty() { "document".to_owned() } else { stem.to_owned() }
}

/// 32 digits of base 16 that are the document's own.
fn id(document: &Document) -> String {
    let named = format!("{}/{}", document.kind().name(), file_stem(document));
    Sha256::digest(named.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
