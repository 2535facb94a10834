//! A visit of several bays: a truck on two, a neighbour's bay that is straddled, a vehicle moved on.

use anyhow::Context;
use store::{LinkRow, OrderRow, StayRow, Tx};
use uuid::Uuid;
use vocabulary::BayCode;

use super::actor::Actor;
use super::bind_visit::{Bound, next_version, settle_soon};
use super::claim_bay::claimed_by_another;
use super::find_twice::find_soon;
use super::fix_claim::{same_terms, zone_differs};
use super::{Outcome, Refusal};
use crate::app::App;

/// Who moved within the street came to the next bay within this long.
const MOVED_WITHIN_MS: i64 = 30 * 60_000;

/// What a further bay is to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Charged, together with the others.
    Occupies,
    /// Touched, and free.
    Straddles,
}

impl Role {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Occupies => "occupies",
            Role::Straddles => "straddles",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        [Role::Occupies, Role::Straddles].into_iter().find(|role| role.name() == name)
    }
}

/// Adds the stay of a bay to a visit: the one that was there with it, else the one just before or after.
/// A bay that the visit has already changes its role; one that it occupies always remains.
///
/// # Errors
/// `visit_unknown`, `bay_unknown`, `no_stay_to_add`, `no_bay_occupied`, `stay_claimed`, `zone_differs`,
/// `no_tariff_terms`.
pub async fn add_bay(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    visit_id: Uuid,
    (code, role): (&BayCode, Role),
) -> Outcome<Bound> {
    let bay = tx.bay_by_code(code.as_str()).await?.filter(|b| actor.may_touch(Some(b.operator_id)));
    let bay =
        bay.ok_or_else(|| Refusal::missing("bay_unknown", "no bay of yours has this code"))?;
    tx.lock_bays(&[bay.bay_id]).await?;
    let order = locked_order(tx, actor, visit_id).await?;
    let links = tx.links_of_visit(visit_id).await?;
    let first = links.first().ok_or_else(|| {
        Refusal::conflict("visit_without_stay", "this visit has no stay that one could go with")
    })?;
    let stay = stay_with(tx, &links, bay.bay_id).await?;
    if role == Role::Occupies && !same_terms(tx, &order, &stay).await? {
        return Err(zone_differs());
    }
    if role == Role::Straddles && !occupies_another(tx, &links, stay.stay_id).await? {
        let detail = "a visit occupies a bay: without one nothing would be charged; add the bay that it occupies first";
        return Err(Refusal::conflict("no_bay_occupied", detail));
    }
    let now = app.clock.city_now().ms();
    match tx.current_link(stay.stay_id).await? {
        Some(held) if held.visit_id != visit_id => return Err(claimed_by_another()),
        Some(_) => tx.end_link(stay.stay_id, now).await?,
        None => {}
    }
    let version = next_version(tx, stay.stay_id).await?;
    let link = LinkRow {
        stay_id: stay.stay_id,
        version,
        method: "correction".into(),
        actor: actor.name(),
        bound_at: now,
        role: role.name().into(),
        confidence_pct: None,
        reason: "added".into(),
        ..first.clone()
    };
    if !tx.link_stay(&link).await? {
        return Err(claimed_by_another());
    }
    let what = format!("{}:{version}:added", stay.stay_id);
    settle_soon(app, tx, visit_id, &what).await?;
    find_soon(app, tx, visit_id, &what).await?;
    Ok(Bound { stay_id: stay.stay_id, visit_id, order_id: order.order_id })
}

/// Whether a visit occupies a bay beside this stay. A stay that is void or superseded is none.
async fn occupies_another(tx: &mut Tx, links: &[LinkRow], stay_id: Uuid) -> Outcome<bool> {
    let others = links.iter().filter(|link| link.stay_id != stay_id);
    for link in others.filter(|link| link.role == Role::Occupies.name()) {
        let stay = tx.stay(link.stay_id).await?.context("link without stay")?;
        if is_there(&stay) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Neither void nor superseded.
fn is_there(stay: &StayRow) -> bool {
    matches!(stay.state.as_str(), "present" | "left")
}

/// The order of a visit of the actor's operator, locked.
///
/// # Errors
/// `visit_unknown`.
pub(super) async fn locked_order(tx: &mut Tx, actor: &Actor, visit_id: Uuid) -> Outcome<OrderRow> {
    let order = tx.order_of("visit", visit_id).await?;
    let order = order.filter(|order| actor.may_touch(Some(order.operator_id)));
    let order = order.ok_or_else(|| Refusal::missing("visit_unknown", "no such visit of yours"))?;
    Ok(tx.lock_order(order.order_id).await?.context("visit without order")?)
}

/// The stay of a bay that goes with those of a visit.
async fn stay_with(tx: &mut Tx, links: &[LinkRow], bay_id: Uuid) -> Outcome<StayRow> {
    let mut own = Vec::with_capacity(links.len());
    for link in links {
        own.push(tx.stay(link.stay_id).await?.context("link without stay")?);
    }
    let from = own.iter().map(|stay| stay.arrived_at).min().unwrap_or(0);
    let to = own.iter().map(|stay| stay.left_at.unwrap_or(i64::MAX)).max().unwrap_or(i64::MAX);
    let stays = tx.stays_of_bay(bay_id, from - MOVED_WITHIN_MS).await?;
    let apart_ms = |stay: &StayRow| {
        let after = stay.arrived_at.saturating_sub(to);
        let before = from.saturating_sub(stay.left_at.unwrap_or(i64::MAX));
        after.max(before).max(0)
    };
    let best = stays
        .into_iter()
        .filter(is_there)
        .min_by_key(|stay| (apart_ms(stay), stay.arrived_at.saturating_sub(from).abs()))
        .filter(|stay| apart_ms(stay) <= MOVED_WITHIN_MS);
    best.ok_or_else(|| {
        let detail =
            "no vehicle was in that bay with this visit, or half an hour before or after it";
        Refusal::conflict("no_stay_to_add", detail)
    })
}
