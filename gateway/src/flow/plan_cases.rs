//! Deadlines for cases that have none yet, and cases that close by themselves since what they are
//! about is mended. A sweep without input.

use anyhow::Result;
use billing::case_file::Subject;
use store::{CaseFilter, Lane, NewCase};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::case_subject::subject_shows;
use super::case_work::{clear_case, plan_case};
use super::find_twice::PLATE_TWICE;
use crate::app::App;

/// Cases looked at in one go.
const BATCH: i64 = 200;
/// Kinds whose subject can show that it is mended without anybody having looked.
const SELF_MENDING: [&str; 7] = [
    "arrears_unreachable",
    "bill_differs",
    "device_silent",
    "device_stuck",
    "job_given_up",
    PLATE_TWICE,
    "unpriced",
];

/// Sets deadlines and closes what is mended; how many cases changed.
///
/// # Errors
/// When the database fails.
pub async fn plan_cases(app: &App) -> Result<usize> {
    let mut changed = 0;
    let unplanned = app.store.read().await?.unplanned_cases(BATCH).await?;
    if app.after.at(app.clock.city_now()).is_some() && !unplanned.is_empty() {
        let mut tx = app.store.begin(Lane::Command).await?;
        for case in &unplanned {
            let opened_at = reopened_at(&mut tx, case).await?;
            plan_case(app, &mut tx, case.case_id, &case.kind, &case.source, opened_at).await?;
            changed += 1;
        }
        tx.commit().await?;
    }
    Ok(changed)
}

/// A sensor that is silent or stuck is a matter for maintenance: a case each time, which closes by itself
/// when the sensor's own readings show that it works again. How many are new.
///
/// # Errors
/// When the database fails.
pub async fn open_device_cases(app: &App) -> Result<usize> {
    let conditions = app.store.read().await?.conditions_now().await?;
    let kind = |condition: &str| match condition {
        "silent" => Some("device_silent"),
        "stuck" => Some("device_stuck"),
        _ => None,
    };
    let mut opened = 0;
    for found in &conditions {
        let Some(kind) = kind(&found.event.condition) else { continue };
        let key = format!("{kind}:{}", found.event.event_seq);
        if app.store.read().await?.has_case(&key).await? {
            continue;
        }
        let mut tx = app.store.begin(Lane::Command).await?;
        let fresh = tx
            .open_case(&NewCase {
                case_id: Uuid::now_v7(),
                case_key: &key,
                operator_id: Some(found.operator_id),
                kind,
                source: "system",
                subject_kind: "device",
                subject_id: &found.event.device_id.to_string(),
                detail: &found.event.detail,
                opened_at: app.clock.city_now().ms(),
            })
            .await?;
        tx.commit().await?;
        opened += usize::from(fresh);
    }
    Ok(opened)
}

/// Closes cases whose subject shows that it is mended; how many.
///
/// # Errors
/// When the database fails.
pub async fn clear_cases(app: &App) -> Result<usize> {
    let mut cleared = 0;
    for kind in SELF_MENDING {
        let filter = CaseFilter { kind: Some(kind.to_owned()), ..CaseFilter::default() };
        let open = app.store.read().await?.cases(&filter, BATCH).await?;
        for case in open {
            let mut tx = app.store.begin(Lane::Command).await?;
            let now = app.clock.city_now();
            if subject_shows(&mut tx, &case, now).await? == Subject::Mended {
                clear_case(&mut tx, case.case_id, mended(kind), now).await?;
                cleared += 1;
            }
            tx.commit().await?;
        }
    }
    Ok(cleared)
}

/// What the subject of a case of this kind shows.
fn mended(kind: &str) -> &'static str {
    match kind {
        "bill_differs" => "no bill of the order waits for a decision any more",
        _ => "mended",
    }
}

/// The time of a case that was opened again begins with that.
async fn reopened_at(tx: &mut store::Tx, case: &store::CaseRow) -> Result<Timestamp> {
    if case.reopened == 0 {
        return Ok(Timestamp::from_ms(case.opened_at));
    }
    let events = tx.case_events(case.case_id).await?;
    let last = events.iter().rfind(|event| event.kind == "reopened");
    Ok(Timestamp::from_ms(last.map_or(case.opened_at, |event| event.made_at)))
}
