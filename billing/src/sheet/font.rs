//! A font that documents are written with, and why one cannot be written.

use std::sync::Arc;

use skrifa::FontRef;

/// Fonts with simplified Chinese, where the packages of distributions put them: file, number in it,
/// package; the best first. The last is for Latin letters that the Chinese ones leave out.
pub const KNOWN_FONTS: [(&str, u32, &str); 6] = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2, "fonts-noto-cjk"),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2, "noto-fonts-cjk"),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0, "fonts-wqy-zenhei"),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0, "fonts-wqy-microhei"),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0, "fonts-droid-fallback"),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0, LATIN_FONT),
];

/// The package of fonts that have no Chinese.
pub const LATIN_FONT: &str = "fonts-dejavu-core";

/// A font that a document is written with. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Font {
    pub(super) for_pdf: krilla::text::Font,
    bytes: Arc<Vec<u8>>,
    number: u32,
}

/// Why there is no PDF or OFD.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawReject {
    /// The bytes are no TrueType or OpenType font, or the collection has no font of this number.
    #[error("this is not a TrueType or OpenType font")]
    NotAFont,
    /// There is no font at all.
    #[error("no font was given")]
    NoFont,
    /// No font has all letters of a line.
    #[error("no font has all letters of a line: {0}")]
    LetterMissing(String),
    /// A text holds a character that no XML may hold.
    #[error("a text holds a character that no document may hold")]
    IllegalCharacter,
    /// There is no sheet, or one without width or height.
    #[error("the sheet has no area")]
    NoArea,
    /// What the one who writes the file found wrong.
    #[error("the document cannot be written: {0}")]
    NotWritten(String),
}

impl Font {
    /// The font of this number in a file of one font (0) or a collection.
    ///
    /// # Errors
    /// `NotAFont`.
    pub fn new(bytes: Vec<u8>, number: u32) -> Result<Self, DrawReject> {
        let bytes = Arc::new(bytes);
        let font = krilla::text::Font::new(bytes.clone().into(), number);
        font.map(|for_pdf| Font { for_pdf, bytes, number }).ok_or(DrawReject::NotAFont)
    }

    /// Its tables.
    pub(super) fn tables(&self) -> Result<FontRef<'_>, DrawReject> {
        FontRef::from_index(&self.bytes, self.number).map_err(|_| DrawReject::NotAFont)
    }

    /// The file it comes from, and its number there.
    pub(super) fn file(&self) -> (&[u8], u32) {
        (&self.bytes, self.number)
    }
}

impl DrawReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DrawReject::NotAFont => "not_a_font",
            DrawReject::NoFont => "no_font",
            DrawReject::LetterMissing(_) => "letter_missing",
            DrawReject::IllegalCharacter => "illegal_character",
            DrawReject::NoArea => "no_area",
            DrawReject::NotWritten(_) => "not_written",
        }
    }
}
