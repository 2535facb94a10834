//! Idempotent functions without input that a timer runs: they find what was overdue or lost.

use store::Lane;

use super::Kind;
use super::retention::Retention;
use crate::app::App;
use crate::flow::again;
use crate::flow::claim_bay::end_wait;
use crate::flow::end_grace::end_grace;
use crate::flow::follow_arrears::follow_arrears;
use crate::flow::follow_commands::end_commands;
use crate::flow::follow_passes::follow_passes;
use crate::flow::follow_usage::follow_usage;
use crate::flow::look_again::look_again;
use crate::flow::plan_cases::{clear_cases, open_device_cases, plan_cases};
use crate::flow::top_up::lapse_top_ups;

const MINUTE_MS: i64 = 60_000;
/// Sweeps run this often (machine time).
const EVERY_MS: i64 = 500;
/// Repairs of lost jobs run this often.
const REPAIR_EVERY_MS: i64 = 30_000;
/// A job that was given up gets another round of tries after this long; its case stays open.
const REVIVE_AFTER_MS: i64 = 6 * 3_600_000;
/// Addresses of mails are kept for so long after the mail (city time).
const MAIL_KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// Rows a repair looks at in one go.
const BATCH: i64 = 500;

/// When each sweep ran last (machine time).
#[derive(Debug)]
pub(super) struct Sweeps {
    swept_ms: i64,
    bays_due_ms: i64,
    repaired_ms: i64,
    after_due_ms: i64,
    retention: Retention,
}

impl Sweeps {
    pub(super) fn new() -> Sweeps {
        Sweeps {
            swept_ms: 0,
            bays_due_ms: 0,
            repaired_ms: 0,
            after_due_ms: 0,
            retention: Retention::default(),
        }
    }

    /// Runs what is due; a failure is logged and tried again at the next turn.
    pub(super) async fn run_due(&mut self, app: &App) {
        let now = app.clock.machine_now_ms();
        if now - self.swept_ms >= EVERY_MS {
            self.swept_ms = now;
            log_failure("claims", end_waits(app).await);
            log_failure("certificates", app.wechat_pay.refresh_trust(now).await);
            log_failure("grace", grace(app).await);
            log_failure("commands", end_commands(app).await.map(|_| ()));
            log_failure("usage", follow_usage(app).await.map(|_| ()));
        }
        if now >= self.bays_due_ms {
            let began = std::time::Instant::now();
            log_failure("bays", look_again(app).await.map(|_| ()));
            // It looks at every bay; it may take a twentieth of the time.
            let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            self.bays_due_ms = now + EVERY_MS.max(took_ms.saturating_mul(20));
        }
        if now >= self.after_due_ms {
            let began = std::time::Instant::now();
            log_failure("case deadlines", plan_cases(app).await.map(|_| ()));
            log_failure("arrears", follow_arrears(app).await.map(|_| ()));
            log_failure("passes", follow_passes(app).await.map(|_| ()));
            let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            self.after_due_ms = now + EVERY_MS.max(took_ms.saturating_mul(20));
        }
        if now - self.repaired_ms >= REPAIR_EVERY_MS {
            self.repaired_ms = now;
            log_failure("payments", repair_payments(app, now).await);
            log_failure("refunds", repair_refunds(app, now).await);
            log_failure("parking entries", super::parking::sweep(app).await);
            log_failure("invoices", repair_invoices(app, now).await);
            log_failure("books", super::books::queue_proofs(app, now).await);
            log_failure("reconciliation", super::reconcile::queue_days(app, now).await);
            log_failure("top-ups", lapse_top_ups(app).await.map(|_| ()));
            log_failure("devices", open_device_cases(app).await.map(|_| ()));
            log_failure("cases", clear_cases(app).await.map(|_| ()));
            log_failure("housekeeping", keep_house(app, now).await);
        }
        log_failure("retention", self.retention.run_due(app, now).await);
    }
}

fn log_failure(sweep: &str, ended: anyhow::Result<()>) {
    if let Err(error) = ended {
        tracing::warn!(sweep, error = format!("{error:#}"), "a sweep failed and will run again");
    }
}

/// Orders that were not paid in time.
async fn grace(app: &App) -> anyhow::Result<()> {
    let ended = again(|| end_grace(app)).await;
    ended.map(|_| ()).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
}

/// Claims for vehicles that did not show up in time.
async fn end_waits(app: &App) -> anyhow::Result<()> {
    let before = app.clock.city_now().plus_ms(-app.config.claims.before_arrival_min * MINUTE_MS);
    let overdue = app.store.read().await?.overdue_claims(before.ms(), BATCH).await?;
    for claim in overdue {
        // One that cannot be ended now must not hold up the others.
        if let Err(refusal) = again(|| end_wait(app, &claim)).await {
            tracing::warn!(
                error = format!("{refusal:?}"),
                "a waiting claim could not be ended yet"
            );
        }
    }
    Ok(())
}

/// Pending payments get their job back, should it be lost.
async fn repair_payments(app: &App, now: i64) -> anyhow::Result<()> {
    let pending = app.store.read().await?.pending_payments(now - MINUTE_MS, BATCH).await?;
    let joint = app.store.read().await?.pending_joints(now - MINUTE_MS, BATCH).await?;
    let single = pending.into_iter().map(|p| (p.state, p.payment_id, p.order_id));
    let joint = joint.into_iter().map(|j| (j.state, j.joint_id, j.joint_id));
    let under_way: Vec<_> = single.chain(joint).collect();
    if under_way.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    for (state, id, subject) in under_way {
        let kind = if state == "created" { Kind::PreparePayment } else { Kind::AskPayment };
        tx.enqueue(kind.name(), &id.to_string(), subject, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Refunds under way get their job back, should it be lost.
async fn repair_refunds(app: &App, now: i64) -> anyhow::Result<()> {
    let before = app.clock.city_now().plus_ms(-MINUTE_MS.saturating_mul(app.clock.speed()));
    let open = app.store.read().await?.open_refunds(before.ms(), BATCH).await?;
    let by_channel = open.into_iter().filter(|refund| refund.way != "hand");
    let under_way: Vec<_> = by_channel.filter_map(|r| Some((r.order_id?, r))).collect();
    if under_way.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    for (order_id, refund) in under_way {
        let kind = if refund.state == "requested" { Kind::StartRefund } else { Kind::AskRefund };
        tx.enqueue(kind.name(), &refund.refund_id.to_string(), order_id, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Documents under way and mails that wait get their job back, should it be lost.
async fn repair_invoices(app: &App, now: i64) -> anyhow::Result<()> {
    let mut tx = app.store.read().await?;
    let (pending, mails) = (tx.pending_invoices(BATCH).await?, tx.waiting_mails(BATCH).await?);
    drop(tx);
    if pending.is_empty() && mails.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    for invoice in pending {
        let kind = match invoice.state.as_str() {
            "submitted" => Kind::AskInvoice,
            "issued" => Kind::FetchDocuments,
            _ => Kind::SubmitInvoice,
        };
        tx.enqueue(kind.name(), &invoice.invoice_id.to_string(), invoice.invoice_id, now).await?;
    }
    for mail in mails {
        let key = mail.mail_id.to_string();
        tx.enqueue(Kind::SendMail.name(), &key, mail.invoice_id, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ahead of time: partitions; behind: old sessions and jobs given up.
async fn keep_house(app: &App, now: i64) -> anyhow::Result<()> {
    app.store.prepare_partitions(app.clock.city_now().ms()).await?;
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.forget_sessions(now).await?;
    tx.forget_phone_codes(now).await?;
    tx.forget_invoice_links(now).await?;
    let mailed_before = app.clock.city_now().ms() - MAIL_KEPT_MS;
    tx.forget_mail_addresses(mailed_before, BATCH).await?;
    tx.forget_register_changes().await?;
    tx.revive_jobs(now - REVIVE_AFTER_MS, now).await?;
    tx.commit().await?;
    Ok(())
}
