//! What tells a map where its tiles are and how to draw them: the style and the TileJSON. Both name the layout version,
//! so both are asked for again each time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wayfinding::tiles::SOURCE_DEEPEST;

use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::tiles::{has, served};
use crate::app::App;
use crate::config::MapDatum;
use crate::flow::Outcome;
use crate::lang::Lang;
use crate::map::{BEGIN_ZOOM, Theme, attribution, centre, style, tile_url};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(map_style)).routes(routes!(map_layout))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Look {
    /// `light`, `dark` or `elder`; light if left out.
    #[param(example = "light")]
    theme: Option<String>,
    /// In which language names are written: `zh` or `en`; Chinese if left out.
    #[param(example = "zh")]
    lang: Option<String>,
}

/// TileJSON 3.0.0, and more.
#[derive(Debug, Serialize, ToSchema)]
struct MapLayout {
    #[schema(example = "3.0.0")]
    tilejson: &'static str,
    /// Changes when anything of the map does.
    layout_version: String,
    /// Address of the tiles, with `{z}`, `{x}` and `{y}`.
    tiles: Vec<String>,
    minzoom: u8,
    /// Deeper zooms are enlarged from this one.
    maxzoom: u8,
    /// West, south, east, north; null if there is nothing on the map.
    bounds: Option<[f64; 4]>,
    /// Longitude, latitude and zoom to begin with.
    center: Option<[f64; 3]>,
    /// HTML; empty if nobody has to be named.
    attribution: String,
    /// `wgs84` or `gcj02`: in which degrees everything is drawn.
    #[schema(example = "wgs84")]
    datum: &'static str,
    /// Number under which the map was approved (审图号); show it on the map.
    approval_no: Option<String>,
    #[schema(value_type = Vec<Object>)]
    vector_layers: Value,
}

impl Look {
    fn check(&self) -> Outcome<(Theme, Lang)> {
        let theme = self.theme.as_deref().map_or(Some(Theme::default()), Theme::from_name);
        let theme = theme.ok_or_else(|| malformed_query(&"theme is light, dark or elder"))?;
        let lang = self.lang.as_deref().map_or(Some(Lang::default()), Lang::from_name);
        let lang = lang.ok_or_else(|| malformed_query(&"lang is zh or en"))?;
        Ok((theme, lang))
    }
}

/// How the map is drawn: a whole style for MapLibre, with no source but ours.
#[utoipa::path(
    get,
    path = "/tiles/style.json",
    tag = "map",
    params(Look),
    responses(
        (status = OK, body = Value, content_type = "application/json"),
        (status = NOT_MODIFIED, description = "The client has it"),
        (status = NOT_FOUND, description = "`tiles_off`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn map_style(
    State(app): State<Arc<App>>,
    Asked(look): Asked<Look>,
    headers: HeaderMap,
) -> Answer<Response> {
    served(&app)?;
    let look = look.check()?;
    let style = style(&app.map.sheet(), &app.config.map, &origin(&app, &headers), look);
    Ok(asked_again(&headers, style.to_string()))
}

/// Where the tiles of the map in force are (TileJSON), its layout version, and whom to name on it.
#[utoipa::path(
    get,
    path = "/tiles/layout.json",
    tag = "map",
    responses(
        (status = OK, body = MapLayout),
        (status = NOT_MODIFIED, description = "The client has it"),
        (status = NOT_FOUND, description = "`tiles_off`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn map_layout(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer<Response> {
    served(&app)?;
    let (sheet, settings) = (app.map.sheet(), &app.config.map);
    let layout = MapLayout {
        tilejson: "3.0.0",
        layout_version: sheet.version.clone(),
        tiles: vec![tile_url(&sheet, &origin(&app, &headers))],
        minzoom: 0,
        maxzoom: SOURCE_DEEPEST,
        bounds: sheet.layout.bounds(),
        center: centre(&sheet).map(|[lon, lat]| [lon, lat, BEGIN_ZOOM]),
        attribution: attribution(&sheet, settings),
        datum: match settings.datum {
            MapDatum::Wgs84 => "wgs84",
            MapDatum::Gcj02 => "gcj02",
        },
        approval_no: Some(settings.approval_no.clone()).filter(|number| !number.is_empty()),
        vector_layers: vector_layers(),
    };
    let body = serde_json::to_string(&layout).map_err(anyhow::Error::from)?;
    Ok(asked_again(&headers, body))
}

fn vector_layers() -> Value {
    let layer = |id: &str, minzoom: u8, fields: &[&str]| {
        let kinds: serde_json::Map<String, Value> = fields
            .iter()
            .map(|field| {
                let kind = if *field == "one_way" { "Number" } else { "String" };
                ((*field).to_owned(), json!(kind))
            })
            .collect();
        json!({"id": id, "minzoom": minzoom, "fields": kinds})
    };
    json!([
        layer("road", 5, &["class", "name", "name_en", "one_way"]),
        layer("block", 11, &["block", "street", "street_en"]),
        layer("bay_point", 14, &["code"]),
        layer("bay", 16, &["code"]),
        layer("place", 13, &["kind", "name", "name_en"]),
    ])
}

/// JSON that the client may keep, but asks about each time.
fn asked_again(headers: &HeaderMap, body: String) -> Response {
    let etag = format!("\"{}\"", &hex::encode(Sha256::digest(&body))[..16]);
    let kept = [(CACHE_CONTROL, "no-cache".to_owned()), (ETAG, etag.clone())];
    if has(headers, &etag) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// The address of this service as the browser sees it; empty if it cannot be told. What a proxy says of the scheme counts
/// only if the operator said that there is a proxy.
fn origin(app: &App, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let settings = &app.config;
    if !settings.map.public_url.is_empty() {
        return settings.map.public_url.trim_end_matches('/').to_owned();
    }
    let proxied = settings.http.client_header.is_some();
    let scheme = text("x-forwarded-proto").filter(|_| proxied).filter(|said| *said == "https");
    let is_host = |host: &&str| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b))
    };
    let host = text(HOST.as_str()).filter(is_host);
    host.map(|host| format!("{}://{host}", scheme.unwrap_or("http"))).unwrap_or_default()
}
