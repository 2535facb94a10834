//! Receipts that a collector wrote without a network are uploaded later: each is judged by itself, booked
//! once, and answered the same however often it comes.
//!
//! The money is in the bag whatever the program thinks of the receipt: what pays no order is set apart
//! (suspense) with a case, and what is refused opens a case.

use anyhow::Context;
use billing::cash::{
    NumberRange, Receipt, ReceiptNumber, ReceiptReject, ShiftEvent, Verdict, judge,
};
use billing::ledger::{self, Means};
use billing::order::OrderEvent;
use sha2::{Digest, Sha256};
use store::{CashReceiptRow, CashShiftRow, Lane, NewCase, OrderRow, PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::{BayCode, Fen, StaffId, Timestamp};

use super::actor::Actor;
use super::books::{about_order, book};
use super::cash_shift::{about_payee, move_shift, operator_of};
use super::move_order::{Cause, move_order};
use super::pay_at_bay::order_at_bay;
use super::start_payment::close_pending;
use super::{Outcome, Refusal};
use crate::app::App;

/// A receipt as the collector's device tells of it.
#[derive(Clone, Debug)]
pub struct Written {
    pub receipt_no: String,
    /// The shift it was written in; the open one if left out.
    pub shift_id: Option<Uuid>,
    /// What it pays, if the collector knew; else by bay and time.
    pub order_id: Option<Uuid>,
    pub bay_code: Option<String>,
    /// 0 if it was spoiled.
    pub amount: Fen,
    /// City time, as corrected by the device.
    pub taken_at: Timestamp,
}

/// What is answered about one receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipted {
    /// `paid`, `suspense`, `spoiled` or `refused`.
    pub outcome: String,
    pub order_id: Option<Uuid>,
    /// Why it was refused.
    pub refused: Option<(&'static str, String)>,
    /// It was uploaded before.
    pub repeated: bool,
}

/// Takes one receipt in a transaction of its own.
///
/// # Errors
/// When the database fails; a receipt that is refused is an answer.
pub async fn upload_receipt(app: &App, actor: &Actor, written: &Written) -> Outcome<Receipted> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let taken = take(app, &mut tx, actor, written).await;
    let (code, detail) = match taken {
        Ok(receipted) => {
            tx.commit().await?;
            return Ok(receipted);
        }
        Err(
            Refusal::Refused { code, detail }
            | Refusal::Conflict { code, detail }
            | Refusal::Missing { code, detail },
        ) => (code, detail),
        Err(other) => return Err(other),
    };
    drop(tx);
    refused_case(app, actor, written, code).await?;
    let refused = Some((code, detail));
    Ok(Receipted { outcome: "refused".into(), order_id: None, refused, repeated: false })
}

async fn take(app: &App, tx: &mut Tx, actor: &Actor, written: &Written) -> Outcome<Receipted> {
    let collector = actor.staff.context("a receipt is written by a member of staff")?;
    let operator_id = operator_of(tx, actor).await?;
    let receipt = read(written)?;
    let number = receipt.number.to_string();
    tx.lock_cash_series(operator_id, &number).await?;
    let known = tx.cash_receipt(operator_id, &number).await?;
    let ranges = ranges(tx, operator_id, collector).await?;
    let content = known.as_ref().and_then(|row| row.content_hash.as_slice().try_into().ok());
    let verdict = judge(&receipt, content, &ranges, app.clock.city_now());
    let verdict = verdict
        .map_err(|reject: ReceiptReject| Refusal::refused(reject.code(), reject.to_string()))?;
    if let (Verdict::Repeat, Some(known)) = (verdict, known) {
        return Ok(Receipted {
            outcome: known.outcome,
            order_id: known.order_id,
            refused: None,
            repeated: true,
        });
    }
    let mut shift = shift_for(tx, collector, written.shift_id).await?;
    let order = order_for(app, tx, &shift, written).await?;
    let (outcome, order_id, payment_id) = book_receipt(app, tx, &shift, order, &receipt).await?;
    let late = (shift.state != "open").then_some(number.as_str());
    let event = ShiftEvent::Taken { amount: receipt.amount };
    move_shift(app, tx, &mut shift, event, late).await?;
    let row = CashReceiptRow {
        operator_id,
        receipt_no: number,
        shift_id: shift.shift_id,
        collector_id: collector.0,
        content_hash: receipt.content.to_vec(),
        amount_fen: receipt.amount.0,
        taken_at: receipt.taken_at.ms(),
        uploaded_at: app.clock.city_now().ms(),
        order_id,
        payment_id,
        outcome: outcome.into(),
    };
    if !tx.insert_cash_receipt(&row).await? {
        return Err(anyhow::anyhow!("a receipt was stored under a lock that another held").into());
    }
    Ok(Receipted { outcome: outcome.into(), order_id, refused: None, repeated: false })
}

fn read(written: &Written) -> Outcome<Receipt> {
    let number: ReceiptNumber =
        written.receipt_no.parse().map_err(|reject: billing::cash::RangeReject| {
            Refusal::refused(reject.code(), "a receipt number is written as BY-0000123")
        })?;
    Ok(Receipt {
        number,
        amount: written.amount,
        taken_at: written.taken_at,
        content: content_of(written),
    })
}

/// What a repeat is known by: all that the receipt says.
fn content_of(written: &Written) -> [u8; 32] {
    let order = written.order_id.map(|id| id.to_string()).unwrap_or_default();
    let shift = written.shift_id.map(|id| id.to_string()).unwrap_or_default();
    let said = format!(
        "{}\n{shift}\n{order}\n{}\n{}\n{}",
        written.receipt_no,
        written.bay_code.as_deref().unwrap_or_default(),
        written.amount.0,
        written.taken_at.ms()
    );
    Sha256::digest(said.as_bytes()).into()
}

async fn ranges(
    tx: &mut Tx,
    operator_id: Uuid,
    collector: StaffId,
) -> Outcome<Vec<(NumberRange, Timestamp)>> {
    let rows = tx.cash_ranges_of(collector.0).await?;
    let read = |row: &store::CashRangeRow| {
        let (first, last) =
            (u32::try_from(row.first_number).ok()?, u32::try_from(row.last_number).ok()?);
        let range = NumberRange::new(&row.series, first, last).ok()?;
        Some((range, Timestamp::from_ms(row.handed_at)))
    };
    Ok(rows.iter().filter(|row| row.operator_id == operator_id).filter_map(read).collect())
}

async fn shift_for(
    tx: &mut Tx,
    collector: StaffId,
    shift_id: Option<Uuid>,
) -> Outcome<CashShiftRow> {
    let missing = || Refusal::missing("shift_unknown", "the receipt belongs to no shift of yours");
    let shift_id = match shift_id {
        Some(named) => named,
        None => {
            let newest = tx.cash_shifts_of(collector.0, 1).await?.pop();
            newest.ok_or_else(missing)?.shift_id
        }
    };
    let shift = tx.lock_cash_shift(shift_id).await?.filter(|s| s.collector_id == collector.0);
    shift.ok_or_else(missing)
}

/// The order that a receipt pays, locked; none if it names none that is there.
async fn order_for(
    app: &App,
    tx: &mut Tx,
    shift: &CashShiftRow,
    written: &Written,
) -> Outcome<Option<OrderRow>> {
    if written.amount == Fen::ZERO {
        return Ok(None);
    }
    let order_id = match (written.order_id, written.bay_code.as_deref()) {
        (Some(order_id), _) => Some(order_id),
        (None, Some(code)) => match BayCode::parse(code) {
            Ok(code) => order_at_bay(app, tx, &code, written.taken_at).await?,
            Err(_) => None,
        },
        (None, None) => None,
    };
    let Some(order_id) = order_id else { return Ok(None) };
    let order = tx.lock_order(order_id).await?;
    Ok(order.filter(|o| o.operator_id == shift.operator_id && o.payee_id == shift.payee_id))
}

/// Books the money to its order, or sets it apart.
async fn book_receipt(
    app: &App,
    tx: &mut Tx,
    shift: &CashShiftRow,
    order: Option<OrderRow>,
    receipt: &Receipt,
) -> Outcome<(&'static str, Option<Uuid>, Option<Uuid>)> {
    if receipt.amount == Fen::ZERO {
        return Ok(("spoiled", None, None));
    }
    let now = app.clock.city_now();
    let means = Means::Cash(StaffId(shift.collector_id));
    let transaction = transaction_of(shift.operator_id, &receipt.number);
    let Some(mut order) = order else {
        let about = about_payee(tx, shift, receipt.taken_at).await?;
        let entry = ledger::suspense_received(&about, &transaction, means, receipt.amount);
        book(tx, &entry.context("setting cash apart")?, now).await?;
        let detail = format!("{} fen in cash pay no order that is known", receipt.amount.0);
        cash_case(
            tx,
            shift.operator_id,
            ("cash_without_order", &receipt.number.to_string()),
            &detail,
            now,
        )
        .await?;
        return Ok(("suspense", None, None));
    };
    let about = about_order(tx, &order, receipt.taken_at).await?;
    let entry = ledger::payment_received(&about, &transaction, means, receipt.amount);
    book(tx, &entry.context("booking cash")?, now).await?;
    let payment = payment_of(app, &order, receipt, transaction);
    if !tx.insert_payment(&payment).await? {
        return Err(anyhow::anyhow!("a receipt was paid in twice").into());
    }
    close_pending(app, tx, order.order_id).await?;
    let cause = Cause::system("payment", "cash, by a numbered receipt", receipt.taken_at);
    let event = OrderEvent::PaymentConfirmed { amount: receipt.amount };
    move_order(app, tx, &mut order, event, &cause).await?;
    Ok(("paid", Some(order.order_id), Some(payment.payment_id)))
}

fn payment_of(app: &App, order: &OrderRow, receipt: &Receipt, transaction: String) -> PaymentRow {
    PaymentRow {
        payment_id: Uuid::now_v7(),
        order_id: order.order_id,
        channel: "cash".into(),
        method: "cash".into(),
        state: "succeeded".into(),
        amount_fen: receipt.amount.0,
        payer: None,
        scene_json: None,
        out_trade_no: transaction.clone(),
        prepay_id: None,
        transaction_id: Some(transaction),
        created_at: app.clock.machine_now_ms(),
        expires_at: receipt.taken_at.ms(),
        succeeded_at: Some(receipt.taken_at.ms()),
    }
}

/// Two operators may have receipts of one number.
fn transaction_of(operator_id: Uuid, number: &ReceiptNumber) -> String {
    let operator = operator_id.simple().to_string();
    format!("cash-{}-{number}", &operator[20..])
}

/// The receipt of such a transaction.
pub(super) fn receipt_number(transaction: &str) -> Option<&str> {
    transaction.strip_prefix("cash-")?.split_once('-').map(|(_, number)| number)
}

async fn refused_case(
    app: &App,
    actor: &Actor,
    written: &Written,
    code: &'static str,
) -> Outcome<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let operator_id = operator_of(&mut tx, actor).await?;
    let now = app.clock.city_now();
    let content = hex::encode(&content_of(written)[..8]);
    let detail = format!(
        "a receipt over {} fen was refused: {code}; the money is in the bag of {}",
        written.amount.0,
        actor.name()
    );
    // What the device calls a number may be anything.
    let number: String =
        written.receipt_no.chars().filter(|c| c.is_ascii_graphic()).take(24).collect();
    let subject = format!("{number}:{content}");
    cash_case(&mut tx, operator_id, ("cash_receipt_refused", &subject), &detail, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn cash_case(
    tx: &mut Tx,
    operator_id: Uuid,
    (kind, subject_id): (&str, &str),
    detail: &str,
    now: Timestamp,
) -> Outcome<()> {
    let key = format!("{kind}:{operator_id}:{subject_id}");
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        case_key: &key,
        operator_id: Some(operator_id),
        kind,
        source: "system",
        subject_kind: "cash_receipt",
        subject_id,
        detail,
        opened_at: now.ms(),
    })
    .await?;
    Ok(())
}
