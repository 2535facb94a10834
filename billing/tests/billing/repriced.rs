//! Whatever becomes of an order, the VAT and the net that its entries post are the split of what it costs after all
//! waivers. The order machine decides; this keeps the books as a caller has to: waivers that fall are reversed, then
//! the new price, then what still holds of them.

use billing::invoice::split_gross;
use billing::ledger::{
    About, Account, Entry, Repriced, Tax, Waiver, fee_repriced, waived, written_off,
};
use billing::order::{Basis, Moved, OnIncrease, Order, OrderEvent, OrderOutcome, advance};
use chrono::NaiveDate;
use proptest::prelude::*;
use vocabulary::{Fen, OrderId};

const MADE: &str = "the order machine keeps the limits";

#[derive(Clone, Debug)]
enum Step {
    /// A new bill, by a stay that was revised or by a coupon.
    Bill(i64, bool),
    /// A waiver by decision.
    Waive(i64),
    Pay(i64),
    WriteOff,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_000_i64, any::<bool>()).prop_map(|(fen, waives)| Step::Bill(fen, waives)),
        2 => (1..800_i64).prop_map(Step::Waive),
        2 => (1..3_000_i64).prop_map(Step::Pay),
        1 => Just(Step::WriteOff),
    ]
}

/// A waiver that holds.
#[derive(Clone)]
struct Live {
    is_increase: bool,
    entry: Entry,
    reduction: i64,
}

struct Books {
    about: About,
    order: Order,
    live: Vec<Live>,
    entries: Vec<Entry>,
}

fn order_id() -> OrderId {
    "0190a0b0-0000-7000-8000-000000000001".parse().expect("an id")
}

impl Books {
    fn new(rate_bp: u32) -> Books {
        let about = About {
            operator: "0190a0b0-0000-7000-8000-000000000010".parse().expect("an id"),
            payee: "0190a0b0-0000-7000-8000-000000000011".parse().expect("an id"),
            zone: None,
            order: Some(order_id()),
            tax: Tax::Vat { rate_bp: Some(rate_bp) },
            day: NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day"),
        };
        Books { about, order: Order::open(), live: Vec::new(), entries: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        let event = match *step {
            Step::Bill(total, waives) => OrderEvent::Priced {
                total: Fen(total),
                basis: Basis::Charged,
                on_increase: match waives {
                    true => OnIncrease::Waive { limit: Fen(i64::MAX) },
                    false => OnIncrease::Charge,
                },
            },
            Step::Waive(fen) => OrderEvent::Waived { amount: Fen(fen) },
            Step::Pay(fen) => OrderEvent::PaymentConfirmed { amount: Fen(fen) },
            Step::WriteOff => OrderEvent::WrittenOff,
        };
        if let Ok(OrderOutcome::Moved(moved)) = advance(&self.order, event) {
            let is_increase = matches!(event, OrderEvent::Priced { .. });
            self.book(&moved, is_increase);
            self.order = moved.order;
        }
    }

    fn book(&mut self, moved: &Moved, is_increase: bool) {
        let (reversed, back, rest) = self.reverse(-moved.waiver.0);
        let left = self.order.waived.0 - back;
        if moved.fee != Fen::ZERO {
            let price = Repriced {
                before: Fen(self.order.total.0 - self.order.waived.0),
                reversed: &reversed,
                after: Fen(moved.order.total.0 - left),
            };
            let revision = u32::try_from(self.entries.len()).expect("few entries");
            self.entries.push(fee_repriced(&self.about, order_id(), revision, &price).expect(MADE));
        }
        let mut cost = moved.order.total.0 - left;
        let given_up = (moved.waiver.0 > 0).then_some((is_increase, moved.waiver.0));
        for (is_increase, reduction) in rest.into_iter().chain(given_up) {
            self.waive(is_increase, cost, reduction);
            cost -= reduction;
        }
        if moved.write_off > Fen::ZERO {
            let name = self.entries.len().to_string();
            let off = written_off(&self.about, &name, moved.write_off, "limitation", "manager");
            self.entries.push(off.expect(MADE));
        }
    }

    /// Increases first, the newest first: the reversals, what they waived, and what still holds of the last.
    fn reverse(&mut self, amount: i64) -> (Vec<Entry>, i64, Option<(bool, i64)>) {
        let (mut reversed, mut back) = (Vec::new(), 0);
        while back < amount {
            let place = self.live.iter().rposition(|w| w.is_increase);
            let gone = self.live.remove(place.unwrap_or(self.live.len() - 1));
            reversed.push(gone.entry.reversal(self.about.day).expect(MADE));
            back += gone.reduction;
            if back > amount {
                self.entries.extend(reversed.iter().cloned());
                return (reversed, back, Some((gone.is_increase, back - amount)));
            }
        }
        self.entries.extend(reversed.iter().cloned());
        (reversed, back, None)
    }

    fn waive(&mut self, is_increase: bool, gross: i64, reduction: i64) {
        let name = self.entries.len().to_string();
        let waiver = Waiver {
            decision: &name,
            gross: Fen(gross),
            reduction: Fen(reduction),
            reason: "revised",
            authority: "policy 1",
        };
        let entry = waived(&self.about, &waiver).expect(MADE);
        self.entries.push(entry.clone());
        self.live.push(Live { is_increase, entry, reduction });
    }

    fn on(&self, account: Account) -> i64 {
        let lines = self.entries.iter().flat_map(Entry::postings);
        lines.filter(|line| line.account == account).map(|line| line.amount.0).sum()
    }

    /// Net and tax as the entries post them.
    fn posted(&self) -> (i64, i64) {
        let net = self.on(Account::Revenue(None)) + self.on(Account::Waivers(None));
        (-net, -self.on(Account::VatPayable))
    }
}

/// 2.00 are 1.83 + 0.17 at 9 %, 0.30 of it are waived: 1.70 = 1.56 + 0.14; a coupon of 0.77 leaves 0.93, of
/// which 93 / 1.09 = 85.3 are net: 0.85 + 0.08.
#[test]
fn a_coupon_after_a_waiver_leaves_the_tax_of_what_the_order_costs() {
    let mut books = Books::new(900);
    books.take(&Step::Bill(200, false));
    assert_eq!(books.posted(), (183, 17));
    books.take(&Step::Waive(30));
    assert_eq!(books.posted(), (156, 14));
    books.take(&Step::Bill(123, false));
    assert_eq!((books.order.total.0, books.order.waived.0), (123, 30));
    assert_eq!(books.posted(), (85, 8));
}

/// 1.00 is paid, and costs 0.92 + 0.08 (100 / 1.09 = 91.7) however often it is raised and the rise waived; a
/// fall to 1.20 takes back part of the second waiver, one to 0.50 (50 / 1.09 = 45.9) both.
#[test]
fn increases_that_are_waived_do_not_change_the_tax() {
    let mut books = Books::new(900);
    for step in
        [Step::Bill(100, true), Step::Pay(100), Step::Bill(130, true), Step::Bill(150, true)]
    {
        books.take(&step);
    }
    assert_eq!((books.order.waived.0, books.posted()), (50, (92, 8)));
    books.take(&Step::Bill(140, true));
    assert_eq!((books.order.waived.0, books.posted()), (40, (92, 8)));
    books.take(&Step::Bill(120, true));
    assert_eq!((books.order.waived.0, books.posted()), (20, (92, 8)));
    books.take(&Step::Bill(50, true));
    assert_eq!((books.order.waived.0, books.posted()), (0, (46, 4)));
}

proptest! {
    #[test]
    fn the_tax_posted_of_an_order_is_the_split_of_what_it_costs_after_all_waivers(
        steps in prop::collection::vec(step(), 1..40),
        rate_bp in prop::sample::select(vec![0_u32, 100, 300, 600, 900, 1300]),
    ) {
        let mut books = Books::new(rate_bp);
        for step in &steps {
            books.take(step);
            let cost = books.order.total.0 - books.order.waived.0;
            let split = split_gross(Fen(cost), rate_bp).unwrap();
            prop_assert_eq!(books.posted(), (split.net.0, split.tax.0), "{:?}", step);
            prop_assert_eq!(books.live.iter().map(|w| w.reduction).sum::<i64>(), books.order.waived.0);
        }
    }
}
