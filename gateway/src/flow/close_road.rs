//! A street is closed, or traffic on it is slow, for a time.
//!
//! Written down as people say it; gateways find what it means on the map and put it into force by themselves
//! (`roads`). **Invariant:** what means nothing on today's map is refused, so that nobody believes a street closed that
//! is not.

use serde_json::json;
use store::{RoadClosureRow, Tx};
use uuid::Uuid;
use vocabulary::{Point, Timestamp};
use wayfinding::{Roads, Stretch, Ways};

use super::actor::Actor;
use super::{Outcome, Refusal};

const REASON_LIMIT: usize = 200;
const STREET_LIMIT: usize = 200;
/// The fastest that is believed, in percent of the usual pace.
const PACE_LIMIT_PCT: i64 = 400;
/// Closures that are not over.
const CLOSURES_LIMIT: i64 = 2_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadClosure {
    pub stretch: Stretch,
    pub ways: Ways,
    /// Of the usual pace; 0 is closed.
    pub pace_pct: i64,
    /// Now if left out.
    pub from: Option<Timestamp>,
    /// Until somebody ends it, if left out.
    pub until: Option<Timestamp>,
    pub reason: String,
}

/// A closure that was written down, and how many pieces of street it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    pub row: RoadClosureRow,
    pub pieces: usize,
}

/// Closes a street, or says how slow it is.
///
/// # Errors
/// `no_roads`, `street_unknown`, `piece_unknown`, `stretch_not_connected`, `direction_unknown`, `closure_empty`,
/// `reason_length`, `street_length`, `pace_out_of_range`, `too_many_closures`.
pub async fn close_road(
    tx: &mut Tx,
    actor: &Actor,
    roads: Option<&Roads>,
    closure: &RoadClosure,
    now: Timestamp,
) -> Outcome<Closed> {
    let from = closure.from.unwrap_or(now);
    check(closure, from, now)?;
    let roads = roads.ok_or_else(no_roads)?;
    let arcs = roads
        .arcs_of(&closure.stretch, closure.ways)
        .map_err(|reject| Refusal::refused(reject.code(), reject.to_string()))?;
    if tx.count_road_closures(now.ms()).await? >= CLOSURES_LIMIT {
        let detail = format!("{CLOSURES_LIMIT} closures are not over yet: end some of them");
        return Err(Refusal::refused("too_many_closures", detail));
    }
    let row = row_of(closure, from, now);
    tx.insert_road_closure(&row).await?;
    let detail = json!({
        "street": row.street, "pace_pct": row.pace_pct, "from": from, "until": closure.until,
    });
    let id = row.road_closure_id.to_string();
    actor.audit(tx, now, "road_close", ("road_closure", &id), &detail).await?;
    Ok(Closed { row, pieces: pieces_of(&arcs) })
}

/// Ends a closure now.
///
/// # Errors
/// `closure_unknown`, `closure_over`.
pub async fn reopen_road(
    tx: &mut Tx,
    actor: &Actor,
    closure: Uuid,
    now: Timestamp,
) -> Outcome<RoadClosureRow> {
    let unknown = || Refusal::missing("closure_unknown", "no closure of a street has that id");
    tx.road_closure(closure).await?.ok_or_else(unknown)?;
    if !tx.end_road_closure(closure, now.ms()).await? {
        return Err(Refusal::conflict("closure_over", "it is over already"));
    }
    let id = closure.to_string();
    actor.audit(tx, now, "road_reopen", ("road_closure", &id), &json!({})).await?;
    tx.road_closure(closure).await?.ok_or_else(unknown)
}

/// What a closure that was written down is about; none if it cannot be read, which no gateway writes.
#[must_use]
pub fn stretch_of(row: &RoadClosureRow) -> Option<(Stretch, Ways)> {
    let place = |lon: Option<f64>, lat: Option<f64>| Point::new(lon?, lat?).ok();
    let (at, to) = (place(row.at_lon, row.at_lat), place(row.to_lon, row.to_lat));
    let stretch = match (&row.street, at, to) {
        (Some(street), None, None) => Stretch::Street(street.clone()),
        (None, Some(at), None) => Stretch::Piece(at),
        (None, Some(at), Some(to)) => Stretch::Between(at, to),
        _ => return None,
    };
    Some((stretch, Ways::from_name(&row.direction)?))
}

/// How many pieces of street arcs belong to.
#[must_use]
pub fn pieces_of(arcs: &[u32]) -> usize {
    let mut pieces: Vec<u32> = arcs.iter().map(|arc| arc >> 1).collect();
    pieces.dedup();
    pieces.len()
}

/// That nothing was imported.
pub(crate) fn no_roads() -> Refusal {
    Refusal::refused("no_roads", "no roads were imported: the operator imports them")
}

fn check(closure: &RoadClosure, from: Timestamp, now: Timestamp) -> Outcome<()> {
    if closure.until.is_some_and(|until| until <= from || until <= now) {
        let detail = "a closure ends after it begins, and in the future";
        return Err(Refusal::refused("closure_empty", detail));
    }
    if !(1..=REASON_LIMIT).contains(&closure.reason.trim().chars().count()) {
        return Err(Refusal::refused("reason_length", "say why in 1 to 200 characters"));
    }
    if let Stretch::Street(name) = &closure.stretch
        && name.chars().count() > STREET_LIMIT
    {
        return Err(Refusal::refused("street_length", "a name has 200 characters at most"));
    }
    if !(0..=PACE_LIMIT_PCT).contains(&closure.pace_pct) {
        let detail = "0 is closed, 1 to 400 is percent of the usual pace";
        return Err(Refusal::refused("pace_out_of_range", detail));
    }
    Ok(())
}

fn row_of(closure: &RoadClosure, from: Timestamp, now: Timestamp) -> RoadClosureRow {
    let (street, at, to) = match &closure.stretch {
        Stretch::Street(name) => (Some(name.clone()), None, None),
        Stretch::Piece(at) => (None, Some(*at), None),
        Stretch::Between(at, to) => (None, Some(*at), Some(*to)),
    };
    RoadClosureRow {
        road_closure_id: Uuid::now_v7(),
        street,
        at_lon: at.map(Point::lon),
        at_lat: at.map(Point::lat),
        to_lon: to.map(Point::lon),
        to_lat: to.map(Point::lat),
        direction: closure.ways.name().to_owned(),
        pace_pct: closure.pace_pct,
        from_at: from.ms(),
        until_at: closure.until.map(Timestamp::ms),
        reason: closure.reason.trim().to_owned(),
        created_at: now.ms(),
        ended_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64) -> Point {
        Point::new(lon, 36.55).unwrap()
    }

    #[test]
    fn what_is_written_down_is_read_back() {
        let now = Timestamp::from_ms(1_789_430_400_000);
        for (stretch, ways) in [
            (Stretch::Street("人民路".into()), Ways::Both),
            (Stretch::Piece(at(104.17)), Ways::Both),
            (Stretch::Between(at(104.17), at(104.18)), Ways::Forward),
        ] {
            let closure = RoadClosure {
                stretch: stretch.clone(),
                ways,
                pace_pct: 0,
                from: None,
                until: Some(now.plus_ms(1)),
                reason: " 道路施工 ".into(),
            };
            check(&closure, now, now).unwrap();
            let row = row_of(&closure, now, now);
            assert_eq!(stretch_of(&row), Some((stretch, ways)));
            assert_eq!((row.reason.as_str(), row.until_at), ("道路施工", Some(now.ms() + 1)));
            assert_eq!(stretch_of(&RoadClosureRow { direction: "up".into(), ..row }), None);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let now = Timestamp::from_ms(1_789_430_400_000);
        let usual = RoadClosure {
            stretch: Stretch::Street("人民路".into()),
            ways: Ways::Both,
            pace_pct: 0,
            from: None,
            until: None,
            reason: "道路施工".into(),
        };
        for (wrong, code) in [
            (RoadClosure { until: Some(now), ..usual.clone() }, "closure_empty"),
            (
                RoadClosure {
                    from: Some(now.plus_ms(-10)),
                    until: Some(now.plus_ms(-5)),
                    ..usual.clone()
                },
                "closure_empty",
            ),
            (RoadClosure { reason: "  ".into(), ..usual.clone() }, "reason_length"),
            (RoadClosure { reason: "长".repeat(201), ..usual.clone() }, "reason_length"),
            (RoadClosure { pace_pct: 401, ..usual.clone() }, "pace_out_of_range"),
            (RoadClosure { pace_pct: -1, ..usual.clone() }, "pace_out_of_range"),
            (
                RoadClosure { stretch: Stretch::Street("路".repeat(201)), ..usual.clone() },
                "street_length",
            ),
        ] {
            let refused = check(&wrong, wrong.from.unwrap_or(now), now).unwrap_err();
            assert_eq!(refused.code(), code, "{wrong:?}");
        }
        assert!(check(&usual, now, now).is_ok());
    }
}
