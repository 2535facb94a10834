//! A client of the live stream: reads server-sent events and says when each bay's change arrived.

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use serde::Deserialize;
use vocabulary::Timestamp;

use crate::machine::now_ns;

/// What the stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A bay as it is, and since which reading.
    Bay { code: String, observed_at: Option<Timestamp>, at_ns: i64 },
    /// Changes were missed.
    Resync,
}

#[derive(Deserialize)]
struct BayEvent {
    bay_code: String,
    observed_at: Option<String>,
}

/// Reads the stream of a rectangle (west, south, east, north) until `tell` says no.
pub(crate) async fn read(
    http: &str,
    rectangle: [f64; 4],
    mut tell: impl FnMut(Seen) -> bool,
) -> Result<()> {
    let bbox = rectangle.map(|degrees| format!("{degrees:.6}")).join(",");
    let answer = reqwest::get(format!("{http}/api/v1/live?bbox={bbox}")).await?;
    ensure!(answer.status().is_success(), "the live stream: {}", answer.text().await?);
    let mut chunks = answer.bytes_stream();
    let mut rest: Vec<u8> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        rest.extend_from_slice(&chunk.context("the live stream broke")?);
        let at_ns = now_ns();
        let mut from = 0;
        while let Some(length) = rest[from..].iter().position(|byte| *byte == b'\n') {
            let line = &rest[from..from + length];
            from += length + 1;
            if let Some(seen) = read_line(line, at_ns)?
                && !tell(seen)
            {
                return Ok(());
            }
        }
        rest.drain(..from);
    }
    Ok(())
}

/// Other lines (keep-alives, names of other events) say nothing that is measured.
fn read_line(line: &[u8], at_ns: i64) -> Result<Option<Seen>> {
    if line == b"event: resync" {
        return Ok(Some(Seen::Resync));
    }
    let Some(data) = line.strip_prefix(b"data: ").filter(|d| d.starts_with(b"{\"bay_code\""))
    else {
        return Ok(None);
    };
    let event: BayEvent = serde_json::from_slice(data).context("an event of a bay")?;
    let observed_at = event.observed_at.map(|at| Timestamp::parse(&at)).transpose()?;
    Ok(Some(Seen::Bay { code: event.bay_code, observed_at, at_ns }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_bay_or_a_missed_change_or_nothing() {
        let bay = br#"data: {"bay_code":"100007","state":"free","observed_at":"2026-09-15T00:03:10.250Z","version":3}"#;
        let observed_at = Timestamp::parse("2026-09-15T00:03:10.250Z").ok();
        let seen = Seen::Bay { code: "100007".into(), observed_at, at_ns: 5 };
        assert_eq!(read_line(bay, 5).unwrap(), Some(seen));
        assert_eq!(read_line(b"event: resync", 5).unwrap(), Some(Seen::Resync));
        for other in [&b"event: bay"[..], b"data: {}", b": ", b""] {
            assert_eq!(read_line(other, 5).unwrap(), None);
        }
    }
}
