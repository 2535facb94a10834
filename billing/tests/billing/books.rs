//! Any sequence of facts: every entry balances, all accounts together are nothing, taking every entry
//! back leaves nothing, and what an order owes is what its facts say.

use std::collections::BTreeMap;

use billing::invoice::{Regime, split_gross};
use billing::ledger::{
    About, Account, Channel, Entry, Means, Tax, Waiver, fee_earned, payment_received, refund_ended,
    refund_failed, refund_started, waived, written_off,
};
use chrono::NaiveDate;
use proptest::prelude::*;
use vocabulary::{Fen, OrderId};

#[derive(Clone, Debug)]
enum Fact {
    Bill(i64),
    Waive(i64),
    Pay(i64),
    Refund(i64, bool),
    WriteOff(i64),
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (0..100_000_i64).prop_map(Fact::Bill),
        (1..5_000_i64).prop_map(Fact::Waive),
        (1..100_000_i64).prop_map(Fact::Pay),
        (1..5_000_i64, any::<bool>()).prop_map(|(fen, ends)| Fact::Refund(fen, ends)),
        (1..5_000_i64).prop_map(Fact::WriteOff),
    ]
}

const MADE: &str = "the limits of the order are kept";

/// What the facts say, kept apart from the entries.
#[derive(Default)]
struct Order {
    total: i64,
    waived: i64,
    paid: i64,
    refunded: i64,
    written_off: i64,
}

fn about(tax: Tax) -> About {
    About {
        operator: "0190a0b0-0000-7000-8000-000000000010".parse().expect("an id"),
        payee: "0190a0b0-0000-7000-8000-000000000011".parse().expect("an id"),
        zone: None,
        order: Some(order()),
        tax,
        day: NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day"),
    }
}

fn order() -> OrderId {
    "0190a0b0-0000-7000-8000-000000000001".parse().expect("an id")
}

/// The entries of a fact, as a caller that respects an order's limits makes them.
fn entries(number: usize, fact: &Fact, about: &About, order_state: &mut Order) -> Vec<Entry> {
    let o = order_state;
    let name = number.to_string();
    match *fact {
        Fact::Bill(total) if total != o.total && total >= o.waived => {
            let revision = u32::try_from(number).expect("few facts");
            let (before, after) = (Fen(o.total - o.waived), Fen(total - o.waived));
            let fee = fee_earned(about, order(), revision, before, after).expect(MADE);
            o.total = total;
            vec![fee]
        }
        Fact::Waive(reduction) if reduction <= o.total - o.waived => {
            let gross = Fen(o.total - o.waived);
            let waiver = Waiver {
                decision: &name,
                gross,
                reduction: Fen(reduction),
                reason: "revised",
                authority: "policy 1",
            };
            o.waived += reduction;
            vec![waived(about, &waiver).expect(MADE)]
        }
        Fact::Pay(fen) => {
            o.paid += fen;
            let means = Means::Channel(Channel::Wechat);
            vec![payment_received(about, &name, means, Fen(fen)).expect(MADE)]
        }
        Fact::Refund(fen, ends) if fen <= o.paid - o.refunded => {
            let started = refund_started(about, &name, Fen(fen)).expect(MADE);
            let means = Means::Channel(Channel::Wechat);
            let second = match ends {
                true => refund_ended(about, &name, means, Fen(fen)).expect(MADE),
                false => refund_failed(about, &name, Fen(fen)).expect(MADE),
            };
            o.refunded += if ends { fen } else { 0 };
            vec![started, second]
        }
        Fact::WriteOff(fen) => {
            o.written_off += fen;
            vec![written_off(about, &name, Fen(fen), "limitation", "manager").expect(MADE)]
        }
        _ => Vec::new(),
    }
}

fn post(balances: &mut BTreeMap<Account, i64>, entry: &Entry) {
    for posting in entry.postings() {
        *balances.entry(posting.account).or_default() += posting.amount.0;
    }
}

fn on(balances: &BTreeMap<Account, i64>, account: Account) -> i64 {
    balances.get(&account).copied().unwrap_or_default()
}

proptest! {
    #[test]
    fn any_sequence_of_facts_leaves_books_that_balance_and_say_what_happened(
        facts in prop::collection::vec(fact(), 1..60),
        non_tax in any::<bool>(),
        rate_bp in prop::sample::select(vec![0_u32, 100, 300, 600, 900, 1300]),
    ) {
        let regime = if non_tax { Regime::NonTax } else { Regime::Vat };
        let about = about(Tax::of(regime, Some(rate_bp)));
        let (mut o, mut balances, mut all) = (Order::default(), BTreeMap::new(), Vec::new());
        for (number, fact) in facts.iter().enumerate() {
            for entry in entries(number, fact, &about, &mut o) {
                let sum = Fen::sum(entry.postings().iter().map(|p| p.amount)).unwrap();
                prop_assert_eq!(sum, Fen::ZERO);
                post(&mut balances, &entry);
                all.push(entry);
            }
        }
        prop_assert_eq!(balances.values().sum::<i64>(), 0);
        let owed = o.total - o.waived - o.paid + o.refunded - o.written_off;
        prop_assert_eq!(on(&balances, Account::Receivable), owed);
        let clearing = on(&balances, Account::ChannelClearing(Channel::Wechat));
        prop_assert_eq!(clearing, o.paid - o.refunded);
        prop_assert_eq!(on(&balances, Account::RefundsPayable), 0);
        if non_tax {
            let due = o.total - o.waived - o.written_off;
            prop_assert_eq!(-on(&balances, Account::DueToTreasury(None)), due);
            prop_assert_eq!(on(&balances, Account::VatPayable), 0);
        } else {
            let charged = split_gross(Fen(o.total - o.waived), rate_bp).unwrap();
            prop_assert_eq!(-on(&balances, Account::VatPayable), charged.tax.0);
            let net = on(&balances, Account::Revenue(None)) + on(&balances, Account::Waivers(None));
            prop_assert_eq!(-net, charged.net.0);
        }
        for entry in &all {
            post(&mut balances, &entry.reversal(about.day).unwrap());
        }
        prop_assert!(balances.values().all(|fen| *fen == 0), "{:?}", balances);
    }
}
