//! Steps in words, Chinese and English.

use super::step::{Direction, Manoeuvre, Mode, Step};
use crate::snap::Side;

const WINDS_ZH: [&str; 8] = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"];
const WINDS_EN: [&str; 8] =
    ["north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"];

pub(super) fn in_chinese(step: &Step) -> String {
    let street = step.street.in_chinese();
    let (go, onto) = match step.mode {
        Mode::Drive => ("行驶", "进入"),
        Mode::Walk => ("步行", "走"),
    };
    let then = |what: &str| match (street.is_empty(), step.same_street) {
        (true, _) => what.to_owned(),
        (false, true) => format!("{what}，继续沿{street}{go}"),
        (false, false) => format!("{what}{onto}{street}"),
    };
    match step.manoeuvre {
        Manoeuvre::Depart => {
            let wind = WINDS_ZH[wind(step.bearing_deg)];
            if street.is_empty() {
                format!("向{wind}{go}")
            } else {
                format!("沿{street}向{wind}{go}")
            }
        }
        Manoeuvre::Continue => format!("直行{onto}{street}"),
        Manoeuvre::Turn(direction) => then(turn_zh(direction)),
        Manoeuvre::UTurn => then("掉头"),
        Manoeuvre::Roundabout { exit: Some(exit) } => {
            let out = format!("进入环岛，从第{exit}个出口驶出");
            if street.is_empty() { out } else { format!("{out}，{onto}{street}") }
        }
        Manoeuvre::Roundabout { exit: None } => "进入环岛".to_owned(),
        Manoeuvre::Arrive { side } => match side {
            Side::Left => "到达目的地，在左侧",
            Side::Right => "到达目的地，在右侧",
            Side::Ahead => "到达目的地",
        }
        .to_owned(),
    }
}

pub(super) fn in_english(step: &Step) -> String {
    let street = step.street.in_english();
    let then = |what: &str| match (street.is_empty(), step.same_street) {
        (true, _) => what.to_owned(),
        (false, true) => format!("{what} to stay on {street}"),
        (false, false) => format!("{what} onto {street}"),
    };
    match step.manoeuvre {
        Manoeuvre::Depart => {
            let go = if step.mode == Mode::Walk { "Walk" } else { "Head" };
            let wind = WINDS_EN[wind(step.bearing_deg)];
            if street.is_empty() {
                format!("{go} {wind}")
            } else {
                format!("{go} {wind} on {street}")
            }
        }
        Manoeuvre::Continue => format!("Continue onto {street}"),
        Manoeuvre::Turn(direction) => then(turn_en(direction)),
        Manoeuvre::UTurn => then("Make a U-turn"),
        Manoeuvre::Roundabout { exit: Some(exit) } => {
            let out = format!("At the roundabout take the {} exit", ordinal(exit));
            if street.is_empty() { out } else { format!("{out} onto {street}") }
        }
        Manoeuvre::Roundabout { exit: None } => "Enter the roundabout".to_owned(),
        Manoeuvre::Arrive { side } => match side {
            Side::Left => "Arrive at your destination on the left",
            Side::Right => "Arrive at your destination on the right",
            Side::Ahead => "Arrive at your destination",
        }
        .to_owned(),
    }
}

fn turn_zh(direction: Direction) -> &'static str {
    match direction {
        Direction::SlightLeft => "向左前方",
        Direction::Left => "左转",
        Direction::SharpLeft => "向左后方转",
        Direction::SlightRight => "向右前方",
        Direction::Right => "右转",
        Direction::SharpRight => "向右后方转",
    }
}

fn turn_en(direction: Direction) -> &'static str {
    match direction {
        Direction::SlightLeft => "Bear left",
        Direction::Left => "Turn left",
        Direction::SharpLeft => "Turn sharp left",
        Direction::SlightRight => "Bear right",
        Direction::Right => "Turn right",
        Direction::SharpRight => "Turn sharp right",
    }
}

/// One of eight winds, 0 for north.
fn wind(bearing_deg: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 8")]
    let eighth = (bearing_deg.rem_euclid(360.0) / 45.0).round() as usize;
    eighth % 8
}

fn ordinal(number: u8) -> String {
    let end = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn winds_and_ordinals_are_as_people_say_them() {
        for (bearing, expected) in [
            (0.0, "north"),
            (22.0, "north"),
            (23.0, "northeast"),
            (90.0, "east"),
            (359.0, "north"),
            (337.0, "northwest"),
        ] {
            assert_eq!(WINDS_EN[wind(bearing)], expected, "{bearing}");
        }
        for (number, expected) in [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (12, "12th"),
            (21, "21st"),
        ] {
            assert_eq!(ordinal(number), expected);
        }
    }
}
