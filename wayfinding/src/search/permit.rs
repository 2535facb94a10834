//! What may stand in a bay, and for how long.

use vocabulary::{Interval, Timestamp, VehicleClass, WeeklyHours, ZoneId};

/// What holds of a bay; many bays share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Permit {
    pub zone: ZoneId,
    /// Every class if empty.
    pub classes: Vec<VehicleClass>,
    /// No limit if none.
    pub max_height_mm: Option<u16>,
    /// How long a vehicle may be.
    pub max_length_mm: Option<u16>,
    pub charging: bool,
    /// Wide enough for a wheelchair, and kept for those who need it.
    pub accessible: bool,
    /// Always if none.
    pub hours: Option<WeeklyHours>,
}

/// What a driver comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vehicle {
    pub class: VehicleClass,
    /// Not asked for if none.
    pub height_mm: Option<u16>,
    pub length_mm: Option<u16>,
    /// Only bays where it can be charged.
    pub charging: bool,
    /// Only accessible bays. Others are offered no accessible bay.
    pub accessible: bool,
}

/// From when on parking is not permitted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    Refused,
    At(Timestamp),
    Always,
}

const WEEK_MINUTES: i64 = 7 * 24 * 60;
/// 1970-01-05 was a Monday.
const FIRST_MONDAY_MIN: i64 = 4 * 24 * 60;

impl Permit {
    /// Whether the vehicle itself may stand there, at whatever time.
    #[must_use]
    pub fn takes(&self, vehicle: &Vehicle) -> bool {
        let fits = |limit: Option<u16>, size: Option<u16>| match (limit, size) {
            (Some(limit), Some(size)) => size <= limit,
            _ => true,
        };
        (self.classes.is_empty() || self.classes.contains(&vehicle.class))
            && fits(self.max_height_mm, vehicle.height_mm)
            && fits(self.max_length_mm, vehicle.length_mm)
            && (self.charging || !vehicle.charging)
            && self.accessible == vehicle.accessible
    }

    /// Until when parking is permitted that begins at an instant, by the hours alone.
    pub(super) fn until(&self, from: Timestamp, ahead_of_utc_min: i32) -> Until {
        let Some(hours) = &self.hours else { return Until::Always };
        let minutes = from.ms().div_euclid(60_000) + i64::from(ahead_of_utc_min) - FIRST_MONDAY_MIN;
        let of_week = u32::try_from(minutes.rem_euclid(WEEK_MINUTES)).unwrap_or(0);
        match hours.goes_on_for_min(of_week) {
            Some(0) => Until::Refused,
            // From the begin of the minute on.
            Some(more) => {
                let minute_ms = from.ms().div_euclid(60_000) * 60_000;
                Until::At(Timestamp::from_ms(minute_ms + i64::from(more) * 60_000))
            }
            None => Until::Always,
        }
    }
}

impl Until {
    /// The same, but not beyond the first closure after `from`.
    pub(super) fn but_for(self, closures: &[Interval], from: Timestamp) -> Until {
        closures.iter().filter(|closure| closure.end_at() > from).fold(self, |until, closure| {
            if closure.start_at() <= from && !closure.is_empty() {
                return Until::Refused;
            }
            match until {
                Until::Refused => Until::Refused,
                Until::Always => Until::At(closure.start_at()),
                Until::At(at) => Until::At(at.min(closure.start_at())),
            }
        })
    }

    /// The same, but not beyond an instant, if there is one.
    pub(super) fn and_until(self, instant: Option<Timestamp>) -> Until {
        match (self, instant) {
            (until, None) | (until @ Until::Refused, _) => until,
            (Until::Always, Some(instant)) => Until::At(instant),
            (Until::At(at), Some(instant)) => Until::At(at.min(instant)),
        }
    }

    /// Whether a stay up to an instant is permitted to its end.
    pub(super) fn covers(self, end: Timestamp) -> bool {
        match self {
            Until::Refused => false,
            Until::At(at) => end <= at,
            Until::Always => true,
        }
    }

    pub(super) fn at(self) -> Option<Timestamp> {
        match self {
            Until::At(at) => Some(at),
            Until::Refused | Until::Always => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit(hours: Option<&str>) -> Permit {
        Permit {
            zone: ZoneId("00000000-0000-0000-0000-000000000001".parse().unwrap()),
            classes: vec![VehicleClass::Small, VehicleClass::NewEnergySmall],
            max_height_mm: Some(2100),
            max_length_mm: None,
            charging: false,
            accessible: false,
            hours: hours.map(|hours| WeeklyHours::parse(hours).unwrap()),
        }
    }

    const CAR: Vehicle = Vehicle {
        class: VehicleClass::Small,
        height_mm: None,
        length_mm: Some(4500),
        charging: false,
        accessible: false,
    };

    #[test]
    fn a_bay_takes_what_its_sign_says() {
        for (vehicle, taken) in [
            (CAR, true),
            (Vehicle { height_mm: Some(2100), ..CAR }, true),
            (Vehicle { height_mm: Some(2101), ..CAR }, false),
            (Vehicle { class: VehicleClass::Large, ..CAR }, false),
            (Vehicle { charging: true, ..CAR }, false),
            (Vehicle { accessible: true, ..CAR }, false),
        ] {
            assert_eq!(permit(None).takes(&vehicle), taken, "{vehicle:?}");
        }
        let kept = Permit { accessible: true, ..permit(None) };
        assert!(!kept.takes(&CAR) && kept.takes(&Vehicle { accessible: true, ..CAR }));
    }

    #[test]
    fn permission_ends_with_the_hours_or_a_closure_on_the_citys_clock() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let until = |hours, from: &str, closures: &[Interval]| {
            permit(hours).until(at(from), 480).but_for(closures, at(from))
        };
        // 2026-09-15 is a Tuesday; 02:30 UTC is 10:30 in China.
        let from = "2026-09-15T02:30:20Z";
        assert_eq!(until(None, from, &[]), Until::Always);
        assert_eq!(
            until(Some("mo-fr 08:00-20:00"), from, &[]),
            Until::At(at("2026-09-15T12:00:00Z"))
        );
        assert_eq!(until(Some("mo 08:00-20:00"), from, &[]), Until::Refused);
        let closed = |from: &str, to: &str| Interval::new(at(from), at(to)).unwrap();
        let later = closed("2026-09-15T04:00:00Z", "2026-09-15T05:00:00Z");
        let now = closed("2026-09-15T02:00:00Z", "2026-09-15T03:00:00Z");
        let over = closed("2026-09-15T01:00:00Z", "2026-09-15T02:30:00Z");
        assert_eq!(until(None, from, &[over]), Until::Always);
        assert_eq!(until(None, from, &[over, later]), Until::At(at("2026-09-15T04:00:00Z")));
        assert_eq!(until(None, from, &[now, later]), Until::Refused);
        let end = at("2026-09-15T04:00:00Z");
        assert!(Until::At(end).covers(end) && !Until::At(end).covers(end.plus_ms(1)));
    }
}
