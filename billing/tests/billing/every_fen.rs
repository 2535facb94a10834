//! Net and tax of every amount from one fen to a hundred thousand yuan, at the rates of parking.

use billing::invoice::split_gross;
use vocabulary::Fen;

const MOST: i64 = 10_000_000;

fn check(rate_bp: u32) {
    let per = 10_000 + i64::from(rate_bp);
    for gross in 1..=MOST {
        let split = split_gross(Fen(gross), rate_bp).expect("it fits");
        let (net, tax) = (split.net.0, split.tax.0);
        assert_eq!(net + tax, gross, "{gross} at {rate_bp}");
        assert_eq!(split.gross.0, gross);
        assert!(net > 0 && tax >= 0, "{gross} at {rate_bp}: {net} + {tax}");
        // Half up, without a division: −½ < net − gross ÷ (1 + r) ≤ ½.
        let off = 2 * (net * per - gross * 10_000);
        assert!(-per < off && off <= per, "{gross} at {rate_bp}: {net} + {tax}");
    }
}

#[test]
fn net_and_tax_are_every_amount_at_1_percent() {
    check(100);
}

#[test]
fn net_and_tax_are_every_amount_at_3_percent() {
    check(300);
}

#[test]
fn net_and_tax_are_every_amount_at_5_percent() {
    check(500);
}

#[test]
fn net_and_tax_are_every_amount_at_6_percent() {
    check(600);
}

#[test]
fn net_and_tax_are_every_amount_at_9_percent() {
    check(900);
}
