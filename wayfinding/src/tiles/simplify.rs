//! Lines with fewer points: those that nobody could see are left out (Douglas and Peucker, 1973). Both ends stay.

type Place = (f64, f64);

/// No point of the line is farther than `tolerance` from what is left.
pub(super) fn simplify(points: &[Place], tolerance: f64) -> Vec<Place> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut kept = vec![false; points.len()];
    (kept[0], kept[last]) = (true, true);
    // A stack of our own: a line of a million points must not end the program.
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let farthest = (from + 1..to)
            .map(|at| (away(points[at], points[from], points[to]), at))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, at)) = farthest.filter(|(distance, _)| *distance > tolerance) {
            kept[at] = true;
            open.extend([(from, at), (at, to)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// Distance of a place from a straight piece.
fn away(place: Place, from: Place, to: Place) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let long = dx * dx + dy * dy;
    let share = if long > 0.0 {
        (((place.0 - from.0) * dx + (place.1 - from.1) * dy) / long).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (place.0 - from.0 - dx * share).hypot(place.1 - from.1 - dy * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_roads::Chance;

    #[test]
    fn what_does_not_show_is_left_out() {
        let bent = [(0.0, 0.0), (50.0, 0.5), (100.0, 0.0), (100.0, 80.0)];
        assert_eq!(simplify(&bent, 1.0), [(0.0, 0.0), (100.0, 0.0), (100.0, 80.0)]);
        assert_eq!(simplify(&bent, 0.1), bent);
        assert!(simplify(&[], 1.0).is_empty());
        assert_eq!(simplify(&[(3.0, 4.0)], 1.0), [(3.0, 4.0)]);
        // A loop that ends where it began is not one point.
        let circle = [(0.0, 0.0), (10.0, 10.0), (0.0, 20.0), (0.0, 0.0)];
        assert_eq!(simplify(&circle, 1.0), circle);
    }

    #[test]
    fn no_point_is_farther_away_than_the_tolerance() {
        let mut chance = Chance(3);
        for _ in 0..200 {
            let mut at = (0.0, 0.0);
            let line: Vec<Place> = (0..2 + chance.below(60))
                .map(|_| {
                    let mut step = || f64::from(u32::try_from(chance.below(21)).unwrap()) - 10.0;
                    at = (at.0 + step(), at.1 + step());
                    at
                })
                .collect();
            let few = simplify(&line, 4.0);
            for point in &line {
                let nearest =
                    few.windows(2).map(|p| away(*point, p[0], p[1])).fold(f64::MAX, f64::min);
                assert!(nearest <= 4.0 + 1e-9, "{nearest}");
            }
        }
    }
}
