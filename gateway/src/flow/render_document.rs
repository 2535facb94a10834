//! Documents that an office did not deliver, drawn from what it issued. Each says that it is a sample: only an office
//! signs the real ones. The file for programs inside a drawn one is the office's own, where it delivered one.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use billing::invoice::{self, Document};
use billing::paper;
use billing::sheet::{Font, KNOWN_FONTS, LATIN_FONT};

/// The formats that documents may be handed out in, with their media types. XML comes first: it goes into the others.
pub(crate) const FORMATS: [(&str, &str); 3] =
    [("xml", "application/xml"), ("pdf", "application/pdf"), ("ofd", "application/ofd")];

/// Fonts for drawn documents; read when the first one is drawn, since they are large.
#[derive(Debug)]
pub struct Fonts {
    named: Vec<PathBuf>,
    read: OnceLock<Vec<Font>>,
}

/// The media type of a format.
#[must_use]
pub(crate) fn media_type(format: &str) -> Option<&'static str> {
    FORMATS.iter().find(|(name, _)| *name == format).map(|(_, media)| *media)
}

/// A document in a format; none if it has no such form, or there is no font to write with.
///
/// # Errors
/// When it cannot be drawn.
pub(crate) fn render(
    document: &Document,
    format: &str,
    (fonts, xml): (&Fonts, Option<&[u8]>),
) -> Result<Option<Vec<u8>>> {
    if format == "xml" {
        return match document {
            Document::Invoice(issued) => Ok(Some(invoice::xml(issued)?.into_bytes())),
            _ => Ok(None),
        };
    }
    let fonts = fonts.read()?;
    if fonts.is_empty() {
        tracing::warn!(format, "a document is not drawn: no font is there; install fonts-noto-cjk");
        return Ok(None);
    }
    let drawn = match (format, xml) {
        ("pdf", Some(xml)) => paper::pdf_attaching(document, fonts, xml)?,
        ("pdf", None) => paper::pdf(document, fonts)?,
        ("ofd", Some(xml)) => paper::ofd_attaching(document, fonts, xml)?,
        ("ofd", None) => paper::ofd(document, fonts)?,
        _ => return Ok(None),
    };
    Ok(Some(drawn))
}

impl Fonts {
    /// Those of the configuration, before those that are where they usually are.
    pub(crate) fn named(named: Vec<PathBuf>) -> Fonts {
        Fonts { named, read: OnceLock::new() }
    }

    fn read(&self) -> Result<&[Font]> {
        if let Some(fonts) = self.read.get() {
            return Ok(fonts);
        }
        let mut fonts = Vec::new();
        for path in &self.named {
            let bytes = std::fs::read(path)
                .with_context(|| format!("documents.fonts: cannot read {}", path.display()))?;
            let font = Font::new(bytes, number_of(path));
            fonts.push(font.with_context(|| format!("documents.fonts: {}", path.display()))?);
        }
        let there = KNOWN_FONTS.iter().filter(|(path, ..)| Path::new(path).is_file());
        let chinese = there.clone().any(|(.., package)| *package != LATIN_FONT);
        if chinese || !self.named.is_empty() {
            for (path, number, _) in there {
                let bytes = std::fs::read(path).with_context(|| format!("cannot read {path}"))?;
                fonts.push(Font::new(bytes, *number).with_context(|| (*path).to_owned())?);
            }
        }
        Ok(self.read.get_or_init(|| fonts))
    }
}

/// Which font of a collection is meant: a known file's simplified Chinese one, else the first.
fn number_of(path: &Path) -> u32 {
    let known = KNOWN_FONTS.iter().find(|(known, ..)| Path::new(known) == path);
    known.map_or(0, |(_, number, _)| *number)
}
