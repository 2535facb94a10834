//! Lease data, remarks, several orders on one invoice, and what is left of an order.

use billing::invoice::{Charge, REMARK_LIMIT, SAMPLE_MARK, Site, TaxItem, demo_tax_items};
use proptest::prelude::*;
use vocabulary::Fen;

use super::{Ask, ask, charge};

fn site(cross_city: bool) -> Site {
    Site {
        province: "甘肃省".to_owned(),
        city: "白银市".to_owned(),
        district: "白银区".to_owned(),
        address: "示例路1号".to_owned(),
        cross_city,
    }
}

#[test]
fn the_remark_tells_place_address_period_and_plate() {
    let charges = vec![Charge { site: Some(site(false)), ..charge("P-1", 900) }];
    let draft = Ask { charges, ..ask() }.draft().expect("the request is good");
    assert_eq!(
        draft.remark,
        "样张,非税务凭证；甘D12345 示例路（甲段） 甘肃省-白银市-白银区 示例路1号 跨地（市）：否 \
         2026-09-15 08:00至2026-09-15 16:00 订单号P-1"
    );
    let lease = draft.lines[0].lease.as_ref().expect("what the platform's fields are filled from");
    assert_eq!(lease.plate.as_deref(), Some("甘D12345"));
    assert_eq!(lease.site, Some(site(false)));
}

#[test]
fn a_remark_over_many_orders_says_less_of_each_and_always_fits() {
    for count in 1..=100_usize {
        let order = |n: usize| format!("0198f3c2-1111-7222-8333-{n:012}");
        let of = |n| Charge { site: Some(site(true)), ..charge(&order(n), 900) };
        let draft = Ask { charges: (0..count).map(of).collect(), ..ask() }.draft();
        let draft = draft.expect("the request is good");
        assert!(draft.remark.chars().count() <= REMARK_LIMIT, "{count}: {}", draft.remark);
        assert!(draft.remark.starts_with(SAMPLE_MARK));
        assert!(draft.remark.contains("甘D12345 示例路（甲段）"), "{count}: {}", draft.remark);
        let cut = draft.remark.contains(&format!("等共{count}单"));
        let all = draft.remark.matches("2026-09-15 08:00").count() == count;
        assert!(cut != all, "{count}: {}", draft.remark);
        assert!(draft.lines.iter().all(|line| line.lease.is_some()), "the lines keep it all");
    }
}

#[test]
fn a_place_is_cut_before_plate_and_period_are_left_out() {
    let stay = "2026-09-15 08:00至2026-09-15 16:00";
    for (count, letters) in [(1, 200), (1, 199), (2, 200), (3, 60), (4, 200), (5, 200), (100, 200)]
    {
        let of =
            |n: usize| Charge { place: "路".repeat(letters), ..charge(&format!("P-{n}"), 900) };
        let draft = Ask { charges: (0..count).map(of).collect(), ..ask() }.draft();
        let remark = draft.expect("the request is good").remark;
        assert!(remark.chars().count() <= REMARK_LIMIT, "{count}: {remark}");
        assert!(remark.contains('…'), "{count}: {remark}");
        let told = remark.matches("甘D12345 路路路路路路路路路路路").count();
        assert_eq!(told, remark.matches(stay).count(), "{count}: {remark}");
        // 8 letters of the mark; 55 of each line: ；, plate, two blanks, stay and 12 of the place. 4 lines are
        // 228; with the 17 or more of how many there are, 3 lines are left.
        let expected = if count <= 4 { count } else { 3 };
        assert_eq!(told, expected, "{count}: {remark}");
        assert_eq!(remark.contains('等'), count > 4, "{count}: {remark}");
        if count == 1 {
            assert_eq!(remark.chars().count(), REMARK_LIMIT, "no more is cut than must be");
        }
    }
}

#[test]
fn places_and_rates_never_merge_into_one_line() {
    let five = TaxItem { rate_bp: 500, ..demo_tax_items().remove(0) };
    let charges = vec![
        charge("P-1", 900),
        charge("P-2", 900),
        Charge { place: "另一条路".to_owned(), ..charge("P-3", 900) },
        Charge { tax_item: Some(five), ..charge("P-4", 900) },
    ];
    let draft = Ask { charges, ..ask() }.draft().expect("the request is good");
    // 9.00 = 8.26 + 0.74 at 9 %; 9.00 ÷ 1.05 = 8.571 → 8.57 + 0.43 at 5 %.
    let rows: Vec<_> = draft
        .lines
        .iter()
        .map(|l| (l.order.as_str(), l.tax_item.rate_bp, l.totals.net.0, l.totals.tax.0))
        .collect();
    assert_eq!(
        rows,
        [
            ("P-1", 900, 826, 74),
            ("P-2", 900, 826, 74),
            ("P-3", 900, 826, 74),
            ("P-4", 500, 857, 43)
        ]
    );
    assert_eq!(
        (draft.totals.net, draft.totals.tax, draft.totals.gross),
        (Fen(3335), Fen(265), Fen(3600))
    );
}

proptest! {
    #[test]
    fn lines_of_an_invoice_are_its_orders_and_its_head_their_sum(
        rows in proptest::collection::vec((1..1_000_000_i64, 0..3_usize, 0..3_usize), 1..100),
    ) {
        let rates = [900, 500, 100];
        let charges: Vec<Charge> = rows.iter().enumerate().map(|(n, (fen, rate, place))| Charge {
            place: format!("路{place}"),
            tax_item: Some(TaxItem { rate_bp: rates[*rate], ..demo_tax_items().remove(0) }),
            ..charge(&format!("P-{n}"), *fen)
        }).collect();
        let draft = Ask { charges: charges.clone(), ..ask() }.draft().expect("the request is good");
        prop_assert_eq!(draft.lines.len(), charges.len());
        for (line, charge) in draft.lines.iter().zip(&charges) {
            prop_assert_eq!(&line.order, &charge.order);
            prop_assert_eq!(Some(&line.tax_item), charge.tax_item.as_ref());
            prop_assert_eq!(line.lease.as_ref().map(|l| &l.place), Some(&charge.place));
            prop_assert_eq!(line.totals.gross, charge.paid);
        }
        let sum = |of: fn(&billing::invoice::Totals) -> Fen| -> i64 {
            draft.lines.iter().map(|l| of(&l.totals).0).sum()
        };
        prop_assert_eq!(draft.totals.net.0, sum(|t| t.net));
        prop_assert_eq!(draft.totals.tax.0, sum(|t| t.tax));
        prop_assert_eq!(draft.totals.gross.0, rows.iter().map(|row| row.0).sum::<i64>());
    }

    #[test]
    fn what_is_left_is_paid_less_refunded_less_invoiced(
        paid in 0..1_000_000_i64,
        refunded in 0..1_000_000_i64,
        invoiced in 0..1_000_000_i64,
    ) {
        let of = Charge { refunded: Fen(refunded), invoiced: Fen(invoiced), ..charge("P-1", paid) };
        let (left, over) = (of.remaining().expect("it fits").0, of.over_invoiced().expect("it fits").0);
        prop_assert_eq!(left - over, paid - refunded - invoiced);
        prop_assert!(left >= 0 && over >= 0 && (left == 0 || over == 0));
        let draft = Ask { charges: vec![of], ..ask() }.draft();
        prop_assert_eq!(draft.map(|d| d.totals.gross.0).map_err(|r| r.code()), match left {
            0 => Err("nothing_to_invoice"),
            fen => Ok(fen),
        });
    }
}
