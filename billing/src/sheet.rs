//! A sheet to be printed: rectangles and lines of text at fixed places, and nothing else.
//!
//! Signs and documents are laid out on it once and drawn from it as SVG and as PDF, so that both
//! look alike. All measures are tenths of a millimetre, from the upper left corner; a text stands
//! on its baseline. Widths of text are estimated (`text_width`), a little too wide, since the
//! font is known only to the one who draws.

use chrono::NaiveDate;

#[cfg(feature = "pdf")]
mod pdf;
mod svg;
mod wrap;

#[cfg(feature = "pdf")]
pub use pdf::{Font, PdfReject, pdf};
pub use svg::svg;
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
        /// Left end.
        x: i16,
        /// Baseline.
        y: i16,
        /// Height of the letters' em.
        size: i16,
        /// Fill.
        colour: Colour,
        /// The words.
        text: String,
    },
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
        }
    }
}
