//! A sheet as SVG, with fonts that the viewer has.

use std::fmt::Write;

use super::{Align, Colour, Mark, Sheet, dark_runs};

const FONTS: &str = "PingFang SC, Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif";

/// The sheet as the text of an SVG file.
#[must_use]
pub fn svg(sheet: &Sheet) -> String {
    let (width, height) = (sheet.width, sheet.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\" xml:lang=\"{}\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        tenths(width),
        tenths(height),
        sheet.language,
        escaped(&sheet.title),
    );
    for mark in &sheet.marks {
        // Writing into a text cannot fail.
        let _ = match mark {
            Mark::Box { x, y, width, height, colour } => writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>",
                hex(*colour)
            ),
            Mark::Text { x, y, size, colour, align, text, .. } => writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{}\"{}>{}</text>",
                hex(*colour),
                anchor(*align),
                escaped(text)
            ),
            Mark::Code { x, y, cell, rows } => writeln!(
                svg,
                "<path fill=\"{}\" d=\"{}\"/>",
                hex(Colour::Ink),
                cells(*x, *y, *cell, rows)
            ),
        };
    }
    svg.push_str("</svg>\n");
    svg
}

fn anchor(align: Align) -> &'static str {
    match align {
        Align::Left => "",
        Align::Middle => " text-anchor=\"middle\"",
        Align::Right => " text-anchor=\"end\"",
    }
}

fn cells(x: i16, y: i16, cell: i16, rows: &[Vec<bool>]) -> String {
    let squares = dark_runs(x, y, cell, rows);
    squares.map(|(x, y, width)| format!("M{x} {y}h{width}v{cell}h-{width}z")).collect()
}

fn tenths(length: i16) -> String {
    format!("{}.{}", length.div_euclid(10), length.rem_euclid(10))
}

fn hex(colour: Colour) -> String {
    let (red, green, blue) = colour.rgb();
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
