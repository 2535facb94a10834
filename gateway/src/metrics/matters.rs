//! What waits for a person, and what is owed: cases by kind and age, arrears by state, the outbox.
//!
//! Read from the database when Prometheus asks. A kind that staff made up is a label too: there are
//! never more than the limit, the rest is `other`.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use store::ReconcileDayRow;

use crate::app::App;
use crate::flow::reconcile_day::CASE_KIND;
use crate::job::reconcile::ready_at;

/// Kinds of cases that get a label of their own.
const KINDS_LIMIT: usize = 48;
/// Days that are counted: more than a channel keeps bills of.
const DAYS_LIMIT: i64 = 400;

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
    let waiting = tx.waiting_reconcile_days(DAYS_LIMIT).await?;
    let exceptions = kinds.get(CASE_KIND).map_or(0, |waiting| waiting.cases);
    let mut out = rendered(&kinds, &arrears, now);
    out += &reconciliation(&waiting, exceptions, now)?;
    Ok(out)
}

/// Days whose bill is not reconciled yet, and what somebody has to look at.
fn reconciliation(waiting: &[ReconcileDayRow], exceptions: i64, now: i64) -> Result<String> {
    let mut out = String::new();
    let oldest_s = match waiting.first() {
        Some(row) => (now - ready_at(row.bill_on.parse()?).ms()).max(0) / 1000,
        None => 0,
    };
    for (name, help, figure) in [
        (
            "bowei_reconcile_bills_waiting",
            "Days whose bill is there and not reconciled.",
            i64::try_from(waiting.len())?,
        ),
        (
            "bowei_reconcile_oldest_seconds",
            "How long ago the bill of the oldest of them was there, in city time.",
            oldest_s,
        ),
        ("bowei_reconcile_exceptions", "Cases of reconciliation that are not closed.", exceptions),
    ] {
        head(&mut out, name, help);
        let _ = writeln!(out, "{name} {figure}");
    }
    Ok(out)
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

    #[test]
    fn the_oldest_day_is_as_old_as_its_bill() {
        let row = ReconcileDayRow {
            channel: "wechat".into(),
            merchant: "1".into(),
            bill_on: "2026-09-15".into(),
            state: "waiting".into(),
            tries: 0,
            failure: None,
            asked_at: None,
            done_at: None,
        };
        // A minute after ten o'clock of the next day, +08:00.
        let now = vocabulary::Timestamp::parse("2026-09-16T02:01:00Z").unwrap().ms();
        let text = reconciliation(&[row], 2, now).unwrap();
        for expected in [
            "bowei_reconcile_bills_waiting 1",
            "bowei_reconcile_oldest_seconds 60",
            "bowei_reconcile_exceptions 2",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} in\n{text}");
        }
        let none = reconciliation(&[], 0, now).unwrap();
        assert!(none.lines().any(|line| line == "bowei_reconcile_oldest_seconds 0"), "{none}");
    }
}
