//! An exemption is entered or ended, also for the past: visits that it touches are priced again.

use billing::exemption::Duty;
use serde_json::json;
use store::{ExemptionRow, Tx};
use uuid::Uuid;
use vocabulary::{Interval, Plate, Timestamp, VehicleClass};

use super::actor::Actor;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

/// Visits of one plate that are priced again at once.
const OF_PLATE: i64 = 10_000;
/// Visits read in one go where an exemption holds for many.
const PAGE: i64 = 1_000;

/// Whose exemption it is.
#[derive(Clone, Debug)]
pub enum For {
    /// The form of the plate shows the duty (`military`, `police`).
    Form,
    Plate(Plate),
    Class(VehicleClass),
    Everybody,
}

/// An exemption to enter.
#[derive(Clone, Debug)]
pub struct NewExemption<'a> {
    pub duty: Duty,
    pub whose: For,
    /// Everywhere if left out.
    pub zone_id: Option<Uuid>,
    pub legal_basis: &'a str,
    pub document_number: &'a str,
    pub valid: Interval,
}

/// Enters it.
///
/// # Errors
/// `duty_without_form`; `zone_unknown`; `operator_missing` for staff of no operator.
pub async fn enter_exemption(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    new: &NewExemption<'_>,
) -> Outcome<ExemptionRow> {
    let now = app.clock.city_now();
    let (whose, whose_value) = match &new.whose {
        For::Form if new.duty.plate_form().is_none() => {
            let detail = "only military and police show by the form of their plates";
            return Err(Refusal::refused("duty_without_form", detail));
        }
        For::Form => ("form", Some(new.duty.name().to_owned())),
        For::Plate(plate) => ("plate", Some(plate.as_str().to_owned())),
        For::Class(class) => ("class", Some(class.name().to_owned())),
        For::Everybody => ("everybody", None),
    };
    if let Some(zone_id) = new.zone_id {
        actor.must_know_zone(tx, zone_id).await?;
    }
    let exemption = ExemptionRow {
        exemption_id: Uuid::now_v7(),
        operator_id: actor.operator.map(|operator| operator.0),
        duty: new.duty.name().into(),
        whose: whose.into(),
        whose_value,
        zone_id: new.zone_id,
        basis: format!("{}：{}", new.duty.name(), new.document_number),
        legal_basis: new.legal_basis.into(),
        document_number: new.document_number.into(),
        valid_from_at: new.valid.start_at().ms(),
        valid_to_at: new.valid.end_at().ms(),
        entered_by: actor.name(),
        entered_at: now.ms(),
        ended_at: None,
    };
    tx.insert_exemption(&exemption).await?;
    let touched = price_again(app, tx, &exemption, new.valid.start_at(), "entered").await?;
    let detail = json!({"duty": exemption.duty, "whose": whose, "visits": touched});
    let object = ("exemption", &*exemption.exemption_id.to_string());
    actor.audit(tx, now, "enter_exemption", object, &detail).await?;
    Ok(exemption)
}

/// Ends it at `at`; one that is ended before it began was never right.
///
/// # Errors
/// `exemption_unknown`, `exemption_ended`.
pub async fn end_exemption(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    exemption_id: Uuid,
    at: Timestamp,
) -> Outcome<ExemptionRow> {
    let now = app.clock.city_now();
    let unknown = || Refusal::missing("exemption_unknown", "there is no such exemption of yours");
    let known = tx.exemption(exemption_id).await?.filter(|e| actor.may_touch(e.operator_id));
    let before = known.ok_or_else(unknown)?;
    if !tx.end_exemption(exemption_id, at.ms(), now.ms()).await? {
        return Err(Refusal::conflict("exemption_ended", "it was ended before"));
    }
    let touched = price_again(app, tx, &before, at, "ended").await?;
    let object = ("exemption", &*exemption_id.to_string());
    actor.audit(tx, now, "end_exemption", object, &json!({"visits": touched})).await?;
    tx.exemption(exemption_id).await?.ok_or_else(unknown)
}

/// Queues every visit that the exemption touches from `from` on; how many.
async fn price_again(
    app: &App,
    tx: &mut Tx,
    exemption: &ExemptionRow,
    from: Timestamp,
    why: &str,
) -> Outcome<usize> {
    let from_at = from.ms().max(exemption.valid_from_at);
    let (operator, to_at) = (exemption.operator_id, exemption.valid_to_at);
    let reason = format!("exemption:{}:{why}", exemption.exemption_id);
    if let ("plate", Some(plate)) = (exemption.whose.as_str(), &exemption.whose_value) {
        let visits = tx.visits_of_plate(operator, plate, from_at, to_at, OF_PLATE).await?;
        return settle_again(app, tx, &visits, &reason).await;
    }
    let (mut after, mut touched) = (Uuid::nil(), 0);
    loop {
        let visits = tx.visits_between(operator, from_at, to_at, after, PAGE).await?;
        let Some((last,)) = visits.last() else { return Ok(touched) };
        after = *last;
        touched += settle_again(app, tx, &visits, &reason).await?;
    }
}

/// Queues visits to be priced again for a reason that is new; how many.
pub(crate) async fn settle_again(
    app: &App,
    tx: &mut Tx,
    visits: &[(Uuid,)],
    reason: &str,
) -> Outcome<usize> {
    let now = app.clock.machine_now_ms();
    for (visit_id,) in visits {
        let key = format!("{visit_id}:{reason}");
        tx.enqueue(Kind::SettleVisit.name(), &key, *visit_id, now).await?;
    }
    Ok(visits.len())
}
