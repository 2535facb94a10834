//! Vehicle classes, lengths and money in words.

use vocabulary::{Fen, PlateColour};

use super::Both;
use crate::amount::Price;
use crate::tariff::Tariff;

/// Classes that signs name, in the order in which they do.
const CLASSES: [(&str, &str, &str); 24] = [
    ("small", "小型车", "Small vehicles"),
    ("new_energy_small", "新能源小型车", "Small new-energy vehicles"),
    ("medium", "中型车", "Medium vehicles"),
    ("large", "大型车", "Large vehicles"),
    ("new_energy_large", "新能源大型车", "Large new-energy vehicles"),
    ("new_energy", "新能源车", "New-energy vehicles"),
    ("car", "小客车", "Cars"),
    ("bus", "大客车", "Buses"),
    ("coach", "大客车", "Coaches"),
    ("truck", "货车", "Trucks"),
    ("trailer", "挂车", "Trailers"),
    ("motorcycle", "摩托车", "Motorcycles"),
    ("taxi", "出租车", "Taxis"),
    ("disabled", "残疾人车辆", "Vehicles of disabled persons"),
    ("police", "警车", "Police vehicles"),
    ("military", "军车", "Military vehicles"),
    ("armed_police", "武警车辆", "Armed police vehicles"),
    ("ambulance", "救护车", "Ambulances"),
    ("fire", "消防车", "Fire engines"),
    ("emergency", "应急车辆", "Emergency vehicles"),
    ("rescue", "抢险救灾车辆", "Rescue vehicles"),
    ("sanitation", "环卫车", "Sanitation vehicles"),
    ("hearse", "殡葬车", "Hearses"),
    ("municipal", "市政作业车辆", "Municipal service vehicles"),
];

/// A vehicle class in words; one that is not known is shown as the tariff has it.
#[must_use]
pub fn class_name(class: &str) -> Both {
    let known = CLASSES.iter().find(|(name, ..)| *name == class);
    known.map_or_else(|| Both::new(class, class), |(_, zh, en)| Both::new(*zh, *en))
}

pub(super) fn rank(class: &str) -> usize {
    CLASSES.iter().position(|(name, ..)| *name == class).unwrap_or(CLASSES.len())
}

/// The class that a sign names first.
pub(crate) fn first_class(classes: &[String]) -> Option<&str> {
    classes.iter().map(String::as_str).min_by_key(|class| (rank(class), *class))
}

pub(super) fn in_order(classes: &mut [String]) {
    classes.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
}

/// The colour of a plate in words.
pub(super) fn plate(colour: PlateColour) -> Both {
    match colour {
        PlateColour::Blue => Both::new("蓝牌", "blue plates"),
        PlateColour::Yellow => Both::new("黄牌", "yellow plates"),
        PlateColour::Green => Both::new("绿牌", "green plates"),
        PlateColour::YellowGreen => Both::new("黄绿牌", "yellow-green plates"),
        PlateColour::White => Both::new("白牌", "white plates"),
        PlateColour::Black => Both::new("黑牌", "black plates"),
    }
}

/// `30分钟`, `2小时`, `1小时30分钟`; `30 minutes`, `2 hours`.
#[must_use]
pub fn minutes(minutes: i64) -> Both {
    let (hours, rest) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    let of = |count: i64, unit: &str| match count {
        1 => format!("1 {unit}"),
        _ => format!("{count} {unit}s"),
    };
    match (hours, rest) {
        (0, _) => Both::new(format!("{minutes}分钟"), of(minutes, "minute")),
        (_, 0) => Both::new(format!("{hours}小时"), of(hours, "hour")),
        _ => Both::new(
            format!("{hours}小时{rest}分钟"),
            format!("{} {}", of(hours, "hour"), of(rest, "minute")),
        ),
    }
}

/// Milliseconds in words; seconds only where there are some.
pub(super) fn length(ms: i64) -> Both {
    minutes(ms.div_euclid(60_000))
}

/// `2元`, `1.50元`; `2 yuan`; other currencies by their code.
#[must_use]
pub fn money(price: Price, tariff: &Tariff) -> Both {
    let text = price.text();
    let text = text.strip_suffix(".00").unwrap_or(&text);
    match tariff.currency.as_str() {
        "CNY" => Both::new(format!("{text}元"), format!("{text} yuan")),
        code => Both::new(format!("{text} {code}"), format!("{text} {code}")),
    }
}

pub(super) fn fen(amount: Fen, tariff: &Tariff) -> Both {
    money(Price::of_fen(amount.0), tariff)
}
