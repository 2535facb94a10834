//! Lines of text as glyphs: which font has a letter, and how far the next one stands from it.
//!
//! One glyph a letter and no kerning, so that PDF and OFD set a line alike. A line is set in the
//! first font that has all its letters; else each letter in the first that has it. A letter that no
//! font has is refused, or stands as 〓, the printers' mark for one, and keeps its code: who reads
//! the text gets the letter.

use std::collections::BTreeMap;
use std::ops::Range;

use skrifa::charmap::Charmap;
use skrifa::raw::TableProvider;
use skrifa::raw::tables::hmtx::Hmtx;
use skrifa::{GlyphId, MetadataProvider};

use super::{Align, DrawReject, Font, Mark, Sheet};

/// Stands for a letter that no font has; the first of these that a font has.
const GETA: [char; 3] = ['〓', '□', '?'];

/// What becomes of a letter that no font has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no document.
    Refused,
    /// It is shown as 〓.
    Shown,
}

/// A letter in a font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// The glyph's number in the font.
    pub(super) glyph: u16,
    /// Width in units of the font.
    pub(super) advance: u16,
}

/// Letters of a line that stand side by side in the same font.
#[derive(Clone, Debug)]
pub(super) struct Run<'t> {
    /// Which font.
    pub(super) font: usize,
    /// The letters.
    pub(super) text: &'t str,
    /// One each.
    pub(super) letters: Vec<Letter>,
}

/// Sets lines, and remembers which letters of which font were used.
#[derive(Debug)]
pub(super) struct Typesetter<'f> {
    faces: Vec<Face<'f>>,
    missing: Missing,
}

struct Face<'f> {
    charmap: Charmap<'f>,
    widths: Hmtx<'f>,
    units: u16,
    /// What is known of letters asked for before.
    known: BTreeMap<char, Option<Letter>>,
    used: BTreeMap<char, u16>,
}

impl<'f> Typesetter<'f> {
    /// One that sets in these fonts.
    ///
    /// # Errors
    /// `NotAFont` if one lacks what every font has, `NoFont` without any.
    pub(super) fn new(fonts: &'f [Font], missing: Missing) -> Result<Self, DrawReject> {
        let faces: Vec<Face<'f>> = fonts.iter().map(Face::new).collect::<Result<_, _>>()?;
        if faces.is_empty() { Err(DrawReject::NoFont) } else { Ok(Typesetter { faces, missing }) }
    }

    /// Sets a line.
    ///
    /// # Errors
    /// `LetterMissing` where that is refused.
    pub(super) fn line<'t>(&mut self, text: &'t str) -> Result<Vec<Run<'t>>, DrawReject> {
        let whole = self.faces.iter_mut().position(|f| text.chars().all(|c| f.letter(c).is_some()));
        let mut runs: Vec<Run<'t>> = Vec::new();
        let mut from = 0_usize;
        for (at, c) in text.char_indices() {
            let (font, letter) = match whole {
                Some(font) => (font, self.in_font(font, c)),
                None => self.anywhere(c),
            };
            let letter = letter.ok_or_else(|| DrawReject::LetterMissing(self.missing_in(text)))?;
            if let Some(face) = self.faces.get_mut(font) {
                face.used.insert(c, letter.glyph);
            }
            if runs.last().is_none_or(|run| run.font != font) {
                from = at;
                runs.push(Run { font, text: "", letters: Vec::new() });
            }
            if let Some(run) = runs.last_mut() {
                run.text = part(text, from..at.saturating_add(c.len_utf8()));
                run.letters.push(letter);
            }
        }
        Ok(runs)
    }

    fn in_font(&mut self, font: usize, c: char) -> Option<Letter> {
        self.faces.get_mut(font).and_then(|face| face.letter(c))
    }

    fn anywhere(&mut self, c: char) -> (usize, Option<Letter>) {
        let asked = match self.missing {
            Missing::Refused => vec![c],
            Missing::Shown => std::iter::once(c).chain(GETA).collect(),
        };
        for c in asked {
            for (font, face) in self.faces.iter_mut().enumerate() {
                if let Some(letter) = face.letter(c) {
                    return (font, Some(letter));
                }
            }
        }
        (0, None)
    }

    fn missing_in(&mut self, text: &str) -> String {
        text.chars().filter(|c| self.anywhere(*c).1.is_none()).collect()
    }

    /// Width of a run in thousandths of a millimetre.
    pub(super) fn width_um(&self, run: &Run<'_>, size: i16) -> i64 {
        let letters = run.letters.iter();
        letters.map(|letter| self.advance_um(run, *letter, size)).fold(0, i64::saturating_add)
    }

    /// From a letter to the next one, in thousandths of a millimetre, half up.
    pub(super) fn advance_um(&self, run: &Run<'_>, letter: Letter, size: i16) -> i64 {
        let units = i64::from(self.units(run.font));
        let doubled = i64::from(letter.advance).saturating_mul(i64::from(size)).saturating_mul(200);
        doubled.saturating_add(units).checked_div(units.saturating_mul(2)).unwrap_or(0)
    }

    /// Units in the em of a font.
    pub(super) fn units(&self, font: usize) -> u16 {
        self.faces.get(font).map_or(1, |face| face.units.max(1))
    }

    /// Where a line begins, in thousandths of a millimetre.
    pub(super) fn start_um(&self, runs: &[Run<'_>], x: i16, size: i16, align: Align) -> i64 {
        let width: i64 =
            runs.iter().map(|run| self.width_um(run, size)).fold(0, i64::saturating_add);
        let shift = match align {
            Align::Left => 0,
            Align::Middle => width.div_euclid(2),
            Align::Right => width,
        };
        um(x).saturating_sub(shift)
    }

    /// Letters of a font that were used, with their glyphs.
    pub(super) fn used(&self, font: usize) -> Option<&BTreeMap<char, u16>> {
        self.faces.get(font).map(|face| &face.used).filter(|used| !used.is_empty())
    }
}

impl<'f> Face<'f> {
    fn new(font: &'f Font) -> Result<Self, DrawReject> {
        let tables = font.tables()?;
        let not_a_font = |_| DrawReject::NotAFont;
        Ok(Face {
            charmap: tables.charmap(),
            widths: tables.hmtx().map_err(not_a_font)?,
            units: tables.head().map_err(not_a_font)?.units_per_em(),
            known: BTreeMap::new(),
            used: BTreeMap::new(),
        })
    }

    fn letter(&mut self, c: char) -> Option<Letter> {
        if let Some(known) = self.known.get(&c) {
            return *known;
        }
        let glyph = self.charmap.map(c).map(GlyphId::to_u32).filter(|glyph| *glyph != 0);
        let letter = glyph.and_then(|glyph| {
            let advance = self.widths.advance(GlyphId::new(glyph))?;
            Some(Letter { glyph: u16::try_from(glyph).ok()?, advance })
        });
        self.known.insert(c, letter);
        letter
    }
}

impl std::fmt::Debug for Face<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Face").field("units", &self.units).finish_non_exhaustive()
    }
}

fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// The letters of sheets that no font has, each once.
///
/// # Errors
/// `NotAFont`, `NoFont`.
pub fn letters_missing(sheets: &[Sheet], fonts: &[Font]) -> Result<String, DrawReject> {
    let mut typesetter = Typesetter::new(fonts, Missing::Refused)?;
    let mut missing = String::new();
    for mark in sheets.iter().flat_map(|sheet| &sheet.marks) {
        let Mark::Text { text, .. } = mark else { continue };
        for letter in typesetter.missing_in(text).chars() {
            if !missing.contains(letter) {
                missing.push(letter);
            }
        }
    }
    Ok(missing)
}

/// Tenths of a millimetre as thousandths.
pub(super) fn um(tenths: i16) -> i64 {
    i64::from(tenths).saturating_mul(100)
}
