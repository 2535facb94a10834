//! The map that drivers are shown: our own tiles, and what lies below them.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use wayfinding::Datum;

/// The map.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Map {
    /// Whether own tiles are served at all.
    pub serve_tiles: bool,
    /// Address of this service as browsers see it (`https://parking.example`); the host that was asked if left out.
    pub public_url: String,
    /// The datum of the base map, in which bays and roads are drawn over it.
    pub datum: MapDatum,
    /// Address of raster tiles with `{z}`, `{x}` and `{y}` to draw below; none by default.
    pub base_tiles: String,
    /// Whose base map it is, shown on the map.
    pub base_attribution: String,
    /// Number under which the map was approved (审图号), shown on the map.
    pub approval_no: String,
    /// The public in China may see this map: own tiles then need an approval.
    pub public_in_china: bool,
    /// Memory for tiles that were made, in MiB.
    pub cache_mib: u32,
}

/// In which degrees a map is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapDatum {
    #[default]
    Wgs84,
    Gcj02,
}

impl Default for Map {
    fn default() -> Map {
        Map {
            serve_tiles: true,
            public_url: String::new(),
            datum: MapDatum::Wgs84,
            base_tiles: String::new(),
            base_attribution: String::new(),
            approval_no: String::new(),
            public_in_china: false,
            cache_mib: 16,
        }
    }
}

impl From<MapDatum> for Datum {
    fn from(datum: MapDatum) -> Datum {
        match datum {
            MapDatum::Wgs84 => Datum::Wgs84,
            MapDatum::Gcj02 => Datum::Gcj02,
        }
    }
}

impl Map {
    pub(super) fn check(&self) -> Result<()> {
        let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        if self.public_in_china && self.serve_tiles && self.approval_no.is_empty() {
            bail!(
                "map.public_in_china: a map shown to the public needs map.approval_no (审图号); \
                 without one set map.serve_tiles = false"
            );
        }
        if !self.public_url.is_empty() && !is_web(&self.public_url) {
            bail!("map.public_url: begin with https:// or http://");
        }
        if self.base_tiles.is_empty() {
            return Ok(());
        }
        let whole = ["{z}", "{x}", "{y}"].iter().all(|part| self.base_tiles.contains(part));
        if !whole || !(is_web(&self.base_tiles) || self.base_tiles.starts_with('/')) {
            bail!("map.base_tiles: an address with {{z}}, {{x}} and {{y}}");
        }
        if self.base_attribution.is_empty() {
            bail!("map.base_attribution: say whose base map map.base_tiles is");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Map), expected: Option<&str>) {
        let mut map = Map::default();
        change(&mut map);
        let refused = map.check().err().map(|error| error.to_string());
        match (&refused, expected) {
            (None, None) => {}
            (Some(text), Some(setting)) => assert!(text.starts_with(setting), "{text}"),
            _ => panic!("{map:?}: {refused:?}"),
        }
    }

    #[test]
    fn a_public_map_in_china_needs_an_approval() {
        check(|_| {}, None);
        check(|map| map.public_in_china = true, Some("map.public_in_china"));
        check(
            |map| {
                map.public_in_china = true;
                map.approval_no = "甘S(2026)1号".into();
            },
            None,
        );
        check(
            |map| {
                map.public_in_china = true;
                map.serve_tiles = false;
            },
            None,
        );
    }

    #[test]
    fn a_base_map_says_whose_it_is() {
        let tiles = "https://tiles.example/{z}/{x}/{y}.png";
        check(|map| map.base_tiles = tiles.into(), Some("map.base_attribution"));
        check(|map| map.base_tiles = "https://tiles.example/{z}".into(), Some("map.base_tiles"));
        check(|map| map.base_tiles = "{z}{x}{y}".into(), Some("map.base_tiles"));
        check(
            |map| {
                map.base_tiles = tiles.into();
                map.base_attribution = "© Example".into();
            },
            None,
        );
        check(|map| map.public_url = "parking.example".into(), Some("map.public_url"));
    }
}
