//! The streets of an invented town as GeoJSON, for `gateway import roads`: the same grid that the bays lie along.
//!
//! Every street is a line with a point at each crossing, so that lines that cross there meet.

use serde_json::{Value, json};

use super::streets::{self, Way};

/// The streets that a town of so many bays has, as text.
#[must_use]
pub fn roads(bays: usize) -> String {
    let lines = streets::lines(bays);
    let features: Vec<Value> = lines.iter().map(feature).collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

fn feature(way: &Way) -> Value {
    let line: Vec<[f64; 2]> = way.line.iter().map(|(lon, lat)| [*lon, *lat]).collect();
    json!({
        "type": "Feature",
        "properties": {"name": way.name, "highway": "tertiary"},
        "geometry": {"type": "LineString", "coordinates": line},
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_crossing_is_a_point_of_both_its_streets() {
        // 120 bays: two streets each way, four crossings.
        let tree: Value = serde_json::from_str(&roads(120)).unwrap();
        let mut points: BTreeMap<String, u32> = BTreeMap::new();
        for feature in tree["features"].as_array().unwrap() {
            for point in feature["geometry"]["coordinates"].as_array().unwrap() {
                *points.entry(point.to_string()).or_default() += 1;
            }
        }
        assert_eq!(tree["features"].as_array().unwrap().len(), 4);
        assert_eq!(points.values().copied().collect::<Vec<_>>(), [2, 2, 2, 2]);
    }
}
