//! The steps of a search in a grid: one square of cells after the other.

/// The cells exactly `ring` steps from one, as steps north and east of it.
#[inline]
pub(crate) fn rim(ring: i32) -> impl Iterator<Item = (i32, i32)> {
    (-ring..=ring).flat_map(move |north| {
        let step = if north.abs() == ring { 1 } else { ring.saturating_mul(2).max(1) };
        let step = usize::try_from(step).unwrap_or(1);
        (-ring..=ring).step_by(step).map(move |east| (north, east))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rims_are_the_squares_around_a_cell() {
        assert_eq!(rim(0).collect::<Vec<_>>(), [(0, 0)]);
        for ring in 1..5 {
            let cells: Vec<(i32, i32)> = rim(ring).collect();
            // A square of 2n + 1 less one of 2n − 1: 8n.
            assert_eq!(cells.len(), 8 * usize::try_from(ring).unwrap());
            assert!(cells.iter().all(|(north, east)| north.abs().max(east.abs()) == ring));
        }
    }
}
