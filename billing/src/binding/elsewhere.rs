//! One plate in several bays at one time: a copied plate, a slip of the pen, or a pass lent to others.
//!
//! However many bays they are, it is one matter. Only what surely overlaps counts: the latest arrival and
//! the earliest departure that the sensors allow, and not for a moment, since who moves on is seen in two
//! bays until the first one has reported. What belongs to one visit (a truck on two bays, a vehicle that
//! moved on) is no second place; nor is the bay beside its own for one large vehicle, noted twice.

use vocabulary::{BayId, Interval, Point, Timestamp, VehicleClass, VisitId};

/// A plate in a bay, by what its visit says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Whose stay it is.
    pub visit: VisitId,
    /// What the visit's vehicle is.
    pub class: VehicleClass,
    /// Which bay.
    pub bay: BayId,
    /// Where that is.
    pub place: Point,
    /// When it surely stood there; up to now if it still does.
    pub stood: Interval,
}

/// Whether a plate stood elsewhere meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// In no other visit's bay.
    Nowhere,
    /// For too short a time as yet: look again then.
    LookAgain(Timestamp),
    /// In the bays of these visits, each named once, in order.
    In(Vec<VisitId>),
}

/// So long it has to be in two bays; until then it may have moved on.
const AT_ONCE_MS: i64 = 5 * 60_000;
/// Centres of two bays that one truck reaches over are nearer than this.
const BESIDE_M: f64 = 15.0;

/// Where else a plate was while it stood in the bays of one visit.
#[must_use]
pub fn elsewhere(own: &[Standing], others: &[Standing], now: Timestamp) -> Elsewhere {
    let mut at_once: Vec<&Standing> = Vec::new();
    let mut again: Option<Timestamp> = None;
    for other in others {
        let shared = own
            .iter()
            .filter(|here| here.visit != other.visit && here.bay != other.bay)
            .filter_map(|here| here.stood.overlap(other.stood));
        let Some(longest) = shared.max_by_key(|shared| shared.length_ms()) else { continue };
        if longest.length_ms() >= AT_ONCE_MS {
            at_once.push(other);
        } else if longest.end_at() == now {
            let at = longest.start_at().plus_ms(AT_ONCE_MS);
            again = Some(again.map_or(at, |sooner| sooner.min(at)));
        }
    }
    if at_once.is_empty() || is_one_truck(own, &at_once) {
        return again.map_or(Elsewhere::Nowhere, Elsewhere::LookAgain);
    }
    let mut visits: Vec<VisitId> = at_once.iter().map(|other| other.visit).collect();
    visits.sort_unstable();
    visits.dedup();
    Elsewhere::In(visits)
}

fn is_one_truck(own: &[Standing], others: &[&Standing]) -> bool {
    let ([here], [there]) = (own, others) else { return false };
    let large = [VehicleClass::Large, VehicleClass::NewEnergyLarge];
    large.contains(&here.class)
        && large.contains(&there.class)
        && here.place.distance_m(there.place) <= BESIDE_M
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: i64 = 60;

    fn id(number: u8) -> String {
        format!("00000000-0000-0000-0000-{number:012}")
    }

    fn visit(number: u8) -> VisitId {
        id(number).parse().unwrap()
    }

    /// Bays lie 9 m apart in one row: 0.0001° of longitude at 36.54° north is 8.9 m.
    fn at((of, bay, from, to): (u8, u8, i64, i64), class: VehicleClass) -> Standing {
        let minute = |minute: i64| Timestamp::from_ms(minute * MINUTE);
        Standing {
            visit: visit(of),
            class,
            bay: id(bay).parse().unwrap(),
            place: Point::new(104.17 + f64::from(bay) * 0.0001, 36.54).unwrap(),
            stood: Interval::new(minute(from), minute(to)).unwrap(),
        }
    }

    fn check(
        what: &str,
        class: VehicleClass,
        own: &[(u8, u8, i64, i64)],
        others: &[(u8, u8, i64, i64)],
        expected: &Elsewhere,
    ) {
        let all = |rows: &[(u8, u8, i64, i64)]| -> Vec<Standing> {
            rows.iter().map(|row| at(*row, class)).collect()
        };
        let now = Timestamp::from_ms(NOW * MINUTE);
        assert_eq!(&elsewhere(&all(own), &all(others), now), expected, "{what}");
    }

    fn visits(numbers: &[u8]) -> Elsewhere {
        Elsewhere::In(numbers.iter().map(|number| visit(*number)).collect())
    }

    #[test]
    fn a_plate_is_found_in_every_bay_that_it_was_in_at_once() {
        let own = [(1, 1, 0, 60)];
        for (what, others, expected) in [
            ("alone", vec![], Elsewhere::Nowhere),
            ("two bays", vec![(2, 9, 0, 60)], visits(&[2])),
            ("three", vec![(3, 5, 20, 60), (2, 9, 0, 60)], visits(&[2, 3])),
            (
                "five, one of them in two",
                vec![(2, 4, 0, 60), (3, 5, 0, 9), (4, 6, 0, 60), (5, 7, 0, 60), (5, 8, 0, 60)],
                visits(&[2, 3, 4, 5]),
            ),
            ("before and after", vec![(2, 9, -60, 0), (3, 9, 60, 90)], Elsewhere::Nowhere),
            ("five minutes", vec![(2, 9, -60, 5)], visits(&[2])),
            ("a moment less, and over", vec![(2, 9, -60, 4)], Elsewhere::Nowhere),
            ("the bay was taken over", vec![(2, 1, 0, 60)], Elsewhere::Nowhere),
            (
                "a moment less as yet",
                vec![(2, 9, 58, 60)],
                Elsewhere::LookAgain(Timestamp::from_ms(63 * MINUTE)),
            ),
            (
                "the sooner of two",
                vec![(2, 9, 58, 60), (3, 8, 57, 60)],
                Elsewhere::LookAgain(Timestamp::from_ms(62 * MINUTE)),
            ),
            ("one is long enough", vec![(2, 9, 58, 60), (3, 8, 50, 60)], visits(&[3])),
        ] {
            check(what, VehicleClass::Small, &own, &others, &expected);
        }
    }

    #[test]
    fn a_truck_on_two_bays_is_in_one_place() {
        let large = VehicleClass::Large;
        // One visit of two bays, whatever it is.
        let both = [(1, 1, 0, 60), (1, 2, 0, 60)];
        check("one visit", VehicleClass::Small, &both, &[], &Elsewhere::Nowhere);
        check("and a third bay", large, &both, &[(2, 3, 0, 60)], &visits(&[2]));
        // Noted in each of its bays.
        let own = [(1, 1, 0, 60)];
        check("beside", large, &own, &[(2, 2, 0, 60)], &Elsewhere::Nowhere);
        check("two bays on", large, &own, &[(2, 3, 0, 60)], &visits(&[2]));
        check("a small one", VehicleClass::Small, &own, &[(2, 2, 0, 60)], &visits(&[2]));
        check("three", large, &own, &[(2, 2, 0, 60), (3, 0, 0, 60)], &visits(&[2, 3]));
    }
}
