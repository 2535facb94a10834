//! Somebody says which vehicle is in a bay: a driver by its code, an inspector by capture, a camera, or
//! whoever pays there.
//!
//! Which stay a claim speaks of, and whose word counts when two differ, is `billing::binding`'s; here
//! it is looked up and stored. One stay belongs to one visit: the database is the judge.

use billing::binding::{self, Aim, Method, Presence, Verdict, Window};
use store::{BayRow, ClaimRow, Lane, LinkRow, StayRow, Tx};
use uuid::Uuid;
use vocabulary::{AccountId, BayCode, Plate, PlateColour, StaffId, StayId, Timestamp};

use super::bind_visit::{Bound, bind_stored, dispute, join, replace};
use super::holder::{holder_of, word_of};
use super::see_plate::see_joined;
use super::{Outcome, Refusal};
use crate::app::App;

const MINUTE_MS: i64 = 60_000;

/// Who makes the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimant {
    Driver(AccountId),
    Inspector(StaffId),
    /// A camera and how sure it is, of 100; brought in by a member of staff or a system with an account.
    Video {
        source: String,
        confidence_pct: u8,
        by: StaffId,
    },
    /// A plate entered where somebody pays.
    Payment(Option<AccountId>),
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

/// How a claim ended, for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// To a stay.
    Bound,
    /// For the sensor to see the vehicle.
    Waiting,
    /// Another word stands against it: a person decides.
    Disputed,
    /// Kept as a hint: the camera is not sure enough.
    Hint,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub claim_id: Uuid,
    pub state: ClaimState,
    /// What the rules said of it; none while no stay is seen.
    pub verdict: Option<Verdict>,
    pub bound: Option<Bound>,
}

impl ClaimState {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClaimState::Bound => "bound",
            ClaimState::Waiting => "waiting",
            ClaimState::Disputed => "disputed",
            ClaimState::Hint => "hint",
        }
    }
}

impl Claimant {
    fn method(&self) -> Method {
        match self {
            Claimant::Driver(_) => Method::Driver,
            Claimant::Inspector(_) => Method::Inspector,
            Claimant::Video { .. } => Method::Video,
            Claimant::Payment(_) => Method::Payment,
        }
    }

    fn account(&self) -> Option<Uuid> {
        match self {
            Claimant::Driver(account) | Claimant::Payment(Some(account)) => Some(account.0),
            _ => None,
        }
    }

    fn staff(&self) -> Option<Uuid> {
        match self {
            Claimant::Inspector(staff) | Claimant::Video { by: staff, .. } => Some(staff.0),
            _ => None,
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
    let stays = stays_near(app, tx, &bay, claim.made_at.ms()).await?;
    let present = presences(tx, &stays).await?;
    match binding::aim(window(app), claim.made_at, &present) {
        // A word that binds nothing now binds nothing later.
        Aim::Wait if verdict_alone(app, &row)? == Verdict::Hint => {
            keep(tx, row, ClaimState::Hint, Some(Verdict::Hint)).await
        }
        Aim::Wait => keep(tx, row, ClaimState::Waiting, None).await,
        Aim::Stay(id) => on_the_spot(app, tx, &bay, found(&stays, id)?, row).await,
    }
}

/// What the rules say of a claim while no stay is seen.
fn verdict_alone(app: &App, claim: &ClaimRow) -> Outcome<Verdict> {
    Ok(binding::verdict(None, &word_of(claim)?, app.config.claims.video_sure_pct))
}

async fn on_the_spot(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    stay: &StayRow,
    claim: ClaimRow,
) -> Outcome<Claimed> {
    let sure_pct = app.config.claims.video_sure_pct;
    let link = tx.current_link(stay.stay_id).await?;
    let holder = match &link {
        Some(link) => Some(holder_of(tx, link, sure_pct).await?),
        None => None,
    };
    let verdict = binding::verdict(holder.as_ref(), &word_of(&claim)?, sure_pct);
    let held = |link: Option<LinkRow>| link.ok_or_else(|| anyhow::anyhow!("nobody holds the stay"));
    let bound = match verdict {
        Verdict::Hint => return keep(tx, claim, ClaimState::Hint, Some(verdict)).await,
        Verdict::Refuse => return Err(claimed_by_another()),
        Verdict::Dispute => {
            let claimed = keep(tx, claim, ClaimState::Disputed, Some(verdict)).await?;
            dispute(app, tx, &held(link)?, claimed.claim_id).await?;
            return Ok(claimed);
        }
        Verdict::Bind => {
            tx.insert_claim(&in_state(&claim, ClaimState::Bound)).await?;
            bind_stored(app, tx, bay, stay, &claim).await?
        }
        Verdict::Join => {
            tx.insert_claim(&in_state(&claim, ClaimState::Bound)).await?;
            let bound = join(tx, &held(link)?, claim.account_id).await?;
            see_joined(app, tx, &claim, &bound).await?;
            bound
        }
        Verdict::Replace => {
            tx.insert_claim(&in_state(&claim, ClaimState::Bound)).await?;
            replace(app, tx, bay, (stay, &held(link)?), &claim).await?
        }
    };
    Ok(Claimed {
        claim_id: claim.claim_id,
        state: ClaimState::Bound,
        verdict: Some(verdict),
        bound: Some(bound),
    })
}

/// Binds the claims that wait for a vehicle in this bay, the surest word first. Run by a job.
///
/// # Errors
/// When the database fails.
pub async fn bind_waiting_claim(app: &App, bay_id: Uuid) -> Outcome<()> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let Some(bay) = tx.lock_bays(&[bay_id]).await?.pop() else { return Ok(()) };
    let since = app.clock.city_now().plus_ms(-window(app).before_arrival_ms);
    let mut waiting = tx.waiting_claims(bay_id, since.ms()).await?;
    let rank = |claim: &ClaimRow| {
        let by_rank = [Method::Inspector, Method::Video, Method::Driver, Method::Payment];
        by_rank.iter().position(|method| method.name() == claim.method)
    };
    waiting.sort_by_key(|claim| (rank(claim), claim.made_at));
    for claim in waiting {
        bind_one(app, &mut tx, &bay, &claim).await?;
    }
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(())
}

/// Binds a waiting claim if it can be; the same vehicle joins what another claim has bound.
async fn bind_one(app: &App, tx: &mut Tx, bay: &BayRow, claim: &ClaimRow) -> Outcome<bool> {
    let made_at = Timestamp::from_ms(claim.made_at);
    let stays = stays_near(app, tx, bay, claim.made_at).await?;
    let present = presences(tx, &stays).await?;
    if let Aim::Stay(id) = binding::aim(window(app), made_at, &present)
        && let Some(link) = tx.current_link(id.0).await?
    {
        let sure_pct = app.config.claims.video_sure_pct;
        let holder = holder_of(tx, &link, sure_pct).await?;
        if binding::verdict(Some(&holder), &word_of(claim)?, sure_pct) == Verdict::Join {
            let bound = join(tx, &link, claim.account_id).await?;
            see_joined(app, tx, claim, &bound).await?;
            tx.set_claim_state(claim.claim_id, ClaimState::Bound.name()).await?;
            return Ok(true);
        }
    }
    let Some(id) = binding::while_waiting(window(app), made_at, &present) else { return Ok(false) };
    bind_stored(app, tx, bay, found(&stays, id)?, claim).await?;
    tx.set_claim_state(claim.claim_id, ClaimState::Bound.name()).await?;
    Ok(true)
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
    let stays = stays_near(app, &mut tx, &bay, claim.made_at).await?;
    let present = presences(&mut tx, &stays).await?;
    let made_at = Timestamp::from_ms(claim.made_at);
    let bound = match binding::after_waiting(window(app), made_at, &present) {
        Some(id) => {
            bind_stored(app, &mut tx, &bay, found(&stays, id)?, claim).await.map(|_| "bound")
        }
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

/// How far from a stay a claim may lie, as configured.
pub(super) fn window(app: &App) -> Window {
    let claims = app.config.claims;
    Window {
        before_arrival_ms: claims.before_arrival_min * MINUTE_MS,
        after_departure_ms: claims.after_departure_min * MINUTE_MS,
    }
}

/// The stays of a bay that a claim made at `at` may speak of.
async fn stays_near(app: &App, tx: &mut Tx, bay: &BayRow, at: i64) -> Outcome<Vec<StayRow>> {
    let mut stays = tx.stays_of_bay(bay.bay_id, at - window(app).after_departure_ms).await?;
    stays.retain(|s| s.state == "present" || s.state == "left");
    Ok(stays)
}

async fn presences(tx: &mut Tx, stays: &[StayRow]) -> Outcome<Vec<Presence>> {
    let ids: Vec<Uuid> = stays.iter().map(|stay| stay.stay_id).collect();
    let links = tx.current_links(&ids).await?;
    let presence = |stay: &StayRow| Presence {
        stay: StayId(stay.stay_id),
        arrived_at: Timestamp::from_ms(stay.arrived_at),
        left_at: stay.left_at.map(Timestamp::from_ms),
        held: links.iter().any(|link| link.stay_id == stay.stay_id),
    };
    Ok(stays.iter().map(presence).collect())
}

fn found(stays: &[StayRow], id: StayId) -> Outcome<&StayRow> {
    let stay = stays.iter().find(|stay| stay.stay_id == id.0);
    Ok(stay.ok_or_else(|| anyhow::anyhow!("a stay that was not looked up"))?)
}

async fn keep(
    tx: &mut Tx,
    claim: ClaimRow,
    state: ClaimState,
    verdict: Option<Verdict>,
) -> Outcome<Claimed> {
    tx.insert_claim(&in_state(&claim, state)).await?;
    Ok(Claimed { claim_id: claim.claim_id, state, verdict, bound: None })
}

fn in_state(claim: &ClaimRow, state: ClaimState) -> ClaimRow {
    ClaimRow { state: state.name().into(), ..claim.clone() }
}

pub(super) fn claimed_by_another() -> Refusal {
    Refusal::conflict("stay_claimed", "this stay has been claimed for another vehicle or account")
}

fn claim_row(bay: &BayRow, claim: &Claim) -> ClaimRow {
    let (source, confidence_pct) = match &claim.by {
        Claimant::Video { source, confidence_pct, .. } => {
            (Some(source.clone()), Some(i64::from(*confidence_pct)))
        }
        _ => (None, None),
    };
    ClaimRow {
        claim_id: Uuid::now_v7(),
        bay_id: bay.bay_id,
        plate: claim.plate.as_str().to_owned(),
        plate_colour: claim.colour.map(|c| c.name().to_owned()),
        vehicle_class: claim.plate.class(claim.colour).name().to_owned(),
        method: claim.by.method().name().to_owned(),
        account_id: claim.by.account(),
        staff_id: claim.by.staff(),
        made_at: claim.made_at.ms(),
        confidence_pct,
        state: String::new(),
        source,
        plate_form: Some(claim.plate.form().name().to_owned()),
    }
}
