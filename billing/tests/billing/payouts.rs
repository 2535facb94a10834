//! What a channel paid out: a table read whole or not at all, and compared with the bills.

use billing::invoice::Regime;
use billing::reconcile::{Billed, PayoutOutcome, PayoutReject, ReceivedIn, compare, read_payouts};
use vocabulary::Fen;

const HEAD: &str =
    "settlement_no,channel,payee,paid_on,from_on,to_on,gross,fee,net,received_in,receipt";
const ROW: &str = "S1,wechat,城市停车,2026-12-01,2026-11-30,2026-11-30,100.00,0.60,99.40,bank,B77";

#[test]
fn a_table_of_payouts_is_read_in_any_order_of_its_columns() {
    let read = read_payouts(&format!("{HEAD}\r\n{ROW}\r\n")).unwrap();
    assert_eq!(read.len(), 1);
    let payout = &read[0];
    assert_eq!((payout.line, payout.number.as_str(), payout.payee.as_str()), (2, "S1", "城市停车"));
    assert_eq!((payout.gross, payout.fee, payout.net), (Fen(10_000), Fen(60), Fen(9_940)));
    assert_eq!((payout.received_in, payout.receipt.as_str()), (ReceivedIn::Bank, "B77"));
    let turned = "receipt,note,received_in,net,fee,gross,to_on,from_on,paid_on,payee,channel,settlement_no\n\
        B77,\"a, b\",bank,99.40,0.60,100.00,2026-11-30,2026-11-30,2026-12-01,城市停车,wechat,S1\n";
    assert_eq!(read_payouts(turned).unwrap(), read);
}

#[test]
fn a_table_that_cannot_be_read_whole_is_refused_with_its_line() {
    let two = |row: &str| format!("{HEAD}\n{ROW}\n{row}\n");
    let field = |column| PayoutReject::Field { line: 3, column, value: "x".into() };
    for (text, expected) in [
        (String::new(), PayoutReject::NoColumn("settlement_no")),
        (HEAD.replace(",net", ""), PayoutReject::NoColumn("net")),
        (two("S2,wechat"), PayoutReject::Fields(3)),
        (two(&ROW.replace("wechat", "x")), field("channel")),
        (two(&ROW.replace("99.40", "x")), field("net")),
        (two(&ROW.replace("2026-12-01", "x")), field("paid_on")),
        (two(&ROW.replace("bank", "x")), field("received_in")),
        (two(&ROW.replace("99.40", "99.41")), PayoutReject::Net(3)),
        (two(&ROW.replace("100.00,0.60,99.40", "0.00,0.00,0.00")), PayoutReject::Net(3)),
        (two(&ROW.replace("2026-12-01", "2026-11-29")), PayoutReject::Days(3)),
    ] {
        assert_eq!(read_payouts(&text), Err(expected), "{text}");
    }
    let nameless = two(&ROW.replacen("S1", "", 1));
    let refused = PayoutReject::Field { line: 3, column: "settlement_no", value: String::new() };
    assert_eq!(read_payouts(&nameless), Err(refused));
}

#[test]
fn a_payout_is_compared_with_the_bills_of_its_days_by_regime() {
    let payout = |gross, fee, net| {
        let row = ROW.replace("100.00,0.60,99.40", &format!("{gross},{fee},{net}"));
        read_payouts(&format!("{HEAD}\n{row}")).unwrap().remove(0)
    };
    let net = payout("100.00", "0.60", "99.40");
    let gross = payout("100.00", "0.00", "100.00");
    let billed = Billed { gross: Fen(10_000), fee: Fen(60), days_missing: 0 };
    let early = Billed { days_missing: 1, ..billed };
    let less = Billed { gross: Fen(9_999), ..billed };
    for (payout, billed, regime, expected) in [
        (&net, billed, Regime::Vat, PayoutOutcome::Matched),
        (&gross, billed, Regime::NonTax, PayoutOutcome::Matched),
        (&net, billed, Regime::NonTax, PayoutOutcome::AmountDiffers),
        (&gross, billed, Regime::Vat, PayoutOutcome::AmountDiffers),
        (&net, less, Regime::Vat, PayoutOutcome::AmountDiffers),
        (&net, early, Regime::Vat, PayoutOutcome::Expected),
    ] {
        assert_eq!(compare(payout, &billed, regime), expected, "{billed:?} {regime:?}");
    }
}
