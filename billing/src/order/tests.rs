//! Every event in every state of an order, and what holds after any number of them.
//!
//! Amounts are reckoned by hand. A fixture is named by its state; money in brackets is fen:
//! `due` 300 of 500 with 200 paid, `paid` 500, `credit` 500 paid of 300 (nothing refunded yet).

mod adds_up;

use super::*;
use OrderEvent::{
    GraceOver, PaymentConfirmed, RefundEnded, RefundFailed, RefundStarted, WrittenOff,
};
use OrderState::{Due, Exempt, FaultFree, Free, Open, Owing, Paid, Pass, Void};

const ASK: OnIncrease = OnIncrease::Ask;

/// State, total, waived, written off, paid, refunding, refunded.
type Money = (OrderState, i64, i64, i64, i64, i64, i64);

fn order(money: Money) -> Order {
    let (state, total, waived, written_off, paid, refunding, refunded) = money;
    Order {
        state,
        total: Fen(total),
        waived: Fen(waived),
        waived_increase: Fen(waived),
        written_off: Fen(written_off),
        paid: Fen(paid),
        refunding: Fen(refunding),
        refunded: Fen(refunded),
    }
}

fn priced(total: i64, on_increase: OnIncrease) -> OrderEvent {
    OrderEvent::Priced { total: Fen(total), basis: Basis::Charged, on_increase }
}

fn of_nothing(basis: Basis) -> OrderEvent {
    OrderEvent::Priced { total: Fen::ZERO, basis, on_increase: ASK }
}

fn waive(limit: i64) -> OnIncrease {
    OnIncrease::Waive { limit: Fen(limit) }
}

fn pays(fen: i64) -> OrderEvent {
    PaymentConfirmed { amount: Fen(fen) }
}

fn waived(fen: i64) -> OrderEvent {
    OrderEvent::Waived { amount: Fen(fen) }
}

/// `paid 500 0 0 500 0 0 | fee 200 waiver 0 off 0 credit 0`, `-`, or the code of a refusal.
fn tell(outcome: Result<OrderOutcome, OrderReject>) -> String {
    match outcome {
        Ok(OrderOutcome::Moved(m)) => {
            let o = m.order;
            let money = [o.total, o.waived, o.written_off, o.paid, o.refunding, o.refunded];
            let money = money.map(|fen| fen.0.to_string()).join(" ");
            let mut told = format!("{} {money}", o.state.name());
            for (what, fen) in
                [("fee", m.fee), ("waiver", m.waiver), ("off", m.write_off), ("credit", m.credit)]
            {
                if fen != Fen::ZERO {
                    told = format!("{told} {what} {}", fen.0);
                }
            }
            told
        }
        Ok(OrderOutcome::Unchanged) => "-".to_owned(),
        Ok(OrderOutcome::Undecided { increase, why }) => format!("{} {}", why.code(), increase.0),
        Err(reject) => reject.code().to_owned(),
    }
}

fn check(rows: &[(Money, OrderEvent, &str)]) {
    for (from, event, expected) in rows {
        assert_eq!(tell(advance(&order(*from), *event)), *expected, "{from:?} {event:?}");
    }
}

const OPEN: Money = (Open, 0, 0, 0, 0, 0, 0);
const PART: Money = (Open, 0, 0, 0, 200, 0, 0);
const DUE: Money = (Due, 500, 0, 0, 200, 0, 0);
const OWING: Money = (Owing, 500, 0, 0, 0, 0, 0);
const PAID: Money = (Paid, 500, 0, 0, 500, 0, 0);
const SPARED: Money = (Paid, 700, 200, 0, 500, 0, 0);
const CREDIT: Money = (Paid, 300, 0, 0, 500, 0, 0);
const BACK: Money = (Paid, 300, 0, 0, 500, 200, 0);
const FREE: Money = (Free, 0, 0, 0, 0, 0, 0);
const OFF: Money = (OrderState::WrittenOff, 500, 0, 300, 200, 0, 0);

#[test]
fn a_bill_makes_a_running_order_final_and_only_the_difference_moves() {
    check(&[
        (OPEN, priced(500, ASK), "due 500 0 0 0 0 0 fee 500"),
        (OPEN, priced(0, ASK), "free 0 0 0 0 0 0"),
        (OPEN, priced(-1, ASK), "negative_total"),
        (OPEN, of_nothing(Basis::Pass), "pass 0 0 0 0 0 0"),
        (OPEN, of_nothing(Basis::Exempt), "exempt 0 0 0 0 0 0"),
        (OPEN, of_nothing(Basis::FaultFree), "fault_free 0 0 0 0 0 0"),
        (OPEN, of_nothing(Basis::NoStay), "void 0 0 0 0 0 0"),
        (
            OPEN,
            OrderEvent::Priced { total: Fen(1), basis: Basis::Pass, on_increase: ASK },
            "basis_with_fee",
        ),
        // Part payments count; too much of them goes back.
        (PART, priced(500, ASK), "due 500 0 0 200 0 0 fee 500"),
        (PART, priced(200, ASK), "paid 200 0 0 200 0 0 fee 200"),
        (PART, priced(150, ASK), "paid 150 0 0 200 0 0 fee 150 credit 50"),
        (PART, priced(0, ASK), "free 0 0 0 200 0 0 credit 200"),
        (PART, of_nothing(Basis::NoStay), "void 0 0 0 200 0 0 credit 200"),
        (DUE, priced(500, ASK), "-"),
        (DUE, priced(600, ASK), "due 600 0 0 200 0 0 fee 100"),
        (DUE, priced(200, ASK), "paid 200 0 0 200 0 0 fee -300"),
        (DUE, priced(100, ASK), "paid 100 0 0 200 0 0 fee -400 credit 100"),
        (DUE, of_nothing(Basis::FaultFree), "fault_free 0 0 0 200 0 0 fee -500 credit 200"),
        (OWING, priced(700, ASK), "owing 700 0 0 0 0 0 fee 200"),
        (OWING, priced(300, ASK), "owing 300 0 0 0 0 0 fee -200"),
        (OWING, priced(0, ASK), "free 0 0 0 0 0 0 fee -500"),
        (FREE, priced(0, ASK), "-"),
        (FREE, priced(200, OnIncrease::Charge), "due 200 0 0 0 0 0 fee 200"),
        ((Pass, 0, 0, 0, 0, 0, 0), of_nothing(Basis::Pass), "-"),
        ((Pass, 0, 0, 0, 0, 0, 0), priced(0, ASK), "free 0 0 0 0 0 0"),
        ((Void, 0, 0, 0, 0, 0, 0), priced(300, ASK), "due 300 0 0 0 0 0 fee 300"),
        ((Exempt, 0, 0, 0, 0, 0, 0), priced(300, ASK), "due 300 0 0 0 0 0 fee 300"),
        ((Exempt, 0, 0, 0, 0, 0, 0), of_nothing(Basis::NoStay), "void 0 0 0 0 0 0"),
    ]);
}

#[test]
fn an_increase_after_payment_is_waived_asked_about_or_charged() {
    check(&[
        (PAID, priced(500, ASK), "-"),
        (PAID, priced(700, waive(200)), "paid 700 200 0 500 0 0 fee 200 waiver 200"),
        (PAID, priced(701, waive(200)), "above_waiver_limit 201"),
        (PAID, priced(700, ASK), "no_waiver_authority 200"),
        (PAID, priced(700, OnIncrease::Charge), "due 700 0 0 500 0 0 fee 200"),
        // The limit is that of the order, not of each increase.
        (SPARED, priced(800, waive(300)), "paid 800 300 0 500 0 0 fee 100 waiver 100"),
        (SPARED, priced(801, waive(300)), "above_waiver_limit 101"),
        // What is still here of the payer's money is used first.
        (CREDIT, priced(500, ASK), "paid 500 0 0 500 0 0 fee 200"),
        (CREDIT, priced(600, waive(100)), "paid 600 100 0 500 0 0 fee 300 waiver 100"),
        (CREDIT, priced(600, ASK), "no_waiver_authority 100"),
        (BACK, priced(500, waive(200)), "paid 500 200 0 500 200 0 fee 200 waiver 200"),
        (OFF, priced(600, ASK), "no_waiver_authority 100"),
        (OFF, priced(600, waive(100)), "written_off 600 100 300 200 0 0 fee 100 waiver 100"),
        (OFF, priced(600, OnIncrease::Charge), "due 600 0 300 200 0 0 fee 100"),
        // Who was told that it costs nothing is told no other by later evidence alone.
        (FREE, priced(200, ASK), "no_waiver_authority 200"),
        (FREE, priced(200, waive(200)), "paid 200 200 0 0 0 0 fee 200 waiver 200"),
        (FREE, priced(201, waive(200)), "above_waiver_limit 201"),
        ((FaultFree, 0, 0, 0, 0, 0, 0), priced(300, ASK), "no_waiver_authority 300"),
        (
            (FaultFree, 0, 0, 0, 0, 0, 0),
            priced(300, OnIncrease::Charge),
            "due 300 0 0 0 0 0 fee 300",
        ),
    ]);
}

#[test]
fn a_decrease_after_payment_is_a_credit_beyond_what_was_waived() {
    check(&[
        (PAID, priced(300, ASK), "paid 300 0 0 500 0 0 fee -200 credit 200"),
        (PAID, priced(0, ASK), "free 0 0 0 500 0 0 fee -500 credit 500"),
        (PAID, of_nothing(Basis::NoStay), "void 0 0 0 500 0 0 fee -500 credit 500"),
        // 500 were paid and 200 waived: nobody is refunded what nobody paid.
        (SPARED, priced(600, ASK), "paid 600 100 0 500 0 0 fee -100 waiver -100"),
        (SPARED, priced(500, ASK), "paid 500 0 0 500 0 0 fee -200 waiver -200"),
        (SPARED, priced(400, ASK), "paid 400 0 0 500 0 0 fee -300 waiver -200 credit 100"),
        (SPARED, priced(0, ASK), "free 0 0 0 500 0 0 fee -700 waiver -200 credit 500"),
        // 200 are on their way back already.
        (BACK, priced(250, ASK), "paid 250 0 0 500 200 0 fee -50 credit 50"),
        (OFF, priced(300, ASK), "written_off 300 0 100 200 0 0 fee -200 off -200"),
        (OFF, priced(200, ASK), "paid 200 0 0 200 0 0 fee -300 off -300"),
        (OFF, priced(50, ASK), "paid 50 0 0 200 0 0 fee -450 off -300 credit 150"),
    ]);
}

#[test]
fn a_waiver_by_decision_stays_when_the_total_falls_but_never_exceeds_it() {
    let decided = Order { waived_increase: Fen::ZERO, ..order((Paid, 700, 200, 0, 500, 0, 0)) };
    for (total, expected) in [
        (600, "paid 600 200 0 500 0 0 fee -100 credit 100"),
        (100, "paid 100 100 0 500 0 0 fee -600 waiver -100 credit 500"),
    ] {
        assert_eq!(tell(advance(&decided, priced(total, ASK))), expected);
    }
}

#[test]
fn money_that_arrives_is_taken_in_every_state() {
    check(&[
        (OPEN, pays(100), "open 0 0 0 100 0 0"),
        (PART, pays(100), "open 0 0 0 300 0 0"),
        (OPEN, pays(0), "bad_amount"),
        (PAID, pays(-1), "bad_amount"),
        (DUE, pays(100), "due 500 0 0 300 0 0"),
        (DUE, pays(300), "paid 500 0 0 500 0 0"),
        (DUE, pays(301), "paid 500 0 0 501 0 0 credit 1"),
        (OWING, pays(100), "owing 500 0 0 100 0 0"),
        (OWING, pays(500), "paid 500 0 0 500 0 0"),
        (PAID, pays(500), "paid 500 0 0 1000 0 0 credit 500"),
        (FREE, pays(200), "free 0 0 0 200 0 0 credit 200"),
        ((Pass, 0, 0, 0, 0, 0, 0), pays(200), "pass 0 0 0 200 0 0 credit 200"),
        ((Exempt, 0, 0, 0, 0, 0, 0), pays(200), "exempt 0 0 0 200 0 0 credit 200"),
        ((FaultFree, 0, 0, 0, 0, 0, 0), pays(200), "fault_free 0 0 0 200 0 0 credit 200"),
        ((Void, 0, 0, 0, 0, 0, 0), pays(200), "void 0 0 0 200 0 0 credit 200"),
        (OFF, pays(300), "written_off 500 0 300 500 0 0 credit 300"),
    ]);
}

#[test]
fn grace_ends_waivers_and_write_offs_are_decided_only_where_something_is_owed() {
    check(&[
        (OPEN, GraceOver, "order_not_priced"),
        (DUE, GraceOver, "owing 500 0 0 200 0 0"),
        (OWING, GraceOver, "-"),
        (PAID, GraceOver, "-"),
        (FREE, GraceOver, "-"),
        (OFF, GraceOver, "-"),
        ((Void, 0, 0, 0, 0, 0, 0), GraceOver, "-"),
        (OPEN, waived(100), "order_not_priced"),
        (DUE, waived(0), "bad_amount"),
        (DUE, waived(100), "due 500 100 0 200 0 0 waiver 100"),
        (DUE, waived(300), "paid 500 300 0 200 0 0 waiver 300"),
        (DUE, waived(400), "paid 500 400 0 200 0 0 waiver 400 credit 100"),
        (DUE, waived(501), "waiver_too_large"),
        (OWING, waived(500), "paid 500 500 0 0 0 0 waiver 500"),
        (PAID, waived(500), "paid 500 500 0 500 0 0 waiver 500 credit 500"),
        (PAID, waived(501), "waiver_too_large"),
        (FREE, waived(1), "waiver_too_large"),
        (OFF, waived(1), "waiver_too_large"),
        (OPEN, WrittenOff, "order_not_priced"),
        (DUE, WrittenOff, "written_off 500 0 300 200 0 0 off 300"),
        (OWING, WrittenOff, "written_off 500 0 500 0 0 0 off 500"),
        (OFF, WrittenOff, "-"),
        (PAID, WrittenOff, "order_paid"),
        (FREE, WrittenOff, "order_free"),
        ((Pass, 0, 0, 0, 0, 0, 0), WrittenOff, "order_pass"),
        ((Exempt, 0, 0, 0, 0, 0, 0), WrittenOff, "order_exempt"),
        ((FaultFree, 0, 0, 0, 0, 0, 0), WrittenOff, "order_fault_free"),
        ((Void, 0, 0, 0, 0, 0, 0), WrittenOff, "order_void"),
    ]);
}

#[test]
fn no_more_goes_back_than_the_credit() {
    let amount = |fen: i64| Fen(fen);
    check(&[
        (PART, RefundStarted { amount: amount(200) }, "refund_too_large"),
        (DUE, RefundStarted { amount: amount(1) }, "refund_too_large"),
        (PAID, RefundStarted { amount: amount(1) }, "refund_too_large"),
        (CREDIT, RefundStarted { amount: amount(0) }, "bad_amount"),
        (CREDIT, RefundStarted { amount: amount(201) }, "refund_too_large"),
        (CREDIT, RefundStarted { amount: amount(150) }, "paid 300 0 0 500 150 0 credit 50"),
        (CREDIT, RefundStarted { amount: amount(200) }, "paid 300 0 0 500 200 0"),
        (BACK, RefundStarted { amount: amount(1) }, "refund_too_large"),
        (BACK, RefundEnded { amount: amount(200) }, "paid 300 0 0 500 0 200"),
        (BACK, RefundEnded { amount: amount(201) }, "refund_unknown"),
        (BACK, RefundFailed { amount: amount(200) }, "paid 300 0 0 500 0 0 credit 200"),
        (CREDIT, RefundEnded { amount: amount(1) }, "refund_unknown"),
        (CREDIT, RefundFailed { amount: amount(1) }, "refund_unknown"),
        // It has become due meanwhile, and the refund did not work: it is paid after all.
        (
            (Due, 500, 0, 0, 500, 200, 0),
            RefundFailed { amount: amount(200) },
            "paid 500 0 0 500 0 0",
        ),
    ]);
}

#[test]
fn what_can_be_paid_is_the_rest_and_paying_early_does_not_buy_the_day() {
    let payable = |money: Money, running: Option<i64>| {
        order(money).payable(running.map(Fen)).map(|fen| fen.0).map_err(OrderReject::code)
    };
    for (money, running, expected) in [
        (OPEN, None, Err("order_not_priced")),
        (OPEN, Some(0), Err("nothing_due")),
        (OPEN, Some(200), Ok(200)),
        (PART, Some(200), Err("nothing_due")),
        (PART, Some(500), Ok(300)),
        (DUE, None, Ok(300)),
        (OWING, Some(900), Ok(500)),
        (PAID, None, Err("order_paid")),
        (CREDIT, None, Err("order_paid")),
        (FREE, Some(900), Err("order_free")),
        (OFF, None, Err("order_written_off")),
        ((Void, 0, 0, 0, 0, 0, 0), None, Err("order_void")),
    ] {
        assert_eq!(payable(money, running), expected, "{money:?} {running:?}");
    }
    // After one minute 2 yuan, at departure 20: the rest is due then.
    let mut now = Order::open();
    for (event, state, due) in
        [(pays(200), Open, 0), (priced(2_000, waive(10_000)), Due, 1_800), (pays(1_800), Paid, 0)]
    {
        let Ok(OrderOutcome::Moved(moved)) = advance(&now, event) else { panic!("{event:?}") };
        now = moved.order;
        assert_eq!((now.state, now.due().unwrap()), (state, Fen(due)));
    }
}

#[test]
fn names_are_read_back_and_codes_differ() {
    for state in OrderState::ALL {
        assert_eq!(OrderState::from_name(state.name()), Some(state));
        assert_eq!(OrderReject::Settled(state).code(), format!("order_{}", state.name()));
    }
    assert_eq!(OrderState::from_name("cancelled"), None);
}
