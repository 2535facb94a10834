//! The sign as a sheet: A3 upright, rates large, one accent; it grows longer before its letters
//! become too small to read from the driver's seat.

use super::{Both, Card, Languages, Sign};
use crate::sheet::{Align, Colour, Mark, Sheet, text_width, wrap};

/// A3, in tenths of a millimetre.
const WIDTH: i16 = 2970;
const HEIGHT: i16 = 4200;
const MARGIN: i16 = 160;
/// Percent of the full size of letters: tried from the first on.
const SCALES: [i16; 9] = [150, 138, 126, 116, 108, 100, 92, 84, 76];

/// The sheet of a sign.
#[must_use]
pub fn sheet(sign: &Sign, languages: Languages) -> Sheet {
    let mut drawn = draw(sign, languages, SCALES[0]);
    for scale in SCALES {
        drawn = draw(sign, languages, scale);
        if drawn.y <= HEIGHT {
            break;
        }
    }
    let title = match languages {
        Languages::English => format!("{}: {}", sign.heading.english, sign.title),
        _ => format!("{}：{}", sign.heading.chinese, sign.title),
    };
    let language = if languages == Languages::English { "en" } else { "zh-CN" };
    let (width, height, dated_on) = (WIDTH, drawn.y.max(HEIGHT), sign.valid_from);
    Sheet { title, language, dated_on, width, height, marks: drawn.marks }
}

/// What is drawn so far.
struct Drawing {
    marks: Vec<Mark>,
    /// Where the next thing goes.
    y: i16,
    scale: i16,
}

fn draw(sign: &Sign, languages: Languages, scale: i16) -> Drawing {
    let mut drawing = Drawing { marks: Vec::new(), y: 0, scale };
    let main: fn(&Both) -> &str = match languages {
        Languages::English => |both| &both.english,
        _ => |both| &both.chinese,
    };
    drawing.banner(sign, languages, main);
    for card in &sign.cards {
        drawing.card(card, main);
    }
    drawing.facts(sign, main, 52);
    if languages == Languages::Both {
        drawing.second_language(sign);
    }
    drawing.gap(MARGIN.saturating_div(2));
    drawing
}

impl Drawing {
    fn sized(&self, size: i16) -> i16 {
        size.saturating_mul(self.scale).div_euclid(100)
    }

    fn gap(&mut self, height: i16) {
        self.y = self.y.saturating_add(self.sized(height));
    }

    fn text(&mut self, x: i16, size: i16, colour: Colour, text: &str) {
        let (y, align, text) = (self.y, Align::Left, text.to_owned());
        self.marks.push(Mark::Text { x, y, size, colour, align, text, field: None });
    }

    fn fill(&mut self, (x, y): (i16, i16), (width, height): (i16, i16), colour: Colour) {
        self.marks.push(Mark::Box { x, y, width, height, colour });
    }

    /// Lines of text one below another; `y` ends under them.
    fn paragraph(&mut self, (x, width): (i16, i16), size: i16, colour: Colour, text: &str) {
        for line in wrap(text, size, i32::from(width)) {
            self.y = self.y.saturating_add(size.saturating_mul(5).div_euclid(4));
            self.text(x, size, colour, &line);
        }
        self.y = self.y.saturating_add(size.div_euclid(3));
    }

    /// The accent's field with P, what the sign is, the tariff and the street.
    fn banner(&mut self, sign: &Sign, languages: Languages, main: fn(&Both) -> &str) {
        let left = MARGIN.saturating_add(400);
        let width = WIDTH.saturating_sub(left).saturating_sub(MARGIN);
        let behind = self.marks.len();
        self.y = 110;
        self.paragraph((left, width), 150, Colour::White, main(&sign.heading));
        if languages == Languages::Both {
            self.paragraph((left, width), 64, Colour::White, &sign.heading.english);
        }
        let bottom = self.y.max(450).saturating_add(60);
        let mut under = Drawing { marks: Vec::new(), y: 0, scale: self.scale };
        under.fill((0, 0), (WIDTH, bottom), Colour::Accent);
        under.fill((MARGIN, 110), (300, 340), Colour::White);
        under.y = 385;
        under.text(MARGIN.saturating_add(56), 300, Colour::Accent, "P");
        self.marks.splice(behind..behind, under.marks);
        self.y = bottom.saturating_add(40);
        let across = (MARGIN, WIDTH.saturating_sub(MARGIN.saturating_mul(2)));
        self.paragraph(across, self.sized(78), Colour::Ink, &sign.title);
        if let Some(street) = &sign.street {
            let name = if languages == Languages::English { "Street: " } else { "路段：" };
            let text = format!("{name}{}", main(street));
            self.paragraph(across, self.sized(78), Colour::Accent, &text);
        }
        self.gap(30);
    }

    /// A heading with a bar of the accent, and what is under it.
    fn card(&mut self, card: &Card, main: fn(&Both) -> &str) {
        let left = MARGIN.saturating_add(50);
        let inner = (left, WIDTH.saturating_sub(left).saturating_sub(MARGIN).saturating_sub(40));
        let (heading, body) = if card.is_rate { (84, 84) } else { (66, 60) };
        let (behind, top) = (self.marks.len(), self.y);
        self.gap(26);
        self.paragraph(inner, self.sized(heading), Colour::Accent, main(&card.heading));
        for sentence in &card.sentences {
            self.paragraph(inner, self.sized(body), Colour::Ink, main(sentence));
        }
        self.gap(24);
        let height = self.y.saturating_sub(top);
        let width = WIDTH.saturating_sub(MARGIN.saturating_mul(2));
        let mut under = Drawing { marks: Vec::new(), y: 0, scale: self.scale };
        under.fill((MARGIN, top), (width, height), Colour::Surface);
        under.fill((MARGIN, top), (12, height), Colour::Accent);
        self.marks.splice(behind..behind, under.marks);
        self.gap(48);
    }

    /// Names and values; the values stand under one another.
    fn facts(&mut self, sign: &Sign, main: fn(&Both) -> &str, size: i16) {
        let size = self.sized(size);
        let widths = sign.facts.iter().map(|fact| text_width(main(&fact.name), size));
        let column = i16::try_from(widths.max().unwrap_or(0)).unwrap_or(0).saturating_add(size);
        let left = MARGIN.saturating_add(column);
        let width = WIDTH.saturating_sub(left).saturating_sub(MARGIN);
        for fact in &sign.facts {
            let top = self.y;
            self.paragraph((MARGIN, column), size, Colour::Faint, main(&fact.name));
            let below_name = self.y;
            self.y = top;
            match main(&fact.value) {
                "" => {
                    let at = (left, below_name.saturating_sub(size.div_euclid(3)));
                    self.fill(at, (width.div_euclid(2), 4), Colour::Hairline);
                }
                value => self.paragraph((left, width), size, Colour::Ink, value),
            }
            self.y = self.y.max(below_name);
        }
    }

    /// The English words, smaller, under a hairline.
    fn second_language(&mut self, sign: &Sign) {
        let width = WIDTH.saturating_sub(MARGIN.saturating_mul(2));
        self.gap(30);
        self.fill((MARGIN, self.y), (width, 4), Colour::Hairline);
        self.gap(16);
        let size = self.sized(42);
        for card in &sign.cards {
            self.paragraph((MARGIN, width), size, Colour::Accent, &card.heading.english);
            for sentence in &card.sentences {
                self.paragraph((MARGIN, width), size, Colour::Faint, &sentence.english);
            }
        }
        self.gap(12);
        self.facts(sign, |both| &both.english, 36);
    }
}
