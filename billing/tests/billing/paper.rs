//! Documents as people see them: nothing lies over anything else, every line stands on a page, the
//! amounts on it are those of the document, and the files are small and the same each time.
#![allow(clippy::disallowed_methods, reason = "a test reads the font of the machine")]

use std::io::Read;
use std::sync::OnceLock;

use billing::invoice::{
    Abroad, Charge, Document, InvoiceRequest, NonTaxItem, NonTaxRequest, PaidLine, Party,
    ReceiptContent, RedPart, RedReason, Regime, Site, TaxItem, TitleKind, confirm, demo_tax_items,
    draft, draft_abroad, draft_non_tax, issued, issued_non_tax, receipt, red_in_full, red_in_part,
    red_non_tax, xml,
};
use billing::paper::{ofd, pdf, sheets};
use billing::sheet::{Align, Font, KNOWN_FONTS, Mark, Sheet, text_width};
use proptest::prelude::*;
use vocabulary::{Fen, Interval, Timestamp};

const LIMIT_BYTES: usize = 100_000;
const LONG_NAME: &str = "某某市城市停车场建设运营管理有限责任公司第一分公司（道路停车管理中心）Baiyin \
                         Municipal Parking Operation and Construction Management Company Limited";

fn fonts() -> &'static [Font] {
    static FONTS: OnceLock<Vec<Font>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let there = KNOWN_FONTS.iter().filter(|(path, ..)| std::path::Path::new(path).is_file());
        let read = |(path, number, _): &(&str, u32, &str)| {
            Font::new(std::fs::read(path).expect("it can be read"), *number).expect("it is a font")
        };
        let fonts: Vec<Font> = there.map(read).collect();
        assert!(!fonts.is_empty(), "no font: deploy/setup.sh test");
        fonts
    })
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("it is a time")
}

fn seller() -> Party {
    Party {
        address: Some("甘肃省白银市白银区人民路1号".to_owned()),
        phone: Some("0943-8200000".to_owned()),
        bank: Some("示例银行白银分行".to_owned()),
        bank_account: Some("6200000000000000000".to_owned()),
        ..Party::named(TitleKind::Company, "示例停车管理有限公司", Some("91620400MA00000000"))
    }
}

fn buyer(name: &str) -> Party {
    Party::named(TitleKind::Company, name, Some("91620400MA11111111"))
}

/// An order of so many fen; each has its own day, plate and place.
fn charge(number: usize, paid: i64) -> Charge {
    let hour = number % 20;
    let day = 1 + number % 28;
    let stay = Interval::new(
        at(&format!("2026-09-{day:02}T{hour:02}:05:00+08:00")),
        at(&format!("2026-09-{day:02}T{:02}:40:30+08:00", hour + 2)),
    );
    Charge {
        order: format!("P20260900000{number:04}"),
        plate: Some(format!("甘D{number:05}")),
        place: format!("人民路{}号段", number % 9),
        site: Some(Site {
            province: "甘肃省".to_owned(),
            city: "白银市".to_owned(),
            district: "白银区".to_owned(),
            address: "人民路".to_owned(),
            cross_city: false,
        }),
        stay: stay.expect("forwards"),
        tax_item: None,
        paid: Fen(paid),
        refunded: Fen(0),
        invoiced: Fen(0),
    }
}

fn charges(count: usize) -> Vec<Charge> {
    let fen = |number: usize| 137 * i64::try_from(number).expect("it is small") + 1;
    (1..=count).map(|number| charge(number, fen(number))).collect()
}

fn item() -> TaxItem {
    demo_tax_items().remove(0)
}

fn blue(charges: &[Charge], buyer: &Party) -> billing::invoice::Issued {
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &seller(),
        drawer: "景某",
        buyer,
        tax_item: &item(),
        charges,
    };
    let draft = draft(&request).expect("it can be drawn up");
    let at = at("2026-09-30T10:00:00+08:00");
    issued(draft, "26622000000000000001", at, at).expect("it is whole")
}

fn red(charges: &[Charge]) -> Document {
    let blue = blue(charges, &buyer("示例科技有限公司"));
    let draft = red_in_full(&blue, &[], RedReason::IssuedInError).expect("nothing is taken back");
    let draft = confirm(draft, "62042609001000000001").expect("20 digits");
    let at = at("2026-10-08T09:30:00+08:00");
    Document::Invoice(issued(draft, "26622000000000000002", at, at).expect("it is whole"))
}

fn bill(charges: &[Charge]) -> billing::invoice::NonTaxBill {
    let issuer = Party::named(TitleKind::Company, "示例市城市管理局", Some("11620400000000000X"));
    let payer = Party::named(TitleKind::Person, "王某", None);
    let item = NonTaxItem {
        code: Some("103044099".to_owned()),
        name: "机动车停放服务费".to_owned(),
    };
    let request =
        NonTaxRequest { issuer: &issuer, drawer: "李某", payer: &payer, item: &item, charges };
    let at = at("2026-09-30T10:00:00+08:00");
    let draft = draft_non_tax(&request).expect("it can be drawn up");
    issued_non_tax(draft, ("62040126", "0000000001"), at, at).expect("it is whole")
}

fn paid(charges: &[Charge], currency: &str) -> Document {
    let line = |charge: &Charge| PaidLine {
        order: charge.order.clone(),
        item_code: None,
        item: "停车费".to_owned(),
        amount: charge.paid,
        lease: None,
    };
    let lines: Vec<PaidLine> = charges.iter().map(line).collect();
    let total = Fen::sum(lines.iter().map(|line| line.amount)).expect("it fits");
    let content = ReceiptContent {
        number: "R20260930000001".to_owned(),
        issuer: seller(),
        payer: None,
        method: "微信支付".to_owned(),
        transaction: Some("4200002026093000000000000001".to_owned()),
        currency: currency.to_owned(),
        paid_at: at("2026-09-30T10:00:00+08:00"),
        lines,
        total,
        remark: "样张,非税务凭证".to_owned(),
    };
    Document::Receipt(receipt(content).expect("it is whole"))
}

fn abroad(charges: &[Charge]) -> Document {
    let party = |name: &str, id: &str| Party {
        address: Some("1 Example Street, 10115 Berlin".to_owned()),
        country: Some("DE".to_owned()),
        ..Party::named(TitleKind::Company, name, Some(id))
    };
    let tax_item = TaxItem {
        code: String::new(),
        short_name: String::new(),
        name: "Roadside parking".to_owned(),
        rate_bp: 1900,
        ..item()
    };
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &party("Example Parking GmbH", "DE123456789"),
        drawer: "A. Example",
        buyer: &party(LONG_NAME, "DE987654321"),
        tax_item: &tax_item,
        charges,
    };
    let zone = Abroad { currency: "EUR".to_owned(), time_zone: "Europe/Berlin".to_owned() };
    let draft = draft_abroad(&request, zone).expect("it can be drawn up");
    let at = at("2026-09-30T10:00:00+08:00");
    Document::Invoice(issued(draft, "2026-000001", at, at).expect("it is whole"))
}

/// One document of each kind.
fn kinds(count: usize) -> Vec<Document> {
    let charges = charges(count);
    let bill = bill(&charges);
    let at = at("2026-10-08T09:30:00+08:00");
    let red_bill = red_non_tax(&bill, RedReason::IssuedInError).expect("it is blue");
    let red_bill = issued_non_tax(red_bill, ("62040126", "0000000002"), at, at);
    vec![
        Document::Invoice(blue(&charges, &buyer("示例科技有限公司"))),
        Document::Invoice(blue(&charges, &buyer(LONG_NAME))),
        red(&charges),
        Document::NonTaxBill(bill),
        Document::NonTaxBill(red_bill.expect("it is whole")),
        paid(&charges, "CNY"),
        paid(&charges, "EUR"),
        abroad(&charges),
    ]
}

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
    for mark in &sheet.marks {
        let Mark::Box { x, y, width, height, .. } = mark else { continue };
        let (left, top) = (i32::from(*x), i32::from(*y));
        let (right, bottom) = (left + i32::from(*width), top + i32::from(*height));
        let inside = left >= 50 && right <= i32::from(sheet.width) - 50;
        assert!(inside && bottom <= i32::from(sheet.height) - 20, "{what}: {mark:?}");
        for text in sheet.marks.iter().filter_map(bounds) {
            let (l, t, r, b) = text;
            let crosses = l < right && left < r && t < bottom && top < b;
            assert!(!crosses, "{what}: a line {mark:?} crosses a text at {text:?}");
        }
    }
}

fn texts<'s>(sheet: &'s Sheet) -> impl Iterator<Item = &'s str> {
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
        let detail = many.iter().flat_map(|page| texts(page)).filter(|t| t.contains(&order));
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
            if *colour == billing::sheet::Colour::Brown)
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

fn files_of(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(package)).expect("it is a ZIP");
    let mut files = Vec::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).expect("it is there");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it can be unpacked");
        files.push((file.name().to_owned(), bytes));
    }
    files
}

fn part<'f>(files: &'f [(String, Vec<u8>)], name: &str) -> &'f str {
    let file = files.iter().find(|(known, _)| known == name);
    let (_, bytes) = file.unwrap_or_else(|| panic!("no {name}"));
    std::str::from_utf8(bytes).expect("it is text")
}

/// Values between `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    let parts = text.split(before).skip(1);
    parts.map(|part| part.split_once(after).expect("it ends").0).collect()
}

#[test]
fn every_tag_of_an_ofd_leads_to_a_text_and_the_xml_is_inside() {
    for count in [1, 40] {
        let issued = blue(&charges(count), &buyer(LONG_NAME));
        let document = Document::Invoice(issued.clone());
        let files = files_of(&ofd(&document, fonts()).expect("it can be written"));
        assert_eq!(files[0].0, "OFD.xml");
        let tags = part(&files, "Doc_0/Tags/CustomTag.xml");
        let pages = between(part(&files, "Doc_0/Document.xml"), "<ofd:Page ID=\"", "\"");
        let mut referred = 0;
        for reference in between(tags, "PageRef=\"", "</ofd:ObjectRef>") {
            let (page, object) = reference.split_once("\">").expect("a page and an object");
            let page = pages.iter().position(|id| *id == page).expect("the page is there");
            let content = part(&files, &format!("Doc_0/Pages/Page_{page}/Content.xml"));
            assert!(content.contains(&format!("<ofd:TextObject ID=\"{object}\"")), "{reference}");
            referred += 1;
        }
        assert!(referred > 6 * count, "{referred}");
        let attached = part(&files, "Doc_0/Attachs/26622000000000000001.xml");
        assert_eq!(attached, xml(&issued).expect("it can be written"));
        let list = part(&files, "Doc_0/Attachs/Attachments.xml");
        assert!(list.contains("<ofd:FileLoc>26622000000000000001.xml</ofd:FileLoc>"), "{list}");
    }
}

#[test]
fn what_the_platform_delivered_is_what_is_inside() {
    let document = Document::Invoice(blue(&charges(1), &buyer("示例科技有限公司")));
    let delivered = b"<EInvoice>as the platform wrote it</EInvoice>";
    let ofd = billing::paper::ofd_attaching(&document, fonts(), delivered);
    let files = files_of(&ofd.expect("it can be written"));
    let inside = part(&files, "Doc_0/Attachs/26622000000000000001.xml");
    assert_eq!(inside.as_bytes(), delivered);
    let pdf = billing::paper::pdf_attaching(&document, fonts(), delivered);
    assert!(pdf.is_ok_and(|pdf| pdf != billing::paper::pdf(&document, fonts()).expect("too")));
}

#[test]
fn numbers_of_an_ofd_are_given_once_and_none_is_above_the_greatest() {
    let document = Document::Invoice(blue(&charges(30), &buyer("示例科技有限公司")));
    let files = files_of(&ofd(&document, fonts()).expect("it can be written"));
    let main = part(&files, "Doc_0/Document.xml");
    let greatest: u32 = between(main, "<ofd:MaxUnitID>", "<")[0].parse().expect("a number");
    let mut seen = std::collections::BTreeSet::new();
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        if name.contains("Attachs") || !name.ends_with(".xml") {
            continue;
        }
        for id in between(&text, " ID=\"", "\"") {
            let id: u32 = id.parse().expect("a number");
            assert!(id > 0 && id <= greatest, "{name}: {id}");
            assert!(seen.insert(id), "{name}: {id} is given twice");
        }
        // Every file can be read.
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().expect("it is well-formed XML") != quick_xml::events::Event::Eof {
        }
    }
    assert!(seen.contains(&greatest));
}

#[test]
fn the_same_document_is_the_same_bytes() {
    let both = |document| (ofd(document, fonts()), pdf(document, fonts()));
    for document in kinds(3).iter() {
        assert!(both(document) == both(document), "{}", document.kind().name());
    }
}

#[test]
fn a_document_of_up_to_100_lines_has_less_than_100_kilobytes() {
    for count in [1, 100] {
        for document in kinds(count) {
            let ofd = ofd(&document, fonts()).expect("it can be written");
            let pdf = pdf(&document, fonts()).expect("it can be written");
            for (what, size) in [("OFD", ofd.len()), ("PDF", pdf.len())] {
                let kind = document.kind().name();
                assert!(size < LIMIT_BYTES, "{what} of {kind}, {count} lines: {size} bytes");
            }
        }
    }
}

#[test]
fn a_letter_that_no_font_has_is_drawn_as_a_geta_and_read_as_it_is() {
    // A hieroglyph; fonts for Chinese have none.
    let name = "示例𓀀公司";
    let document = Document::Invoice(blue(&charges(1), &buyer(name)));
    let pages = sheets(&document);
    assert_eq!(billing::sheet::letters_missing(&pages, fonts()), Ok("𓀀".to_owned()));
    let files = files_of(&ofd(&document, fonts()).expect("it is not held up"));
    let content = part(&files, "Doc_0/Pages/Page_0/Content.xml");
    assert!(content.contains(name), "its code stays");
    assert!(pdf(&document, fonts()).is_ok());
}
