//! A small map drawn by hand around the bays of the hand-made town, and a plain search on it to compare with.
//!
//! ```text
//!  E ─ 公园路 ─ F ─ 公园路 ─ G          north
//!  │            │            │
//! 五一街      四龙路 ↓      东关街       四龙路 is one-way southward, and from it nobody turns left (east)
//!  │            │            │          into 人民路. The bays lie north of 人民路 between B and C.
//!  A ─ B ─ 人民路 ─ C ─ 人民路 ─ D
//!      ┊ (a path for people, south)
//! ```

use gateway::flow::actor::Actor;
use gateway::flow::import_roads::{NewRoads, store_roads};
use serde_json::{Value, json};
use store::Store;
use vocabulary::{Point, Timestamp};
use wayfinding::{Network, Roads, read_geojson_roads};

/// Junctions by letter.
const JUNCTIONS: [(char, f64, f64); 7] = [
    ('A', 104.168, 36.539_96),
    ('B', 104.169_5, 36.539_96),
    ('C', 104.172, 36.539_96),
    ('D', 104.174, 36.539_96),
    ('E', 104.169_5, 36.542),
    ('F', 104.172, 36.542),
    ('G', 104.174, 36.542),
];
/// Pieces of street, and whether they are one-way.
pub(crate) const PIECES: [(char, char, bool); 8] = [
    ('A', 'B', false),
    ('B', 'C', false),
    ('C', 'D', false),
    ('B', 'E', false),
    ('E', 'F', false),
    ('F', 'G', false),
    ('F', 'C', true),
    ('G', 'D', false),
];
/// The turn that is forbidden: from F over C to D.
const FORBIDDEN: [char; 3] = ['F', 'C', 'D'];

/// A place on a piece of street: which one, and what share of it from its first junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OnPiece(pub(crate) usize, pub(crate) f64);

fn junction(letter: char) -> Point {
    let (_, lon, lat) = JUNCTIONS.iter().find(|(name, ..)| *name == letter).unwrap();
    Point::new(*lon, *lat).unwrap()
}

/// The map as GeoJSON.
pub(crate) fn drawn() -> Value {
    let line = |letters: &str| -> Vec<[f64; 2]> {
        letters.chars().map(junction).map(|at| [at.lon(), at.lat()]).collect()
    };
    let street = |id: &str, zh: &str, en: &str, line: Vec<[f64; 2]>, more: Value| {
        let mut properties = json!({"name": zh, "name:en": en, "highway": "tertiary"});
        for (key, value) in more.as_object().unwrap() {
            properties[key] = value.clone();
        }
        json!({"type": "Feature", "id": id, "properties": properties,
            "geometry": {"type": "LineString", "coordinates": line}})
    };
    let path = vec![[104.169_5, 36.539_96], [104.169_5, 36.537_5]];
    json!({"type": "FeatureCollection", "features": [
        street("rm", "人民路", "Renmin Road", line("ABCD"), json!({})),
        street("wy", "五一街", "Wuyi Street", line("BE"), json!({})),
        street("gy", "公园路", "Gongyuan Road", line("EFG"), json!({})),
        street("sl", "四龙路", "Silong Road", line("FC"), json!({"oneway": true})),
        street("dg", "东关街", "Dongguan Street", line("GD"), json!({})),
        street("path", "", "", path, json!({"highway": "footway"})),
        // Three kilometres away, and nothing leads there.
        street("hd", "荒岛路", "", vec![[104.21, 36.54], [104.212, 36.54]], json!({})),
        {"type": "Feature", "properties": {"restriction": "no_left_turn", "from": "sl", "to": "rm"},
            "geometry": {"type": "Point", "coordinates": [104.172, 36.539_96]}},
    ]})
}

/// Puts a map into force, as `gateway import roads` does.
pub(crate) async fn import(store: &Store, map: &Value, now: Timestamp) {
    let survey = read_geojson_roads(&map.to_string()).expect("the map is well drawn");
    let roads = Roads::prepare(Network::build(&survey)).expect("it has streets");
    let new =
        NewRoads { roads: &roads, source: "drawn by hand", counts: survey.counts, places: None };
    store_roads(store, &Actor::command_line(), &new, now).await.expect("it can be stored");
}

impl OnPiece {
    pub(crate) fn at(self) -> Point {
        let (from, to, _) = PIECES[self.0];
        let (from, to) = (junction(from), junction(to));
        let between = |a: f64, b: f64| a + (b - a) * self.1;
        Point::new(between(from.lon(), to.lon()), between(from.lat(), to.lat())).unwrap()
    }

    /// The directions in which it may be left or reached: from a junction to a junction, and how far it is from the first.
    fn directions(self) -> Vec<(char, char, f64)> {
        let (from, to, one_way) = PIECES[self.0];
        let length_m = length_m(from, to);
        let mut directions = vec![(from, to, self.1 * length_m)];
        if !one_way {
            directions.push((to, from, (1.0 - self.1) * length_m));
        }
        directions
    }
}

fn length_m(from: char, to: char) -> f64 {
    junction(from).distance_m(junction(to))
}

/// How long the shortest way is that signs permit: over directed pieces, none remembered but the last one.
pub(crate) fn shortest_m(from: OnPiece, to: OnPiece) -> f64 {
    let arcs: Vec<(char, char)> = PIECES
        .iter()
        .flat_map(|(a, b, one_way)| {
            let back = (!one_way).then_some((*b, *a));
            std::iter::once((*a, *b)).chain(back)
        })
        .collect();
    if from == to {
        return 0.0;
    }
    let mut best = f64::INFINITY;
    // What it takes to reach the end of an arc.
    let mut done: Vec<(f64, (char, char))> = Vec::new();
    let mut open: Vec<(f64, (char, char))> = Vec::new();
    for (a, b, behind_m) in from.directions() {
        open.push((length_m(a, b) - behind_m, (a, b)));
        for (c, d, until_m) in to.directions() {
            if (a, b) == (c, d) && from.0 == to.0 && until_m >= behind_m {
                best = best.min(until_m - behind_m);
            }
        }
    }
    while let Some(next) = (0..open.len()).min_by(|a, b| open[*a].0.total_cmp(&open[*b].0)) {
        let (m, arc) = open.remove(next);
        if done.iter().any(|(_, known)| *known == arc) {
            continue;
        }
        done.push((m, arc));
        for (a, b) in arcs.iter().copied().filter(|(a, _)| *a == arc.1) {
            if [arc.0, arc.1, b] == FORBIDDEN {
                continue;
            }
            for (_, _, until_m) in to.directions().iter().filter(|d| (d.0, d.1) == (a, b)) {
                best = best.min(m + until_m);
            }
            open.push((m + length_m(a, b), (a, b)));
        }
    }
    best
}
