use vocabulary::Timestamp;

use super::*;

#[test]
fn what_does_not_balance_is_no_entry() {
    use Account::{Bank, Receivable, Suspense};
    for (key, postings, expected) in [
        ("k", vec![(Receivable, 300), (Bank, -300)], Ok(())),
        ("k", vec![(Receivable, 300), (Bank, -200), (Suspense, -100)], Ok(())),
        ("k", vec![(Receivable, 300), (Bank, -299)], Err(EntryReject::Unbalanced(Fen(1)))),
        ("k", vec![], Err(EntryReject::TooFewPostings)),
        ("k", vec![(Receivable, 300)], Err(EntryReject::TooFewPostings)),
        ("k", vec![(Receivable, 0), (Bank, 0)], Err(EntryReject::BadAmount)),
        ("", vec![(Receivable, 300), (Bank, -300)], Err(EntryReject::NoKey)),
        ("pay:", vec![(Receivable, 300), (Bank, -300)], Err(EntryReject::NoKey)),
        ("k", vec![(Receivable, i64::MAX), (Bank, 1)], Err(EntryReject::Overflow)),
    ] {
        let postings: Vec<_> = postings
            .into_iter()
            .map(|(account, fen)| Posting { account, amount: Fen(fen) })
            .collect();
        let made = Entry::new(key, Fact::Fee, vat(), postings.clone());
        assert_eq!(made.map(|_| ()), expected, "{postings:?}");
    }
    let long = "k".repeat(KEY_LIMIT + 1);
    assert_eq!(payment_received(&vat(), &long, Means::Bank, Fen(1)), Err(EntryReject::TooLong));
    assert_eq!(payment_received(&vat(), "", Means::Bank, Fen(1)), Err(EntryReject::NoKey));
    let good = serde_json::to_string(&payment_received(&vat(), "1", Means::Bank, Fen(1)).unwrap());
    let forged = good.unwrap().replace("\"amount\":-1", "\"amount\":1");
    assert!(serde_json::from_str::<Entry>(&forged).is_err());
}

#[test]
fn the_same_key_with_other_content_is_a_named_refusal() {
    let booked =
        payment_received(&vat(), "4200", Means::Channel(Channel::Wechat), Fen(300)).unwrap();
    let other =
        |about: &About, means, fen| payment_received(about, "4200", means, Fen(fen)).unwrap();
    let wechat = Means::Channel(Channel::Wechat);
    let later = About { day: day("2026-12-05"), ..vat() };
    let elsewhere = About { zone: None, ..vat() };
    let suspense = suspense_received(&vat(), "4200", wechat, Fen(300)).unwrap();
    for (again, expected) in [
        (other(&vat(), wechat, 300), Ok(())),
        (other(&later, wechat, 300), Ok(())),
        (other(&vat(), wechat, 299), Err(Differs::Postings)),
        (other(&vat(), Means::Bank, 300), Err(Differs::Postings)),
        (other(&elsewhere, wechat, 300), Err(Differs::About)),
        (other(&non_tax(), wechat, 300), Err(Differs::About)),
        (suspense, Err(Differs::Fact)),
        (booked.clone().correcting("pay:1"), Err(Differs::Target)),
        (booked.clone().with("receipt", "7").unwrap(), Err(Differs::Particulars)),
    ] {
        assert_eq!(same_fact(&booked, &again), expected, "{again:?}");
    }
}

#[test]
fn names_of_accounts_and_facts_are_read_back() {
    let all = [
        Account::Receivable,
        Account::ChannelClearing(Channel::Wechat),
        Account::ChannelFee(Channel::Wechat),
        Account::ChannelFeePayable(Channel::Wechat),
        Account::Revenue(Some(zone())),
        Account::Revenue(None),
        Account::FeeIncome,
        Account::VatPayable,
        Account::DueToTreasury(Some(zone())),
        Account::Prepaid,
        Account::DeferredRevenue,
        Account::RefundsPayable,
        Account::Waivers(None),
        Account::WriteOff,
        Account::Suspense,
        Account::Cash(staff(LIN)),
        Account::CashOverShort,
        Account::Bank,
    ];
    for account in all {
        assert_eq!(Account::from_name(&account.name()), Some(account));
    }
    for name in ["", "cash", "channel_clearing", "channel_clearing:alipay", "bank:1", "revenue:x"] {
        assert_eq!(Account::from_name(name), None, "{name}");
    }
    for fact in Fact::ALL {
        assert_eq!(Fact::from_name(fact.name()), Some(fact));
    }
}

#[test]
fn the_day_of_the_books_is_that_of_beijing_and_never_in_a_closed_month() {
    for (at, expected) in [
        ("2026-11-30T15:59:59.999Z", "2026-11-30"),
        ("2026-11-30T16:00:00Z", "2026-12-01"),
        ("2026-12-31T16:00:00Z", "2027-01-01"),
    ] {
        assert_eq!(city_day(Timestamp::parse(at).unwrap()), day(expected), "{at}");
    }
    let closed = "2026-11".parse::<Month>().ok();
    for (fact, today, closed, expected) in [
        ("2026-11-30", "2026-12-03", None, "2026-11-30"),
        ("2026-11-30", "2026-12-03", closed, "2026-12-03"),
        ("2026-10-01", "2026-12-03", closed, "2026-12-03"),
        ("2026-12-01", "2026-12-03", closed, "2026-12-01"),
        ("2026-11-30", "2026-11-30", closed, "2026-12-01"),
    ] {
        assert_eq!(booked_on(day(fact), day(today), closed), day(expected), "{fact} {today}");
    }
    let february = "2028-02".parse::<Month>().unwrap();
    assert_eq!((february.first_day(), february.last_day()), (day("2028-02-01"), day("2028-02-29")));
    assert_eq!(
        (february.next().to_string(), february.before().to_string()),
        ("2028-03".into(), "2028-01".into())
    );
    for bad in ["2026-13", "2026-1", "2026-011", "26-01", "2026/01", "", "+026-01"] {
        assert!(bad.parse::<Month>().is_err(), "{bad}");
    }
}

/// Computed apart with Python: hashlib.sha256 over the netstrings.
#[test]
fn the_hash_of_an_entry_is_that_which_an_outsider_computes() {
    let first = genesis("p");
    assert_eq!(first.to_string(), GENESIS);
    assert_eq!(first.to_string().parse::<Hash>(), Ok(first));
    let link = Link {
        payee: "p",
        number: 1,
        previous: first,
        fields: &["pay:1", "", "停车"],
        postings: &[("bank", 300), ("suspense", -300)],
    };
    assert_eq!(link_hash(&link).to_string(), FIRST_LINK);
    let other = Link { fields: &["pay:1", "停", "车"], ..link };
    assert_ne!(link_hash(&other), link_hash(&link));
    assert!("ab".parse::<Hash>().is_err());
}

const GENESIS: &str = "c4c32b8c89c057f6ffae3cb39d0c45eab0e858999c639f8c3e8050a2fe6508e2";
const FIRST_LINK: &str = "fa1c886b9d1b6ac080ad2dd7b476cd029bd91913796059d08e02a4887efc728a";
