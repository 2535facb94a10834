//! What waits for a person, and what is owed: cases by kind and age, arrears by state, the outbox.
//!
//! Read from the database when Prometheus asks. A kind that staff made up is a label too: there are
//! never more than the limit, the rest is `other`.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;

use crate::app::App;

/// Kinds of cases that get a label of their own.
const KINDS_LIMIT: usize = 48;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Waiting {
    cases: i64,
    overdue: i64,
    oldest_at: Option<i64>,
}

/// The figures in Prometheus' text format.
pub(super) async fn text(app: &App) -> Result<String> {
    let now = app.clock.city_now().ms();
    let mut tx = app.store.read().await?;
    let mut kinds: BTreeMap<String, Waiting> = BTreeMap::new();
    for row in tx.count_cases(now).await? {
        let known = kinds.contains_key(&row.kind) || kinds.len() < KINDS_LIMIT;
        let kind = if known { row.kind } else { "other".to_owned() };
        let waiting = kinds.entry(kind).or_default();
        waiting.cases += row.cases;
        waiting.overdue += row.overdue;
        waiting.oldest_at =
            Some(waiting.oldest_at.map_or(row.oldest_at, |at| at.min(row.oldest_at)));
    }
    let arrears = tx.count_arrears().await?;
    Ok(rendered(&kinds, &arrears, now))
}

fn rendered(kinds: &BTreeMap<String, Waiting>, arrears: &[(String, i64, i64)], now: i64) -> String {
    let mut out = String::new();
    head(&mut out, "bowei_cases", "Cases that are not closed, by kind.");
    for (kind, waiting) in kinds {
        line(&mut out, "bowei_cases", "kind", kind, waiting.cases);
    }
    head(&mut out, "bowei_cases_overdue", "Of those, cases whose time is over.");
    for (kind, waiting) in kinds {
        line(&mut out, "bowei_cases_overdue", "kind", kind, waiting.overdue);
    }
    head(&mut out, "bowei_case_oldest_seconds", "Age of the oldest of them, in city time.");
    for (kind, waiting) in kinds {
        let age_s = waiting.oldest_at.map_or(0, |at| (now - at).max(0) / 1000);
        line(&mut out, "bowei_case_oldest_seconds", "kind", kind, age_s);
    }
    head(&mut out, "bowei_arrears", "Orders that are owing, by the state of their dunning.");
    for (state, count, _) in arrears {
        line(&mut out, "bowei_arrears", "state", state, *count);
    }
    head(&mut out, "bowei_arrears_fen", "What they owe, in fen.");
    for (state, _, fen) in arrears {
        line(&mut out, "bowei_arrears_fen", "state", state, *fen);
    }
    out
}

pub(super) fn head(out: &mut String, name: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
}

pub(super) fn line(out: &mut String, name: &str, label: &str, value: &str, figure: i64) {
    let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {figure}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_shown_by_kind_with_the_age_of_the_oldest() {
        let waiting = Waiting { cases: 3, overdue: 1, oldest_at: Some(1_000) };
        let kinds = BTreeMap::from([("appeal".to_owned(), waiting)]);
        let text = rendered(&kinds, &[("running".into(), 2, 600)], 61_000);
        for expected in [
            "bowei_cases{kind=\"appeal\"} 3",
            "bowei_cases_overdue{kind=\"appeal\"} 1",
            "bowei_case_oldest_seconds{kind=\"appeal\"} 60",
            "bowei_arrears{state=\"running\"} 2",
            "bowei_arrears_fen{state=\"running\"} 600",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} in\n{text}");
        }
    }
}
