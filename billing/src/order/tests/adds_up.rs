//! What holds after any number of events, whatever their order.

use proptest::prelude::*;

use super::*;

fn any_event() -> impl Strategy<Value = OrderEvent> {
    let fen = || (-1_i64..600).prop_map(Fen);
    let increase = prop_oneof![
        Just(ASK),
        Just(OnIncrease::Charge),
        (0_i64..400).prop_map(|limit| OnIncrease::Waive { limit: Fen(limit) }),
    ];
    let basis = prop_oneof![
        6 => Just(Basis::Charged),
        1 => Just(Basis::Pass),
        1 => Just(Basis::Exempt),
        1 => Just(Basis::FaultFree),
        1 => Just(Basis::NoStay),
    ];
    prop_oneof![
        4 => (fen(), basis, increase).prop_map(|(total, basis, on_increase)| OrderEvent::Priced {
            total: if basis == Basis::Charged { total } else { Fen::ZERO },
            basis,
            on_increase
        }),
        3 => fen().prop_map(|amount| PaymentConfirmed { amount }),
        1 => Just(GraceOver),
        1 => fen().prop_map(|amount| OrderEvent::Waived { amount }),
        1 => Just(WrittenOff),
        2 => fen().prop_map(|amount| RefundStarted { amount }),
        2 => fen().prop_map(|amount| RefundEnded { amount }),
        1 => fen().prop_map(|amount| RefundFailed { amount }),
    ]
}

/// The order, and what the books would hold of it.
#[derive(Default)]
struct Books {
    fee: i64,
    waiver: i64,
    write_off: i64,
    paid: i64,
    back: i64,
}

proptest! {
    #[test]
    fn after_any_events_the_money_adds_up(events in proptest::collection::vec(any_event(), 0..40)) {
        let (mut now, mut books) = (Order::open(), Books::default());
        for event in events {
            let Ok(OrderOutcome::Moved(moved)) = advance(&now, event) else { continue };
            books.fee += moved.fee.0;
            books.waiver += moved.waiver.0;
            books.write_off += moved.write_off.0;
            match event {
                PaymentConfirmed { amount } => books.paid += amount.0,
                RefundStarted { amount } => books.back += amount.0,
                RefundFailed { amount } => books.back -= amount.0,
                _ => {}
            }
            now = moved.order;
            // Whoever refunds the credit leaves nothing to be refunded.
            prop_assert_eq!(moved.credit, now.credit().unwrap());
            if moved.credit > Fen::ZERO {
                let all = RefundStarted { amount: moved.credit };
                let Ok(OrderOutcome::Moved(refunding)) = advance(&now, all) else { panic!() };
                prop_assert!(refunding.order.balance().unwrap() >= Fen::ZERO);
            }
            check_sums(&now, &books)?;
        }
    }
}

fn check_sums(now: &Order, books: &Books) -> Result<(), TestCaseError> {
    let balance = now.balance().unwrap().0;
    let kept = now.paid.0 - now.refunding.0 - now.refunded.0;
    prop_assert_eq!(now.total.0, now.waived.0 + now.written_off.0 + kept + balance);
    let booked = [now.total.0, now.waived.0, now.written_off.0, now.paid.0];
    prop_assert_eq!(booked, [books.fee, books.waiver, books.write_off, books.paid]);
    prop_assert_eq!(now.refunding.0 + now.refunded.0, books.back);
    for part in [now.total, now.waived_increase, now.written_off, now.refunding, now.refunded] {
        prop_assert!(part >= Fen::ZERO);
    }
    prop_assert!(now.waived_increase <= now.waived && now.waived <= now.total);
    prop_assert!(now.written_off.0 + now.waived.0 <= now.total.0);
    prop_assert!(kept >= 0, "never more goes back than was paid");
    match now.state {
        Due | Owing => prop_assert!(balance > 0),
        Open => prop_assert_eq!(now.total, Fen::ZERO),
        Free | Pass | Exempt | FaultFree | Void => {
            prop_assert!(now.total == Fen::ZERO && balance <= 0);
        }
        Paid | OrderState::WrittenOff => prop_assert!(balance <= 0 && now.total > Fen::ZERO),
    }
    Ok(())
}
