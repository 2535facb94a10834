//! Documents that an office did not deliver, drawn from what it issued. Each says that it is a sample: only an office
//! signs the real ones.

use anyhow::Result;
use billing::invoice::{self, Document};

/// The formats that documents are handed out in, with their media types.
pub(crate) const FORMATS: [(&str, &str); 1] = [("xml", "application/xml")];

/// The media type of a format.
#[must_use]
pub(crate) fn media_type(format: &str) -> Option<&'static str> {
    FORMATS.iter().find(|(name, _)| *name == format).map(|(_, media)| *media)
}

/// A document in a format; none if it has no such form.
///
/// # Errors
/// When it cannot be drawn.
pub(crate) fn render(document: &Document, format: &str) -> Result<Option<Vec<u8>>> {
    match (format, document) {
        ("xml", Document::Invoice(issued)) => Ok(Some(invoice::xml(issued)?.into_bytes())),
        _ => Ok(None),
    }
}
