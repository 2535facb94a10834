//! The style of the map for MapLibre (style specification, version 8): own sources only, no glyphs and no sprite, so
//! that no other host is asked; names are written with the browser's own fonts.
//!
//! States come by feature-state: `state` of a bay (`free`, `occupied`, `unknown`), and `chosen`. The source has no `promoteId`:
//! with one, MapLibre passes over the numbers that bays have.

use serde_json::{Value, json};

use super::Sheet;
use super::layers::{SOURCE, background, bays, names, roads};
use crate::config::Map;
use crate::lang::Lang;

const OSM: &str =
    "<a href=\"https://www.openstreetmap.org/copyright\">© OpenStreetMap contributors</a>";

/// Zoom to begin with: a quarter of a town.
pub const BEGIN_ZOOM: f64 = 15.0;

/// How the map looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Light,
    Dark,
    /// Light, with larger and stronger writing.
    Elder,
}

impl Theme {
    /// Reads the name used in interfaces.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Theme> {
        match name {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            "elder" => Some(Theme::Elder),
            _ => None,
        }
    }
}

/// Who is to be named on the map, as HTML.
pub fn attribution(sheet: &Sheet, settings: &Map) -> String {
    let base = settings.base_attribution.replace('&', "&amp;").replace('<', "&lt;");
    let parts =
        [(!settings.base_tiles.is_empty()).then_some(base), sheet.of_osm.then(|| OSM.into())];
    parts.into_iter().flatten().collect::<Vec<String>>().join(" | ")
}

/// Where tiles of this layout are.
pub fn tile_url(sheet: &Sheet, origin: &str) -> String {
    format!("{origin}/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", sheet.version)
}

/// Longitude and latitude of the middle of all that is drawn.
pub fn centre(sheet: &Sheet) -> Option<[f64; 2]> {
    let [west, south, east, north] = sheet.layout.bounds()?;
    Some([f64::midpoint(west, east), f64::midpoint(south, north)])
}

/// The whole style; `origin` is the address of this service as the browser sees it.
#[must_use]
pub fn style(
    sheet: &Sheet,
    settings: &Map,
    origin: &str,
    (theme, language): (Theme, Lang),
) -> Value {
    let mut sources = json!({SOURCE: {
        "type": "vector",
        "tiles": [tile_url(sheet, origin)],
        "minzoom": 0,
        "maxzoom": wayfinding::tiles::SOURCE_DEEPEST,
        "attribution": attribution(sheet, settings),
    }});
    let mut layers = vec![background(theme)];
    if !settings.base_tiles.is_empty() {
        sources["base"] =
            json!({"type": "raster", "tiles": [settings.base_tiles], "tileSize": 256});
        layers.push(json!({"id": "base", "type": "raster", "source": "base"}));
    }
    layers.extend(roads(theme));
    layers.extend(bays(theme));
    layers.extend(names(theme, language, &sheet.layout));
    let centre = centre(sheet);
    json!({
        "version": 8,
        "name": "Bowei",
        "metadata": {"bowei:layout_version": sheet.version},
        "center": centre.unwrap_or_default(),
        "zoom": if centre.is_some() { BEGIN_ZOOM } else { 1.0 },
        "sources": sources,
        "layers": layers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Cache;
    use crate::map::layers::LIGHT;
    use wayfinding::Datum;
    use wayfinding::tiles::LayoutBuilder;

    fn sheet(of_osm: bool) -> Sheet {
        let layout = LayoutBuilder::new(Datum::Wgs84).finish();
        Sheet { version: "0123456789abcdef".into(), layout, of_osm, cache: Cache::of(0) }
    }

    fn of(settings: &Map, theme: Theme, language: Lang) -> Value {
        style(&sheet(false), settings, "https://parking.example", (theme, language))
    }

    #[test]
    fn a_style_asks_no_other_host() {
        for theme in [Theme::Light, Theme::Dark, Theme::Elder] {
            let style = of(&Map::default(), theme, Lang::Zh);
            assert_eq!(
                style["sources"]["bowei"]["tiles"][0],
                "https://parking.example/tiles/0123456789abcdef/{z}/{x}/{y}.mvt"
            );
            assert!(
                style["sources"]["bowei"]["promoteId"].is_null(),
                "bays would lose their numbers"
            );
            let text = style.to_string();
            assert_eq!(text.matches("://").count(), 1, "{text}");
            assert!(style["glyphs"].is_null() && style["sprite"].is_null());
        }
    }

    #[test]
    fn every_layer_has_its_own_id_and_draws_what_tiles_have() {
        let style = of(&Map::default(), Theme::Light, Lang::Zh);
        let layers = style["layers"].as_array().unwrap();
        let ids: Vec<&str> = layers.iter().map(|layer| layer["id"].as_str().unwrap()).collect();
        assert_eq!(
            ids,
            [
                "background",
                "road-casing",
                "road",
                "road-arrow",
                "block",
                "bay-fill",
                "bay-line",
                "bay-point",
                "road-name",
                "block-name",
                "bay-code",
                "place-name"
            ]
        );
        for layer in &layers[1..] {
            let drawn = layer["source-layer"].as_str().unwrap();
            assert!(["road", "block", "bay", "bay_point", "place"].contains(&drawn), "{layer}");
        }
    }

    #[test]
    fn what_has_no_state_is_not_green() {
        let style = of(&Map::default(), Theme::Light, Lang::Zh);
        let layers = style["layers"].as_array().unwrap();
        let fill = layers.iter().find(|layer| layer["id"] == "bay-fill").unwrap();
        let colour = &fill["paint"]["fill-color"];
        assert_eq!(colour[1], json!(["coalesce", ["feature-state", "state"], "unknown"]));
        assert_eq!(colour[2], "free");
        assert_eq!(colour.as_array().unwrap().last(), Some(&json!(LIGHT.unknown)));
    }

    #[test]
    fn names_come_in_the_language_that_was_asked_for() {
        let english = of(&Map::default(), Theme::Light, Lang::En);
        let text = english.to_string();
        assert!(text.contains(r#"["coalesce",["get","name_en"],["get","name"]]"#), "{text}");
        let elder = of(&Map::default(), Theme::Elder, Lang::Zh).to_string();
        assert!(elder.contains("16.8"), "12 px times 1.4: {elder}");
    }

    #[test]
    fn a_base_map_lies_below_and_is_named() {
        let settings = Map {
            base_tiles: "https://tiles.example/{z}/{x}/{y}.png".into(),
            base_attribution: "© Example <GmbH>".into(),
            ..Map::default()
        };
        let with = of(&settings, Theme::Light, Lang::Zh);
        assert_eq!(with["layers"][1]["id"], "base");
        assert_eq!(with["sources"]["bowei"]["attribution"], "© Example &lt;GmbH>");
        assert!(attribution(&sheet(true), &settings).contains("openstreetmap.org/copyright"));
        assert_eq!(attribution(&sheet(false), &Map::default()), "");
    }
}
