//! What `gateway reconcile --date` does, with a gateway that runs in this process.

use anyhow::{Result, anyhow, bail};
use billing::ledger::{Channel, city_day};
use billing::reconcile::empty_bill;
use gateway::app::App;
use gateway::flow::actor::Actor;
use gateway::flow::reconcile_day::{Reconciled, Reconciling, reconcile_day};
use gateway::flow::statement::payee_named;
use gateway::outbound::TradeBill;
use vocabulary::Timestamp;

/// Downloads the bill of the day in +08:00 that `at` lies in, and reconciles it.
///
/// # Errors
/// When the bill is not there yet, or the day cannot be reconciled.
pub(crate) async fn reconciled(app: &App, at: Timestamp) -> Result<Reconciled> {
    let day = city_day(at);
    let machine_now_ms = app.clock.machine_now_ms();
    let text = match app.wechat_pay.trade_bill(day, machine_now_ms).await? {
        TradeBill::Text(text) => text,
        TradeBill::None => empty_bill(),
        TradeBill::NotYet => bail!("the bill of {day} is not there yet"),
    };
    let mut tx = app.store.read().await?;
    let payee = payee_named(&mut tx, &Actor::command_line(), None).await;
    let payee = payee.map_err(|refusal| anyhow!("{refusal:?}"))?;
    drop(tx);
    let asked = Reconciling {
        channel: Channel::Wechat,
        day,
        text: &text,
        payee: &payee,
        merchant: None,
        by: "test",
        now: app.clock.city_now(),
        machine_now_ms,
    };
    let report = reconcile_day(&app.store, &asked).await;
    report.map_err(|refusal| anyhow!("{refusal:?}"))
}
