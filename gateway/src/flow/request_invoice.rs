//! A driver asks for an invoice over paid orders: the draft is stored whole, and a job hands it in.
//!
//! Orders of different payees never share a document, and never more is invoiced than was paid.

use anyhow::Context;
use billing::invoice::{
    self, Charge, InvoiceReject, InvoiceRequest, Party, Regime, TaxItem, TitleKind,
};
use serde::{Deserialize, Serialize};
use store::{InvoiceOrderRow, InvoiceRow, OrderRow, PayeeRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Interval, Timestamp};

use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

/// Characters the tax platform takes in a remark.
const REMARK_LIMIT: usize = 230;
/// Invoices bear the day of Beijing.
const BEIJING_MS: i64 = 8 * 3_600_000;

/// Whose name an invoice bears.
#[derive(Clone, Debug)]
pub struct Title {
    pub kind: TitleKind,
    pub name: String,
    pub tax_id: Option<String>,
}

/// What a payee tells about itself as a seller, stored as `seller_json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seller {
    pub tax_id: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub bank: Option<String>,
    pub bank_account: Option<String>,
    /// Who draws invoices up.
    #[serde(default = "usual_drawer")]
    pub drawer: String,
    /// Tax code, short name and rate, each from a day on.
    pub tax_items: Vec<TaxItem>,
}

fn usual_drawer() -> String {
    "系统".into()
}

/// Stores a request inside the caller's transaction.
///
/// # Errors
/// `order_unknown`, `order_not_paid`, `payees_differ`, `too_many_orders`, or the reason of the draft
/// (`nothing_to_invoice`, `bad_tax_id`, …).
pub async fn request_invoice(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    order_ids: &[Uuid],
    title: &Title,
) -> Outcome<InvoiceRow> {
    let now = app.clock.city_now();
    let mut orders = own_paid_orders(tx, account, order_ids).await?;
    let first =
        orders.first().ok_or_else(|| Refusal::malformed("no_lines", "name at least one order"))?;
    if orders.iter().any(|o| o.payee_id != first.payee_id) {
        return Err(Refusal::refused(
            "payees_differ",
            "these orders belong to different payees; ask for one invoice each",
        ));
    }
    let payee = tx.payee(first.payee_id).await?.context("order without payee")?;
    let mut charges = Vec::with_capacity(orders.len());
    for order in &orders {
        charges.push(charge(tx, order).await?);
    }
    let draft = draft(&payee, title, &charges, now)?;
    let invoice = InvoiceRow {
        invoice_id: Uuid::now_v7(),
        operator_id: payee.operator_id,
        payee_id: payee.payee_id,
        account_id: account.0,
        regime: payee.regime.clone(),
        state: "requested".into(),
        request_no: Uuid::now_v7().simple().to_string(),
        draft_json: serde_json::to_string(&draft)?,
        gross_fen: draft.totals.gross.0,
        serial_no: None,
        invoice_number: None,
        reject_reason: None,
        requested_at: now.ms(),
        issued_at: None,
    };
    let mut covered = Vec::with_capacity(orders.len());
    for (order, line) in orders.iter_mut().zip(&draft.lines) {
        let gross_fen = line.totals.gross.0;
        order.invoiced_fen += gross_fen;
        tx.update_order(order).await?;
        covered.push(InvoiceOrderRow {
            invoice_id: invoice.invoice_id,
            order_id: order.order_id,
            gross_fen,
        });
    }
    tx.insert_invoice(&invoice, &covered).await?;
    let key = invoice.invoice_id.to_string();
    tx.enqueue(Kind::SubmitInvoice.name(), &key, invoice.invoice_id, app.clock.machine_now_ms())
        .await?;
    Ok(invoice)
}

/// Locked in id order, so that two requests over the same orders never wait for each other in a ring.
async fn own_paid_orders(
    tx: &mut Tx,
    account: AccountId,
    order_ids: &[Uuid],
) -> Outcome<Vec<OrderRow>> {
    let mut ids = order_ids.to_vec();
    ids.sort_unstable();
    let mut orders = Vec::with_capacity(ids.len());
    for id in ids {
        let order = tx.lock_order(id).await?.filter(|o| o.account_id == Some(account.0));
        let order =
            order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
        if order.state != "paid" {
            return Err(Refusal::conflict("order_not_paid", "an invoice is made for paid orders"));
        }
        orders.push(order);
    }
    Ok(orders)
}

/// A pass stands on an invoice with its plate, its name, and the time that it holds.
async fn pass_charge(tx: &mut Tx, order: &OrderRow) -> Outcome<Charge> {
    let pass = tx.pass(order.subject_id).await?.context("order without pass")?;
    let times = pass.valid_from_at.zip(pass.valid_to_at);
    let (from, to) = times.ok_or_else(|| {
        Refusal::conflict("order_not_paid", "the pass begins in a moment; ask again")
    })?;
    let valid = Interval::new(Timestamp::from_ms(from), Timestamp::from_ms(to));
    let product = tx.lock_pass_product(pass.product_id).await?.context("pass without product")?;
    Ok(Charge {
        order: order.order_id.to_string(),
        plate: tx.pass_plate_now(pass.pass_id).await?,
        place: product.name,
        site: None,
        tax_item: None,
        stay: valid.context("a pass that ends before it begins")?,
        paid: vocabulary::Fen(order.paid_fen),
        refunded: vocabulary::Fen(order.refunding_fen + order.refunded_fen),
        invoiced: vocabulary::Fen(order.invoiced_fen),
    })
}

async fn charge(tx: &mut Tx, order: &OrderRow) -> Outcome<Charge> {
    if order.subject_kind == "pass" {
        return pass_charge(tx, order).await;
    }
    let visit = tx.visit(order.subject_id).await?.context("order without visit")?;
    let stays = tx.stays_of_visit(visit.visit_id).await?;
    // The times of the bill, so that invoice and bill say the same.
    let bill = tx.bill_revision(order.order_id, order.holding_revision).await?;
    let bill = bill.context("paid order without bill")?;
    let case: billing::Case = serde_json::from_str(&bill.case_json)?;
    let from = case.intervals.first().context("bill of no time")?.start_at();
    let to = case.intervals.last().context("bill of no time")?.end_at();
    let place = match stays.first() {
        Some(stay) => {
            tx.terms(stay.bay_id, stay.arrived_at).await?.map_or_else(String::new, |t| t.street)
        }
        None => String::new(),
    };
    Ok(Charge {
        order: order.order_id.to_string(),
        plate: Some(visit.plate),
        place,
        site: None,
        tax_item: None,
        stay: Interval::new(from, to).context("a stay that ends before it begins")?,
        paid: vocabulary::Fen(order.paid_fen),
        refunded: vocabulary::Fen(order.refunding_fen + order.refunded_fen),
        invoiced: vocabulary::Fen(order.invoiced_fen),
    })
}

fn draft(
    payee: &PayeeRow,
    title: &Title,
    charges: &[Charge],
    now: Timestamp,
) -> Outcome<invoice::Draft> {
    let seller: Seller = serde_json::from_str(&payee.seller_json)?;
    let day = now.plus_ms(BEIJING_MS).utc().date_naive();
    let tax_item = invoice::tax_item_on(&seller.tax_items, day)
        .ok_or_else(|| Refusal::refused("no_tax_item", "the payee has no tax item for today"))?;
    let request = InvoiceRequest {
        regime: Regime::from_name(&payee.regime).context("unknown regime")?,
        seller: &Party {
            address: seller.address.clone(),
            phone: seller.phone.clone(),
            bank: seller.bank.clone(),
            bank_account: seller.bank_account.clone(),
            ..Party::named(TitleKind::Company, &payee.name, Some(&seller.tax_id))
        },
        drawer: &seller.drawer,
        buyer: &Party::named(title.kind, &title.name, title.tax_id.as_deref()),
        tax_item,
        charges,
    };
    let draft = invoice::draft(&request).map_err(|reject: InvoiceReject| {
        let code = reject.code();
        Refusal::refused(code, reject.to_string())
    })?;
    if draft.remark.chars().count() > REMARK_LIMIT {
        return Err(Refusal::refused(
            "too_many_orders",
            "the stays do not fit into one invoice; choose fewer orders",
        ));
    }
    Ok(draft)
}
