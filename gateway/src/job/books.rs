//! The daily proof of the books: a job for each payee and day, queued by a sweep.
//!
//! It goes on from the last clean proof (`flow::prove_books`). A difference is a case and an error in
//! the log; the proof is kept either way, and the next one starts from the last clean one again.

use anyhow::{Context, Result};
use billing::ledger::city_day;
use store::{Lane, NewCase, ProofRow};
use uuid::Uuid;

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::prove_books::{From, Proved, prove_payee};

/// Queues the proof of every chain that was not proved on this city day.
pub(super) async fn queue_proofs(app: &App, now: i64) -> Result<()> {
    let today = city_day(app.clock.city_now()).to_string();
    let due = app.store.read().await?.unproved_on(&today).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin(Lane::Command).await?;
    for payee_id in due {
        let key = format!("{payee_id}:{today}");
        tx.enqueue(Kind::ProveBooks.name(), &key, payee_id, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Proves one payee's books, and keeps what was found.
pub(super) async fn prove(app: &App, payee_id: Uuid) -> Result<Ended> {
    let mut tx = app.store.snapshot().await?;
    let chain = tx.chains().await?.into_iter().find(|c| c.payee_id == payee_id);
    let chain = chain.context("a proof of no chain")?;
    let proved = prove_payee(&mut tx, &chain, From::LastProof).await?;
    drop(tx);
    let now = app.clock.city_now();
    let today = city_day(now).to_string();
    let mut tx = app.store.begin(Lane::Command).await?;
    tx.keep_proof(&ProofRow {
        payee_id,
        proved_on: today.clone(),
        last_number: proved.last_number,
        last_hash: proved.last_hash.clone(),
        debit_fen: proved.debit_fen,
        differences: i64::try_from(proved.differences.len())?,
        proved_at: now.ms(),
    })
    .await?;
    if !proved.differences.is_empty() {
        open_case(&mut tx, &proved, &today, now.ms()).await?;
    }
    tx.commit().await?;
    Ok(Ended::Done)
}

async fn open_case(tx: &mut store::Tx, proved: &Proved, today: &str, now: i64) -> Result<()> {
    let told: Vec<String> = proved.differences.iter().take(10).map(ToString::to_string).collect();
    let (key, subject) =
        (format!("books:{}:{today}", proved.payee_id), proved.payee_id.to_string());
    tracing::error!(
        payee = subject,
        differences = proved.differences.len(),
        "the books do not add up; a case is open"
    );
    let opened = tx
        .open_case(&NewCase {
            case_id: Uuid::now_v7(),
            case_key: &key,
            operator_id: None,
            kind: "books",
            source: "system",
            subject_kind: "payee",
            subject_id: &subject,
            detail: &told.join("; "),
            opened_at: now,
        })
        .await?;
    if opened {
        tx.assign_case(&key, "finance").await?;
    }
    Ok(())
}
