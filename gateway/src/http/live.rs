//! The live stream: the states of the bays of a rectangle, then every change, as server-sent events;
//! for staff who may see devices also what these suffer from.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Point, Timestamp};

use super::auth::Onlooker;
use super::bays::BayState;
use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::installations::ONLOOKERS;
use crate::app::App;
use crate::flow::{Outcome, Refusal};
use crate::live::{Audience, DeviceSeen, Live, Seen, Shown, Turned, Watch, WatchReject};

/// A silent stream says this often that it is alive (machine time).
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream with devices ends after this (machine time).
const STAFF_STREAM: Duration = Duration::from_secs(3600);

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(live))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Area {
    /// West, south, east, north in degrees WGS-84; at most 64 cells of 0.02°, about 13 km by 17 km.
    #[param(example = "104.10,36.50,104.20,36.60")]
    pub(super) bbox: String,
}

/// Data of an event `bay`. The same version may come twice; an older one never counts.
#[derive(Debug, Serialize, ToSchema)]
struct BayEvent {
    bay_code: String,
    /// Its number on the map; null if the map does not have it (yet).
    bay_no: Option<u64>,
    state: BayState,
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Timestamp>,
    lon: f64,
    lat: f64,
    version: i64,
}

/// Data of an event of the stream, by its name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum LiveEvent {
    Bay(BayEvent),
    Device(DeviceEvent),
    Layout(LayoutEvent),
}

/// Data of an event `layout`: the map looks otherwise from now on.
#[derive(Debug, Serialize, ToSchema)]
struct LayoutEvent {
    #[schema(example = "0123456789abcdef")]
    layout_version: String,
}

/// Data of an event `device`: it got into a condition, or out of it. The same may come twice.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceEvent {
    device_id: Uuid,
    #[schema(example = "native")]
    network: String,
    key: String,
    bay_code: String,
    /// `silent`, `stuck`, `flapping`, `clock_wrong`, `disagreeing`, `low_battery`, `faulty`, `never_heard`.
    #[schema(example = "silent")]
    condition: String,
    /// False: it ended.
    on: bool,
    /// Since when it is so, or when it ended.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why, for people; empty when it ended.
    detail: String,
    lon: f64,
    lat: f64,
}

/// The live states of an `App`, for a stream that outlives its request.
struct LiveOf(Arc<App>);

impl Deref for LiveOf {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.0.live
    }
}

/// Changes of bays as they happen.
///
/// First an event `bay` for each bay of the rectangle as it is, then one for each change. An event
/// `resync` says that changes were missed since the client was too slow; the current states follow. An event
/// `layout` (schema `LayoutEvent`) says that the map changed: bays were added, moved or taken away.
///
/// An installer, manager or auditor who signs in with a token also gets events `device` (schema
/// `DeviceEvent`) of the own operator's devices: first the conditions that last, then each that begins or
/// ends. Such a stream ends after an hour; connect again.
#[utoipa::path(
    get,
    path = "/api/v1/live",
    tag = "bays",
    security((), ("token" = [])),
    params(Area),
    responses(
        (status = OK, description = "Server-sent events `bay`, `device`, `layout` and `resync`",
            body = LiveEvent, content_type = "text/event-stream"),
        (status = UNAUTHORIZED, description = "`token_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`bbox_too_large`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn live(
    State(app): State<Arc<App>>,
    Onlooker(staff): Onlooker,
    Asked(area): Asked<Area>,
) -> Answer<Sse<impl Stream<Item = Result<Event, axum::Error>>>> {
    let watch = read_bbox(&area.bbox)?;
    let staff = staff.filter(|staff| staff.must_be(&ONLOOKERS).is_ok());
    let audience = staff
        .map_or(Audience::Public, |staff| Audience::Staff { operator: staff.actor().operator });
    // A session may end meanwhile; who may see devices is asked again at the next connection.
    let end = async move {
        match audience {
            Audience::Public => std::future::pending().await,
            Audience::Staff { .. } => tokio::time::sleep(STAFF_STREAM).await,
        }
    };
    let of = Arc::clone(&app);
    let layouts = app.map.versions().map(layout_event);
    let events = Live::watch(LiveOf(app), watch, audience).map(move |shown| event(&of, &shown));
    let events = both(events, layouts).take_until(end);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Both streams as one, which ends with the first.
fn both<T>(first: impl Stream<Item = T>, other: impl Stream<Item = T>) -> impl Stream<Item = T> {
    let first = first.map(Some).chain(futures_util::stream::once(std::future::ready(None)));
    futures_util::stream::select(first, other.map(Some))
        .take_while(|item| std::future::ready(item.is_some()))
        .filter_map(std::future::ready)
}

fn layout_event(layout_version: String) -> Result<Event, axum::Error> {
    let data = LiveEvent::Layout(LayoutEvent { layout_version });
    Event::default().event("layout").json_data(data)
}

fn event(app: &App, shown: &Shown) -> Result<Event, axum::Error> {
    let (name, data) = match shown {
        Shown::Bay(seen) => ("bay", LiveEvent::Bay(bay_event(app, seen))),
        Shown::Device(seen) => ("device", LiveEvent::Device(device_event(seen))),
        Shown::Resync => return Ok(Event::default().event("resync").data("{}")),
    };
    Event::default().event(name).json_data(data)
}

fn bay_event(app: &App, seen: &Seen) -> BayEvent {
    BayEvent {
        bay_code: seen.bay_code.to_string(),
        bay_no: app.map.sheet().layout.number_of(&seen.bay_code),
        state: BayState::of(seen.state),
        observed_at: seen.observed_at,
        lon: seen.at.lon(),
        lat: seen.at.lat(),
        version: seen.version,
    }
}

fn device_event(seen: &DeviceSeen) -> DeviceEvent {
    DeviceEvent {
        device_id: seen.device_id.0,
        network: seen.network.clone(),
        key: seen.key.clone(),
        bay_code: seen.bay_code.to_string(),
        condition: seen.condition.clone(),
        on: seen.turned == Turned::On,
        at: seen.at,
        detail: seen.detail.clone(),
        lon: seen.place.lon(),
        lat: seen.place.lat(),
    }
}

pub(super) fn read_bbox(text: &str) -> Outcome<Watch> {
    let malformed = || {
        malformed_query(
            &"bbox is west,south,east,north in degrees, west before east, south before north",
        )
    };
    let degrees: Vec<f64> = text
        .split(',')
        .map(|d| d.trim().parse().map_err(|_| malformed()))
        .collect::<Outcome<_>>()?;
    let [west, south, east, north] = degrees[..] else { return Err(malformed()) };
    let corner = |lon, lat| Point::new(lon, lat).map_err(|reject| malformed_query(&reject));
    Watch::new(corner(west, south)?, corner(east, north)?).map_err(|reject| match reject {
        WatchReject::Malformed => malformed(),
        WatchReject::TooLarge => {
            Refusal::refused("bbox_too_large", "one stream watches up to 64 cells of 0.02°")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bbox_is_west_south_east_north() {
        for (text, expected) in [
            ("104.10,36.50,104.20,36.60", None),
            ("104.10, 36.50, 104.20, 36.60", None),
            ("104.10,36.50,104.20", Some("malformed_query")),
            ("104.10,36.50,104.20,36.60,1", Some("malformed_query")),
            ("", Some("malformed_query")),
            ("a,b,c,d", Some("malformed_query")),
            ("NaN,36.50,104.20,36.60", Some("malformed_query")),
            ("104.20,36.50,104.10,36.60", Some("malformed_query")),
            ("104.10,36.50,104.20,91", Some("malformed_query")),
            ("104,36,105,37", Some("bbox_too_large")),
        ] {
            let refused = match read_bbox(text) {
                Ok(_) => None,
                Err(Refusal::Malformed { code, .. } | Refusal::Refused { code, .. }) => Some(code),
                Err(other) => panic!("{text}: {other:?}"),
            };
            assert_eq!(refused, expected, "{text}");
        }
    }
}
