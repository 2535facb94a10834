//! Fonts of a PDF: each cut down to what its sheets use before the PDF writer sees it.

use super::{DrawReject, Font, Mark, Sheet, Typesetter};
use crate::sheet::cut::{Cut, cut};

/// A font as the file carries it.
pub(super) struct Face {
    pub(super) font: krilla::text::Font,
    /// None where the whole font is handed over.
    cut: Option<Cut>,
}

impl Face {
    /// The number of a glyph of the whole font.
    pub(super) fn glyph(&self, glyph: u16) -> u16 {
        self.cut.as_ref().map_or(glyph, |cut| cut.glyph(glyph))
    }
}

/// The fonts, cut down to what the sheets use of them. One that cannot be cut, such as a font of
/// pictures, is left to the PDF writer, which knows more kinds.
pub(super) fn faces(
    sheets: &[Sheet],
    fonts: &[Font],
    typesetter: &mut Typesetter<'_>,
) -> Result<Vec<Face>, DrawReject> {
    for mark in sheets.iter().flat_map(|sheet| &sheet.marks) {
        if let Mark::Text { text, .. } = mark {
            typesetter.line(text)?;
        }
    }
    let face = |(number, whole): (usize, &Font)| {
        let cut = typesetter.used(number).and_then(|used| cut(whole, used).ok());
        let small = |cut: &Cut| krilla::text::Font::new(cut.bytes.clone().into(), 0);
        match cut.as_ref().and_then(small) {
            Some(font) => Face { font, cut },
            None => Face { font: whole.for_pdf.clone(), cut: None },
        }
    };
    Ok(fonts.iter().enumerate().map(face).collect())
}
