//! Money without parts, and with three decimals: sums, prints, and what is taken back.

use billing::invoice::{
    Abroad, Document, Draft, InvoiceReject, InvoiceRequest, Issued, Party, RedPart, RedReason,
    Regime, TaxItem, TitleKind, Totals, demo_tax_items, document_json, draft_abroad, issued,
    left_of, read_document, red_in_full, red_in_part, ubl,
};
use billing::paper::sheets;
use billing::sheet::Mark;
use proptest::prelude::*;
use serde_json::{Value, json};
use vocabulary::Fen;

use super::{charge, leaves};
use crate::cases::at;

/// An invoice over fees, all at one rate.
fn invoice(currency: &str, fees: &[i64], rate_bp: u32) -> Result<Issued, InvoiceReject> {
    let party = |kind, name| Party {
        country: Some("JP".to_owned()),
        ..Party::named(kind, name, Some("T1234567890123"))
    };
    let tax_item = TaxItem {
        code: String::new(),
        short_name: String::new(),
        name: "Parking".to_owned(),
        rate_bp,
        ..demo_tax_items().remove(0)
    };
    let charges: Vec<_> =
        fees.iter().enumerate().map(|(n, fee)| charge(&format!("P-{n}"), *fee)).collect();
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &party(TitleKind::Company, "Example Parking"),
        drawer: "system",
        buyer: &party(TitleKind::Person, "Jane Doe"),
        tax_item: &tax_item,
        charges: &charges,
    };
    let abroad = Abroad { currency: currency.to_owned(), time_zone: "Asia/Tokyo".to_owned() };
    let now = at("2026-09-15 01:00:00");
    draft_abroad(&request, abroad).and_then(|draft| issued(draft, "BW-1", now, now))
}

fn amounts(issued: &Issued) -> Vec<String> {
    let document = ubl(issued).expect("it fits");
    let of = |leaf: String| {
        let (path, value) = leaf.split_once('=').expect("a leaf");
        path.ends_with("Amount").then(|| value.to_owned())
    };
    leaves(&document).into_iter().filter_map(of).collect()
}

fn printed(document: &Document) -> Vec<String> {
    let marks = sheets(document).into_iter().flat_map(|sheet| sheet.marks);
    marks
        .filter_map(|mark| if let Mark::Text { text, .. } = mark { Some(text) } else { None })
        .collect()
}

#[test]
fn a_bill_in_yen_has_no_parts_of_a_yen() {
    // 440 with 10 % are 400 + 40.
    let issued = invoice("JPY", &[44_000], 1_000).unwrap();
    let whole = Totals { net: Fen(40_000), tax: Fen(4_000), gross: Fen(44_000) };
    assert_eq!(issued.draft().totals, whole);
    // Tax, base and tax of the rate; lines, without tax, with tax, prepaid, due; the line, its price.
    let expected = ["40", "400", "40", "400", "400", "440", "440", "0", "400", "400"];
    assert_eq!(amounts(&issued), expected);
    let printed = printed(&Document::Invoice(issued));
    for text in ["JPY 440", "JPY 400", "JPY 40", "400", "40", "440"] {
        assert!(printed.iter().any(|there| there == text), "{text}: {printed:?}");
    }
    assert!(!printed.iter().any(|text| text.contains(".00")), "{printed:?}");
    // 900 at 19 % are 756.30 + 143.70, in euros and in yen.
    for (currency, net) in [("EUR", 75_630), ("JPY", 75_600), ("KRW", 75_600), ("KWD", 75_630)] {
        let totals = invoice(currency, &[90_000], 1_900).unwrap().draft().totals;
        assert_eq!((totals.net, totals.tax), (Fen(net), Fen(90_000 - net)), "{currency}");
    }
}

#[test]
fn the_tax_of_a_rate_is_rounded_once_a_document() {
    // 105 with 10 % are 95.45 + 9.55; a hundred of them 9,545.45 + 954.55. Line by line it would be 9,500 + 1,000.
    let issued = invoice("JPY", &[10_500; 100], 1_000).unwrap();
    let totals = issued.draft().totals;
    assert_eq!((totals.net, totals.tax), (Fen(954_500), Fen(95_500)));
    let lines = &issued.draft().lines;
    assert!(lines.iter().all(|l| [Fen(9_500), Fen(9_600)].contains(&l.totals.net)));
    let document = Document::Invoice(issued);
    assert_eq!(read_document(&document_json(&document)).as_ref(), Ok(&document));
    // A file that rounds on each line is off by 45 yen.
    let mut file: Value = serde_json::from_str(&document_json(&document)).unwrap();
    for line in file["lines"].as_array_mut().unwrap() {
        line["totals"] = json!({"net_fen": 9_500, "tax_fen": 1_000, "gross_fen": 10_500});
    }
    file["totals"] = json!({"net_fen": 950_000, "tax_fen": 100_000, "gross_fen": 1_050_000});
    let problems = read_document(&file.to_string()).unwrap_err();
    let found: Vec<_> = problems.iter().map(|p| (p.path.as_str(), p.code)).collect();
    assert_eq!(found, [("totals.net_fen", "net_does_not_fit_rate")]);
}

#[test]
fn three_decimals_are_written_where_the_currency_has_them() {
    // 9.13 with 5 % are 8.695 → 8.70 + 0.43.
    let issued = invoice("KWD", &[913], 500).unwrap();
    assert_eq!(amounts(&issued)[..2], ["0.43", "8.70"], "EN 16931 takes two");
    let printed = printed(&Document::Invoice(issued));
    for text in ["KWD 9.130", "8.700", "0.430"] {
        assert!(printed.iter().any(|there| there == text), "{text}: {printed:?}");
    }
}

#[test]
fn a_receipt_has_the_decimals_of_its_money() {
    for (currency, fen, text) in [
        ("JPY", 44_000, Ok("JPY 440")),
        ("CLP", 120_000, Ok("CLP 1200")),
        ("KWD", 900, Ok("KWD 9.000")),
        ("EUR", 900, Ok("EUR 9.00")),
        ("JPY", 44_050, Err("part_of_unit")),
        ("JPY", 1, Err("part_of_unit")),
    ] {
        let file = json!({
            "kind": "receipt", "number": "R-1", "issuer": {"kind": "company", "name": "Example"},
            "method": "cash", "currency": currency, "paid_at": "2026-09-15T16:02:00+09:00",
            "lines": [{"order": "P-1", "item": "Parking", "amount_fen": fen}], "total_fen": fen,
        });
        match (read_document(&file.to_string()), text) {
            (Ok(document), Ok(text)) => {
                let printed = printed(&document);
                assert!(printed.iter().any(|there| there == text), "{text}: {printed:?}");
            }
            (Err(problems), Err(code)) => {
                let found: Vec<_> = problems.iter().map(|p| (p.path.as_str(), p.code)).collect();
                assert_eq!(found, [("lines[0].amount_fen", code)]);
            }
            (read, text) => panic!("{currency} {fen}: {read:?}, not {text:?}"),
        }
    }
}

#[test]
fn parts_of_a_yen_are_no_amount() {
    for fee in [44_050, 44_001, 99] {
        assert_eq!(invoice("JPY", &[fee], 1_000).unwrap_err().code(), "part_of_unit", "{fee}");
    }
    // Whole yen in all, and not in net and tax.
    let document = Document::Invoice(invoice("JPY", &[44_000], 1_000).unwrap());
    let mut file: Value = serde_json::from_str(&document_json(&document)).unwrap();
    let totals = json!({"net_fen": 39_950, "tax_fen": 4_050, "gross_fen": 44_000});
    (file["lines"][0]["totals"], file["totals"]) = (totals.clone(), totals);
    let problems = read_document(&file.to_string()).unwrap_err();
    let found: Vec<_> = problems.iter().map(|p| (p.path.as_str(), p.code)).collect();
    let codes = ["lines[0].totals.net_fen", "lines[0].totals.tax_fen"];
    assert_eq!(found, codes.map(|path| (path, "part_of_unit")));
}

/// Takes back what is wanted of the orders, one red invoice each; then the rest.
fn taken_back(blue: &Issued, wanted: &[(usize, i64)]) -> Vec<Draft> {
    let mut reds = Vec::new();
    for (line, yen) in wanted {
        let part = RedPart { order: format!("P-{line}"), gross: Fen(yen * 100) };
        match red_in_part(blue, &reds, &[part], RedReason::SalesAllowance) {
            Ok(red) => reds.push(red),
            Err(reject) => assert_eq!(reject.code(), "reverses_too_much"),
        }
    }
    match red_in_full(blue, &reds, RedReason::GoodsReturned) {
        Ok(rest) => reds.push(rest),
        Err(reject) => assert_eq!(reject.code(), "nothing_to_reverse"),
    }
    reds
}

proptest! {
    #[test]
    fn yen_are_whole_on_every_line_and_all_of_them_can_be_taken_back(
        fees in proptest::collection::vec(1_i64..5_000, 1..20),
        rate_bp in prop::sample::select(vec![0_u32, 100, 800, 1_000, 1_900, 9_999]),
        wanted in proptest::collection::vec((0_usize..20, 1_i64..2_000), 0..12),
    ) {
        let fees: Vec<i64> = fees.iter().map(|yen| yen * 100).collect();
        let blue = invoice("JPY", &fees, rate_bp).unwrap();
        let sum: i64 = fees.iter().sum();
        let totals = blue.draft().totals;
        prop_assert_eq!(totals.gross, Fen(sum));
        // The definition of rounding: |net·(1+r) − gross| is at most half a yen with its tax.
        let per = 10_000 + i64::from(rate_bp);
        prop_assert!((2 * (totals.net.0 * per - sum * 10_000)).abs() <= 100 * per);
        for line in &blue.draft().lines {
            let Totals { net, tax, gross } = line.totals;
            prop_assert!(net.0 >= 0 && tax.0 >= 0 && net.0 % 100 == 0 && net.0 + tax.0 == gross.0);
        }
        let within: Vec<_> = wanted.into_iter().filter(|(line, _)| *line < fees.len()).collect();
        let reds = taken_back(&blue, &within);
        for red in &reds {
            for line in &red.lines {
                prop_assert!(line.totals.net.0 <= 0 && line.totals.tax.0 <= 0);
                prop_assert_eq!(line.totals.net.0 % 100, 0);
            }
        }
        // Taken back at once it is the blue one with the other sign.
        let whole = red_in_full(&blue, &[], RedReason::IssuedInError).unwrap().totals;
        let turned = |amount: Fen| Fen(-amount.0);
        let minus = [totals.net, totals.tax, totals.gross].map(turned);
        prop_assert_eq!([whole.net, whole.tax, whole.gross], minus);
        let left = left_of(blue.draft(), &reds).unwrap();
        prop_assert!(left.iter().all(|left| *left == Totals::default()), "{:?}", left);
    }
}
