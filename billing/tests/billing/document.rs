//! Every example of docs/TARIFFS.md costs what the document says.

use billing::{Calendars, Case, Reject, price};
use chrono::TimeZone;
use vocabulary::{Fen, Interval, Timestamp};

use crate::cases::{check_bill, tariff};

const DOCUMENT: &str = include_str!("../../../docs/TARIFFS.md");
const HEAD: &str = "format: bowei-tariff/1\nid: example\ntitle: example\ntime_zone: Asia/Shanghai\n\
    calendar: china\nversions:\n  - version: 1\n    valid_from: 2020-01-01\n    authority: a\n    \
    document: d\n    superior_rule: s\n    sign_version: s\n";

/// The terms of an example as a whole file.
fn file(label: &str, terms: &str) -> String {
    if label == "yaml tariff" {
        return terms.to_owned();
    }
    let classes = "    vehicle_classes: { small: small }\n";
    let classes = if terms.contains("vehicle_classes") { "" } else { classes };
    let terms: String = terms.lines().map(|line| format!("    {line}\n")).collect();
    format!("{HEAD}{classes}{terms}")
}

#[test]
fn every_reason_not_to_price_stands_in_the_document() {
    for reject in Reject::ALL {
        let code = format!("`{}`", reject.code());
        assert!(DOCUMENT.contains(&code), "{code}: {reject}");
    }
}

#[test]
fn every_example_costs_what_the_document_says() {
    let fenced = DOCUMENT.split("\n```").skip(1).step_by(2);
    let mut example = None;
    let mut rows = 0;
    for block in fenced {
        let (label, content) = block.split_once('\n').expect("a block has a label line");
        match label {
            "yaml" | "yaml tariff" => example = Some(tariff(&file(label, content))),
            "cases" => {
                let tariff = example.as_ref().expect("cases follow an example");
                for row in content.lines() {
                    let cells: Vec<&str> = row.split(',').map(str::trim).collect();
                    let [vehicle, from, to, expected] = cells[..] else { panic!("{row}") };
                    let at = |text: &str| {
                        let form =
                            if text.len() > 16 { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M" };
                        let local = chrono::NaiveDateTime::parse_from_str(text, form).expect(row);
                        let at = tariff.time_zone.from_local_datetime(&local).earliest();
                        Timestamp::from_ms(at.expect(row).timestamp_millis())
                    };
                    let stay = Interval::new(at(from), at(to)).expect(row);
                    let case = Case::new(vehicle, vec![stay], Vec::new());
                    let bill = price(tariff, Calendars::built_in(), &case).expect(row);
                    check_bill(&case, &bill);
                    assert_eq!(
                        bill.total,
                        Fen::parse_yuan(expected).expect(row),
                        "{row}\n{bill:#?}"
                    );
                    rows += 1;
                }
            }
            _ => {}
        }
    }
    assert!(rows > 20, "{rows} rows were priced");
}
