//! What the tags of a way say about driving and walking it (docs/ROADS.md has the table).
//!
//! Tags that hold at times only (`…:conditional`) are counted and passed over: the usual value holds.

use super::block::Tags;
use crate::street::{Access, Counts, Name, RoadClass, Street};

/// Most specific first: the first that is there decides.
const CAR: [&str; 4] = ["motorcar", "motor_vehicle", "vehicle", "access"];
const FOOT: [&str; 2] = ["foot", "access"];
/// Limits above this are slips of the pen, km/h.
const FASTEST: f64 = 200.0;

/// The way as a street without its line; nothing if nobody drives or walks it.
pub(super) fn street(id: i64, tags: Tags<'_>, counts: &mut Counts) -> Option<Street> {
    let class = RoadClass::from_name(tags.get("highway")?)?;
    // A square is crossed anywhere, not along its edge.
    if tags.is("area", "yes") {
        return None;
    }
    let conditional = tags.pairs().filter(|(key, _)| is_ours_at_times(key)).count();
    counts.tags_conditional += conditional as u64;
    let (along, against) = driving(class, tags, counts);
    let on_foot = walking(class, tags);
    if along.is_closed() && against.is_closed() && !on_foot {
        return None;
    }
    let (limit_along, limit_against) = limits(class, tags, counts);
    Some(Street {
        id,
        line: Vec::new(),
        class,
        name: name(tags),
        along,
        against,
        on_foot,
        roundabout: is_roundabout(tags),
        limit_along,
        limit_against,
    })
}

/// Its name, else its number (`G109`).
pub(super) fn name(tags: Tags<'_>) -> Name {
    let get = |key| tags.get(key).unwrap_or_default();
    let name = Name::of(get("name"), get("name:zh"), get("name:en"));
    if name.is_empty() { Name::of(get("ref"), "", "") } else { name }
}

/// Whether vehicles are stopped at a point (`barrier`, or access at the point itself).
pub(super) fn is_barrier(tags: Tags<'_>) -> bool {
    match first_of(&CAR, tags).map(access_of) {
        Some(access) => access.is_closed(),
        None => matches!(
            tags.get("barrier"),
            Some(
                "bollard"
                    | "block"
                    | "cycle_barrier"
                    | "jersey_barrier"
                    | "log"
                    | "motorcycle_barrier"
                    | "stile"
                    | "turnstile"
                    | "kissing_gate"
                    | "debris"
                    | "planter"
                    | "full-height_turnstile"
            )
        ),
    }
}

fn is_roundabout(tags: Tags<'_>) -> bool {
    matches!(tags.get("junction"), Some("roundabout" | "circular"))
}

fn is_ours_at_times(key: &str) -> bool {
    let Some(of) = key.strip_suffix(":conditional") else { return false };
    let of = of.split(':').next().unwrap_or_default();
    CAR.contains(&of) || matches!(of, "oneway" | "maxspeed")
}

fn first_of<'a>(keys: &[&str], tags: Tags<'a>) -> Option<&'a str> {
    keys.iter().find_map(|key| tags.get(key))
}

/// `private` and the like are open to whoever has business there: bays may lie behind them.
fn access_of(value: &str) -> Access {
    match value {
        "yes" | "permissive" | "designated" | "official" | "public" => Access::Open,
        "destination" | "customers" | "delivery" | "private" | "permit" | "residents"
        | "unknown" => Access::Destination,
        _ => Access::Closed,
    }
}

fn driving(class: RoadClass, tags: Tags<'_>, counts: &mut Counts) -> (Access, Access) {
    let said = first_of(&CAR, tags).map(access_of);
    let usual = match class {
        RoadClass::Path | RoadClass::Track => Access::Closed,
        RoadClass::Service if tags.is("service", "emergency_access") => Access::Closed,
        _ => Access::Open,
    };
    // A path stays a path whatever `access` says; only a word about vehicles opens it.
    let open = match class {
        RoadClass::Path | RoadClass::Track => first_of(&CAR[..3], tags).map_or(usual, access_of),
        _ => said.unwrap_or(usual),
    };
    let one_way = ["oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"];
    let implied = is_roundabout(tags) || class == RoadClass::Motorway;
    let (mut along, mut against) = match first_of(&one_way, tags) {
        Some("yes" | "true" | "1") => (open, Access::Closed),
        Some("-1" | "reverse") => (Access::Closed, open),
        Some("reversible" | "alternating") => {
            counts.reversible += 1;
            (Access::Closed, Access::Closed)
        }
        Some("no" | "false" | "0") => (open, open),
        _ if implied => (open, Access::Closed),
        _ => (open, open),
    };
    for key in CAR {
        for (direction, side) in [("forward", &mut along), ("backward", &mut against)] {
            let said = tags.pairs().find(|(k, _)| k.split_once(':') == Some((key, direction)));
            if said.is_some_and(|(_, value)| access_of(value).is_closed()) {
                *side = Access::Closed;
            }
        }
    }
    (along, against)
}

fn walking(class: RoadClass, tags: Tags<'_>) -> bool {
    match first_of(&FOOT, tags) {
        Some(value) if tags.get("foot").is_some() => !access_of(value).is_closed(),
        Some("no" | "private") => false,
        _ => !matches!(class, RoadClass::Motorway | RoadClass::MotorwayLink),
    }
}

fn limits(class: RoadClass, tags: Tags<'_>, counts: &mut Counts) -> (u8, u8) {
    let mut read = |key: &str| {
        let value = tags.get(key)?;
        let limit = limit_of(value, class);
        counts.limits_unreadable += u64::from(limit.is_none());
        limit
    };
    let both = read("maxspeed");
    let side = |own: Option<u8>| own.or(both).unwrap_or_else(|| class.usual_limit());
    let (along, against) = (read("maxspeed:forward"), read("maxspeed:backward"));
    (side(along), side(against))
}

/// `50`, `50 km/h`, `30 mph`, `walk`, `none`, `CN:urban`.
fn limit_of(value: &str, class: RoadClass) -> Option<u8> {
    let value = value.trim();
    if let Some((_, place)) = value.split_once(':') {
        // Article 45: 50 in town on a road with a centre line, 70 outside; article 78: 120 at most.
        return match place {
            "urban" => Some(50),
            "rural" | "trunk" => Some(70),
            "motorway" => Some(120),
            "living_street" | "walk" => Some(10),
            _ => place.parse().ok().filter(|limit| *limit > 0),
        };
    }
    match value {
        "none" | "signals" | "variable" => return Some(class.usual_limit()),
        "walk" => return Some(7),
        _ => {}
    }
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let factor = match unit.trim() {
        "" | "km/h" | "kmh" | "kph" | "公里/小时" => 1.0,
        "mph" => 1.609_344,
        "knots" => 1.852,
        _ => return None,
    };
    let limit = number.parse::<f64>().ok()? * factor;
    if !(1.0..=FASTEST).contains(&limit) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 200")]
    Some(limit.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_every_common_way_of_writing() {
        for (value, expected) in [
            ("50", Some(50)),
            ("50 km/h", Some(50)),
            // 30 × 1.609344 = 48.28
            ("30 mph", Some(48)),
            ("30mph", Some(48)),
            // 10 × 1.852 = 18.52
            ("10 knots", Some(19)),
            ("walk", Some(7)),
            ("CN:urban", Some(50)),
            ("CN:rural", Some(70)),
            ("DE:30", Some(30)),
            ("none", Some(80)),
            ("", None),
            ("fast", None),
            ("0", None),
            ("1000", None),
            ("50;30", None),
            ("-5", None),
            ("1e9", None),
        ] {
            assert_eq!(limit_of(value, RoadClass::Trunk), expected, "{value}");
        }
    }

    #[test]
    fn private_roads_are_for_those_who_have_business_there() {
        for (value, access) in [
            ("yes", Access::Open),
            ("private", Access::Destination),
            ("destination", Access::Destination),
            ("no", Access::Closed),
            ("forestry", Access::Closed),
            ("psv", Access::Closed),
        ] {
            assert_eq!(access_of(value), access, "{value}");
        }
    }
}
