//! Visit, link and order of a stay: made by the claim that binds it, joined or taken over by others.

use anyhow::Context;
use store::{BayRow, ClaimRow, LinkRow, NewCase, OrderRow, StayRow, TermsRow, Tx, VisitRow};
use uuid::Uuid;

use super::find_twice::find_soon;
use super::fresh_order::{NewOrder, fresh_order};
use super::see_plate::see_claimed;
use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

/// The stay, visit and order that a claim is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub stay_id: Uuid,
    pub visit_id: Uuid,
    pub order_id: Uuid,
}

/// Visit, link and order for a stored claim; the visit is settled at once if the vehicle has left.
pub(super) async fn bind_stored(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    stay: &StayRow,
    claim: &ClaimRow,
) -> Outcome<Bound> {
    let now = app.clock.city_now().ms();
    let terms = terms_of(tx, bay.bay_id, stay).await?;
    let visit = VisitRow {
        visit_id: Uuid::now_v7(),
        operator_id: terms.operator_id,
        plate: claim.plate.clone(),
        vehicle_class: claim.vehicle_class.clone(),
        account_id: claim.account_id,
        opened_at: now,
        plate_colour: claim.plate_colour.clone(),
    };
    tx.insert_visit(&visit).await?;
    let link = LinkRow {
        stay_id: stay.stay_id,
        version: next_version(tx, stay.stay_id).await?,
        claim_id: claim.claim_id,
        visit_id: visit.visit_id,
        method: claim.method.clone(),
        actor: claim.account_id.or(claim.staff_id).unwrap_or_default().to_string(),
        bound_at: now,
        role: "occupies".into(),
        confidence_pct: claim.confidence_pct,
        reason: "claimed".into(),
    };
    if !tx.link_stay(&link).await? {
        return Err(Refusal::conflict("stay_claimed", "this stay was claimed at the same moment"));
    }
    see_claimed(app, tx, claim, (visit.visit_id, stay.stay_id)).await?;
    find_soon(app, tx, visit.visit_id, &format!("{}:{}", link.stay_id, link.version)).await?;
    let order = order_for(&visit, &terms, stay);
    tx.insert_order(&order).await?;
    if stay.state == "left" {
        settle_soon(
            app,
            tx,
            visit.visit_id,
            &format!("{}:{}:claimed", stay.stay_id, stay.revision),
        )
        .await?;
    }
    Ok(Bound { stay_id: stay.stay_id, visit_id: visit.visit_id, order_id: order.order_id })
}

/// The zone, tariff and payee of a bay when a stay began.
pub(super) async fn terms_of(tx: &mut Tx, bay_id: Uuid, stay: &StayRow) -> Outcome<TermsRow> {
    tx.terms(bay_id, stay.arrived_at).await?.ok_or_else(|| {
        Refusal::refused("no_tariff_terms", "no fee zone covered this bay when the vehicle arrived")
    })
}

/// The number of the next link of a stay.
pub(super) async fn next_version(tx: &mut Tx, stay_id: Uuid) -> Outcome<i64> {
    Ok(i64::try_from(tx.links(stay_id).await?.len()).unwrap_or(i64::MAX).saturating_add(1))
}

/// Queues the settlement of a visit; `what` names the change, so that each is settled once.
pub(super) async fn settle_soon(app: &App, tx: &mut Tx, visit_id: Uuid, what: &str) -> Outcome<()> {
    let at = app.clock.machine_now_ms();
    Ok(tx.enqueue(Kind::SettleVisit.name(), what, visit_id, at).await?)
}

/// The same vehicle: an account takes over a visit that nobody's account held.
pub(super) async fn join(tx: &mut Tx, link: &LinkRow, account: Option<Uuid>) -> Outcome<Bound> {
    if let Some(account) = account {
        tx.adopt_visit(link.visit_id, account).await?;
    }
    let order = tx.order_of("visit", link.visit_id).await?.context("visit without order")?;
    Ok(Bound { stay_id: link.stay_id, visit_id: link.visit_id, order_id: order.order_id })
}

/// A surer word: the stay becomes another visit, and the one that held it settles without it.
pub(super) async fn replace(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    (stay, held): (&StayRow, &LinkRow),
    claim: &ClaimRow,
) -> Outcome<Bound> {
    let now = app.clock.city_now().ms();
    tx.end_link(stay.stay_id, now).await?;
    tx.set_claim_state(held.claim_id, "displaced").await?;
    let what = format!("{}:{}:displaced", held.stay_id, held.version);
    settle_soon(app, tx, held.visit_id, &what).await?;
    bind_stored(app, tx, bay, stay, claim).await
}

/// Two words stand against each other, and money or equal rank forbids to decide by rule.
pub(super) async fn dispute(app: &App, tx: &mut Tx, held: &LinkRow, claim_id: Uuid) -> Outcome<()> {
    let visit = tx.visit(held.visit_id).await?.context("link without visit")?;
    let key = format!("claims_differ:{}:{claim_id}", held.stay_id);
    tx.open_case(&NewCase {
        case_id: Uuid::now_v7(),
        case_key: &key,
        operator_id: Some(visit.operator_id),
        kind: "claims_differ",
        source: "system",
        subject_kind: "visit",
        subject_id: &held.visit_id.to_string(),
        detail: "another plate was seen in a bay that is claimed",
        opened_at: app.clock.city_now().ms(),
    })
    .await?;
    Ok(())
}

fn order_for(visit: &VisitRow, terms: &TermsRow, stay: &StayRow) -> OrderRow {
    fresh_order(NewOrder {
        operator_id: visit.operator_id,
        payee_id: terms.payee_id,
        regime: &terms.regime,
        subject: ("visit", visit.visit_id),
        account_id: visit.account_id,
        tariff_id: &terms.tariff_id,
        zone_id: Some(terms.zone_id),
        opened_at: stay.arrived_at,
    })
}
