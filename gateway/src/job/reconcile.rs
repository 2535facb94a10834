//! Reconciliation by itself: each day of each merchant account whose bill is there, a job of its own.
//!
//! A sweep makes days wait, from the first payment on and as far back as the channel keeps bills; a job
//! downloads the bill, checks it and compares it (`flow::reconcile_day`), then looks at the payouts that waited for it
//! and at days that were not paid out (`flow::payouts`). What is not there yet is asked for again; what cannot be used is
//! tried again ever less often, and after some tries a case is open until it can.

use std::collections::HashSet;

use anyhow::{Context, Result};
use billing::ledger::{Channel, city_day, day_begins};
use billing::reconcile::empty_bill;
use chrono::{Days, NaiveDate};
use store::{Lane, NewCase, PayeeName, ReconcileDayRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::Refusal;
use crate::flow::payouts::{Payouts, look_at_payouts};
use crate::flow::reconcile_day::{CASE_KIND, Reconciling, reconcile_day};
use crate::outbound::TradeBill;

/// A channel's bill of a day is there so long after the next day of +08:00 began.
const READY_MS: i64 = 10 * 3_600_000;
/// WeChat Pay keeps bills for three months.
const LOOK_BACK_DAYS: u64 = 88;
/// A bill that is late is asked for again after this long (city time).
const PATIENCE_MS: i64 = 10 * 60_000;
/// One that cannot be used, after this long; doubles with each try (machine time).
const FIRST_RETRY_MS: i64 = 2_000;
const LONGEST_RETRY_MS: i64 = 3_600_000;
/// Tries in vain after which a person has to look at it; it is tried on.
const CASE_AFTER: i64 = 5;
/// Longest reason that is kept, in characters.
const REASON_CHARS: usize = 200;

/// When the bill of a day is there.
pub(crate) fn ready_at(day: NaiveDate) -> Timestamp {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    day_begins(next).plus_ms(READY_MS)
}

/// Queues every day whose bill is there and that is not reconciled. A sweep without input.
pub(super) async fn queue_days(app: &App, now: i64) -> Result<()> {
    let Some(merchant) = app.wechat_pay.merchant_id().filter(|_| app.config.reconcile.daily) else {
        return Ok(());
    };
    let channel = Channel::Wechat.name();
    let mut tx = app.store.read().await?;
    let fresh = unknown_days(app, &mut tx, (channel, merchant)).await?;
    let waiting = tx.waiting_reconcile_days(i64::try_from(LOOK_BACK_DAYS)?).await?;
    drop(tx);
    let known = waiting.into_iter().filter(|d| d.channel == channel && d.merchant == merchant);
    let days: Vec<String> = known.map(|day| day.bill_on).chain(fresh.iter().cloned()).collect();
    if days.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    for day in &fresh {
        tx.await_reconcile_day(channel, merchant, day).await?;
    }
    for day in &days {
        let key = format!("{channel}:{merchant}:{day}");
        tx.enqueue(Kind::ReconcileDay.name(), &key, account_id(channel, merchant), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Days with a bill that nobody knows of here, the oldest first.
async fn unknown_days(
    app: &App,
    tx: &mut Tx,
    (channel, merchant): (&str, &str),
) -> Result<Vec<String>> {
    let now = app.clock.city_now();
    let Some(first_at) = tx.first_payment_at(channel).await? else { return Ok(Vec::new()) };
    let today = city_day(now);
    let oldest = today.checked_sub_days(Days::new(LOOK_BACK_DAYS)).unwrap_or(today);
    let first = city_day(Timestamp::from_ms(first_at)).max(oldest);
    let span = (first.to_string(), today.to_string());
    let known = tx.reconcile_days((&span.0, &span.1), None, i64::MAX).await?;
    let known: HashSet<String> = known
        .into_iter()
        .filter(|d| d.channel == channel && d.merchant == merchant)
        .map(|d| d.bill_on)
        .collect();
    let ready = first.iter_days().take_while(|day| *day < today && ready_at(*day) <= now);
    Ok(ready.map(|day| day.to_string()).filter(|day| !known.contains(day)).collect())
}

/// One account at a time: its days are reconciled one after the other.
fn account_id(channel: &str, merchant: &str) -> Uuid {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(format!("{channel}:{merchant}").as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Downloads, checks and compares the bill of a day.
pub(super) async fn run(app: &App, key: &str) -> Result<Ended> {
    let mut parts = key.split(':');
    let (Some(channel), Some(merchant), Some(day)) = (parts.next(), parts.next(), parts.next())
    else {
        anyhow::bail!("{key} names no day");
    };
    let mut tx = app.store.read().await?;
    let row = tx.reconcile_day(channel, merchant, day).await?.context("no such day")?;
    let payee = owner_of(app, &mut tx).await?;
    drop(tx);
    let channel = Channel::from_name(channel).context("a channel without bills")?;
    if row.state == "done" {
        return look_at_third_leg(app, channel).await;
    }
    let Some(payee) = payee else {
        let why = "several payees, and reconcile.payee does not say whose the merchant account is";
        return in_vain(app, row, None, why).await;
    };
    let on: NaiveDate = day.parse()?;
    let machine_now_ms = app.clock.machine_now_ms();
    let text = match app.wechat_pay.trade_bill(on, machine_now_ms).await {
        Ok(TradeBill::Text(text)) => text,
        Ok(TradeBill::None) => empty_bill(),
        Ok(TradeBill::NotYet) => return later(app, row).await,
        Err(error) => return in_vain(app, row, Some(&payee), &error.to_string()).await,
    };
    let asked = Reconciling {
        channel,
        day: on,
        text: &text,
        payee: &payee,
        merchant: Some(merchant),
        by: "daily job",
        now: app.clock.city_now(),
        machine_now_ms,
    };
    match reconcile_day(&app.store, &asked).await {
        Ok(_) => {
            app.job_bell.notify_one();
            look_at_third_leg(app, channel).await
        }
        Err(Refusal::Failed(error)) => Err(error),
        Err(Refusal::Refused { code, detail } | Refusal::Conflict { code, detail }) => {
            in_vain(app, row, Some(&payee), &format!("{code}: {detail}")).await
        }
        Err(other) => Err(anyhow::anyhow!("{other:?}")),
    }
}

/// What waited for this bill is compared with it, and days that were not paid out in time become cases. A day that is
/// done comes here again if that was cut off.
async fn look_at_third_leg(app: &App, channel: Channel) -> Result<Ended> {
    let now = app.clock.city_now();
    match look_at_payouts(&app.store, channel, now, &mut Payouts::default()).await {
        Ok(()) => Ok(Ended::Done),
        Err(Refusal::Failed(error)) => Err(error),
        Err(other) => Err(anyhow::anyhow!("{other:?}")),
    }
}

/// Whose the merchant account is: the payee that is configured, or the only one.
async fn owner_of(app: &App, tx: &mut Tx) -> Result<Option<PayeeName>> {
    let mut payees = tx.payees().await?;
    if let Some(name) = &app.config.reconcile.payee {
        payees.retain(|p| p.name == *name || p.payee_id.to_string() == *name);
    }
    Ok(if payees.len() == 1 { payees.pop() } else { None })
}

/// The bill is not made yet.
async fn later(app: &App, row: ReconcileDayRow) -> Result<Ended> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    let waits = tx.keep_reconcile_day(&ReconcileDayRow { asked_at: Some(now.ms()), ..row }).await?;
    tx.commit().await?;
    Ok(if waits { Ended::not_before(&app.clock, now.plus_ms(PATIENCE_MS)) } else { Ended::Done })
}

/// It was tried in vain: why is kept, and after some tries a person is told. A day that was done meanwhile stays done.
async fn in_vain(
    app: &App,
    row: ReconcileDayRow,
    payee: Option<&PayeeName>,
    why: &str,
) -> Result<Ended> {
    let why: String = why.chars().take(REASON_CHARS).collect();
    let tries = row.tries + 1;
    tracing::warn!(day = row.bill_on, tries, why, "the bill of a day could not be reconciled");
    let now = app.clock.city_now();
    let tried = ReconcileDayRow { tries, failure: Some(why), asked_at: Some(now.ms()), ..row };
    let mut tx = app.store.begin(Lane::Command).await?;
    if !tx.keep_reconcile_day(&tried).await? {
        return Ok(Ended::Done);
    }
    if tries >= CASE_AFTER {
        open_case(&mut tx, &tried, payee, now).await?;
    }
    tx.commit().await?;
    Ok(Ended::NotBeforeMs(app.clock.machine_now_ms() + retry_ms(tries)))
}

/// Closed by the reconciliation that succeeds in the end, as are the day's other cases whose matter is gone.
async fn open_case(
    tx: &mut Tx,
    row: &ReconcileDayRow,
    payee: Option<&PayeeName>,
    now: Timestamp,
) -> Result<()> {
    let key = format!("reconcile:{}:{}:bill:unusable", row.channel, row.bill_on);
    let why = row.failure.as_deref().unwrap_or_default();
    let detail = format!("the bill of {} could not be used so far: {why}", row.bill_on);
    let opened = tx
        .open_case(&NewCase {
            case_id: Uuid::now_v7(),
            case_key: &key,
            operator_id: payee.map(|payee| payee.operator_id),
            kind: CASE_KIND,
            source: "system",
            subject_kind: "bill",
            subject_id: &row.bill_on,
            detail: &detail,
            opened_at: now.ms(),
        })
        .await?;
    if opened {
        tx.assign_case(&key, "finance").await?;
    }
    Ok(())
}

fn retry_ms(tries: i64) -> i64 {
    let doublings = u32::try_from(tries.clamp(1, 20) - 1).unwrap_or(0);
    FIRST_RETRY_MS.saturating_mul(1_i64 << doublings).min(LONGEST_RETRY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_there_from_ten_oclock_of_the_next_day_on() {
        let day = "2026-09-15".parse().unwrap();
        // 02:00 UTC is 10:00 in +08:00.
        assert_eq!(ready_at(day), Timestamp::parse("2026-09-16T02:00:00Z").unwrap());
    }

    #[test]
    fn it_is_tried_ever_less_often_but_every_hour() {
        let waits = [1, 2, 3, 11, 12, 1_000].map(retry_ms);
        assert_eq!(waits, [2_000, 4_000, 8_000, 2_048_000, 3_600_000, 3_600_000]);
    }

    #[test]
    fn an_account_has_one_name_among_jobs() {
        assert_eq!(account_id("wechat", "1"), account_id("wechat", "1"));
        assert_ne!(account_id("wechat", "1"), account_id("wechat", "2"));
    }
}
