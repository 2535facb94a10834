//! What becomes of lines that do not fit: a case each, with an owner; the sweep that plans cases gives it the day by
//! which the policy wants it settled. And the end of cases whose matter is gone.

use std::collections::HashSet;

use billing::reconcile::{ChannelBill, LineKind, OurState, Outcome as Ended};
use chrono::{Days, NaiveDate};
use store::{BillLineRow, Lane, NewCase, Store, Tx};
use uuid::Uuid;

use super::load::{city_ms, ours};
use super::{Exception, Line, Outcome, Reconciled, Reconciling, TOLD};
use crate::job::Kind;

/// Kind of the cases.
pub(crate) const CASE_KIND: &str = "reconciliation";
/// The role that has to settle them.
const OWNER: &str = "finance";
/// A bill of a day came with other content than before.
pub(super) const BILL_CHANGED: &str = "bill_changed";
const DAY_MS: i64 = 86_400_000;

/// Opens and closes the cases of a day, and has payments asked for that only the bill knows as paid.
pub(super) async fn follow(
    store: &Store,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
    lines: &[Line<'_>],
    reconciled: &mut Reconciled,
) -> Outcome<()> {
    let mut tx = store.begin(Lane::Command).await?;
    for line in lines.iter().filter(|line| line.outcome.is_exception()) {
        let case = case_key(asked, &line.row.line_key, line.outcome);
        let detail = detail(line);
        let subject = (line.row.kind.as_str(), number(line));
        let opened = open(&mut tx, asked, &case, subject, &detail).await?;
        reconciled.cases_opened += usize::from(opened);
        ask(&mut tx, asked, line).await?;
        tell(line, case, reconciled);
    }
    reconciled.cases_closed += close_gone(&mut tx, asked, lines).await?;
    settle_waiting(&mut tx, asked, bill, lines, reconciled).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a case and gives it an owner; false if the matter has one.
pub(crate) async fn open(
    tx: &mut Tx,
    asked: &Reconciling<'_>,
    case_key: &str,
    (subject_kind, subject_id): (&str, &str),
    detail: &str,
) -> Outcome<bool> {
    let opened_at = asked.now.ms();
    let opened = tx
        .open_case(&NewCase {
            case_id: Uuid::now_v7(),
            case_key,
            operator_id: Some(asked.payee.operator_id),
            kind: CASE_KIND,
            source: "system",
            subject_kind,
            subject_id,
            detail,
            opened_at,
        })
        .await?;
    if opened {
        tx.assign_case(case_key, OWNER).await?;
    }
    Ok(opened)
}

fn case_key(asked: &Reconciling<'_>, line_key: &str, outcome: Ended) -> String {
    format!("reconcile:{}:{}:{line_key}:{}", asked.channel.name(), asked.day, outcome.name())
}

fn number<'a>(line: &'a Line<'_>) -> &'a str {
    line.row.out_refund_no.as_deref().unwrap_or(&line.row.out_trade_no)
}

/// Numbers and amounts only: a bill holds nothing personal that is kept.
fn detail(line: &Line<'_>) -> String {
    let fen = |amount: Option<i64>| {
        amount.map_or_else(|| "nothing".to_owned(), |fen| format!("{fen} fen"))
    };
    format!(
        "{}: the channel says {}, these books say {}{}",
        line.outcome.name(),
        fen(line.row.theirs_fen),
        fen(line.row.ours_fen),
        line.ours.map_or_else(String::new, |o| format!(" ({})", o.state)),
    )
}

/// A payment that the bill knows as paid and we do not is asked for: the answer books it.
async fn ask(tx: &mut Tx, asked: &Reconciling<'_>, line: &Line<'_>) -> Outcome<()> {
    let paid = line.theirs.is_some_and(|t| t.kind == LineKind::Payment);
    let Some(own) = line.ours.filter(|_| paid && line.outcome == Ended::StatusDiffers) else {
        return Ok(());
    };
    let key = format!("{}:reconcile:{}", own.id, asked.day);
    tx.enqueue(Kind::AskPayment.name(), &key, own.order_id, asked.machine_now_ms).await?;
    Ok(())
}

fn tell(line: &Line<'_>, case: String, reconciled: &mut Reconciled) {
    if reconciled.exceptions.len() >= TOLD {
        reconciled.more = true;
        return;
    }
    reconciled.exceptions.push(Exception {
        outcome: line.outcome.name(),
        kind: if line.row.kind == "refund" { "refund" } else { "payment" },
        number: number(line).to_owned(),
        transaction_id: line.row.transaction_id.clone(),
        theirs_fen: line.row.theirs_fen,
        ours_fen: line.row.ours_fen,
        case,
    });
}

/// Cases of this day whose line ends otherwise now. Money in suspense is not gone by that.
async fn close_gone(tx: &mut Tx, asked: &Reconciling<'_>, lines: &[Line<'_>]) -> Outcome<usize> {
    let prefix = format!("reconcile:{}:{}:", asked.channel.name(), asked.day);
    let still: HashSet<String> = lines
        .iter()
        .filter(|line| line.outcome.is_exception())
        .map(|line| case_key(asked, &line.row.line_key, line.outcome))
        .collect();
    let mut closed = 0;
    for key in tx.open_cases_of(CASE_KIND, &prefix).await? {
        let stays = key.ends_with(Ended::MissingHere.name()) || key.ends_with(BILL_CHANGED);
        if !stays && !still.contains(&key) {
            let gone = tx.resolve_case(&key, "the line matches now", asked.now.ms()).await?;
            closed += usize::from(gone);
        }
    }
    Ok(closed)
}

/// A refund may be taken by the channel days after it was asked for: it waits so long.
pub(super) const REFUND_WAITS_DAYS: u64 = 3;
/// How far back lines are looked for that still wait.
const LOOK_BACK_DAYS: u64 = 60;

/// Lines of other days that waited for this bill: they stand on it, or are missing.
async fn settle_waiting(
    tx: &mut Tx,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
    lines: &[Line<'_>],
    reconciled: &mut Reconciled,
) -> Outcome<()> {
    let here: HashSet<&str> =
        lines.iter().filter(|l| l.theirs.is_some()).map(|l| l.row.line_key.as_str()).collect();
    let channel = asked.channel.name();
    for (day, waits_for_later) in [(asked.day.pred_opt(), true), (asked.day.succ_opt(), false)] {
        let Some(day) = day else { continue };
        for outcome in [Ended::Expected, Ended::MissingThere] {
            let on = day.to_string();
            let waiting = tx.bill_lines(channel, &bill.merchant, &on, outcome.name()).await?;
            for row in waiting.into_iter().filter(|row| row.kind == "payment") {
                let late = city_ms(row.at) >= DAY_MS / 2;
                let over = outcome == Ended::Expected && late == waits_for_later;
                let found = here.contains(row.line_key.as_str());
                settle_row(tx, asked, row, (found, over), reconciled).await?;
            }
        }
    }
    let since = asked.day.checked_sub_days(Days::new(LOOK_BACK_DAYS)).unwrap_or(asked.day);
    let waiting = tx.waiting_refunds(channel, &bill.merchant, &since.to_string()).await?;
    for row in waiting {
        let (found, over) = (here.contains(row.line_key.as_str()), is_late(tx, asked, &row).await?);
        settle_row(tx, asked, row, (found, over), reconciled).await?;
    }
    Ok(())
}

/// Whether a refund that ended here should be on a bill by now.
async fn is_late(tx: &mut Tx, asked: &Reconciling<'_>, row: &BillLineRow) -> Outcome<bool> {
    let day: NaiveDate = row.bill_on.parse().map_err(anyhow::Error::from)?;
    let due = day.checked_add_days(Days::new(REFUND_WAITS_DAYS)).unwrap_or(day);
    if row.outcome != Ended::Expected.name() || asked.day < due {
        return Ok(false);
    }
    let number = row.out_refund_no.as_deref().unwrap_or_default();
    let own = tx.own_refunds_named(asked.channel.name(), &[number]).await?;
    Ok(own.iter().any(|refund| ours(refund).state == OurState::Done))
}

async fn settle_row(
    tx: &mut Tx,
    asked: &Reconciling<'_>,
    mut row: BillLineRow,
    (found, over): (bool, bool),
    reconciled: &mut Reconciled,
) -> Outcome<()> {
    if !found && !over {
        return Ok(());
    }
    let day = row.bill_on.parse().map_err(anyhow::Error::from)?;
    let beside = Reconciling { day, ..*asked };
    let case = case_key(&beside, &row.line_key, Ended::MissingThere);
    let next = if found { Ended::Matched } else { Ended::MissingThere };
    row.outcome = next.name().into();
    tx.keep_bill_lines(std::slice::from_ref(&row)).await?;
    if found {
        let gone = tx.resolve_case(&case, "it stands on a later bill", asked.now.ms()).await?;
        reconciled.cases_closed += usize::from(gone);
        return Ok(());
    }
    let number = row.out_refund_no.as_deref().unwrap_or(&row.out_trade_no);
    let detail = "missing_there: on no bill on which it could stand";
    let opened = open(tx, &beside, &case, (&row.kind, number), detail).await?;
    reconciled.cases_opened += usize::from(opened);
    Ok(())
}
