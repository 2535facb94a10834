//! The free bays that cost a driver least: the live index, prices and forecast asked together. Reads memory only.

use vocabulary::{BlockId, Point, Timestamp};
use wayfinding::search::{Ask, Block, Nothing, Offer, Rates, Stay, Terms, Vehicle};

use crate::app::App;
use crate::forecasts::Forecasts;
use crate::live::{Intended, Priced, ZonePrice};

/// China has one zone and no summer time.
const AHEAD_OF_UTC_MIN: i32 = 8 * 60;
const MINUTE_MS: i64 = 60_000;
/// Nothing more is known beyond a week than what is usual.
const FORECAST_LIMIT_MIN: f64 = 10_080.0;
/// A search that found nothing is counted for a block no farther than this.
const AROUND_M: f64 = 2_000.0;

/// What a driver wishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    pub from: Point,
    pub destination: Point,
    pub stay_min: u32,
    /// After the drive to the destination, if it is not said.
    pub arrive_in_min: Option<u32>,
    pub vehicle: Vehicle,
    pub max_price_fen: Option<i64>,
    pub max_first_hour_fen: Option<i64>,
    pub max_walk_min: f64,
    pub limit: usize,
    pub unknown: Unknown,
}

/// Whether bays of unknown state are named, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    Named,
    LeftOut,
}

/// One bay with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct SearchHit<'a> {
    pub offer: &'a Offer<'a>,
    pub price: Option<&'a ZonePrice>,
    pub trend: Option<&'static str>,
    pub rates: &'a Rates,
}

/// What was found, as the caller shows it.
#[derive(Debug)]
pub struct SearchAnswer<T> {
    pub intended: Intended,
    pub hits: Vec<T>,
    pub unknown: Vec<T>,
    pub nothing: Option<Nothing>,
    /// Without a hit: the block nearest to the destination, if there is one around.
    pub unmet: Option<BlockId>,
}

/// What is known while a search goes on.
struct Known<'a> {
    priced: &'a Priced,
    forecasts: &'a Forecasts,
    minutes: f64,
}

impl Terms for Known<'_> {
    fn stay(&self, zone: vocabulary::ZoneId) -> Stay {
        self.priced.zone(zone).map(|price| price.stay).unwrap_or_default()
    }

    fn chance(&self, block: &Block) -> Option<f64> {
        let expected = self.forecasts.expected(&block.code, self.minutes)?;
        Some(expected.outlook?.one_free())
    }

    fn least_fee_fen(&self) -> i64 {
        self.priced.least_fee_fen
    }
}

/// Searches; `show` makes of each bay what is answered.
pub fn search_bays<T>(
    app: &App,
    wish: &Wish,
    now: Timestamp,
    show: impl Fn(SearchHit<'_>) -> T,
) -> SearchAnswer<T> {
    let rates = Rates::default();
    let intended = wish.intended(&rates, now);
    let priced = app.live.prices().of(intended);
    let minutes = intended.arrive_at.since_ms(now).max(0) as f64 / MINUTE_MS as f64;
    let minutes = minutes.min(FORECAST_LIMIT_MIN);
    let known = Known { priced: &priced, forecasts: &app.forecasts, minutes };
    let ask = wish.ask(intended);
    app.live.look(|index| {
        let found = index.find(&ask, &rates, &known);
        let shown = |offers: &[Offer<'_>]| -> Vec<T> {
            let hit = |offer| show(known.hit(offer, &rates));
            offers.iter().map(hit).collect()
        };
        let nearest = |_| index.nearest(wish.destination, AROUND_M, None, 1);
        let around = found.nothing.map(nearest).unwrap_or_default();
        SearchAnswer {
            intended,
            hits: shown(&found.free),
            unknown: shown(&found.unknown),
            nothing: found.nothing,
            unmet: around.first().map(|hit| hit.bay.kerb.id),
        }
    })
}

impl Known<'_> {
    fn hit<'a>(&'a self, offer: &'a Offer<'a>, rates: &'a Rates) -> SearchHit<'a> {
        let expected = self.forecasts.expected(offer.bay.block, self.minutes);
        let outlook = expected.and_then(|expected| expected.outlook);
        SearchHit {
            offer,
            price: self.priced.zone(offer.bay.permit.zone),
            trend: outlook.map(|outlook| outlook.trend().name()),
            rates,
        }
    }
}

impl Wish {
    /// From a full minute on: so that many ask the same.
    fn intended(&self, rates: &Rates, now: Timestamp) -> Intended {
        let drive_min = rates.drive_min(self.from.distance_m(self.destination));
        #[expect(clippy::cast_possible_truncation, reason = "half around the earth is two months")]
        let drive_ms = (drive_min * MINUTE_MS as f64).ceil() as i64;
        let after_ms = self.arrive_in_min.map_or(drive_ms, |min| i64::from(min) * MINUTE_MS);
        let at_ms = now.plus_ms(after_ms).ms();
        let short_ms = -at_ms.rem_euclid(MINUTE_MS);
        let arrive_at = now.plus_ms(after_ms + short_ms.rem_euclid(MINUTE_MS));
        let leave_at = arrive_at.plus_ms(i64::from(self.stay_min) * MINUTE_MS);
        Intended { arrive_at, leave_at, vehicle: self.vehicle.class }
    }

    fn ask(&self, intended: Intended) -> Ask {
        Ask {
            destination: self.destination,
            from: Some(self.from),
            arrive_at: intended.arrive_at,
            stay_min: self.stay_min,
            vehicle: self.vehicle,
            max_fee_fen: self.max_price_fen,
            max_first_hour_fen: self.max_first_hour_fen,
            max_walk_min: self.max_walk_min,
            limit: self.limit,
            unknown_limit: if self.unknown == Unknown::Named { self.limit } else { 0 },
            ahead_of_utc_min: AHEAD_OF_UTC_MIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::VehicleClass;

    #[test]
    fn a_driver_arrives_after_the_drive_at_the_next_full_minute() {
        let place = |lon: f64| Point::new(lon, 0.0).unwrap();
        let vehicle = Vehicle {
            class: VehicleClass::Small,
            height_mm: None,
            length_mm: None,
            charging: false,
            accessible: false,
        };
        let wish = |destination, arrive_in_min| Wish {
            from: place(0.0),
            destination,
            stay_min: 90,
            arrive_in_min,
            vehicle,
            max_price_fen: None,
            max_first_hour_fen: None,
            max_walk_min: 10.0,
            limit: 20,
            unknown: Unknown::LeftOut,
        };
        // 0.01° of the equator are 1,111.95 m; 1.3 times that at 333 m a minute are 4 min 20.5 s.
        for (now, lon, said, expected) in [
            ("2026-09-15T02:30:20Z", 0.01, None, "2026-09-15T02:35:00Z"),
            ("2026-09-15T02:30:39Z", 0.01, None, "2026-09-15T02:35:00Z"),
            ("2026-09-15T02:30:40Z", 0.01, None, "2026-09-15T02:36:00Z"),
            ("2026-09-15T02:30:00Z", 0.0, None, "2026-09-15T02:30:00Z"),
            ("2026-09-15T02:30:01Z", 0.0, None, "2026-09-15T02:31:00Z"),
            ("2026-09-15T02:30:00Z", 0.01, Some(20), "2026-09-15T02:50:00Z"),
        ] {
            let (now, expected) = (Timestamp::parse(now), Timestamp::parse(expected));
            let intended = wish(place(lon), said).intended(&Rates::default(), now.unwrap());
            assert_eq!(intended.arrive_at, expected.unwrap(), "{lon} {said:?}");
            assert_eq!(intended.leave_at, intended.arrive_at.plus_ms(90 * MINUTE_MS));
        }
    }
}
