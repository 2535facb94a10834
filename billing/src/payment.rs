//! One attempt to pay an order through a provider: one state machine.
//!
//! It sends nothing. A notice from the payer's phone is no event here: only the provider's signed
//! answer or a query is (`ProviderSays`). Invariants: an amount is never changed; a payment that
//! succeeded keeps its transaction id; money that arrived is never refused silently — it is an
//! outcome, or a refusal of which the caller makes a case.

use serde::{Deserialize, Serialize};
use vocabulary::Fen;

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Recorded; the provider may not know it yet.
    Created,
    /// The provider gave a prepay id: the payer can pay.
    Ready,
    /// The provider says that the money was paid.
    Succeeded,
    /// Closed at the provider: nobody can pay it any more.
    Closed,
    /// The provider says that paying failed.
    Failed,
}

/// A payment; loaded and stored by the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Where it stands.
    pub state: PaymentState,
    /// What is to be paid.
    pub amount: Fen,
    /// The provider's handle for the payer's phone (valid for 2 hours at WeChat Pay).
    pub prepay_id: Option<String>,
    /// The provider's number of the payment made.
    pub transaction_id: Option<String>,
}

/// WeChat Pay v3 `trade_state` (pay.weixin.qq.com/doc/v3/merchant/4012525167).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeState {
    /// Paid.
    Success,
    /// Paid, and a refund has begun.
    Refund,
    /// Not paid yet.
    NotPay,
    /// Closed.
    Closed,
    /// Revoked (payment codes only).
    Revoked,
    /// The payer is typing the password.
    UserPaying,
    /// Paying failed.
    PayError,
    /// Taken, to be debited.
    Accept,
}

/// What happens to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The provider gave a (fresh) prepay id.
    PrepayMade {
        /// The id.
        prepay_id: String,
    },
    /// A verified notice, or the answer to a query.
    ProviderSays {
        /// The state at the provider.
        trade_state: TradeState,
        /// The amount at the provider.
        amount: Fen,
        /// Present once paid.
        transaction_id: Option<String>,
    },
    /// The provider confirmed our closing.
    CloseConfirmed,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// The payment changed.
    Moved(Payment),
    /// The money arrived after the payment was closed or had failed: to be booked all the same,
    /// and to be looked at.
    LateSuccess(Payment),
    /// This transaction is known: said again.
    AlreadyKnown,
    /// Of no consequence.
    Unchanged,
}

/// Why an event was refused. Where money has moved, the caller opens a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentReject {
    /// The provider speaks of another amount.
    #[error("{expected} was to be paid, the provider says {said}")]
    AmountDiffers {
        /// The payment's amount.
        expected: Fen,
        /// The provider's.
        said: Fen,
    },
    /// Success without a transaction id.
    #[error("the provider gave no transaction id")]
    MissingTransaction,
    /// Another transaction for a payment that succeeded: paid twice.
    #[error("the payment already succeeded by another transaction")]
    SecondTransaction,
    /// A refund of a payment that is not known to have succeeded.
    #[error("a refund of a payment that is not known to have succeeded")]
    RefundBeforeSuccess,
    /// The payment succeeded; it cannot be closed or have failed.
    #[error("the payment has succeeded")]
    AlreadySucceeded,
    /// The payment was closed or has failed; it cannot be made ready.
    #[error("the payment is closed")]
    AlreadyClosed,
}

/// The next payment.
///
/// # Errors
/// A `PaymentReject`; the payment stays as it is.
pub fn advance(payment: &Payment, event: PaymentEvent) -> Result<PaymentOutcome, PaymentReject> {
    match event {
        PaymentEvent::PrepayMade { prepay_id } => prepay_made(payment, prepay_id),
        PaymentEvent::CloseConfirmed => ended(payment, PaymentState::Closed),
        PaymentEvent::ProviderSays { trade_state, amount, transaction_id } => match trade_state {
            TradeState::Success => succeeded(payment, amount, transaction_id),
            TradeState::Refund => refunded(payment, transaction_id.as_deref()),
            TradeState::Closed | TradeState::Revoked => ended(payment, PaymentState::Closed),
            TradeState::PayError => ended(payment, PaymentState::Failed),
            // A query may have been answered before the payer paid: never a contradiction.
            TradeState::NotPay | TradeState::UserPaying | TradeState::Accept => {
                Ok(PaymentOutcome::Unchanged)
            }
        },
    }
}

fn prepay_made(payment: &Payment, prepay_id: String) -> Result<PaymentOutcome, PaymentReject> {
    match payment.state {
        PaymentState::Succeeded => Err(PaymentReject::AlreadySucceeded),
        PaymentState::Closed | PaymentState::Failed => Err(PaymentReject::AlreadyClosed),
        PaymentState::Created | PaymentState::Ready => Ok(PaymentOutcome::Moved(Payment {
            state: PaymentState::Ready,
            prepay_id: Some(prepay_id),
            ..payment.clone()
        })),
    }
}

fn succeeded(
    payment: &Payment,
    amount: Fen,
    transaction_id: Option<String>,
) -> Result<PaymentOutcome, PaymentReject> {
    let id = transaction_id.filter(|id| !id.is_empty()).ok_or(PaymentReject::MissingTransaction)?;
    if payment.transaction_id.as_ref().is_some_and(|known| *known != id) {
        return Err(PaymentReject::SecondTransaction);
    }
    if amount != payment.amount {
        return Err(PaymentReject::AmountDiffers { expected: payment.amount, said: amount });
    }
    let paid =
        Payment { state: PaymentState::Succeeded, transaction_id: Some(id), ..payment.clone() };
    Ok(match payment.state {
        PaymentState::Succeeded => PaymentOutcome::AlreadyKnown,
        PaymentState::Created | PaymentState::Ready => PaymentOutcome::Moved(paid),
        PaymentState::Closed | PaymentState::Failed => PaymentOutcome::LateSuccess(paid),
    })
}

/// Refunds have records of their own; here only the payment they refer to is checked.
fn refunded(
    payment: &Payment,
    transaction_id: Option<&str>,
) -> Result<PaymentOutcome, PaymentReject> {
    if payment.state != PaymentState::Succeeded {
        return Err(PaymentReject::RefundBeforeSuccess);
    }
    if transaction_id.is_some() && transaction_id != payment.transaction_id.as_deref() {
        return Err(PaymentReject::SecondTransaction);
    }
    Ok(PaymentOutcome::AlreadyKnown)
}

fn ended(payment: &Payment, state: PaymentState) -> Result<PaymentOutcome, PaymentReject> {
    match (payment.state, state) {
        (PaymentState::Succeeded, _) => Err(PaymentReject::AlreadySucceeded),
        (PaymentState::Closed, _) | (PaymentState::Failed, PaymentState::Failed) => {
            Ok(PaymentOutcome::Unchanged)
        }
        _ => Ok(PaymentOutcome::Moved(Payment { state, ..payment.clone() })),
    }
}

impl Payment {
    /// A new attempt to pay `amount`.
    #[must_use]
    pub fn created(amount: Fen) -> Self {
        Payment { state: PaymentState::Created, amount, prepay_id: None, transaction_id: None }
    }
}

impl PaymentState {
    /// Every state.
    pub const ALL: [PaymentState; 5] = [
        PaymentState::Created,
        PaymentState::Ready,
        PaymentState::Succeeded,
        PaymentState::Closed,
        PaymentState::Failed,
    ];

    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PaymentState::Created => "created",
            PaymentState::Ready => "ready",
            PaymentState::Succeeded => "succeeded",
            PaymentState::Closed => "closed",
            PaymentState::Failed => "failed",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        PaymentState::ALL.into_iter().find(|s| s.name() == name)
    }
}

impl TradeState {
    /// Reads the provider's word, e.g. `SUCCESS`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "SUCCESS" => TradeState::Success,
            "REFUND" => TradeState::Refund,
            "NOTPAY" => TradeState::NotPay,
            "CLOSED" => TradeState::Closed,
            "REVOKED" => TradeState::Revoked,
            "USERPAYING" => TradeState::UserPaying,
            // Pay after parking calls the last two PAY_FAIL and ACCEPTED.
            "PAYERROR" | "PAY_FAIL" => TradeState::PayError,
            "ACCEPT" | "ACCEPTED" => TradeState::Accept,
            _ => return None,
        })
    }
}

impl PaymentReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            PaymentReject::AmountDiffers { .. } => "amount_differs",
            PaymentReject::MissingTransaction => "missing_transaction",
            PaymentReject::SecondTransaction => "second_transaction",
            PaymentReject::RefundBeforeSuccess => "refund_before_success",
            PaymentReject::AlreadySucceeded => "payment_already_succeeded",
            PaymentReject::AlreadyClosed => "payment_already_closed",
        }
    }
}

#[cfg(test)]
mod tests;
