//! What channels without a provider say of a payment: it was made in one transaction, so that what stands in
//! our own tables is the last word.

use billing::payment::TradeState;
use store::Store;
use vocabulary::{Fen, Timestamp};

use super::channel::{ProviderWord, Said};

/// The word about a payment of the channel; `None` if it never had one of this number.
pub(super) async fn paid_here(
    store: &Store,
    channel: &str,
    out_trade_no: &str,
) -> anyhow::Result<Option<ProviderWord>> {
    let row = store.read().await?.payment_by_trade_no(out_trade_no).await?;
    Ok(row.filter(|row| row.channel == channel).map(|row| ProviderWord {
        said: Said::Answered,
        out_trade_no: row.out_trade_no,
        trade_state: TradeState::Success,
        transaction_id: row.transaction_id,
        amount: Fen(row.amount_fen),
        success_at: row.succeeded_at.map(Timestamp::from_ms),
    }))
}
