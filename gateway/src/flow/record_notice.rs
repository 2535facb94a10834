//! What became of a notice: handed over, delivered (with what shows it), or failed. The only thing
//! that moves dunning on.

use anyhow::Context;
use billing::arrears;
use billing::policy::Channel;
use serde_json::json;
use store::{ArrearsNoticeRow, ArrearsRow, Tx};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::follow_arrears::arrears_of;
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
/// `notice_unknown`, `notice_over`, `proof_missing`, `contact_not_now` outside the hours of the policy.
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
            may_contact(app, &notice, now)?;
            (notice.state, notice.handed_at) = ("handed".into(), Some(now.ms()));
            notice.handed_to = Some(to.clone());
            arrears
        }
        Word::Delivered { proof, at } => {
            delivered(&mut notice, proof, *at, now)?;
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

fn delivered(
    notice: &mut ArrearsNoticeRow,
    proof: &str,
    at: Timestamp,
    now: Timestamp,
) -> Outcome<()> {
    if proof.trim().is_empty() {
        let detail = "say what shows the delivery: the number of the message, the call, the photo of the slip";
        return Err(Refusal::refused("proof_missing", detail));
    }
    if at > now || at.ms() < notice.made_at {
        let detail = "a notice is delivered after it was made and not in the future";
        return Err(Refusal::refused("delivered_at_wrong", detail));
    }
    (notice.state, notice.delivered_at) = ("delivered".into(), Some(at.ms()));
    notice.proof = Some(proof.trim().into());
    Ok(())
}

/// A person is not called or written to in the night, whoever does it.
fn may_contact(app: &App, notice: &ArrearsNoticeRow, now: Timestamp) -> Outcome<()> {
    let contact = Channel::from_name(&notice.channel).is_some_and(Channel::is_contact);
    let allowed = app
        .after
        .at(now)
        .is_none_or(|version| arrears::first_allowed(&app.after, version, &[], now) <= now);
    if contact && !allowed {
        let detail = "nobody is contacted at this hour; try again within the hours of the policy";
        return Err(Refusal::conflict("contact_not_now", detail));
    }
    Ok(())
}
