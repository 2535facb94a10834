//! Fonts of a package: of each, the letters that are used and no others.

use skrifa::raw::TableProvider;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

use super::markup::{HEAD, NAMESPACE, text};
use super::{DrawReject, Font, Typesetter};
use crate::sheet::cut::{CFF, cut};

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
        let bytes = cut(font, used)?.bytes;
        files.push(FontFile { id, name: format!("Font_{id}.{ending}"), family, bytes });
    }
    Ok(files)
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
