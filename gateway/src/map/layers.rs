//! The layers of the style: in which colours and widths what tiles have is drawn. Free is filled and green, occupied a ring in
//! slate, unknown a ring in amber, chosen has the accent.
//!
//! **Invariant:** what has no state yet looks like what is unknown, never like what is free; and free differs from occupied by
//! its outline and size too, not by colour alone.

use serde_json::{Value, json};
use wayfinding::tiles::Layout;

use super::style::Theme;
use crate::lang::Lang;

/// Name of our source in the style.
pub(super) const SOURCE: &str = "bowei";

pub(super) struct Colours {
    ground: &'static str,
    casing: &'static str,
    road: &'static str,
    major: &'static str,
    path: &'static str,
    text: &'static str,
    halo: &'static str,
    free: &'static str,
    occupied: &'static str,
    pub(super) unknown: &'static str,
    chosen: &'static str,
}

pub(super) const LIGHT: Colours = Colours {
    ground: "#f4f2ee",
    casing: "#c9c4ba",
    road: "#ffffff",
    major: "#fbdca0",
    path: "#d8cfc4",
    text: "#33363b",
    halo: "#ffffff",
    free: "#187a42",
    occupied: "#66757f",
    unknown: "#a86500",
    chosen: "#0b6e6e",
};
const DARK: Colours = Colours {
    ground: "#16191d",
    casing: "#0d0f12",
    road: "#3a4048",
    major: "#5c5340",
    path: "#2c3036",
    text: "#e6e8eb",
    halo: "#16191d",
    free: "#5cc98a",
    occupied: "#9eabb3",
    unknown: "#e6a53e",
    chosen: "#4fc3c3",
};

impl Theme {
    fn colours(self) -> &'static Colours {
        if self == Theme::Dark { &DARK } else { &LIGHT }
    }

    /// Size of writing, in pixels, from its usual one.
    fn letters(self, px: f64) -> f64 {
        if self == Theme::Elder { (px * 14.0).round() / 10.0 } else { px }
    }
}

impl Lang {
    /// The name in this language, else the other one.
    fn name(self, chinese: &str, english: &str) -> Value {
        match self {
            Lang::Zh => json!(["coalesce", ["get", chinese], ["get", english]]),
            Lang::En => json!(["coalesce", ["get", english], ["get", chinese]]),
        }
    }
}

pub(super) fn background(theme: Theme) -> Value {
    json!({"id": "background", "type": "background", "paint": {"background-color": theme.colours().ground}})
}

fn by_zoom(stops: &[(f64, f64)]) -> Value {
    let mut expression = vec![json!("interpolate"), json!(["exponential", 1.6]), json!(["zoom"])];
    stops.iter().for_each(|(zoom, value)| expression.extend([json!(zoom), json!(value)]));
    Value::Array(expression)
}

/// Widths of a class of roads at zooms 10, 14 and 18, each wider by `more`.
fn road_width(more: f64) -> Value {
    let at = |motorway: f64, primary: f64, tertiary: f64, minor: f64, path: f64| {
        json!([
            "match",
            ["get", "class"],
            ["motorway", "trunk"],
            motorway + more,
            ["primary", "secondary"],
            primary + more,
            "tertiary",
            tertiary + more,
            ["minor", "service"],
            minor + more,
            path
        ])
    };
    json!([
        "interpolate",
        ["exponential", 1.6],
        ["zoom"],
        6,
        at(1.0, 0.6, 0.4, 0.2, 0.2),
        12,
        at(3.0, 2.0, 1.2, 0.8, 0.4),
        16,
        at(11.0, 9.0, 7.0, 5.0, 1.2),
        19,
        at(40.0, 34.0, 26.0, 20.0, 3.0)
    ])
}

pub(super) fn roads(theme: Theme) -> [Value; 3] {
    let colours = theme.colours();
    let round = json!({"line-cap": "round", "line-join": "round"});
    let driven = json!(["!=", ["get", "class"], "path"]);
    let colour = json!([
        "match",
        ["get", "class"],
        ["motorway", "trunk", "primary"],
        colours.major,
        "path",
        colours.path,
        colours.road
    ]);
    [
        json!({"id": "road-casing", "type": "line", "source": SOURCE, "source-layer": "road", "minzoom": 12,
            "filter": driven, "layout": round,
            "paint": {"line-color": colours.casing, "line-width": road_width(1.6)}}),
        json!({"id": "road", "type": "line", "source": SOURCE, "source-layer": "road",
            "layout": round, "paint": {"line-color": colour, "line-width": road_width(0.0)}}),
        json!({"id": "road-arrow", "type": "symbol", "source": SOURCE, "source-layer": "road", "minzoom": 16,
            "filter": ["==", ["get", "one_way"], 1],
            "layout": {"symbol-placement": "line", "symbol-spacing": 160, "text-field": "→",
                "text-font": ["sans-serif"], "text-size": theme.letters(14.0), "text-keep-upright": false,
                "text-rotation-alignment": "map"},
            "paint": {"text-color": colours.occupied}}),
    ]
}

/// The colour of a state; none yet is unknown.
fn by_state(free: &Value, occupied: &Value, unknown: &Value) -> Value {
    json!([
        "match",
        ["coalesce", ["feature-state", "state"], "unknown"],
        "free",
        free,
        "occupied",
        occupied,
        unknown
    ])
}

pub(super) fn bays(theme: Theme) -> [Value; 4] {
    let colours = theme.colours();
    let colour = by_state(&json!(colours.free), &json!(colours.occupied), &json!(colours.unknown));
    let chosen = |yes: Value, no: Value| {
        json!(["case", ["boolean", ["feature-state", "chosen"], false], yes, no])
    };
    let edge = chosen(json!(colours.chosen), colour.clone());
    [
        json!({"id": "block", "type": "line", "source": SOURCE, "source-layer": "block",
            "minzoom": 11, "maxzoom": 16, "layout": {"line-cap": "round"},
            "paint": {"line-color": colours.occupied, "line-width": by_zoom(&[(11.0, 1.0), (16.0, 4.0)]), "line-opacity": 0.75}}),
        json!({"id": "bay-fill", "type": "fill", "source": SOURCE, "source-layer": "bay", "minzoom": 16,
            "paint": {"fill-color": colour.clone(),
                "fill-opacity": by_state(&json!(0.9), &json!(0.12), &json!(0.06))}}),
        json!({"id": "bay-line", "type": "line", "source": SOURCE, "source-layer": "bay", "minzoom": 16,
            "paint": {"line-color": edge,
                "line-width": chosen(json!(4), by_state(&json!(2), &json!(1.2), &json!(1.2)))}}),
        json!({"id": "bay-point", "type": "circle", "source": SOURCE, "source-layer": "bay_point",
            "minzoom": 14, "maxzoom": 16,
            "paint": {"circle-color": colour,
                // Free is filled, the others are rings.
                "circle-opacity": by_state(&json!(1), &json!(0), &json!(0)),
                "circle-radius": by_state(&json!(4.5), &json!(3), &json!(2.5)),
                "circle-stroke-width": chosen(json!(3), by_state(&json!(1), &json!(1.2), &json!(1))),
                "circle-stroke-color": chosen(json!(colours.chosen), by_state(&json!(colours.halo), &json!(colours.occupied), &json!(colours.unknown)))}}),
    ]
}

/// Names of roads, or, where there is no map of roads, those that blocks have; codes of bays; places.
pub(super) fn names(theme: Theme, language: Lang, layout: &Layout) -> [Value; 4] {
    let colours = theme.colours();
    let paint = json!({"text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.6});
    let written = |field: &Value, px: f64, placement: &str| {
        json!({"text-field": field, "text-font": ["sans-serif"], "text-size": theme.letters(px),
            "symbol-placement": placement, "symbol-spacing": 400})
    };
    let road = language.name("name", "name_en");
    let mut street = written(&language.name("street", "street_en"), 11.0, "line");
    if layout.has_roads() {
        street["visibility"] = json!("none");
    }
    [
        json!({"id": "road-name", "type": "symbol", "source": SOURCE, "source-layer": "road", "minzoom": 13,
            "filter": ["has", "name"], "layout": written(&road, 12.0, "line"), "paint": paint}),
        json!({"id": "block-name", "type": "symbol", "source": SOURCE, "source-layer": "block", "minzoom": 15,
            "layout": street, "paint": paint}),
        json!({"id": "bay-code", "type": "symbol", "source": SOURCE, "source-layer": "bay", "minzoom": 18,
            "layout": written(&json!(["get", "code"]), 10.0, "point"), "paint": paint}),
        json!({"id": "place-name", "type": "symbol", "source": SOURCE, "source-layer": "place", "minzoom": 13,
            "layout": written(&road, 12.0, "point"), "paint": paint}),
    ]
}
