//! A sheet to be printed: rectangles and lines of text at fixed places, and nothing else.
//!
//! Signs and documents are laid out on it once and drawn from it as SVG, PDF and OFD, so that all
//! look alike; a document of several pages is as many sheets. All measures are tenths of a
//! millimetre, from the upper left corner; a text stands on its baseline. Widths of text are
//! estimated (`text_width`), a little too wide, since the font is known only to the one who draws.

use chrono::NaiveDate;

#[cfg(feature = "documents")]
mod attached;
#[cfg(feature = "documents")]
mod cut;
#[cfg(feature = "documents")]
mod font;
#[cfg(feature = "documents")]
mod ofd;
#[cfg(feature = "documents")]
mod pdf;
mod svg;
#[cfg(feature = "documents")]
mod typeset;
mod wrap;

#[cfg(feature = "documents")]
pub use attached::Attached;
#[cfg(feature = "documents")]
pub use font::{DrawReject, Font, KNOWN_FONTS, LATIN_FONT};
#[cfg(feature = "documents")]
pub use ofd::{About, ofd};
#[cfg(feature = "documents")]
pub use pdf::{pdf, pdf_with};
pub use svg::svg;
#[cfg(feature = "documents")]
pub use typeset::letters_missing;
pub use wrap::{text_width, wrap};

/// What is drawn, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// For the reader's title bar.
    pub title: String,
    /// BCP 47: `zh-CN`, `en`.
    pub language: &'static str,
    /// The day that an archive files it under, such as the first on which what it says holds.
    pub dated_on: NaiveDate,
    /// Width.
    pub width: i16,
    /// Height.
    pub height: i16,
    /// Later ones lie over earlier ones.
    pub marks: Vec<Mark>,
}

/// One thing on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A filled rectangle.
    Box {
        /// Left edge.
        x: i16,
        /// Upper edge.
        y: i16,
        /// Width.
        width: i16,
        /// Height.
        height: i16,
        /// Fill.
        colour: Colour,
    },
    /// One line of text.
    Text {
        /// Where it starts, or what `align` says.
        x: i16,
        /// Baseline.
        y: i16,
        /// Height of the letters' em.
        size: i16,
        /// Fill.
        colour: Colour,
        /// Which point of the line stands at `x`.
        align: Align,
        /// The words.
        text: String,
        /// What a program reads out of it.
        field: Option<Field>,
    },
    /// A code to be scanned, in ink.
    Code {
        /// Left edge.
        x: i16,
        /// Upper edge.
        y: i16,
        /// Side of one cell.
        cell: i16,
        /// Rows of cells; true is dark.
        rows: Vec<Vec<bool>>,
    },
}

/// Which point of a line of text stands at its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Its start.
    #[default]
    Left,
    /// Its middle.
    Middle,
    /// Its end, as of figures under one another.
    Right,
}

/// The value that a line of text, or a part of it, shows to programs. Lines of the same field, in
/// their order, are one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name, such as `InvoiceNo`.
    pub name: &'static str,
    /// Which of those of this name, such as the line of an invoice.
    pub number: u16,
}

/// The colours of Bowei's printed matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The one accent: deep teal.
    Accent,
    /// Text.
    Ink,
    /// Text of second rank.
    Faint,
    /// Hairlines.
    Hairline,
    /// Cards and quiet surfaces.
    Surface,
    /// Paper, and text on the accent.
    White,
    /// Lines and labels of a form as the tax platform's.
    Brown,
    /// A document that takes back another.
    Red,
    /// What warns: the mark of a sample.
    Amber,
}

impl Colour {
    /// Red, green, blue.
    #[must_use]
    pub const fn rgb(self) -> (u8, u8, u8) {
        match self {
            Colour::Accent => (0x0b, 0x6e, 0x6e),
            Colour::Ink => (0x15, 0x20, 0x1f),
            Colour::Faint => (0x51, 0x60, 0x5f),
            Colour::Hairline => (0xdc, 0xe3, 0xe2),
            Colour::Surface => (0xf6, 0xf8, 0xf8),
            Colour::White => (0xff, 0xff, 0xff),
            Colour::Brown => (0x9c, 0x52, 0x23),
            Colour::Red => (0xc4, 0x12, 0x1f),
            Colour::Amber => (0xa8, 0x65, 0x00),
        }
    }
}

/// Dark cells of a code that stand side by side: left edge, upper edge, width.
fn dark_runs(
    x: i16,
    y: i16,
    cell: i16,
    rows: &[Vec<bool>],
) -> impl Iterator<Item = (i16, i16, i16)> {
    let place = move |number: usize| i16::try_from(number).unwrap_or(0).saturating_mul(cell);
    rows.iter().enumerate().flat_map(move |(down, row)| {
        let mut at = 0_usize;
        row.chunk_by(|one, next| one == next).filter_map(move |run| {
            let from = at;
            at = at.saturating_add(run.len());
            let dark = run.first().copied().unwrap_or(false);
            let (left, top) = (x.saturating_add(place(from)), y.saturating_add(place(down)));
            dark.then(|| (left, top, place(run.len())))
        })
    })
}
