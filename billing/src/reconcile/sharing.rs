//! Payouts that share days: a day is paid for once.
//!
//! Payouts that share days, also by way of others, are seen as one: together they may bring what the bills of
//! all their days make. The one that was loaded first has its part first, so that a second payout for a day
//! that is paid for differs, and the first one stays as it was; parts that make the amount only together match
//! once the last of them is there. The caller looks up the bills of the days that `shares` names.

use chrono::NaiveDate;
use vocabulary::{Fen, FenReject, Timestamp};

use super::{Billed, Payout, PayoutOutcome, compare};
use crate::invoice::Regime;

/// First and last day.
pub type Days = (NaiveDate, NaiveDate);

/// Another payout of the same payee and channel, as far as it takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brought {
    /// What it pays for.
    pub days: Days,
    /// Payments less refunds.
    pub gross: Fen,
    /// What was kept.
    pub fee: Fen,
    /// When it was loaded.
    pub loaded_at: Timestamp,
}

/// Days of a payout together with others, and what these brought for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// From the first day of any of them to the last.
    pub days: Days,
    /// What the others brought: payments less refunds.
    pub gross: Fen,
    /// What was kept of that.
    pub fee: Fen,
}

/// With whom a payout is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Those that were loaded before it and share its days, by way of each other too.
    pub first: Share,
    /// Every one that does; none if that is the same.
    pub all: Option<Share>,
}

/// How a payout compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutCompared {
    /// How it ended.
    pub outcome: PayoutOutcome,
    /// What the bills of its days make, less what other payouts brought.
    pub left: Fen,
}

/// Whose parts come off the bills before a payout that was loaded at `loaded_at` is compared with them. `others`
/// are those that share days with it or with one that does.
///
/// # Errors
/// `Overflow` for amounts that nobody has.
pub fn shares(
    payout: &Payout,
    others: &[Brought],
    loaded_at: Timestamp,
) -> Result<Shares, FenReject> {
    let own = (payout.from_on, payout.to_on);
    let earlier: Vec<Brought> =
        others.iter().filter(|other| other.loaded_at < loaded_at).copied().collect();
    let first = connected(own, &earlier);
    let all = if first.len() < others.len() { Some(share(own, others)?) } else { None };
    Ok(Shares { first: share(own, &first)?, all })
}

/// Compares a payout with the bills of the days of its shares: by those before it, and by all where that differs.
///
/// # Errors
/// `Overflow` for amounts that nobody has.
pub fn compare_shared(
    payout: &Payout,
    (first, billed_first): (&Share, &Billed),
    all: Option<(&Share, &Billed)>,
    regime: Regime,
) -> Result<PayoutCompared, FenReject> {
    let judge = |share: &Share, billed: &Billed| -> Result<PayoutCompared, FenReject> {
        let left = Billed {
            gross: billed.gross.minus(share.gross)?,
            fee: billed.fee.minus(share.fee)?,
            days_missing: billed.days_missing,
        };
        Ok(PayoutCompared { outcome: compare(payout, &left, regime), left: left.gross })
    };
    let by_first = judge(first, billed_first)?;
    match all {
        Some((share, billed)) if by_first.outcome == PayoutOutcome::AmountDiffers => {
            judge(share, billed)
        }
        _ => Ok(by_first),
    }
}

/// The days from the first of some to the last.
#[must_use]
pub fn span(own: Days, others: impl IntoIterator<Item = Days>) -> Days {
    others.into_iter().fold(own, |(from, to), other| (from.min(other.0), to.max(other.1)))
}

/// Those that share days with one, or with one of them that does.
fn connected(own: Days, among: &[Brought]) -> Vec<Brought> {
    let mut days = own;
    loop {
        let touches = |other: &&Brought| other.days.0 <= days.1 && other.days.1 >= days.0;
        let found: Vec<Brought> = among.iter().filter(touches).copied().collect();
        let wider = span(days, found.iter().map(|other| other.days));
        if wider == days {
            return found;
        }
        days = wider;
    }
}

fn share(own: Days, others: &[Brought]) -> Result<Share, FenReject> {
    Ok(Share {
        days: span(own, others.iter().map(|other| other.days)),
        gross: Fen::sum(others.iter().map(|other| other.gross))?,
        fee: Fen::sum(others.iter().map(|other| other.fee))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Channel;
    use crate::reconcile::ReceivedIn;
    use PayoutOutcome::{AmountDiffers, Expected, Matched};

    /// Days of September 2026.
    fn on(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 9, day).unwrap()
    }

    fn payout((from, to): (u32, u32), gross: i64) -> Payout {
        Payout {
            line: 2,
            number: "S1".into(),
            channel: Channel::Wechat,
            payee: String::new(),
            paid_on: on(30),
            from_on: on(from),
            to_on: on(to),
            gross: Fen(gross),
            fee: Fen(0),
            net: Fen(gross),
            received_in: ReceivedIn::Bank,
            receipt: "R1".into(),
        }
    }

    /// Days, amount, when it was loaded.
    fn brought(rows: &[(u32, u32, i64, i64)]) -> Vec<Brought> {
        let one = |(from, to, gross, at): &(u32, u32, i64, i64)| Brought {
            days: (on(*from), on(*to)),
            gross: Fen(*gross),
            fee: Fen(0),
            loaded_at: Timestamp::from_ms(*at),
        };
        rows.iter().map(one).collect()
    }

    /// Each day's bill makes 100 fen, up to the last that is reconciled.
    fn billed((from, to): Days, reconciled_to: u32) -> Billed {
        let mut billed = Billed::default();
        for day in from.iter_days().take_while(|day| *day <= to) {
            if day <= on(reconciled_to) {
                billed.gross = billed.gross.plus(Fen(100)).unwrap();
            } else {
                billed.days_missing = billed.days_missing.saturating_add(1);
            }
        }
        billed
    }

    fn compared(
        payout: &Payout,
        others: &[(u32, u32, i64, i64)],
        loaded_at: i64,
        reconciled_to: u32,
    ) -> (PayoutOutcome, i64) {
        let Shares { first, all } =
            shares(payout, &brought(others), Timestamp::from_ms(loaded_at)).unwrap();
        let bills = (billed(first.days, reconciled_to), all.map(|a| billed(a.days, reconciled_to)));
        let all = all.as_ref().zip(bills.1.as_ref());
        let compared = compare_shared(payout, (&first, &bills.0), all, Regime::Vat).unwrap();
        (compared.outcome, compared.left.0)
    }

    #[test]
    fn a_day_is_paid_for_once_and_by_the_payout_that_came_first() {
        for (what, days, gross, others, loaded_at, expected) in [
            ("alone", (1, 3), 300, vec![], 1, (Matched, 300)),
            ("too little", (1, 3), 200, vec![], 1, (AmountDiffers, 300)),
            (
                "a second one for the same days",
                (1, 3),
                300,
                vec![(1, 3, 300, 1)],
                2,
                (AmountDiffers, 0),
            ),
            ("and the first stays", (1, 3), 300, vec![(1, 3, 300, 2)], 1, (Matched, 300)),
            ("the second of two parts", (1, 3), 100, vec![(1, 3, 200, 1)], 2, (Matched, 100)),
            (
                "the first of them, once both are there",
                (1, 3),
                200,
                vec![(1, 3, 100, 2)],
                1,
                (Matched, 200),
            ),
            (
                "days beside each other are not shared",
                (1, 3),
                300,
                vec![(4, 6, 300, 1)],
                2,
                (Matched, 300),
            ),
            // 1 to 3 shares 3 with 3 to 5, that shares 5 with 5 to 6: six days of 100, 350 are brought.
            (
                "by way of another",
                (1, 3),
                250,
                vec![(3, 5, 250, 1), (5, 6, 100, 2)],
                3,
                (Matched, 250),
            ),
            // What came later and connects them is not there for the first.
            (
                "before the one between came",
                (1, 2),
                200,
                vec![(2, 5, 300, 3), (5, 6, 200, 1)],
                2,
                (Matched, 200),
            ),
            // By the first of them 1 to 2 is 100 too little; all together are 600 for six days.
            (
                "all make the amount",
                (1, 2),
                100,
                vec![(2, 5, 300, 2), (5, 6, 200, 3)],
                1,
                (Matched, 100),
            ),
        ] {
            assert_eq!(compared(&payout(days, gross), &others, loaded_at, 30), expected, "{what}");
        }
    }

    #[test]
    fn a_payout_waits_for_the_bills_of_all_days_that_it_shares() {
        let shared = [(3, 6, 300, 1)];
        assert_eq!(compared(&payout((1, 3), 300), &shared, 2, 5).0, Expected);
        assert_eq!(compared(&payout((1, 3), 300), &shared, 2, 6), (Matched, 300));
        assert_eq!(compared(&payout((1, 3), 300), &[], 2, 3), (Matched, 300));
    }
}
