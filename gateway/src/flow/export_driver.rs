//! Everything there is of one driver, as JSON: for the driver, who may ask for it at any time.
//!
//! Of one moment. Money in fen, instants as RFC 3339. Bills come as they are stored: with the case that
//! they were computed from. What staff wrote about a case is not the driver's data; what the driver
//! wrote and attached is named here, the files are at the case.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use store::{OrderRow, OwnPaymentRow, PaymentsSeenBy, RefundRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

/// Orders read in one go.
const PAGE: i64 = 200;
/// Lists that are as long as a person can make them.
const ALL: i64 = i64::MAX;

/// The data of an account; none if there is no such account, or it is deleted.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn export_driver(tx: &mut Tx, account_id: Uuid, now: Timestamp) -> Result<Option<Value>> {
    let Some(since) = tx.account_since(account_id).await? else { return Ok(None) };
    let openid = tx.openid(account_id).await?;
    Ok(Some(json!({
        "format": "bowei-driver/1",
        "made_at": now,
        "account": {"account_id": account_id, "openid": openid, "created_at": at(since)},
        "consents": consents(tx, account_id).await?,
        "contacts": contacts(tx, account_id).await?,
        "claims": claims(tx, account_id).await?,
        "orders": orders(tx, account_id).await?,
        "payments": payments(tx, account_id).await?,
        "appeals": appeals(tx, account_id).await?,
        "arrears_notices": notices(tx, account_id).await?,
        "passes": passes(tx, account_id).await?,
        "prepaid": prepaid(tx, account_id).await?,
        "coupons": coupons(tx, account_id).await?,
        "invoices": invoices(tx, account_id).await?,
        "invoice_titles": titles(tx, account_id).await?,
        "saved_vehicles": vehicles(tx, account_id).await?,
    })))
}

async fn consents(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.consents(account_id).await?;
    let shown = rows.into_iter().map(|c| {
        let withdrawn_at = c.withdrawn_at.map(at);
        json!({"purpose": c.purpose, "version": c.version, "given_at": at(c.given_at), "withdrawn_at": withdrawn_at})
    });
    Ok(shown.collect())
}

async fn contacts(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.contacts(account_id).await?;
    let shown = rows.into_iter().map(
        |c| json!({"channel": c.channel, "address": c.address, "granted_at": at(c.granted_at)}),
    );
    Ok(shown.collect())
}

async fn claims(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.claims_of_account(account_id).await?;
    let shown = rows.into_iter().map(|c| {
        json!({"claim_id": c.claim_id, "bay_code": c.bay_code, "plate": c.plate, "made_at": at(c.made_at), "state": c.state})
    });
    Ok(shown.collect())
}

async fn orders(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let (mut shown, mut after) = (Vec::new(), None);
    loop {
        let page = tx.orders_of_account(account_id, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(shown) };
        after = Some((last.opened_at, last.order_id));
        for row in &page {
            shown.push(order(tx, row).await?);
        }
    }
}

async fn order(tx: &mut Tx, row: &OrderRow) -> Result<Value> {
    let (mut plate, mut stays) = (None, Vec::new());
    if row.subject_kind == "visit" {
        plate = tx.visit(row.subject_id).await?.map(|visit| visit.plate);
        for stay in tx.stays_of_visit(row.subject_id).await? {
            let bay = tx.bay_name(stay.bay_id).await?.map(|bay| bay.code);
            stays.push(json!({"stay_id": stay.stay_id, "bay_code": bay, "state": stay.state,
                "arrived_at": at(stay.arrived_at), "left_at": stay.left_at.map(at)}));
        }
    }
    let bill = match tx.bill_revision(row.order_id, row.holding_revision).await? {
        Some(bill) => {
            json!({"tariff": bill.tariff_id, "revision": bill.revision, "total_fen": bill.total_fen,
            "case": serde_json::from_str::<Value>(&bill.case_json)?,
            "bill": serde_json::from_str::<Value>(&bill.bill_json)?})
        }
        None => Value::Null,
    };
    let payments = tx.payments_of_order(row.order_id).await?;
    let payments: Vec<Value> = payments
        .into_iter()
        .map(|p| {
            json!({"channel": p.channel, "state": p.state, "amount_fen": p.amount_fen,
                "transaction_id": p.transaction_id, "succeeded_at": p.succeeded_at.map(at)})
        })
        .collect();
    let events = tx.order_events(row.order_id).await?;
    let events: Vec<Value> = events
        .into_iter()
        .map(|e| json!({"made_at": at(e.made_at), "kind": e.kind, "reason": e.reason, "state": e.state, "amount_fen": e.amount_fen}))
        .collect();
    Ok(json!({
        "order_id": row.order_id, "subject": row.subject_kind, "state": row.state, "plate": plate,
        "opened_at": at(row.opened_at), "paid_at": row.paid_at.map(at),
        "total_fen": row.total_fen, "waived_fen": row.waived_fen, "written_off_fen": row.written_off_fen,
        "paid_fen": row.paid_fen, "refunded_fen": row.refunded_fen, "invoiced_fen": row.invoiced_fen,
        "stays": stays, "bill": bill, "payments": payments, "history": events,
    }))
}

/// Payments that arrived for the account's orders, and its own for somebody else's vehicle: of these the money alone.
async fn payments(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let openid = tx.openid(account_id).await?.context("an account without openid")?;
    let always = (i64::MIN, i64::MAX);
    let of = PaymentsSeenBy {
        account_id,
        openid: &openid,
        from_at: always.0,
        until_at: always.1,
        plate: None,
        before: None,
    };
    let (mut shown, mut before) = (Vec::new(), None);
    loop {
        let page = tx.payments_seen_by(&PaymentsSeenBy { before, ..of }, PAGE).await?;
        let Some(last) = page.last() else { return Ok(shown) };
        before = Some((last.succeeded_at, last.payment_id));
        let ids: Vec<Uuid> = page.iter().map(|payment| payment.payment_id).collect();
        let refunds = tx.refunds_of_payments(&ids).await?;
        for row in &page {
            let of_it = refunds.get(&row.payment_id).map(Vec::as_slice).unwrap_or_default();
            shown.push(payment(row, of_it, account_id));
        }
    }
}

fn payment(row: &OwnPaymentRow, refunds: &[RefundRow], account_id: Uuid) -> Value {
    let own = row.account_id == Some(account_id);
    let refunds: Vec<Value> = refunds
        .iter()
        .map(
            |r| json!({"amount_fen": r.amount_fen, "state": r.state, "asked_at": at(r.created_at)}),
        )
        .collect();
    json!({"payment_id": row.payment_id, "order_id": own.then_some(row.order_id), "payee_id": row.payee_id,
        "channel": row.channel, "method": row.method, "amount_fen": row.amount_fen,
        "succeeded_at": at(row.succeeded_at), "refunds": refunds})
}

async fn appeals(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for a in tx.appeals_of_account(account_id, ALL).await? {
        let files = tx.attachments(a.case_id).await?;
        let files: Vec<Value> = files
            .into_iter()
            .filter(|f| f.added_by == "driver")
            .map(|f| json!({"sha256": hex::encode(f.content_hash), "bytes": f.content_bytes, "deleted_at": f.deleted_at.map(at)}))
            .collect();
        shown.push(json!({"appeal_id": a.appeal_id, "order_id": a.order_id, "ground": a.ground, "text": a.said,
            "state": a.state, "given_fen": a.given_fen, "reason": a.reason, "filed_at": at(a.filed_at),
            "decided_at": a.decided_at.map(at), "evidence": files}));
    }
    Ok(shown)
}

async fn notices(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.notices_of_account(account_id).await?;
    let shown = rows.into_iter().map(|n| {
        json!({"order_id": n.order_id, "step": n.step_name, "channel": n.channel, "text": n.text_zh, "state": n.state,
            "made_at": at(n.made_at), "delivered_at": n.delivered_at.map(at)})
    });
    Ok(shown.collect())
}

async fn passes(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for p in tx.passes_of_account(account_id, ALL).await? {
        let plates: Vec<String> =
            tx.plates_of_pass(p.pass_id).await?.into_iter().map(|(plate,)| plate).collect();
        shown.push(json!({"pass_id": p.pass_id, "state": p.state, "plates": plates, "price_fen": p.price_fen,
            "given_back_fen": p.given_back_fen, "applied_at": at(p.applied_at),
            "valid_from": p.valid_from_at.map(at), "valid_to": p.valid_to_at.map(at), "reason": p.reason}));
    }
    Ok(shown)
}

async fn prepaid(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for balance in tx.balances_of(account_id).await? {
        let mut moves = tx.prepaid_moves(balance.balance_id, ALL, ALL).await?;
        moves.reverse();
        let moves: Vec<Value> = moves
            .into_iter()
            .map(|m| {
                json!({"kind": m.kind, "amount_fen": m.amount_fen, "balance_fen": m.balance_fen,
                    "order_id": m.order_id, "made_at": at(m.made_at)})
            })
            .collect();
        shown.push(json!({"payee_id": balance.payee_id, "balance_fen": balance.balance_fen, "moves": moves}));
    }
    Ok(shown)
}

async fn coupons(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.coupons_of_account(account_id, ALL).await?;
    let shown = rows.into_iter().map(|c| {
        json!({"coupon_id": c.coupon_id, "kind": c.kind, "amount_fen": c.amount_fen, "minutes": c.minutes,
            "order_id": c.order_id, "used_at": c.used_at.map(at)})
    });
    Ok(shown.collect())
}

async fn invoices(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for i in tx.invoices_of_account(account_id).await? {
        let json = |text: &str| serde_json::from_str::<Value>(text);
        // A red one is drawn up a little after it was asked for.
        let draft = Some(i.draft_json.as_str()).filter(|text| !text.is_empty()).map(json);
        let follows = i.reissue_json.as_deref().map(json).transpose()?;
        let mails = tx.invoice_mails(i.invoice_id).await?;
        let mails: Vec<Value> = mails
            .into_iter()
            .map(|m| json!({"address": m.address, "state": m.state, "asked_at": at(m.asked_at)}))
            .collect();
        shown.push(json!({"invoice_id": i.invoice_id, "colour": i.colour, "state": i.state,
            "invoice_number": i.invoice_number, "gross_fen": i.gross_fen, "requested_at": at(i.requested_at),
            "issued_at": i.issued_at.map(at), "draft": draft.transpose()?, "title_that_follows": follows, "mails": mails}));
    }
    Ok(shown)
}

async fn titles(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.invoice_titles(account_id).await?;
    let shown = rows.into_iter().map(|t| {
        json!({"kind": t.kind, "name": t.name, "tax_id": t.tax_id, "email": t.email, "is_default": t.is_default,
            "made_at": at(t.made_at)})
    });
    Ok(shown.collect())
}

async fn vehicles(tx: &mut Tx, account_id: Uuid) -> Result<Vec<Value>> {
    let rows = tx.saved_vehicles(account_id).await?;
    let shown = rows.into_iter().map(|v| {
        json!({"plate": v.plate, "plate_colour": v.plate_colour, "name": v.name, "made_at": at(v.made_at),
            "changed_at": at(v.changed_at)})
    });
    Ok(shown.collect())
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}
