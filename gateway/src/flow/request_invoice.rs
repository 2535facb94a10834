//! A driver asks for an invoice over paid orders: the draft is stored whole, and a job hands it in.
//!
//! Orders of different payees never share a document, and never more is invoiced than was paid and kept. Money of the
//! treasury gets a non-tax bill instead of a fapiao.

use anyhow::Context;
use billing::invoice::{
    self, Charge, InvoiceReject, InvoiceRequest, NonTaxItem, NonTaxRequest, Party, Regime, Site,
    TaxItem, TitleKind,
};
use billing::issuing::{Colour, IssueState};
use billing::ledger::city_day;
use serde::{Deserialize, Serialize};
use store::{InvoiceMailRow, InvoiceOrderRow, InvoiceRow, OrderRow, PayeeRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen, Interval, Timestamp};

use super::move_order::order_of;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::drawn::Drawn;
use crate::job::Kind;

/// Whose name an invoice bears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    pub kind: TitleKind,
    pub name: String,
    pub tax_id: Option<String>,
}

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub title: &'a Title,
    /// Where its documents are mailed to.
    pub mail: Option<&'a str>,
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
    #[serde(default)]
    region: Option<Region>,
}

/// Where a payee's streets lie; a document says it of each line, and a tax platform wants it for leased ground.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Region {
    province: String,
    city: String,
    district: String,
    /// Whether the ground reaches into another city.
    #[serde(default)]
    cross_city: bool,
}

/// What a payee of the treasury's money tells about itself as an issuer, stored as `seller_json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BillIssuer {
    tax_id: Option<String>,
    #[serde(default = "usual_drawer")]
    drawer: String,
    /// What a line of its bills is called, and the treasury's code for it.
    #[serde(default = "usual_bill_item")]
    bill_item: NonTaxItem,
    #[serde(default)]
    region: Option<Region>,
}

impl Region {
    fn site(&self, street: &str) -> Site {
        Site {
            province: self.province.clone(),
            city: self.city.clone(),
            district: self.district.clone(),
            address: street.to_owned(),
            cross_city: self.cross_city,
        }
    }
}

fn usual_drawer() -> String {
    "系统".into()
}

fn usual_bill_item() -> NonTaxItem {
    NonTaxItem { code: None, name: "机动车停放服务费".into() }
}

impl Title {
    fn party(&self) -> Party {
        Party::named(self.kind, &self.name, self.tax_id.as_deref())
    }
}

/// Refuses a title that no document can bear, and a company's number with a slip of the pen in it.
///
/// # Errors
/// `bad_tax_id`, `tax_id_check_digit`, `missing_text`, `text_too_long`, `illegal_character`.
pub fn check_title(regime: Regime, title: &Title) -> Outcome<()> {
    let number = title.tax_id.as_deref().filter(|_| title.kind == TitleKind::Company);
    if let Some(doubt) = number.and_then(invoice::doubt_tax_number) {
        return Err(Refusal::refused(doubt.code(), doubt.to_string()));
    }
    title.party().check_title(regime).map_err(|reject| refused(&reject))
}

fn refused(reject: &InvoiceReject) -> Refusal {
    Refusal::refused(reject.code(), reject.to_string())
}

/// Stores a request inside the caller's transaction.
///
/// # Errors
/// `order_unknown`, `order_not_paid`, `top_up_not_invoiced`, `payees_differ`, or the reason of the draft
/// (`nothing_to_invoice`, `bad_tax_id`, …).
pub async fn request_invoice(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    order_ids: &[Uuid],
    wanted: &Wanted<'_>,
) -> Outcome<InvoiceRow> {
    let now = app.clock.city_now();
    let mut orders = own_paid_orders(tx, account, order_ids).await?;
    let first =
        orders.first().ok_or_else(|| Refusal::malformed("no_lines", "name at least one order"))?;
    if orders.iter().any(|o| o.payee_id != first.payee_id || o.regime != first.regime) {
        return Err(Refusal::refused(
            "payees_differ",
            "these orders belong to different payees; ask for one invoice each",
        ));
    }
    let regime = Regime::from_name(&first.regime).context("unknown regime")?;
    check_title(regime, wanted.title)?;
    let payee = tx.payee(first.payee_id).await?.context("order without payee")?;
    let region = region_of(regime, &payee)?;
    let mut charges = Vec::with_capacity(orders.len());
    for order in &orders {
        charges.push(charge(tx, order, region.as_ref()).await?);
    }
    let drawn = draw(regime, &payee, wanted.title, &charges, now)?;
    let invoice = InvoiceRow {
        invoice_id: Uuid::now_v7(),
        operator_id: payee.operator_id,
        payee_id: payee.payee_id,
        account_id: account.0,
        regime: regime.name().into(),
        colour: Colour::Blue.name().into(),
        state: IssueState::Requested.name().into(),
        request_no: Uuid::now_v7().simple().to_string(),
        draft_json: drawn.json()?,
        gross_fen: drawn.totals().gross.0,
        requested_at: now.ms(),
        changed_at: now.ms(),
        asked_by: "driver".into(),
        ..InvoiceRow::default()
    };
    let mut covered = Vec::with_capacity(orders.len());
    for (order, (_, gross)) in orders.iter_mut().zip(drawn.lines()) {
        order.invoiced_fen += gross.0;
        tx.update_order(order).await?;
        covered.push(InvoiceOrderRow {
            invoice_id: invoice.invoice_id,
            order_id: order.order_id,
            gross_fen: gross.0,
        });
    }
    tx.insert_invoice(&invoice, &covered).await?;
    if let Some(address) = wanted.mail {
        tx.insert_invoice_mail(&mail_to(invoice.invoice_id, address, now)).await?;
    }
    let key = invoice.invoice_id.to_string();
    tx.enqueue(Kind::SubmitInvoice.name(), &key, invoice.invoice_id, app.clock.machine_now_ms())
        .await?;
    Ok(invoice)
}

/// A mail that waits for the documents of an invoice.
pub(crate) fn mail_to(invoice_id: Uuid, address: &str, now: Timestamp) -> InvoiceMailRow {
    InvoiceMailRow {
        mail_id: Uuid::now_v7(),
        invoice_id,
        address: address.to_owned(),
        state: "waiting".into(),
        asked_at: now.ms(),
        sent_at: None,
        failure: None,
    }
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
        if order.subject_kind == "top_up" {
            let detail = "a top-up is no service: what is paid from the balance is invoiced";
            return Err(Refusal::refused("top_up_not_invoiced", detail));
        }
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
        paid: Fen(order.paid_fen),
        refunded: given_back(order)?,
        invoiced: Fen(order.invoiced_fen),
    })
}

/// What may still be invoiced of an order as it stands: paid less what goes back less what documents carry. 0 unless it is
/// paid, and for a top-up, which is no service.
///
/// # Errors
/// When its amounts do not fit.
pub fn invoiceable(order: &OrderRow) -> anyhow::Result<Fen> {
    if order.state != "paid" || order.subject_kind == "top_up" {
        return Ok(Fen::ZERO);
    }
    let left = Fen(order.paid_fen).minus(given_back(order)?)?.minus(Fen(order.invoiced_fen))?;
    Ok(left.max(Fen::ZERO))
}

/// What went back, is on its way back, or is to go back.
fn given_back(order: &OrderRow) -> anyhow::Result<Fen> {
    Ok(Fen(order.refunding_fen + order.refunded_fen).plus(order_of(order)?.credit()?)?)
}

fn region_of(regime: Regime, payee: &PayeeRow) -> anyhow::Result<Option<Region>> {
    Ok(match regime {
        Regime::Vat => serde_json::from_str::<Seller>(&payee.seller_json)?.region,
        Regime::NonTax => serde_json::from_str::<BillIssuer>(&payee.seller_json)?.region,
    })
}

async fn charge(tx: &mut Tx, order: &OrderRow, region: Option<&Region>) -> Outcome<Charge> {
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
        site: region.filter(|_| !place.is_empty()).map(|region| region.site(&place)),
        place,
        tax_item: None,
        stay: Interval::new(from, to).context("a stay that ends before it begins")?,
        paid: Fen(order.paid_fen),
        refunded: given_back(order)?,
        invoiced: Fen(order.invoiced_fen),
    })
}

fn draw(
    regime: Regime,
    payee: &PayeeRow,
    title: &Title,
    charges: &[Charge],
    now: Timestamp,
) -> Outcome<Drawn> {
    let buyer = title.party();
    match regime {
        Regime::Vat => {
            let seller: Seller = serde_json::from_str(&payee.seller_json)?;
            let tax_item =
                invoice::tax_item_on(&seller.tax_items, city_day(now)).ok_or_else(|| {
                    Refusal::refused("no_tax_item", "the payee has no tax item for today")
                })?;
            let request = InvoiceRequest {
                regime,
                seller: &seller_party(&payee.name, &seller),
                drawer: &seller.drawer,
                buyer: &buyer,
                tax_item,
                charges,
            };
            invoice::draft(&request).map(Drawn::Fapiao).map_err(|reject| refused(&reject))
        }
        Regime::NonTax => {
            let issuer: BillIssuer = serde_json::from_str(&payee.seller_json)?;
            let tax_id = issuer.tax_id.as_deref();
            let request = NonTaxRequest {
                issuer: &Party::named(TitleKind::Company, &payee.name, tax_id),
                drawer: &issuer.drawer,
                payer: &buyer,
                item: &issuer.bill_item,
                charges,
            };
            invoice::draft_non_tax(&request).map(Drawn::Bill).map_err(|reject| refused(&reject))
        }
    }
}

fn seller_party(name: &str, seller: &Seller) -> Party {
    Party {
        address: seller.address.clone(),
        phone: seller.phone.clone(),
        bank: seller.bank.clone(),
        bank_account: seller.bank_account.clone(),
        ..Party::named(TitleKind::Company, name, Some(&seller.tax_id))
    }
}
