//! Whether a vehicle may stand in a bay now: its class, the sign's hours, closures, and hours in which the tariff forbids to park.
//!
//! Asks the search itself for the bay, so that there is one rule for what is permitted. **Invariant:** only of a free bay: the search
//! names no others as free.

use vocabulary::{Timestamp, VehicleClass};
use wayfinding::ranking::DriveBy;
use wayfinding::search::{Bay, BayGrid, Vehicle};

use super::{Known, Unknown, Wish};
use crate::app::App;

/// What stands in one place: places are kept to a centimetre.
const HERE_M: f64 = 1.0;
/// More bays than stand in one place.
const NEIGHBOURS: usize = 64;

/// Whether a vehicle of that class may stand in a free bay for at least a minute, from the next full one on. Who drives to a
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
        max_walk_min: rates.walk_min(HERE_M),
        limit: NEIGHBOURS,
        unknown: Unknown::LeftOut,
        drive_by: DriveBy::Line,
    };
    let intended = wish.intended(&rates, now);
    let priced = app.live.prices().of(intended);
    let known = Known { priced: &priced, forecasts: &app.forecasts, minutes: 0.0 };
    let ask = wish.ask(intended, DriveBy::Line);
    let found = index.find(&ask, &rates, &known);
    found.free.iter().any(|offer| offer.bay.id == bay.id)
}
