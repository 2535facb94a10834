//! Every event in every state of a payment.

use super::*;
use PaymentState::{Closed, Created, Failed, Ready, Succeeded};

/// A payment of 3.00 yuan in some state, as it would have come there.
fn payment(state: PaymentState) -> Payment {
    Payment {
        state,
        amount: Fen(300),
        prepay_id: (state != Created).then(|| "wx1".to_owned()),
        transaction_id: (state == Succeeded).then(|| "4200".to_owned()),
    }
}

fn says(trade_state: &str, fen: i64, transaction: Option<&str>) -> PaymentEvent {
    PaymentEvent::ProviderSays {
        trade_state: TradeState::from_name(trade_state).unwrap(),
        amount: Fen(fen),
        transaction_id: transaction.map(str::to_owned),
    }
}

fn prepay(id: &str) -> PaymentEvent {
    PaymentEvent::PrepayMade { prepay_id: id.to_owned() }
}

fn check(from: PaymentState, event: &PaymentEvent, expected: &str) {
    let before = payment(from);
    let got = match advance(&before, event.clone()) {
        Ok(PaymentOutcome::Moved(next)) => format!("moved {}", tell(&before, &next)),
        Ok(PaymentOutcome::LateSuccess(next)) => format!("late {}", tell(&before, &next)),
        Ok(PaymentOutcome::AlreadyKnown) => "known".to_owned(),
        Ok(PaymentOutcome::Unchanged) => "unchanged".to_owned(),
        Err(reject) => reject.code().to_owned(),
    };
    assert_eq!(got, expected, "{from:?} {event:?}");
}

fn tell(before: &Payment, next: &Payment) -> String {
    assert_eq!(next.amount, before.amount, "an amount is never changed");
    let or_none = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
    format!("{} {} {}", next.state.name(), or_none(&next.prepay_id), or_none(&next.transaction_id))
}

#[test]
fn a_payment_is_what_the_provider_says() {
    for (from, event, expected) in [
        (Created, prepay("wx1"), "moved ready wx1 -"),
        (Ready, prepay("wx2"), "moved ready wx2 -"),
        (Succeeded, prepay("wx2"), "payment_already_succeeded"),
        (Closed, prepay("wx2"), "payment_already_closed"),
        (Failed, prepay("wx2"), "payment_already_closed"),
        // The answer to our request may be lost, and the payer pay all the same.
        (Created, says("SUCCESS", 300, Some("4200")), "moved succeeded - 4200"),
        (Ready, says("SUCCESS", 300, Some("4200")), "moved succeeded wx1 4200"),
        (Ready, says("SUCCESS", 301, Some("4200")), "amount_differs"),
        (Ready, says("SUCCESS", 300, None), "missing_transaction"),
        (Ready, says("SUCCESS", 300, Some("")), "missing_transaction"),
        (Succeeded, says("SUCCESS", 300, Some("4200")), "known"),
        (Succeeded, says("SUCCESS", 300, Some("4201")), "second_transaction"),
        (Succeeded, says("SUCCESS", 301, Some("4200")), "amount_differs"),
        (Closed, says("SUCCESS", 300, Some("4200")), "late succeeded wx1 4200"),
        (Failed, says("SUCCESS", 300, Some("4200")), "late succeeded wx1 4200"),
        (Closed, says("SUCCESS", 1, Some("4200")), "amount_differs"),
        (Ready, says("NOTPAY", 300, None), "unchanged"),
        (Ready, says("USERPAYING", 300, None), "unchanged"),
        (Ready, says("ACCEPT", 300, None), "unchanged"),
        (Ready, says("ACCEPTED", 300, None), "unchanged"),
        (Ready, says("PAY_FAIL", 300, None), "moved failed wx1 -"),
        (Succeeded, says("NOTPAY", 300, None), "unchanged"),
        (Ready, says("CLOSED", 300, None), "moved closed wx1 -"),
        (Ready, says("REVOKED", 300, None), "moved closed wx1 -"),
        (Created, PaymentEvent::CloseConfirmed, "moved closed - -"),
        (Closed, PaymentEvent::CloseConfirmed, "unchanged"),
        (Failed, PaymentEvent::CloseConfirmed, "moved closed wx1 -"),
        (Succeeded, PaymentEvent::CloseConfirmed, "payment_already_succeeded"),
        (Succeeded, says("CLOSED", 300, None), "payment_already_succeeded"),
        (Ready, says("PAYERROR", 300, None), "moved failed wx1 -"),
        (Failed, says("PAYERROR", 300, None), "unchanged"),
        (Closed, says("PAYERROR", 300, None), "unchanged"),
        (Succeeded, says("PAYERROR", 300, None), "payment_already_succeeded"),
        (Succeeded, says("REFUND", 300, Some("4200")), "known"),
        (Succeeded, says("REFUND", 300, Some("4201")), "second_transaction"),
        (Ready, says("REFUND", 300, Some("4200")), "refund_before_success"),
    ] {
        check(from, &event, expected);
    }
}

#[test]
fn names_of_states_are_read_back() {
    for state in PaymentState::ALL {
        assert_eq!(PaymentState::from_name(state.name()), Some(state));
    }
    assert_eq!(PaymentState::from_name("paid"), None);
    assert_eq!(TradeState::from_name("success"), None, "the provider writes capitals");
    assert_eq!(Payment::created(Fen(300)).state, Created);
}
