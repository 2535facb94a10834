//! What true and published stays cost, and why the two differ.

use std::collections::BTreeMap;

use billing::{Calendars, Case, price};
use vocabulary::{Interval, Timestamp, VehicleClass};

use super::figures::doubts_of;
use super::pairing::{BayPairs, Pair};
use super::read::PublishedStay;
use super::{Above, Comparison, Score, TOLD, Unpriced};

pub(super) fn bills(
    comparison: &Comparison<'_>,
    bays: &[BayPairs<'_>],
    score: &mut Score,
) -> Result<(), Unpriced> {
    for bay in bays {
        let unpriced = |reason| Unpriced { bay_code: bay.bay_code.to_owned(), reason };
        for pair in bay.pairs.iter().filter(|pair| pair.truth.left_at.is_some()) {
            let reported = pair.truth.reported;
            let true_fen = bill(comparison, pair.truth.vehicle, reported, &[]).map_err(unpriced)?;
            let billed_fen =
                together(comparison, pair.truth.vehicle, &pair.stays).map_err(unpriced)?;
            compare(
                comparison,
                bay.bay_code,
                Some(pair),
                &pair.stays,
                (billed_fen, true_fen),
                score,
            );
        }
        for phantom in &bay.phantoms {
            let stays = std::slice::from_ref(phantom);
            let billed_fen = together(comparison, VehicleClass::Small, stays).map_err(unpriced)?;
            compare(comparison, bay.bay_code, None, stays, (billed_fen, 0), score);
        }
    }
    Ok(())
}

fn compare(
    comparison: &Comparison<'_>,
    bay_code: &str,
    pair: Option<&Pair<'_>>,
    stays: &[&PublishedStay],
    (billed_fen, true_fen): (i64, i64),
    score: &mut Score,
) {
    score.true_fen += true_fen;
    score.billed_fen += billed_fen;
    score.error_fen += (billed_fen - true_fen).abs();
    if billed_fen > true_fen {
        score.bills_above += 1;
        score.above_fen += billed_fen - true_fen;
        if score.above.len() < TOLD {
            let reported = pair.map(|pair| pair.truth.reported);
            score.above.extend(above(
                comparison,
                bay_code,
                stays,
                reported,
                (billed_fen, true_fen),
            ));
        }
    }
    if let Some(pair) = pair.filter(|_| billed_fen < true_fen) {
        score.bills_below += 1;
        *score.below_fen.entry(cause(comparison, pair)).or_default() += true_fen - billed_fen;
    }
}

/// What the stays that ended cost together; one that goes on has no bill yet.
fn together(
    comparison: &Comparison<'_>,
    vehicle: VehicleClass,
    stays: &[&PublishedStay],
) -> Result<i64, billing::Reject> {
    let mut sum_fen = 0;
    for stay in stays {
        let Some(left_at) = stay.left_at else { continue };
        let doubts: Vec<Interval> = doubts_of(stay, comparison.until).map(|(_, d)| d).collect();
        let billed = Interval::new(stay.arrived_at, left_at).expect("checked when it was read");
        sum_fen += bill(comparison, vehicle, billed, &doubts)?;
    }
    Ok(sum_fen)
}

fn bill(
    comparison: &Comparison<'_>,
    vehicle: VehicleClass,
    presence: Interval,
    doubts: &[Interval],
) -> Result<i64, billing::Reject> {
    let case = Case::new(vehicle.name(), vec![presence], doubts.to_vec());
    Ok(price(comparison.tariff, Calendars::built_in(), &case)?.total.0)
}

fn cause(comparison: &Comparison<'_>, pair: &Pair<'_>) -> String {
    if pair.stays.is_empty() {
        return if pair.merged { "merged" } else { "missed" }.into();
    }
    let mut lengths: BTreeMap<&str, i64> = BTreeMap::new();
    for stay in &pair.stays {
        for (reason, doubt) in doubts_of(stay, comparison.until) {
            *lengths.entry(reason).or_default() += doubt.length_ms();
        }
    }
    let longest = lengths.into_iter().max_by_key(|(_, ms)| *ms);
    longest.map_or("edges", |(reason, _)| reason).into()
}

fn above(
    comparison: &Comparison<'_>,
    bay_code: &str,
    stays: &[&PublishedStay],
    reported: Option<Interval>,
    (billed_fen, true_fen): (i64, i64),
) -> Option<Above> {
    let from = stays.iter().map(|stay| stay.arrived_at).min()?;
    let to: Timestamp = stays.iter().filter_map(|stay| stay.left_at).max()?;
    let billed = Interval::new(from, to)?;
    let faults = comparison.truth.faults.get(bay_code);
    let mut kinds: Vec<String> = faults
        .into_iter()
        .flatten()
        .filter(|(_, fault)| fault.start_at() <= to && fault.end_at() >= from)
        .map(|(kind, _)| kind.name().to_owned())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    Some(Above {
        bay_code: bay_code.to_owned(),
        stays: stays.iter().map(|stay| stay.stay_id.clone()).collect(),
        billed_fen,
        true_fen,
        billed,
        reported,
        faults: kinds,
    })
}
