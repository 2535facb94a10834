//! The life of an order's invoices: paid, invoiced, refunded, taken back, invoiced again.

use billing::invoice::{Charge, Draft, Issued, RedPart, RedReason, Totals, left_of, red_in_part};
use proptest::prelude::*;
use vocabulary::Fen;

use super::{Ask, ask, charge};

#[derive(Clone, Debug)]
enum Event {
    Pays(i64),
    AsksForAnInvoice,
    /// Of a thousand parts of what was paid and kept.
    IsRefunded(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (1..100_000_i64).prop_map(Event::Pays),
        Just(Event::AsksForAnInvoice),
        (1..=1_000_i64).prop_map(Event::IsRefunded),
    ];
    proptest::collection::vec(event, 1..30)
}

#[derive(Default)]
struct Order {
    paid: i64,
    refunded: i64,
    blues: Vec<(Issued, Vec<Draft>)>,
}

impl Order {
    fn charge(&self) -> Charge {
        let (refunded, invoiced) = (Fen(self.refunded), Fen(self.invoiced()));
        Charge { refunded, invoiced, ..charge("P-1", self.paid) }
    }

    /// Blue ones less what red ones took back.
    fn invoiced(&self) -> i64 {
        let of = |(blue, reds): &(Issued, Vec<Draft>)| {
            blue.draft().totals.gross.0 + reds.iter().map(|r| r.totals.gross.0).sum::<i64>()
        };
        self.blues.iter().map(of).sum()
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Pays(fen) => self.paid += fen,
            Event::AsksForAnInvoice => {
                let ask = Ask { charges: vec![self.charge()], ..ask() };
                if ask.draft().is_ok() {
                    self.blues.push((ask.issued(), Vec::new()));
                }
            }
            Event::IsRefunded(share) => {
                self.refunded += (self.paid - self.refunded) * share / 1_000;
                self.take_back();
            }
        }
    }

    /// From the newest invoice on.
    fn take_back(&mut self) {
        let mut over = self.charge().over_invoiced().expect("it fits").0;
        for (blue, reds) in self.blues.iter_mut().rev() {
            let left = left_of(blue.draft(), reds).expect("never too much")[0].gross.0;
            let gross = left.min(over);
            if gross > 0 {
                let parts = [RedPart { order: "P-1".to_owned(), gross: Fen(gross) }];
                let red = red_in_part(blue, reds, &parts, RedReason::GoodsReturned);
                reds.push(red.expect("no more than is left"));
                over -= gross;
            }
        }
        assert_eq!(over, 0, "what is too much stands on some invoice");
    }
}

proptest! {
    #[test]
    fn never_more_is_invoiced_than_is_paid_and_kept(events in events()) {
        let mut order = Order::default();
        for event in &events {
            order.happens(event);
            let kept = order.paid - order.refunded;
            prop_assert!((0..=kept).contains(&order.invoiced()), "{event:?} of {events:?}");
        }
        order.happens(&Event::AsksForAnInvoice);
        prop_assert_eq!(order.invoiced(), order.paid - order.refunded, "all of it can be invoiced");
        order.happens(&Event::IsRefunded(1_000));
        for (blue, reds) in &order.blues {
            let all = [blue.draft().totals].into_iter().chain(reds.iter().map(|r| r.totals));
            prop_assert_eq!(Totals::sum(all), Ok(Totals::default()), "net and tax are back, too");
        }
    }
}
