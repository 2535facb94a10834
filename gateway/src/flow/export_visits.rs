//! Every billed visit with the case that its newest bill stores, a JSON object a line: for pricing it
//! again under another tariff (`billing simulate`). Of one moment, in bounded memory. No plates.

use std::io::Write;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::value::RawValue;
use store::{BilledRow, Tx};
use uuid::Uuid;

/// Visits read in one go.
const PAGE: i64 = 2_000;

#[derive(Serialize)]
struct Visit<'a> {
    /// Of its order.
    id: Uuid,
    /// Name of the street.
    road: Option<&'a str>,
    /// `billing::Case`.
    case: &'a RawValue,
}

/// Writes the visits in the order of their orders' ids; returns how many.
///
/// # Errors
/// When the database fails or `out` cannot be written.
pub async fn export_visits(tx: &mut Tx, out: &mut impl Write) -> Result<usize> {
    let (mut written, mut after) = (0, None);
    loop {
        let page = tx.billed_after(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(written) };
        after = Some(last.order_id);
        for row in &page {
            write(row, out).with_context(|| format!("order {}", row.order_id))?;
            written += 1;
        }
    }
}

fn write(row: &BilledRow, out: &mut impl Write) -> Result<()> {
    let case: &RawValue = serde_json::from_str(&row.case_json)?;
    let visit = Visit { id: row.order_id, road: row.street.as_deref(), case };
    // As what it is underneath: who called knows a broken pipe by it.
    serde_json::to_writer(&mut *out, &visit).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}
