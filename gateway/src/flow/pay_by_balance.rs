//! Paying an order from the prepaid balance: at once, in one transaction, never more than there is.

use billing::ledger::{self, Means};
use billing::order::OrderEvent;
use billing::payment::PaymentState;
use store::{OrderRow, PaymentRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen};

use super::asked::asked;
use super::books::{about_order, book};
use super::move_order::{Cause, move_order, order_of, refused};
use super::prepaid::{Move, move_balance};
use super::start_payment::close_pending;
use super::{Outcome, Refusal};
use crate::app::App;

/// What to do if the balance does not suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    Refuse,
    /// Pay what there is; the rest is paid otherwise.
    PayPart,
}

/// Pays what is left to pay of an order of the account's. While parked that is a part payment.
///
/// # Errors
/// `order_unknown`, `top_up_by_balance`, `balance_insufficient`, and as `start_payment`.
pub async fn pay_by_balance(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    (order_id, short): (Uuid, Short),
) -> Outcome<OrderRow> {
    let now = app.clock.city_now();
    let order = tx.lock_order(order_id).await?.filter(|o| o.account_id == Some(account.0));
    let mut order =
        order.ok_or_else(|| Refusal::missing("order_unknown", "no such order of yours"))?;
    if order.subject_kind == "top_up" {
        let detail = "a balance is not topped up from a balance";
        return Err(Refusal::refused("top_up_by_balance", detail));
    }
    let asked = asked(tx, &order, now).await?;
    let payable = order_of(&order)?.payable(asked).map_err(refused)?;
    let balance = tx.lock_balance_of(account.0, order.payee_id).await?;
    let stands = balance.as_ref().map_or(Fen::ZERO, |balance| Fen(balance.balance_fen));
    let Some(balance) = balance.filter(|_| stands >= payable || short == Short::PayPart) else {
        return Err(insufficient(stands, payable));
    };
    let amount = stands.min(payable);
    if amount <= Fen::ZERO {
        return Err(insufficient(stands, payable));
    }
    let payment = payment_of(app, order_id, amount);
    let transaction = payment.out_trade_no.clone();
    if !tx.insert_payment(&payment).await? {
        return Err(anyhow::anyhow!("a fresh payment is known").into());
    }
    let used = (Move::Used, Fen(-amount.0));
    move_balance(tx, &balance, used, (order_id, &transaction), now).await?;
    let about = about_order(tx, &order, now).await?;
    let entry = ledger::payment_received(&about, &transaction, Means::Prepaid, amount);
    book(tx, &entry.map_err(anyhow::Error::from)?, now).await?;
    close_pending(app, tx, order_id).await?;
    let cause = Cause::system("payment", "from the prepaid balance", now);
    let event = OrderEvent::PaymentConfirmed { amount };
    move_order(app, tx, &mut order, event, &cause).await?;
    Ok(order)
}

fn insufficient(stands: Fen, payable: Fen) -> Refusal {
    let detail = format!("{} fen stand on the balance, {} are to be paid", stands.0, payable.0);
    Refusal::conflict("balance_insufficient", detail)
}

fn payment_of(app: &App, order_id: Uuid, amount: Fen) -> PaymentRow {
    let payment_id = Uuid::now_v7();
    let now = app.clock.city_now().ms();
    let number = format!("prepaid-{}", payment_id.simple());
    PaymentRow {
        payment_id,
        order_id,
        channel: "prepaid".into(),
        method: "balance".into(),
        state: PaymentState::Succeeded.name().into(),
        amount_fen: amount.0,
        payer: None,
        scene_json: None,
        out_trade_no: number.clone(),
        prepay_id: None,
        transaction_id: Some(number),
        created_at: app.clock.machine_now_ms(),
        expires_at: now,
        succeeded_at: Some(now),
    }
}
