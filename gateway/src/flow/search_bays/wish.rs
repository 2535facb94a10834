//! What a driver wishes of a search, and what that asks of the index.

use vocabulary::{Point, Timestamp};
use wayfinding::ranking::DriveBy;
use wayfinding::search::{Ask, Rates, Vehicle};

use crate::live::Intended;

/// China has one zone and no summer time.
const AHEAD_OF_UTC_MIN: i32 = 8 * 60;
pub(super) const MINUTE_MS: i64 = 60_000;
/// Bays by line that are looked at for each that is wanted, once the roads decide; and how many at most.
const BY_ROADS_EACH: usize = 3;
const BY_ROADS_LIMIT: usize = 60;

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
    /// What drives are reckoned by, where roads are known.
    pub drive_by: DriveBy,
}

/// Whether bays of unknown state are named, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    Named,
    LeftOut,
}

impl Wish {
    /// From a full minute on: so that many ask the same.
    pub(super) fn intended(&self, rates: &Rates, now: Timestamp) -> Intended {
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

    /// `by` says what will decide in the end: what is best by line need not be best by the roads.
    pub(super) fn ask(&self, intended: Intended, by: DriveBy) -> Ask {
        Ask {
            destination: self.destination,
            from: Some(self.from),
            arrive_at: intended.arrive_at,
            stay_min: self.stay_min,
            vehicle: self.vehicle,
            max_fee_fen: self.max_price_fen,
            max_first_hour_fen: self.max_first_hour_fen,
            max_walk_min: self.max_walk_min,
            limit: self.candidates(by),
            unknown_limit: if self.unknown == Unknown::Named { self.limit } else { 0 },
            ahead_of_utc_min: AHEAD_OF_UTC_MIN,
        }
    }

    fn candidates(&self, by: DriveBy) -> usize {
        match by {
            DriveBy::Line => self.limit,
            DriveBy::Roads => (self.limit * BY_ROADS_EACH).min(BY_ROADS_LIMIT).max(self.limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::VehicleClass;

    fn wish(destination: Point, arrive_in_min: Option<u32>, limit: usize) -> Wish {
        let vehicle = Vehicle {
            class: VehicleClass::Small,
            height_mm: None,
            length_mm: None,
            charging: false,
            accessible: false,
        };
        Wish {
            from: place(0.0),
            destination,
            stay_min: 90,
            arrive_in_min,
            vehicle,
            max_price_fen: None,
            max_first_hour_fen: None,
            max_walk_min: 10.0,
            limit,
            unknown: Unknown::LeftOut,
            drive_by: DriveBy::Roads,
        }
    }

    fn place(lon: f64) -> Point {
        Point::new(lon, 0.0).unwrap()
    }

    #[test]
    fn a_driver_arrives_after_the_drive_at_the_next_full_minute() {
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
            let intended = wish(place(lon), said, 20).intended(&Rates::default(), now.unwrap());
            assert_eq!(intended.arrive_at, expected.unwrap(), "{lon} {said:?}");
            assert_eq!(intended.leave_at, intended.arrive_at.plus_ms(90 * MINUTE_MS));
        }
    }

    #[test]
    fn three_bays_by_line_are_looked_at_for_each_that_is_wanted_and_sixty_at_most() {
        let now = Timestamp::parse("2026-09-15T02:30:00Z").unwrap();
        for (limit, by_roads) in [(1, 3), (7, 21), (20, 60), (21, 60), (60, 60), (61, 61)] {
            let wish = wish(place(0.01), None, limit);
            let intended = wish.intended(&Rates::default(), now);
            assert_eq!(wish.ask(intended, DriveBy::Line).limit, limit);
            assert_eq!(wish.ask(intended, DriveBy::Roads).limit, by_roads, "{limit}");
            assert_eq!(wish.ask(intended, DriveBy::Roads).unknown_limit, 0);
        }
    }
}
