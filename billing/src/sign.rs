//! The sign in the street (公示牌): what the law wants shown where a charge is made.
//!
//! `sign` collects what is on it, Chinese and English, from one version of a tariff and one class of
//! street; `text` and `sheet` show it. What the tariff does not say (who operates the street) is an
//! argument, and stays visibly blank without it.

mod layout;
mod text;

use crate::plain_words::{Both, PlainWords, Sentence, Topic, class_name, plain_words};
use crate::tariff::{Tariff, Version};

pub use layout::sheet;
pub use text::text;

/// Which languages are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Languages {
    /// Chinese, then English.
    #[default]
    Both,
    /// Chinese only.
    Chinese,
    /// English only.
    English,
}

/// Everything that a sign says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it is: `道路停车收费公示`.
    pub heading: Both,
    /// Title of the tariff, as it has it.
    pub title: String,
    /// The street, where the tariff distinguishes any.
    pub street: Option<Both>,
    /// Rates, vehicle by vehicle, and what goes for all.
    pub cards: Vec<Card>,
    /// First day on which it holds.
    pub valid_from: chrono::NaiveDate,
    /// Operator, authority, document, validity, complaints.
    pub facts: Vec<Fact>,
}

/// A heading and the sentences under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Vehicles, or what the sentences are about.
    pub heading: Both,
    /// Whether they are what costs money, to be read from afar.
    pub is_rate: bool,
    /// One statement each.
    pub sentences: Vec<Both>,
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: Both,
    /// Its value; empty where it is to be filled in by hand.
    pub value: Both,
}

/// The sign of a class of street; nothing where the version does not speak of it.
#[must_use]
pub fn sign(
    tariff: &Tariff,
    version: &Version,
    street: Option<&str>,
    operator: Option<&str>,
) -> Option<Sign> {
    let words = plain_words(tariff, version, street)?;
    Some(Sign {
        heading: Both::new("道路停车收费公示", "Roadside parking charges"),
        title: tariff.title.trim().to_owned(),
        street: words.street.as_deref().map(|name| Both::new(name, name)),
        cards: cards(words),
        valid_from: version.valid_from,
        facts: facts(tariff, version, operator),
    })
}

fn cards(words: PlainWords) -> Vec<Card> {
    let mut cards = Vec::new();
    for group in words.groups {
        let classes: Vec<Both> = group.classes.iter().map(|class| class_name(class)).collect();
        let sentences = group.sentences.into_iter().map(|s| s.text).collect();
        cards.push(Card { heading: joined(&classes), is_rate: true, sentences });
    }
    let mut rest = words.everyone;
    let rates = rest.iter().filter(|s| s.topic == Topic::Rate).map(|s| s.text.clone()).collect();
    rest.retain(|s| s.topic != Topic::Rate);
    let heading = Both::new("所有车辆", "All vehicles");
    cards.insert(0, Card { heading, is_rate: true, sentences: rates });
    let (classes, rest): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|s| s.topic == Topic::Vehicle);
    let (limits, counting): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|s| matches!(s.topic, Topic::Free | Topic::Cap));
    let texts = |sentences: Vec<Sentence>| sentences.into_iter().map(|s| s.text).collect();
    let heading = Both::new("免费时长和封顶", "Free minutes and limits");
    cards.push(Card { heading, is_rate: true, sentences: texts(limits) });
    let heading = Both::new("计时和其他", "Counting and other terms");
    cards.push(Card { heading, is_rate: false, sentences: texts(counting) });
    let mut sentences: Vec<Both> = classes.into_iter().map(|s| s.text).collect();
    if !words.exempt.is_empty() {
        let exempt = joined(&words.exempt);
        sentences.push(Both::new(
            format!("免收停车费：{}。", exempt.chinese),
            format!("Free of charge: {}.", exempt.english),
        ));
    }
    cards.push(Card { heading: Both::new("车辆", "Vehicles"), is_rate: false, sentences });
    cards.retain(|card| !card.sentences.is_empty());
    cards
}

fn joined(items: &[Both]) -> Both {
    let mut distinct: Vec<&Both> = Vec::new();
    for item in items {
        if !distinct.contains(&item) {
            distinct.push(item);
        }
    }
    let chinese: Vec<&str> = distinct.iter().map(|both| both.chinese.as_str()).collect();
    let english: Vec<&str> = distinct.iter().map(|both| both.english.as_str()).collect();
    Both::new(chinese.join("、"), english.join(" · "))
}

fn facts(tariff: &Tariff, version: &Version, operator: Option<&str>) -> Vec<Fact> {
    let same = |text: &str| Both::new(text.trim(), text.trim());
    let mut facts = vec![
        fact("收费单位", "Operator", same(operator.unwrap_or_default())),
        fact("批准机关", "Authority", same(&version.authority)),
        fact("批准文号", "Document", same(&version.document)),
        fact("有效期", "Valid", validity(version)),
        fact("公示牌版本", "Sign version", same(&version.sign_version)),
    ];
    // The telephones of market regulation and of the city's government are China's.
    if tariff.currency == "CNY" {
        let numbers = Both::new("12315（市场监管） 12345（政务服务）", "12315, 12345");
        facts.push(fact("投诉电话", "Complaints", numbers));
    }
    facts
}

fn fact(chinese: &str, english: &str, value: Both) -> Fact {
    Fact { name: Both::new(chinese, english), value }
}

/// The last day is shown as the last on which the version holds.
fn validity(version: &Version) -> Both {
    use chrono::Datelike;
    let chinese =
        |day: chrono::NaiveDate| format!("{}年{}月{}日", day.year(), day.month(), day.day());
    let from = version.valid_from;
    match version.valid_to.and_then(|day| day.pred_opt()) {
        Some(last) => {
            Both::new(format!("{}至{}", chinese(from), chinese(last)), format!("{from} to {last}"))
        }
        None => Both::new(format!("自{}起", chinese(from)), format!("from {from}")),
    }
}
