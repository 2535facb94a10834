//! Red documents: what was invoiced and is not kept, or was invoiced wrongly, is taken back.
//!
//! A refund of invoiced money starts one by itself; the money goes back in the transaction in which the red one is
//! issued. Staff start one by hand; above the policy's limit a second person approves. A red one is stored with what it
//! is to take back; the job draws it up once the blue one is issued.

use anyhow::Context;
use billing::invoice::{RedReason, Regime};
use billing::issuing::{Colour, IssueEvent, IssueState};
use serde_json::json;
use store::{InvoiceOrderRow, InvoiceRow, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::Fen;

use super::actor::Actor;
use super::move_invoice::move_invoice;
use super::request_invoice::{Title, check_title, mail_to};
use super::sign_in::Role;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

/// What staff want taken back.
#[derive(Clone, Debug)]
pub struct RedRequest {
    pub reason: RedReason,
    /// How much of which order, above 0; all that is left, if empty.
    pub parts: Vec<(Uuid, Fen)>,
    /// The title of the invoice that follows over what is left.
    pub reissue: Option<Title>,
}

/// Takes so much of an order's invoices back that a refund can go; newest first. Holds the order's lock.
pub(super) async fn red_for_refund(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    (over, asked_by): (Fen, &str),
) -> Outcome<()> {
    let mut need = over.0 - tx.red_under_way_fen(order.order_id).await?;
    for blue in tx.blues_of_order(order.order_id).await? {
        if need <= 0 {
            break;
        }
        let take = need.min(blue.covered_fen - blue.taken_back_fen);
        if take <= 0 {
            continue;
        }
        let row = tx.lock_invoice(blue.invoice_id).await?.context("a blue one vanished")?;
        let parts = match Regime::from_name(&row.regime) {
            // A bill is taken back as a whole; another one follows over what is left.
            Some(Regime::NonTax) => left_of(tx, &row).await?,
            _ => vec![(order.order_id, take)],
        };
        if parts.is_empty() {
            // The refund of another order on the bill was quicker, and takes all of it back.
            need -= take;
            continue;
        }
        let whole = row.regime == Regime::NonTax.name();
        let reissue = if whole { title_of(&row)? } else { None };
        let wanted = Stored { parts: &parts, reason: RedReason::ServiceStopped, reissue, asked_by };
        insert_red(app, tx, &row, wanted, IssueState::Requested).await?;
        need -= take;
    }
    if need > 0 {
        return Err(anyhow::anyhow!("{need} fen are invoiced by no document").into());
    }
    Ok(())
}

/// Staff take a document back, in whole or in part.
///
/// # Errors
/// `invoice_unknown`, `invoice_not_issued`, `nothing_to_reverse`, `reverses_too_much`, `order_not_covered`, `bill_whole_only`,
/// or what is wrong with the title of the invoice that is to follow.
pub async fn ask_red(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (invoice_id, wanted): (Uuid, &RedRequest),
) -> Outcome<InvoiceRow> {
    let blue = lock_whole(tx, actor, invoice_id).await?;
    if blue.colour != Colour::Blue.name() {
        return Err(Refusal::conflict("nothing_to_reverse", "a red document is not taken back"));
    }
    if !matches!(blue.state.as_str(), "issued" | "unsigned") {
        let detail = format!("the document is {}: only what is issued is taken back", blue.state);
        return Err(Refusal::conflict("invoice_not_issued", detail));
    }
    if let Some(title) = &wanted.reissue {
        check_title(Regime::from_name(&blue.regime).context("unknown regime")?, title)?;
    }
    let left = left_of(tx, &blue).await?;
    let parts = parts_of(&blue, &left, &wanted.parts)?;
    let sum: i64 = parts.iter().map(|(_, fen)| fen).sum();
    let now = app.clock.city_now();
    let limit = app.after.at(now).map_or(Fen::ZERO, |version| version.manager_above);
    let state = if sum > limit.0 { IssueState::Proposed } else { IssueState::Requested };
    let name = actor.name();
    let stored = Stored {
        parts: &parts,
        reason: wanted.reason,
        reissue: wanted.reissue.as_ref().map(serde_json::to_string).transpose()?,
        asked_by: &name,
    };
    let red = insert_red(app, tx, &blue, stored, state).await?;
    let detail = json!({"red": red.invoice_id, "gross_fen": -sum, "reason": wanted.reason.name()});
    let object = ("invoice", &*invoice_id.to_string());
    actor.audit(tx, now, "take_invoice_back", object, &detail).await?;
    Ok(red)
}

/// The second person approves a red document.
///
/// # Errors
/// `invoice_unknown`, `second_person_needed`, `manager_needed`, or the code of the machine.
pub async fn approve_red(
    app: &App,
    tx: &mut Tx,
    (actor, role): (&Actor, Role),
    invoice_id: Uuid,
) -> Outcome<InvoiceRow> {
    let row = known_invoice(tx, actor, invoice_id).await?;
    if row.asked_by == actor.name() {
        let detail = "who asked for it does not approve it".into();
        return Err(Refusal::Forbidden { code: "second_person_needed", detail });
    }
    if role != Role::Manager {
        let detail = "an amount like this is approved by a manager".into();
        return Err(Refusal::Forbidden { code: "manager_needed", detail });
    }
    let name = actor.name();
    let approved = |row: &mut InvoiceRow| row.approved_by = Some(name.clone());
    let row = move_invoice(app, tx, invoice_id, IssueEvent::Approved, &approved).await?;
    audit(app, tx, actor, "approve_red", &row).await?;
    Ok(row)
}

/// A red document that was not handed in is not wanted any more. A refund that waits for it waits for a person then, or
/// asks for another one.
///
/// # Errors
/// `invoice_unknown`, `document_is_blue`, or the code of the machine.
pub async fn withdraw_red(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    invoice_id: Uuid,
) -> Outcome<InvoiceRow> {
    let row = known_invoice(tx, actor, invoice_id).await?;
    if row.colour != Colour::Red.name() {
        let detail = "an invoice that a driver asked for is not withdrawn by staff";
        return Err(Refusal::conflict("document_is_blue", detail));
    }
    let row = move_invoice(app, tx, invoice_id, IssueEvent::Withdrawn, &|_| {}).await?;
    audit(app, tx, actor, "withdraw_red", &row).await?;
    Ok(row)
}

/// Goes on with a document where it stopped: what waits is tried now, what could not be signed is asked for again, and a
/// red one that was refused is tried once more as a new one.
///
/// # Errors
/// `invoice_unknown`, `nothing_to_retry`, `document_not_approved`.
pub async fn retry_invoice(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    invoice_id: Uuid,
) -> Outcome<InvoiceRow> {
    let row = lock_whole(tx, actor, invoice_id).await?;
    let state = IssueState::from_name(&row.state).context("unknown state of a document")?;
    let kind = match state {
        IssueState::Requested | IssueState::Applied | IssueState::Confirmed => Kind::SubmitInvoice,
        IssueState::Submitted | IssueState::Unsigned => Kind::AskInvoice,
        IssueState::Issued if row.documents_at.is_none() => Kind::FetchDocuments,
        IssueState::Rejected | IssueState::Void | IssueState::Withdrawn
            if row.colour == Colour::Red.name() =>
        {
            let again = red_again(app, tx, actor, &row).await?;
            audit(app, tx, actor, "retry_invoice", &again).await?;
            return Ok(again);
        }
        IssueState::Proposed => {
            let detail = "it waits for a second person";
            return Err(Refusal::conflict("document_not_approved", detail));
        }
        _ => {
            let detail = format!("the document is {}: nothing is to be tried again", row.state);
            return Err(Refusal::conflict("nothing_to_retry", detail));
        }
    };
    let at = app.clock.machine_now_ms();
    tx.hasten_job(kind.name(), &invoice_id.to_string(), invoice_id, at).await?;
    audit(app, tx, actor, "retry_invoice", &row).await?;
    Ok(row)
}

/// The same red document once more: the office never takes a number twice.
async fn red_again(app: &App, tx: &mut Tx, actor: &Actor, red: &InvoiceRow) -> Outcome<InvoiceRow> {
    let blue_id = red.original_id.context("a red one of nothing")?;
    let blue = tx.lock_invoice(blue_id).await?.context("a blue one vanished")?;
    let parts = taken_of(tx, red).await?;
    for other in tx.reds_of_invoice(blue_id).await? {
        let state = IssueState::from_name(&other.state).context("unknown state of a document")?;
        let later = other.invoice_id > red.invoice_id && !state.came_to_nothing();
        if later && taken_of(tx, &other).await? == parts {
            let detail = "another red document has taken its place";
            return Err(Refusal::conflict("nothing_to_retry", detail));
        }
    }
    let left = left_of(tx, &blue).await?;
    let parts = parts_of(&blue, &left, &parts)?;
    let reason = RedReason::from_name(&red.reason).context("unknown reason of a red one")?;
    let name = actor.name();
    let reissue = red.reissue_json.clone();
    let stored = Stored { parts: &parts, reason, reissue, asked_by: &name };
    insert_red(app, tx, &blue, stored, IssueState::Requested).await
}

/// How much of which order a red document takes, above 0, in order of their ids.
async fn taken_of(tx: &mut Tx, red: &InvoiceRow) -> Outcome<Vec<(Uuid, Fen)>> {
    let covered = tx.orders_of_invoice(red.invoice_id).await?;
    Ok(covered.iter().map(|of| (of.order_id, Fen(-of.gross_fen))).collect())
}

/// A document of the actor's operator.
pub(crate) async fn known_invoice(
    tx: &mut Tx,
    actor: &Actor,
    invoice_id: Uuid,
) -> Outcome<InvoiceRow> {
    let row = tx.invoice(invoice_id).await?.filter(|row| actor.may_touch(Some(row.operator_id)));
    row.ok_or_else(|| Refusal::missing("invoice_unknown", "there is no such document of yours"))
}

/// Its orders first, in order of their ids, as everybody locks them.
async fn lock_whole(tx: &mut Tx, actor: &Actor, invoice_id: Uuid) -> Outcome<InvoiceRow> {
    known_invoice(tx, actor, invoice_id).await?;
    for order in tx.orders_of_invoice(invoice_id).await? {
        tx.lock_order(order.order_id).await?;
    }
    Ok(tx.lock_invoice(invoice_id).await?.context("a document vanished")?)
}

/// What of each order a blue document still carries, red ones under way taken off. Its row is locked.
async fn left_of(tx: &mut Tx, blue: &InvoiceRow) -> Outcome<Vec<(Uuid, i64)>> {
    let mut left = Vec::new();
    for covered in tx.orders_of_invoice(blue.invoice_id).await? {
        let of_order = tx.blues_of_order(covered.order_id).await?;
        let of_order = of_order.iter().find(|b| b.invoice_id == blue.invoice_id);
        let fen = of_order.map_or(0, |b| b.covered_fen - b.taken_back_fen);
        if fen > 0 {
            left.push((covered.order_id, fen));
        }
    }
    Ok(left)
}

fn parts_of(
    blue: &InvoiceRow,
    left: &[(Uuid, i64)],
    wanted: &[(Uuid, Fen)],
) -> Outcome<Vec<(Uuid, i64)>> {
    if left.is_empty() {
        let detail = "nothing of this document is left to be taken back";
        return Err(Refusal::conflict("nothing_to_reverse", detail));
    }
    if wanted.is_empty() {
        return Ok(left.to_vec());
    }
    let mut parts: Vec<(Uuid, i64)> = Vec::with_capacity(wanted.len());
    for (order_id, fen) in wanted {
        let known = left.iter().find(|(order, _)| order == order_id);
        if known.is_none() || parts.iter().any(|(order, _)| order == order_id) {
            let detail = "an order that this document does not carry, or named twice";
            return Err(Refusal::refused("order_not_covered", detail));
        }
        if known.is_some_and(|(_, most)| *fen <= Fen::ZERO || fen.0 > *most) {
            let detail = "above nothing, and no more than the document still carries of the order";
            return Err(Refusal::refused("reverses_too_much", detail));
        }
        parts.push((*order_id, fen.0));
    }
    parts.sort_unstable();
    let mut whole = left.to_vec();
    whole.sort_unstable();
    if blue.regime == Regime::NonTax.name() && parts != whole {
        let detail =
            "a non-tax bill is taken back as a whole; another one follows over what is left";
        return Err(Refusal::refused("bill_whole_only", detail));
    }
    Ok(parts)
}

/// The title of a document, to be borne by the one that follows it; none follows for whoever was deleted.
fn title_of(row: &InvoiceRow) -> anyhow::Result<Option<String>> {
    if row.account_id.is_nil() {
        return Ok(None);
    }
    let Some(drawn) = crate::drawn::Drawn::read(row)? else { return Ok(None) };
    let buyer = drawn.buyer();
    let title = Title { kind: buyer.kind, name: buyer.name.clone(), tax_id: buyer.tax_id.clone() };
    Ok(Some(serde_json::to_string(&title)?))
}

/// What a red document is stored with.
struct Stored<'a> {
    parts: &'a [(Uuid, i64)],
    reason: RedReason,
    reissue: Option<String>,
    asked_by: &'a str,
}

async fn insert_red(
    app: &App,
    tx: &mut Tx,
    blue: &InvoiceRow,
    stored: Stored<'_>,
    state: IssueState,
) -> Outcome<InvoiceRow> {
    let now = app.clock.city_now().ms();
    let gross_fen: i64 = stored.parts.iter().map(|(_, fen)| -fen).sum();
    let number = || Uuid::now_v7().simple().to_string();
    let red = InvoiceRow {
        invoice_id: Uuid::now_v7(),
        operator_id: blue.operator_id,
        payee_id: blue.payee_id,
        account_id: blue.account_id,
        regime: blue.regime.clone(),
        colour: Colour::Red.name().into(),
        state: state.name().into(),
        request_no: number(),
        form_no: app.issuer(&blue.regime)?.needs_form().then(number),
        gross_fen,
        original_id: Some(blue.invoice_id),
        reason: stored.reason.name().into(),
        reissue_json: stored.reissue,
        asked_by: stored.asked_by.into(),
        requested_at: now,
        changed_at: now,
        ..InvoiceRow::default()
    };
    let covers = |(order_id, fen): &(Uuid, i64)| InvoiceOrderRow {
        invoice_id: red.invoice_id,
        order_id: *order_id,
        gross_fen: -fen,
    };
    let covered: Vec<InvoiceOrderRow> = stored.parts.iter().map(covers).collect();
    tx.insert_invoice(&red, &covered).await?;
    // Who was mailed the blue one is mailed what takes it back.
    for mail in tx.invoice_mails(blue.invoice_id).await?.iter().filter(|m| m.state == "sent") {
        let again = mail_to(red.invoice_id, &mail.address, app.clock.city_now());
        tx.insert_invoice_mail(&again).await?;
    }
    if state == IssueState::Requested {
        let (key, at) = (red.invoice_id.to_string(), app.clock.machine_now_ms());
        tx.enqueue(Kind::SubmitInvoice.name(), &key, red.invoice_id, at).await?;
    }
    Ok(red)
}

async fn audit(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    row: &InvoiceRow,
) -> Outcome<()> {
    let id = row.invoice_id.to_string();
    let detail = json!({"state": row.state, "gross_fen": row.gross_fen});
    actor.audit(tx, app.clock.city_now(), action, ("invoice", &id), &detail).await
}
