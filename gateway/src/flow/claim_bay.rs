//! Somebody says which vehicle is in a bay: a driver by its code, an inspector by capture.
//!
//! A claim on an occupied bay binds to the stay at once and opens the order. A claim on a bay that
//! seems empty waits: the sensor's word may be under way. If no vehicle shows up, the claim was
//! late, and binds to the vehicle that left shortly before it, if nobody claimed that one.
//! One stay belongs to one visit: the database is the judge.

use store::{BayRow, ClaimRow, Lane, LinkRow, OrderRow, StayRow, Tx, VisitRow};
use uuid::Uuid;
use vocabulary::{AccountId, BayCode, Plate, PlateColour, StaffId, Timestamp};

use super::{Outcome, Refusal};
use crate::app::App;
use crate::job::Kind;

const MINUTE_MS: i64 = 60_000;

/// Who makes the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimant {
    Driver(AccountId),
    Inspector(StaffId),
}

/// What is claimed.
#[derive(Clone, Debug)]
pub struct Claim {
    pub bay_code: BayCode,
    pub plate: Plate,
    pub colour: Option<PlateColour>,
    pub by: Claimant,
    /// City time at which it was seen; not later than now.
    pub made_at: Timestamp,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub claim_id: Uuid,
    pub bound: Option<Bound>,
}

/// The stay, visit and order that a claim is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub stay_id: Uuid,
    pub visit_id: Uuid,
    pub order_id: Uuid,
}

impl Claimant {
    fn method(self) -> &'static str {
        match self {
            Claimant::Driver(_) => "driver",
            Claimant::Inspector(_) => "inspector",
        }
    }

    fn account(self) -> Option<Uuid> {
        match self {
            Claimant::Driver(account) => Some(account.0),
            Claimant::Inspector(_) => None,
        }
    }

    fn staff(self) -> Option<Uuid> {
        match self {
            Claimant::Driver(_) => None,
            Claimant::Inspector(staff) => Some(staff.0),
        }
    }
}

/// Makes a claim inside the caller's transaction.
///
/// # Errors
/// `bay_unknown`, `stay_claimed` (another vehicle or account holds the stay), `no_tariff_terms`.
pub async fn claim_bay(app: &App, tx: &mut Tx, claim: &Claim) -> Outcome<Claimed> {
    let code = claim.bay_code.as_str();
    let known = tx.bay_by_code(code).await?;
    let bay_id = known
        .ok_or_else(|| Refusal::missing("bay_unknown", format!("no bay has the code {code}")))?
        .bay_id;
    let bay = tx.lock_bays(&[bay_id]).await?.remove(0);
    let row = claim_row(&bay, claim);
    match stays_around(app, tx, &bay, claim.made_at.ms()).await?.into_iter().next() {
        None => {
            tx.insert_claim(&ClaimRow { state: "waiting".into(), ..row.clone() }).await?;
            Ok(Claimed { claim_id: row.claim_id, bound: None })
        }
        Some(stay) => bind(app, tx, &bay, &stay, row).await,
    }
}

/// Binds the oldest waiting claim to the vehicle that has arrived. Run by a job.
///
/// # Errors
/// When the database fails.
pub async fn bind_waiting_claim(app: &App, bay_id: Uuid) -> Outcome<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(bay) = tx.lock_bays(&[bay_id]).await?.pop() else { return Ok(()) };
    let since = app.clock.city_now().plus_ms(-window_ms(app));
    for claim in tx.waiting_claims(bay_id, since.ms()).await? {
        let Some(stay) = unclaimed_stay(app, &mut tx, &bay, claim.made_at).await? else { continue };
        bind_stored(app, &mut tx, &bay, &stay, &claim).await?;
        tx.set_claim_state(claim.claim_id, "bound").await?;
    }
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(())
}

/// Ends the wait of a claim: it was late and binds to the vehicle that had just left, or it is given up.
///
/// # Errors
/// When the database fails.
pub async fn end_wait(app: &App, claim: &ClaimRow) -> Outcome<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(bay) = tx.lock_bays(&[claim.bay_id]).await?.pop() else { return Ok(()) };
    let still_waits = tx.waiting_claims(claim.bay_id, claim.made_at).await?;
    if !still_waits.iter().any(|c| c.claim_id == claim.claim_id) {
        return Ok(());
    }
    let stay = match unclaimed_stay(app, &mut tx, &bay, claim.made_at).await? {
        Some(stay) => Some(stay),
        None => stay_left_before(app, &mut tx, &bay, claim.made_at).await?,
    };
    let bound = match &stay {
        Some(stay) => bind_stored(app, &mut tx, &bay, stay, claim).await.map(|_| "bound"),
        None => Ok("expired"),
    };
    let state = match bound {
        Ok(state) => state,
        // No rule covers the stay: waiting longer changes nothing.
        Err(Refusal::Refused { .. }) => "expired",
        Err(other) => return Err(other),
    };
    tx.set_claim_state(claim.claim_id, state).await?;
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(())
}

fn window_ms(app: &App) -> i64 {
    app.config.claims.before_arrival_min * MINUTE_MS
}

/// The stays that a claim made at `at` may speak of: the one that held the bay then, and those that
/// began soon after, for a driver may be quicker than the sensor, and clocks differ.
async fn stays_around(app: &App, tx: &mut Tx, bay: &BayRow, at: i64) -> Outcome<Vec<StayRow>> {
    let mut stays = tx.stays_of_bay(bay.bay_id, at).await?;
    let until = at + window_ms(app);
    stays.retain(|s| s.arrived_at <= until && (s.state == "present" || s.state == "left"));
    Ok(stays)
}

/// The first of them that nobody has claimed.
async fn unclaimed_stay(app: &App, tx: &mut Tx, bay: &BayRow, at: i64) -> Outcome<Option<StayRow>> {
    for stay in stays_around(app, tx, bay, at).await? {
        if tx.current_link(stay.stay_id).await?.is_none() {
            return Ok(Some(stay));
        }
    }
    Ok(None)
}

/// The unclaimed stay that ended a short while before `at`.
async fn stay_left_before(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    at: i64,
) -> Outcome<Option<StayRow>> {
    let since = at - app.config.claims.after_departure_min * MINUTE_MS;
    let stays = tx.stays_of_bay(bay.bay_id, since).await?;
    let last =
        stays.into_iter().rfind(|s| s.state == "left" && s.left_at.is_some_and(|left| left <= at));
    match last {
        Some(stay) if tx.current_link(stay.stay_id).await?.is_none() => Ok(Some(stay)),
        _ => Ok(None),
    }
}

async fn bind(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    stay: &StayRow,
    claim: ClaimRow,
) -> Outcome<Claimed> {
    if let Some(link) = tx.current_link(stay.stay_id).await? {
        return join(tx, stay, &link, claim).await;
    }
    tx.insert_claim(&ClaimRow { state: "bound".into(), ..claim.clone() }).await?;
    let bound = bind_stored(app, tx, bay, stay, &claim).await?;
    Ok(Claimed { claim_id: claim.claim_id, bound: Some(bound) })
}

/// The stay has a visit already: the same vehicle joins it, another one is refused.
async fn join(tx: &mut Tx, stay: &StayRow, link: &LinkRow, claim: ClaimRow) -> Outcome<Claimed> {
    let visit =
        tx.visit(link.visit_id).await?.ok_or_else(|| anyhow::anyhow!("link without visit"))?;
    let other_account = visit.account_id.is_some()
        && claim.account_id.is_some()
        && visit.account_id != claim.account_id;
    if visit.plate != claim.plate || other_account {
        return Err(Refusal::conflict(
            "stay_claimed",
            "this stay has been claimed for another vehicle or account",
        ));
    }
    tx.insert_claim(&ClaimRow { state: "bound".into(), ..claim.clone() }).await?;
    if let Some(account) = claim.account_id {
        tx.adopt_visit(visit.visit_id, account).await?;
    }
    let order = tx
        .order_of("visit", visit.visit_id)
        .await?
        .ok_or_else(|| anyhow::anyhow!("visit without order"))?;
    let bound = Bound { stay_id: stay.stay_id, visit_id: visit.visit_id, order_id: order.order_id };
    Ok(Claimed { claim_id: claim.claim_id, bound: Some(bound) })
}

/// Visit, link and order for a stored claim; the visit is settled at once if the vehicle has left.
async fn bind_stored(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    stay: &StayRow,
    claim: &ClaimRow,
) -> Outcome<Bound> {
    let now = app.clock.city_now().ms();
    let terms = tx.terms(bay.bay_id, stay.arrived_at).await?.ok_or_else(|| {
        Refusal::refused("no_tariff_terms", "no fee zone covered this bay when the vehicle arrived")
    })?;
    let visit = VisitRow {
        visit_id: Uuid::now_v7(),
        operator_id: terms.operator_id,
        plate: claim.plate.clone(),
        vehicle_class: claim.vehicle_class.clone(),
        account_id: claim.account_id,
        opened_at: now,
    };
    tx.insert_visit(&visit).await?;
    let link = LinkRow {
        stay_id: stay.stay_id,
        version: i64::try_from(tx.links(stay.stay_id).await?.len()).unwrap_or(i64::MAX) + 1,
        claim_id: claim.claim_id,
        visit_id: visit.visit_id,
        method: claim.method.clone(),
        actor: claim.account_id.or(claim.staff_id).unwrap_or_default().to_string(),
        bound_at: now,
    };
    if !tx.link_stay(&link).await? {
        return Err(Refusal::conflict("stay_claimed", "this stay was claimed at the same moment"));
    }
    let order = order_for(&visit, &terms, stay);
    tx.insert_order(&order).await?;
    if stay.state == "left" {
        let key = format!("{}:{}:claimed", stay.stay_id, stay.revision);
        tx.enqueue(Kind::SettleVisit.name(), &key, visit.visit_id, app.clock.machine_now_ms())
            .await?;
    }
    Ok(Bound { stay_id: stay.stay_id, visit_id: visit.visit_id, order_id: order.order_id })
}

fn order_for(visit: &VisitRow, terms: &store::TermsRow, stay: &StayRow) -> OrderRow {
    OrderRow {
        order_id: Uuid::now_v7(),
        operator_id: visit.operator_id,
        payee_id: terms.payee_id,
        regime: terms.regime.clone(),
        subject_kind: "visit".into(),
        subject_id: visit.visit_id,
        account_id: visit.account_id,
        tariff_id: terms.tariff_id.clone(),
        state: billing::order::OrderState::Open.name().into(),
        zone_id: Some(terms.zone_id),
        total_fen: 0,
        waived_fen: 0,
        waived_increase_fen: 0,
        written_off_fen: 0,
        paid_fen: 0,
        refunding_fen: 0,
        refunded_fen: 0,
        invoiced_fen: 0,
        bill_revision: 0,
        holding_revision: 0,
        opened_at: stay.arrived_at,
        ended_at: None,
        final_at: None,
        due_at: None,
        owing_at: None,
        paid_at: None,
    }
}

fn claim_row(bay: &BayRow, claim: &Claim) -> ClaimRow {
    ClaimRow {
        claim_id: Uuid::now_v7(),
        bay_id: bay.bay_id,
        plate: claim.plate.as_str().to_owned(),
        plate_colour: claim.colour.map(|c| c.name().to_owned()),
        vehicle_class: claim.plate.class(claim.colour).name().to_owned(),
        method: claim.by.method().to_owned(),
        account_id: claim.by.account(),
        staff_id: claim.by.staff(),
        made_at: claim.made_at.ms(),
        confidence_pct: None,
        state: String::new(),
    }
}
