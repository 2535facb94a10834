//! Documents on their way: how many are where, how many wait for somebody, and since when the oldest does.

use anyhow::Result;

use super::matters::{head, line};
use crate::app::App;

/// States in which something is still to happen.
const UNDER_WAY: [&str; 5] = ["proposed", "requested", "applied", "confirmed", "submitted"];

/// The figures in Prometheus' text format.
pub(super) async fn text(app: &App) -> Result<String> {
    let now = app.clock.city_now().ms();
    let counts = app.store.read().await?.invoice_counts().await?;
    Ok(rendered(&counts, now))
}

fn rendered(counts: &[store::InvoiceCount], now: i64) -> String {
    let mut out = String::new();
    head(&mut out, "bowei_invoices", "Documents by state; red ones are red_STATE.");
    for count in counts {
        let red = if count.colour == "red" { "red_" } else { "" };
        line(&mut out, "bowei_invoices", "state", &format!("{red}{}", count.state), count.invoices);
    }
    head(&mut out, "bowei_invoices_held", "Documents that wait for a login, a buyer or a clerk.");
    for colour in ["blue", "red"] {
        let held = counts.iter().filter(|c| c.colour == colour).map(|c| c.held).sum();
        line(&mut out, "bowei_invoices_held", "colour", colour, held);
    }
    let name = "bowei_invoice_oldest_seconds";
    head(&mut out, name, "Age of the oldest document that is under way, in city time.");
    for colour in ["blue", "red"] {
        let waiting =
            |c: &&store::InvoiceCount| c.colour == colour && UNDER_WAY.contains(&c.state.as_str());
        let oldest_at = counts.iter().filter(waiting).map(|c| c.oldest_at).min();
        let age_s = oldest_at.map_or(0, |at| (now - at).max(0) / 1000);
        line(&mut out, name, "colour", colour, age_s);
    }
    out
}

#[cfg(test)]
mod tests {
    use store::InvoiceCount;

    use super::*;

    #[test]
    fn what_waits_is_shown_with_the_age_of_the_oldest() {
        let count = |colour: &str, state: &str, held, oldest_at| InvoiceCount {
            colour: colour.into(),
            state: state.into(),
            invoices: 3,
            held,
            oldest_at,
        };
        let counts = [
            count("blue", "issued", 0, 0),
            count("blue", "submitted", 1, 31_000),
            count("red", "applied", 2, 1_000),
        ];
        let text = rendered(&counts, 61_000);
        for expected in [
            "bowei_invoices{state=\"issued\"} 3",
            "bowei_invoices{state=\"red_applied\"} 3",
            "bowei_invoices_held{colour=\"blue\"} 1",
            "bowei_invoices_held{colour=\"red\"} 2",
            "bowei_invoice_oldest_seconds{colour=\"blue\"} 30",
            "bowei_invoice_oldest_seconds{colour=\"red\"} 60",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} in\n{text}");
        }
    }
}
