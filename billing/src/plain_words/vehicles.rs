//! Who belongs to which class, in words.

use super::clock::{join, lower_first};
use super::names::{class_name, plate};
use super::{Both, Sentence, Topic};
use crate::tariff::Classify;

/// `黄牌、20座及以上的车辆按大型车计费。`
pub(super) fn classify(index: usize, rule: &Classify) -> Sentence {
    let plates: Vec<Both> = rule.plates.iter().map(|colour| plate(*colour)).collect();
    let mut conditions = Vec::new();
    if !plates.is_empty() {
        let either = join(&plates);
        conditions.push(Both::new(
            either.chinese.replace('、', "或"),
            either.english.replace(", ", " or "),
        ));
    }
    let counts = [
        (rule.seats_from, "座及以上", "seats or more"),
        (rule.seats_to, "座及以下", "seats or fewer"),
        (rule.bays_from, "个及以上泊位", "or more bays"),
    ];
    for (count, zh, en) in counts {
        conditions.extend(count.map(|n| Both::new(format!("{n}{zh}"), format!("{n} {en}"))));
    }
    let (who, class) = (join(&conditions), class_name(&rule.class));
    let (zh, en) = match conditions.is_empty() {
        true => ("其他车辆".to_owned(), "Other vehicles".to_owned()),
        false => (format!("{}的车辆", who.chinese), format!("Vehicles with {}", who.english)),
    };
    Sentence::new(
        Topic::Vehicle,
        format!("classify[{index}]"),
        format!("{zh}归为{}。", class.chinese),
        format!("{en} count as: {}.", lower_first(&class.english)),
    )
}
