//! Seeded chance as a function: the same seed and place give the same number, in any order asked.

/// A number that looks random (splitmix64 of the three).
#[must_use]
pub(crate) fn chance(seed: u64, place: u64, turn: u64) -> u64 {
    mix(mix(mix(seed) ^ place) ^ turn.rotate_left(32))
}

/// 0 to 99.
#[must_use]
pub(crate) fn percent(seed: u64, place: u64, turn: u64) -> u64 {
    chance(seed, place, turn) % 100
}

/// The numbers below `count` in a seeded order (Fisher–Yates).
#[must_use]
pub(crate) fn shuffled(seed: u64, turn: u64, count: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..order.len()).rev() {
        let bound = last as u64 + 1;
        let other = chance(seed, last as u64, turn) % bound;
        order.swap(last, usize::try_from(other).expect("it is at most `last`"));
    }
    order
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_holds_every_number_once_and_is_the_same_for_the_same_seed() {
        let order = shuffled(7, 3, 1000);
        assert_eq!(order, shuffled(7, 3, 1000));
        assert_ne!(order, shuffled(7, 4, 1000));
        let mut sorted = order;
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..1000));
    }

    #[test]
    fn percents_are_spread_evenly() {
        let below = (0..100_000).filter(|d| percent(1, *d, 1) < 22).count();
        assert!((21_500..22_500).contains(&below), "{below}");
    }
}
