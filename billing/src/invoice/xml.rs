//! The issued invoice as `EInvoice` XML, version 0.33.
//!
//! There is no public schema: names and order follow published samples (Ministry of Finance pilot
//! and provincial files; `TotalTax-includedAmount` and `TotaltaxIncludedAmount` are really spelt
//! so). `SWEI` + 6200 for Gansu is derived from other provinces' tags; the seller is taken to be a
//! general taxpayer (no sample shows another label). Left out because we have no
//! truth for them: the seller's authentication, the tax bureau's code and name, its signature.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use vocabulary::Timestamp;

use super::{InvoiceLine, InvoiceReject, Issued, Party, amount_in_words, party, remark};
use crate::text::local;

const AREA_TAG: &str = "SWEI6200";
const VERSION: &str = "0.33";

/// The document, UTF-8.
///
/// # Errors
/// `IllegalCharacter` if a text holds what XML 1.0 cannot (one drawn up by `draft` never does).
pub fn xml(issued: &Issued) -> Result<String, InvoiceReject> {
    let mut document = Document { writer: Writer::new_with_indent(Vec::new(), b' ', 2) };
    document.write(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
    document.element("EInvoice", |document| {
        header(document, issued);
        document.element("EInvoiceData", |document| data(document, issued));
        document.element("TaxSupervisionInfo", |document| {
            document.leaf("InvoiceNumber", &issued.invoice_number);
            document.leaf("IssueTime", &beijing(issued.issued_at, "%Y-%m-%d"));
        });
    });
    let text = String::from_utf8(document.writer.into_inner()).expect("only text was written");
    if text.chars().all(is_legal) {
        Ok(text)
    } else {
        Err(InvoiceReject::IllegalCharacter { field: "invoice" })
    }
}

/// XML 1.0 §2.2.
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..) && !party::is_noncharacter(c)
}

fn header(document: &mut Document, issued: &Issued) {
    document.element("Header", |document| {
        document.leaf("EIid", &issued.invoice_number);
        document.leaf("EInvoiceTag", AREA_TAG);
        document.leaf("Version", VERSION);
        document.element("InherentLabel", |document| {
            for (name, code, label) in [
                ("InIssuType", "Y", "是否蓝字发票标志"),
                ("EInvoiceType", "01", "电子发票"),
                ("GeneralOrSpecialVAT", "02", "普通发票"),
                ("TaxpayerType", "1", "一般纳税人"),
            ] {
                document.element(name, |document| {
                    document.leaf("LabelCode", code);
                    document.leaf("LabelName", label);
                });
            }
        });
    });
}

fn data(document: &mut Document, issued: &Issued) {
    let draft = &issued.draft;
    document.element("SellerInformation", |d| party_details(d, &draft.seller, SELLER));
    document.element("BuyerInformation", |d| party_details(d, &draft.buyer, BUYER));
    document.element("BasicInformation", |document| {
        let gross = draft.totals.gross;
        document.leaf("TotalAmWithoutTax", &draft.totals.net.yuan());
        document.leaf("TotalTaxAm", &draft.totals.tax.yuan());
        document.leaf("TotalTax-includedAmount", &gross.yuan());
        document.leaf("TotalTax-includedAmountInChinese", &amount_in_words(gross));
        document.leaf("Drawer", &draft.drawer);
        document.leaf("RequestTime", &beijing(issued.requested_at, "%Y-%m-%d %H:%M:%S"));
    });
    for line in &draft.lines {
        document.element("IssuItemInformation", |document| item(document, line));
    }
    document.leaf("SpecificInformation", "");
    document.element("AdditionalInformation", |document| document.leaf("Remark", &draft.remark));
}

/// Element names in the order of the samples.
type PartyNames = [&'static str; 6];

const SELLER: PartyNames = [
    "SellerIdNum",
    "SellerName",
    "SellerAddr",
    "SellerTelNum",
    "SellerBankName",
    "SellerBankAccNum",
];
const BUYER: PartyNames =
    ["BuyerIdNum", "BuyerName", "BuyerAddr", "BuyerTelNum", "BuyerBankName", "BuyerBankAccNum"];

fn party_details(document: &mut Document, party: &Party, names: PartyNames) {
    let [id, name, address, phone, bank, account] = names;
    for (element, value) in [
        (id, &party.tax_id),
        (name, &Some(party.name.clone())),
        (address, &party.address),
        (phone, &party.phone),
        (bank, &party.bank),
        (account, &party.bank_account),
    ] {
        if let Some(value) = value {
            document.leaf(element, value);
        }
    }
}

fn item(document: &mut Document, line: &InvoiceLine) {
    let net = line.totals.net.yuan();
    document.leaf("ItemName", &line.tax_item.item_name());
    document.leaf("MeaUnits", "次");
    document.leaf("Quantity", "1");
    document.leaf("UnPrice", &net);
    document.leaf("Amount", &net);
    document.leaf("TaxRate", &line.tax_item.rate_text());
    document.leaf("ComTaxAm", &line.totals.tax.yuan());
    document.leaf("TotaltaxIncludedAmount", &line.totals.gross.yuan());
    document.leaf("TaxClassificationCode", &line.tax_item.code);
}

fn beijing(at: Timestamp, form: &str) -> String {
    local(at, remark::BEIJING).format(form).to_string()
}

struct Document {
    writer: Writer<Vec<u8>>,
}

impl Document {
    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to memory cannot fail");
    }

    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.write(Event::Start(BytesStart::new(name)));
        content(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    fn leaf(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            self.write(Event::Empty(BytesStart::new(name)));
            return;
        }
        self.element(name, |document| document.write(Event::Text(BytesText::new(text))));
    }
}
