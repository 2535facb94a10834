//! UBL read back. Whether it is valid, `make peer-test` asks the rules of EN 16931.

use billing::invoice::{
    Abroad, InvoiceRequest, Issued, Party, RedReason, Regime, TaxCategory, TaxItem, TitleKind,
    confirm, demo_tax_items, draft_abroad, issued, red_in_full, ubl, xml,
};

use super::{NUMBER, ask, charge, leaves};
use crate::cases::at;

fn item(rate_bp: u32, category: Option<TaxCategory>, reason: Option<&str>) -> TaxItem {
    TaxItem {
        code: String::new(),
        short_name: String::new(),
        name: "Parking".to_owned(),
        rate_bp,
        category,
        exemption_reason: reason.map(str::to_owned),
        ..demo_tax_items().remove(0)
    }
}

fn in_berlin(items: &[TaxItem]) -> Result<Issued, &'static str> {
    in_country("DE", "DE123456789", ("EUR", "Europe/Berlin"), items)
}

fn in_country(
    country: &str,
    number: &str,
    (currency, time_zone): (&str, &str),
    items: &[TaxItem],
) -> Result<Issued, &'static str> {
    let party = |kind, name, number| Party {
        country: Some(country.to_owned()),
        ..Party::named(kind, name, number)
    };
    let mut charges = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let mut charge = charge(&format!("P-{n}"), 900);
        charge.tax_item = Some(item.clone());
        charges.push(charge);
    }
    let request = InvoiceRequest {
        regime: Regime::Vat,
        seller: &party(TitleKind::Company, "Example Parking", Some(number)),
        drawer: "system",
        buyer: &party(TitleKind::Person, "Jane Doe", None),
        tax_item: &items[0],
        charges: &charges,
    };
    let abroad = Abroad { currency: currency.to_owned(), time_zone: time_zone.to_owned() };
    let now = at("2026-09-15 01:00:00");
    draft_abroad(&request, abroad)
        .and_then(|draft| issued(draft, "BW-1", now, now))
        .map_err(|reject| reject.code())
}

fn values(document: &str, path: &str) -> Vec<String> {
    let all = leaves(document);
    let at = |leaf: &String| leaf.strip_prefix(&format!("{path}=")).map(str::to_owned);
    all.iter().filter_map(at).collect()
}

#[test]
fn tax_stands_by_category_and_rate_and_what_was_paid_is_not_due() {
    let exempt = item(0, Some(TaxCategory::Exempt), Some("by law"));
    let document =
        ubl(&in_berlin(&[item(1900, None, None), item(1900, None, None), exempt]).unwrap());
    let document = document.expect("it fits");
    // 9.00 ÷ 1.19 = 7.563 → 7.56 + 1.44, twice; and 9.00 exempt.
    let subtotal = "Invoice/cac:TaxTotal/cac:TaxSubtotal";
    assert_eq!(values(&document, &format!("{subtotal}/cbc:TaxableAmount")), ["15.12", "9.00"]);
    assert_eq!(values(&document, &format!("{subtotal}/cbc:TaxAmount")), ["2.88", "0.00"]);
    assert_eq!(values(&document, &format!("{subtotal}/cac:TaxCategory/cbc:ID")), ["S", "E"]);
    assert_eq!(
        values(&document, &format!("{subtotal}/cac:TaxCategory/cbc:Percent")),
        ["19.00", "0.00"]
    );
    let reason = format!("{subtotal}/cac:TaxCategory/cbc:TaxExemptionReason");
    assert_eq!(values(&document, &reason), ["by law"]);
    let total =
        |name: &str| values(&document, &format!("Invoice/cac:LegalMonetaryTotal/cbc:{name}"));
    assert_eq!(total("LineExtensionAmount"), ["24.12"]);
    assert_eq!(total("TaxInclusiveAmount"), ["27.00"]);
    assert_eq!(
        (total("PrepaidAmount"), total("PayableAmount")),
        (vec!["27.00".into()], vec!["0.00".into()])
    );
    assert_eq!(values(&document, "Invoice/cbc:InvoiceTypeCode"), ["380"]);
    // 01:00 in Beijing is the day before in Berlin.
    assert_eq!(values(&document, "Invoice/cbc:IssueDate"), ["2026-09-14"]);
    let scheme =
        "Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cac:TaxScheme/cbc:ID";
    assert_eq!(values(&document, scheme), ["VAT"]);
}

#[test]
fn a_red_fapiao_is_a_credit_note_with_amounts_above_0() {
    let now = at("2026-09-16 10:00:00");
    let red = red_in_full(&ask().issued(), &[], RedReason::ServiceStopped).unwrap();
    let red =
        issued(confirm(red, "62040026091600000001").unwrap(), "26622000000000000018", now, now)
            .unwrap();
    let document = ubl(&red).expect("it fits");
    assert_eq!(values(&document, "CreditNote/cbc:CreditNoteTypeCode"), ["381"]);
    assert_eq!(values(&document, "CreditNote/cbc:DocumentCurrencyCode"), ["CNY"]);
    let blue = "CreditNote/cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID";
    assert_eq!(values(&document, blue), [NUMBER]);
    assert_eq!(values(&document, "CreditNote/cac:TaxTotal/cbc:TaxAmount"), ["0.74"]);
    assert_eq!(
        values(&document, "CreditNote/cac:CreditNoteLine/cbc:LineExtensionAmount"),
        ["8.26"]
    );
    let scheme =
        "CreditNote/cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cac:TaxScheme/cbc:ID";
    assert_eq!(values(&document, scheme), ["TAX"], "a Chinese number has no prefix of its country");
}

#[test]
fn what_is_out_of_scope_has_no_rate_and_no_tax_number() {
    let out = item(0, Some(TaxCategory::OutOfScope), Some("public charge"));
    let document = ubl(&in_berlin(&[out]).unwrap()).expect("it fits");
    assert!(
        !document.contains("cbc:Percent") && !document.contains("PartyTaxScheme"),
        "{document}"
    );
    assert_eq!(values(&document, "Invoice/cac:TaxTotal/cbc:TaxAmount"), ["0.00"]);
}

#[test]
fn what_no_invoice_abroad_may_say_is_refused() {
    let standard = || item(1900, None, None);
    let out = || item(0, Some(TaxCategory::OutOfScope), Some("public charge"));
    let euro = ("EUR", "Europe/Berlin");
    for (country, number, place, items, code) in [
        ("DE", "DE123456789", ("DEM", "Europe/Berlin"), vec![standard()], "bad_currency"),
        ("DE", "DE123456789", ("EUR", "Berlin"), vec![standard()], "bad_time_zone"),
        ("UK", "GB123456789", ("GBP", "Europe/London"), vec![standard()], "bad_country"),
        ("DE", "123456789", euro, vec![standard()], "no_vat_prefix"),
        ("GR", "GR123456789", euro, vec![standard()], "no_vat_prefix"),
        ("DE", "DE 123", euro, vec![standard()], "bad_tax_id"),
        ("DE", "DE123456789", euro, vec![standard(), out()], "mixed_scope"),
        (
            "DE",
            "DE123456789",
            euro,
            vec![item(1900, Some(TaxCategory::Zero), None)],
            "bad_tax_rate",
        ),
        (
            "DE",
            "DE123456789",
            euro,
            vec![item(0, Some(TaxCategory::Standard), None)],
            "bad_tax_rate",
        ),
        (
            "DE",
            "DE123456789",
            euro,
            vec![item(0, Some(TaxCategory::Exempt), None)],
            "no_exemption_reason",
        ),
    ] {
        assert_eq!(
            in_country(country, number, place, &items).err(),
            Some(code),
            "{country} {number}"
        );
    }
    assert!(in_country("GR", "EL123456789", ("EUR", "Europe/Athens"), &[standard()]).is_ok());
    let issued = in_berlin(&[standard()]).unwrap();
    assert_eq!(xml(&issued).map_err(|r| r.code()), Err("not_a_fapiao"));
}
