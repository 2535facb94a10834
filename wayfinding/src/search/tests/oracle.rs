//! A look at every bay, minute by minute: what the search has to find.

use super::*;
use crate::search::near::Near;

/// The oracle: cost and code of every bay that may be offered, best first.
pub(super) fn all(
    bays: &[BayFacts],
    ask: &Ask,
    rates: &Rates,
    town: &Town,
    (state, limit): (State, usize),
) -> Vec<(String, i64)> {
    let reach_m = ask.max_walk_min * rates.walk_m_per_min / rates.detour;
    let near = Near::new(ask.destination, reach_m);
    let drive = ask.from.map(|from| Near::new(from, from.distance_m(ask.destination) + reach_m));
    let end = ask.arrive_at.plus_ms(i64::from(ask.stay_min) * 60_000);
    let mut found: Vec<(String, i64)> = bays
        .iter()
        .filter(|bay| bay.known.state == state && bay.permit.takes(&ask.vehicle))
        .filter(|bay| {
            let stay = town.stay(bay.permit.zone);
            let within = |most: Option<i64>, fee: Option<i64>| {
                most.is_none_or(|most| fee.is_some_and(|fee| fee <= most))
            };
            within(ask.max_fee_fen, stay.fee_fen)
                && within(ask.max_first_hour_fen, stay.first_hour_fen)
                && stay.permitted_until.is_none_or(|until| end <= until)
        })
        // Minute by minute, as somebody with a sign in front of him would.
        .filter(|bay| (0..ask.stay_min).all(|minute| permitted(bay, ask, minute)))
        .filter(|bay| {
            let stay = Interval::new(ask.arrive_at, end).unwrap();
            bay.closures.iter().all(|closure| closure.overlap(stay).is_none())
        })
        .filter_map(|bay| {
            let (lon, lat) = kept(bay.at);
            let walk_m = near.distance_m(lon, lat);
            let drive_m = drive.map_or(0.0, |near| near.distance_m(lon, lat));
            let (fee, chance) = (town.stay(bay.permit.zone).fee_fen, town.chance(&bay.block));
            // In whole fen: of two that differ by less, the code decides.
            let cost = whole(rates.cost_fen(walk_m, drive_m, fee, chance));
            (walk_m <= reach_m).then(|| (bay.code.to_string(), cost))
        })
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(limit);
    found
}

/// Why nothing is free, by a look at every bay.
pub(super) fn why_nothing(
    bays: &[BayFacts],
    ask: &Ask,
    rates: &Rates,
    town: &Town,
) -> Option<Nothing> {
    if ask.limit == 0 || !all(bays, ask, rates, town, (State::Free, 1)).is_empty() {
        return None;
    }
    let reach_m = rates.walk_reach_m(ask.max_walk_min);
    let near = Near::new(ask.destination, reach_m);
    let within = |bay: &&BayFacts| {
        let (lon, lat) = kept(bay.at);
        near.distance_m(lon, lat) <= reach_m
    };
    if !bays.iter().any(|bay| within(&bay)) {
        return Some(Nothing::Outside);
    }
    let fits = |state| !all(bays, ask, rates, town, (state, 1)).is_empty();
    Some(if STATES.into_iter().any(fits) { Nothing::NoneFree } else { Nothing::NoneFits })
}

/// Whether the sign permits the minute after so many.
fn permitted(bay: &BayFacts, ask: &Ask, minute: u32) -> bool {
    let Some(hours) = &bay.permit.hours else { return true };
    // 10:30 on a Tuesday, in minutes of the week.
    let arrives = 1440 + 630 + (ask.arrive_at.ms() - NOW_MS) / 60_000;
    let of_week = u32::try_from((arrives + i64::from(minute)).rem_euclid(10_080)).unwrap();
    hours.goes_on_for_min(of_week) != Some(0)
}

/// Where a bay stands to a ten-millionth of a degree.
pub(super) fn kept(at: Point) -> (f64, f64) {
    ((at.lon() * 1e7).round() / 1e7, (at.lat() * 1e7).round() / 1e7)
}

pub(super) fn named(offers: &[Offer<'_>]) -> Vec<(String, i64)> {
    offers.iter().map(|offer| (offer.bay.code.to_string(), offer.cost_fen)).collect()
}
