//! `invoice.json`: what the document shows is read, and what is wrong is named with its place.

use billing::invoice::{Document, DocumentKind, Problem, document_json, read_document};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../../../docs/INVOICES.md");
const SCHEMA: &str = include_str!("../../../../docs/schema/invoice.schema.json");

/// The examples of the document, in its order.
pub(super) fn examples() -> Vec<&'static str> {
    DOCUMENT.split("\n```json\n").skip(1).filter_map(|part| part.split("\n```").next()).collect()
}

fn example(kind: &str) -> Value {
    let values = examples().into_iter().map(serde_json::from_str::<Value>);
    let mut values = values.map(|value| value.expect("the example is JSON"));
    values.find(|value| value["kind"] == kind).expect("there is an example of the kind")
}

fn codes(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|p| (p.path.as_str(), p.code)).collect()
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

#[test]
fn the_examples_of_the_document_are_read_and_written_back() {
    let mut kinds = Vec::new();
    for text in examples() {
        let document =
            read_document(text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        let written = document_json(&document);
        assert_eq!(read_document(&written).as_ref(), Ok(&document), "{written}");
        for json in [text, written.as_str()] {
            let value: Value = serde_json::from_str(json).expect("it is JSON");
            let wrong = schema().iter_errors(&value).map(|e| e.to_string()).collect::<Vec<_>>();
            assert!(wrong.is_empty(), "{wrong:?}\n{json}");
        }
        kinds.push(document.kind().name());
    }
    let expected = ["blue_fapiao", "red_fapiao", "red_non_tax_bill", "receipt", "invoice_abroad"];
    assert_eq!(kinds, expected);
}

#[test]
fn what_a_file_leaves_out_is_as_bowei_would_write_it() {
    let Ok(Document::Invoice(blue)) = read_document(&example("blue_fapiao").to_string()) else {
        panic!("it is an invoice")
    };
    assert!(blue.draft().remark.starts_with("样张,非税务凭证；甘D12345 示例路（甲段）"));
    let Ok(Document::Invoice(red)) = read_document(&example("red_fapiao").to_string()) else {
        panic!("it is an invoice")
    };
    assert!(red.draft().remark.contains("26622000000000000017 红字发票信息确认单编号：6204"));
    assert_eq!(red.requested_at(), red.issued_at());
}

#[test]
fn a_remark_of_ones_own_still_says_what_each_remark_must() {
    let mark = "样张,非税务凭证";
    let red =
        "被红冲蓝字数电票号码：26622000000000000017 红字发票信息确认单编号：62040026091600000001";
    let bill = "被冲红票据代码：62040126 票据号码：0000000017";
    let abroad = "sample, not a tax document";
    for (kind, own, expected) in [
        ("blue_fapiao", "按客户要求", format!("{mark}；按客户要求")),
        ("blue_fapiao", "", mark.to_owned()),
        ("blue_fapiao", mark, mark.to_owned()),
        ("blue_fapiao", "按客户要求；样张,非税务凭证", "按客户要求；样张,非税务凭证".to_owned()),
        // To say that it is none is not the mark.
        ("blue_fapiao", "非样张,非税务凭证", format!("{mark}；非样张,非税务凭证")),
        ("red_fapiao", "退款", format!("{red}；{mark}；退款")),
        ("red_fapiao", "", format!("{red}；{mark}")),
        ("red_fapiao", mark, format!("{red}；{mark}")),
        ("red_non_tax_bill", "退款", format!("{bill}；{mark}；退款")),
        ("invoice_abroad", "as agreed", format!("{abroad}; as agreed")),
        ("invoice_abroad", "", abroad.to_owned()),
    ] {
        let file = edited(kind, "/remark", json!(own)).to_string();
        let document = read_document(&file).unwrap_or_else(|wrong| panic!("{own}: {wrong:?}"));
        let remark = match &document {
            Document::Invoice(issued) => &issued.draft().remark,
            Document::NonTaxBill(bill) => &bill.draft().remark,
            Document::Receipt(receipt) => &receipt.content().remark,
        };
        assert_eq!(*remark, expected, "{kind}: {own}");
        // A file that was written says the same when it is read again.
        assert_eq!(read_document(&document_json(&document)).as_ref(), Ok(&document), "{own}");
    }
    // What is put in front counts: 8 letters of the mark and the semicolon.
    for (letters, fits) in [(221, true), (222, false)] {
        let file = edited("blue_fapiao", "/remark", json!("长".repeat(letters))).to_string();
        let problems = read_document(&file).err().unwrap_or_default();
        let expected: &[(&str, &str)] = if fits { &[] } else { &[("remark", "text_too_long")] };
        assert_eq!(codes(&problems), expected, "{letters}");
    }
}

/// An example with one value changed; `null` takes the key away.
fn edited(kind: &str, pointer: &str, value: Value) -> Value {
    let mut file = example(kind);
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = file.pointer_mut(parent).expect("the parent is there");
    match (parent, value) {
        (Value::Object(entries), Value::Null) => drop(entries.remove(key)),
        (Value::Object(entries), value) => drop(entries.insert(key.to_owned(), value)),
        (Value::Array(items), value) => items[key.parse::<usize>().expect("an index")] = value,
        (other, _) => panic!("{other} has no {key}"),
    }
    file
}

#[test]
fn a_wrong_file_is_refused_with_place_and_name() {
    let line = example("blue_fapiao")["lines"][0].clone();
    let many = |count: usize| -> Value {
        let of = |n| {
            let mut line = line.clone();
            line["order"] = json!(format!("P-{n}"));
            line
        };
        (0..count).map(of).collect()
    };
    let (blue, mut different) = ("blue_fapiao", Vec::new());
    for (kind, pointer, value, path, code) in [
        (blue, "/kind", json!("fapiao"), "kind", "unknown_kind"),
        (blue, "/kind", Value::Null, "", "malformed"),
        (blue, "/kind", json!("red_fapiao"), "red", "no_red_reference"),
        (blue, "/kind", json!("receipt"), "buyer", "malformed"),
        (blue, "/extra", json!(1), "extra", "malformed"),
        (blue, "/lines/0/lease/period/zone", json!("x"), "lines[0].lease.period.zone", "malformed"),
        (blue, "/lines/0/totals/net_fen", json!(8.26), "lines[0].totals.net_fen", "malformed"),
        (blue, "/lines/0/totals/net_fen", json!("826"), "lines[0].totals.net_fen", "malformed"),
        (blue, "/lines/0/tax_item/rate_bp", json!(-1), "lines[0].tax_item.rate_bp", "malformed"),
        (blue, "/issued_at", json!("2026-09-16"), "issued_at", "malformed"),
        (
            blue,
            "/lines/0/lease/period/end_at",
            json!("2026-09-15T07:00:00+08:00"),
            "lines[0].lease.period",
            "malformed",
        ),
        (blue, "/seller/kind", json!("shop"), "seller.kind", "malformed"),
        (blue, "/number", json!(26_622), "number", "malformed"),
        (blue, "/number", json!("2662200000000000001"), "number", "bad_invoice_number"),
        (
            blue,
            "/number",
            json!("２６６２２０００００００００００００１７"),
            "number",
            "bad_invoice_number",
        ),
        (blue, "/lines", json!([]), "lines", "no_lines"),
        (blue, "/lines", many(101), "lines", "too_many_lines"),
        (blue, "/lines/0/totals/net_fen", json!(827), "lines[0].totals", "line_does_not_add_up"),
        (
            blue,
            "/lines/0/totals",
            json!({"net_fen": 827, "tax_fen": 73, "gross_fen": 900}),
            "lines[0].totals.net_fen",
            "net_does_not_fit_rate",
        ),
        (
            blue,
            "/lines/0/totals",
            json!({"net_fen": -826, "tax_fen": -74, "gross_fen": -900}),
            "lines[0].totals.gross_fen",
            "wrong_sign",
        ),
        (
            blue,
            "/lines/0/totals",
            json!({"net_fen": i64::MAX, "tax_fen": 1, "gross_fen": 900}),
            "lines[0].totals",
            "overflow",
        ),
        (blue, "/totals/gross_fen", json!(901), "totals", "head_is_not_the_sum"),
        (blue, "/lines/0/order", json!(""), "lines[0].order", "missing_text"),
        (
            blue,
            "/lines/0/lease/plate",
            json!("甘D\u{7}"),
            "lines[0].lease.plate",
            "illegal_character",
        ),
        (
            blue,
            "/lines/0/lease/site/city",
            json!("\u{1b}"),
            "lines[0].lease.site.city",
            "illegal_character",
        ),
        (
            blue,
            "/lines/0/tax_item/code",
            json!("304050202"),
            "lines[0].tax_item.code",
            "bad_tax_code",
        ),
        (
            blue,
            "/lines/0/tax_item/rate_bp",
            json!(10_001),
            "lines[0].tax_item.rate_bp",
            "bad_tax_rate",
        ),
        (
            blue,
            "/lines/0/tax_item/category",
            json!("exempt"),
            "lines[0].tax_item.rate_bp",
            "bad_tax_rate",
        ),
        (blue, "/buyer/name", json!("甲\u{0}"), "buyer.name", "illegal_character"),
        (blue, "/buyer/name", json!("甲\u{202e}乙"), "buyer.name", "illegal_character"),
        (blue, "/buyer/name", json!("\u{feff}甲"), "buyer.name", "illegal_character"),
        (blue, "/buyer/name", json!("长".repeat(201)), "buyer.name", "text_too_long"),
        (blue, "/buyer/name", json!("\u{200b}"), "buyer.name", "missing_text"),
        (blue, "/buyer/name", json!(" \u{2060}\u{3164}\u{fe0f}"), "buyer.name", "missing_text"),
        (blue, "/lines/0/lease/place", json!("\u{ad}"), "lines[0].lease.place", "missing_text"),
        (
            blue,
            "/lines/0/tax_item/valid_from",
            json!("2026-09-17"),
            "lines[0].tax_item.valid_from",
            "tax_item_not_valid_yet",
        ),
        (
            blue,
            "/requested_at",
            json!("2026-09-15T16:00:11Z"),
            "requested_at",
            "requested_after_issued",
        ),
        (
            "red_non_tax_bill",
            "/requested_at",
            json!("2026-09-20T10:00:01+08:00"),
            "requested_at",
            "requested_after_issued",
        ),
        (blue, "/buyer/kind", json!("company"), "buyer.tax_id", "missing_text"),
        (blue, "/buyer/tax_id", json!("9162040000000000"), "buyer.tax_id", "bad_tax_id"),
        (blue, "/buyer/tax_id", json!("91620400ma00sample"), "buyer.tax_id", "bad_tax_id"),
        (blue, "/buyer/address", json!("a\nb"), "buyer.address", "illegal_character"),
        (blue, "/seller/tax_id", Value::Null, "seller.tax_id", "missing_text"),
        (blue, "/seller/country", json!("DE"), "seller.country", "bad_country"),
        (blue, "/currency", json!("EUR"), "currency", "bad_currency"),
        (blue, "/time_zone", json!("Europe/Berlin"), "time_zone", "bad_time_zone"),
        (blue, "/remark", json!("长".repeat(231)), "remark", "text_too_long"),
        (blue, "/remark", json!("a\u{ffff}"), "remark", "illegal_character"),
        (blue, "/red", example("red_fapiao")["red"].clone(), "red", "red_reference_on_blue"),
        ("red_fapiao", "/red/blue_number", json!("17"), "red.blue_number", "bad_reference"),
        (
            "red_fapiao",
            "/number",
            json!("26622000000000000017"),
            "red.blue_number",
            "bad_reference",
        ),
        ("red_non_tax_bill", "/number", json!("0000000017"), "red", "bad_reference"),
        (
            "red_fapiao",
            "/red/confirmation_number",
            json!("17"),
            "red.confirmation_number",
            "bad_confirmation_number",
        ),
        (
            "red_fapiao",
            "/red/confirmation_number",
            Value::Null,
            "red.confirmation_number",
            "not_confirmed",
        ),
        ("red_fapiao", "/red/reason", json!("no reason"), "red.reason", "malformed"),
        (
            "red_fapiao",
            "/lines/0/totals",
            line["totals"].clone(),
            "lines[0].totals.gross_fen",
            "wrong_sign",
        ),
        ("red_non_tax_bill", "/bill_code", json!("6204012"), "bill_code", "bad_bill_number"),
        ("red_non_tax_bill", "/number", json!("18"), "number", "bad_bill_number"),
        ("red_non_tax_bill", "/red/bill_number", json!("18"), "red", "bad_reference"),
        ("red_non_tax_bill", "/total_fen", json!(-901), "total_fen", "head_is_not_the_sum"),
        (
            "red_non_tax_bill",
            "/lines/0/amount_fen",
            json!(900),
            "lines[0].amount_fen",
            "wrong_sign",
        ),
        ("red_non_tax_bill", "/kind", json!("non_tax_bill"), "red", "red_reference_on_blue"),
        ("receipt", "/number", json!("../x"), "number", "bad_document_number"),
        ("receipt", "/lines/0/item", json!(" "), "lines[0].item", "missing_text"),
        ("receipt", "/currency", json!("XYZ"), "currency", "bad_currency"),
        ("invoice_abroad", "/currency", Value::Null, "currency", "bad_currency"),
        ("invoice_abroad", "/time_zone", Value::Null, "time_zone", "bad_time_zone"),
        ("invoice_abroad", "/seller/country", Value::Null, "seller.country", "bad_country"),
        ("invoice_abroad", "/seller/tax_id", json!("123456789"), "seller.tax_id", "no_vat_prefix"),
        ("invoice_abroad", "/number", json!("BW/1"), "number", "bad_document_number"),
        ("invoice_abroad", "/number", json!("-rf"), "number", "bad_document_number"),
        ("receipt", "/number", json!("-rf"), "number", "bad_document_number"),
        ("receipt", "/number", json!(".rf"), "number", "bad_document_number"),
    ] {
        let file = edited(kind, pointer, value);
        let problems = read_document(&file.to_string()).err().unwrap_or_default();
        if !codes(&problems).contains(&(path, code)) {
            different.push(format!("{kind}{pointer}: not {code} at {path} but {problems:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let mut file = edited("blue_fapiao", "/number", json!("17"));
    file["buyer"]["tax_id"] = json!("x");
    file["totals"]["tax_fen"] = json!(75);
    let problems = read_document(&file.to_string()).expect_err("three things are wrong");
    assert_eq!(
        codes(&problems),
        [
            ("number", "bad_invoice_number"),
            ("buyer.tax_id", "bad_tax_id"),
            ("totals", "head_is_not_the_sum")
        ]
    );
    let told = problems[0].to_string();
    assert_eq!(told, "number: an invoice number has 20 digits [bad_invoice_number]");
}

#[test]
fn what_is_no_such_file_is_refused_and_does_no_harm() {
    let good = example("blue_fapiao").to_string();
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\"blue_fapiao\"",
        "{\"kind\":\"blue_fapiao\"}",
        "{\"kind\":\"blue_fapiao\",\"kind\":\"receipt\"}",
        &format!("{good} {good}"),
        &good[..good.len() / 2],
        &"[".repeat(100_000),
        &good.replacen("\"drawer\"", "\"drawer\":\"x\",\"drawer\"", 1),
        &good.replace("900", "9e2"),
        &good.replace("900", "99999999999999999999"),
    ] {
        let problems = read_document(text).expect_err("it is no document");
        assert_eq!(problems[0].code, "malformed", "{problems:?}");
    }
    assert!(read_document(&format!("\u{feff}{good}")).is_ok(), "a byte order mark does no harm");
}

/// A file that the schema refuses is refused by the reader. The reader knows more: sums.
#[test]
fn the_schema_and_the_reader_agree_about_the_shape() {
    let schema = schema();
    let mut tried = 0;
    for text in examples() {
        let value: Value = serde_json::from_str(text).expect("it is JSON");
        for pointer in pointers(&value) {
            for change in
                [json!("\u{1}"), json!(1.5), json!({}), json!([]), Value::Null, json!(true)]
            {
                let mut file = value.clone();
                let Some(at) = file.pointer_mut(&pointer) else { continue };
                *at = change;
                tried += 1;
                let read = read_document(&file.to_string());
                let shape = read
                    .as_ref()
                    .err()
                    .is_none_or(|p| p[0].code != "malformed" && p[0].code != "unknown_kind");
                let known = !schema.is_valid(&file) || shape;
                assert!(known, "{pointer}: the schema takes what is malformed: {read:?}\n{file}");
                assert!(
                    schema.is_valid(&file) || read.is_err(),
                    "{pointer}: only the schema refuses\n{file}"
                );
            }
        }
    }
    assert!(tried > 500, "{tried} changes were tried");
    let names = DocumentKind::ALL.map(DocumentKind::name);
    assert!(names.iter().all(|name| SCHEMA.contains(&format!("\"{name}\""))));
}

fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for (key, value) in inner {
        found.push(format!("/{key}"));
        found.extend(pointers(value).into_iter().map(|rest| format!("/{key}{rest}")));
    }
    found
}
