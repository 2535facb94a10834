//! A document in the ways in which offices really write it, and with each value changed.

use billing::invoice::{
    Charge, InvoiceRequest, Party, RedReason, Regime, TaxItem, TitleKind, confirm, demo_tax_items,
    draft, issued, red_in_full,
};
use vocabulary::{Fen, Interval, Timestamp};

use super::*;

/// Two lines of public invoices: 9.00 = 8.26 + 0.74 at 9 % and 2.12 = 2.00 + 0.12 at 6 %. Names and order of elements are
/// those of published samples.
const BLUE: &str = "\
<EInvoice><Header><EIid>26622000000000000017</EIid><Version>0.33</Version><InherentLabel>\
<InIssuType><LabelCode>Y</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>\
<EInvoiceType><LabelCode>01</LabelCode></EInvoiceType></InherentLabel></Header><EInvoiceData>\
<SellerInformation><SellerIdNum>91620400000000000X</SellerIdNum><SellerName>示例停车管理有限公司</SellerName></SellerInformation>\
<BuyerInformation><BuyerIdNum>91350100M000100Y43</BuyerIdNum><BuyerName>示例A&amp;B商贸有限公司</BuyerName></BuyerInformation>\
<BasicInformation><TotalAmWithoutTax>10.26</TotalAmWithoutTax><TotalTaxAm>0.86</TotalTaxAm>\
<TotalTax-includedAmount>11.12</TotalTax-includedAmount>\
<TotalTax-includedAmountInChinese>壹拾壹圆壹角贰分</TotalTax-includedAmountInChinese></BasicInformation>\
<IssuItemInformation><ItemName>*生产生活服务*车辆停放服务</ItemName><Amount>8.26</Amount><TaxRate>0.09</TaxRate>\
<ComTaxAm>0.74</ComTaxAm><TotaltaxIncludedAmount>9.00</TotaltaxIncludedAmount>\
<TaxClassificationCode>3040502020200000000</TaxClassificationCode></IssuItemInformation>\
<IssuItemInformation><ItemName>*生产生活服务*车辆停放服务</ItemName><Amount>2.00</Amount><TaxRate>0.06</TaxRate>\
<ComTaxAm>0.12</ComTaxAm><TotaltaxIncludedAmount>2.12</TotaltaxIncludedAmount>\
<TaxClassificationCode>3040502020200000000</TaxClassificationCode></IssuItemInformation>\
<SpecificInformation/><AdditionalInformation><Remark>样张</Remark></AdditionalInformation></EInvoiceData></EInvoice>";

/// The red one of a public description: 500.00 = 495.05 + 4.95 at 1 %.
const RED: &str = "\
<EInvoice><Header><EIid>26622000000000000018</EIid><InherentLabel><InIssuType><LabelCode>N</LabelCode></InIssuType>\
</InherentLabel></Header><EInvoiceData><SellerInformation><SellerIdNum>91620400000000000X</SellerIdNum>\
<SellerName>示例停车管理有限公司</SellerName></SellerInformation><BuyerInformation>\
<BuyerIdNum>91350100M000100Y43</BuyerIdNum><BuyerName>示例A&amp;B商贸有限公司</BuyerName></BuyerInformation>\
<BasicInformation><TotalAmWithoutTax>-495.05</TotalAmWithoutTax><TotalTaxAm>-4.95</TotalTaxAm>\
<TotalTax-includedAmount>-500.00</TotalTax-includedAmount>\
<TotalTax-includedAmountInChinese>（负数）伍佰圆整</TotalTax-includedAmountInChinese></BasicInformation>\
<IssuItemInformation><Amount>-495.05</Amount><TaxRate>0.010000</TaxRate><ComTaxAm>-4.950000</ComTaxAm></IssuItemInformation>\
<SpecificInformation><RedEInvoice><OriginalInvoiceCode>24112000000135114086</OriginalInvoiceCode>\
<CreditNoteNumber>11010824091002615708</CreditNoteNumber></RedEInvoice></SpecificInformation></EInvoiceData></EInvoice>";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn charge(order: &str, fen: i64, rate_bp: u32) -> Charge {
    let stay = Interval::new(at("2026-09-15T08:00:00+08:00"), at("2026-09-15T16:00:00+08:00"));
    Charge {
        order: order.into(),
        plate: None,
        place: "示例路".into(),
        site: None,
        stay: stay.unwrap(),
        tax_item: Some(TaxItem { rate_bp, ..demo_tax_items().remove(0) }),
        paid: Fen(fen),
        refunded: Fen::ZERO,
        invoiced: Fen::ZERO,
    }
}

fn invoice(number: &str, charges: &[Charge]) -> Issued {
    let company = |name, tax_id| Party::named(TitleKind::Company, name, Some(tax_id));
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &company("示例停车管理有限公司", "91620400000000000X"),
        drawer: "系统",
        buyer: &company("示例A&B商贸有限公司", "91350100M000100Y43"),
        tax_item: &demo_tax_items().remove(0),
        charges,
    };
    let now = at("2026-09-16T10:00:00+08:00");
    issued(draft(&request).unwrap(), number, now, now).unwrap()
}

fn blue() -> Issued {
    invoice("26622000000000000017", &[charge("P-1", 900, 900), charge("P-2", 212, 600)])
}

fn red() -> Issued {
    let whole = invoice("24112000000135114086", &[charge("P-1", 50_000, 100)]);
    let red = red_in_full(&whole, &[], RedReason::GoodsReturned).unwrap();
    let now = at("2026-09-17T10:00:00+08:00");
    issued(confirm(red, "11010824091002615708").unwrap(), "26622000000000000018", now, now).unwrap()
}

/// What is said against a document in which every `from` is `to`.
fn check((document, issued): (&str, &Issued), from: &str, to: &str) -> Option<String> {
    assert!(document.contains(from), "{from} is not there");
    let changed = document.replace(from, to);
    check_document(changed.as_bytes(), issued).err().map(|error| format!("{error:#}"))
}

#[test]
fn what_offices_write_in_their_own_way_is_the_same_document() {
    let blue = blue();
    for (from, to) in [
        ("8.26", "8.26"),
        ("<ComTaxAm>0.74<", "<ComTaxAm>0.740000<"),
        ("<ComTaxAm>0.12<", "<ComTaxAm>0.1200<"),
        ("<TaxRate>0.06<", "<TaxRate>0.060000<"),
        ("<TaxRate>0.09</TaxRate>", ""),
        ("<TotaltaxIncludedAmount>9.00</TotaltaxIncludedAmount>", ""),
        ("<TotaltaxIncludedAmount>9.00<", "<TotaltaxIncludedAmount>9<"),
        (">10.26<", ">10.260000<"),
        (">0.86<", ">0.860000<"),
        (">11.12<", ">11.120000<"),
        ("壹拾壹圆", "壹拾壹元"),
        ("*生产生活服务*车辆停放服务", "*经营租赁*停车费"),
        (">26622000000000000017<", ">\n  26622000000000000017\n<"),
        // Jiangsu has the words first.
        (
            "<BasicInformation>",
            "<BasicInformation><TotalTax-includedAmountInChinese>壹拾壹圆壹角贰分</TotalTax-includedAmountInChinese>",
        ),
        ("<InherentLabel>", "<InherentLabel><TaxpayerType><LabelCode>1</LabelCode></TaxpayerType>"),
    ] {
        assert_eq!(check((BLUE, &blue), from, to), None, "{from} as {to}");
    }
    let red = red();
    for (from, to) in [("-495.05", "-495.050000"), ("伍佰圆整", "伍佰元正")] {
        assert_eq!(check((RED, &red), from, to), None, "{from} as {to}");
    }
}

#[test]
fn what_says_something_else_is_named() {
    let blue = blue();
    for (from, to, what) in [
        ("<ComTaxAm>0.74<", "<ComTaxAm>0.740001<", "line 1: ComTaxAm differs"),
        ("<ComTaxAm>0.74<", "<ComTaxAm>-0.74<", "line 1: ComTaxAm differs"),
        ("<ComTaxAm>0.74<", "<ComTaxAm>74e-2<", "line 1: ComTaxAm differs"),
        ("<ComTaxAm>0.74<", "<ComTaxAm>０.74<", "line 1: ComTaxAm differs"),
        ("<ComTaxAm>0.74<", "<ComTaxAm>0.7400000<", "line 1: ComTaxAm differs"),
        ("<ComTaxAm>0.12<", "<ComTaxAm>0.13<", "line 2: ComTaxAm differs"),
        ("<Amount>8.26<", "<Amount>8.27<", "line 1: Amount differs"),
        ("<Amount>8.26</Amount>", "", "line 1: there is no Amount"),
        ("<Amount>2.00<", "<Amount>8.26<", "line 2: Amount differs"),
        ("<TaxRate>0.09<", "<TaxRate>0.06<", "line 1: TaxRate differs"),
        ("<TaxRate>0.06<", "<TaxRate>0.6<", "line 2: TaxRate differs"),
        (">2.12<", ">2.13<", "line 2: TotaltaxIncludedAmount differs"),
        ("3040502020200000000", "3040801010000000000", "line 1: TaxClassificationCode differs"),
        (">10.26<", ">10.27<", "TotalAmWithoutTax differs"),
        (">0.86<", ">0.85<", "TotalTaxAm differs"),
        (">11.12<", ">11.1<", "TotalTax-includedAmount differs"),
        ("壹拾壹圆", "壹拾贰圆", "TotalTax-includedAmountInChinese differs"),
        (">26622000000000000017<", ">26622000000000000018<", "EIid differs"),
        ("91620400000000000X", "916204000000000001", "SellerIdNum differs"),
        ("停车管理", "停车", "SellerName differs"),
        ("91350100M000100Y43", "9112011667149649XU", "BuyerIdNum differs"),
        ("<BuyerIdNum>91350100M000100Y43</BuyerIdNum>", "", "there is no BuyerIdNum"),
        ("A&amp;B", "A", "BuyerName differs"),
        ("<LabelCode>Y<", "<LabelCode>N<", "it is of the other colour"),
        (
            "<SpecificInformation/>",
            "<IssuItemInformation><Amount>1.00</Amount></IssuItemInformation>",
            "3 lines instead of 2",
        ),
        ("</IssuItemInformation><IssuItemInformation>", "", "1 lines instead of 2"),
    ] {
        assert_eq!(check((BLUE, &blue), from, to).as_deref(), Some(what), "{from} as {to}");
    }
    let red = red();
    for (from, to, what) in [
        ("24112000000135114086", "24112000000135114087", "OriginalInvoiceCode differs"),
        ("11010824091002615708", "11010824091002615709", "CreditNoteNumber differs"),
        ("-500.00", "500.00", "TotalTax-includedAmount differs"),
        ("（负数）", "", "TotalTax-includedAmountInChinese differs"),
        ("<LabelCode>N<", "<LabelCode>Y<", "it is of the other colour"),
    ] {
        assert_eq!(check((RED, &red), from, to).as_deref(), Some(what), "{from} as {to}");
    }
}

#[test]
fn words_are_one_amount_however_they_are_written_and_another_amount_is_another() {
    // 1680.32 may have a 零 after 圆 (《支付结算办法》 annex 1), and 107000.53 one in front of 仟 and after 圆.
    for (one, other) in [
        ("壹仟陆佰捌拾圆叁角贰分", "壹仟陆佰捌拾元零叁角贰分"),
        ("壹拾万柒仟圆伍角叁分", "壹拾万零柒仟圆零伍角叁分"),
        ("伍佰圆整", "伍佰元正"),
    ] {
        assert_eq!(plain_words(one), plain_words(other));
    }
    let words = (-2_000..2_000)
        .chain((2_000..2_000_000).step_by(97))
        .map(|fen| plain_words(&amount_in_words(Fen(fen))));
    let mut all: Vec<String> = words.collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "no two amounts become one");
}

#[test]
fn leaves_are_read_whole_and_references_resolved() {
    let xml = "<?xml version=\"1.0\"?><a><b>x &amp; y&#13;z</b><c/><d><e>&#x4E2D;</e></d></a>";
    let read = leaves(xml.as_bytes()).unwrap();
    let read: Vec<_> =
        read.iter().map(|l| (l.within.as_str(), l.name.as_str(), l.text.as_str())).collect();
    assert_eq!(read, [("a", "b", "x & y\rz"), ("d", "e", "中")]);
}

#[test]
fn what_is_no_plain_whole_document_is_refused() {
    for xml in [
        "<a><b>1</b>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<a>&x;</a>",
        "{\"a\":1}<",
        &"<a>".repeat(40),
    ] {
        assert!(leaves(xml.as_bytes()).is_err(), "{xml}");
    }
}
