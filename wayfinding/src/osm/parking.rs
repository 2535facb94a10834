//! Parking along streets: `parking:left`, `parking:right`, `parking:both` and the older `parking:lane:…`.
//!
//! Kept as places, as the mappers wrote it; what is permitted in a bay is the operator's word.

use super::block::Tags;

/// Longest detail kept, in bytes.
const DETAIL_LIMIT: usize = 400;

/// What the tags of a street say about parking beside it: `parking:right=lane;parking:right:fee=yes`.
/// Nothing if they say nothing, or only that there is none.
pub(super) fn roadside(tags: Tags<'_>) -> Option<String> {
    let said = tags.pairs().filter(|(key, _)| key.starts_with("parking:"));
    let mut said: Vec<(&str, &str)> = said.collect();
    said.sort_unstable();
    let permits = |(key, value): &(&str, &str)| {
        let side = key.strip_prefix("parking:").unwrap_or_default();
        let side = side.strip_prefix("lane:").unwrap_or(side);
        let is_side = matches!(side, "left" | "right" | "both");
        is_side
            && !matches!(
                *value,
                "no" | "separate" | "no_parking" | "no_stopping" | "fire_lane" | "unknown"
            )
    };
    said.iter().any(permits).then(|| detail(said.into_iter()))
}

/// Pairs as one text, cut at a whole pair.
pub(super) fn detail<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        let more = key.len() + value.len() + 2;
        if text.len() + more > DETAIL_LIMIT {
            break;
        }
        if !text.is_empty() {
            text.push(';');
        }
        text.extend(key.chars().filter(|c| !c.is_control()));
        text.push('=');
        text.extend(value.chars().filter(|c| !c.is_control()));
    }
    text
}
