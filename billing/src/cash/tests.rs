//! Receipts and shifts by table.

use vocabulary::{Fen, Timestamp};

use super::*;
use ShiftEvent::{Counted, HandedIn, PaidOut, Taken};

/// 2026-11-30T00:00:00Z.
const NOW: i64 = 1_795_996_800_000;
const HOUR: i64 = 3_600_000;

fn receipt(number: &str, fen: i64, at: i64, content: u8) -> Receipt {
    Receipt {
        number: number.parse().unwrap(),
        amount: Fen(fen),
        taken_at: Timestamp::from_ms(at),
        content: [content; 32],
    }
}

#[test]
fn a_receipt_number_is_a_series_and_seven_digits() {
    for (text, expected) in [
        ("BY-0000123", Ok(("BY", 123))),
        ("2026A-9999999", Ok(("2026A", 9_999_999))),
        ("BY-0000000", Err(RangeReject::BadNumbers)),
        ("BY-123", Err(RangeReject::BadNumbers)),
        ("BY-00000123", Err(RangeReject::BadNumbers)),
        ("BY-000012x", Err(RangeReject::BadNumbers)),
        ("BY-+000123", Err(RangeReject::BadNumbers)),
        ("BY0000123", Err(RangeReject::BadNumbers)),
        ("by-0000123", Err(RangeReject::BadSeries)),
        ("-0000123", Err(RangeReject::BadSeries)),
        ("ABCDEFGHI-0000123", Err(RangeReject::BadSeries)),
        ("白银-0000123", Err(RangeReject::BadSeries)),
    ] {
        let read: Result<ReceiptNumber, _> = text.parse();
        let got = read.as_ref().map(|number| (number.series(), number.number()));
        assert_eq!(got, expected.as_ref().map(|e| *e), "{text}");
        if let Ok(number) = read {
            assert_eq!(number.to_string(), text);
        }
    }
}

#[test]
fn a_range_is_not_empty_and_not_endless() {
    for (series, first, last, expected) in [
        ("BY", 1, 1, Ok(())),
        ("BY", 1, 10_000, Ok(())),
        ("BY", 1, 10_001, Err(RangeReject::TooMany)),
        ("BY", 0, 5, Err(RangeReject::BadNumbers)),
        ("BY", 6, 5, Err(RangeReject::BadNumbers)),
        ("BY", 9_999_999, 10_000_000, Err(RangeReject::BadNumbers)),
        ("", 1, 5, Err(RangeReject::BadSeries)),
    ] {
        let made = NumberRange::new(series, first, last).map(|_| ());
        assert_eq!(made, expected, "{series} {first} {last}");
    }
    let range = |series, first, last| NumberRange::new(series, first, last).unwrap();
    for (other, expected) in [
        (range("BY", 100, 199), true),
        (range("BY", 200, 299), false),
        (range("BY", 50, 100), true),
        (range("BY", 1, 99), false),
        (range("BY", 1, 500), true),
        (range("BZ", 100, 199), false),
    ] {
        assert_eq!(range("BY", 100, 199).overlaps(&other), expected, "{other:?}");
        assert_eq!(other.overlaps(&range("BY", 100, 199)), expected, "{other:?}");
    }
}

#[test]
fn an_uploaded_receipt_is_taken_once_or_refused_by_name() {
    use ReceiptReject::{BadAmount, ImpossibleTime, NumberNotHandedOut, NumberReused};
    let handed_at = Timestamp::from_ms(NOW - 24 * HOUR);
    let ranges = [(NumberRange::new("BY", 100, 199).unwrap(), handed_at)];
    for (receipt, known, expected) in [
        (receipt("BY-0000100", 300, NOW - HOUR, 1), None, Ok(Verdict::Take)),
        (receipt("BY-0000199", 0, NOW - HOUR, 1), None, Ok(Verdict::Take)),
        (receipt("BY-0000100", 300, NOW - HOUR, 1), Some(1), Ok(Verdict::Repeat)),
        (receipt("BY-0000100", 300, NOW - HOUR, 1), Some(2), Err(NumberReused)),
        (receipt("BY-0000200", 300, NOW - HOUR, 1), None, Err(NumberNotHandedOut)),
        (receipt("BZ-0000100", 300, NOW - HOUR, 1), None, Err(NumberNotHandedOut)),
        (receipt("BY-0000100", -1, NOW - HOUR, 1), None, Err(BadAmount)),
        (receipt("BY-0000100", 1_000_000, NOW - HOUR, 1), None, Ok(Verdict::Take)),
        (receipt("BY-0000100", 1_000_001, NOW - HOUR, 1), None, Err(BadAmount)),
        (receipt("BY-0000100", 300, NOW + 4 * 60_000, 1), None, Ok(Verdict::Take)),
        (receipt("BY-0000100", 300, NOW + 6 * 60_000, 1), None, Err(ImpossibleTime)),
        (receipt("BY-0000100", 300, NOW - 25 * HOUR, 1), None, Err(ImpossibleTime)),
        // A repeat is known even when its range was given back.
        (receipt("BZ-0000007", 300, NOW, 1), Some(1), Ok(Verdict::Repeat)),
    ] {
        let known = known.map(|content: u8| [content; 32]);
        let got = judge(&receipt, known, &ranges, Timestamp::from_ms(NOW));
        assert_eq!(got, expected, "{receipt:?} {known:?}");
    }
}

/// Runs events; what is expected to be in the bag, over or short, and what was booked of it.
fn run(events: &[ShiftEvent]) -> Result<(ShiftState, i64, i64, i64), ShiftReject> {
    let (mut shift, mut booked) = (Shift::open(Fen(5_000)), 0);
    for event in events {
        let moved = advance(&shift, *event)?;
        (shift, booked) = (moved.shift, booked + moved.difference.0);
    }
    let over_short = shift.over_short().unwrap().0;
    assert_eq!(over_short, booked, "what is over or short is booked, no more and no less");
    Ok((shift.state, shift.expected().unwrap().0, over_short, booked))
}

#[test]
fn a_shift_is_taken_counted_and_handed_in() {
    use ShiftState as S;
    let (taken, out) = (|fen| Taken { amount: Fen(fen) }, |fen| PaidOut { amount: Fen(fen) });
    let (count, hand) = (|fen| Counted { amount: Fen(fen) }, |fen| HandedIn { amount: Fen(fen) });
    for (events, expected) in [
        (vec![], Ok((S::Open, 5_000, 0, 0))),
        (vec![taken(300), taken(0), out(100)], Ok((S::Open, 5_200, 0, 0))),
        (vec![taken(300), count(5_300)], Ok((S::Counted, 5_300, 0, 0))),
        (vec![taken(300), count(5_250)], Ok((S::Counted, 5_300, -50, -50))),
        (vec![taken(300), count(5_400)], Ok((S::Counted, 5_300, 100, 100))),
        (vec![taken(300), count(5_300), hand(5_300)], Ok((S::HandedIn, 5_300, 0, 0))),
        // Uploaded after the count: 100 too much then, nothing now.
        (vec![taken(300), count(5_400), taken(100)], Ok((S::Counted, 5_400, 0, 0))),
        (vec![count(5_000), hand(5_000), taken(100)], Ok((S::HandedIn, 5_100, -100, -100))),
        (vec![taken(-1)], Err(ShiftReject::BadAmount)),
        (vec![out(0)], Err(ShiftReject::BadAmount)),
        (vec![out(5_001)], Err(ShiftReject::NotInTheBag { left: Fen(5_000) })),
        (vec![count(-1)], Err(ShiftReject::BadAmount)),
        (vec![count(1), count(1)], Err(ShiftReject::AlreadyCounted)),
        (vec![count(1), out(1)], Err(ShiftReject::AlreadyCounted)),
        (vec![hand(5_000)], Err(ShiftReject::NotCounted)),
        (vec![count(1), hand(1), hand(1)], Err(ShiftReject::AlreadyHandedIn)),
        (
            vec![count(1), hand(2)],
            Err(ShiftReject::CountsDiffer { counted: Fen(1), received: Fen(2) }),
        ),
    ] {
        assert_eq!(run(&events), expected, "{events:?}");
    }
    for state in S::ALL {
        assert_eq!(ShiftState::from_name(state.name()), Some(state));
    }
}
