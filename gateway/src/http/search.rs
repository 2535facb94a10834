//! The free bays that cost a driver least, with what a stay there costs. Unknown is not free.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{Point, Timestamp, VehicleClass};
use wayfinding::ranking::DriveBy;
use wayfinding::search::Vehicle;

use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::health::Moment;
use super::search_view::{BaysFound, Destination, DriveBasis, FoundBay, NothingFound};
use super::visitor::Visitor;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::search_bays::{SearchAnswer, Unknown, Wish, search_bays};
use crate::lang::Lang;
use crate::rate_limit::Allowance;

const USUAL_STAY_MIN: u32 = 60;
const STAY_LIMIT_MIN: u32 = 10_080;
const ARRIVE_LIMIT_MIN: u32 = 1_440;
const USUAL_WALK_MIN: f64 = 10.0;
const WALK_LIMIT_MIN: f64 = 60.0;
const SIZE_LIMIT_MM: u16 = 30_000;
const PRICE_LIMIT_FEN: i64 = 100_000_000;
const HITS_LIMIT: usize = 20;
/// For each address, behind which a whole mobile network may be.
const SEARCHES: Allowance = Allowance { burst: 600, every_ms: 20 };

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(search))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Sought {
    /// Where the driver is: degrees, WGS-84.
    #[param(minimum = -180, maximum = 180)]
    lon: f64,
    #[param(minimum = -90, maximum = 90)]
    lat: f64,
    /// Where the driver wants to go in the end; where the driver is, if left out.
    #[param(minimum = -180, maximum = 180)]
    dest_lon: Option<f64>,
    #[param(minimum = -90, maximum = 90)]
    dest_lat: Option<f64>,
    /// How long the vehicle is to stand; 60 if left out.
    #[param(minimum = 1, maximum = 10_080)]
    stay_minutes: Option<u32>,
    /// When the driver arrives; after the drive to the destination, if left out.
    #[param(minimum = 0, maximum = 1_440)]
    arrive_in_minutes: Option<u32>,
    /// `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`.
    vehicle_class: Option<String>,
    /// Of the vehicle.
    #[param(minimum = 1, maximum = 30_000)]
    height_mm: Option<u16>,
    #[param(minimum = 1, maximum = 30_000)]
    length_mm: Option<u16>,
    /// Only bays with a charging point.
    charging: Option<bool>,
    /// Only bays kept for disabled drivers; none of them, if left out.
    accessible: Option<bool>,
    /// What the whole stay may cost.
    #[param(minimum = 0, maximum = 100_000_000)]
    max_price_fen: Option<i64>,
    /// What its first hour may cost.
    #[param(minimum = 0, maximum = 100_000_000)]
    max_hourly_fen: Option<i64>,
    /// From the bay to the destination; 10 if left out.
    #[param(minimum = 0, maximum = 60)]
    max_walk_minutes: Option<f64>,
    /// Also bays whose sensors are not heard, in a list of their own.
    unknown: Option<bool>,
    /// How many; 20 if left out.
    #[param(minimum = 1, maximum = 20)]
    limit: Option<usize>,
    /// What drives are reckoned by, where the operator has imported roads: `roads` if a destination is given that is not where
    /// the driver is, otherwise `line`.
    #[param(inline)]
    drive_by: Option<DriveBasis>,
    /// Of the texts for people; `zh` if left out.
    #[param(inline)]
    lang: Option<Lang>,
}

impl Sought {
    fn wish(&self) -> Outcome<Wish> {
        let from = place(self.lon, self.lat)?;
        let destination = match (self.dest_lon, self.dest_lat) {
            (Some(lon), Some(lat)) => place(lon, lat)?,
            (None, None) => from,
            _ => return Err(malformed_query(&"dest_lon and dest_lat come together")),
        };
        let stay_min = self.stay_minutes.unwrap_or(USUAL_STAY_MIN);
        within("stay_minutes", stay_min, 1, STAY_LIMIT_MIN)?;
        within("arrive_in_minutes", self.arrive_in_minutes.unwrap_or(0), 0, ARRIVE_LIMIT_MIN)?;
        let max_walk_min = self.max_walk_minutes.unwrap_or(USUAL_WALK_MIN);
        within("max_walk_minutes", max_walk_min, 0.0, WALK_LIMIT_MIN)?;
        let limit = self.limit.unwrap_or(HITS_LIMIT);
        within("limit", limit, 1, HITS_LIMIT)?;
        for (name, fen) in
            [("max_price_fen", self.max_price_fen), ("max_hourly_fen", self.max_hourly_fen)]
        {
            within(name, fen.unwrap_or(0), 0, PRICE_LIMIT_FEN)?;
        }
        Ok(Wish {
            from,
            destination,
            stay_min,
            arrive_in_min: self.arrive_in_minutes,
            vehicle: self.vehicle()?,
            max_price_fen: self.max_price_fen,
            max_first_hour_fen: self.max_hourly_fen,
            max_walk_min,
            limit,
            unknown: if self.unknown == Some(true) { Unknown::Named } else { Unknown::LeftOut },
            drive_by: match self.drive_by {
                Some(said) => said.into(),
                // Who is there already mostly walks or parks around the corner.
                None if destination == from => DriveBy::Line,
                None => DriveBy::Roads,
            },
        })
    }

    fn vehicle(&self) -> Outcome<Vehicle> {
        let class = self.vehicle_class.as_deref().unwrap_or("small");
        let unknown = || malformed_query(&format!("vehicle_class: no class is called {class}"));
        for (name, mm) in [("height_mm", self.height_mm), ("length_mm", self.length_mm)] {
            within(name, mm.unwrap_or(1), 1, SIZE_LIMIT_MM)?;
        }
        Ok(Vehicle {
            class: VehicleClass::from_name(class).ok_or_else(unknown)?,
            height_mm: self.height_mm,
            length_mm: self.length_mm,
            charging: self.charging == Some(true),
            accessible: self.accessible == Some(true),
        })
    }
}

/// The free bays that cost a driver least in all, with the price of the intended stay and the chance that they are still
/// there. Where roads are known, the drive to each is that over the roads, under the closures and the traffic of now. Searches that
/// find nothing are counted by block and hour, without anything of who searched.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    tag = "bays",
    params(Sought),
    responses(
        (status = OK, body = BaysFound),
        (status = TOO_MANY_REQUESTS, description = "`too_many_requests`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn search(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Asked(sought): Asked<Sought>,
) -> Answer<Json<BaysFound>> {
    let wish = sought.wish()?;
    visitor.may_ask(&app, "search", SEARCHES)?;
    let moment = Moment::of(&app);
    let found = found(&app, &wish, moment.now).await?;
    if let Some(block) = found.unmet {
        app.unmet.count(block, moment.now, (&visitor.network(), app.clock.machine_now_ms()));
    }
    let language = sought.lang.unwrap_or_default();
    Ok(Json(BaysFound {
        moment,
        arrive_at: found.intended.arrive_at,
        leave_at: found.intended.leave_at,
        stay_minutes: wish.stay_min,
        vehicle_class: wish.vehicle.class.name(),
        destination: Destination { lon: wish.destination.lon(), lat: wish.destination.lat() },
        hits: found.hits.into_iter().map(FoundBay::ranked).collect(),
        unknown: found.unknown.into_iter().map(FoundBay::ranked).collect(),
        nothing: found.nothing.map(|nothing| NothingFound::of(nothing, language)),
    }))
}

async fn found(app: &Arc<App>, wish: &Wish, now: Timestamp) -> Result<SearchAnswer<FoundBay>> {
    let search =
        move |app: &App, wish: &Wish| search_bays(app, wish, now, |hit| FoundBay::of(hit, now));
    if wish.drive_by == DriveBy::Line || app.roads.current().is_none() {
        return Ok(search(app, wish));
    }
    let (app, wish) = (Arc::clone(app), wish.clone());
    // Many ways may take a millisecond or two: not on the threads that answer requests.
    let found = tokio::task::spawn_blocking(move || search(&app, &wish)).await;
    found.context("searching by the roads")
}

fn place(lon: f64, lat: f64) -> Outcome<Point> {
    Point::new(lon, lat).map_err(|reject| malformed_query(&reject))
}

fn within<T: Copy + PartialOrd + std::fmt::Display>(
    name: &str,
    said: T,
    least: T,
    most: T,
) -> Outcome<()> {
    if (&least..=&most).contains(&&said) {
        return Ok(());
    }
    Err(malformed_query(&format!("{name} must lie in {least}..{most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Refusal;

    fn usual() -> Sought {
        Sought {
            lon: 104.1389,
            lat: 36.5447,
            dest_lon: None,
            dest_lat: None,
            stay_minutes: None,
            arrive_in_minutes: None,
            vehicle_class: None,
            height_mm: None,
            length_mm: None,
            charging: None,
            accessible: None,
            max_price_fen: None,
            max_hourly_fen: None,
            max_walk_minutes: None,
            unknown: None,
            limit: None,
            drive_by: None,
            lang: None,
        }
    }

    #[test]
    fn what_is_left_out_is_as_usual() {
        let wish = usual().wish().unwrap();
        assert_eq!((wish.stay_min, wish.max_walk_min, wish.limit), (60, 10.0, 20));
        assert_eq!(wish.destination, wish.from);
        assert_eq!((wish.vehicle.class, wish.unknown), (VehicleClass::Small, Unknown::LeftOut));
    }

    #[test]
    fn the_roads_are_asked_for_who_drives_somewhere_else_or_says_so() {
        let to = |lon: f64| Sought { dest_lon: Some(lon), dest_lat: Some(36.5447), ..usual() };
        let said =
            |drive_by: DriveBasis, sought: Sought| Sought { drive_by: Some(drive_by), ..sought };
        for (sought, expected) in [
            (usual(), DriveBy::Line),
            (to(104.1389), DriveBy::Line),
            (to(104.139), DriveBy::Roads),
            (said(DriveBasis::Roads, usual()), DriveBy::Roads),
            (said(DriveBasis::Line, to(104.139)), DriveBy::Line),
        ] {
            assert_eq!(sought.wish().unwrap().drive_by, expected, "{sought:?}");
        }
    }

    #[test]
    fn a_search_has_written_limits() {
        let usual = usual();
        for wrong in [
            Sought { lon: 180.1, ..usual.clone() },
            Sought { lat: f64::NAN, ..usual.clone() },
            Sought { dest_lon: Some(104.0), ..usual.clone() },
            Sought { dest_lon: Some(104.0), dest_lat: Some(f64::INFINITY), ..usual.clone() },
            Sought { stay_minutes: Some(0), ..usual.clone() },
            Sought { stay_minutes: Some(10_081), ..usual.clone() },
            Sought { arrive_in_minutes: Some(1_441), ..usual.clone() },
            Sought { vehicle_class: Some("tank".into()), ..usual.clone() },
            Sought { height_mm: Some(0), ..usual.clone() },
            Sought { length_mm: Some(30_001), ..usual.clone() },
            Sought { max_price_fen: Some(-1), ..usual.clone() },
            Sought { max_hourly_fen: Some(100_000_001), ..usual.clone() },
            Sought { max_walk_minutes: Some(f64::NAN), ..usual.clone() },
            Sought { max_walk_minutes: Some(60.1), ..usual.clone() },
            Sought { max_walk_minutes: Some(-0.1), ..usual.clone() },
            Sought { limit: Some(0), ..usual.clone() },
            Sought { limit: Some(21), ..usual.clone() },
        ] {
            let refused = wrong.wish();
            assert!(
                matches!(refused, Err(Refusal::Malformed { code: "malformed_query", .. })),
                "{wrong:?}"
            );
        }
    }
}
