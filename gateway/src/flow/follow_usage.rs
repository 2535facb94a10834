//! The hourly figures of blocks follow the revisions of stays: each revision exactly once.
//!
//! What a revision changes is its use by the hour less that of the revision before it
//! (`sensing::use_by_hour`). It is appended with the revision (`derive_stays`), and added up here.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use sensing::{Span, StayState, Use, use_by_hour};
use store::{DueRow, Lane, UsageRow};
use uuid::Uuid;
use vocabulary::Timestamp;

use crate::app::App;

/// Revisions followed, or changes added up, in one transaction.
const BATCH: i64 = 2_000;

/// Blocks that a bay belonged to and since when, by bay, oldest first.
pub(crate) type Blocks = HashMap<Uuid, Vec<(Timestamp, Uuid)>>;

/// What is added to the use of blocks, by block and hour.
pub(crate) type Added = BTreeMap<(Uuid, Timestamp), UsageRow>;

/// Follows what is due; returns how many hours of blocks changed. Safe to run at any time, on every
/// gateway.
///
/// # Errors
/// When the database fails.
pub async fn follow_usage(app: &App) -> anyhow::Result<u64> {
    let mut changed = follow_noted(app).await?;
    loop {
        let mut tx = app.store.begin(Lane::Command).await?;
        let hours = tx.add_up_usage(BATCH).await?;
        tx.commit().await?;
        changed += hours;
        if hours == 0 {
            return Ok(changed);
        }
    }
}

/// What programs before schema 5 left.
async fn follow_noted(app: &App) -> anyhow::Result<u64> {
    let mut changed = 0;
    loop {
        let mut tx = app.store.begin(Lane::Command).await?;
        let due = tx.usage_due(BATCH).await?;
        if due.is_empty() {
            return Ok(changed);
        }
        let bays: Vec<Uuid> = due.iter().map(|d| d.bay_id).collect();
        let blocks = blocks(tx.blocks_of(&bays).await?);
        let mut added = BTreeMap::new();
        for row in &due {
            follow(row, &blocks, &mut added)?;
        }
        changed += added.len() as u64;
        tx.add_usage(&added.into_values().collect::<Vec<_>>()).await?;
        tx.usage_done(&due).await?;
        tx.commit().await?;
    }
}

pub(crate) fn blocks(rows: Vec<(Uuid, i64, Uuid)>) -> Blocks {
    let mut blocks = Blocks::new();
    for (bay, since, block) in rows {
        blocks.entry(bay).or_default().push((Timestamp::from_ms(since), block));
    }
    blocks
}

/// Adds the use of a stay, or takes it away with `sign` −1.
pub(crate) fn add(
    (state, span_json): (&str, &str),
    bay: Uuid,
    sign: i64,
    blocks: &Blocks,
    added: &mut Added,
) -> anyhow::Result<()> {
    let state = StayState::from_name(state).with_context(|| format!("stay state {state}"))?;
    let span: Span = serde_json::from_str(span_json)?;
    add_span((state, &span), bay, sign, blocks, added);
    Ok(())
}

/// The same of a span that was read already.
pub(crate) fn add_span(
    (state, span): (StayState, &Span),
    bay: Uuid,
    sign: i64,
    blocks: &Blocks,
    added: &mut Added,
) {
    let Some(block) = block_at(blocks, bay, span.arrived_at()) else { return };
    for (hour, used) in use_by_hour(state, span) {
        let Use { arrivals, departures, occupied_ms, doubtful_ms } = used;
        let row = added.entry((block, hour)).or_insert(UsageRow {
            block_id: block,
            hour_at: hour.ms(),
            arrivals: 0,
            departures: 0,
            occupied_ms: 0,
            doubtful_ms: 0,
        });
        row.arrivals += sign * arrivals;
        row.departures += sign * departures;
        row.occupied_ms += sign * occupied_ms;
        row.doubtful_ms += sign * doubtful_ms;
    }
}

/// Whether anything changes.
pub(crate) fn is_change(used: &UsageRow) -> bool {
    (used.arrivals, used.departures, used.occupied_ms, used.doubtful_ms) != (0, 0, 0, 0)
}

/// Adds what a revision changes.
pub(crate) fn follow(due: &DueRow, blocks: &Blocks, added: &mut Added) -> anyhow::Result<()> {
    if let (Some(state), Some(span)) = (&due.state_before, &due.span_json_before) {
        add((state, span), due.bay_id, -1, blocks, added)?;
    }
    add((&due.state, &due.span_json), due.bay_id, 1, blocks, added)
}

/// The block a bay belonged to at an instant; before its first day, the first one.
fn block_at(blocks: &Blocks, bay: Uuid, at: Timestamp) -> Option<Uuid> {
    let known = blocks.get(&bay)?;
    let then = known.iter().rfind(|(since, _)| *since <= at).or(known.first());
    then.map(|(_, block)| *block)
}
