//! One payment at a channel over several orders of one driver: the channel knows one order of its own over the
//! sum, and each of ours has its part of it, a payment like any other.
//!
//! All of the orders are locked in the order of their ids, then the whole. All parts are where the whole is: a
//! part that is in the way of another attempt closes the whole. When it has succeeded each order takes its
//! part, whatever became of the order meanwhile; what it cannot use is its credit and goes back by itself.

use anyhow::{Context, Result};
use billing::ledger;
use billing::payment::{self, PaymentEvent, PaymentOutcome, PaymentState};
use store::{JointRow, OrderRow, PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen};

use super::asked::asked;
use super::books::{about_order, book};
use super::confirm_payment::{Confirmed, WECHAT, arrived, book_money, payment_state};
use super::move_order::{order_of, refused};
use super::settle_visit::open_case;
use super::start_payment::{Means, door_for, fresh, pending};
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;
use crate::outbound::{Door, ProviderWord, Said};

/// What came of asking to pay several orders.
#[derive(Debug)]
pub enum JointAttempt {
    /// The attempt to go on with.
    Joint(Box<JointRow>),
    /// Another attempt at one of the orders is pending that has to be closed first.
    InTheWay(Uuid),
}

/// Starts one payment over what is left to pay of all these orders, which are sorted; or returns the one that
/// is pending over the same.
///
/// # Errors
/// `payees_differ`, and as `start_payment` for each order.
pub async fn start_joint(
    app: &App,
    tx: &mut Tx,
    order_ids: &[Uuid],
    payer: AccountId,
    means: &Means,
) -> Outcome<JointAttempt> {
    let mut due: Vec<(OrderRow, Fen)> = Vec::with_capacity(order_ids.len());
    for order_id in order_ids {
        let order = tx.lock_order(*order_id).await?.filter(|o| o.account_id == Some(payer.0));
        let order =
            order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
        // A top-up is owed by nobody, and paid by itself.
        let asked = match order.subject_kind.as_str() {
            "top_up" => None,
            _ => asked(tx, &order, app.clock.city_now()).await?,
        };
        let amount = order_of(&order)?.payable(asked).map_err(refused)?;
        due.push((order, amount));
    }
    let first = due.first().ok_or_else(|| Refusal::refused("too_many_orders", "name an order"))?;
    let payee_id = first.0.payee_id;
    if due.iter().any(|(order, _)| order.payee_id != payee_id) {
        let detail = "these orders are owed to different payees: pay them apart";
        return Err(Refusal::refused("payees_differ", detail));
    }
    let door = door_for(tx, payer, means).await?;
    if let Some(found) = under_way(tx, &due, &door).await? {
        return Ok(found);
    }
    let whole = insert(app, tx, (payer, payee_id), &due, &door).await?;
    Ok(JointAttempt::Joint(Box::new(whole)))
}

/// The attempt that is pending: the same one, or one that is in the way.
async fn under_way(
    tx: &mut Tx,
    due: &[(OrderRow, Fen)],
    door: &Door,
) -> Outcome<Option<JointAttempt>> {
    let mut in_the_way = None;
    for (order, _) in due {
        in_the_way = in_the_way.or(pending(tx, order.order_id).await?);
    }
    let Some(found) = in_the_way else { return Ok(None) };
    let Some(whole) = tx.joint_of(found.payment_id).await? else {
        return Ok(Some(JointAttempt::InTheWay(found.payment_id)));
    };
    let parts = tx.parts_of(whole.joint_id).await?;
    let same_orders = parts.len() == due.len()
        && parts.iter().zip(due).all(|(part, (order, _))| part.order_id == order.order_id);
    // While parked the fee grows: what was asked for a moment ago is as good as any.
    let same_amounts = parts
        .iter()
        .zip(due)
        .all(|(part, (order, amount))| part.amount_fen == amount.0 || order.state == "open");
    let same_door = super::start_payment::door_of(&whole.as_payment(parts[0].order_id))? == *door;
    Ok(Some(if same_orders && same_amounts && same_door {
        JointAttempt::Joint(Box::new(whole))
    } else {
        JointAttempt::InTheWay(found.payment_id)
    }))
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    (payer, payee_id): (AccountId, Uuid),
    due: &[(OrderRow, Fen)],
    door: &Door,
) -> Outcome<JointRow> {
    let sum = Fen::sum(due.iter().map(|(_, amount)| *amount)).map_err(anyhow::Error::from)?;
    let form = fresh(app, due[0].0.order_id, sum.0, door);
    let whole = JointRow {
        joint_id: form.payment_id,
        account_id: Some(payer.0),
        payee_id,
        channel: form.channel.clone(),
        method: form.method.clone(),
        state: form.state.clone(),
        amount_fen: sum.0,
        payer: form.payer.clone(),
        scene_json: form.scene_json.clone(),
        out_trade_no: form.out_trade_no.clone(),
        prepay_id: None,
        transaction_id: None,
        created_at: form.created_at,
        expires_at: form.expires_at,
        succeeded_at: None,
    };
    tx.insert_joint(&whole).await?;
    for (number, (order, amount)) in due.iter().enumerate() {
        let part = PaymentRow {
            payment_id: Uuid::now_v7(),
            order_id: order.order_id,
            amount_fen: amount.0,
            out_trade_no: format!("{}.{}", whole.out_trade_no, number + 1),
            ..form.clone()
        };
        if !tx.insert_part(&part, whole.joint_id).await? {
            return Err(anyhow::anyhow!("an order that is locked has another attempt").into());
        }
    }
    let key = whole.joint_id.to_string();
    tx.enqueue(Kind::PreparePayment.name(), &key, whole.joint_id, whole.created_at).await?;
    Ok(whole)
}

/// The whole with its orders and parts, all locked, in the order of the orders' ids.
async fn locked(tx: &mut Tx, joint_id: Uuid) -> Result<(JointRow, Vec<(OrderRow, PaymentRow)>)> {
    let mut orders = Vec::new();
    for part in tx.parts_of(joint_id).await? {
        orders.push(tx.lock_order(part.order_id).await?.context("a part of no order")?);
    }
    let whole = tx.lock_joint(joint_id).await?.context("a payment vanished")?;
    let parts = tx.parts_of(joint_id).await?;
    Ok((whole, orders.into_iter().zip(parts).collect()))
}

/// Stores where the whole is now; every part is there too.
async fn store(tx: &mut Tx, whole: &JointRow, parts: &mut [(OrderRow, PaymentRow)]) -> Result<()> {
    for (number, (_, part)) in parts.iter_mut().enumerate() {
        part.state.clone_from(&whole.state);
        part.succeeded_at = whole.succeeded_at;
        let whole_id = whole.transaction_id.as_deref();
        part.transaction_id = whole_id.map(|id| format!("{id}.{}", number + 1));
        tx.update_payment(part).await?;
    }
    Ok(tx.update_joint(whole).await?)
}

/// What an event that is no word about money makes of a whole; none if it changes nothing. The first of its
/// orders comes with it.
pub(crate) async fn move_joint(
    tx: &mut Tx,
    joint_id: Uuid,
    event: PaymentEvent,
) -> Result<Option<(JointRow, OrderRow)>> {
    let (mut whole, mut parts) = locked(tx, joint_id).await?;
    let first = parts.first().context("a payment over no order")?.0.clone();
    let state = payment_state(&whole.as_payment(first.order_id))?;
    let Ok(PaymentOutcome::Moved(next)) = payment::advance(&state, event) else { return Ok(None) };
    whole.state = next.state.name().into();
    whole.prepay_id = next.prepay_id;
    store(tx, &whole, &mut parts).await?;
    Ok(Some((whole, first)))
}

/// Books the provider's word about a whole: each order gets its part.
pub(super) async fn confirm_joint(
    app: &App,
    tx: &mut Tx,
    joint_id: Uuid,
    word: &ProviderWord,
) -> Result<Confirmed> {
    let now = app.clock.city_now();
    let (mut whole, mut parts) = locked(tx, joint_id).await?;
    let first = parts.first().context("a payment over no order")?.0.clone();
    let event = PaymentEvent::ProviderSays {
        trade_state: word.trade_state,
        amount: word.amount,
        transaction_id: word.transaction_id.clone(),
    };
    match payment::advance(&payment_state(&whole.as_payment(first.order_id))?, event) {
        Ok(PaymentOutcome::AlreadyKnown | PaymentOutcome::Unchanged) => Ok(Confirmed::Known),
        Ok(PaymentOutcome::Moved(next) | PaymentOutcome::LateSuccess(next)) => {
            whole.state = next.state.name().into();
            whole.transaction_id = next.transaction_id;
            let succeeded = next.state == PaymentState::Succeeded;
            if succeeded {
                whole.succeeded_at = Some(word.success_at.unwrap_or(now).ms());
            }
            store(tx, &whole, &mut parts).await?;
            if !succeeded {
                return Ok(Confirmed::Known);
            }
            for (order, part) in parts {
                book_money(app, tx, order, &part, now).await?;
            }
            Ok(Confirmed::Booked)
        }
        Err(reject) => {
            let key = format!("payment_differs:{joint_id}:{}", reject.code());
            let detail = format!(
                "the provider's word about a payment over several orders does not fit: {}",
                reject.code()
            );
            open_case(tx, &first, "payment_differs", &key, &detail, now).await?;
            match word.said {
                Said::Reported => {
                    let (key, at) = (format!("{joint_id}:check"), app.clock.machine_now_ms());
                    tx.enqueue(Kind::AskPayment.name(), &key, joint_id, at).await?;
                }
                Said::Answered => set_apart(tx, (&mut whole, &mut parts), word, app).await?,
            }
            Ok(Confirmed::Case)
        }
    }
}

/// Money that arrived and does not fit goes to suspense as a whole: no order gets a part of it.
async fn set_apart(
    tx: &mut Tx,
    (whole, parts): (&mut JointRow, &mut [(OrderRow, PaymentRow)]),
    word: &ProviderWord,
    app: &App,
) -> Result<()> {
    let Some(transaction_id) = arrived(word) else { return Ok(()) };
    let now = app.clock.city_now();
    let about = about_order(tx, &parts[0].0, now).await?;
    let about = ledger::About { order: None, zone: None, ..about };
    let entry = ledger::suspense_received(&about, transaction_id, WECHAT, word.amount)?;
    book(tx, &entry, now).await?;
    if whole.state == PaymentState::Created.name() || whole.state == PaymentState::Ready.name() {
        whole.state = PaymentState::Failed.name().into();
        store(tx, whole, parts).await?;
    }
    Ok(())
}
