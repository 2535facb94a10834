//! Writes the parts of a drawing; escapes all text.

use crate::explain::width;

/// A rectangle, in tenths of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Box {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

#[derive(Debug, Default)]
pub(super) struct Pen {
    drawn: String,
}

impl Pen {
    pub(super) fn rect(&mut self, at: Box, class: &str, title: &str) {
        let (x, y) = (pixels(at.x), pixels(at.y));
        let (width, height) = (pixels(at.width), pixels(at.height));
        let begin = format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""
        );
        self.drawn.push_str(&match title {
            "" => format!("{begin}/>\n"),
            title => format!("{begin}><title>{}</title></rect>\n", escaped(title)),
        });
    }

    pub(super) fn line(&mut self, from: (i64, i64), to: (i64, i64), class: &str) {
        let (x1, y1, x2, y2) = (pixels(from.0), pixels(from.1), pixels(to.0), pixels(to.1));
        self.drawn.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\n"
        ));
    }

    pub(super) fn text(&mut self, (x, y): (i64, i64), class: &str, text: &str) {
        let (x, y, text) = (pixels(x), pixels(y), escaped(text));
        self.drawn
            .push_str(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"));
    }

    /// The first of some texts that fits into the middle of a rectangle, or none.
    pub(super) fn text_within(&mut self, at: Box, size: i64, class: &str, texts: &[&str]) {
        let room = at.width.saturating_sub(80);
        let fits = |text: &&&str| !text.is_empty() && text_width(text, size) <= room;
        let Some(text) = texts.iter().find(fits) else { return };
        let x = at.x.saturating_add(at.width.div_euclid(2));
        let drop = size.saturating_mul(35).div_euclid(100);
        let y = at.y.saturating_add(at.height.div_euclid(2)).saturating_add(drop);
        self.text((x, y), class, text);
    }

    pub(super) fn done(self) -> String {
        self.drawn
    }
}

/// An estimate that is rather too wide: 0.58 of the size for a Latin letter.
pub(super) fn text_width(text: &str, size: i64) -> i64 {
    let places = i64::try_from(width(text)).unwrap_or(i64::MAX);
    places.saturating_mul(size).saturating_mul(58).div_euclid(100)
}

/// The text, cut off with `…` where it is wider than there is room.
pub(super) fn shortened(text: &str, size: i64, room: i64) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if text_width(&format!("{short}{c}…"), size) > room {
            break;
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

/// Tenths of a pixel as a decimal.
pub(super) fn pixels(tenths: i64) -> String {
    let (whole, part) = (tenths.div_euclid(10), tenths.rem_euclid(10));
    if part == 0 { whole.to_string() } else { format!("{whole}.{part}") }
}

/// Text as XML has it; characters that XML does not allow are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_what_xml_forbids_left_out() {
        assert_eq!(escaped("a<b & \"c\"\u{1}>\n"), "a&lt;b &amp; &quot;c&quot;&gt; ");
        assert_eq!((pixels(125), pixels(120), pixels(0)), ("12.5".into(), "12".into(), "0".into()));
    }

    #[test]
    fn a_long_title_is_cut_where_the_room_ends() {
        // A Chinese character of size 100 is estimated at 116, the three points at 58.
        assert_eq!(shortened("日间停车", 100, 464), "日间停车");
        assert_eq!(shortened("日间停车", 100, 463), "日间停…");
    }
}
