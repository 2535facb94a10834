//! Cutting lines and rings to a square: what lies outside of a tile and its buffer is not sent.
//!
//! Lines: Liang and Barsky (1984). Rings: Sutherland and Hodgman (1974), which is right for the convex ones that bays are.

use super::mercator::{BUFFER, EXTENT};

type Place = (f64, f64);

const LOW: f64 = -BUFFER;
const HIGH: f64 = EXTENT + BUFFER;

/// The parts of a line that lie inside, borders included.
pub(super) fn line(points: &[Place]) -> Vec<Vec<Place>> {
    let mut parts: Vec<Vec<Place>> = Vec::new();
    let mut part: Vec<Place> = Vec::new();
    for pair in points.windows(2) {
        let Some((from, to)) = inside(pair[0], pair[1]) else {
            parts.push(std::mem::take(&mut part));
            continue;
        };
        if part.last() != Some(&from) {
            parts.push(std::mem::take(&mut part));
            part.push(from);
        }
        part.push(to);
    }
    parts.push(part);
    parts.retain(|part| part.len() > 1);
    parts
}

/// What lies inside of a straight piece.
fn inside(from: Place, to: Place) -> Option<(Place, Place)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut begin, mut end) = (0.0_f64, 1.0_f64);
    for (step, room) in
        [(-dx, from.0 - LOW), (dx, HIGH - from.0), (-dy, from.1 - LOW), (dy, HIGH - from.1)]
    {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            begin = begin.max(room / step);
        } else {
            end = end.min(room / step);
        }
    }
    let at = |share: f64| match share {
        0.0 => from,
        1.0 => to,
        _ => (from.0 + dx * share, from.1 + dy * share),
    };
    (begin <= end).then(|| (at(begin), at(end)))
}

/// A convex ring cut to the square; empty if nothing lies inside.
pub(super) fn ring(points: &[Place]) -> Vec<Place> {
    let sides: [fn(Place) -> f64; 4] =
        [|p| p.0 - LOW, |p| HIGH - p.0, |p| p.1 - LOW, |p| HIGH - p.1];
    sides.iter().fold(points.to_vec(), |ring, room| {
        let next = ring.iter().cycle().skip(1);
        let pairs = ring.iter().zip(next);
        pairs
            .flat_map(|(from, to)| {
                let (here, there) = (room(*from), room(*to));
                let share = here / (here - there);
                let cut = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                let own = (here >= 0.0).then_some(*from);
                let crossing = ((here >= 0.0) != (there >= 0.0)).then_some(cut);
                own.into_iter().chain(crossing)
            })
            .collect()
    })
}

pub(super) fn holds(place: Place) -> bool {
    (LOW..=HIGH).contains(&place.0) && (LOW..=HIGH).contains(&place.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_what_lies_inside() {
        for (points, expected) in [
            (&[(0.0, 0.0), (100.0, 100.0)][..], vec![vec![(0.0, 0.0), (100.0, 100.0)]]),
            (&[(-1000.0, 50.0), (5000.0, 50.0)][..], vec![vec![(-64.0, 50.0), (4160.0, 50.0)]]),
            // Out to the right and in again.
            (
                &[(4000.0, 10.0), (4320.0, 10.0), (4320.0, 20.0), (4000.0, 20.0)][..],
                vec![vec![(4000.0, 10.0), (4160.0, 10.0)], vec![(4160.0, 20.0), (4000.0, 20.0)]],
            ),
            (&[(-100.0, -100.0), (-100.0, 5000.0)][..], vec![]),
            // Past a corner.
            (&[(-200.0, 0.0), (0.0, -200.0)][..], vec![]),
            (&[(5.0, 5.0)][..], vec![]),
            (&[][..], vec![]),
        ] {
            assert_eq!(line(points), expected, "{points:?}");
        }
    }

    #[test]
    fn a_ring_is_cut_at_the_borders() {
        let square = |from: f64, to: f64| [(from, from), (to, from), (to, to), (from, to)];
        assert_eq!(ring(&square(10.0, 20.0)), square(10.0, 20.0));
        assert!(ring(&square(-500.0, -100.0)).is_empty());
        let cut = ring(&square(-100.0, 100.0));
        let mut corners = cut.clone();
        corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(corners, [(-64.0, -64.0), (-64.0, 100.0), (100.0, -64.0), (100.0, 100.0)]);
        let whole = ring(&square(-9_000.0, 9_000.0));
        assert!(whole.iter().all(|place| holds(*place)), "{whole:?}");
        assert!(ring(&[]).is_empty());
    }
}
