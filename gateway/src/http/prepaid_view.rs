//! Prepaid balances as their owner sees them: what stands on them, what became of it, what goes back.

use serde::Serialize;
use store::{PrepaidMoveRow, RefundRow};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::health::Moment;
use super::payments::PaymentView;
use crate::flow::prepaid::Prepaid;

/// A balance of the caller's, or one that could be opened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BalanceView {
    payee_id: Uuid,
    #[schema(example = "城市停车运营公司")]
    payee: String,
    balance_fen: i64,
    /// Bounds of one top-up, and the most that may stand on it; null where nothing can be topped up any more.
    limits: Option<TopUpLimits>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TopUpLimits {
    min_top_up_fen: i64,
    max_top_up_fen: i64,
    max_balance_fen: i64,
}

/// Empty where no payee offers a balance.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Balances {
    #[serde(flatten)]
    pub(super) moment: Moment,
    pub(super) balances: Vec<BalanceView>,
}

/// A change of a balance.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MoveView {
    /// Counts from 1.
    line: i64,
    /// `top_up`, `used`, `returned` (what was paid from it was refunded) or `given_back`.
    #[schema(example = "used")]
    kind: String,
    /// Below 0 if it went.
    amount_fen: i64,
    /// What stood on it after that.
    balance_fen: i64,
    /// The order that was paid or refunded, or that topped it up.
    order_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrepaidHistory {
    #[serde(flatten)]
    pub(super) moment: Moment,
    /// Newest first.
    pub(super) moves: Vec<MoveView>,
    /// `before` of the next page; null on the last one.
    pub(super) next: Option<i64>,
}

/// The order of a top-up, and the payment that is to be made. It stands on the balance once it is paid.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopUpView {
    pub(super) order_id: Uuid,
    pub(super) payment: PaymentView,
}

/// What goes back, and how.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TakenBack {
    pub(super) amount_fen: i64,
    /// Of the newest top-up first.
    pub(super) refunds: Vec<BackView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackView {
    refund_id: Uuid,
    /// The order of the top-up.
    order_id: Option<Uuid>,
    amount_fen: i64,
    /// `channel`; `hand` for what no channel gives back any more: it is transferred by bank.
    #[schema(example = "channel")]
    way: String,
}

impl BalanceView {
    pub(super) fn of(prepaid: Prepaid) -> BalanceView {
        BalanceView {
            payee_id: prepaid.payee.payee_id,
            payee: prepaid.payee.name,
            balance_fen: prepaid.balance_fen,
            limits: prepaid.terms.map(|terms| TopUpLimits {
                min_top_up_fen: terms.min_top_up_fen,
                max_top_up_fen: terms.max_top_up_fen,
                max_balance_fen: terms.max_balance_fen,
            }),
        }
    }
}

impl MoveView {
    pub(super) fn of(row: &PrepaidMoveRow) -> MoveView {
        MoveView {
            line: row.line,
            kind: row.kind.clone(),
            amount_fen: row.amount_fen,
            balance_fen: row.balance_fen,
            order_id: row.order_id,
            made_at: Timestamp::from_ms(row.made_at),
        }
    }
}

impl BackView {
    pub(super) fn of(row: &RefundRow) -> BackView {
        BackView {
            refund_id: row.refund_id,
            order_id: row.order_id,
            amount_fen: row.amount_fen,
            way: row.way.clone(),
        }
    }
}
