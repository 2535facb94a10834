//! The picture in characters: two rows a day, half an hour a character, words below.
//!
//! ASCII only within the strip, since terminals do not agree on how wide other signs are.

use vocabulary::Interval;

use super::picture::{Day, Picture, State};
use super::width;
use super::words::{day, days_left_out, either, state};
use crate::text::Language;

const CELL_MS: i64 = 1_800_000;
const LABEL: usize = 6;
/// Signs of the windows that cost something, in order of their first hour.
const PRICED: &str = "123456789abcdefghijklmnopqrstuvwxyz";
const FREE: char = '.';
const NOT_PERMITTED: char = '!';

/// The strip of each day, and what its signs mean.
#[must_use]
pub fn strip(picture: &Picture, language: Language) -> String {
    let signs = window_signs(picture);
    let mut text = String::new();
    for of_day in &picture.days {
        text.push_str(&day(of_day.on, language));
        text.push('\n');
        line(&mut text, "", &scale(of_day));
        if !of_day.windows.is_empty() {
            let windows = of_day.windows.iter().map(|w| (w.interval, sign(&signs, w.window)));
            line(&mut text, either(language, "时段", "hours"), &cells(of_day, windows));
        }
        let stay = of_day.stay.iter().map(|s| (s.interval, state_sign(s.state)));
        line(&mut text, either(language, "停车", "stay"), &cells(of_day, stay));
    }
    if picture.days_left_out > 0 {
        text.push_str(&days_left_out(picture.days_left_out, language));
        text.push('\n');
    }
    text.push_str(&legend(picture, &signs, language));
    text
}

fn line(text: &mut String, label: &str, content: &str) {
    let blank = " ".repeat(LABEL.saturating_sub(width(label)));
    text.push_str(format!("{label}{blank}{content}").trim_end());
    text.push('\n');
}

/// Round hours above the cells in which they begin.
fn scale(day: &Day) -> String {
    let mut text = String::new();
    for tick in &day.ticks {
        let cell = tick.at.since_ms(day.span.start_at()).div_euclid(CELL_MS);
        let cell = usize::try_from(cell).unwrap_or(0);
        text.push_str(&" ".repeat(cell.saturating_sub(text.len())));
        text.push_str(&tick.hour.to_string());
    }
    text
}

/// In each half hour the sign of what takes most of it; blank where nothing is.
fn cells(day: &Day, stretches: impl Iterator<Item = (Interval, char)>) -> String {
    let stretches: Vec<(Interval, char)> = stretches.collect();
    let mut text = String::new();
    let mut at = day.span.start_at();
    while at < day.span.end_at() {
        let next = at.plus_ms(CELL_MS).min(day.span.end_at());
        let cell = Interval::new(at, next).expect("a cell has a length");
        let parts = stretches
            .iter()
            .filter_map(|(interval, sign)| Some((interval.overlap(cell)?.length_ms(), *sign)));
        text.push(parts.max_by_key(|(length_ms, _)| *length_ms).map_or(' ', |(_, sign)| sign));
        at = next;
    }
    text
}

/// The sign of each window: a digit where it costs something, else that of the state it makes.
fn window_signs(picture: &Picture) -> Vec<(usize, char, String)> {
    let mut signs: Vec<(usize, char, String)> = Vec::new();
    let mut priced = PRICED.chars();
    for window in picture.days.iter().flat_map(|day| &day.windows) {
        if !signs.iter().any(|(known, ..)| *known == window.window) {
            let sign = match (window.charged, window.permitted) {
                (true, _) => priced.next().unwrap_or('z'),
                (false, true) => FREE,
                (false, false) => NOT_PERMITTED,
            };
            signs.push((window.window, sign, window.name.clone()));
        }
    }
    signs
}

fn sign(signs: &[(usize, char, String)], window: usize) -> char {
    signs.iter().find(|(known, ..)| *known == window).map_or(' ', |(_, sign, _)| *sign)
}

fn state_sign(state: State) -> char {
    match state {
        State::Charged => '#',
        State::Capped => '=',
        State::FreeMinutes => '+',
        State::FreeHours => FREE,
        State::NotPermitted => NOT_PERMITTED,
        State::NotSold => '-',
        State::Doubt => '?',
        State::Pass => 'P',
        State::Leaving => '>',
        State::Exempt => 'x',
    }
}

fn legend(picture: &Picture, signs: &[(usize, char, String)], language: Language) -> String {
    let mut words: Vec<String> = Vec::new();
    for (_, sign, name) in signs.iter().filter(|(_, sign, _)| ![FREE, NOT_PERMITTED].contains(sign))
    {
        let other = either(language, "其余时间", "other hours");
        words.push(format!("{sign} {}", if name.is_empty() { other } else { name }));
    }
    let mut states: Vec<State> =
        picture.days.iter().flat_map(|day| &day.stay).map(|stretch| stretch.state).collect();
    let shown = |state: &State| signs.iter().any(|(_, sign, _)| *sign == state_sign(*state));
    states.extend([State::FreeHours, State::NotPermitted].into_iter().filter(shown));
    states.sort_unstable();
    states.dedup();
    words.extend(states.iter().map(|s| format!("{} {}", state_sign(*s), state(*s, language))));
    format!("{}\n", words.join("   "))
}
