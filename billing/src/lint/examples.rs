//! Stays and what they cost, as findings print them.

use vocabulary::{Fen, Interval};

use super::pairs::Split;
use super::{At, names};
use crate::plain_words::Both;

/// `2026-09-15 17:40–17:50收3元`.
pub(super) fn one(at: &At<'_>, (stay, fee): (Interval, Fen)) -> Both {
    let (when, fee) = (names::stay(at, stay), names::fee(at, fee));
    Both::new(format!("{when}收{}", fee.chinese), format!("{when} costs {}", fee.english))
}

/// One stay against two.
pub(super) fn split(at: &At<'_>, split: &Split) -> Both {
    let (whole, first, second) =
        (one(at, split.whole), one(at, split.first), one(at, split.second));
    let sum = names::fee(at, Fen(split.first.1.0.saturating_add(split.second.1.0)));
    Both::new(
        format!(
            "{}；分两次停，{}，{}，共{}",
            whole.chinese, first.chinese, second.chinese, sum.chinese
        ),
        format!(
            "{}; as two visits, {}, {}, together {}",
            whole.english, first.english, second.english, sum.english
        ),
    )
}
