//! The test of a new sensor: a vehicle drives onto the bay, and off again.
//!
//! Looks only at what the sensor said since it was installed. It does not say whether the sensor is
//! healthy, nor does it count anything: readings of a test are never billed.

use vocabulary::Timestamp;

use crate::Kind;

/// What was seen of the test so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// When the sensor was heard last.
    pub heard_at: Option<Timestamp>,
    /// When it first said that a vehicle stands there.
    pub drive_on_at: Option<Timestamp>,
    /// When it first said after that that the bay is empty.
    pub drive_off_at: Option<Timestamp>,
}

/// What is still to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing was heard at all.
    Signal,
    /// No vehicle was seen coming.
    DriveOn,
    /// A vehicle came, and was not seen leaving.
    DriveOff,
}

impl Missing {
    /// The name used in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Missing::Signal => "signal",
            Missing::DriveOn => "drive_on",
            Missing::DriveOff => "drive_off",
        }
    }
}

impl Acceptance {
    /// Looks at what a sensor said since it was installed, in order: when, in what kind of reading,
    /// and whether the bay was taken. What it says at its start or in a fault proves nothing.
    #[must_use]
    pub fn of(said: impl IntoIterator<Item = (Timestamp, Kind, Option<bool>)>) -> Acceptance {
        let mut seen = Acceptance::default();
        for (at, kind, occupied) in said {
            seen.heard_at = Some(at);
            let tells = matches!(kind, Kind::Occupied | Kind::Vacant | Kind::Heartbeat);
            match occupied.filter(|_| tells) {
                Some(true) if seen.drive_on_at.is_none() => seen.drive_on_at = Some(at),
                Some(false) if seen.drive_on_at.is_some() && seen.drive_off_at.is_none() => {
                    seen.drive_off_at = Some(at);
                }
                _ => {}
            }
        }
        seen
    }

    /// What is still to be seen; nothing if the test is passed.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        match (self.heard_at, self.drive_on_at, self.drive_off_at) {
            (_, _, Some(_)) => None,
            (_, Some(_), None) => Some(Missing::DriveOff),
            (Some(_), None, None) => Some(Missing::DriveOn),
            (None, None, None) => Some(Missing::Signal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &[(Kind, Option<bool>)], missing: Option<Missing>) {
        let said = said.iter().enumerate().map(|(minute, (kind, occupied))| {
            let at = i64::try_from(minute).map(|m| Timestamp::from_ms(m * 60_000)).unwrap();
            (at, *kind, *occupied)
        });
        assert_eq!(
            Acceptance::of(said.clone()).missing(),
            missing,
            "{:?}",
            said.collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_test_is_passed_when_a_vehicle_was_seen_coming_and_then_leaving() {
        use Kind::{Fault, Heartbeat, Occupied, StartUp, Vacant};
        let (taken, empty) = (Some(true), Some(false));
        check(&[], Some(Missing::Signal));
        check(&[(StartUp, None)], Some(Missing::DriveOn));
        check(&[(Vacant, empty)], Some(Missing::DriveOn));
        check(&[(Occupied, taken)], Some(Missing::DriveOff));
        check(&[(Vacant, empty), (Occupied, taken)], Some(Missing::DriveOff));
        check(&[(Occupied, taken), (Vacant, empty)], None);
        check(&[(Heartbeat, taken), (Heartbeat, empty)], None);
        check(&[(StartUp, taken), (Vacant, empty)], Some(Missing::DriveOn));
        check(&[(Occupied, taken), (Fault, empty)], Some(Missing::DriveOff));
        check(&[(Occupied, taken), (Vacant, empty), (Occupied, taken)], None);
    }

    #[test]
    fn the_times_are_those_of_the_first_vehicle() {
        let at = |minute: i64| Timestamp::from_ms(minute * 60_000);
        let seen = Acceptance::of([
            (at(1), Kind::Occupied, Some(true)),
            (at(2), Kind::Heartbeat, Some(true)),
            (at(3), Kind::Vacant, Some(false)),
            (at(4), Kind::Vacant, Some(false)),
        ]);
        let expected = Acceptance {
            heard_at: Some(at(4)),
            drive_on_at: Some(at(1)),
            drive_off_at: Some(at(3)),
        };
        assert_eq!(seen, expected);
    }
}
