//! Made-up documents of every kind.

use billing::invoice::{
    Abroad, Charge, Document, InvoiceRequest, Issued, NonTaxBill, NonTaxItem, NonTaxRequest,
    PaidLine, Party, ReceiptContent, RedReason, Regime, Site, TaxItem, TitleKind, confirm,
    demo_tax_items, draft, draft_abroad, draft_non_tax, issued, issued_non_tax, receipt,
    red_in_full, red_non_tax,
};
use vocabulary::{Fen, Interval, Timestamp};

pub(super) const LONG_NAME: &str = "某某市城市停车场建设运营管理有限责任公司第一分公司（道路停车管理中心）Baiyin \
                         Municipal Parking Operation and Construction Management Company Limited";

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("it is a time")
}

pub(super) fn seller() -> Party {
    Party {
        address: Some("甘肃省白银市白银区人民路1号".to_owned()),
        phone: Some("0943-8200000".to_owned()),
        bank: Some("示例银行白银分行".to_owned()),
        bank_account: Some("6200000000000000000".to_owned()),
        ..Party::named(TitleKind::Company, "示例停车管理有限公司", Some("91620400MA00000000"))
    }
}

pub(super) fn buyer(name: &str) -> Party {
    Party::named(TitleKind::Company, name, Some("91620400MA11111111"))
}

/// An order of so many fen; each has its own day, plate and place.
pub(super) fn charge(number: usize, paid: i64) -> Charge {
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

pub(super) fn charges(count: usize) -> Vec<Charge> {
    let fen = |number: usize| 137 * i64::try_from(number).expect("it is small") + 1;
    (1..=count).map(|number| charge(number, fen(number))).collect()
}

pub(super) fn item() -> TaxItem {
    demo_tax_items().remove(0)
}

pub(super) fn blue(charges: &[Charge], buyer: &Party) -> Issued {
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

pub(super) fn red(charges: &[Charge]) -> Document {
    let blue = blue(charges, &buyer("示例科技有限公司"));
    let draft = red_in_full(&blue, &[], RedReason::IssuedInError).expect("nothing is taken back");
    let draft = confirm(draft, "62042609001000000001").expect("20 digits");
    let at = at("2026-10-08T09:30:00+08:00");
    Document::Invoice(issued(draft, "26622000000000000002", at, at).expect("it is whole"))
}

pub(super) fn bill(charges: &[Charge]) -> NonTaxBill {
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

pub(super) fn paid(charges: &[Charge], currency: &str) -> Document {
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

pub(super) fn abroad(charges: &[Charge]) -> Document {
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
pub(super) fn kinds(count: usize) -> Vec<Document> {
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
