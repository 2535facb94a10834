//! Roads from GeoJSON, for operators without OpenStreetMap.
//!
//! Lines are streets; their properties have the names and values of OpenStreetMap's tags (`highway`, `name`, `oneway`,
//! `maxspeed`, `access`, …). Lines meet where they have a point in common, to seven decimals. A point with a property
//! `restriction` is a turn restriction between streets with the ids `from` and `to` (docs/ROADS.md).

use std::collections::HashMap;

use serde_json::Value;

use crate::osm::{TagList, rule_kind, street_of};
use crate::spot::Spot;
use crate::street::{Counts, Street, Survey, TurnRule, Via};
use vocabulary::Point;

/// Most points of all streets together.
const POINTS_LIMIT: usize = 20_000_000;

/// What is wrong with a file or with one of its features (1 is the first; none: with the file).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RoadWrong {
    pub feature: Option<u64>,
    /// Stable.
    pub code: &'static str,
    pub advice: String,
}

impl std::fmt::Display for RoadWrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.feature {
            Some(number) => write!(f, "feature {number}: {}: {}", self.code, self.advice),
            None => write!(f, "file: {}: {}", self.code, self.advice),
        }
    }
}

/// Reads roads; names everything that is wrong.
///
/// # Errors
/// All that is wrong, in order of the file.
pub fn read_geojson_roads(text: &str) -> Result<Survey, Vec<RoadWrong>> {
    let whole =
        |code, advice: &str| vec![RoadWrong { feature: None, code, advice: advice.to_owned() }];
    let tree: Value = serde_json::from_str(text)
        .map_err(|error| whole("json_malformed", &format!("line {}: {error}", error.line())))?;
    let Some(features) = tree.get("features").and_then(Value::as_array) else {
        return Err(whole("not_geojson", "a FeatureCollection with features is read"));
    };
    let mut reader = Reader::default();
    for (number, feature) in features.iter().enumerate() {
        if let Err((code, advice)) = reader.feature(feature) {
            reader.wrong.push(RoadWrong { feature: Some(number as u64 + 1), code, advice });
        }
    }
    reader.settle_rules();
    if reader.wrong.is_empty() && reader.survey.streets.is_empty() {
        return Err(whole("no_roads", "there is no line that is a road for vehicles"));
    }
    reader.wrong.sort_by_key(|wrong| wrong.feature);
    if reader.wrong.is_empty() { Ok(reader.survey) } else { Err(reader.wrong) }
}

type Refused = (&'static str, String);

#[derive(Default)]
struct Reader {
    survey: Survey,
    node_at: HashMap<Spot, u32>,
    /// Streets by the id that the file gives them.
    ids: HashMap<String, i64>,
    rules: Vec<RuleSaid>,
    counts: Counts,
    wrong: Vec<RoadWrong>,
    seen: u64,
}

/// A restriction whose streets may come later in the file.
struct RuleSaid {
    feature: u64,
    value: String,
    at: Spot,
    from: String,
    to: String,
}

impl Reader {
    fn feature(&mut self, feature: &Value) -> Result<(), Refused> {
        self.seen += 1;
        let empty = serde_json::Map::new();
        let properties = feature.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let geometry = feature.get("geometry").unwrap_or(&Value::Null);
        let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
        match geometry.get("type").and_then(Value::as_str) {
            Some("LineString") => self.street(properties, feature.get("id"), coordinates),
            Some("MultiLineString") => {
                let lines = coordinates.as_array().ok_or_else(malformed)?;
                lines.iter().try_for_each(|line| self.street(properties, feature.get("id"), line))
            }
            Some("Point") if properties.contains_key("restriction") => {
                self.rule(properties, coordinates)
            }
            // Other things on the same map do no harm.
            Some("Point" | "MultiPoint" | "Polygon" | "MultiPolygon") => Ok(()),
            _ => Err((
                "geometry_unknown",
                "a street is a LineString or a MultiLineString".to_owned(),
            )),
        }
    }

    fn street(
        &mut self,
        properties: &serde_json::Map<String, Value>,
        id: Option<&Value>,
        line: &Value,
    ) -> Result<(), Refused> {
        let points = line.as_array().ok_or_else(malformed)?;
        let spots = points.iter().map(spot_of).collect::<Result<Vec<Spot>, Refused>>()?;
        if spots.len() < 2 {
            return Err(("line_too_short", "a line has two points or more".to_owned()));
        }
        if self.survey.nodes.len() + spots.len() > POINTS_LIMIT {
            return Err(("too_large", format!("at most {POINTS_LIMIT} points: split the file")));
        }
        let texts: Vec<(String, String)> = properties
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), text_of(value)?)))
            .collect();
        let mut pairs: Vec<(&str, &str)> =
            texts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        if !properties.contains_key("highway") {
            pairs.push(("highway", "unclassified"));
        }
        let number = i64::try_from(self.survey.streets.len()).unwrap_or(i64::MAX) + 1;
        let tags = TagList::new(&pairs);
        let Some(street) = street_of(number, &tags, &mut self.counts) else { return Ok(()) };
        if let Some(id) = id.or_else(|| properties.get("id")).and_then(text_of) {
            self.ids.entry(id).or_insert(number);
        }
        let mut nodes: Vec<u32> = spots.into_iter().map(|spot| self.node(spot)).collect();
        nodes.dedup();
        if nodes.len() > 1 {
            self.counts.streets += 1;
            self.survey.streets.push(Street { line: nodes, ..street });
        }
        Ok(())
    }

    fn node(&mut self, spot: Spot) -> u32 {
        *self.node_at.entry(spot).or_insert_with(|| {
            self.survey.nodes.push(spot);
            u32::try_from(self.survey.nodes.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn rule(
        &mut self,
        properties: &serde_json::Map<String, Value>,
        at: &Value,
    ) -> Result<(), Refused> {
        let told = |key: &str| {
            let value = properties.get(key).and_then(text_of);
            value.ok_or_else(|| ("missing", format!("a restriction has the property {key}")))
        };
        let (value, from, to) = (told("restriction")?, told("from")?, told("to")?);
        self.rules.push(RuleSaid { feature: self.seen, value, at: spot_of(at)?, from, to });
        Ok(())
    }

    fn settle_rules(&mut self) {
        for said in std::mem::take(&mut self.rules) {
            match self.settled(&said) {
                Ok(rule) => {
                    self.counts.rules += 1;
                    self.survey.rules.push(rule);
                }
                Err((code, advice)) => {
                    self.wrong.push(RoadWrong { feature: Some(said.feature), code, advice });
                }
            }
        }
        self.survey.counts = self.counts;
    }

    fn settled(&self, said: &RuleSaid) -> Result<TurnRule, Refused> {
        let (kind, toward) = rule_kind(&said.value).ok_or_else(|| {
            (
                "restriction_unknown",
                format!("{:?} is none of OpenStreetMap's no_… and only_…", said.value),
            )
        })?;
        let street = |id: &String| {
            let known = self.ids.get(id).copied();
            known.ok_or_else(|| ("street_unknown", format!("no street has the id {id}")))
        };
        let node = self.node_at.get(&said.at).copied();
        let node = node.ok_or_else(|| {
            ("not_on_a_street", "the point of a restriction is a point of its streets".to_owned())
        })?;
        Ok(TurnRule {
            kind,
            toward,
            from: vec![street(&said.from)?],
            via: Via::Node(node),
            to: vec![street(&said.to)?],
        })
    }
}

fn malformed() -> Refused {
    ("coordinates_malformed", "coordinates are lists of [longitude, latitude]".to_owned())
}

fn spot_of(pair: &Value) -> Result<Spot, Refused> {
    let numbers = pair.as_array().ok_or_else(malformed)?;
    let (Some(lon), Some(lat)) =
        (numbers.first().and_then(Value::as_f64), numbers.get(1).and_then(Value::as_f64))
    else {
        return Err(malformed());
    };
    let point = Point::new(lon, lat).map_err(|_| {
        let advice = "WGS-84 degrees: lon -180 to 180, lat -90 to 90 (are they swapped?)";
        ("out_of_range", advice.to_owned())
    })?;
    Ok(Spot::of(point))
}

/// Texts, numbers and truths as tags have them.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWN: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","id":"rm","properties":{"name":"人民路","highway":"primary","maxspeed":40},
         "geometry":{"type":"LineString","coordinates":[[104.0,36.0],[104.001,36.0],[104.002,36.0]]}},
        {"type":"Feature","properties":{"id":7,"name":"五一街","oneway":true},
         "geometry":{"type":"LineString","coordinates":[[104.001,36.001],[104.001,36.0]]}},
        {"type":"Feature","properties":{"restriction":"no_left_turn","from":7,"to":"rm"},
         "geometry":{"type":"Point","coordinates":[104.001,36.0]}},
        {"type":"Feature","properties":{"shop":"yes"},"geometry":{"type":"Point","coordinates":[0,0]}}]}"#;

    #[test]
    fn lines_meet_where_they_share_a_point() {
        let survey = read_geojson_roads(TOWN).unwrap();
        assert_eq!((survey.nodes.len(), survey.streets.len(), survey.rules.len()), (4, 2, 1));
        assert_eq!(survey.streets[0].line, [0, 1, 2]);
        assert_eq!(survey.streets[1].line, [3, 1]);
        assert_eq!(survey.streets[0].limit_along, 40);
        assert!(survey.streets[1].against.is_closed() && !survey.streets[1].along.is_closed());
        assert_eq!((survey.rules[0].from.clone(), survey.rules[0].to.clone()), (vec![2], vec![1]));
    }

    #[test]
    fn everything_wrong_is_named() {
        let check = |text: &str, expected: &[(Option<u64>, &str)]| {
            let wrong = read_geojson_roads(text).unwrap_err();
            let said: Vec<_> = wrong.iter().map(|w| (w.feature, w.code)).collect();
            assert_eq!(said, expected, "{text}");
        };
        check("{", &[(None, "json_malformed")]);
        check("[]", &[(None, "not_geojson")]);
        check(r#"{"features":[]}"#, &[(None, "no_roads")]);
        let feature = |geometry: &str, properties: &str| {
            format!(r#"{{"features":[{{"properties":{properties},"geometry":{geometry}}}]}}"#)
        };
        for (geometry, code) in [
            ("null", "geometry_unknown"),
            (r#"{"type":"LineString","coordinates":[[1,2]]}"#, "line_too_short"),
            (r#"{"type":"LineString","coordinates":[[1,200],[1,2]]}"#, "out_of_range"),
            (r#"{"type":"LineString","coordinates":[["a",2],[1,2]]}"#, "coordinates_malformed"),
            (r#"{"type":"MultiLineString","coordinates":7}"#, "coordinates_malformed"),
        ] {
            check(&feature(geometry, "{}"), &[(Some(1), code)]);
        }
        let point = r#"{"type":"Point","coordinates":[1,2]}"#;
        check(
            &feature(point, r#"{"restriction":"no_left_turn","from":1}"#),
            &[(Some(1), "missing")],
        );
        check(
            &feature(point, r#"{"restriction":"no_fun","from":1,"to":2}"#),
            &[(Some(1), "restriction_unknown")],
        );
    }
}
