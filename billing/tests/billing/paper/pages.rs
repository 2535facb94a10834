//! The layout: nothing lies over anything else, every line stands on a page, and the amounts on it
//! are those of the document.

use billing::invoice::{
    Charge, Document, Party, RedPart, RedReason, TaxItem, confirm, demo_tax_items, document_json,
    issued, read_document, red_in_part,
};
use billing::paper::sheets;
use billing::sheet::{Align, Colour, Mark, Sheet, text_width};
use proptest::prelude::*;
use serde_json::{Value, json};
use vocabulary::Fen;

use super::made::{LONG_NAME, at, bill, blue, buyer, charge, charges, kinds, paid, red};

/// Left, top, right, bottom of a line of text, as the layout reckons it.
fn bounds(mark: &Mark) -> Option<(i32, i32, i32, i32)> {
    let Mark::Text { x, y, size, text, align, .. } = mark else { return None };
    let (x, y, height) = (i32::from(*x), i32::from(*y), i32::from(*size));
    let width = text_width(text.trim_end(), *size);
    let left = match align {
        Align::Left => x,
        Align::Middle => x - width / 2,
        Align::Right => x - width,
    };
    // From the top of a Chinese letter to the bottom of a comma.
    Some((left, y - height * 88 / 100, left + width, y + height * 12 / 100))
}

/// No line lies over another, over a code or beside the page.
fn check_page(sheet: &Sheet, what: &str) {
    let mut taken: Vec<(i32, i32, i32, i32)> = Vec::new();
    for mark in &sheet.marks {
        let bounds = match mark {
            Mark::Code { x, y, cell, rows } => {
                let side = i32::from(*cell) * i32::try_from(rows.len()).expect("it is small");
                (i32::from(*x), i32::from(*y), i32::from(*x) + side, i32::from(*y) + side)
            }
            Mark::Box { .. } => continue,
            text => bounds(text).expect("it is a text"),
        };
        let (left, top, right, bottom) = bounds;
        let inside = left >= 50 && top >= 20 && right <= i32::from(sheet.width) - 50;
        assert!(inside && bottom <= i32::from(sheet.height) - 20, "{what}: {mark:?} is outside");
        let over =
            taken.iter().find(|(l, t, r, b)| *l < right && left < *r && *t < bottom && top < *b);
        assert_eq!(over, None, "{what}: {mark:?} lies over another");
        taken.push(bounds);
    }
}

/// A box that is a line across the page or down, and no text crosses it.
fn check_lines(sheet: &Sheet, what: &str) {
    let texts: Vec<_> = sheet.marks.iter().filter_map(bounds).collect();
    for mark in &sheet.marks {
        let Mark::Box { x, y, width, height, .. } = mark else { continue };
        let (left, top) = (i32::from(*x), i32::from(*y));
        let (right, bottom) = (left + i32::from(*width), top + i32::from(*height));
        let inside = left >= 50 && right <= i32::from(sheet.width) - 50;
        assert!(inside && bottom <= i32::from(sheet.height) - 20, "{what}: {mark:?}");
        for text in &texts {
            let (l, t, r, b) = *text;
            let crosses = l < right && left < r && t < bottom && top < b;
            assert!(!crosses, "{what}: a line {mark:?} crosses a text at {text:?}");
        }
    }
}

fn texts(sheet: &Sheet) -> impl Iterator<Item = &str> {
    sheet.marks.iter().filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

/// What a program reads out of the pages: the texts of a field, in the order of its numbers.
fn field(sheets: &[Sheet], name: &str) -> Vec<String> {
    let mut values: Vec<(u16, String)> = Vec::new();
    for mark in sheets.iter().flat_map(|sheet| &sheet.marks) {
        let Mark::Text { text, field: Some(field), .. } = mark else { continue };
        if field.name != name {
            continue;
        }
        match values.iter_mut().find(|(number, _)| *number == field.number) {
            Some((_, value)) => value.push_str(text),
            None => values.push((field.number, text.clone())),
        }
    }
    values.into_iter().map(|(_, value)| value).collect()
}

fn check_document(document: &Document, what: &str) -> Vec<Sheet> {
    let pages = sheets(document);
    assert!(!pages.is_empty());
    for (number, page) in pages.iter().enumerate() {
        let what = format!("{what}, page {} of {}", number + 1, pages.len());
        check_page(page, &what);
        check_lines(page, &what);
        let marked = texts(page).any(|text| text.contains("SAMPLE"));
        assert!(marked, "{what}: no mark of a sample");
        let told = texts(page).any(|text| text.contains("neither issued nor signed"));
        assert!(told, "{what}: the foot does not say that it is a sample");
    }
    pages
}

#[test]
fn nothing_lies_over_anything_else_from_1_to_100_lines() {
    for count in 1..=100 {
        let kinds = kinds(count);
        // Each count as a fapiao and as one other kind.
        for kind in [0, 1 + count % (kinds.len() - 1)] {
            let pages = check_document(&kinds[kind], &format!("{count} lines, {kind}"));
            assert_eq!(field(&pages, "Item").len(), count, "each line stands on one page");
        }
    }
}

#[test]
#[should_panic(expected = "lies over another")]
fn the_check_sees_a_line_that_lies_over_another() {
    let document = Document::Invoice(blue(&charges(2), &buyer("示例科技有限公司")));
    let mut page = sheets(&document).remove(0);
    let Some(Mark::Text { y, .. }) =
        page.marks.iter_mut().find(|mark| matches!(mark, Mark::Text { .. }))
    else {
        return;
    };
    // The title, down onto the sample mark.
    *y += 80;
    check_page(&page, "moved");
}

#[test]
fn what_programs_read_is_what_the_document_says() {
    let charges = charges(40);
    let issued = blue(&charges, &buyer(LONG_NAME));
    let pages = sheets(&Document::Invoice(issued.clone()));
    let one = |name| field(&pages, name).concat();
    assert_eq!(one("InvoiceNo"), "26622000000000000001");
    assert_eq!(one("IssueDate"), "2026年09月30日");
    assert_eq!(one("BuyerName"), LONG_NAME);
    assert_eq!(one("BuyerTaxID"), "91620400MA11111111");
    assert_eq!(one("SellerName"), "示例停车管理有限公司");
    assert_eq!(one("SellerAddrTel"), "甘肃省白银市白银区人民路1号 0943-8200000");
    assert_eq!(one("SellerFinancialAccount"), "示例银行白银分行 6200000000000000000");
    assert_eq!(one("InvoiceClerk"), "景某");
    assert_eq!(one("Note"), issued.draft().remark);
    let totals = issued.draft().totals;
    // 137 × (1 + … + 40) + 40 = 137 × 820 + 40 = 112,380 fen.
    assert_eq!(one("TaxInclusiveTotalAmount"), "¥1123.80");
    assert_eq!(totals.gross, Fen(112_380));
    assert_eq!(one("TaxExclusiveTotalAmount"), format!("¥{}", totals.net.yuan()));
    assert_eq!(one("TaxTotalAmount"), format!("¥{}", totals.tax.yuan()));
    assert_eq!(field(&pages, "Item"), vec!["*生产生活服务*车辆停放服务"; 40]);
    assert_eq!(field(&pages, "TaxScheme"), vec!["9%"; 40]);
    let net: Vec<String> = issued.draft().lines.iter().map(|l| l.totals.net.yuan()).collect();
    assert_eq!(field(&pages, "Amount"), net);
    let tax: Vec<String> = issued.draft().lines.iter().map(|l| l.totals.tax.yuan()).collect();
    assert_eq!(field(&pages, "TaxAmount"), tax);
}

#[test]
fn pages_are_numbered_and_have_sums_of_their_own() {
    let document = Document::Invoice(blue(&charges(100), &buyer("示例科技有限公司")));
    let pages = sheets(&document);
    assert!(pages.len() > 2, "{}", pages.len());
    let tabled: Vec<&Sheet> =
        pages.iter().filter(|page| texts(page).any(|t| t == "小计")).collect();
    let mut net = 0;
    for page in &tabled {
        let all: Vec<&str> = texts(page).collect();
        let at = all.iter().position(|text| *text == "小计").expect("it is there");
        let yuan = all[at + 1].strip_prefix('¥').expect("an amount follows");
        net += Fen::parse_yuan(yuan).expect("it is an amount").0;
    }
    let Document::Invoice(issued) = &document else { panic!() };
    assert_eq!(Fen(net), issued.draft().totals.net, "the sums of the pages are the sum");
    for (number, page) in pages.iter().enumerate() {
        let text = format!("共{}页 第{}页", pages.len(), number + 1);
        assert!(texts(page).any(|t| t == text), "{text}");
    }
    let short = sheets(&Document::Invoice(blue(&charges(1), &buyer("示例科技有限公司"))));
    assert_eq!((short.len(), short[0].height), (1, 1_400), "half a sheet of A4");
    assert!(!texts(&short[0]).any(|text| text == "小计" || text.starts_with('共')));
}

#[test]
fn a_line_whose_stay_the_remark_leaves_out_says_it_itself() {
    let one = sheets(&Document::Invoice(blue(&charges(1), &buyer("示例科技有限公司"))));
    let stay = "2026-09-02 01:05至2026-09-02 03:41";
    let times = texts(&one[0]).filter(|text| text.contains(stay)).count();
    assert_eq!(times, 1, "the remark has it");
    let many = sheets(&Document::Invoice(blue(&charges(60), &buyer("示例科技有限公司"))));
    for number in 1..=60 {
        let order = format!("订单号P20260900000{number:04}");
        let detail = many.iter().flat_map(texts).filter(|t| t.contains(&order));
        assert_eq!(detail.count(), 1, "{order}");
    }
}

#[test]
fn a_red_invoice_is_red_and_below_zero() {
    let charges = charges(3);
    let pages = check_document(&red(&charges), "red");
    assert!(texts(&pages[0]).any(|text| text == "红字"));
    // 137 × 6 + 3 = 825 fen.
    assert_eq!(field(&pages, "TaxInclusiveTotalAmount"), ["¥-8.25"]);
    assert!(field(&pages, "Amount").iter().all(|amount| amount.starts_with('-')));
    assert!(texts(&pages[0]).any(|text| text == "（负数）捌圆贰角伍分"));
    assert!(field(&pages, "Note").concat().contains("26622000000000000001"));
    let brown = pages[0].marks.iter().any(|mark| {
        matches!(mark, Mark::Box { colour, .. } | Mark::Text { colour, .. }
            if *colour == Colour::Brown)
    });
    assert!(!brown, "its lines and labels are red, too");
    let blue = blue(&charges, &buyer("示例科技有限公司"));
    let part = RedPart { order: charges[0].order.clone(), gross: Fen(100) };
    let part = red_in_part(&blue, &[], &[part], RedReason::SalesAllowance).expect("it is less");
    let part = confirm(part, "62042609001000000002").expect("20 digits");
    let at = at("2026-10-08T09:30:00+08:00");
    let part = issued(part, "26622000000000000003", at, at).expect("it is whole");
    let pages = check_document(&Document::Invoice(part), "red in part");
    assert_eq!(field(&pages, "TaxInclusiveTotalAmount"), ["¥-1.00"]);
}

#[test]
fn a_bill_has_no_tax_and_a_receipt_no_drawer() {
    let pages = sheets(&Document::NonTaxBill(bill(&charges(2))));
    assert_eq!(field(&pages, "InvoiceCode"), ["62040126"]);
    assert_eq!(field(&pages, "InvoiceNo"), ["0000000001"]);
    // 138 + 275 fen.
    assert_eq!(field(&pages, "TaxInclusiveTotalAmount"), ["¥4.13"]);
    assert!(field(&pages, "TaxAmount").is_empty());
    assert!(!texts(&pages[0]).any(|text| text.contains("税率") || text.contains("税额")));
    let pages = sheets(&paid(&charges(2), "CNY"));
    assert_eq!(field(&pages, "IssueDate"), ["2026年09月30日 10:00"]);
    assert!(texts(&pages[0]).any(|text| text == "肆圆壹角叁分"));
    let pages = sheets(&paid(&charges(2), "EUR"));
    assert_eq!(field(&pages, "TaxInclusiveTotalAmount"), ["EUR 4.13"]);
    assert!(texts(&pages[0]).any(|text| text == "Receipt"));
}

#[test]
fn a_long_name_of_the_drawer_breaks() {
    for drawer in ["景".repeat(200), "W".repeat(200), format!("{LONG_NAME} {LONG_NAME}")] {
        for count in [1, 30] {
            for document in kinds(count) {
                let mut file: Value = serde_json::from_str(&document_json(&document)).unwrap();
                if file.get("drawer").is_none() {
                    continue;
                }
                file["drawer"] = json!(drawer.chars().take(200).collect::<String>());
                let document = read_document(&file.to_string()).expect("200 letters are allowed");
                let pages = check_document(&document, &format!("{count} lines by {drawer}"));
                assert_eq!(field(&pages, "InvoiceClerk").concat(), file["drawer"], "all of it");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_texts_are_they_stay_in_their_places(
        name in "[一-龥A-Za-z（）&. ]{1,200}",
        address in "[一-龥0-9]{1,200}",
        item in "[一-龥A-Za-z]{1,200}",
        place in "[一-龥 A-Z0-9]{1,200}",
        order in "[A-Z0-9-]{1,200}",
        paid in 1_i64..4_000_000_000_000,
        count in 1_usize..6,
    ) {
        prop_assume!(!name.trim().is_empty() && !place.trim().is_empty());
        let party = Party {
            address: Some(address.clone()),
            phone: Some(address.clone()),
            bank: Some(address.clone()),
            bank_account: Some(address),
            ..buyer(name.trim())
        };
        let mut charges: Vec<Charge> = (1..=count).map(|n| charge(n, paid)).collect();
        charges[0].order = order;
        charges[0].place = place.trim().to_owned();
        let tax_item = TaxItem { name: item.clone(), short_name: item, ..demo_tax_items().remove(0) };
        charges[0].tax_item = Some(tax_item);
        let document = Document::Invoice(blue(&charges, &party));
        let pages = check_document(&document, "texts of chance");
        prop_assert_eq!(field(&pages, "BuyerName").concat(), name.trim());
        prop_assert_eq!(field(&pages, "Item").len(), count);
    }
}
