//! What a closure, or other traffic, costs a running gateway: its roads are laid out anew in the order that was saved.
//!
//! In this process, by the library that the gateway calls for it (`Roads::prepare` at an import, `Roads::under` at a change), on the map
//! that the gateway imported. Both hierarchies, of time and of distance, are made each time, beside the threads that answer.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use vocabulary::Point;
use wayfinding::osm::{Settings, read_osm};
use wayfinding::{Conditions, Network, Roads, Stretch, Ways};

use crate::chance::chance;
use crate::figures::Spread;
use crate::report::{Report, progress};
use crate::road_town::City;

/// Pieces of street on which traffic is slow, and how fast it goes there, in percent.
const SLOW_PIECES: u64 = 1_000;
const SLOW_PCT: u32 = 40;
/// Each change is made so often, with other pieces.
const ROUNDS: u64 = 3;
/// What reading the map may take.
const LIMIT_BYTES: u64 = 8 << 30;

/// What was measured, in seconds.
pub(super) struct Measured {
    junctions: usize,
    full_s: f64,
    closure_s: Spread,
    traffic_s: Spread,
}

/// Prepares the map once, then lays it out anew under closures and under traffic.
pub(super) fn measure(map: &Path, city: &City, seed: u64) -> Result<Measured> {
    let bytes = std::fs::read(map).with_context(|| map.display().to_string())?;
    let settings = Settings { bounds: None, limit_bytes: LIMIT_BYTES };
    let survey = read_osm(&bytes, settings).context("reading the city's map")?;
    let network = Network::build(&survey);
    let junctions = network.size().junctions;
    let (roads, full_s) = timed(|| Roads::prepare(network));
    let roads = roads.context("preparing the city's roads")?;
    progress(&format!("{junctions} junctions prepared in {full_s:.1} s"));
    let (mut closure_s, mut traffic_s) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let closed = arcs(&roads, city, chance(seed, round, 13))?;
        let (under, seconds) = timed(|| roads.under(Conditions::of([(closed.as_slice(), 0)])));
        ensure!(under.conditions().pieces() == (1, 0), "one piece is to be closed");
        closure_s.push(seconds);
        let piece = |number| arcs(&roads, city, chance(seed, round * SLOW_PIECES + number, 14));
        let slow: Vec<Vec<u32>> = (0..SLOW_PIECES).map(piece).collect::<Result<_>>()?;
        let lots = slow.iter().map(|arcs| (arcs.as_slice(), SLOW_PCT));
        let (under, seconds) = timed(|| roads.under(Conditions::of(lots)));
        ensure!(under.conditions().pieces().1 > 0, "some pieces are to be slow");
        traffic_s.push(seconds);
        progress(&format!(
            "round {}: a closure {:.2} s, traffic {seconds:.2} s",
            round + 1,
            closure_s[closure_s.len() - 1]
        ));
    }
    let (closure_s, traffic_s) = (Spread::of(closure_s), Spread::of(traffic_s));
    Ok(Measured { junctions, full_s, closure_s, traffic_s })
}

/// One row.
pub(super) fn report(measured: &Measured) -> Report {
    let Measured { junctions, full_s, closure_s, traffic_s } = measured;
    let columns = [
        "junctions",
        "full preparation, s",
        "one closure, s",
        "of the full",
        "slow traffic on 1,000 pieces, s",
        "of the full",
    ];
    let mut report = Report::new("closures", &columns);
    let share = |of: &Spread| of.median / full_s.max(1e-9);
    let percent = |of: &Spread| format!("{:.0} %", share(of) * 100.0);
    report.rows.push(vec![
        junctions.to_string(),
        format!("{full_s:.2}"),
        closure_s.text(2),
        percent(closure_s),
        traffic_s.text(2),
        percent(traffic_s),
    ]);
    report.figures = json!({"junctions": junctions, "full_s": full_s, "closure_s": closure_s,
        "closure_share": share(closure_s), "traffic_s": traffic_s, "traffic_share": share(traffic_s),
        "traffic_pieces": SLOW_PIECES});
    report
}

/// The piece of street of some number, in both directions.
fn arcs(roads: &Roads, city: &City, number: u64) -> Result<Vec<u32>> {
    let (lon, lat) = city.middle(number >> 8);
    let middle = Point::new(lon, lat).context("the city lies on earth")?;
    roads.arcs_of(&Stretch::Piece(middle), Ways::Both).context("a piece of the city's streets")
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbf;

    #[test]
    fn a_city_is_prepared_closed_and_slowed_and_makes_one_row() {
        let city = City::of(7, 100, 30);
        let dir = tempfile::tempdir().unwrap();
        let map = dir.path().join("city.osm.pbf");
        let mut out = std::fs::File::create(&map).unwrap();
        pbf::write(&mut out, &city.nodes, &city.ways, &city.relations).unwrap();
        let measured = measure(&map, &city, 7).unwrap();
        // Every node at which a piece of street ends is a junction; ten by ten, unless all around one are missing.
        assert!((95..=100).contains(&measured.junctions), "{}", measured.junctions);
        let report = report(&measured);
        assert_eq!(report.rows.len(), 1);
        assert_eq!(report.rows[0].len(), report.columns.len());
    }
}
