//! Sheets as PDF/A: text that can be searched and copied, the fonts' used letters inside.
//!
//! PDF/A-2u, or PDF/A-3u with a file attached. The same sheets, fonts and file give the same bytes.

mod face;

use chrono::{Datelike, NaiveDate};
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::graphic::Graphic;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::typeset::{Missing, Run, Typesetter};
use super::{Attached, Colour, DrawReject, Font, Mark, Sheet, dark_runs};
use face::{Face, faces};

/// Points in a tenth of a millimetre: 72 / 254.
const POINTS: f32 = 0.283_464_57;

/// One sheet as the bytes of a PDF file. A letter that no font has is refused.
///
/// # Errors
/// A `DrawReject`.
pub fn pdf(sheet: &Sheet, fonts: &[Font]) -> Result<Vec<u8>, DrawReject> {
    written(std::slice::from_ref(sheet), fonts, None, Missing::Refused)
}

/// Sheets as the pages of a PDF file, with a file attached. A letter that no font has is shown
/// as 〓, since a document of money is not held up by a name.
///
/// # Errors
/// A `DrawReject`.
pub fn pdf_with(
    sheets: &[Sheet],
    fonts: &[Font],
    attached: Option<&Attached<'_>>,
) -> Result<Vec<u8>, DrawReject> {
    written(sheets, fonts, attached, Missing::Shown)
}

fn written(
    sheets: &[Sheet],
    fonts: &[Font],
    attached: Option<&Attached<'_>>,
    missing: Missing,
) -> Result<Vec<u8>, DrawReject> {
    let first = sheets.first().ok_or(DrawReject::NoArea)?;
    let mut document = document(first, attached);
    let mut typesetter = Typesetter::new(fonts, missing)?;
    let faces = faces(sheets, fonts, &mut typesetter)?;
    let mut codes = Codes::default();
    for sheet in sheets {
        let page = PageSettings::from_wh(points(sheet.width), points(sheet.height));
        let mut page = document.start_page_with(page.ok_or(DrawReject::NoArea)?);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(POINTS, POINTS));
        for mark in &sheet.marks {
            draw(&mut surface, mark, &faces, &mut typesetter, &mut codes)?;
        }
        surface.pop();
        surface.finish();
        page.finish();
    }
    if let Some(attached) = attached {
        let embedded = document.embed_file(embedded(attached, first.dated_on));
        embedded.ok_or_else(|| DrawReject::NotWritten(attached.name.to_owned()))?;
    }
    document.finish().map_err(|error| DrawReject::NotWritten(error.to_string()))
}

/// Codes that were drawn: one that stands on every page is in the file once.
#[derive(Default)]
struct Codes(Vec<(Mark, Graphic)>);

impl Codes {
    fn graphic(&mut self, surface: &mut Surface<'_>, code: &Mark) -> Graphic {
        if let Some((_, graphic)) = self.0.iter().find(|(known, _)| known == code) {
            return graphic.clone();
        }
        let mut builder = surface.stream_builder();
        let mut inside = builder.surface();
        if let Mark::Code { x, y, cell, rows } = code {
            let squares = dark_runs(*x, *y, *cell, rows);
            let squares = squares.map(|(x, y, width)| (x, y, width, *cell));
            fill_boxes(&mut inside, squares, Colour::Ink);
        }
        inside.finish();
        let graphic = Graphic::new(builder.finish(), false);
        self.0.push((code.clone(), graphic.clone()));
        graphic
    }
}

fn document(first: &Sheet, attached: Option<&Attached<'_>>) -> Document {
    let standard = attached.map_or(Archival::A2_U, |_| Archival::A3_U);
    let configuration = ConfigurationBuilder::new().with_archival_validator(standard).finish();
    let configuration = configuration.expect("one standard alone has versions to choose from");
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(
        Metadata::new()
            .title(first.title.clone())
            .language(first.language.to_owned())
            .creation_date(date(first.dated_on))
            .creator("Bowei".to_owned()),
    );
    document
}

fn embedded(attached: &Attached<'_>, dated_on: NaiveDate) -> EmbeddedFile {
    EmbeddedFile {
        path: attached.name.to_owned(),
        mime_type: MimeType::new(attached.media_type),
        description: Some(attached.description.to_owned()),
        association_kind: AssociationKind::Alternative,
        data: attached.bytes.to_vec().into(),
        modification_date: Some(date(dated_on)),
        compress: Some(true),
        location: None,
    }
}

fn draw(
    surface: &mut Surface<'_>,
    mark: &Mark,
    faces: &[Face],
    typesetter: &mut Typesetter<'_>,
    codes: &mut Codes,
) -> Result<(), DrawReject> {
    match mark {
        Mark::Box { x, y, width, height, colour } => {
            fill_boxes(surface, [(*x, *y, *width, *height)].into_iter(), *colour);
        }
        Mark::Code { .. } => {
            let graphic = codes.graphic(surface, mark);
            surface.draw_graphic(graphic);
        }
        Mark::Text { x, y, size, colour, align, text, .. } => {
            surface.set_fill(Some(fill(*colour)));
            let runs = typesetter.line(text)?;
            let mut at_um = typesetter.start_um(&runs, *x, *size, *align);
            for run in &runs {
                let face = faces.get(run.font).ok_or(DrawReject::NoFont)?;
                let glyphs = glyphs(run, face, typesetter.units(run.font));
                let start = Point::from_xy(tenths(at_um), f32::from(*y));
                surface.draw_glyphs(
                    start,
                    &glyphs,
                    face.font.clone(),
                    run.text,
                    f32::from(*size),
                    false,
                );
                at_um = at_um.saturating_add(typesetter.width_um(run, *size));
            }
        }
    }
    Ok(())
}

fn fill_boxes(
    surface: &mut Surface<'_>,
    boxes: impl Iterator<Item = (i16, i16, i16, i16)>,
    colour: Colour,
) {
    let mut path = PathBuilder::new();
    for (x, y, width, height) in boxes {
        let sides = [x, y, width, height].map(f32::from);
        let [x, y, width, height] = sides;
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(fill(colour)));
        surface.draw_path(&path);
    }
}

#[allow(clippy::float_arithmetic, reason = "the PDF writer takes widths as parts of the em")]
fn glyphs(run: &Run<'_>, face: &Face, units: u16) -> Vec<KrillaGlyph> {
    let mut letters = run.text.char_indices();
    let glyph = |letter: &super::typeset::Letter| {
        let (at, c) = letters.next().unwrap_or((0, ' '));
        let range = at..at.saturating_add(c.len_utf8());
        let advance = f32::from(letter.advance) / f32::from(units);
        let glyph = GlyphId::new(face.glyph(letter.glyph).into());
        KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, range, None)
    };
    run.letters.iter().map(glyph).collect()
}

/// Thousandths of a millimetre as tenths.
#[allow(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a place on paper, not money"
)]
fn tenths(um: i64) -> f32 {
    um as f32 / 100.0
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
