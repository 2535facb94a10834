//! Turn restrictions: relations `type=restriction` as rules, or why not.

use super::block::{Member, Tags};
use crate::street::{Counts, RuleKind, Toward};

/// A rule whose `via` may still be a node id of the file.
#[derive(Clone, Debug)]
pub(super) struct RawRule {
    pub(super) kind: RuleKind,
    pub(super) toward: Option<Toward>,
    pub(super) from: Vec<i64>,
    pub(super) via: RawVia,
    pub(super) to: Vec<i64>,
}

#[derive(Clone, Debug)]
pub(super) enum RawVia {
    Node(i64),
    Ways(Vec<i64>),
}

/// Longest list of streets in a rule; more is a mistake.
const MEMBERS_LIMIT: usize = 64;
/// Keys under which a rule for cars may stand, most specific first.
const KEYS: [&str; 4] =
    ["restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle", "restriction"];

/// Reads a relation; what it is not used for is counted.
pub(super) fn rule(tags: Tags<'_>, members: &[Member<'_>], counts: &mut Counts) -> Option<RawRule> {
    let key = KEYS.iter().find(|key| tags.get(key).is_some());
    let Some(value) = key.and_then(|key| tags.get(key)) else {
        // Nothing that always holds: either it holds at times, or for others (`restriction:hgv`).
        let at_times = tags.pairs().any(|(key, _)| key.ends_with(":conditional"));
        let counter =
            if at_times { &mut counts.rules_conditional } else { &mut counts.rules_of_others };
        *counter += 1;
        return None;
    };
    if ["day_on", "hour_on", "day_off", "hour_off"].iter().any(|key| tags.get(key).is_some()) {
        counts.rules_conditional += 1;
        return None;
    }
    if excepts_cars(tags) || tags.get("type").is_some_and(is_type_of_others) {
        counts.rules_of_others += 1;
        return None;
    }
    let read = kind_of(value).and_then(|kind| with_members(kind, value, members));
    counts.rules_unreadable += u64::from(read.is_none());
    read
}

/// `type=restriction:hgv` is an old way to write a rule for others.
fn is_type_of_others(kind: &str) -> bool {
    let of = kind.strip_prefix("restriction:");
    of.is_some_and(|of| !matches!(of, "motorcar" | "motor_vehicle" | "vehicle"))
}

fn excepts_cars(tags: Tags<'_>) -> bool {
    let list = tags.get("except").unwrap_or_default();
    list.split(';').any(|who| matches!(who.trim(), "motorcar" | "motor_vehicle" | "vehicle"))
}

pub(super) fn kind_of(value: &str) -> Option<(RuleKind, Option<Toward>)> {
    let kind = match value {
        "no_left_turn" => RuleKind::NoLeft,
        "no_u_turn" => RuleKind::NoUTurn,
        "no_right_turn" | "no_straight_on" | "no_entry" | "no_exit" => RuleKind::No,
        "only_left_turn" | "only_right_turn" | "only_straight_on" | "only_u_turn" => RuleKind::Only,
        _ => return None,
    };
    let toward = match value {
        "no_left_turn" | "only_left_turn" => Some(Toward::Left),
        "no_right_turn" | "only_right_turn" => Some(Toward::Right),
        "no_straight_on" | "only_straight_on" => Some(Toward::Straight),
        _ => None,
    };
    Some((kind, toward))
}

fn with_members(
    (kind, toward): (RuleKind, Option<Toward>),
    value: &str,
    members: &[Member<'_>],
) -> Option<RawRule> {
    if members.len() > MEMBERS_LIMIT {
        return None;
    }
    let ways = |role: &str| {
        let ways = members.iter().filter(|m| m.role == role && m.kind == 1);
        ways.map(|m| m.id).collect::<Vec<_>>()
    };
    let (from, to, via_ways) = (ways("from"), ways("to"), ways("via"));
    let mut nodes = members.iter().filter(|m| m.role == "via" && m.kind == 0).map(|m| m.id);
    let via = match (nodes.next(), via_ways.is_empty()) {
        (Some(node), true) if nodes.next().is_none() => RawVia::Node(node),
        (None, false) => RawVia::Ways(via_ways),
        _ => return None,
    };
    // Several streets lead in where none may enter, several lead out where none may leave; else it is one.
    let many_from = value == "no_entry";
    let many_to = value == "no_exit";
    let fits = (from.len() == 1 || many_from && !from.is_empty())
        && (to.len() == 1 || many_to && !to.is_empty());
    fits.then_some(RawRule { kind, toward, from, via, to })
}
