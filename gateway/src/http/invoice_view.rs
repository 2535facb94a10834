//! An invoice as its driver sees it, and the title as a driver gives it.

use billing::invoice::TitleKind;
use serde::{Deserialize, Serialize};
use store::{InvoiceRow, Tx};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Timestamp;

use crate::drawn::Drawn;
use crate::flow::Outcome;
use crate::flow::request_invoice::Title;

/// Whose name the invoice bears. A company needs its taxpayer number.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvoiceTitle {
    pub(super) kind: InvoiceTitleKind,
    #[schema(example = "白银某某商贸有限公司")]
    pub(super) name: String,
    #[schema(example = "91350100M000100Y43")]
    pub(super) tax_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum InvoiceTitleKind {
    Person,
    Company,
}

/// `state` is `requested`, `submitted`, `issued`, `unsigned`, `rejected`, `void`; of a red one also `proposed`, `applied`,
/// `confirmed` and `withdrawn`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvoiceAsked {
    invoice_id: Uuid,
    #[schema(example = "requested")]
    state: String,
}

/// An invoice, or a red one that took one back, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvoiceView {
    #[serde(flatten)]
    asked: InvoiceAsked,
    /// `blue`, or `red` with amounts below 0.
    #[schema(example = "blue")]
    colour: String,
    /// `vat` for a fapiao, `non_tax` for a bill of the treasury.
    regime: String,
    order_ids: Vec<Uuid>,
    #[schema(example = 300)]
    gross_fen: i64,
    /// Null for a red one that is not drawn up yet.
    net_fen: Option<i64>,
    tax_fen: Option<i64>,
    /// 20 digits from the tax platform, once issued; of a bill its code and number, 18.
    invoice_number: Option<String>,
    /// Of a bill.
    check_code: Option<String>,
    /// Why it was refused.
    reject_reason: Option<String>,
    /// What it waits for: `login` of the operator at the tax office, `buyer`, `differs`.
    waits_for: Option<String>,
    /// Of a red one: what it takes back.
    original_id: Option<Uuid>,
    /// Of a red one: `goods_returned`, `issued_in_error`, `service_stopped`, `sales_allowance`.
    red_reason: Option<String>,
    /// The red ones that take it back, or are about to.
    red_ids: Vec<Uuid>,
    /// The formats it can be had in.
    #[schema(example = json!(["ofd", "pdf", "xml"]))]
    documents: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    issued_at: Option<Timestamp>,
}

impl InvoiceAsked {
    pub(super) fn of(row: &InvoiceRow) -> InvoiceAsked {
        InvoiceAsked { invoice_id: row.invoice_id, state: row.state.clone() }
    }
}

impl InvoiceView {
    /// What there is of a document for its driver.
    pub(super) async fn of(tx: &mut Tx, row: &InvoiceRow) -> Outcome<InvoiceView> {
        let orders = tx.orders_of_invoice(row.invoice_id).await?;
        let reds = tx.reds_of_invoice(row.invoice_id).await?;
        let documents = tx.documents(row.invoice_id).await?;
        let totals = Drawn::read(row)?.map(|drawn| drawn.totals());
        Ok(InvoiceView {
            asked: InvoiceAsked::of(row),
            colour: row.colour.clone(),
            regime: row.regime.clone(),
            order_ids: orders.iter().map(|order| order.order_id).collect(),
            gross_fen: row.gross_fen,
            net_fen: totals.map(|totals| totals.net.0),
            tax_fen: totals.map(|totals| totals.tax.0),
            invoice_number: row.invoice_number.clone(),
            check_code: row.check_code.clone(),
            reject_reason: row.reject_reason.clone(),
            waits_for: row.held.clone(),
            original_id: row.original_id,
            red_reason: Some(row.reason.clone()).filter(|reason| !reason.is_empty()),
            red_ids: reds.iter().map(|red| red.invoice_id).collect(),
            documents: documents.into_iter().map(|document| document.format).collect(),
            requested_at: Timestamp::from_ms(row.requested_at),
            issued_at: row.issued_at.map(Timestamp::from_ms),
        })
    }
}

impl InvoiceTitle {
    pub(super) fn title(&self) -> Title {
        let kind = match self.kind {
            InvoiceTitleKind::Person => TitleKind::Person,
            InvoiceTitleKind::Company => TitleKind::Company,
        };
        let tax_id = self.tax_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        Title { kind, name: self.name.trim().to_owned(), tax_id: tax_id.map(str::to_uppercase) }
    }
}
