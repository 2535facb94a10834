//! A day's fees in whole fen, divided among payees.

use std::collections::BTreeMap;

use vocabulary::{Fen, FenReject, PayeeId};

use super::MilliFen;

/// Each payee's part in whole fen. The parts make the total, half a fen up; what is left over by
/// rounding down goes to the largest remainders (of equal ones to the smaller id).
///
/// # Errors
/// `Overflow` when a sum does not fit.
pub fn allot_fees(fees: &BTreeMap<PayeeId, MilliFen>) -> Result<BTreeMap<PayeeId, Fen>, FenReject> {
    let total = MilliFen::sum(fees.values().copied())?.round()?;
    let mut parts: BTreeMap<PayeeId, Fen> = BTreeMap::new();
    let mut remainders = Vec::with_capacity(fees.len());
    for (payee, fee) in fees {
        let (fen, left) = fee.floor();
        parts.insert(*payee, fen);
        remainders.push((left, *payee));
    }
    remainders.sort_by_key(|(left, payee)| (std::cmp::Reverse(*left), *payee));
    let over = total.minus(Fen::sum(parts.values().copied())?)?;
    for (_, payee) in remainders.into_iter().take(usize::try_from(over.0).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(&payee) {
            *part = part.plus(Fen(1))?;
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_fen_and_make_the_total() {
        let payee =
            |n: u8| format!("0190a0b0-0000-7000-8000-0000000000{n:02}").parse::<PayeeId>().unwrap();
        for (fees, expected) in [
            (vec![6_000, 12_000], vec![6, 12]),
            (vec![5_940], vec![6]),
            // 0.4 + 0.4 + 0.4 = 1.2 fen: one fen, to the first.
            (vec![400, 400, 400], vec![1, 0, 0]),
            // 5.3 + 1.8 = 7.1 fen: 7, and the larger remainder is rounded up.
            (vec![5_300, 1_800], vec![5, 2]),
            // -0.6 and 2.1: 1.5 fen is 2; floors are -1 and 2, the remainder 0.4 goes up.
            (vec![-600, 2_100], vec![0, 2]),
            (vec![0, 0], vec![0, 0]),
            (vec![], vec![]),
        ] {
            let by_payee = (0..).zip(&fees).map(|(n, fee)| (payee(n), MilliFen(*fee))).collect();
            let parts = allot_fees(&by_payee).unwrap();
            let shown: Vec<i64> = parts.values().map(|fen| fen.0).collect();
            assert_eq!(shown, expected, "{fees:?}");
        }
    }
}
