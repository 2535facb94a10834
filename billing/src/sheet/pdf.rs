//! A sheet as PDF/A-2u: text that can be searched and copied, the font's used letters inside.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::text::TextDirection;
use krilla::{Document, SerializeSettings};
use skrifa::{FontRef, MetadataProvider};

use super::{Colour, Mark, Sheet};

/// Points in a tenth of a millimetre: 72 / 254.
const POINTS: f32 = 0.283_464_57;

/// A font that a document is written with.
#[derive(Clone, Debug)]
pub struct Font {
    font: krilla::text::Font,
    bytes: Arc<Vec<u8>>,
    number: u32,
}

/// Why there is no PDF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfReject {
    /// The bytes are no TrueType or OpenType font, or the collection has no font of this number.
    #[error("this is not a TrueType or OpenType font")]
    NotAFont,
    /// No font has all letters of a line.
    #[error("no font has all letters of a line: {0}")]
    LetterMissing(String),
    /// The sheet has no width or height.
    #[error("the sheet has no area")]
    NoArea,
    /// What the PDF writer found wrong.
    #[error("the PDF cannot be written: {0}")]
    NotWritten(String),
}

impl Font {
    /// The font of this number in a file of one font (0) or a collection.
    ///
    /// # Errors
    /// `NotAFont`.
    pub fn new(bytes: Vec<u8>, number: u32) -> Result<Self, PdfReject> {
        let bytes = Arc::new(bytes);
        let font = krilla::text::Font::new(bytes.clone().into(), number);
        font.map(|font| Font { font, bytes, number }).ok_or(PdfReject::NotAFont)
    }

    /// The letters of a text that it does not have.
    fn missing(&self, text: &str) -> String {
        let Ok(font) = FontRef::from_index(&self.bytes, self.number) else {
            return text.to_owned();
        };
        let letters = font.charmap();
        text.chars().filter(|c| letters.map(*c).is_none_or(|glyph| glyph.to_u32() == 0)).collect()
    }
}

/// The sheet as the bytes of a PDF file; the same sheet and fonts give the same bytes. Each line is
/// written in the first font that has all its letters.
///
/// # Errors
/// A `PdfReject`.
pub fn pdf(sheet: &Sheet, fonts: &[Font]) -> Result<Vec<u8>, PdfReject> {
    let archival = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U);
    let configuration = archival.finish().expect("one standard alone has versions to choose from");
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(
        Metadata::new()
            .title(sheet.title.clone())
            .language(sheet.language.to_owned())
            .creation_date(date(sheet.dated_on))
            .creator("Bowei".to_owned()),
    );
    let page = PageSettings::from_wh(points(sheet.width), points(sheet.height));
    let mut page = document.start_page_with(page.ok_or(PdfReject::NoArea)?);
    let mut surface = page.surface();
    surface.push_transform(&Transform::from_scale(POINTS, POINTS));
    for mark in &sheet.marks {
        match mark {
            Mark::Box { x, y, width, height, colour } => {
                let sides = [*x, *y, *width, *height].map(f32::from);
                let [x, y, width, height] = sides;
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(x, y, width, height) {
                    path.push_rect(rect);
                }
                let Some(path) = path.finish() else { continue };
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
            Mark::Text { x, y, size, colour, text } => {
                surface.set_fill(Some(fill(*colour)));
                let start = Point::from_xy(f32::from(*x), f32::from(*y));
                let (font, size) = (font_for(fonts, text)?, f32::from(*size));
                surface.draw_text(start, font, size, text, false, TextDirection::LeftToRight);
            }
        }
    }
    surface.pop();
    surface.finish();
    page.finish();
    document.finish().map_err(|error| PdfReject::NotWritten(error.to_string()))
}

fn font_for(fonts: &[Font], text: &str) -> Result<krilla::text::Font, PdfReject> {
    let whole = fonts.iter().find(|font| font.missing(text).is_empty());
    let missing = || fonts.first().map_or_else(|| text.to_owned(), |font| font.missing(text));
    whole.map(|font| font.font.clone()).ok_or_else(|| PdfReject::LetterMissing(missing()))
}

fn date(day: NaiveDate) -> DateTime {
    let small = |number: u32| u8::try_from(number).unwrap_or(1);
    let date = DateTime::new(u16::try_from(day.year()).unwrap_or(0));
    date.month(small(day.month())).day(small(day.day()))
}

/// Whole points; a page that is cut by part of a point is not seen.
fn points(length: i16) -> f32 {
    let points = i32::from(length).saturating_mul(72).div_euclid(254);
    f32::from(i16::try_from(points).unwrap_or(i16::MAX))
}

fn fill(colour: Colour) -> Fill {
    let (red, green, blue) = colour.rgb();
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}
