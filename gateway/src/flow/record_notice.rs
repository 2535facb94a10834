//! What became of a notice: handed over, delivered (with what shows it), or failed. The only thing
//! that moves dunning on.
//!
//! The limits of the policy on contacts (hours, so many a day and in seven days over all debts of a person) hold here, when
//! the person is contacted, by what was really handed and delivered. What may not go out now stays in the outbox.

use anyhow::Context;
use billing::arrears;
use billing::policy::Channel;
use serde_json::json;
use store::{ArrearsNoticeRow, ArrearsRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::follow_arrears::{WEEK_MS, arrears_of};
use super::{Outcome, Refusal};
use crate::app::App;

/// What is known of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Somebody who delivers has taken it.
    Handed { to: String },
    /// It reached the person, or hangs at the vehicle.
    Delivered { proof: String, at: Timestamp },
    /// It did not.
    Failed { why: String },
}

/// Records it.
///
/// # Errors
/// `notice_unknown`, `notice_over`, `proof_missing`, `delivered_at_wrong`; `contact_not_now` outside the hours of the
/// policy, or where the person was contacted as often as it allows.
pub async fn record_notice(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    notice_id: Uuid,
    word: &Word,
) -> Outcome<ArrearsNoticeRow> {
    let now = app.clock.city_now();
    let known = tx.arrears_notice(notice_id).await?;
    let known = known.filter(|n| actor.may_touch(Some(n.operator_id)));
    let order_id = known
        .ok_or_else(|| Refusal::missing("notice_unknown", "there is no such notice of yours"))?
        .order_id;
    // The arrears first, as everybody locks them.
    let arrears = tx.lock_arrears(order_id).await?.context("notice without arrears")?;
    let mut notice = tx.lock_arrears_notice(notice_id).await?.context("notice vanished")?;
    if !matches!(notice.state.as_str(), "queued" | "handed") {
        return Err(Refusal::conflict(
            "notice_over",
            "this notice is over: delivered, failed, or withdrawn since the debt is not pursued",
        ));
    }
    notice.recorded_by = Some(actor.name());
    let next = match word {
        Word::Handed { to } => {
            may_contact(app, tx, &notice, &arrears, now).await?;
            (notice.state, notice.handed_at) = ("handed".into(), Some(now.ms()));
            notice.handed_to = Some(to.clone());
            arrears
        }
        Word::Delivered { proof, at } => {
            delivered(&notice, proof, *at, now)?;
            // What was handed over was allowed then, and it reaches the person when it does.
            if notice.handed_at.is_none_or(|handed_at| at.ms() < handed_at) {
                may_contact(app, tx, &notice, &arrears, *at).await?;
            }
            (notice.state, notice.delivered_at) = ("delivered".into(), Some(at.ms()));
            notice.proof = Some(proof.trim().into());
            let step = u32::try_from(notice.step).unwrap_or(u32::MAX);
            let taken = arrears::step_taken(&arrears_of(&arrears)?, step, *at);
            ArrearsRow {
                steps_taken: i64::from(taken.steps_taken),
                step_taken_at: taken.step_taken_at.map(Timestamp::ms),
                next_at: Some(now.ms()),
                ..arrears
            }
        }
        Word::Failed { why } => {
            (notice.state, notice.proof) = ("failed".into(), Some(why.clone()));
            ArrearsRow { next_at: Some(now.ms()), ..arrears }
        }
    };
    tx.update_arrears_notice(&notice).await?;
    tx.update_arrears(&ArrearsRow { changed_at: now.ms(), ..next }).await?;
    let detail = json!({"state": notice.state, "channel": notice.channel, "step": notice.step});
    actor.audit(tx, now, "record_notice", ("notice", &notice_id.to_string()), &detail).await?;
    Ok(notice)
}

fn delivered(notice: &ArrearsNoticeRow, proof: &str, at: Timestamp, now: Timestamp) -> Outcome<()> {
    if proof.trim().is_empty() {
        let detail = "say what shows the delivery: the number of the message, the call, the photo of the slip";
        return Err(Refusal::refused("proof_missing", detail));
    }
    if at > now || at.ms() < notice.made_at {
        let detail = "a notice is delivered after it was made and not in the future";
        return Err(Refusal::refused("delivered_at_wrong", detail));
    }
    Ok(())
}

/// Nobody is reminded after the limitation, or called or written to in the night or more often than the policy allows,
/// whoever does it. A slip at the vehicle is no contact.
async fn may_contact(
    app: &App,
    tx: &mut Tx,
    notice: &ArrearsNoticeRow,
    arrears: &ArrearsRow,
    at: Timestamp,
) -> Outcome<()> {
    if at.ms() >= arrears.limitation_at {
        let detail = "the limitation is over: nobody is reminded of this debt any more";
        return Err(Refusal::conflict("notice_over", detail));
    }
    let contact = Channel::from_name(&notice.channel).is_some_and(Channel::is_contact);
    let Some(version) = app.after.at(at).filter(|_| contact) else { return Ok(()) };
    let contacted = match notice.account_id {
        Some(account_id) => contacts_beside(tx, account_id, notice.notice_id, at).await?,
        None => Vec::new(),
    };
    if arrears::may_contact(&app.after, version, &contacted, at) {
        return Ok(());
    }
    let next = arrears::first_allowed(&app.after, version, &contacted, app.clock.city_now());
    let detail = format!(
        "outside the hours of the policy, or more often than it allows over all debts of this person; the notice \
         stays in the outbox and may go out from {next} on"
    );
    Err(Refusal::conflict("contact_not_now", detail))
}

/// When else the person was contacted in the days around; notices to one person are recorded one after the other.
async fn contacts_beside(
    tx: &mut Tx,
    account_id: Uuid,
    notice_id: Uuid,
    at: Timestamp,
) -> Outcome<Vec<Timestamp>> {
    tx.lock_account(account_id).await?;
    let since = at.ms().saturating_sub(WEEK_MS);
    let beside = tx.contacts_beside(account_id, notice_id, since).await?;
    Ok(beside.into_iter().map(|(at,)| Timestamp::from_ms(at)).collect())
}
