//! A fapiao, blue or red, as `EInvoice` XML, version 0.33.
//!
//! There is no public schema: names and order follow published samples (Ministry of Finance pilot
//! and provincial files; `TotalTax-includedAmount` and `TotaltaxIncludedAmount` are really spelt
//! so). The area tag is `SWEI`, the province in the number's third and fourth digit, and 00, as in
//! every sample; the seller is taken to be a general taxpayer (no sample shows another label). Left out because we have no
//! truth for them: the seller's authentication, the tax bureau's code and name, its signature, and
//! an element for parking inside `SpecificInformation`. A red line has no quantity and no price, as
//! a published line below 0 has none.

use vocabulary::Timestamp;

use super::element::Markup;
use super::lease::BEIJING;
use super::red::RedReference;
use super::{Draft, InvoiceLine, InvoiceReject, Issued, Party, amount_in_words};
use crate::text::local;

const VERSION: &str = "0.33";

/// The document, UTF-8. Its texts hold nothing that XML 1.0 cannot: `Issued` was checked.
///
/// # Errors
/// `NotAFapiao` for an invoice outside China.
pub fn xml(issued: &Issued) -> Result<String, InvoiceReject> {
    if issued.draft().abroad.is_some() {
        return Err(InvoiceReject::NotAFapiao);
    }
    let mut markup = Markup::new();
    markup.element("EInvoice", |m| {
        header(m, issued);
        m.element("EInvoiceData", |m| data(m, issued));
        m.element("TaxSupervisionInfo", |m| {
            m.leaf("InvoiceNumber", issued.number());
            m.leaf("IssueTime", &beijing(issued.issued_at(), "%Y-%m-%d"));
        });
    });
    Ok(markup.finish())
}

fn header(m: &mut Markup, issued: &Issued) {
    let blue = if issued.draft().red.is_some() { "N" } else { "Y" };
    m.element("Header", |m| {
        m.leaf("EIid", issued.number());
        let province = issued.number().get(2..4).unwrap_or_default();
        m.leaf("EInvoiceTag", &format!("SWEI{province}00"));
        m.leaf("Version", VERSION);
        m.element("InherentLabel", |m| {
            for (name, code, label) in [
                ("InIssuType", blue, "是否蓝字发票标志"),
                ("EInvoiceType", "01", "电子发票"),
                ("GeneralOrSpecialVAT", "02", "普通发票"),
                ("TaxpayerType", "1", "一般纳税人"),
            ] {
                m.element(name, |m| {
                    m.leaf("LabelCode", code);
                    m.leaf("LabelName", label);
                });
            }
        });
    });
}

fn data(m: &mut Markup, issued: &Issued) {
    let draft = issued.draft();
    m.element("SellerInformation", |m| party(m, &draft.seller, SELLER));
    m.element("BuyerInformation", |m| party(m, &draft.buyer, BUYER));
    m.element("BasicInformation", |m| basics(m, draft, issued.requested_at()));
    for line in &draft.lines {
        m.element("IssuItemInformation", |m| item(m, line, draft.red.is_some()));
    }
    match &draft.red {
        Some(red) => m.element("SpecificInformation", |m| taken_back(m, red)),
        None => m.leaf("SpecificInformation", ""),
    }
    m.element("AdditionalInformation", |m| m.leaf("Remark", &draft.remark));
}

fn basics(m: &mut Markup, draft: &Draft, requested_at: Timestamp) {
    let gross = draft.totals.gross;
    m.leaf("TotalAmWithoutTax", &draft.totals.net.yuan());
    m.leaf("TotalTaxAm", &draft.totals.tax.yuan());
    m.leaf("TotalTax-includedAmount", &gross.yuan());
    m.leaf("TotalTax-includedAmountInChinese", &amount_in_words(gross));
    m.leaf("Drawer", &draft.drawer);
    m.leaf("RequestTime", &beijing(requested_at, "%Y-%m-%d %H:%M:%S"));
}

fn taken_back(m: &mut Markup, red: &RedReference) {
    m.element("RedEInvoice", |m| {
        m.leaf("OriginalInvoiceCode", &red.blue_number);
        m.leaf("CreditNoteNumber", red.confirmation_number.as_deref().unwrap_or_default());
    });
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

fn party(m: &mut Markup, party: &Party, names: PartyNames) {
    let [id, name, address, phone, bank, account] = names;
    for (element, value) in [
        (id, party.tax_id.as_deref()),
        (name, Some(party.name.as_str())),
        (address, party.address.as_deref()),
        (phone, party.phone.as_deref()),
        (bank, party.bank.as_deref()),
        (account, party.bank_account.as_deref()),
    ] {
        if let Some(value) = value {
            m.leaf(element, value);
        }
    }
}

fn item(m: &mut Markup, line: &InvoiceLine, red: bool) {
    let net = line.totals.net.yuan();
    m.leaf("ItemName", &line.tax_item.item_name());
    if !red {
        m.leaf("MeaUnits", "次");
        m.leaf("Quantity", "1");
        m.leaf("UnPrice", &net);
    }
    m.leaf("Amount", &net);
    m.leaf("TaxRate", &line.tax_item.rate_text());
    m.leaf("ComTaxAm", &line.totals.tax.yuan());
    m.leaf("TotaltaxIncludedAmount", &line.totals.gross.yuan());
    m.leaf("TaxClassificationCode", &line.tax_item.code);
}

fn beijing(at: Timestamp, form: &str) -> String {
    local(at, BEIJING).format(form).to_string()
}
