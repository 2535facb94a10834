//! The proof: stays from readings, bills from stays, balances from entries, all computed again.
//!
//! Walks bay by bay and order by order in bounded memory, changes nothing, and reports each
//! difference. Money that newer rules would compute otherwise is not a difference: bills are
//! priced again from the input and the tariff revision stored with them.

mod invoices;
mod orders;
mod prepaid;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use sensing::{Fold, Policy, StayState, reconcile};
use store::{BayRow, Store, Tx, UsageRow};
use uuid::Uuid;
use vocabulary::{StayId, Timestamp};

use crate::devices::Bay;
use crate::flow::follow_usage::{add, blocks, follow, is_change};
use crate::flow::prove_books::prove_books;
use crate::flow::{decode_fold, observations_since, published};
use orders::verify_orders;
use prepaid::{verify_joint, verify_prepaid};

/// Rows read in one go.
const PAGE: i64 = 500;

/// One thing that does not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `stay`, `bay`, `usage`, `bill`, `order`, `payment`, `prepaid`, `invoice`, `entry`, `chain` or `balance`.
    pub kind: &'static str,
    /// Which one.
    pub subject: String,
    /// What is stored and what was computed.
    pub detail: String,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub readings: usize,
    pub bays: usize,
    pub stays: usize,
    pub orders: usize,
    pub bills: usize,
    pub invoices: usize,
    pub entries: usize,
    pub balances: usize,
    /// Bays with stays that other rules made (policy or fold of another version): not computed again.
    pub superseded: usize,
    /// Bills of another version of the engine: not computed again.
    pub superseded_bills: usize,
    pub differences: Vec<Difference>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind, self.subject, self.detail)
    }
}

impl Difference {
    pub(crate) fn new(
        kind: &'static str,
        subject: impl fmt::Display,
        detail: String,
    ) -> Difference {
        Difference { kind, subject: subject.to_string(), detail }
    }
}

impl Report {
    /// Whether everything adds up.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    fn add(&mut self, kind: &'static str, subject: impl fmt::Display, detail: String) {
        self.differences.push(Difference::new(kind, subject, detail));
    }

    /// Writes the differences and a summary line with the rate.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn print(&self, out: &mut impl Write, started: Instant) -> std::io::Result<()> {
        for difference in &self.differences {
            writeln!(out, "DIFFERENCE {difference}")?;
        }
        if self.superseded > 0 {
            writeln!(
                out,
                "superseded rule: stays of {} bays were made by other rules and are not computed again",
                self.superseded
            )?;
        }
        if self.superseded_bills > 0 {
            writeln!(
                out,
                "superseded rule: {} bills were priced by another engine and are not computed again",
                self.superseded_bills
            )?;
        }
        let seconds = started.elapsed().as_secs_f64().max(1e-3);
        writeln!(
            out,
            "verify: {} readings of {} bays, {} stays, {} orders, {} bills, {} documents, {} entries, {} balances: {} ({:.0} readings/s)",
            self.readings,
            self.bays,
            self.stays,
            self.orders,
            self.bills,
            self.invoices,
            self.entries,
            self.balances,
            if self.is_clean() {
                "clean".to_owned()
            } else {
                format!("{} differences", self.differences.len())
            },
            f64::from(u32::try_from(self.readings).unwrap_or(u32::MAX)) / seconds,
        )
    }
}

/// Verifies a whole database, or one bay of it.
///
/// # Errors
/// When the database fails or holds something unreadable.
pub async fn verify(store: &Store, policy: &Policy, bay_code: Option<&str>) -> Result<Report> {
    let mut tx = store.snapshot().await?;
    let mut report = Report::default();
    if let Some(code) = bay_code {
        let bay = tx.bay_by_code(code).await?;
        let bay = bay.ok_or_else(|| anyhow::anyhow!("no bay has the code {code}"))?;
        verify_bay(&mut tx, policy, bay, &mut report).await?;
        return Ok(report);
    }
    let mut after = None;
    let mut usage = BTreeMap::new();
    loop {
        let page = tx.bays_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.bay_id);
        add_up_usage(&mut tx, &page, &mut usage).await?;
        for bay in page {
            verify_bay(&mut tx, policy, bay, &mut report).await?;
        }
    }
    let loose = tx.loose_revisions().await?;
    if loose > 0 {
        report.add("stay", "revisions", format!("{loose} are of no stay"));
    }
    verify_usage(&mut tx, usage, &mut report).await?;
    verify_orders(&mut tx, &mut report).await?;
    invoices::verify_invoices(&mut tx, &mut report).await?;
    verify_books(&mut tx, &mut report).await?;
    verify_prepaid(&mut tx, &mut report).await?;
    verify_joint(&mut tx, &mut report).await?;
    Ok(report)
}

/// Folds every reading of a bay again; reconciling with the stored stays must change nothing, and
/// the stored fold must be the one that comes out.
async fn verify_bay(tx: &mut Tx, policy: &Policy, row: BayRow, report: &mut Report) -> Result<()> {
    let live =
        tx.live(row.bay_no).await?.with_context(|| format!("bay {} has no state", row.code))?;
    let bay = Bay::of(row, live.setup_version)?;
    let observations = observations_since(tx, live.last_seq, 0).await?;
    let (fold, spans) = sensing::fold(policy, &bay.setup, &observations);
    let rows = tx.stays_of_bay(bay.id.0, i64::MIN).await?;
    let stays = rows.iter().map(published).collect::<Result<Vec<_>>>()?;
    let rule = (i64::from(sensing::FOLD_VERSION), i64::from(policy.version));
    if rows.iter().any(|s| (s.fold_version, s.policy_version) != rule) {
        report.superseded += 1;
        report.bays += 1;
        return Ok(());
    }
    report.readings += observations.len();
    report.bays += 1;
    report.stays +=
        stays.iter().filter(|s| matches!(s.state, StayState::Present | StayState::Left)).count();
    for revision in reconcile(&stays, &spans, &mut || StayId(Uuid::nil())) {
        let missing = revision.stay_id.0.is_nil();
        let subject = if missing {
            format!("missing on bay {}", bay.code)
        } else {
            format!("{} on bay {}", revision.stay_id, bay.code)
        };
        let detail =
            format!("the readings say {} ({})", revision.state.name(), revision.change.name());
        report.add("stay", subject, detail);
    }
    if !holds(tx, policy, &bay, live.last_seq, &fold).await? {
        report.add("bay", &*bay.code, "the stored fold is not what the readings give".to_owned());
    }
    Ok(())
}

/// Whether the stored fold, gone on with what was stored since, is the fold of all readings.
async fn holds(
    tx: &mut Tx,
    policy: &Policy,
    bay: &Bay,
    newest: Option<i64>,
    all: &Fold,
) -> Result<bool> {
    let Some(row) = tx.fold(bay.number).await? else { return Ok(true) };
    let Some(stored) = row.fold.as_deref().and_then(decode_fold) else { return Ok(true) };
    let since = observations_since(tx, newest, row.folded_seq.unwrap_or(0)).await?;
    let mut fold = stored.clone();
    if fold.resume(policy, &bay.setup, &since).is_ok() {
        return Ok(fold == *all);
    }
    // Whoever opens the bay folds it anew; what is stored must be right for what it holds.
    let before = observations_since(tx, row.folded_seq, 0).await?;
    Ok(stored == sensing::fold(policy, &bay.setup, &before).0)
}

type Usage = BTreeMap<(Uuid, Timestamp), UsageRow>;

/// Adds the use that the published stays of some bays make of their blocks.
async fn add_up_usage(tx: &mut Tx, bays: &[BayRow], usage: &mut Usage) -> Result<()> {
    let ids: Vec<Uuid> = bays.iter().map(|b| b.bay_id).collect();
    let blocks = blocks(tx.blocks_of(&ids).await?);
    for bay in ids {
        for stay in tx.stays_of_bay(bay, i64::MIN).await? {
            add((&stay.state, &stay.span_json), bay, 1, &blocks, usage)?;
        }
    }
    Ok(())
}

/// The hourly figures and what is still to be added to them make up the use by all stays.
async fn verify_usage(tx: &mut Tx, mut usage: Usage, report: &mut Report) -> Result<()> {
    let due = tx.usage_ahead().await?;
    let bays: Vec<Uuid> = due.iter().map(|d| d.bay_id).collect();
    let blocks = blocks(tx.blocks_of(&bays).await?);
    let mut stored: Usage = BTreeMap::new();
    for row in &due {
        follow(row, &blocks, &mut stored)?;
    }
    let appended = tx.usage_appended().await?;
    for row in tx.usage().await?.into_iter().chain(appended) {
        let hour = stored.entry((row.block_id, Timestamp::from_ms(row.hour_at)));
        let sum = hour.or_insert(UsageRow {
            arrivals: 0,
            departures: 0,
            occupied_ms: 0,
            doubtful_ms: 0,
            ..row
        });
        sum.arrivals += row.arrivals;
        sum.departures += row.departures;
        sum.occupied_ms += row.occupied_ms;
        sum.doubtful_ms += row.doubtful_ms;
    }
    let is_used = |_: &(Uuid, Timestamp), used: &mut UsageRow| is_change(used);
    usage.retain(is_used);
    stored.retain(is_used);
    for (key, row) in &usage {
        if stored.get(key) != Some(row) {
            let detail = format!("stored {:?}, the stays make {row:?}", stored.get(key));
            report.add("usage", format!("block {} hour {}", key.0, key.1), detail);
        }
    }
    for key in stored.keys().filter(|key| !usage.contains_key(key)) {
        report.add(
            "usage",
            format!("block {} hour {}", key.0, key.1),
            "no stay made it".to_owned(),
        );
    }
    Ok(())
}

/// The books of every payee, from their first entry on.
async fn verify_books(tx: &mut Tx, report: &mut Report) -> Result<()> {
    for proved in prove_books(tx).await? {
        report.entries += proved.entries;
        report.balances += proved.balances;
        report.differences.extend(proved.differences);
    }
    Ok(())
}
