mod entries;

use chrono::NaiveDate;
use vocabulary::{OperatorId, OrderId, PayeeId, StaffId, ZoneId};

use super::*;
use crate::invoice::Regime;

const ORDER: &str = "0190a0b0-0000-7000-8000-000000000001";
const ZONE: &str = "0190a0b0-0000-7000-8000-0000000000aa";
const LIN: &str = "0190a0b0-0000-7000-8000-0000000000c1";
const WANG: &str = "0190a0b0-0000-7000-8000-0000000000c2";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn about(regime: Regime, rate_bp: Option<u32>) -> About {
    About {
        operator: "0190a0b0-0000-7000-8000-000000000010".parse::<OperatorId>().unwrap(),
        payee: "0190a0b0-0000-7000-8000-000000000011".parse::<PayeeId>().unwrap(),
        zone: Some(zone()),
        order: Some(order()),
        tax: Tax::of(regime, rate_bp),
        day: day("2026-11-30"),
    }
}

fn vat() -> About {
    about(Regime::Vat, Some(900))
}

fn non_tax() -> About {
    about(Regime::NonTax, None)
}

fn order() -> OrderId {
    ORDER.parse().unwrap()
}

fn zone() -> ZoneId {
    ZONE.parse().unwrap()
}

fn staff(id: &str) -> StaffId {
    id.parse().unwrap()
}

/// The lines as `account amount`, with the ids of zone and collectors as words.
fn lines(entry: &Entry) -> Vec<String> {
    let line = |p: &Posting| format!("{} {}", p.account, p.amount.0);
    let words = |text: String| text.replace(ZONE, "zone").replace(LIN, "lin").replace(WANG, "wang");
    entry.postings().iter().map(line).map(words).collect()
}

fn check(entry: Result<Entry, EntryReject>, fact: Fact, key: &str, expected: &[&str]) {
    let entry = entry.unwrap_or_else(|refused| panic!("{key}: {refused}"));
    let shown = entry.key().replace(ORDER, "order").replace(LIN, "lin");
    assert_eq!((shown.as_str(), entry.fact()), (key, fact));
    assert_eq!(lines(&entry), expected, "{key}");
    assert_eq!(Fen::sum(entry.postings().iter().map(|p| p.amount)), Ok(Fen::ZERO), "{key}");
    let back = entry.reversal(day("2026-12-01")).unwrap();
    assert_eq!(back.key(), format!("reversal:{}", entry.key()));
    assert_eq!(back.target(), Some(entry.key()));
    assert_eq!(back.reversal(day("2026-12-02")), Err(EntryReject::ReversalOfReversal));
    let stored = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&stored).unwrap(), entry);
}

/// 3.00 at 9 % is 2.75 + 0.25 (3 / 1.09 = 2.7523), 2.00 is 1.83 + 0.17 (1.8349), 5.00 is
/// 4.59 + 0.41 (4.5872): by hand.
#[test]
fn a_fee_is_earned_once_and_a_revision_posts_the_difference_of_the_splits() {
    let fee = |about: &About, before, after| fee_earned(about, order(), 2, Fen(before), Fen(after));
    let gross = about(Regime::Vat, None);
    for (entry, expected) in [
        (fee(&vat(), 0, 300), &["receivable 300", "revenue:zone -275", "vat_payable -25"][..]),
        (fee(&vat(), 300, 500), &["receivable 200", "revenue:zone -184", "vat_payable -16"]),
        (fee(&vat(), 300, 200), &["receivable -100", "revenue:zone 92", "vat_payable 8"]),
        (fee(&vat(), 300, 0), &["receivable -300", "revenue:zone 275", "vat_payable 25"]),
        (fee(&vat(), 0, 1), &["receivable 1", "revenue:zone -1"]),
        (fee(&gross, 0, 300), &["receivable 300", "fee_income -300"]),
        (fee(&non_tax(), 0, 300), &["receivable 300", "due_to_treasury:zone -300"]),
    ] {
        check(entry, Fact::Fee, "fee:order:2", expected);
    }
    for (before, after) in [(300, 300), (-1, 300), (300, -1)] {
        assert_eq!(fee(&vat(), before, after), Err(EntryReject::BadAmount), "{before} {after}");
    }
    let nowhere = About { zone: None, ..vat() };
    check(
        fee(&nowhere, 0, 200),
        Fact::Fee,
        "fee:order:2",
        &["receivable 200", "revenue -183", "vat_payable -17"],
    );
}

#[test]
fn the_tax_posted_of_an_order_is_the_split_of_what_it_owes_whatever_the_revisions() {
    let revisions = [0, 1, 6, 300, 299, 12_345, 7, 0, 500];
    let mut posted = Fen::ZERO;
    for pair in revisions.windows(2) {
        let entry = fee_earned(&vat(), order(), 1, Fen(pair[0]), Fen(pair[1])).unwrap();
        let tax = |p: &&Posting| p.account == Account::VatPayable;
        let change = Fen::sum(entry.postings().iter().filter(tax).map(|p| p.amount)).unwrap();
        posted = posted.minus(change).unwrap();
        assert_eq!(posted, crate::invoice::split_gross(Fen(pair[1]), 900).unwrap().tax);
    }
}

#[test]
fn what_is_given_up_names_its_reason_and_who_decided() {
    let waiver = |about: &About, gross, reduction| {
        let (reason, authority) = ("late reading", "policy 7/2026");
        let (gross, reduction) = (Fen(gross), Fen(reduction));
        waived(about, &Waiver { decision: "w1", gross, reduction, reason, authority })
    };
    let off = |about: &About, fen| written_off(about, "d1", Fen(fen), "limitation", "manager");
    let by_vat = ["waivers:zone 184", "vat_payable 16", "receivable -200"];
    check(waiver(&vat(), 500, 200), Fact::Waiver, "waiver:w1", &by_vat);
    let by_non_tax = ["due_to_treasury:zone 200", "receivable -200"];
    check(waiver(&non_tax(), 500, 200), Fact::Waiver, "waiver:w1", &by_non_tax);
    let gone = ["write_off 300", "receivable -300"];
    check(off(&vat(), 300), Fact::WriteOff, "write_off:d1", &gone);
    let gone = ["due_to_treasury:zone 300", "receivable -300"];
    check(off(&non_tax(), 300), Fact::WriteOff, "write_off:d1", &gone);
    let kept = waiver(&vat(), 500, 200).unwrap();
    let particulars: Vec<_> =
        kept.particulars().iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let expected = [
        ("authority", "policy 7/2026"),
        ("gross_fen", "500"),
        ("reason", "late reading"),
        ("reduction_fen", "200"),
    ];
    assert_eq!(particulars, expected);
    for (gross, reduction) in [(500, 0), (500, -1), (500, 501)] {
        assert_eq!(waiver(&vat(), gross, reduction), Err(EntryReject::BadAmount));
    }
    let anonymous =
        Waiver { decision: "w1", gross: Fen(5), reduction: Fen(5), reason: "kind", authority: "" };
    assert_eq!(waived(&vat(), &anonymous), Err(EntryReject::NoReason));
    assert_eq!(written_off(&vat(), "d1", Fen(1), "", "manager"), Err(EntryReject::NoReason));
    assert_eq!(off(&vat(), 0), Err(EntryReject::BadAmount));
    assert_eq!(off(&About { order: None, ..vat() }, 5), Err(EntryReject::NoOrder));
}

#[test]
fn money_that_moves_is_booked_under_the_name_of_its_fact() {
    let (a, lin, wang) = (vat(), staff(LIN), staff(WANG));
    let (wechat, cash) = (Means::Channel(Channel::Wechat), Means::Cash(lin));
    let pay = |means| payment_received(&a, "4200", means, Fen(300));
    for (entry, fact, key, expected) in [
        (
            pay(wechat),
            Fact::Payment,
            "pay:4200",
            ["channel_clearing:wechat 300", "receivable -300"],
        ),
        (pay(cash), Fact::Payment, "pay:4200", ["cash:lin 300", "receivable -300"]),
        (pay(Means::Bank), Fact::Payment, "pay:4200", ["bank 300", "receivable -300"]),
        (pay(Means::Prepaid), Fact::Payment, "pay:4200", ["prepaid 300", "receivable -300"]),
        (
            suspense_received(&a, "4200", wechat, Fen(300)),
            Fact::Suspense,
            "pay:4200",
            ["channel_clearing:wechat 300", "suspense -300"],
        ),
        (
            suspense_to_order(&a, "4200", order(), Fen(300), "found"),
            Fact::SuspenseResolved,
            "suspense:4200",
            ["suspense 300", "receivable -300"],
        ),
        (
            suspense_to_refund(&a, "4200", Fen(300), "nobody's"),
            Fact::SuspenseResolved,
            "suspense:4200",
            ["suspense 300", "refunds_payable -300"],
        ),
        (
            refund_started(&a, "r1", Fen(100)),
            Fact::RefundStarted,
            "refund:r1:started",
            ["receivable 100", "refunds_payable -100"],
        ),
        (
            refund_ended(&a, "r1", wechat, Fen(100)),
            Fact::RefundEnded,
            "refund:r1:ended",
            ["refunds_payable 100", "channel_clearing:wechat -100"],
        ),
        (
            refund_ended(&a, "r1", Means::Bank, Fen(100)),
            Fact::RefundEnded,
            "refund:r1:ended",
            ["refunds_payable 100", "bank -100"],
        ),
        (
            cash_counted(&a, "s1", lin, Fen(900), Fen(880)),
            Fact::CashCounted,
            "cash:s1:counted",
            ["cash:lin -20", "cash_over_short 20"],
        ),
        (
            cash_counted(&a, "s1", lin, Fen(900), Fen(905)),
            Fact::CashCounted,
            "cash:s1:counted",
            ["cash:lin 5", "cash_over_short -5"],
        ),
        (
            cash_handed_over(&a, "h1", lin, wang, Fen(880)),
            Fact::CashHandedOver,
            "cash:h1:handed_over",
            ["cash:wang 880", "cash:lin -880"],
        ),
        (
            cash_deposited(&a, "b1", lin, Fen(880)),
            Fact::CashDeposited,
            "deposit:b1",
            ["bank 880", "cash:lin -880"],
        ),
        (
            top_up(&a, order(), 1, Fen(0), Fen(5000)),
            Fact::TopUp,
            "top_up:order:1",
            ["receivable 5000", "prepaid -5000"],
        ),
        (
            top_up(&a, order(), 2, Fen(5000), Fen(1200)),
            Fact::TopUp,
            "top_up:order:2",
            ["receivable -3800", "prepaid 3800"],
        ),
        (
            channel_fee_paid(&a, Channel::Wechat, "f1", Fen(60)),
            Fact::ChannelFeePaid,
            "channel_fee_paid:wechat:f1",
            ["channel_fee_payable:wechat 60", "bank -60"],
        ),
    ] {
        check(entry, fact, key, &expected);
    }
    check(
        refund_failed(&a, "r1", Fen(100)).map(|e| Entry { target: None, ..e }),
        Fact::RefundFailed,
        "refund:r1:failed",
        &["refunds_payable 100", "receivable -100"],
    );
    let failed = refund_failed(&a, "r1", Fen(100)).unwrap();
    assert_eq!(failed.target(), Some("refund:r1:started"));
}

#[test]
fn what_the_channel_and_the_offices_get_depends_on_the_regime() {
    let (a, n) = (vat(), non_tax());
    let fee = |about: &About, fen| channel_fee(about, Channel::Wechat, day("2026-11-29"), Fen(fen));
    let key = "channel_fee:wechat:2026-11-29:0190a0b0-0000-7000-8000-000000000011";
    let kept = ["channel_fee:wechat 60", "channel_clearing:wechat -60"];
    check(fee(&a, 60), Fact::ChannelFee, key, &kept);
    let owed = ["channel_fee:wechat 60", "channel_fee_payable:wechat -60"];
    check(fee(&n, 60), Fact::ChannelFee, key, &owed);
    let back = ["channel_fee:wechat -6", "channel_clearing:wechat 6"];
    check(fee(&a, -6), Fact::ChannelFee, key, &back);
    assert_eq!(fee(&a, 0), Err(EntryReject::BadAmount));

    let payout =
        Settlement { channel: Channel::Wechat, number: "s9", amount: Fen(240), receipt: "B77" };
    let arrived = ["bank 240", "channel_clearing:wechat -240"];
    check(settled(&a, &payout), Fact::Settlement, "settle:wechat:s9", &arrived);

    let parts = [(Some(zone()), Fen(300)), (None, Fen(50))];
    let batch = Remittance { batch: "b3", by: None, parts: &parts, evidence: "6200001" };
    let handed = ["due_to_treasury:zone 300", "due_to_treasury 50", "bank -350"];
    check(remitted(&n, &batch), Fact::Remittance, "remit:b3", &handed);
    let straight = Remittance { by: Some(Channel::Wechat), parts: &parts[..1], ..batch };
    let handed = ["due_to_treasury:zone 300", "channel_clearing:wechat -300"];
    check(remitted(&n, &straight), Fact::Remittance, "remit:b3", &handed);
    assert_eq!(remitted(&a, &batch), Err(EntryReject::OtherRegime));
    let unproven = Remittance { evidence: "", ..batch };
    assert_eq!(remitted(&n, &unproven), Err(EntryReject::NoReason));

    let month = "2026-11".parse::<Month>().unwrap();
    let key = "vat_remitted:0190a0b0-0000-7000-8000-000000000011:2026-11";
    let paid = ["vat_payable 25", "bank -25"];
    check(vat_remitted(&a, month, Fen(25), "T1"), Fact::VatRemitted, key, &paid);
    assert_eq!(vat_remitted(&n, month, Fen(25), "T1"), Err(EntryReject::OtherRegime));
    let rest = vat_rest_remitted(&a, month, Fen(25), "T2");
    check(rest, Fact::VatRemitted, &format!("{key}:T2"), &paid);
    assert_eq!(vat_rest_remitted(&a, month, Fen(25), ""), Err(EntryReject::NoReason));

    let split = ["fee_income 300", "revenue:zone -275", "vat_payable -25"];
    check(vat_split(&a, "2026-10", Fen(300)), Fact::VatSplit, "vat_split:2026-10", &split);
    assert_eq!(vat_split(&n, "2026-10", Fen(300)), Err(EntryReject::OtherRegime));
}

/// A pass of 300.00 at 9 %: 275.23 net (30000 / 1.09 = 27522.9), 24.77 tax.
#[test]
fn a_pass_is_taxed_when_it_is_sold_and_earned_month_by_month() {
    let price = Repriced { before: Fen(0), reversed: &[], after: Fen(30_000) };
    let sold = ["receivable 30000", "deferred_revenue -27523", "vat_payable -2477"];
    check(pass_sold(&vat(), order(), 1, &price), Fact::Pass, "pass:order:1", &sold);
    let sold = ["receivable 30000", "due_to_treasury:zone -30000"];
    check(pass_sold(&non_tax(), order(), 1, &price), Fact::Pass, "pass:order:1", &sold);
    let month = "2026-12".parse::<Month>().unwrap();
    let earned = ["deferred_revenue 27523", "revenue:zone -27523"];
    let key = "pass_release:p1:2026-12";
    check(pass_released(&vat(), "p1", month, Fen(27_523)), Fact::PassRelease, key, &earned);
    let refused = pass_released(&non_tax(), "p1", month, Fen(1));
    assert_eq!(refused, Err(EntryReject::OtherRegime));
}
