//! Ways as the API shows them: metres and seconds to a tenth, geometry as GeoJSON, steps in one language.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Point, Timestamp};
use wayfinding::Metric;
use wayfinding::route::{Manoeuvre, Route, Step};

use super::extract::malformed_query;
use crate::flow::Outcome;
use crate::lang::Lang;
use crate::roads::Facts;
use crate::trip::Walk;

/// What a way is the least of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RouteMetric {
    /// Time.
    #[default]
    Fastest,
    /// Distance.
    Shortest,
}

/// A place, degrees WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct PlaceAt {
    pub(super) lon: f64,
    pub(super) lat: f64,
}

/// GeoJSON, two points at least.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineView {
    #[schema(example = "LineString")]
    r#type: &'static str,
    /// Longitude and latitude.
    coordinates: Vec<[f64; 2]>,
}

/// One thing to do, and how far it is to the next.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteStep {
    /// `depart`, `continue`, `slight_left`, `left`, `sharp_left`, `slight_right`, `right`, `sharp_right`, `u_turn`,
    /// `roundabout`, `arrive`.
    #[schema(example = "left")]
    kind: &'static str,
    /// What to say.
    #[schema(example = "左转进入五一街")]
    text: String,
    /// The street that follows; empty if it has no name.
    street: String,
    at: PlaceAt,
    /// Clockwise from north, of the way that follows.
    bearing_deg: f64,
    distance_m: f64,
    duration_s: f64,
    /// Number of the point in the geometry where it is done.
    point: usize,
    /// Of a roundabout.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    /// On arrival: `left`, `right` or `ahead`.
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<&'static str>,
}

/// A way by vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DriveView {
    distance_m: f64,
    duration_s: f64,
    /// Where the place or bay is on arrival: `left`, `right` or `ahead`.
    #[schema(example = "right")]
    arrival_side: &'static str,
    /// From the places asked for to the street, at both ends.
    from_road_m: f64,
    to_road_m: f64,
    geometry: LineView,
    steps: Vec<RouteStep>,
}

/// A way on foot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WalkView {
    /// `streets`: over streets and paths of the map. `straight_line`: an estimate, no way on foot is known: the crow's
    /// distance and 30 % more.
    #[schema(example = "streets")]
    basis: &'static str,
    distance_m: f64,
    duration_s: f64,
    geometry: LineView,
    /// None of an estimate.
    steps: Vec<RouteStep>,
}

/// Which roads an answer rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoadsView {
    road_graph_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    imported_at: Timestamp,
    /// Since when closures and traffic are as they are; null as long as there were none.
    #[schema(value_type = Option<String>, format = DateTime)]
    conditions_at: Option<Timestamp>,
    /// Pieces of street between two junctions that are closed, and that are slower or faster than usual.
    closed_pieces: usize,
    slowed_pieces: usize,
}

/// Why there is no way; as in a problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct NoWay {
    #[schema(example = "island_of_roads")]
    pub(super) code: &'static str,
    pub(super) detail: String,
}

impl RouteMetric {
    pub(super) fn metric(self) -> Metric {
        match self {
            RouteMetric::Fastest => Metric::Fastest,
            RouteMetric::Shortest => Metric::Shortest,
        }
    }
}

impl PlaceAt {
    pub(super) fn of(at: Point) -> PlaceAt {
        PlaceAt { lon: at.lon(), lat: at.lat() }
    }
}

impl LineView {
    /// A single place is a line of no length.
    fn of(line: &[Point]) -> LineView {
        let mut points: Vec<[f64; 2]> =
            line.iter().map(|point| [point.lon(), point.lat()]).collect();
        if let [only] = points[..] {
            points.push(only);
        }
        LineView { r#type: "LineString", coordinates: points }
    }
}

impl RouteStep {
    fn of(step: &Step, lang: Lang) -> RouteStep {
        let (text, street) = match lang {
            Lang::Zh => (step.in_chinese(), step.street.in_chinese()),
            Lang::En => (step.in_english(), step.street.in_english()),
        };
        let (exit, side) = match step.manoeuvre {
            Manoeuvre::Roundabout { exit } => (exit, None),
            Manoeuvre::Arrive { side } => (None, Some(side.name())),
            _ => (None, None),
        };
        RouteStep {
            kind: step.manoeuvre.name(),
            text,
            street: street.to_owned(),
            at: PlaceAt::of(step.at),
            bearing_deg: step.bearing_deg.round(),
            distance_m: tenth(step.distance_m),
            duration_s: tenth(step.duration_s),
            point: step.begin,
            exit,
            side,
        }
    }
}

impl DriveView {
    pub(super) fn of(route: &Route, lang: Lang) -> DriveView {
        DriveView {
            distance_m: tenth(route.distance_m),
            duration_s: tenth(route.duration_s),
            arrival_side: route.arrival_side.name(),
            from_road_m: tenth(route.from_road_m),
            to_road_m: tenth(route.to_road_m),
            geometry: LineView::of(&route.line),
            steps: route.steps.iter().map(|step| RouteStep::of(step, lang)).collect(),
        }
    }
}

impl WalkView {
    pub(super) fn of(walk: &Walk, lang: Lang) -> WalkView {
        WalkView {
            basis: walk.basis.name(),
            distance_m: tenth(walk.distance_m),
            duration_s: tenth(walk.duration_s),
            geometry: LineView::of(&walk.line),
            steps: walk.steps.iter().map(|step| RouteStep::of(step, lang)).collect(),
        }
    }
}

impl RoadsView {
    pub(super) fn of(facts: &Facts) -> RoadsView {
        RoadsView {
            road_graph_id: facts.road_graph_id,
            imported_at: facts.imported_at,
            conditions_at: facts.conditions_at,
            closed_pieces: facts.closed_pieces,
            slowed_pieces: facts.slowed_pieces,
        }
    }
}

/// A place of a query: `lon,lat`.
///
/// # Errors
/// `malformed_query`, naming the parameter.
pub(super) fn place(name: &str, text: &str) -> Outcome<Point> {
    let malformed = || {
        malformed_query(&format!("{name} is longitude,latitude in degrees, such as 104.17,36.55"))
    };
    let (lon, lat) = text.split_once(',').ok_or_else(malformed)?;
    let number = |part: &str| part.trim().parse::<f64>().map_err(|_| malformed());
    Point::new(number(lon)?, number(lat)?).map_err(|_| malformed())
}

pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_longitude_then_latitude() {
        assert_eq!(place("from", "104.17, 36.55").unwrap(), Point::new(104.17, 36.55).unwrap());
        assert_eq!(place("from", "-76.6,39.3").unwrap(), Point::new(-76.6, 39.3).unwrap());
        for wrong in
            ["", "104.17", "36.55;104.17", "a,b", "1,2,3", "NaN,0", "inf,0", "181,0", "0,91", ","]
        {
            let refused = place("from", wrong).unwrap_err();
            assert_eq!(refused.code(), "malformed_query", "{wrong}");
        }
    }

    #[test]
    fn a_line_has_two_points() {
        let here = Point::new(104.17, 36.55).unwrap();
        assert_eq!(LineView::of(&[here]).coordinates, [[104.17, 36.55], [104.17, 36.55]]);
    }
}
