//! What a batch changed of bays becomes revisions of stays, and the jobs that follow them.
//!
//! Set-based: the published stays of all bays are loaded at once, and the revisions of all bays are
//! stored at once. Giving stays their identity is `sensing::reconcile`'s.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use sensing::{Change, FOLD_VERSION, PublishedStay, Revision, Span, StayState, reconcile};
use store::{LinkRow, NewCase, StayRow, Tx, UsageRow};
use uuid::Uuid;
use vocabulary::{StayId, Timestamp};

use super::bay_history::BayHistory;
use super::find_twice::find_soon;
use super::follow_usage::{Added, add_span, blocks, is_change};
use crate::app::App;
use crate::devices::Bay;
use crate::job::Kind;

/// Publishes the revisions of the stays of these locked bays; `claim_waits` names the bays for which
/// somebody waits. Returns how many revisions there were.
pub(super) async fn derive_stays(
    app: &App,
    tx: &mut Tx,
    bays: &[BayHistory],
    claim_waits: &HashSet<Uuid>,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let since: Vec<(Uuid, i64)> =
        bays.iter().filter_map(|b| Some((b.bay.id.0, b.since?.ms()))).collect();
    let mut published: HashMap<Uuid, Vec<PublishedStay>> = HashMap::new();
    for row in tx.stays_arrived(&since).await? {
        published.entry(row.bay_id).or_default().push(self::published(&row)?);
    }
    let (mut revised, mut rows, mut uses) = (Vec::new(), Vec::new(), Vec::new());
    for bay in bays.iter().filter(|b| b.since.is_some()) {
        let bay_id = bay.bay.id.0;
        let stays = published.remove(&bay_id).unwrap_or_default();
        let revisions = reconcile(&stays, &bay.spans, &mut || StayId(Uuid::now_v7()));
        for revision in revisions {
            rows.push((stay_row(app, bay_id, &revision)?, revision.change.name()));
            revised.push(&*bay.bay);
            let before = stays.iter().find(|stay| stay.id == revision.stay_id).cloned();
            uses.extend(before.map(|stay| (bay_id, -1, stay.state, stay.span)));
            uses.push((bay_id, 1, revision.state, revision.span));
        }
    }
    tx.write_stays(&rows, now.ms()).await?;
    append_usage(tx, &uses).await?;
    let revised: Vec<Revised<'_>> =
        revised.into_iter().zip(&rows).map(|(bay, (stay, change))| (bay, stay, *change)).collect();
    follow_up(app, tx, &revised, claim_waits).await?;
    Ok(rows.len())
}

/// What the revisions change of the use of blocks: what stays were is taken away, what they are added.
async fn append_usage(tx: &mut Tx, uses: &[(Uuid, i64, StayState, Span)]) -> anyhow::Result<()> {
    let mut bays: Vec<Uuid> = uses.iter().map(|(bay, ..)| *bay).collect();
    bays.dedup();
    let blocks = blocks(tx.blocks_of(&bays).await?);
    let mut added = Added::new();
    for (bay, sign, state, span) in uses {
        add_span((*state, span), *bay, *sign, &blocks, &mut added);
    }
    let changed: Vec<UsageRow> = added.into_values().filter(is_change).collect();
    Ok(tx.append_usage(&changed).await?)
}

/// A stored stay as the reconciliation sees it.
pub(crate) fn published(row: &StayRow) -> anyhow::Result<PublishedStay> {
    Ok(PublishedStay {
        id: StayId(row.stay_id),
        span: serde_json::from_str(&row.span_json)?,
        state: StayState::from_name(&row.state)
            .with_context(|| format!("unknown stay state {}", row.state))?,
        revision: u32::try_from(row.revision)?,
    })
}

fn stay_row(app: &App, bay_id: Uuid, revision: &Revision) -> anyhow::Result<StayRow> {
    let superseded_by = match revision.change {
        Change::SupersededBy(by) => Some(by.0),
        _ => None,
    };
    Ok(StayRow {
        stay_id: revision.stay_id.0,
        bay_id,
        state: revision.state.name().to_owned(),
        revision: i64::from(revision.revision),
        arrived_at: revision.span.arrived_at().ms(),
        left_at: revision.span.left_at().map(Timestamp::ms),
        span_json: serde_json::to_string(&revision.span)?,
        superseded_by,
        fold_version: i64::from(FOLD_VERSION),
        policy_version: i64::from(app.policy.version),
    })
}

/// A stay that changed, its bay, and the name of the change.
type Revised<'a> = (&'a Bay, &'a StayRow, &'static str);

/// What has to happen because stays changed: bind a waiting claim, or settle the visit a stay belongs to.
async fn follow_up(
    app: &App,
    tx: &mut Tx,
    revised: &[Revised<'_>],
    claim_waits: &HashSet<Uuid>,
) -> anyhow::Result<()> {
    let run_at = app.clock.machine_now_ms();
    // A stay that is new has no link yet.
    let known: Vec<Uuid> =
        revised.iter().filter(|(_, s, _)| s.revision > 1).map(|(_, s, _)| s.stay_id).collect();
    let links = tx.current_links(&known).await?;
    let mut links: HashMap<Uuid, LinkRow> = links.into_iter().map(|l| (l.stay_id, l)).collect();
    for (bay, stay, change) in revised {
        let key = format!("{}:{}", stay.stay_id, stay.revision);
        if let Some(link) = links.get(&stay.stay_id).cloned() {
            if let Some(heir) = stay.superseded_by {
                hand_over(app, tx, bay, &link, heir, &mut links).await?;
            }
            tx.enqueue(Kind::SettleVisit.name(), &key, link.visit_id, run_at).await?;
            // Up to its departure it is looked at as it goes on.
            if *change != Change::Left.name() {
                find_soon(app, tx, link.visit_id, &key).await?;
            }
        } else if claim_waits.contains(&bay.id.0)
            && matches!(stay.state.as_str(), "present" | "left")
        {
            tx.enqueue(Kind::BindClaim.name(), &key, bay.id.0, run_at).await?;
        }
    }
    Ok(())
}

/// The visit of a merged stay goes on in the stay that took its place; if that one has a visit of
/// its own, two claims stand against each other and a person decides.
async fn hand_over(
    app: &App,
    tx: &mut Tx,
    bay: &Bay,
    link: &LinkRow,
    heir: Uuid,
    links: &mut HashMap<Uuid, LinkRow>,
) -> anyhow::Result<()> {
    let now = app.clock.city_now().ms();
    match tx.current_link(heir).await? {
        None => {
            let version = i64::try_from(tx.links(heir).await?.len())? + 1;
            let moved = tx.move_link(link, heir, version, now).await?;
            anyhow::ensure!(moved, "a stay was linked while its bay was locked");
            links.insert(heir, LinkRow { stay_id: heir, version, bound_at: now, ..link.clone() });
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
