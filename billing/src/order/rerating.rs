//! Why a bill changed after the vehicle had left, in words for the driver, Chinese and English.
//!
//! What changed in the stay comes from the two cases that were priced; what happens to the
//! difference from what the machine decided. Rendered when somebody reads it.

use chrono_tz::Tz;
use vocabulary::{Fen, Timestamp};

use super::Undecided;
use crate::Case;
use crate::tariff::Tariff;
use crate::text::{Language, currency, local};

/// One thing that is different between two cases of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It began at another time.
    Arrival(Timestamp, Timestamp),
    /// It ended at another time.
    Departure(Timestamp, Timestamp),
    /// It was away for another time in between, in ms.
    Away(i64, i64),
    /// The sensors vouch for more or less of it: time in doubt, in ms.
    Doubt(i64, i64),
    /// It occupied another number of bays.
    Bays(u16, u16),
    /// The vehicle is of another class.
    Vehicle(String, String),
    /// Passes, earlier visits, time bought: something else that the tariff counts.
    Other,
    /// No stay is left.
    NoStay,
}

/// What happens to the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It changes what is still to be paid.
    Due,
    /// It was waived.
    Waived,
    /// It goes back by itself.
    Refunded(Fen),
    /// A person decides; nothing changes until then.
    Undecided(Undecided),
    /// Nothing is left to do.
    Settled,
}

impl Fate {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fate::Due => "due",
            Fate::Waived => "waived",
            Fate::Refunded(_) => "refunded",
            Fate::Undecided(_) => "undecided",
            Fate::Settled => "settled",
        }
    }
}

/// A bill that was made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rerating {
    /// What changed, in the order in which it is told.
    pub changes: Vec<Change>,
    /// The total before.
    pub old_total: Fen,
    /// The total now.
    pub new_total: Fen,
    /// What happens to the difference.
    pub fate: Fate,
}

/// What changed between two cases; `None` for a visit of which no stay is left.
#[must_use]
pub fn changes(before: &Case, after: Option<&Case>) -> Vec<Change> {
    let Some(after) = after else { return vec![Change::NoStay] };
    let mut found = Vec::new();
    if let (Some(old), Some(new)) = (ends(before), ends(after)) {
        if old.0 != new.0 {
            found.push(Change::Arrival(old.0, new.0));
        }
        if old.1 != new.1 {
            found.push(Change::Departure(old.1, new.1));
        }
        let (old_ms, new_ms) = (away_ms(before, old), away_ms(after, new));
        if old_ms != new_ms {
            found.push(Change::Away(old_ms, new_ms));
        }
    }
    let doubt_ms =
        |case: &Case| case.doubts.iter().fold(0_i64, |ms, d| ms.saturating_add(d.length_ms()));
    if doubt_ms(before) != doubt_ms(after) {
        found.push(Change::Doubt(doubt_ms(before), doubt_ms(after)));
    }
    if before.bays != after.bays {
        found.push(Change::Bays(before.bays, after.bays));
    }
    if before.vehicle != after.vehicle {
        found.push(Change::Vehicle(before.vehicle.clone(), after.vehicle.clone()));
    }
    if found.is_empty() && before != after {
        found.push(Change::Other);
    }
    found
}

fn ends(case: &Case) -> Option<(Timestamp, Timestamp)> {
    Some((case.intervals.first()?.start_at(), case.intervals.last()?.end_at()))
}

fn away_ms(case: &Case, (from, to): (Timestamp, Timestamp)) -> i64 {
    let there = case.intervals.iter().fold(0_i64, |ms, i| ms.saturating_add(i.length_ms()));
    to.since_ms(from).saturating_sub(there)
}

/// The explanation, sentence by sentence.
#[must_use]
pub fn text(rerating: &Rerating, tariff: &Tariff, language: Language) -> String {
    let zone = tariff.time_zone;
    let words = |change: &Change| match language {
        Language::Chinese => chinese(change, zone),
        Language::English => english(change, zone),
    };
    let mut changes: Vec<String> = rerating.changes.iter().map(words).collect();
    if changes.is_empty() {
        changes.push(words(&Change::Other));
    }
    let money = currency(tariff, language);
    let (old, new) = (rerating.old_total.yuan(), rerating.new_total.yuan());
    match language {
        Language::Chinese => {
            let fate = chinese_fate(rerating.fate, money);
            format!("{}。费用由{old}{money}改为{new}{money}。{fate}", changes.join("；"))
        }
        Language::English => {
            let fate = english_fate(rerating.fate, money);
            format!(
                "{}. The fee was {old} {money} and is now {new} {money}. {fate}",
                changes.join("; ")
            )
        }
    }
}

fn chinese(change: &Change, zone: Tz) -> String {
    let at = |t: &Timestamp| clock(*t, zone);
    match change {
        Change::Arrival(old, new) => format!("驶入时间由{}更正为{}", at(old), at(new)),
        Change::Departure(old, new) => format!("驶离时间由{}更正为{}", at(old), at(new)),
        Change::Away(old, new) => {
            format!("中途离开的时间由{}分钟更正为{}分钟", minutes(*old), minutes(*new))
        }
        Change::Doubt(old, new) => {
            format!(
                "检测数据存疑（不收费）的时间由{}分钟更正为{}分钟",
                minutes(*old),
                minutes(*new)
            )
        }
        Change::Bays(old, new) => format!("占用泊位由{old}个更正为{new}个"),
        Change::Vehicle(old, new) => {
            format!("车辆类型由{}更正为{}", vehicle_zh(old), vehicle_zh(new))
        }
        Change::Other => "计费所依据的其他情况（停车证、前次停车等）有变化".to_owned(),
        Change::NoStay => "核实后没有停车".to_owned(),
    }
}

fn english(change: &Change, zone: Tz) -> String {
    let at = |t: &Timestamp| clock(*t, zone);
    match change {
        Change::Arrival(old, new) => format!("The arrival was {}, not {}", at(new), at(old)),
        Change::Departure(old, new) => format!("The departure was {}, not {}", at(new), at(old)),
        Change::Away(old, new) => {
            format!(
                "The vehicle was away in between for {} min, not {} min",
                minutes(*new),
                minutes(*old)
            )
        }
        Change::Doubt(old, new) => {
            format!(
                "The sensor cannot vouch for {} min (not charged), not {} min",
                minutes(*new),
                minutes(*old)
            )
        }
        Change::Bays(old, new) => format!("The vehicle occupied {new} bays, not {old}"),
        Change::Vehicle(old, new) => format!(
            "The vehicle is of class {}, not {}",
            new.replace('_', " "),
            old.replace('_', " ")
        ),
        Change::Other => "Something else that the tariff counts has changed".to_owned(),
        Change::NoStay => "It turned out that the vehicle did not park".to_owned(),
    }
}

fn chinese_fate(fate: Fate, yuan: &str) -> String {
    match fate {
        Fate::Due => "差额计入应付金额。".to_owned(),
        Fate::Waived => "差额已减免，无需补缴。".to_owned(),
        Fate::Refunded(credit) => format!("多付的{}{yuan}将自动退回原支付账户。", credit.yuan()),
        Fate::Undecided(_) => "差额由工作人员复核，在此之前按原金额不变。".to_owned(),
        Fate::Settled => "无需补缴，也无退款。".to_owned(),
    }
}

fn english_fate(fate: Fate, yuan: &str) -> String {
    match fate {
        Fate::Due => "The difference changes what is to be paid.".to_owned(),
        Fate::Waived => "The difference is waived; nothing more is to be paid.".to_owned(),
        Fate::Refunded(credit) => {
            format!(
                "{} {yuan} paid too much go back by themselves, the way they came.",
                credit.yuan()
            )
        }
        Fate::Undecided(_) => {
            "Somebody will look at the difference; until then nothing changes.".to_owned()
        }
        Fate::Settled => "Nothing more is to be paid, and nothing is refunded.".to_owned(),
    }
}

fn clock(at: Timestamp, zone: Tz) -> String {
    local(at, zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Begun minutes: half a minute away is not no time.
fn minutes(ms: i64) -> i64 {
    ms.saturating_add(59_999).div_euclid(60_000)
}

fn vehicle_zh(class: &str) -> &str {
    match class {
        "small" => "小型车",
        "large" => "大型车",
        "new_energy_small" => "新能源小型车",
        "new_energy_large" => "新能源大型车",
        "motorcycle" => "摩托车",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::Interval;

    use super::*;
    use crate::tariff::parse;

    fn at(clock: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-03-02T{clock}:00+08:00")).unwrap()
    }

    fn case(stays: &[(&str, &str)]) -> Case {
        let intervals =
            stays.iter().map(|(from, to)| Interval::new(at(from), at(to)).unwrap()).collect();
        Case::new("small", intervals, Vec::new())
    }

    #[test]
    fn what_changed_in_the_stay_is_named() {
        let before = case(&[("08:00", "10:00")]);
        let doubted = Case {
            doubts: vec![Interval::new(at("09:00"), at("09:20")).unwrap()],
            ..before.clone()
        };
        let paid = Case { paid_at: Some(at("09:00")), ..before.clone() };
        let truck = Case { bays: 2, vehicle: "large".into(), ..before.clone() };
        for (after, expected) in [
            (Some(before.clone()), vec![]),
            (
                Some(case(&[("08:10", "09:30")])),
                vec![
                    Change::Arrival(at("08:00"), at("08:10")),
                    Change::Departure(at("10:00"), at("09:30")),
                ],
            ),
            (Some(case(&[("08:00", "09:00"), ("09:10", "10:00")])), vec![Change::Away(0, 600_000)]),
            (Some(doubted), vec![Change::Doubt(0, 1_200_000)]),
            (
                Some(truck),
                vec![Change::Bays(1, 2), Change::Vehicle("small".into(), "large".into())],
            ),
            (Some(paid), vec![Change::Other]),
            (None, vec![Change::NoStay]),
        ] {
            assert_eq!(changes(&before, after.as_ref()), expected, "{after:?}");
        }
    }

    #[test]
    fn a_driver_reads_what_changed_the_totals_and_what_happens_to_the_difference() {
        let tariff = parse(crate::DEMO_TARIFF).unwrap();
        let rerating = |fate, new_total| Rerating {
            changes: vec![Change::Departure(at("10:00"), at("09:30"))],
            old_total: Fen(300),
            new_total: Fen(new_total),
            fate,
        };
        for (told, chinese, english) in [
            (
                rerating(Fate::Refunded(Fen(100)), 200),
                "驶离时间由2026-03-02 10:00:00更正为2026-03-02 09:30:00。费用由3.00元改为2.00元。多付的1.00元将自动退回原支付账户。",
                "The departure was 2026-03-02 09:30:00, not 2026-03-02 10:00:00. The fee was 3.00 yuan and is now \
                 2.00 yuan. 1.00 yuan paid too much go back by themselves, the way they came.",
            ),
            (
                rerating(Fate::Waived, 400),
                "驶离时间由2026-03-02 10:00:00更正为2026-03-02 09:30:00。费用由3.00元改为4.00元。差额已减免，无需补缴。",
                "The departure was 2026-03-02 09:30:00, not 2026-03-02 10:00:00. The fee was 3.00 yuan and is now \
                 4.00 yuan. The difference is waived; nothing more is to be paid.",
            ),
        ] {
            assert_eq!(text(&told, &tariff, Language::Chinese), chinese);
            assert_eq!(text(&told, &tariff, Language::English), english);
        }
    }
}
