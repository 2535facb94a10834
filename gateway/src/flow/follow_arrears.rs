//! Dunning, order by order: begins when an order is owing, puts the notice that is due into the
//! outbox, ends when nothing is owed. A sweep without input: whatever is lost is found again.
//!
//! Nothing is sent here, and nothing moves on but by the record of a delivery (`record_notice`).

use anyhow::{Context, Result};
use billing::arrears::{
    self, Arrears, ArrearsState, Next, NoticeFacts, Pending, Reach, notice_text,
};
use billing::policy::{Channel, Step, Version};
use billing::text::Language;
use store::{ArrearsNoticeRow, ArrearsRow, Lane, OrderRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Interval, Plate, Timestamp};

use super::settle_visit::open_case;
use crate::app::App;
use crate::outbound::Announced;

/// Orders looked at in one go.
const BATCH: i64 = 200;
pub(super) const WEEK_MS: i64 = 7 * 86_400_000;

/// Looks at every order whose dunning is to begin, to go on, or to end; how many.
///
/// # Errors
/// When the database fails.
pub async fn follow_arrears(app: &App) -> Result<usize> {
    let now = app.clock.city_now();
    if app.after.at(now).is_none() {
        return Ok(0);
    }
    let mut tx = app.store.read().await?;
    let begin = tx.owing_without_arrears(BATCH).await?;
    let over = tx.arrears_without_debt(BATCH).await?;
    let again = tx.debt_without_arrears(BATCH).await?;
    let due = tx.arrears_due(now.ms(), BATCH).await?;
    drop(tx);
    let mut looked_at = 0;
    for (order_id,) in begin.into_iter().chain(over).chain(again).chain(due) {
        if let Some(announced) = look_at(app, order_id, now).await? {
            app.notices.announce(&announced);
        }
        looked_at += 1;
    }
    Ok(looked_at)
}

/// One order in one transaction; the notice that is new in the outbox, if one is.
async fn look_at(app: &App, order_id: Uuid, now: Timestamp) -> Result<Option<Announced>> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(order) = tx.lock_order(order_id).await? else { return Ok(None) };
    let Some(version) = app.after.at(now) else { return Ok(None) };
    let row = match tx.lock_arrears(order_id).await? {
        Some(row) => row,
        None if order.state == "owing" => begin(app, &mut tx, &order, version, now).await?,
        None => return Ok(None),
    };
    let state = ArrearsState::from_name(&row.state).context("unknown state of arrears")?;
    let announced = match (order.state.as_str(), state) {
        (_, ArrearsState::Detached) => None,
        ("owing", ArrearsState::Settled | ArrearsState::WrittenOff) => {
            // A revised stay is owed for again.
            let state = ArrearsState::Running.name().into();
            let row = ArrearsRow { state, next_at: Some(now.ms()), changed_at: now.ms(), ..row };
            tx.update_arrears(&row).await?;
            None
        }
        ("owing", ArrearsState::Running) => go_on(app, &mut tx, &order, row, now).await?,
        ("owing", _) => None,
        (ended, _) => {
            end(&mut tx, row, ended, now).await?;
            None
        }
    };
    tx.commit().await?;
    Ok(announced)
}

async fn begin(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    version: &Version,
    now: Timestamp,
) -> Result<ArrearsRow> {
    let since = Timestamp::from_ms(order.owing_at.unwrap_or(now.ms()));
    let row = ArrearsRow {
        order_id: order.order_id,
        operator_id: order.operator_id,
        account_id: order.account_id,
        state: ArrearsState::Running.name().into(),
        since_at: since.ms(),
        limitation_at: arrears::limitation(&app.after, version, since).ms(),
        steps_taken: 0,
        step_taken_at: None,
        next_at: Some(now.ms()),
        policy: format!("{}/{}", app.after.id, version.number),
        changed_at: now.ms(),
    };
    tx.insert_arrears(&row).await?;
    // An appeal may have been filed before the grace was over.
    if tx.has_open_appeal(order.order_id).await? {
        let row = ArrearsRow { state: ArrearsState::Paused.name().into(), ..row };
        tx.update_arrears(&row).await?;
        return Ok(row);
    }
    Ok(row)
}

async fn end(tx: &mut Tx, row: ArrearsRow, order_state: &str, now: Timestamp) -> Result<()> {
    let state = match order_state {
        "written_off" => ArrearsState::WrittenOff,
        _ => ArrearsState::Settled,
    };
    tx.cancel_arrears_notices(row.order_id).await?;
    let state = state.name().into();
    tx.update_arrears(&ArrearsRow { state, next_at: None, changed_at: now.ms(), ..row }).await?;
    Ok(())
}

/// Does what is due now, or notes when to look again.
async fn go_on(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    mut row: ArrearsRow,
    now: Timestamp,
) -> Result<Option<Announced>> {
    // The claimant may have signed in since: the order is the word on whose it is.
    row.account_id = order.account_id;
    let notices = tx.arrears_notices(order.order_id).await?;
    let of_step = |n: &&ArrearsNoticeRow| n.step == row.steps_taken;
    let open = |n: &ArrearsNoticeRow| n.state == "queued" || n.state == "handed";
    let pending = notices.iter().filter(of_step).any(open);
    let failed: Vec<Channel> = notices
        .iter()
        .filter(of_step)
        .filter(|n| n.state == "failed")
        .filter_map(|n| Channel::from_name(&n.channel))
        .collect();
    let (channels, contacted) = reach_of(tx, row.account_id, now).await?;
    let reach = Reach { channels: &channels, failed: &failed, contacted: &contacted };
    let step = u32::try_from(row.steps_taken).unwrap_or(u32::MAX);
    let pending = pending.then_some(Pending { step });
    let next = arrears::next(&app.after, &arrears_of(&row)?, pending, &reach, now);
    let mut announced = None;
    row.next_at = Some(row.limitation_at);
    match next {
        Next::Nothing => {}
        Next::Wait(until) => row.next_at = Some(until.ms().min(row.limitation_at)),
        Next::Notify { step, rule, channel } => {
            announced = notify(app, tx, order, &row, (step, rule, channel)).await?;
        }
        Next::Unreachable { step } => {
            let key = format!("arrears_unreachable:{}:{step}", order.order_id);
            let detail = "the claimant cannot be reached by any way of this step";
            open_case(tx, order, "arrears_unreachable", &key, detail, now).await?;
        }
        Next::List => (row.state, row.next_at) = (ArrearsState::Listed.name().into(), None),
        Next::Lapse => {
            // Nobody is reminded any more, by what waits in the outbox either.
            tx.cancel_arrears_notices(order.order_id).await?;
            (row.state, row.next_at) = (ArrearsState::Lapsed.name().into(), None);
        }
    }
    row.changed_at = now.ms();
    tx.update_arrears(&row).await?;
    Ok(announced)
}

async fn notify(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    row: &ArrearsRow,
    (step, rule, channel): (u32, &Step, Channel),
) -> Result<Option<Announced>> {
    let text_zh = notice_of(app, tx, order, rule, Language::Chinese).await?;
    let text_en = notice_of(app, tx, order, rule, Language::English).await?;
    let notice = ArrearsNoticeRow {
        notice_id: Uuid::now_v7(),
        order_id: order.order_id,
        operator_id: order.operator_id,
        account_id: row.account_id,
        step: i64::from(step),
        step_name: rule.name.clone(),
        channel: channel.name().into(),
        text_zh,
        text_en,
        state: "queued".into(),
        made_at: app.clock.city_now().ms(),
        handed_at: None,
        handed_to: None,
        delivered_at: None,
        proof: None,
        recorded_by: None,
    };
    if !tx.insert_arrears_notice(&notice).await? {
        return Ok(None);
    }
    if let (Channel::Subscription, Some(account_id)) = (channel, row.account_id) {
        tx.use_subscription(account_id, notice.notice_id).await?;
    }
    Ok(Some(Announced { notice_id: notice.notice_id, channel: channel.name() }))
}

async fn notice_of(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    rule: &Step,
    language: Language,
) -> Result<String> {
    let visit = tx.visit(order.subject_id).await?.context("order without visit")?;
    let stays = tx.stays_of_visit(order.subject_id).await?;
    let held = || stays.iter().filter(|stay| stay.state == "left");
    let first = held().next().context("an owing visit without a stay")?;
    let left = held().filter_map(|stay| stay.left_at).max().unwrap_or(first.arrived_at);
    let stay = Interval::new(Timestamp::from_ms(first.arrived_at), Timestamp::from_ms(left));
    let bay = tx.bay_name(first.bay_id).await?.map(|bay| bay.code).unwrap_or_default();
    let street = tx.terms(first.bay_id, first.arrived_at).await?.map(|t| t.street);
    let place = format!("{} {bay}", street.unwrap_or_default());
    let operator = tx.operator_name(order.operator_id).await?.unwrap_or_default();
    let plate = Plate::read(&visit.plate).ok();
    let owed = Fen(super::file_appeal::asked_fen(order)
        - (order.paid_fen - order.refunding_fen - order.refunded_fen));
    let facts = NoticeFacts {
        operator: &operator,
        place: place.trim(),
        stay,
        plate: plate.as_ref(),
        owed,
        pay_at: &app.config.after.pay_at,
        zone: app.after.time_zone,
    };
    Ok(notice_text(&facts, rule, language))
}

/// By what ways the claimant can be reached, and when they were in the last days.
async fn reach_of(
    tx: &mut Tx,
    account_id: Option<Uuid>,
    now: Timestamp,
) -> Result<(Vec<Channel>, Vec<Timestamp>)> {
    let Some(account_id) = account_id else { return Ok((Vec::new(), Vec::new())) };
    let mut channels = Vec::new();
    for contact in tx.contacts(account_id).await? {
        // A number may be called and written to.
        let ways: &[Channel] = match contact.channel.as_str() {
            "subscription" => &[Channel::Subscription],
            "phone" => &[Channel::Sms, Channel::Phone],
            _ => &[],
        };
        channels.extend_from_slice(ways);
    }
    let contacted = tx.contacts_of_account(account_id, now.ms() - WEEK_MS).await?;
    Ok((channels, contacted.into_iter().map(|(at,)| Timestamp::from_ms(at)).collect()))
}

pub(super) fn arrears_of(row: &ArrearsRow) -> Result<Arrears> {
    Ok(Arrears {
        state: ArrearsState::from_name(&row.state).context("unknown state of arrears")?,
        since: Timestamp::from_ms(row.since_at),
        steps_taken: u32::try_from(row.steps_taken).unwrap_or(u32::MAX),
        step_taken_at: row.step_taken_at.map(Timestamp::from_ms),
    })
}
