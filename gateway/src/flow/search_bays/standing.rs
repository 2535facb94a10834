//! Whether a vehicle may stand in a bay now: its class, the sign's hours, closures, and hours in which the tariff forbids to park.
//!
//! The search judges, so that there is one rule for what is permitted.

use vocabulary::{Timestamp, VehicleClass};
use wayfinding::ranking::DriveBy;
use wayfinding::search::{Bay, BayGrid, Vehicle};

use super::{Known, Unknown, Wish};
use crate::app::App;

/// Whether a vehicle of that class may stand in a bay for at least a minute, from the next full one on. Who drives to a
/// bay kept for disabled drivers is believed to be one; how high and long the vehicle is nobody knows.
#[must_use]
pub fn may_stand(
    app: &App,
    index: &BayGrid,
    bay: &Bay<'_>,
    class: VehicleClass,
    now: Timestamp,
) -> bool {
    let rates = app.config.search.rates();
    let wish = Wish {
        from: bay.at,
        destination: bay.at,
        stay_min: 1,
        arrive_in_min: Some(0),
        vehicle: Vehicle {
            class,
            height_mm: None,
            length_mm: None,
            charging: false,
            accessible: bay.permit.accessible,
        },
        max_price_fen: None,
        max_first_hour_fen: None,
        max_walk_min: 0.0,
        limit: 1,
        unknown: Unknown::LeftOut,
        drive_by: DriveBy::Line,
    };
    let intended = wish.intended(&rates, now);
    let priced = app.live.prices().of(intended);
    let known = Known { priced: &priced, forecasts: &app.forecasts, minutes: 0.0 };
    index.takes(bay.id, &wish.ask(intended, DriveBy::Line), &known)
}
