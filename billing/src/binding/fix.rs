//! A slip of the pen: the claim names one bay, and the vehicle stands in another.
//!
//! The sensors' times tell: somebody claims within minutes of parking. If the claimed bay has no
//! stay of that time and a bay with a similar code, or beside it, has one that nobody claimed,
//! that one is offered; if two neighbours' claims fit better crosswise, the swap is. Nothing here
//! changes anything: the driver taps, or staff does.

use vocabulary::{ClaimId, StayId, Timestamp};

/// A claim as typed, and the stay that it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Which claim.
    pub claim: ClaimId,
    /// When it was made.
    pub made_at: Timestamp,
    /// The arrival of the stay that it is bound to, if it is.
    pub bound: Option<Timestamp>,
}

/// A stay in a bay whose code is alike or that lies beside the claimed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Which stay.
    pub stay: StayId,
    /// When it began.
    pub arrived_at: Timestamp,
    /// The claim that holds it, if any.
    pub held: Option<Typed>,
}

/// What would set a claim right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// The claim's vehicle is this stay, that nobody claimed. The driver may say so.
    MoveTo {
        /// Which stay.
        stay: StayId,
        /// How far the claim lies from its arrival.
        off_ms: i64,
    },
    /// Two claims were made crosswise. Staff may say so, since somebody else's visit moves.
    SwapWith {
        /// The stay that it should be.
        stay: StayId,
        /// The claim that holds it now.
        other: ClaimId,
        /// How far the claim lies from its arrival.
        off_ms: i64,
    },
}

/// A stay is offered if it began at most this long before or after the claim.
pub const NEAR_MS: i64 = 15 * 60_000;
/// And if it fits better than what is bound by this much: a claim is left alone in case of doubt.
const BETTER_MS: i64 = 3 * 60_000;

/// What is offered for a claim, the best first.
#[must_use]
pub fn fixes(claim: &Typed, neighbours: &[Neighbour]) -> Vec<Fix> {
    let mut found: Vec<(i64, Fix)> = neighbours
        .iter()
        .filter_map(|n| Some((off(claim.made_at, n.arrived_at), fix(claim, n)?)))
        .collect();
    found.sort_by_key(|(off_ms, _)| *off_ms);
    found.into_iter().map(|(_, fix)| fix).collect()
}

fn fix(claim: &Typed, neighbour: &Neighbour) -> Option<Fix> {
    let off_ms = off(claim.made_at, neighbour.arrived_at);
    let stay = neighbour.stay;
    if off_ms > NEAR_MS || !fits_better(claim, off_ms) {
        return None;
    }
    let Some(other) = neighbour.held else { return Some(Fix::MoveTo { stay, off_ms }) };
    // Crosswise: the other claim must gain by the swap as well.
    let own_arrival = claim.bound?;
    let other_off_ms = off(other.made_at, own_arrival);
    (other_off_ms <= NEAR_MS && fits_better(&other, other_off_ms)).then_some(Fix::SwapWith {
        stay,
        other: other.claim,
        off_ms,
    })
}

fn fits_better(claim: &Typed, off_ms: i64) -> bool {
    let Some(bound) = claim.bound else { return true };
    off_ms.saturating_add(BETTER_MS) <= off(claim.made_at, bound)
}

fn off(made_at: Timestamp, arrived_at: Timestamp) -> i64 {
    made_at.since_ms(arrived_at).saturating_abs()
}

/// Whether one code may have been typed for the other: one character differs or is missing, or two
/// neighbouring ones changed places. The same code is no slip.
#[must_use]
pub fn codes_alike(typed: &str, meant: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let alike_from = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(alike_from..).unwrap_or_default(), b.get(alike_from..).unwrap_or_default());
    match (a, b) {
        ([_, rest_a @ ..], [_, rest_b @ ..]) if rest_a == rest_b => true,
        ([x, y, rest_a @ ..], [v, w, rest_b @ ..]) if (x, y) == (w, v) && rest_a == rest_b => true,
        ([_, rest @ ..], other) | (other, [_, rest @ ..]) if rest == other => true,
        _ => false,
    }
}

/// Every code of which this one may be a slip, for looking them up: digits and capitals for one
/// character, one more or one less of them, two changed places. Codes of up to 16 characters.
#[must_use]
pub fn slips(typed: &str) -> Vec<String> {
    let chars: Vec<char> = typed.chars().take(16).collect();
    let mut found: Vec<String> = Vec::new();
    for place in 0..=chars.len() {
        let (head, tail) = chars.split_at(place);
        let code = |middle: &[char], rest: &[char]| head.iter().chain(middle).chain(rest).collect();
        for new in ('0'..='9').chain('A'..='Z') {
            found.push(code(&[new], tail));
            if let [_, rest @ ..] = tail {
                found.push(code(&[new], rest));
            }
        }
        if let [_, rest @ ..] = tail {
            found.push(code(&[], rest));
        }
        if let [a, b, rest @ ..] = tail {
            found.push(code(&[*b, *a], rest));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|code| code != typed && !code.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u32) -> T {
        format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * MINUTE)
    }

    fn claim(number: u32, made: i64, bound: Option<i64>) -> Typed {
        Typed { claim: id(number), made_at: at(made), bound: bound.map(at) }
    }

    fn neighbour(number: u32, arrived: i64, held: Option<Typed>) -> Neighbour {
        Neighbour { stay: id(number), arrived_at: at(arrived), held }
    }

    #[test]
    fn a_mistyped_bay_is_offered_from_the_sensors_times() {
        let move_to = |n, off: i64| vec![Fix::MoveTo { stay: id(n), off_ms: off * MINUTE }];
        for (what, typed, neighbours, expected) in [
            (
                "no stay there, one beside it",
                claim(9, 100, None),
                vec![neighbour(1, 98, None)],
                move_to(1, 2),
            ),
            (
                "claimed before the sensor",
                claim(9, 100, None),
                vec![neighbour(1, 104, None)],
                move_to(1, 4),
            ),
            ("too long ago", claim(9, 100, None), vec![neighbour(1, 84, None)], vec![]),
            (
                "bound to one that came an hour before",
                claim(9, 100, Some(40)),
                vec![neighbour(1, 98, None)],
                move_to(1, 2),
            ),
            (
                "bound to one that fits as well",
                claim(9, 100, Some(96)),
                vec![neighbour(1, 98, None)],
                vec![],
            ),
            (
                "held by a claim that fits it",
                claim(9, 100, Some(40)),
                vec![neighbour(1, 98, Some(claim(8, 99, Some(98))))],
                vec![],
            ),
            (
                "not bound, the other is held",
                claim(9, 100, None),
                vec![neighbour(1, 98, Some(claim(8, 99, Some(98))))],
                vec![],
            ),
        ] {
            assert_eq!(fixes(&typed, &neighbours), expected, "{what}");
        }
        let two = [neighbour(1, 92, None), neighbour(2, 101, None)];
        let offered = fixes(&claim(9, 100, None), &two);
        let nearest_first =
            [(2, 1), (1, 8)].map(|(n, off)| Fix::MoveTo { stay: id(n), off_ms: off * MINUTE });
        assert_eq!(offered, nearest_first);
    }

    #[test]
    fn two_neighbours_that_claimed_crosswise_are_offered_the_swap() {
        // A parked at 60 and claimed at 62 the bay of B, who parked at 30 and claimed at 31 that of A.
        let a = claim(1, 62, Some(30));
        let b = claim(2, 31, Some(60));
        let swap = |n, other, off: i64| {
            vec![Fix::SwapWith { stay: id(n), other: id(other), off_ms: off * MINUTE }]
        };
        assert_eq!(fixes(&a, &[neighbour(11, 60, Some(b))]), swap(11, 2, 2));
        assert_eq!(fixes(&b, &[neighbour(12, 30, Some(a))]), swap(12, 1, 1));
        // Only one of them would gain: left alone.
        let late = claim(3, 90, Some(60));
        assert_eq!(fixes(&a, &[neighbour(11, 60, Some(late))]), vec![]);
    }

    #[test]
    fn the_slips_of_a_code_are_the_codes_alike() {
        let found = slips("TS01");
        for meant in ["TS02", "TS10", "TS1", "TS001", "ST01", "S01", "XTS01"] {
            assert!(found.iter().any(|code| code == meant), "{meant}");
        }
        assert!(found.iter().all(|code| codes_alike("TS01", code)), "{found:?}");
        assert!(found.len() < 350, "{}", found.len());
    }

    #[test]
    fn codes_are_alike_when_one_slip_makes_one_of_the_other() {
        for (typed, meant, expected) in [
            ("620012", "620013", true),
            ("620012", "620021", true),
            ("62012", "620012", true),
            ("6200012", "620012", true),
            ("720012", "620012", true),
            ("620012", "620012", false),
            ("620012", "620034", false),
            ("620012", "260021", false),
            ("", "6", true),
            ("", "", false),
            ("甲12", "乙12", true),
        ] {
            assert_eq!(codes_alike(typed, meant), expected, "{typed} {meant}");
            assert_eq!(codes_alike(meant, typed), expected, "{meant} {typed}");
        }
    }
}
