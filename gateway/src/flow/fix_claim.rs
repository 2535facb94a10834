//! A claim that named the wrong bay: what the sensors' times offer, and setting it right.
//!
//! A driver may take a stay that nobody claimed and that is offered for their claim. Staff may take
//! any unclaimed stay, or swap two claims that were made crosswise. The visit moves with its order and
//! its money; only where another zone, tariff or payee holds, and nothing is paid, it begins anew.

use anyhow::Context;
use billing::binding::{self, Fix, NEAR_MS, Neighbour, Typed};
use billing::order::Order;
use store::{ClaimRow, LinkRow, StayRow, Tx};
use uuid::Uuid;
use vocabulary::{ClaimId, Fen, StayId, Timestamp};

use super::bind_visit::{Bound, bind_stored, next_version, settle_soon, terms_of};
use super::claim_bay::claimed_by_another;
use super::find_twice::find_soon;
use super::move_order::order_of;
use super::see_plate::see_by_staff;
use super::{Outcome, Refusal};
use crate::app::App;

/// What is offered for a claim.
#[derive(Clone, Debug)]
pub struct Offer {
    pub fix: Fix,
    pub bay_code: String,
    pub arrived_at: Timestamp,
}

/// Who sets a claim right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fixer {
    /// Whose claim it is.
    Driver(Uuid),
    Staff {
        actor: String,
        reason: String,
    },
}

/// What the sensors' times offer for a claim, the best first.
///
/// # Errors
/// When the database fails.
pub async fn offers(tx: &mut Tx, claim: &ClaimRow) -> Outcome<Vec<Offer>> {
    let own = tx.bays_beside(claim.bay_id).await?;
    let code = own.iter().find(|(bay, _)| *bay == claim.bay_id).map(|(_, code)| code.clone());
    let mut bays = own;
    bays.extend(tx.bays_of_codes(&binding::slips(&code.unwrap_or_default())).await?);
    bays.sort_unstable();
    bays.dedup();
    bays.retain(|(bay, _)| *bay != claim.bay_id);
    let ids: Vec<Uuid> = bays.iter().map(|(bay, _)| *bay).collect();
    let (from, to) = (claim.made_at - NEAR_MS, claim.made_at + NEAR_MS);
    let stays = tx.stays_arrived_between(&ids, from, to).await?;
    let typed = typed(tx, claim).await?;
    let mut neighbours = Vec::with_capacity(stays.len());
    for stay in &stays {
        neighbours.push(neighbour(tx, stay).await?);
    }
    let offer = |fix: Fix| {
        let (Fix::MoveTo { stay, .. } | Fix::SwapWith { stay, .. }) = fix;
        let stay = stays.iter().find(|s| s.stay_id == stay.0)?;
        let (_, code) = bays.iter().find(|(bay, _)| *bay == stay.bay_id)?;
        let arrived_at = Timestamp::from_ms(stay.arrived_at);
        Some(Offer { fix, bay_code: code.clone(), arrived_at })
    };
    Ok(binding::fixes(&typed, &neighbours).into_iter().filter_map(offer).collect())
}

async fn typed(tx: &mut Tx, claim: &ClaimRow) -> Outcome<Typed> {
    let bound = match tx.links_of_claim(claim.claim_id).await?.first() {
        Some(link) => tx.stay(link.stay_id).await?.map(|s| Timestamp::from_ms(s.arrived_at)),
        None => None,
    };
    let made_at = Timestamp::from_ms(claim.made_at);
    Ok(Typed { claim: ClaimId(claim.claim_id), made_at, bound })
}

async fn neighbour(tx: &mut Tx, stay: &StayRow) -> Outcome<Neighbour> {
    let arrived_at = Timestamp::from_ms(stay.arrived_at);
    let held = match tx.current_link(stay.stay_id).await? {
        Some(link) => {
            let claim = tx.claim(link.claim_id).await?.context("link without claim")?;
            let made_at = Timestamp::from_ms(claim.made_at);
            Some(Typed { claim: ClaimId(claim.claim_id), made_at, bound: Some(arrived_at) })
        }
        None => None,
    };
    Ok(Neighbour { stay: StayId(stay.stay_id), arrived_at, held })
}

/// Gives a claim another stay.
///
/// # Errors
/// `claim_unknown`, `fix_not_offered`, `stay_unknown`, `stay_claimed`, `claim_joined` (another claim holds
/// the visit), `zone_differs`, `no_tariff_terms`.
pub async fn fix_claim(
    app: &App,
    tx: &mut Tx,
    claim_id: Uuid,
    stay_id: Uuid,
    fixer: &Fixer,
) -> Outcome<Bound> {
    let claim = own_claim(tx, claim_id, fixer).await?;
    let stay = tx.stay(stay_id).await?;
    let stay = stay.ok_or_else(|| Refusal::missing("stay_unknown", "there is no such stay"))?;
    let mut bays = [claim.bay_id, stay.bay_id];
    bays.sort_unstable();
    tx.lock_bays(&bays).await?;
    let offered = offers(tx, &claim).await?;
    let offer = offered.iter().map(|offer| offer.fix).find(|fix| is_of(*fix, stay_id));
    match (offer, fixer) {
        (Some(Fix::SwapWith { .. }), Fixer::Driver(_)) | (None, Fixer::Driver(_)) => {
            Err(Refusal::conflict("fix_not_offered", "this stay is not offered for this claim"))
        }
        (Some(Fix::SwapWith { .. }), Fixer::Staff { .. }) => {
            let bound = swap(app, tx, &claim, &stay).await?;
            vouch(app, tx, &bound).await
        }
        (_, Fixer::Staff { .. }) => {
            let bound = take(app, tx, &claim, &stay).await?;
            vouch(app, tx, &bound).await
        }
        _ => take(app, tx, &claim, &stay).await,
    }
}

/// Whoever sets it right knows which vehicle stood there.
async fn vouch(app: &App, tx: &mut Tx, bound: &Bound) -> Outcome<Bound> {
    let visit = tx.visit(bound.visit_id).await?.context("a fix of no visit")?;
    let plate = (visit.plate.as_str(), visit.plate_colour.as_deref());
    let place = (visit.visit_id, Some(bound.stay_id));
    see_by_staff(tx, place, plate, app.clock.city_now()).await?;
    Ok(*bound)
}

async fn own_claim(tx: &mut Tx, claim_id: Uuid, fixer: &Fixer) -> Outcome<ClaimRow> {
    let claim = tx.claim(claim_id).await?.filter(|claim| match fixer {
        Fixer::Driver(account) => claim.account_id == Some(*account),
        Fixer::Staff { .. } => true,
    });
    claim.ok_or_else(|| Refusal::missing("claim_unknown", "no such claim of yours"))
}

fn is_of(fix: Fix, stay_id: Uuid) -> bool {
    let (Fix::MoveTo { stay, .. } | Fix::SwapWith { stay, .. }) = fix;
    stay.0 == stay_id
}

/// The claim's visit becomes the stay's, or the claim's first visit does.
async fn take(app: &App, tx: &mut Tx, claim: &ClaimRow, stay: &StayRow) -> Outcome<Bound> {
    if tx.current_link(stay.stay_id).await?.is_some() {
        return Err(claimed_by_another());
    }
    if !matches!(stay.state.as_str(), "present" | "left") {
        return Err(Refusal::missing("stay_unknown", "there is no such stay"));
    }
    let links = tx.links_of_claim(claim.claim_id).await?;
    let Some(link) = links.first() else {
        if claim.state == "bound" {
            let detail = "another claim holds this visit: set that one right";
            return Err(Refusal::conflict("claim_joined", detail));
        }
        return anew(app, tx, claim, stay).await;
    };
    let order = tx.order_of("visit", link.visit_id).await?.context("visit without order")?;
    let order = tx.lock_order(order.order_id).await?.context("visit without order")?;
    if same_terms(tx, &order, stay).await? {
        return moved(app, tx, link, stay, order.order_id).await;
    }
    if untouched(&order_of(&order)?) {
        let now = app.clock.city_now().ms();
        tx.end_link(link.stay_id, now).await?;
        let what = format!("{}:{}:left", link.stay_id, link.version);
        settle_soon(app, tx, link.visit_id, &what).await?;
        return anew(app, tx, claim, stay).await;
    }
    Err(zone_differs())
}

async fn anew(app: &App, tx: &mut Tx, claim: &ClaimRow, stay: &StayRow) -> Outcome<Bound> {
    let bay = tx.lock_bays(&[stay.bay_id]).await?.pop().context("stay without bay")?;
    let bound = bind_stored(app, tx, &bay, stay, claim).await?;
    tx.set_claim_state(claim.claim_id, "bound").await?;
    Ok(bound)
}

async fn moved(
    app: &App,
    tx: &mut Tx,
    link: &LinkRow,
    stay: &StayRow,
    order_id: Uuid,
) -> Outcome<Bound> {
    let version = next_version(tx, stay.stay_id).await?;
    let link = LinkRow { reason: "moved".into(), ..link.clone() };
    if !tx.move_link(&link, stay.stay_id, version, app.clock.city_now().ms()).await? {
        return Err(claimed_by_another());
    }
    let what = format!("{}:{version}:moved", stay.stay_id);
    settle_soon(app, tx, link.visit_id, &what).await?;
    find_soon(app, tx, link.visit_id, &what).await?;
    Ok(Bound { stay_id: stay.stay_id, visit_id: link.visit_id, order_id })
}

/// Two visits change their stays; each keeps its order, its money and its account.
async fn swap(app: &App, tx: &mut Tx, claim: &ClaimRow, stay: &StayRow) -> Outcome<Bound> {
    let links = tx.links_of_claim(claim.claim_id).await?;
    let own = links.first().context("a claim to be swapped has a stay")?.clone();
    let other = tx.current_link(stay.stay_id).await?.context("a stay to be swapped is held")?;
    let mut orders = Vec::new();
    for link in [&own, &other] {
        orders.push(
            tx.order_of("visit", link.visit_id).await?.context("visit without order")?.order_id,
        );
    }
    let order_id = orders[0];
    orders.sort_unstable();
    for id in &orders {
        let order = tx.lock_order(*id).await?.context("visit without order")?;
        let goes_to = if *id == order_id { other.stay_id } else { own.stay_id };
        let goes_to = tx.stay(goes_to).await?.context("link without stay")?;
        if !same_terms(tx, &order, &goes_to).await? {
            return Err(zone_differs());
        }
    }
    let now = app.clock.city_now().ms();
    for link in [&own, &other] {
        tx.end_link(link.stay_id, now).await?;
    }
    for (link, stay_id) in [(&own, other.stay_id), (&other, own.stay_id)] {
        let version = next_version(tx, stay_id).await?;
        let reason = "swapped".to_owned();
        let linked = LinkRow { stay_id, version, bound_at: now, reason, ..link.clone() };
        if !tx.link_stay(&linked).await? {
            return Err(claimed_by_another());
        }
        let what = format!("{stay_id}:{version}:swapped");
        settle_soon(app, tx, link.visit_id, &what).await?;
        find_soon(app, tx, link.visit_id, &what).await?;
    }
    Ok(Bound { stay_id: stay.stay_id, visit_id: own.visit_id, order_id })
}

/// Whether an order may go on with a stay: what it froze holds there too.
pub(super) async fn same_terms(
    tx: &mut Tx,
    order: &store::OrderRow,
    stay: &StayRow,
) -> Outcome<bool> {
    let terms = terms_of(tx, stay.bay_id, stay).await?;
    Ok((terms.payee_id, &terms.tariff_id, &terms.regime)
        == (order.payee_id, &order.tariff_id, &order.regime)
        && order.zone_id.is_none_or(|zone| zone == terms.zone_id))
}

fn untouched(order: &Order) -> bool {
    order.paid == Fen::ZERO
}

pub(super) fn zone_differs() -> Refusal {
    Refusal::conflict(
        "zone_differs",
        "another zone, tariff or payee holds there, and this visit has been paid: refund it first",
    )
}
