//! The map: its tiles, which may be kept for ever, and what says where they are: the style and the TileJSON.
//!
//! A tile's address has the layout version in it. Whoever asks for another version's tile is sent to that of the map in
//! force; such an answer is kept by nobody.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wayfinding::tiles::{TileId, TileReject};

use super::error::{Answer, Problem, Refused};
use crate::app::App;
use crate::flow::{Outcome, Refusal};
use crate::map::VERSION_DIGITS;

const TILE: &str = "application/vnd.mapbox-vector-tile";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(tile))
}

/// Which tile of which layout is asked for.
struct Address {
    version: String,
    tile: TileId,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = Path::<(String, String, String, String)>::from_request_parts(parts, state).await;
        let Path((version, z, x, y)) = path.map_err(|_| malformed())?;
        Ok(Address { tile: tile_of(&z, &x, &y)?, version })
    }
}

/// A tile of the map: bays, blocks, roads and named places, in Mapbox Vector Tile form. It has no states: those come by
/// `GET /api/v1/live` and `GET /api/v1/map/states`, by the ids of the bays.
#[utoipa::path(
    get,
    path = "/tiles/{layout_version}/{z}/{x}/{y}",
    tag = "map",
    params(
        ("layout_version" = String, Path, description = "Of `GET /tiles/layout.json`"),
        ("z" = String, Path, description = "Zoom, 0 to 20"),
        ("x" = String, Path, description = "Column, from the west"),
        ("y" = String, Path, description = "Row, from the north, followed by `.mvt`", example = "25412.mvt")
    ),
    responses(
        (status = OK, description = "May be kept for ever", body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile"),
        (status = NO_CONTENT, description = "Nothing lies there"),
        (status = NOT_MODIFIED, description = "The client has it"),
        (status = TEMPORARY_REDIRECT, description = "The map changed: to the same tile of the map in force"),
        (status = BAD_REQUEST, description = "`tile_malformed`, `tile_out_of_range`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`layout_unknown`: no layout version; `tiles_off`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn tile(State(app): State<Arc<App>>, asked: Address, headers: HeaderMap) -> Answer<Response> {
    served(&app)?;
    let sheet = app.map.sheet();
    if asked.version != sheet.version {
        return Ok(elsewhere(&asked, &sheet.version)?);
    }
    let etag = etag(&asked);
    let kept = [(CACHE_CONTROL, FOR_EVER.to_owned()), (ETAG, etag.clone())];
    if has(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let Some(made) = app.map.tile(&sheet, asked.tile).await? else {
        return Ok((StatusCode::NO_CONTENT, kept).into_response());
    };
    let mut answer = (kept, [(CONTENT_TYPE, TILE), (VARY, "accept-encoding")]).into_response();
    match &made.packed {
        Some(packed) if takes_gzip(&headers) => {
            answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            *answer.body_mut() = packed.clone().into();
        }
        _ => *answer.body_mut() = made.plain.clone().into(),
    }
    Ok(answer)
}

/// Refuses if this operator serves no map of its own.
pub(super) fn served(app: &App) -> Outcome<()> {
    if app.config.map.serve_tiles {
        return Ok(());
    }
    Err(Refusal::missing("tiles_off", "this service serves no map of its own"))
}

/// Whether the client has it already.
pub(super) fn has(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let opaque = |etag: &str| etag.trim().trim_start_matches("W/").to_owned();
    known
        .flat_map(|list| list.split(','))
        .any(|known| opaque(known) == opaque(etag) || known.trim() == "*")
}

/// Weak, since the bytes differ with the packing.
fn etag(asked: &Address) -> String {
    let tile = asked.tile;
    format!("W/\"{}-{}-{}-{}\"", asked.version, tile.z(), tile.x(), tile.y())
}

/// A layout version is sixteen digits; what is none was never a map's.
fn elsewhere(asked: &Address, version: &str) -> Outcome<Response> {
    let is_version = asked.version.len() == VERSION_DIGITS
        && asked.version.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if !is_version {
        return Err(Refusal::missing("layout_unknown", "there never was a map of this version"));
    }
    let tile = asked.tile;
    let there = format!("/tiles/{version}/{}/{}/{}.mvt", tile.z(), tile.x(), tile.y());
    let headers = [(LOCATION, there), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::TEMPORARY_REDIRECT, headers).into_response())
}

fn tile_of(z: &str, x: &str, y: &str) -> Outcome<TileId> {
    let y = y.strip_suffix(".mvt").ok_or_else(malformed)?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than any tile's number has are a number all the same, and out of range.
        if digits { Ok(text.parse::<u32>().unwrap_or(u32::MAX)) } else { Err(malformed()) }
    };
    let (z, x, y) = (number(z)?, number(x)?, number(y)?);
    TileId::new(z, x, y)
        .map_err(|reject: TileReject| Refusal::malformed("tile_out_of_range", reject.to_string()))
}

fn malformed() -> Refusal {
    Refusal::malformed("tile_malformed", "a tile is /tiles/{layout_version}/{z}/{x}/{y}.mvt")
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|list| list.split(',')).any(|one| {
        let mut words = one.split(';').map(str::trim);
        let refused = |word: &str| {
            word.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
        };
        words.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*")
            && !words.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_three_numbers_within_their_bounds() {
        for (z, x, y, expected) in [
            ("0", "0", "0.mvt", None),
            ("20", "1048575", "1048575.mvt", None),
            ("016", "007", "7.mvt", None),
            ("16", "7", "7", Some("tile_malformed")),
            ("16", "7", "7.pbf", Some("tile_malformed")),
            ("16", "7", ".mvt", Some("tile_malformed")),
            ("16", "-7", "7.mvt", Some("tile_malformed")),
            ("16", "+7", "7.mvt", Some("tile_malformed")),
            ("1e1", "7", "7.mvt", Some("tile_malformed")),
            ("21", "0", "0.mvt", Some("tile_out_of_range")),
            ("3", "8", "0.mvt", Some("tile_out_of_range")),
            ("3", "0", "8.mvt", Some("tile_out_of_range")),
            ("99999999999999999999", "0", "0.mvt", Some("tile_out_of_range")),
        ] {
            let code = match tile_of(z, x, y) {
                Ok(_) => None,
                Err(Refusal::Malformed { code, .. }) => Some(code),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(code, expected, "{z}/{x}/{y}");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepted, expected) in [
            ("gzip", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("br, GZIP", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("br", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, accepted.parse().unwrap())]);
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for (known, expected) in [
            ("W/\"a-1-0-0\"", true),
            ("\"a-1-0-0\"", true),
            ("\"b\", W/\"a-1-0-0\"", true),
            ("*", true),
            ("W/\"a-1-0-1\"", false),
        ] {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, known.parse().unwrap())]);
            assert_eq!(has(&headers, "W/\"a-1-0-0\""), expected, "{known}");
        }
    }
}
