//! The prepaid balance as a channel: what was paid from it goes back to it, and no provider is asked.
//!
//! A payment from it is made in one transaction (`flow/pay_by_balance.rs`), so none is ever prepared here. A
//! refund succeeds as soon as it is asked for, as long as somebody has the balance.

use billing::refund::{RefundStatus, Way};
use store::Store;
use vocabulary::Fen;

use super::channel::{Answer, Channel, Demand, PayRefusal, ProviderWord, RefundDemand, RefundWord};
use super::paid_here::paid_here;

/// Balances, as the tables know them.
#[derive(Debug)]
pub struct Balance {
    store: Store,
}

impl Balance {
    /// The balances in this database.
    #[must_use]
    pub fn of(store: Store) -> Balance {
        Balance { store }
    }

    /// Whoever was deleted has no balance to go back to.
    async fn refund(
        &self,
        out_refund_no: &str,
    ) -> anyhow::Result<Option<Result<RefundWord, PayRefusal>>> {
        let mut tx = self.store.read().await?;
        let Some(row) = tx.refund_by_no(out_refund_no).await? else { return Ok(None) };
        let balance = tx.paying_balance(row.payment_id).await?;
        if balance.is_none_or(|balance| balance.account_id.is_none()) {
            return Ok(Some(Err(PayRefusal { code: "ACCOUNT_DELETED".into() })));
        }
        Ok(Some(Ok(RefundWord {
            refund_id: Some(row.out_refund_no.clone()),
            out_refund_no: row.out_refund_no,
            status: RefundStatus::Success,
            amount: Fen(row.amount_fen),
            success_at: None,
        })))
    }
}

fn paid_at_once<'a, T>() -> Answer<'a, Result<T, PayRefusal>>
where
    T: Send + 'a,
{
    Box::pin(async { Ok(Err(PayRefusal { code: "PAID_AT_ONCE".into() })) })
}

impl Channel for Balance {
    fn name(&self) -> &'static str {
        "prepaid"
    }

    fn way(&self) -> Way {
        Way::Balance
    }

    fn prepare<'a>(
        &'a self,
        _demand: &'a Demand<'a>,
        _now_ms: i64,
    ) -> Answer<'a, Result<String, PayRefusal>> {
        paid_at_once()
    }

    fn ask<'a>(&'a self, out_trade_no: &'a str, _now_ms: i64) -> Answer<'a, Option<ProviderWord>> {
        Box::pin(paid_here(&self.store, self.name(), out_trade_no))
    }

    fn close<'a>(
        &'a self,
        _out_trade_no: &'a str,
        _now_ms: i64,
    ) -> Answer<'a, Result<(), PayRefusal>> {
        paid_at_once()
    }

    fn give_back<'a>(
        &'a self,
        demand: &'a RefundDemand<'a>,
        _now_ms: i64,
    ) -> Answer<'a, Result<RefundWord, PayRefusal>> {
        Box::pin(async move {
            let answer = self.refund(demand.out_refund_no).await?;
            Ok(answer.unwrap_or_else(|| Err(PayRefusal { code: "REFUND_UNKNOWN".into() })))
        })
    }

    fn ask_refund<'a>(
        &'a self,
        out_refund_no: &'a str,
        _now_ms: i64,
    ) -> Answer<'a, Option<RefundWord>> {
        Box::pin(async move { Ok(self.refund(out_refund_no).await?.and_then(Result::ok)) })
    }
}
