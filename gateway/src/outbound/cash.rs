//! Cash as a channel: a person has taken it or will hand it back, and our own tables say so.
//!
//! A payment is taken by a numbered receipt (`flow/upload_receipts.rs`), so none is ever prepared here. A
//! refund is under way until somebody paid it out (`flow/refund_by_hand.rs`).

use anyhow::Context;
use billing::refund::{RefundState, RefundStatus, Way};
use store::Store;
use vocabulary::{Fen, Timestamp};

use super::channel::{Answer, Channel, Demand, PayRefusal, ProviderWord, RefundDemand, RefundWord};
use super::paid_here::paid_here;

/// Cash, as the tables know it.
#[derive(Debug)]
pub struct Cash {
    store: Store,
}

impl Cash {
    /// Cash of the operators in this database.
    #[must_use]
    pub fn of(store: Store) -> Cash {
        Cash { store }
    }

    async fn refund(&self, out_refund_no: &str) -> anyhow::Result<Option<RefundWord>> {
        let Some(row) = self.store.read().await?.refund_by_no(out_refund_no).await? else {
            return Ok(None);
        };
        let state = RefundState::from_name(&row.state).context("unknown refund state")?;
        let status = match state {
            RefundState::Succeeded => RefundStatus::Success,
            RefundState::Closed => RefundStatus::Closed,
            RefundState::Requested | RefundState::Processing | RefundState::Abnormal => {
                RefundStatus::Processing
            }
        };
        Ok(Some(RefundWord {
            out_refund_no: row.out_refund_no,
            refund_id: row.hand_reference,
            status,
            amount: Fen(row.amount_fen),
            success_at: (state == RefundState::Succeeded)
                .then(|| Timestamp::from_ms(row.changed_at)),
        }))
    }
}

impl Channel for Cash {
    fn name(&self) -> &'static str {
        "cash"
    }

    fn way(&self) -> Way {
        Way::Hand
    }

    fn prepare<'a>(
        &'a self,
        _demand: &'a Demand<'a>,
        _now_ms: i64,
    ) -> Answer<'a, Result<String, PayRefusal>> {
        Box::pin(async { Ok(Err(PayRefusal { code: "TAKEN_BY_RECEIPT".into() })) })
    }

    fn ask<'a>(&'a self, out_trade_no: &'a str, _now_ms: i64) -> Answer<'a, Option<ProviderWord>> {
        Box::pin(paid_here(&self.store, self.name(), out_trade_no))
    }

    fn close<'a>(
        &'a self,
        _out_trade_no: &'a str,
        _now_ms: i64,
    ) -> Answer<'a, Result<(), PayRefusal>> {
        Box::pin(async { Ok(Err(PayRefusal { code: "TAKEN_BY_RECEIPT".into() })) })
    }

    fn give_back<'a>(
        &'a self,
        demand: &'a RefundDemand<'a>,
        _now_ms: i64,
    ) -> Answer<'a, Result<RefundWord, PayRefusal>> {
        Box::pin(async move {
            let word = self.refund(demand.out_refund_no).await?;
            Ok(word.ok_or_else(|| PayRefusal { code: "REFUND_UNKNOWN".into() }))
        })
    }

    fn ask_refund<'a>(
        &'a self,
        out_refund_no: &'a str,
        _now_ms: i64,
    ) -> Answer<'a, Option<RefundWord>> {
        Box::pin(self.refund(out_refund_no))
    }
}
