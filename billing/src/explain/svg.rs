//! The picture as SVG: a strip of 24 hours a day, the windows above, the stay below.
//!
//! A state has a colour, a pattern and a word. Lengths are tenths of a pixel, whole numbers. Text is
//! drawn where it fits by a careful estimate; every part has its words as a title as well.

mod pen;
mod style;

use pen::{Box, Pen};
use vocabulary::{Interval, Timestamp};

use super::picture::{Day, Picture, State, Stretch, WindowHours};
use super::words::{day, days_left_out, either, state};
use crate::text::{Language, interval_text};

const WIDTH: i64 = 7_200;
const MARGIN: i64 = 240;
/// Where the hours begin and end.
const HOURS_FROM: i64 = 800;
const HOURS_TO: i64 = 6_960;
const HEAD: i64 = 880;
const DAY: i64 = 1_280;
const LEGEND_ROW: i64 = 280;

/// The picture as the text of an SVG file; `zone` is that of the tariff.
#[must_use]
pub fn svg(picture: &Picture, zone: chrono_tz::Tz, language: Language) -> String {
    let mut pen = Pen::default();
    head(&mut pen, picture, zone, language);
    let mut top = HEAD;
    for of_day in &picture.days {
        draw_day(&mut pen, of_day, top, (zone, language));
        top = top.saturating_add(DAY);
    }
    if picture.days_left_out > 0 {
        let words = days_left_out(picture.days_left_out, language);
        pen.text((MARGIN, top.saturating_add(160)), "s14 second", &words);
        top = top.saturating_add(LEGEND_ROW);
    }
    let height = legend(&mut pen, picture, top, language).saturating_add(MARGIN);
    let title = format!("{} {} {}", picture.title, picture.total_fen.yuan(), picture.currency);
    style::document((WIDTH, height), &title, language, &pen.done())
}

fn head(pen: &mut Pen, picture: &Picture, zone: chrono_tz::Tz, language: Language) {
    pen.text((MARGIN, 400), "s16 bold", &pen::shortened(&picture.title, 160, 4_600));
    let when = format!("{}  {}", interval_text(picture.span, zone), picture.vehicle);
    pen.text((MARGIN, 620), "s14 second", &when);
    let total = match (picture.currency.as_str(), language) {
        ("CNY", _) => format!("¥{}", picture.total_fen.yuan()),
        (code, _) => format!("{} {code}", picture.total_fen.yuan()),
    };
    pen.text((HOURS_TO, 480), "s28 bold end", &total);
}

type How = (chrono_tz::Tz, Language);

fn draw_day(pen: &mut Pen, of_day: &Day, top: i64, (zone, language): How) {
    let below = |by: i64| top.saturating_add(by);
    let x = |at: Timestamp| across(of_day.span, at);
    pen.text((MARGIN, below(180)), "s14 bold", &day(of_day.on, language));
    pen.text((MARGIN, below(460)), "s12 second", either(language, "时段", "hours"));
    pen.text((MARGIN, below(820)), "s12 second", either(language, "停车", "stay"));
    for window in &of_day.windows {
        let at = of(window.interval, x, (below(280), 280));
        draw_window(pen, at, window, (zone, language));
    }
    let lane = Box {
        x: HOURS_FROM,
        y: below(600),
        width: HOURS_TO.saturating_sub(HOURS_FROM),
        height: 360,
    };
    pen.rect(lane, "lane", "");
    for tick in &of_day.ticks {
        pen.line((x(tick.at), below(280)), (x(tick.at), below(1_000)), "tick");
        pen.text((x(tick.at), below(1_140)), "s12 second middle", &tick.hour.to_string());
    }
    for stretch in &of_day.stay {
        draw_stretch(pen, of_day, stretch, (below(600), 360), (zone, language));
    }
}

/// Where an instant of a day lies.
fn across(day: Interval, at: Timestamp) -> i64 {
    let since_ms = at.since_ms(day.start_at()).clamp(0, day.length_ms());
    let full = HOURS_TO.saturating_sub(HOURS_FROM);
    let share = since_ms.saturating_mul(full).checked_div(day.length_ms()).unwrap_or(0);
    HOURS_FROM.saturating_add(share)
}

fn of(interval: Interval, x: impl Fn(Timestamp) -> i64, (y, height): (i64, i64)) -> Box {
    let (from, to) = (x(interval.start_at()), x(interval.end_at()));
    Box { x: from, y, width: to.saturating_sub(from), height }
}

fn draw_window(pen: &mut Pen, at: Box, window: &WindowHours, (zone, language): How) {
    let free = match window.permitted {
        true => either(language, "免费", "free"),
        false => either(language, "禁停", "no parking"),
    };
    let name = match (window.name.as_str(), window.charged) {
        ("", true) => either(language, "其余时间", "other hours").to_owned(),
        ("", false) => free.to_owned(),
        (name, true) => name.to_owned(),
        (name, false) => format!("{name} {free}"),
    };
    let title = format!("{} {name}", interval_text(window.interval, zone));
    pen.rect(at, if window.charged { "priced" } else { "unpriced" }, &title);
    let short = if window.charged { "" } else { free };
    pen.text_within(at, 120, "s12 middle", &[&name, short]);
}

fn draw_stretch(pen: &mut Pen, of_day: &Day, stretch: &Stretch, lane: (i64, i64), how: How) {
    let x = |at: Timestamp| across(of_day.span, at);
    let mut at = of(stretch.interval, x, lane);
    // A minute is less than a pixel, and shall be seen.
    at.width = at.width.max(20);
    let word = state(stretch.state, how.1);
    let charge = stretch.charge.as_deref().unwrap_or_default();
    let most = stretch.capped_at_fen.map(|most| match how.1 {
        Language::Chinese => format!("封顶 {}", most.yuan()),
        Language::English => format!("cap {}", most.yuan()),
    });
    let most = most.unwrap_or_default();
    let when = interval_text(stretch.interval, how.0);
    let title = [&when, word, charge, &most].join(" ");
    pen.rect(at, class(stretch.state), title.trim_end());
    for cut in &stretch.cuts {
        let (x, below) = (x(*cut), lane.0.saturating_add(lane.1));
        pen.line((x, below.saturating_sub(80)), (x, below), cut_class(stretch.state));
    }
    let class = if stretch.state == State::Charged { "s12 middle on" } else { "s12 middle" };
    let short = word.split(['，', ',']).next().unwrap_or_default();
    let charge = if stretch.state == State::Capped { "" } else { charge };
    pen.text_within(at, 120, class, &[&most, charge, word, short]);
}

fn cut_class(state: State) -> &'static str {
    if state == State::Charged { "cut" } else { "cut teal" }
}

fn class(state: State) -> &'static str {
    match state {
        State::Charged => "charged",
        State::Capped => "capped",
        State::FreeMinutes => "minutes",
        State::FreeHours => "hours",
        State::NotPermitted => "forbidden",
        State::NotSold => "unsold",
        State::Doubt => "doubt",
        State::Pass => "pass",
        State::Leaving => "leaving",
        State::Exempt => "exempt",
    }
}

/// The states that are drawn, in words; returns where it ends.
fn legend(pen: &mut Pen, picture: &Picture, top: i64, language: Language) -> i64 {
    let mut states: Vec<State> =
        picture.days.iter().flat_map(|day| &day.stay).map(|stretch| stretch.state).collect();
    states.sort_unstable();
    states.dedup();
    let (mut x, mut y) = (MARGIN, top);
    for of in states {
        let word = state(of, language);
        let wide = pen::text_width(word, 140).saturating_add(480);
        if x.saturating_add(wide) > HOURS_TO {
            (x, y) = (MARGIN, y.saturating_add(LEGEND_ROW));
        }
        pen.rect(Box { x, y, width: 240, height: 180 }, class(of), "");
        pen.text((x.saturating_add(320), y.saturating_add(145)), "s14", word);
        x = x.saturating_add(wide).saturating_add(80);
    }
    y.saturating_add(LEGEND_ROW)
}
