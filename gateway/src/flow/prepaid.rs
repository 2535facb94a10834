//! Prepaid balances: who offers one under which limits, and the one way in which a balance moves.
//!
//! A balance is an account's at one payee; it is off unless the configuration names the payee. What stands on
//! all balances of a payee is what its books owe on `prepaid`: every move is made in the transaction that books
//! its entry. It is used and given back also where nothing is offered any more.

use store::{BalanceOf, PayeeName, PrepaidMoveRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, Fen, Timestamp};

use super::{Outcome, Refusal};
use crate::app::App;
use crate::config::PrepaidPayee;

/// Where an account may prepay, and what stands there.
#[derive(Clone, Debug)]
pub struct Prepaid {
    pub payee: PayeeName,
    pub balance_fen: i64,
    /// None where nothing can be topped up (any more).
    pub terms: Option<PrepaidPayee>,
}

/// Why a balance moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    TopUp,
    Used,
    /// What was paid from it was refunded.
    Returned,
    GivenBack,
}

impl Move {
    fn name(self) -> &'static str {
        match self {
            Move::TopUp => "top_up",
            Move::Used => "used",
            Move::Returned => "returned",
            Move::GivenBack => "given_back",
        }
    }
}

/// Every payee that offers a balance, and every balance that the account has.
///
/// # Errors
/// When the database fails.
pub async fn prepaid_of(app: &App, tx: &mut Tx, account: AccountId) -> Outcome<Vec<Prepaid>> {
    let balances = tx.balances_of(account.0).await?;
    let stands = |payee: &PayeeName| balances.iter().find(|b| b.payee_id == payee.payee_id);
    let payees = tx.payees().await?;
    let shown = payees.into_iter().map(|payee| Prepaid {
        balance_fen: stands(&payee).map_or(0, |balance| balance.balance_fen),
        terms: terms_of(app, &payee).cloned(),
        payee,
    });
    Ok(shown.filter(|one| one.terms.is_some() || one.balance_fen > 0).collect())
}

/// The payee, if it offers a balance.
///
/// # Errors
/// `prepaid_not_offered`.
pub(crate) async fn offer_of<'a>(
    app: &'a App,
    tx: &mut Tx,
    payee_id: Uuid,
) -> Outcome<(PayeeName, &'a PrepaidPayee)> {
    let payee = tx.payees().await?.into_iter().find(|payee| payee.payee_id == payee_id);
    let offered = payee.and_then(|payee| Some((terms_of(app, &payee)?, payee)));
    let (terms, payee) = offered.ok_or_else(|| {
        Refusal::missing("prepaid_not_offered", "there is no prepaid balance at this payee")
    })?;
    Ok((payee, terms))
}

/// A charge that belongs to the treasury is not prepaid: a balance would be the operator's debt.
fn terms_of<'a>(app: &'a App, payee: &PayeeName) -> Option<&'a PrepaidPayee> {
    let id = payee.payee_id.to_string();
    let named = |terms: &&PrepaidPayee| terms.payee == payee.name || terms.payee == id;
    app.config.prepaid.payees.iter().find(named).filter(|_| payee.regime == "vat")
}

/// Moves a balance that this transaction has locked. The same fact again changes nothing.
///
/// # Errors
/// When the database fails, or refuses the move.
pub(crate) async fn move_balance(
    tx: &mut Tx,
    balance: &BalanceOf,
    (kind, change): (Move, Fen),
    (order_id, reference): (Uuid, &str),
    now: Timestamp,
) -> Outcome<()> {
    let stands = Fen(balance.balance_fen).plus(change).map_err(anyhow::Error::from)?;
    tx.move_balance(&PrepaidMoveRow {
        balance_id: balance.balance_id,
        line: balance.last_line + 1,
        kind: kind.name().into(),
        amount_fen: change.0,
        balance_fen: stands.0,
        order_id,
        reference: reference.to_owned(),
        made_at: now.ms(),
    })
    .await?;
    Ok(())
}
