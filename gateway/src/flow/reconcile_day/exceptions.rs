//! What becomes of lines that do not fit: a case each, with an owner and a day by which it is to be
//! settled; and the end of cases whose matter is gone.

use billing::reconcile::{ChannelBill, LineKind, Outcome as Ended};
use store::{Lane, NewCase, Store, Tx};
use uuid::Uuid;

use super::load::city_ms;
use super::{Exception, Line, Outcome, Reconciled, Reconciling, TOLD};
use crate::job::Kind;

/// Kind of the cases.
pub(crate) const CASE_KIND: &str = "reconciliation";
/// The role that has to settle them.
const OWNER: &str = "finance";
/// Days within which they are to be settled.
const DUE_DAYS: i64 = 3;
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
    settle_neighbours(&mut tx, asked, bill, lines, reconciled).await?;
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
        tx.assign_case(case_key, OWNER, opened_at + DUE_DAYS * DAY_MS).await?;
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
    let still: std::collections::HashSet<String> = lines
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

/// Lines of the days beside this one that waited for this bill: they stand on it, or are missing.
async fn settle_neighbours(
    tx: &mut Tx,
    asked: &Reconciling<'_>,
    bill: &ChannelBill,
    lines: &[Line<'_>],
    reconciled: &mut Reconciled,
) -> Outcome<()> {
    let here: std::collections::HashSet<&str> =
        lines.iter().filter(|l| l.theirs.is_some()).map(|l| l.row.line_key.as_str()).collect();
    for (day, waits_for_later) in [(asked.day.pred_opt(), true), (asked.day.succ_opt(), false)] {
        let Some(day) = day else { continue };
        for outcome in [Ended::Expected, Ended::MissingThere] {
            let (channel, on) = (asked.channel.name(), day.to_string());
            let mut waiting = tx.bill_lines(channel, &bill.merchant, &on, outcome.name()).await?;
            let beside = Reconciling { day, ..*asked };
            for row in &mut waiting {
                let found = here.contains(row.line_key.as_str());
                let late = city_ms(row.at) >= DAY_MS / 2;
                let due = row.kind == "payment" && late == waits_for_later;
                let next = match (found, outcome) {
                    (true, _) => Ended::Matched,
                    (false, Ended::Expected) if due => Ended::MissingThere,
                    _ => continue,
                };
                row.outcome = next.name().into();
                tx.keep_bill_lines(std::slice::from_ref(row)).await?;
                let case = case_key(&beside, &row.line_key, Ended::MissingThere);
                if next == Ended::Matched {
                    let gone = tx.resolve_case(&case, "it stands on the next bill", asked.now.ms());
                    reconciled.cases_closed += usize::from(gone.await?);
                } else {
                    let detail = "missing_there: on neither bill beside midnight";
                    let subject = ("payment", row.out_trade_no.as_str());
                    let opened = open(tx, &beside, &case, subject, detail).await?;
                    reconciled.cases_opened += usize::from(opened);
                }
            }
        }
    }
    Ok(())
}
