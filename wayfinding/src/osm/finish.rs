//! From what the passes found to a survey: points by number, streets cut where points are missing, places with
//! their middles.

use std::collections::HashSet;

use super::gather::{Found, OsmImport};
use super::places::Title;
use super::reject::OsmReject;
use super::rules::{RawRule, RawVia};
use crate::spot::Spot;
use crate::street::{Counts, Street, Survey, TurnRule, Via};

impl OsmImport {
    /// The survey, after the last pass.
    ///
    /// # Errors
    /// `NoRoads` if nothing is left of the streets.
    pub fn finish(self) -> Result<Survey, OsmReject> {
        let OsmImport { found, wanted, spots, barriers, points, .. } = self;
        let Found { streets, rules, areas, roadside, mut counts } = found;
        let number = |id: i64| wanted.binary_search(&id).ok().and_then(|n| u32::try_from(n).ok());
        let spot = |id: i64| wanted.binary_search(&id).ok().and_then(|n| spots[n]);
        let mut places = points;
        for (key, title, nodes) in areas {
            let known: Vec<Spot> = nodes.iter().filter_map(|id| spot(*id)).collect();
            if let Some(at) = middle(&known) {
                places.push(title.at(key, at));
            }
        }
        for (street, detail) in roadside {
            let (street, nodes) = &streets[street];
            let name = street.name.in_chinese().to_owned();
            let Some(at) = spot(nodes[nodes.len() / 2]) else { continue };
            let title = Title {
                kind: "street_parking".into(),
                name,
                name_zh: Some(street.name.zh.clone()).filter(|name| !name.is_empty()),
                name_en: Some(street.name.en.clone()).filter(|name| !name.is_empty()),
                detail,
            };
            places.push(title.at(format!("w{}", street.id), at));
        }
        let mut lines = Vec::with_capacity(streets.len());
        for (street, nodes) in streets {
            counts.streets += 1;
            cut_at_gaps(&street, &nodes, |id| spot(id).and(number(id)), &mut lines, &mut counts);
        }
        if !lines.iter().any(|street| !street.along.is_closed() || !street.against.is_closed()) {
            return Err(OsmReject::NoRoads);
        }
        let taken: HashSet<i64> = lines.iter().map(|street| street.id).collect();
        let mut kept = Vec::new();
        for rule in rules {
            match settled(rule, &taken, number) {
                Ok(rule) => kept.push(rule),
                Err(Unused::Outside) => counts.rules_outside += 1,
                Err(Unused::Unreadable) => counts.rules_unreadable += 1,
            }
        }
        counts.rules = kept.len() as u64;
        counts.places = places.len() as u64;
        let nodes = spots.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Survey { nodes, streets: lines, rules: kept, barriers, places, counts })
    }
}

/// Why a restriction is not used.
enum Unused {
    Outside,
    Unreadable,
}

fn settled(
    rule: RawRule,
    taken: &HashSet<i64>,
    number: impl Fn(i64) -> Option<u32>,
) -> Result<TurnRule, Unused> {
    let RawRule { kind, toward, from, via, to } = rule;
    let has = |streets: &[i64]| streets.iter().any(|street| taken.contains(street));
    if !has(&from) || !has(&to) {
        return Err(Unused::Outside);
    }
    let via = match via {
        RawVia::Node(id) => Via::Node(number(id).ok_or(Unused::Unreadable)?),
        RawVia::Ways(ways) => Via::Streets(ways),
    };
    Ok(TurnRule { kind, toward, from, via, to })
}

/// A way whose middle is missing in the file becomes two streets.
fn cut_at_gaps(
    street: &Street,
    nodes: &[i64],
    number: impl Fn(i64) -> Option<u32>,
    lines: &mut Vec<Street>,
    counts: &mut Counts,
) {
    let mut line: Vec<u32> = Vec::new();
    let mut cut = false;
    let mut push = |line: &mut Vec<u32>| {
        line.dedup();
        let whole = std::mem::take(line);
        if whole.len() > 1 {
            lines.push(Street { line: whole, ..street.clone() });
        }
    };
    for id in nodes {
        match number(*id) {
            Some(node) => line.push(node),
            None => {
                cut = true;
                push(&mut line);
            }
        }
    }
    push(&mut line);
    counts.streets_cut += u64::from(cut);
}

/// The middle of the bounds of some places.
fn middle(spots: &[Spot]) -> Option<Spot> {
    let first = *spots.first()?;
    // Around the first one, so that the date line does not matter.
    let (mut least, mut most) = (first, first);
    let wrap = |lon: i32| {
        let away = i64::from(lon) - i64::from(first.lon);
        if away.abs() > 1_800_000_000 { None } else { Some(lon) }
    };
    for spot in spots {
        let lon = wrap(spot.lon).unwrap_or(first.lon);
        least = Spot { lon: least.lon.min(lon), lat: least.lat.min(spot.lat) };
        most = Spot { lon: most.lon.max(lon), lat: most.lat.max(spot.lat) };
    }
    Some(Spot { lon: least.lon.midpoint(most.lon), lat: least.lat.midpoint(most.lat) })
}
