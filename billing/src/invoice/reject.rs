//! Why there is no document: a name that programs can rely on, and words for people.

use vocabulary::FenReject;

use super::{LINES_LIMIT, TEXT_LIMIT};

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceReject {
    /// A fapiao over money of the non-tax regime; `draft_non_tax` draws its bill up.
    #[error("money of the treasury gets a non-tax bill, not a fapiao")]
    RegimeNotIssued,
    /// An invoice outside China has no fapiao XML.
    #[error("only a fapiao has this form; an invoice abroad is UBL")]
    NotAFapiao,
    /// Nothing was asked for.
    #[error("a document has at least one line")]
    NoLines,
    /// More than `LINES_LIMIT` lines.
    #[error("a document has at most {LINES_LIMIT} lines")]
    TooManyLines,
    /// Nothing of this order is left to be invoiced.
    #[error("nothing of order {order} is left to be invoiced")]
    NothingToInvoice {
        /// Which order.
        order: String,
    },
    /// The same order twice.
    #[error("order {order} is named twice")]
    RepeatedOrder {
        /// Which order.
        order: String,
    },
    /// A text that must be there is empty.
    #[error("{field} is missing")]
    Missing {
        /// Which text.
        field: &'static str,
    },
    /// A text is longer than `TEXT_LIMIT`, or a remark longer than `REMARK_LIMIT`.
    #[error("{field} is too long: at most {limit} characters", limit = limit(.field))]
    TooLong {
        /// Which text.
        field: &'static str,
    },
    /// A text holds a control character, a byte order mark, a separator of lines or a mark that turns the direction.
    #[error("{field} holds a control character, which no document may hold")]
    IllegalCharacter {
        /// Which text.
        field: &'static str,
    },
    /// A taxpayer number that cannot be one.
    #[error("{field} is no taxpayer number: 15, 18 or 20 digits and capital letters")]
    BadTaxId {
        /// Seller's or buyer's.
        field: &'static str,
    },
    /// A tax number that no country gives.
    #[error("{field} is no tax number: 2 to 20 digits and capital letters")]
    BadTaxIdAbroad {
        /// Seller's or buyer's.
        field: &'static str,
    },
    /// A tax item's code that does not have 19 digits.
    #[error("a tax code has 19 digits")]
    BadTaxCode,
    /// A rate above 100 %, or 0 where tax is due, or above 0 where none is.
    #[error("the rate does not go with its tax category")]
    BadTaxRate,
    /// A tax item that holds from a day on after the document's.
    #[error("the tax item holds from a later day on than the document's")]
    TaxItemNotValidYet,
    /// Asked for after it was issued.
    #[error("nothing is issued before it is asked for")]
    RequestedAfterIssued,
    /// Exempt and out of scope are not written into a fapiao: how is not published.
    #[error("this tax category is for invoices abroad")]
    TaxCategoryAbroad,
    /// Exempt or out of scope without a reason.
    #[error("say why no tax is due: exemption_reason")]
    NoExemptionReason,
    /// Lines out of the tax's scope beside lines within.
    #[error("what is out of the tax's scope has a document of its own")]
    MixedScope,
    /// The platform's number does not have 20 digits.
    #[error("an invoice number has 20 digits")]
    BadInvoiceNumber,
    /// The number of the document that is taken back cannot be one.
    #[error("the number of the document that is taken back cannot be one")]
    BadReference,
    /// The number of the confirmation form does not have 20 digits.
    #[error("the number of a confirmation form (红字发票信息确认单) has 20 digits")]
    BadConfirmationNumber,
    /// A red fapiao that nobody confirmed yet.
    #[error("a red fapiao needs the number of its confirmation form")]
    NotConfirmed,
    /// A red document that does not name the one it takes back.
    #[error("a red document names the one it takes back, and why: red")]
    NoRedReference,
    /// A blue document that takes another back.
    #[error("a blue document takes nothing back: leave red out")]
    RedReferenceOnBlue,
    /// `confirm` of what is no red fapiao.
    #[error("only a red fapiao is confirmed")]
    NotRed,
    /// A non-tax bill's code or number with another count of digits.
    #[error("a non-tax bill has a code of 8 digits and a number of 10 digits")]
    BadBillNumber,
    /// A number that no document outside China and no receipt bears.
    #[error(
        "the number is 1 to 40 letters, digits, dots, hyphens and underscores, and begins with no dot and no hyphen"
    )]
    BadDocumentNumber,
    /// No code of ISO 4217; a fapiao is in CNY.
    #[error("{currency} is no currency for this document")]
    BadCurrency {
        /// What was given.
        currency: String,
    },
    /// No name of the IANA time zone database; a fapiao bears Beijing's time.
    #[error("{name} is no time zone for this document")]
    BadTimeZone {
        /// What was given.
        name: String,
    },
    /// No code of ISO 3166-1.
    #[error("{field} is no country of ISO 3166-1, two capital letters")]
    BadCountry {
        /// Seller's or buyer's.
        field: &'static str,
    },
    /// The tax number of a seller in Europe without the prefix of its country.
    #[error("{field} must begin with the code of its country")]
    NoVatPrefix {
        /// Seller's or buyer's.
        field: &'static str,
    },
    /// A part of a unit in a currency that has none (ISO 4217).
    #[error("{currency} has no smaller unit: amounts are whole, multiples of 100 here")]
    PartOfUnit {
        /// The currency.
        currency: String,
    },
    /// An amount that must be above 0 (red: below 0).
    #[error("amounts are above 0 on a blue document and below 0 on a red one")]
    WrongSign,
    /// A line's net and tax are not its gross amount.
    #[error("net and tax are not the gross amount")]
    LineDoesNotAddUp,
    /// A line's net is not what the rate makes of its gross amount.
    #[error("net is not the gross amount without the tax of its rate, half a fen up")]
    NetDoesNotFitRate,
    /// The head is not the sum of the lines.
    #[error("the head is not the sum of the lines")]
    HeadIsNotTheSum,
    /// A red document takes more back than there is left of a line.
    #[error("more of order {order} is taken back than its document still carries")]
    ReversesTooMuch {
        /// Which order.
        order: String,
    },
    /// Nothing is left to be taken back.
    #[error("nothing is left to be taken back")]
    NothingToReverse,
    /// An order that is not on the document to be taken back.
    #[error("order {order} is not on the document that is taken back")]
    OrderNotCovered {
        /// Which order.
        order: String,
    },
    /// An amount does not fit.
    #[error("the amount does not fit")]
    Overflow,
}

fn limit(field: &str) -> usize {
    if field == "remark" { super::REMARK_LIMIT } else { TEXT_LIMIT }
}

impl InvoiceReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            InvoiceReject::RegimeNotIssued => "regime_not_issued",
            InvoiceReject::NotAFapiao => "not_a_fapiao",
            InvoiceReject::NoLines => "no_lines",
            InvoiceReject::TooManyLines => "too_many_lines",
            InvoiceReject::NothingToInvoice { .. } => "nothing_to_invoice",
            InvoiceReject::RepeatedOrder { .. } => "repeated_order",
            InvoiceReject::Missing { .. } => "missing_text",
            InvoiceReject::TooLong { .. } => "text_too_long",
            InvoiceReject::IllegalCharacter { .. } => "illegal_character",
            InvoiceReject::BadTaxId { .. } | InvoiceReject::BadTaxIdAbroad { .. } => "bad_tax_id",
            InvoiceReject::BadTaxCode => "bad_tax_code",
            InvoiceReject::BadTaxRate => "bad_tax_rate",
            InvoiceReject::TaxItemNotValidYet => "tax_item_not_valid_yet",
            InvoiceReject::RequestedAfterIssued => "requested_after_issued",
            InvoiceReject::TaxCategoryAbroad => "tax_category_abroad",
            InvoiceReject::NoExemptionReason => "no_exemption_reason",
            InvoiceReject::MixedScope => "mixed_scope",
            InvoiceReject::BadInvoiceNumber => "bad_invoice_number",
            InvoiceReject::BadReference => "bad_reference",
            InvoiceReject::BadConfirmationNumber => "bad_confirmation_number",
            InvoiceReject::NotConfirmed => "not_confirmed",
            InvoiceReject::NoRedReference => "no_red_reference",
            InvoiceReject::RedReferenceOnBlue => "red_reference_on_blue",
            InvoiceReject::NotRed => "not_red",
            InvoiceReject::BadBillNumber => "bad_bill_number",
            InvoiceReject::BadDocumentNumber => "bad_document_number",
            InvoiceReject::BadCurrency { .. } => "bad_currency",
            InvoiceReject::BadTimeZone { .. } => "bad_time_zone",
            InvoiceReject::BadCountry { .. } => "bad_country",
            InvoiceReject::NoVatPrefix { .. } => "no_vat_prefix",
            InvoiceReject::PartOfUnit { .. } => "part_of_unit",
            InvoiceReject::WrongSign => "wrong_sign",
            InvoiceReject::LineDoesNotAddUp => "line_does_not_add_up",
            InvoiceReject::NetDoesNotFitRate => "net_does_not_fit_rate",
            InvoiceReject::HeadIsNotTheSum => "head_is_not_the_sum",
            InvoiceReject::ReversesTooMuch { .. } => "reverses_too_much",
            InvoiceReject::NothingToReverse => "nothing_to_reverse",
            InvoiceReject::OrderNotCovered { .. } => "order_not_covered",
            InvoiceReject::Overflow => "overflow",
        }
    }
}

impl From<FenReject> for InvoiceReject {
    fn from(_: FenReject) -> Self {
        InvoiceReject::Overflow
    }
}
