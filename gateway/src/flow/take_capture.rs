//! One capture of an inspector's batch: taken once, answered the same however often it is uploaded.
//!
//! Each is a transaction of its own, so that one that is refused keeps none of the others back. What
//! is refused because of another vehicle's claim is kept as well: it is evidence.

use billing::binding::{self, CaptureOutcome, Clocks, TimeSource};
use billing::order::OrderState;
use serde::{Deserialize, Serialize};
use store::{CaptureRow, Lane, Tx};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{BayCode, Plate, PlateColour, StaffId, Timestamp};

use super::claim_bay::{Claim, Claimant, Claimed, claim_bay};
use super::move_order::order_of;
use super::{Outcome, Refusal};
use crate::app::App;

/// Captures are taken for this long (city time): a handheld may be offline for a shift or two.
const OLDEST_MS: i64 = 72 * 3_600_000;

/// A capture, read.
#[derive(Clone, Debug)]
pub struct Capture {
    pub capture_id: Uuid,
    pub device_uuid: String,
    pub device_seq: i64,
    pub bay_code: BayCode,
    pub plate: Plate,
    pub colour: Option<PlateColour>,
    pub clocks: Clocks,
    pub boot_id: String,
    /// Of everything that the handheld said of it.
    pub content_hash: Vec<u8>,
}

/// What became of one capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaptureAnswer {
    pub capture_id: Uuid,
    /// `bound`, `waiting`, `paid_meanwhile`, `disputed` or `refused`.
    #[schema(example = "paid_meanwhile")]
    pub outcome: String,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Uuid>,
    /// State of the order when the capture was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_state: Option<String>,
    /// What was to be collected then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_fen: Option<i64>,
    /// When it was made, by the best of its clocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Timestamp>,
    /// `monotonic`, `offset` or `wall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_source: Option<String>,
    /// It was taken before; this is what was answered then.
    #[serde(default)]
    pub repeated: bool,
}

impl CaptureAnswer {
    /// A capture that is not taken.
    #[must_use]
    pub fn refused(capture_id: Uuid, code: &str, detail: &str) -> CaptureAnswer {
        CaptureAnswer {
            capture_id,
            outcome: CaptureOutcome::Refused.name().into(),
            code: Some(code.into()),
            detail: Some(detail.into()),
            claim_id: None,
            order_id: None,
            order_state: None,
            due_fen: None,
            made_at: None,
            time_source: None,
            repeated: false,
        }
    }
}

/// Takes a capture, or says what was answered when it was taken before.
///
/// # Errors
/// When the database fails; whatever is wrong with the capture is an answer.
pub async fn take_capture(app: &App, staff: StaffId, capture: &Capture) -> Outcome<CaptureAnswer> {
    let now = app.clock.city_now();
    let mut tx = app.store.begin(Lane::Command).await?;
    if let Some(answer) = taken_before(&mut tx, capture).await? {
        return Ok(answer);
    }
    let timed = binding::captured_at(now, capture.clocks, OLDEST_MS);
    let (made_at, source) = match timed {
        Ok(timed) => timed,
        Err(reject) => {
            let (id, detail) = (capture.capture_id, reject.to_string());
            return Ok(CaptureAnswer::refused(id, reject.code(), &detail));
        }
    };
    let claim = Claim {
        bay_code: capture.bay_code.clone(),
        plate: capture.plate.clone(),
        colour: capture.colour,
        by: Claimant::Inspector(staff),
        made_at,
    };
    let answer = match claim_bay(app, &mut tx, &claim).await {
        Ok(claimed) => answer(&mut tx, capture, &claimed, (made_at, source)).await?,
        Err(
            Refusal::Conflict { code, detail }
            | Refusal::Refused { code, detail }
            | Refusal::Missing { code, detail },
        ) => {
            // What it began to write is not kept; the capture itself is.
            drop(tx);
            tx = app.store.begin(Lane::Command).await?;
            let refused = CaptureAnswer::refused(capture.capture_id, code, &detail);
            CaptureAnswer {
                made_at: Some(made_at),
                time_source: Some(source.name().into()),
                ..refused
            }
        }
        Err(other) => return Err(other),
    };
    keep(app, &mut tx, staff, capture, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn taken_before(tx: &mut Tx, capture: &Capture) -> Outcome<Option<CaptureAnswer>> {
    let id = capture.capture_id;
    let known = tx.captures_like(id, &capture.device_uuid, capture.device_seq).await?;
    let refused = |code, detail| Ok(Some(CaptureAnswer::refused(id, code, detail)));
    let Some(same) = known.iter().find(|row| row.capture_id == id) else {
        return match known.is_empty() {
            true => Ok(None),
            false => refused("sequence_reused", "this number on this device is another capture's"),
        };
    };
    if same.content_hash != capture.content_hash {
        return refused("capture_reused", "this capture came with other content before");
    }
    let answer: CaptureAnswer = serde_json::from_str(&same.answer_json)?;
    Ok(Some(CaptureAnswer { repeated: true, ..answer }))
}

async fn answer(
    tx: &mut Tx,
    capture: &Capture,
    claimed: &Claimed,
    (made_at, source): (Timestamp, TimeSource),
) -> Outcome<CaptureAnswer> {
    let order = match claimed.bound {
        Some(bound) => tx.order(bound.order_id).await?,
        None => None,
    };
    let state = order.as_ref().and_then(|order| OrderState::from_name(&order.state));
    let due_fen = match &order {
        Some(order) => order_of(order)?.due().ok().map(|due| due.0),
        None => None,
    };
    Ok(CaptureAnswer {
        capture_id: capture.capture_id,
        outcome: binding::capture_outcome(claimed.verdict, state).name().into(),
        code: None,
        detail: None,
        claim_id: Some(claimed.claim_id),
        order_id: order.as_ref().map(|order| order.order_id),
        order_state: order.map(|order| order.state),
        due_fen,
        made_at: Some(made_at),
        time_source: Some(source.name().into()),
        repeated: false,
    })
}

async fn keep(
    app: &App,
    tx: &mut Tx,
    staff: StaffId,
    capture: &Capture,
    answer: &CaptureAnswer,
) -> Outcome<()> {
    let bay = tx.bay_by_code(capture.bay_code.as_str()).await?;
    let row = CaptureRow {
        capture_id: capture.capture_id,
        staff_id: staff.0,
        device_uuid: capture.device_uuid.clone(),
        device_seq: capture.device_seq,
        content_hash: capture.content_hash.clone(),
        wall_at: capture.clocks.wall_at.ms(),
        monotonic_ms: capture.clocks.monotonic_ms,
        boot_id: capture.boot_id.clone(),
        offset_ms: capture.clocks.offset_ms,
        made_at: answer.made_at.map_or(capture.clocks.wall_at.ms(), Timestamp::ms),
        time_source: answer.time_source.clone().unwrap_or_default(),
        bay_id: bay.map(|bay| bay.bay_id),
        claim_id: answer.claim_id,
        order_id: answer.order_id,
        outcome: answer.outcome.clone(),
        answer_json: serde_json::to_string(answer)?,
        uploaded_at: app.clock.city_now().ms(),
    };
    // If another upload of the same was quicker, this is run again and gives its answer.
    tx.insert_capture(&row).await?;
    // The plate stands in the claim; the audit log holds no personal data.
    let detail = serde_json::json!({"capture_id": capture.capture_id, "outcome": answer.outcome});
    let bay = capture.bay_code.as_str();
    let actor = staff.to_string();
    tx.audit(app.clock.city_now().ms(), &actor, "capture", ("bay", bay), &detail.to_string())
        .await?;
    Ok(())
}
