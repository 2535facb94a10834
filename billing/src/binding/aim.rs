//! Which stay of a bay a claim speaks of. The table stands in the header of `binding`.

use vocabulary::{StayId, Timestamp};

use super::Presence;

/// How far from a stay a claim may lie and still be of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// A claim may come so much before the sensor's arrival.
    pub before_arrival_ms: i64,
    /// A claim may come so much after the departure.
    pub after_departure_ms: i64,
}

/// What a claim made on the spot speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// This stay, whoever holds it.
    Stay(StayId),
    /// None yet: the sensor's word may be under way.
    Wait,
}

/// For a claim as it is made. Stays in order of arrival.
#[must_use]
pub fn aim(window: Window, made_at: Timestamp, stays: &[Presence]) -> Aim {
    let first = around(window, made_at, stays).next();
    first.map_or(Aim::Wait, |stay| Aim::Stay(stay.stay))
}

/// For a claim that waits, when stays of its bay have changed.
#[must_use]
pub fn while_waiting(window: Window, made_at: Timestamp, stays: &[Presence]) -> Option<StayId> {
    around(window, made_at, stays).find(|stay| !stay.held).map(|stay| stay.stay)
}

/// For a claim whose wait is over: the last look, and then the stay that had just ended.
#[must_use]
pub fn after_waiting(window: Window, made_at: Timestamp, stays: &[Presence]) -> Option<StayId> {
    while_waiting(window, made_at, stays).or_else(|| just_left(window, made_at, stays))
}

fn around(
    window: Window,
    made_at: Timestamp,
    stays: &[Presence],
) -> impl Iterator<Item = &Presence> {
    let until = made_at.plus_ms(window.before_arrival_ms);
    stays.iter().filter(move |stay| {
        stay.left_at.is_none_or(|left| left > made_at) && stay.arrived_at <= until
    })
}

/// Only the last one before the claim: an earlier one was another vehicle's.
fn just_left(window: Window, made_at: Timestamp, stays: &[Presence]) -> Option<StayId> {
    let since = made_at.plus_ms(window.after_departure_ms.saturating_neg());
    let ended = |stay: &&Presence| stay.left_at.is_some_and(|left| left <= made_at);
    let last = stays.iter().rfind(ended)?;
    let recent = last.left_at.is_some_and(|left| left >= since);
    (recent && !last.held).then_some(last.stay)
}

#[cfg(test)]
mod tests {
    use uuid_of::stay;

    use super::*;

    const MINUTE: i64 = 60_000;
    const WINDOW: Window =
        Window { before_arrival_ms: 10 * MINUTE, after_departure_ms: 5 * MINUTE };

    mod uuid_of {
        use vocabulary::StayId;

        pub(super) fn stay(number: u32) -> StayId {
            format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
        }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * MINUTE)
    }

    /// Arrival, departure (minutes) and whether somebody holds it; numbered from 1.
    fn stays(list: &[(i64, Option<i64>, bool)]) -> Vec<Presence> {
        (1_u32..)
            .zip(list)
            .map(|(number, (arrived, left, held))| Presence {
                stay: stay(number),
                arrived_at: at(*arrived),
                left_at: left.map(at),
                held: *held,
            })
            .collect()
    }

    #[test]
    fn a_claim_is_of_the_stay_there_or_of_the_one_that_begins_soon() {
        type Stays<'a> = &'a [(i64, Option<i64>, bool)];
        for (what, list, expected) in [
            ("no stay", &[][..] as Stays<'_>, (None, None, None)),
            ("parked", &[(50, None, false)], (Some(1), Some(1), Some(1))),
            ("parked, and claimed", &[(50, None, true)], (Some(1), None, None)),
            ("comes in ten minutes", &[(110, None, false)], (Some(1), Some(1), Some(1))),
            ("comes in eleven", &[(111, None, false)], (None, None, None)),
            ("was there then, left since", &[(50, Some(130), false)], (Some(1), Some(1), Some(1))),
            ("left at that moment", &[(50, Some(100), false)], (None, None, Some(1))),
            ("left five minutes before", &[(50, Some(95), false)], (None, None, Some(1))),
            ("left six minutes before", &[(50, Some(94), false)], (None, None, None)),
            ("left, and claimed", &[(50, Some(95), true)], (None, None, None)),
            (
                "the last to leave was claimed: not the one before",
                &[(80, Some(96), false), (97, Some(99), true)],
                (None, None, None),
            ),
            (
                "the holder there, the next to come",
                &[(50, Some(104), true), (105, None, false)],
                (Some(1), Some(2), Some(2)),
            ),
            (
                "one comes, one has just left",
                &[(50, Some(98), false), (105, None, false)],
                (Some(2), Some(2), Some(2)),
            ),
        ] {
            let (on_the_spot, waiting, over) = expected;
            let list = stays(list);
            let expect = on_the_spot.map_or(Aim::Wait, |n| Aim::Stay(stay(n)));
            assert_eq!(aim(WINDOW, at(100), &list), expect, "{what}");
            assert_eq!(while_waiting(WINDOW, at(100), &list), waiting.map(stay), "{what}");
            assert_eq!(after_waiting(WINDOW, at(100), &list), over.map(stay), "{what}");
        }
    }
}
