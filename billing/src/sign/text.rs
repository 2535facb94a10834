//! The sign as plain text, for web pages, screen readers and the clerk's check.

use super::{Both, Languages, Sign};

/// Lines of text; Chinese first.
#[must_use]
pub fn text(sign: &Sign, languages: Languages) -> String {
    let chinese = languages != Languages::English;
    let english = languages != Languages::Chinese;
    let parts = [
        chinese.then(|| part(sign, ("：", ""), |both| &both.chinese)),
        english.then(|| part(sign, (": ", " "), |both| &both.english)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn part(sign: &Sign, (colon, blank): (&str, &str), of: fn(&Both) -> &str) -> String {
    let mut text = format!("{}\n{}\n", of(&sign.heading), sign.title);
    if let Some(street) = &sign.street {
        let name = if blank.is_empty() { "路段" } else { "Street" };
        text.push_str(&format!("{name}{colon}{}\n", of(street)));
    }
    for card in &sign.cards {
        text.push_str(&format!("\n{}\n", of(&card.heading)));
        for sentence in &card.sentences {
            text.push_str(&format!("  {}\n", of(sentence)));
        }
    }
    text.push('\n');
    for fact in &sign.facts {
        let value = match of(&fact.value) {
            "" => "__________",
            value => value,
        };
        text.push_str(&format!("{}{colon}{value}\n", of(&fact.name)));
    }
    text
}
