//! New observations of one bay become revisions of its stays, its live state, and the jobs that follow.
//!
//! In-order observations continue the stored fold; a late one folds the bay's readings anew.
//! Both ways give the same spans (a property test of `sensing` says so).

use sensing::{
    Change, FOLD_VERSION, Fold, Live, Observation, PublishedStay, Revision, Span, StayState,
    reconcile,
};
use store::{BayRow, LinkRow, NewCase, ObservationRow, StayRow, Tx};
use uuid::Uuid;
use vocabulary::{BayId, DeviceId, StayId, Timestamp};

use crate::app::App;
use crate::job::Kind;

/// Folds `observations` (new ones only, already stored) into the locked bay.
pub(super) async fn derive_stays(
    app: &App,
    tx: &mut Tx,
    mut bay: BayRow,
    observations: Vec<Observation>,
    claim_waits: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    let (fold, spans, since) = advance(app, tx, &bay, observations).await?;
    // Without a span in question no stay is: nothing said about a bay vouches for nothing.
    let published =
        if spans.is_empty() { Vec::new() } else { published_since(tx, &bay, since).await? };
    let revisions = reconcile(&published, &spans, &mut || StayId(Uuid::now_v7()));
    for revision in &revisions {
        publish(app, tx, &bay, revision, claim_waits, now).await?;
    }
    let live = fold.live(&app.policy, now);
    bay.fold_json = Some(serde_json::to_string(&fold)?);
    show(tx, bay, &live, now, "sensor").await
}

/// The fold after the new observations, the spans that may have changed, and since when.
async fn advance(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    mut observations: Vec<Observation>,
) -> anyhow::Result<(Fold, Vec<Span>, Timestamp)> {
    let mut fold: Fold = match bay.fold_json.as_deref().map(serde_json::from_str) {
        Some(Ok(fold)) => fold,
        // Written by another version of the program: the readings say it all again.
        Some(Err(_)) => return from_the_start(app, tx, bay).await,
        None => Fold::new(),
    };
    sensing::sort(&mut observations);
    let mut changed: Vec<Span> = Vec::new();
    for observation in &observations {
        if !fold.follows(observation) {
            return from_the_start(app, tx, bay).await;
        }
        for span in fold.step(&app.policy, observation) {
            match changed.iter_mut().find(|known| known.first == span.first) {
                Some(known) => *known = span,
                None => changed.push(span),
            }
        }
    }
    let since =
        changed.iter().map(|s| s.arrived.earliest_at).min().unwrap_or(Timestamp::from_ms(i64::MAX));
    Ok((fold, changed, since))
}

async fn from_the_start(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
) -> anyhow::Result<(Fold, Vec<Span>, Timestamp)> {
    let observations = observations_of(tx, BayId(bay.bay_id)).await?;
    let (fold, spans) = sensing::fold(&app.policy, &observations);
    Ok((fold, spans, Timestamp::from_ms(i64::MIN)))
}

/// Everything stored about a bay, in the order the fold wants.
pub(crate) async fn observations_of(tx: &mut Tx, bay: BayId) -> anyhow::Result<Vec<Observation>> {
    let rows = tx.observations(bay.0).await?;
    let mut observations = rows.into_iter().map(observation).collect::<anyhow::Result<Vec<_>>>()?;
    sensing::sort(&mut observations);
    Ok(observations)
}

fn observation(row: ObservationRow) -> anyhow::Result<Observation> {
    use anyhow::Context;
    Ok(Observation {
        id: sensing::ReadingId {
            device: DeviceId(row.device_id),
            epoch: row.epoch,
            number: row.number,
            part: u16::try_from(row.part)?,
        },
        observed_at: Timestamp::from_ms(row.observed_at),
        kind: sensing::Kind::from_name(&row.kind)
            .with_context(|| format!("unknown kind {}", row.kind))?,
        occupied: row.occupied,
    })
}

/// The stays that the spans from `since` on may change.
async fn published_since(
    tx: &mut Tx,
    bay: &BayRow,
    since: Timestamp,
) -> anyhow::Result<Vec<PublishedStay>> {
    tx.stays_of_bay(bay.bay_id, since.ms()).await?.into_iter().map(|row| published(&row)).collect()
}

/// A stored stay as the reconciliation sees it.
pub(crate) fn published(row: &StayRow) -> anyhow::Result<PublishedStay> {
    use anyhow::Context;
    Ok(PublishedStay {
        id: StayId(row.stay_id),
        span: serde_json::from_str(&row.span_json)?,
        state: StayState::from_name(&row.state)
            .with_context(|| format!("unknown stay state {}", row.state))?,
        revision: u32::try_from(row.revision)?,
    })
}

async fn publish(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    revision: &Revision,
    claim_waits: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    let superseded_by = match revision.change {
        Change::SupersededBy(by) => Some(by.0),
        _ => None,
    };
    let row = StayRow {
        stay_id: revision.stay_id.0,
        bay_id: bay.bay_id,
        state: revision.state.name().to_owned(),
        revision: i64::from(revision.revision),
        arrived_at: revision.span.arrived_at().ms(),
        left_at: revision.span.left_at().map(Timestamp::ms),
        span_json: serde_json::to_string(&revision.span)?,
        superseded_by,
        fold_version: i64::from(FOLD_VERSION),
        policy_version: i64::from(app.policy.version),
    };
    tx.write_stay(&row, revision.change.name(), now.ms()).await?;
    follow_up(app, tx, bay, &row, claim_waits).await
}

/// What has to happen because a stay changed: bind a waiting claim, or settle the visit it belongs to.
async fn follow_up(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    stay: &StayRow,
    claim_waits: bool,
) -> anyhow::Result<()> {
    let run_at = app.clock.machine_now_ms();
    let key = format!("{}:{}", stay.stay_id, stay.revision);
    if let Some(link) = tx.current_link(stay.stay_id).await? {
        if let Some(heir) = stay.superseded_by {
            hand_over(app, tx, bay, &link, heir).await?;
        }
        tx.enqueue(Kind::SettleVisit.name(), &key, link.visit_id, run_at).await?;
    } else if claim_waits && matches!(stay.state.as_str(), "present" | "left") {
        tx.enqueue(Kind::BindClaim.name(), &key, bay.bay_id, run_at).await?;
    }
    Ok(())
}

/// The visit of a merged stay goes on in the stay that took its place; if that one has a visit of
/// its own, two claims stand against each other and a person decides.
async fn hand_over(
    app: &App,
    tx: &mut Tx,
    bay: &BayRow,
    link: &LinkRow,
    heir: Uuid,
) -> anyhow::Result<()> {
    let now = app.clock.city_now().ms();
    match tx.current_link(heir).await? {
        None => {
            let version = i64::try_from(tx.links(heir).await?.len())? + 1;
            let moved = tx.move_link(link, heir, version, now).await?;
            anyhow::ensure!(moved, "a stay was linked while its bay was locked");
        }
        Some(other) if other.visit_id == link.visit_id => {}
        Some(_) => {
            let (key, subject) =
                (format!("stays_merged:{}", link.stay_id), link.visit_id.to_string());
            tx.open_case(&NewCase {
                case_id: Uuid::now_v7(),
                case_key: &key,
                operator_id: Some(bay.operator_id),
                kind: "stays_merged",
                source: "system",
                subject_kind: "visit",
                subject_id: &subject,
                detail: "two claimed stays turned out to be one",
                opened_at: now,
            })
            .await?;
        }
    }
    Ok(())
}

/// Stores the bay's live state under its next version and tells everybody who watches.
pub(super) async fn show(
    tx: &mut Tx,
    mut bay: BayRow,
    live: &Live,
    now: Timestamp,
    source: &str,
) -> anyhow::Result<()> {
    let state = live.state.name();
    if bay.state != state {
        bay.changed_at = live.observed_at.map(Timestamp::ms).or(Some(now.ms()));
        state.clone_into(&mut bay.state);
    }
    bay.version += 1;
    bay.observed_at = live.observed_at.map(Timestamp::ms);
    bay.silent_at = live.silent_at.map(Timestamp::ms);
    tx.update_bay(&bay).await?;
    tx.append_change(&bay, now.ms(), source).await?;
    Ok(())
}
