//! Days that are reconciled or wait for it, how their lines ended, and the lines: for the API, and as CSV.

use std::collections::BTreeMap;

use anyhow::Result;
use billing::reconcile::Outcome as Ended;
use chrono::NaiveDate;
use serde::Serialize;
use store::{BillLineRow, LineFilter, Tx};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use super::Outcome;
use super::actor::Actor;
use super::statement::table;

/// Days in one answer: more than a channel keeps bills of.
const DAYS_LIMIT: i64 = 400;

/// A day of a merchant account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReconciledDay {
    #[schema(value_type = String, format = Date)]
    pub day: String,
    #[schema(example = "wechat")]
    pub channel: String,
    pub merchant: String,
    /// `waiting` or `done`.
    #[schema(example = "done")]
    pub state: String,
    /// How often it was tried in vain.
    pub tries: i64,
    /// Why, the last time.
    pub failure: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Timestamp>,
    /// How many lines ended in which way; of the caller's operator where there are several.
    pub outcomes: BTreeMap<String, i64>,
    /// What somebody has to look at.
    pub exceptions: i64,
    /// Payments less refunds as the channel says.
    pub theirs_fen: i64,
    /// As these books say.
    pub ours_fen: i64,
}

/// Days, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReconciledDays {
    pub days: Vec<ReconciledDay>,
}

/// A line of a bill, or one of ours that is on none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReconciledLine {
    #[schema(value_type = String, format = Date)]
    pub day: String,
    pub channel: String,
    pub merchant: String,
    /// `payment` or `refund`.
    #[schema(example = "payment")]
    pub kind: String,
    #[schema(example = "matched")]
    pub outcome: String,
    pub transaction_id: Option<String>,
    pub out_trade_no: String,
    pub out_refund_no: Option<String>,
    pub theirs_fen: Option<i64>,
    /// What the channel settles of it; 0 if it failed there.
    pub settled_fen: Option<i64>,
    pub ours_fen: Option<i64>,
    /// The channel's fee, in thousandths of a fen.
    pub fee_millifen: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub payee_id: Option<Uuid>,
    #[serde(skip)]
    pub line_key: String,
}

/// Lines in the order of their days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReconciledLines {
    pub lines: Vec<ReconciledLine>,
    /// The cursor of the next page; null on the last one.
    pub next: Option<String>,
}

/// The days of a span with what became of their lines.
///
/// # Errors
/// When the database fails.
pub async fn reconciled_days(
    tx: &mut Tx,
    actor: &Actor,
    (from, to): (NaiveDate, NaiveDate),
    state: Option<&str>,
) -> Outcome<ReconciledDays> {
    let span = (from.to_string(), to.to_string());
    let span = (span.0.as_str(), span.1.as_str());
    let rows = tx.reconcile_days(span, state, DAYS_LIMIT).await?;
    let operator = actor.operator.map(|operator| operator.0);
    let outcomes = tx.day_outcomes(span, operator).await?;
    let mut days = Vec::with_capacity(rows.len());
    for row in rows {
        let mut day = ReconciledDay {
            day: row.bill_on,
            channel: row.channel,
            merchant: row.merchant,
            state: row.state,
            tries: row.tries,
            failure: row.failure,
            done_at: row.done_at.map(Timestamp::from_ms),
            outcomes: BTreeMap::new(),
            exceptions: 0,
            theirs_fen: 0,
            ours_fen: 0,
        };
        let of_day = |o: &&store::DayOutcome| {
            (&o.bill_on, &o.channel, &o.merchant) == (&day.day, &day.channel, &day.merchant)
        };
        let found: Vec<_> = outcomes.iter().filter(of_day).cloned().collect();
        for outcome in found {
            day.theirs_fen += outcome.theirs_fen;
            day.ours_fen += outcome.ours_fen;
            day.exceptions += if is_exception(&outcome.outcome) { outcome.lines } else { 0 };
            day.outcomes.insert(outcome.outcome, outcome.lines);
        }
        days.push(day);
    }
    Ok(ReconciledDays { days })
}

/// Lines that fit a filter, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn reconciled_lines(
    tx: &mut Tx,
    filter: &LineFilter,
    limit: usize,
) -> Outcome<ReconciledLines> {
    let asked = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = tx.lines_of_days(filter, asked).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| format!("{}.{}", row.bill_on, hex::encode(&row.line_key)));
    Ok(ReconciledLines { lines: rows.into_iter().map(ReconciledLine::of).collect(), next })
}

/// The day and the key that a cursor stands for.
#[must_use]
pub fn read_cursor(text: &str) -> Option<(String, String)> {
    let (day, key) = text.split_once('.')?;
    let _: NaiveDate = day.parse().ok()?;
    Some((day.to_owned(), String::from_utf8(hex::decode(key).ok()?).ok()?))
}

/// Whether an outcome has that name, and is one that somebody has to look at.
fn is_exception(name: &str) -> bool {
    Ended::ALL.into_iter().any(|outcome| outcome.name() == name && outcome.is_exception())
}

impl ReconciledLine {
    fn of(row: BillLineRow) -> ReconciledLine {
        ReconciledLine {
            day: row.bill_on,
            channel: row.channel,
            merchant: row.merchant,
            kind: row.kind,
            outcome: row.outcome,
            transaction_id: row.transaction_id,
            out_trade_no: row.out_trade_no,
            out_refund_no: row.out_refund_no,
            theirs_fen: row.theirs_fen,
            settled_fen: row.settled_fen,
            ours_fen: row.ours_fen,
            fee_millifen: row.fee_millifen,
            at: Timestamp::from_ms(row.at),
            payee_id: row.payee_id,
            line_key: row.line_key,
        }
    }
}

impl ReconciledDays {
    /// One line a day.
    ///
    /// # Errors
    /// None in practice: it is written into memory.
    pub fn csv(&self) -> Result<String> {
        let outcomes = Ended::ALL.map(Ended::name);
        let mut head = vec!["day", "channel", "merchant", "state", "tries", "failure"];
        head.extend(outcomes);
        head.extend(["theirs", "ours"]);
        let rows = self.days.iter().map(|day| {
            let mut row = vec![
                day.day.clone(),
                day.channel.clone(),
                day.merchant.clone(),
                day.state.clone(),
                day.tries.to_string(),
                day.failure.clone().unwrap_or_default(),
            ];
            let count = |name: &str| day.outcomes.get(name).copied().unwrap_or_default();
            row.extend(outcomes.map(|name| count(name).to_string()));
            row.extend([Fen(day.theirs_fen).yuan(), Fen(day.ours_fen).yuan()]);
            row
        });
        table(&head, rows)
    }
}

impl ReconciledLines {
    /// One line a line.
    ///
    /// # Errors
    /// As for days.
    pub fn csv(&self) -> Result<String> {
        let head = [
            "day",
            "channel",
            "merchant",
            "kind",
            "outcome",
            "transaction_id",
            "out_trade_no",
            "out_refund_no",
            "theirs",
            "ours",
            "at",
        ];
        let yuan = |fen: Option<i64>| fen.map_or_else(String::new, |fen| Fen(fen).yuan());
        let rows = self.lines.iter().map(|l| {
            vec![
                l.day.clone(),
                l.channel.clone(),
                l.merchant.clone(),
                l.kind.clone(),
                l.outcome.clone(),
                l.transaction_id.clone().unwrap_or_default(),
                l.out_trade_no.clone(),
                l.out_refund_no.clone().unwrap_or_default(),
                yuan(l.theirs_fen),
                yuan(l.ours_fen),
                l.at.to_string(),
            ]
        });
        table(&head, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let text = format!("2026-09-15.{}", hex::encode("payment:ab:42"));
        let read = read_cursor(&text).unwrap();
        assert_eq!(read, ("2026-09-15".to_owned(), "payment:ab:42".to_owned()));
        for bad in ["", "2026-09-15", "yesterday.61", "2026-09-15.zz"] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}
