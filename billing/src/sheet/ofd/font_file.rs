//! Fonts of a package: of each, the letters that are used and no others.
//!
//! The subset is made by the crate that does it for PDF, which leaves out what a PDF says itself:
//! the table from letters to glyphs is written here, and the metrics table that some readers of
//! fonts insist on comes back from the whole font.

use std::collections::BTreeMap;

use skrifa::raw::TableProvider;
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId, MetadataProvider, Tag};
use subsetter::GlyphRemapper;
use write_fonts::FontBuilder;
use write_fonts::tables::cmap::Cmap;

use super::markup::{HEAD, NAMESPACE, text};
use super::{DrawReject, Font, Typesetter};

const CFF: Tag = Tag::new(b"CFF ");
const OS2: Tag = Tag::new(b"OS/2");

/// A font inside a package.
#[derive(Debug)]
pub(super) struct FontFile {
    /// Number that text objects name it by.
    id: usize,
    /// Name of the file.
    pub(super) name: String,
    /// Name of the family, for readers that take their own.
    family: String,
    /// The file.
    pub(super) bytes: Vec<u8>,
}

/// The fonts in which a letter was set.
///
/// # Errors
/// `NotWritten` if a font cannot be cut.
pub(super) fn files(
    fonts: &[Font],
    typesetter: &Typesetter<'_>,
) -> Result<Vec<FontFile>, DrawReject> {
    let mut files = Vec::new();
    for (number, font) in fonts.iter().enumerate() {
        let Some(used) = typesetter.used(number) else { continue };
        let id = number.saturating_add(1);
        let tables = font.tables()?;
        let ending = if tables.data_for_tag(CFF).is_some() { "otf" } else { "ttf" };
        let family = family(&tables);
        let bytes = subset(font, &tables, used)?;
        files.push(FontFile { id, name: format!("Font_{id}.{ending}"), family, bytes });
    }
    Ok(files)
}

fn subset(
    font: &Font,
    tables: &FontRef<'_>,
    used: &BTreeMap<char, u16>,
) -> Result<Vec<u8>, DrawReject> {
    let mut glyphs: Vec<u16> = used.values().copied().collect();
    glyphs.sort_unstable();
    let kept = GlyphRemapper::new_from_glyphs(&glyphs);
    let (bytes, number) = font.file();
    let cut = subsetter::subset(bytes, number, &kept).map_err(not_written)?;
    let letters = used
        .iter()
        .filter_map(|(letter, glyph)| Some((*letter, GlyphId::new(kept.get(*glyph)?.into()))));
    let charmap = Cmap::from_mappings(letters).map_err(not_written)?;
    let mut builder = FontBuilder::new();
    builder.add_table(&charmap).map_err(not_written)?;
    if let Some(metrics) = tables.data_for_tag(OS2) {
        builder.add_raw(OS2, metrics.as_bytes());
    }
    builder.copy_missing_tables(FontRef::new(&cut).map_err(not_written)?);
    Ok(builder.build())
}

fn not_written(error: impl std::fmt::Display) -> DrawReject {
    DrawReject::NotWritten(format!("a font cannot be cut: {error}"))
}

fn family(tables: &FontRef<'_>) -> String {
    let name = tables.localized_strings(StringId::FAMILY_NAME).english_or_first();
    name.map_or_else(|| "Sans".to_owned(), |name| name.chars().collect())
}

/// `PublicRes.xml`: the fonts.
pub(super) fn resources(files: &[FontFile]) -> String {
    let mut fonts = String::new();
    for FontFile { id, name, family, .. } in files {
        let family = text(family).unwrap_or_default();
        fonts.push_str(&format!(
            "<ofd:Font ID=\"{id}\" FontName=\"{family}\" FamilyName=\"{family}\">\
             <ofd:FontFile>{name}</ofd:FontFile></ofd:Font>"
        ));
    }
    format!("{HEAD}<ofd:Res {NAMESPACE} BaseLoc=\"Res\"><ofd:Fonts>{fonts}</ofd:Fonts></ofd:Res>")
}
