//! A font cut down to the letters that a document uses, as both PDF and OFD carry it.
//!
//! The subset is made by the crate that does it for PDF, which leaves out what a PDF says itself:
//! the table from letters to glyphs is written here, and the metrics table that some readers of
//! fonts insist on comes back from the whole font. What only a screen of few dots needs, the
//! hints of the outlines (`hints`), is left out: of Chinese letters an eighth of the bytes. The
//! outlines stay what they are to the last unit.

use std::collections::BTreeMap;

use skrifa::raw::TableProvider;
use skrifa::{FontRef, GlyphId, Tag};
use subsetter::GlyphRemapper;
use write_fonts::FontBuilder;
use write_fonts::tables::cmap::Cmap;

use super::{DrawReject, Font};

mod hints;

/// The table of outlines of a font of PostScript's kind.
pub(super) const CFF: Tag = Tag::new(b"CFF ");
const OS2: Tag = Tag::new(b"OS/2");

/// A font of the used letters alone.
#[derive(Debug)]
pub(super) struct Cut {
    /// The file.
    pub(super) bytes: Vec<u8>,
    kept: GlyphRemapper,
}

impl Cut {
    /// The number that a glyph of the whole font has here; 0, the empty box, for one that is not.
    pub(super) fn glyph(&self, glyph: u16) -> u16 {
        self.kept.get(glyph).unwrap_or(0)
    }
}

/// The letters of a font that were used, with their glyphs.
///
/// # Errors
/// `NotWritten` if the font cannot be cut.
pub(super) fn cut(font: &Font, used: &BTreeMap<char, u16>) -> Result<Cut, DrawReject> {
    let tables = font.tables()?;
    let mut glyphs: Vec<u16> = used.values().copied().collect();
    glyphs.sort_unstable();
    let kept = GlyphRemapper::new_from_glyphs(&glyphs);
    let (bytes, number) = font.file();
    let subset = subsetter::subset(bytes, number, &kept).map_err(not_written)?;
    let subset = FontRef::new(&subset).map_err(not_written)?;
    let letters = used
        .iter()
        .filter_map(|(letter, glyph)| Some((*letter, GlyphId::new(kept.get(*glyph)?.into()))));
    let charmap = Cmap::from_mappings(letters).map_err(not_written)?;
    let mut builder = FontBuilder::new();
    builder.add_table(&charmap).map_err(not_written)?;
    if let Some(metrics) = tables.data_for_tag(OS2) {
        builder.add_raw(OS2, metrics.as_bytes());
    }
    if let Some(outlines) = subset.cff().ok().and_then(|outlines| hints::left_out(&outlines)) {
        builder.add_raw(CFF, outlines);
    }
    builder.copy_missing_tables(subset);
    Ok(Cut { bytes: builder.build(), kept })
}

fn not_written(error: impl std::fmt::Display) -> DrawReject {
    DrawReject::NotWritten(format!("a font cannot be cut: {error}"))
}
