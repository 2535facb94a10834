//! An order as it begins: open, nothing booked.

use billing::order::OrderState;
use store::OrderRow;
use uuid::Uuid;

/// What an order is for, and what it freezes.
#[derive(Clone, Copy)]
pub(super) struct NewOrder<'a> {
    pub(super) operator_id: Uuid,
    pub(super) payee_id: Uuid,
    pub(super) regime: &'a str,
    /// `visit`, `pass` or `top_up`, and which.
    pub(super) subject: (&'a str, Uuid),
    pub(super) account_id: Option<Uuid>,
    /// Empty where nothing is priced by one.
    pub(super) tariff_id: &'a str,
    pub(super) zone_id: Option<Uuid>,
    /// City time.
    pub(super) opened_at: i64,
}

pub(super) fn fresh_order(new: NewOrder<'_>) -> OrderRow {
    OrderRow {
        order_id: Uuid::now_v7(),
        operator_id: new.operator_id,
        payee_id: new.payee_id,
        regime: new.regime.into(),
        subject_kind: new.subject.0.into(),
        subject_id: new.subject.1,
        account_id: new.account_id,
        tariff_id: new.tariff_id.into(),
        state: OrderState::Open.name().into(),
        zone_id: new.zone_id,
        total_fen: 0,
        waived_fen: 0,
        waived_increase_fen: 0,
        written_off_fen: 0,
        paid_fen: 0,
        refunding_fen: 0,
        refunded_fen: 0,
        invoiced_fen: 0,
        bill_revision: 0,
        holding_revision: 0,
        opened_at: new.opened_at,
        ended_at: None,
        final_at: None,
        due_at: None,
        owing_at: None,
        paid_at: None,
    }
}
