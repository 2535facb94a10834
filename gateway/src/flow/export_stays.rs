//! Every stay of every bay, a JSON object a line: for `firmware-sim score`, and for whoever counts
//! with them. Written bay by bay in bounded memory, of one moment. Plates and claims are not in it.

use std::io::Write;

use anyhow::Result;
use sensing::Span;
use serde::Serialize;
use store::{StayRow, Tx};
use vocabulary::Timestamp;

/// Bays read in one go.
const PAGE: i64 = 500;

/// Which stays: those that touch the time from `since` to `until`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

#[derive(Serialize)]
struct Stay<'a> {
    bay_code: &'a str,
    stay_id: String,
    state: &'a str,
    /// Charged from.
    arrived_at: Timestamp,
    /// Charged to.
    left_at: Option<Timestamp>,
    arrived_earliest_at: Timestamp,
    left_latest_at: Option<Timestamp>,
    doubts: Vec<Doubt>,
}

#[derive(Serialize)]
struct Doubt {
    from: Timestamp,
    to: Timestamp,
    reason: &'static str,
}

/// Writes the stays, bay by bay, those of a bay by their arrival; returns how many.
///
/// # Errors
/// When the database fails or `out` cannot be written.
pub async fn export_stays(tx: &mut Tx, asked: Asked, out: &mut impl Write) -> Result<usize> {
    let ends_after = asked.since.map_or(i64::MIN, Timestamp::ms);
    let arrives_before = asked.until.map_or(i64::MAX, Timestamp::ms);
    let (mut written, mut after) = (0, None);
    loop {
        let bays = tx.bays_after(after, PAGE).await?;
        let Some(last) = bays.last() else { return Ok(written) };
        after = Some(last.bay_id);
        for bay in &bays {
            let stays = tx.stays_of_bay(bay.bay_id, ends_after).await?;
            for stay in stays.iter().filter(|stay| stay.arrived_at < arrives_before) {
                write(&bay.code, stay, out)?;
                written += 1;
            }
        }
    }
}

fn write(bay_code: &str, row: &StayRow, out: &mut impl Write) -> Result<()> {
    let span: Span = serde_json::from_str(&row.span_json)?;
    let stay = Stay {
        bay_code,
        stay_id: row.stay_id.to_string(),
        state: &row.state,
        arrived_at: span.arrived_at(),
        left_at: span.left_at(),
        arrived_earliest_at: span.arrived.earliest_at,
        left_latest_at: span.left.map(|left| left.latest_at),
        doubts: span
            .doubts
            .iter()
            .map(|doubt| Doubt {
                from: doubt.interval.start_at(),
                to: doubt.interval.end_at(),
                reason: doubt.reason.name(),
            })
            .collect(),
    };
    // As what it is underneath: who called knows a broken pipe by it.
    serde_json::to_writer(&mut *out, &stay).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}
