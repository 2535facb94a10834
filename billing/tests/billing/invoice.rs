//! Invoices from outside: what is refused, and what the XML says when it is read back.

mod bills;
#[cfg(feature = "json")]
mod changed_files;
#[cfg(all(feature = "documents", feature = "json"))]
mod currencies;
#[cfg(feature = "json")]
mod files;
mod leases;
mod life;
mod red;
mod ubl_document;

use billing::invoice::{
    Charge, DocumentKind, Draft, InvoiceReject, InvoiceRequest, Issued, Party, Regime, SAMPLE_MARK,
    TaxItem, TitleKind, Totals, demo_tax_items, draft, issued, ubl, xml,
};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use vocabulary::Fen;

use crate::cases::{at, interval};

const NUMBER: &str = "26622000000000000017";

struct Ask {
    regime: Regime,
    seller: Party,
    drawer: String,
    buyer: Party,
    tax_item: TaxItem,
    charges: Vec<Charge>,
}

fn ask() -> Ask {
    Ask {
        regime: Regime::Vat,
        seller: Party::named(
            TitleKind::Company,
            "示例停车管理有限公司",
            Some("91620400000000000X"),
        ),
        drawer: "系统".to_owned(),
        buyer: Party::named(TitleKind::Person, "张三", None),
        tax_item: demo_tax_items().remove(0),
        charges: vec![charge("P-1", 900)],
    }
}

fn charge(order: &str, paid_fen: i64) -> Charge {
    Charge {
        order: order.to_owned(),
        plate: Some("甘D12345".to_owned()),
        place: "示例路（甲段）".to_owned(),
        site: None,
        tax_item: None,
        stay: interval(("2026-09-15 08:00:10", "2026-09-15 16:00:00")),
        paid: Fen(paid_fen),
        refunded: Fen::ZERO,
        invoiced: Fen::ZERO,
    }
}

impl Ask {
    fn draft(&self) -> Result<Draft, InvoiceReject> {
        draft(&InvoiceRequest {
            regime: self.regime,
            seller: &self.seller,
            drawer: &self.drawer,
            buyer: &self.buyer,
            tax_item: &self.tax_item,
            charges: &self.charges,
        })
    }

    fn issued(&self) -> Issued {
        let draft = self.draft().expect("the request is good");
        let (requested_at, issued_at) = (at("2026-09-15 23:59:30"), at("2026-09-16 00:00:10"));
        issued(draft, NUMBER, requested_at, issued_at).expect("20 digits")
    }
}

/// Every leaf as `path=text`, in order. Fails where the text is not well-formed XML.
fn leaves(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut text, mut leaves) = (Vec::new(), String::new(), Vec::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                text.clear();
            }
            Event::Empty(start) => {
                leaves.push(format!("{}/{}=", path.join("/"), start.name().as_ref()));
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.push(resolve(&name)),
            Event::End(_) => {
                let said = std::mem::take(&mut text);
                if !said.trim().is_empty() {
                    leaves.push(format!("{}={said}", path.join("/")));
                }
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty(), "every element is closed");
    leaves
}

fn resolve(name: &str) -> char {
    match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        other => panic!("&{other}; is not one of XML's own"),
    }
}

#[test]
fn the_document_reads_like_a_published_sample() {
    let mut ask = ask();
    ask.charges.push(charge("P-2", 500));
    // 9.00 = 8.26 + 0.74 (a real invoice at 9 %); 5.00 ÷ 1.09 = 4.587 → 4.59 + 0.41.
    let expected = "\
EInvoice/Header/EIid=26622000000000000017
EInvoice/Header/EInvoiceTag=SWEI6200
EInvoice/Header/Version=0.33
EInvoice/Header/InherentLabel/InIssuType/LabelCode=Y
EInvoice/Header/InherentLabel/InIssuType/LabelName=是否蓝字发票标志
EInvoice/Header/InherentLabel/EInvoiceType/LabelCode=01
EInvoice/Header/InherentLabel/EInvoiceType/LabelName=电子发票
EInvoice/Header/InherentLabel/GeneralOrSpecialVAT/LabelCode=02
EInvoice/Header/InherentLabel/GeneralOrSpecialVAT/LabelName=普通发票
EInvoice/Header/InherentLabel/TaxpayerType/LabelCode=1
EInvoice/Header/InherentLabel/TaxpayerType/LabelName=一般纳税人
EInvoice/EInvoiceData/SellerInformation/SellerIdNum=91620400000000000X
EInvoice/EInvoiceData/SellerInformation/SellerName=示例停车管理有限公司
EInvoice/EInvoiceData/BuyerInformation/BuyerName=张三
EInvoice/EInvoiceData/BasicInformation/TotalAmWithoutTax=12.85
EInvoice/EInvoiceData/BasicInformation/TotalTaxAm=1.15
EInvoice/EInvoiceData/BasicInformation/TotalTax-includedAmount=14.00
EInvoice/EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese=壹拾肆圆整
EInvoice/EInvoiceData/BasicInformation/Drawer=系统
EInvoice/EInvoiceData/BasicInformation/RequestTime=2026-09-15 23:59:30
EInvoice/EInvoiceData/IssuItemInformation/ItemName=*生产生活服务*车辆停放服务
EInvoice/EInvoiceData/IssuItemInformation/MeaUnits=次
EInvoice/EInvoiceData/IssuItemInformation/Quantity=1
EInvoice/EInvoiceData/IssuItemInformation/UnPrice=8.26
EInvoice/EInvoiceData/IssuItemInformation/Amount=8.26
EInvoice/EInvoiceData/IssuItemInformation/TaxRate=0.09
EInvoice/EInvoiceData/IssuItemInformation/ComTaxAm=0.74
EInvoice/EInvoiceData/IssuItemInformation/TotaltaxIncludedAmount=9.00
EInvoice/EInvoiceData/IssuItemInformation/TaxClassificationCode=3040502020200000000
EInvoice/EInvoiceData/IssuItemInformation/ItemName=*生产生活服务*车辆停放服务
EInvoice/EInvoiceData/IssuItemInformation/MeaUnits=次
EInvoice/EInvoiceData/IssuItemInformation/Quantity=1
EInvoice/EInvoiceData/IssuItemInformation/UnPrice=4.59
EInvoice/EInvoiceData/IssuItemInformation/Amount=4.59
EInvoice/EInvoiceData/IssuItemInformation/TaxRate=0.09
EInvoice/EInvoiceData/IssuItemInformation/ComTaxAm=0.41
EInvoice/EInvoiceData/IssuItemInformation/TotaltaxIncludedAmount=5.00
EInvoice/EInvoiceData/IssuItemInformation/TaxClassificationCode=3040502020200000000
EInvoice/EInvoiceData/SpecificInformation=
EInvoice/EInvoiceData/AdditionalInformation/Remark=样张,非税务凭证；\
甘D12345 示例路（甲段） 2026-09-15 08:00至2026-09-15 16:00 订单号P-1；\
甘D12345 示例路（甲段） 2026-09-15 08:00至2026-09-15 16:00 订单号P-2
EInvoice/TaxSupervisionInfo/InvoiceNumber=26622000000000000017
EInvoice/TaxSupervisionInfo/IssueTime=2026-09-16";
    let document = xml(&ask.issued()).expect("legal characters");
    assert_eq!(leaves(&document), expected.lines().collect::<Vec<_>>());
    assert!(document.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
    for forged in ["TaxBureauSignature", "SellerAuthentication", "TaxBureauCode"] {
        assert!(!document.contains(forged), "{forged} would have to be made up");
    }
    assert!(document.contains(SAMPLE_MARK));
}

#[test]
fn a_hostile_title_stays_text() {
    for title in [
        "</BuyerName><SellerName>他人</SellerName>",
        "甲 & 乙 \"有限\" '公司' <!--",
        "]]>",
        "&lt;b&gt;",
        "<?xml?>&amp;#0;",
        "𠮷野家",
    ] {
        let mut ask = ask();
        ask.buyer.name = title.to_owned();
        ask.charges[0].place = title.to_owned();
        ask.charges[0].plate = None;
        let read = leaves(&xml(&ask.issued()).expect("legal characters"));
        let names: Vec<_> = read.iter().filter(|l| l.contains("/BuyerName=")).collect();
        assert_eq!(names, [&format!("EInvoice/EInvoiceData/BuyerInformation/BuyerName={title}")]);
        assert_eq!(read.iter().filter(|l| l.contains("/SellerName=")).count(), 1);
        assert!(read.iter().any(|l| l.contains(&format!("Remark={SAMPLE_MARK}；{title} 2026"))));
    }
}

#[test]
fn what_cannot_be_invoiced_is_refused_with_a_reason() {
    type Change = fn(&mut Ask);
    let rows: Vec<(Change, &str)> = vec![
        (|a| a.regime = Regime::NonTax, "regime_not_issued"),
        (|a| a.charges.clear(), "no_lines"),
        (|a| a.charges = (0..101).map(|i| charge(&i.to_string(), 1)).collect(), "too_many_lines"),
        (|a| a.charges.push(charge("P-1", 100)), "repeated_order"),
        (|a| a.charges[0].paid = Fen::ZERO, "nothing_to_invoice"),
        (|a| a.charges[0].refunded = Fen(900), "nothing_to_invoice"),
        (|a| a.charges[0].invoiced = Fen(900), "nothing_to_invoice"),
        (|a| a.charges[0].invoiced = Fen(i64::MIN), "overflow"),
        (|a| a.charges[0].paid = Fen(i64::MAX), "overflow"),
        (|a| a.charges[0].order.clear(), "missing_text"),
        (|a| a.charges[0].place = "街\u{0}".to_owned(), "illegal_character"),
        (|a| a.charges[0].plate = Some("\n".to_owned()), "missing_text"),
        (|a| a.buyer.name = " ".to_owned(), "missing_text"),
        (|a| a.buyer.name = "长".repeat(201), "text_too_long"),
        (|a| a.buyer.name = "甲\u{8}乙".to_owned(), "illegal_character"),
        (|a| a.buyer.name = "甲\u{ffff}".to_owned(), "illegal_character"),
        (|a| a.buyer.kind = TitleKind::Company, "missing_text"),
        (|a| a.buyer.tax_id = Some("91620400".to_owned()), "bad_tax_id"),
        (|a| a.buyer.tax_id = Some("91620400000000000x".to_owned()), "bad_tax_id"),
        (|a| a.buyer.address = Some("\u{1b}[2J".to_owned()), "illegal_character"),
        (|a| a.seller.tax_id = None, "missing_text"),
        (|a| a.drawer.clear(), "missing_text"),
        (|a| a.tax_item.code = "304050202".to_owned(), "bad_tax_code"),
    ];
    for (index, (change, code)) in rows.into_iter().enumerate() {
        let mut ask = ask();
        change(&mut ask);
        let reject = ask.draft().expect_err(code);
        assert_eq!(reject.code(), code, "row {index}: {reject}");
    }
}

#[test]
fn never_more_is_invoiced_than_was_paid_and_kept() {
    let mut ask = ask();
    ask.charges[0].refunded = Fen(200);
    ask.charges[0].invoiced = Fen(100);
    let draft = ask.draft().expect("6.00 yuan are left");
    // 6.00 ÷ 1.09 = 5.5046 → 5.50 + 0.50.
    assert_eq!(
        (draft.totals.net, draft.totals.tax, draft.totals.gross),
        (Fen(550), Fen(50), Fen(600))
    );
    let stored = serde_json::to_string(&draft).expect("a draft is plain data");
    assert_eq!(serde_json::from_str::<Draft>(&stored).ok(), Some(draft));
}

#[test]
fn an_invoice_number_has_twenty_digits() {
    let draft = ask().draft().expect("the request is good");
    for (number, accepted) in [
        (NUMBER, true),
        ("2662200000000000001", false),
        ("266220000000000000170", false),
        ("2662200000000000001X", false),
        ("２６６２２０００００００００００００１７", false),
    ] {
        let now = at("2026-09-16 00:00:10");
        let result = issued(draft.clone(), number, now, now);
        let expected = if accepted { None } else { Some(InvoiceReject::BadInvoiceNumber) };
        assert_eq!(result.err(), expected, "{number}");
    }
}

#[test]
fn a_forged_text_or_sum_never_becomes_an_invoice() {
    type Change = fn(&mut Draft);
    let rows: [(Change, &str); 6] = [
        (|d| d.remark.push('\u{1}'), "illegal_character"),
        (|d| d.lines[0].order.push('\n'), "illegal_character"),
        (|d| d.totals.gross = Fen(901), "head_is_not_the_sum"),
        (|d| d.lines[0].totals.net = Fen(827), "line_does_not_add_up"),
        (
            |d| d.lines[0].totals = Totals { net: Fen(827), tax: Fen(73), gross: Fen(900) },
            "net_does_not_fit_rate",
        ),
        (|d| d.lines.clear(), "no_lines"),
    ];
    for (change, code) in rows {
        let mut draft = ask().draft().expect("the request is good");
        change(&mut draft);
        let stored = serde_json::to_string(&draft).expect("a draft is plain data");
        let now = at("2026-09-16 00:00:10");
        let reject = issued(draft, NUMBER, now, now).expect_err(code);
        assert_eq!(reject.code(), code);
        let row = format!(
            r#"{{"draft":{stored},"invoice_number":"{NUMBER}","requested_at":"{now}","issued_at":"{now}"}}"#
        );
        assert!(serde_json::from_str::<Issued>(&row).is_err(), "nor is it read from a row: {code}");
    }
}

#[test]
fn the_area_is_that_of_the_number() {
    // Numbers and tags of two published samples, Beijing and Jiangsu.
    for (number, tag) in [
        ("24110000000000100003", "SWEI1100"),
        ("26320000000000100001", "SWEI3200"),
        (NUMBER, "SWEI6200"),
    ] {
        let now = at("2026-09-16 00:00:10");
        let draft = ask().draft().expect("the request is good");
        let issued = issued(draft, number, now, now).expect("20 digits");
        let read = leaves(&xml(&issued).expect("a fapiao"));
        assert!(read.contains(&format!("EInvoice/Header/EInvoiceTag={tag}")), "{number}");
    }
}

#[test]
fn a_draft_stored_by_the_first_version_is_still_read() {
    let stored = r#"{"seller":{"kind":"company","name":"示例","tax_id":"91620400000000000X"},"drawer":"系统",
        "buyer":{"kind":"person","name":"张三"},"lines":[{"order":"P-1","tax_item":{"valid_from":"2026-01-01",
        "code":"3040502020200000000","short_name":"生产生活服务","name":"车辆停放服务","rate_bp":900},
        "totals":{"net":826,"tax":74,"gross":900}}],"totals":{"net":826,"tax":74,"gross":900},"remark":"样张"}"#;
    let draft: Draft = serde_json::from_str(stored).expect("the shape of version 0.1");
    assert_eq!(draft.kind(), DocumentKind::BlueFapiao);
    let now = at("2026-09-16 00:00:10");
    assert!(xml(&issued(draft, NUMBER, now, now).expect("its sums are right")).is_ok());
}

proptest! {
    #[test]
    fn any_text_that_a_document_may_hold_is_read_back(title in "\\PC{1,200}", place in "[ -~]{1,200}") {
        let mut ask = ask();
        ask.buyer.name.clone_from(&title);
        ask.charges[0].place.clone_from(&place);
        ask.charges[0].plate = None;
        let Ok(draft) = ask.draft() else { return Ok(()) };
        let now = at("2026-09-16 00:00:10");
        let issued = issued(draft, NUMBER, now, now).expect("20 digits");
        for (document, name) in [
            (xml(&issued).expect("a fapiao"), "EInvoice/EInvoiceData/BuyerInformation/BuyerName"),
            (ubl(&issued).expect("it fits"),
             "Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
        ] {
            let read = leaves(&document);
            prop_assert!(read.contains(&format!("{name}={title}")), "{document}");
        }
    }
}
