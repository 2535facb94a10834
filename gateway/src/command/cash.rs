//! `gateway cash`

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use billing::ledger::day_begins;
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use output::outln;
use serde_json::json;
use store::{CashShiftRow, Lane, Store};
use uuid::Uuid;
use vocabulary::{Fen, StaffId, Timestamp};

use super::database::Database;
use super::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::cash_shift::shift_of;
use crate::flow::deposit_cash::{Deposit, deposit_cash};
use crate::flow::hand_out_receipts::hand_out_receipts;

const SHIFTS: i64 = 100_000;

/// Cash: number ranges for collectors, their shifts, deposits at the bank. Days are Beijing's.
#[derive(Debug, Args)]
pub(super) struct Cash {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hand receipt numbers to a collector, in advance.
    Range {
        /// Login of the collector.
        collector: String,
        /// 1 to 8 capital letters and digits.
        #[arg(long)]
        series: String,
        #[arg(long)]
        first: u32,
        /// At most 10000 numbers.
        #[arg(long)]
        last: u32,
        #[command(flatten)]
        database: Database,
    },
    /// Show the shifts that were opened in some days: taken, counted, over or short, handed in.
    Shifts {
        /// First day, as 2026-11-30.
        #[arg(long)]
        from: NaiveDate,
        /// Last day; the first one if left out.
        #[arg(long)]
        to: Option<NaiveDate>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Enter cash that a cashier brought to the bank.
    Deposit {
        /// Login of the cashier.
        #[arg(long)]
        cashier: String,
        /// In yuan, as 5300.00.
        #[arg(long)]
        amount: String,
        /// The number on the bank's slip.
        #[arg(long)]
        slip: String,
        /// The day on the slip.
        #[arg(long)]
        on: NaiveDate,
        /// Name of the payee; may be left out where the operator has one only.
        #[arg(long)]
        payee: Option<String>,
        #[command(flatten)]
        database: Database,
    },
}

impl Cash {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Range { collector, series, first, last, database } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let id = staff_of(&store, &collector).await?;
                let mut tx = store.begin(Lane::Command).await?;
                let actor = Actor::command_line();
                let numbers = (first, last);
                hand_out_receipts(&mut tx, &actor, (id, &series), numbers, now)
                    .await
                    .map_err(said)?;
                tx.commit().await?;
                outln!("{collector} has {series}-{first:07} to {series}-{last:07}");
            }
            What::Shifts { from, to, json, database } => {
                let (_, store) = database.open().await?;
                show_shifts(&store, (from, to.unwrap_or(from)), json).await?;
            }
            What::Deposit { cashier, amount, slip, on, payee, database } => {
                let (_, store) = database.open().await?;
                let now = Database::city_now(&store).await?;
                let amount = Fen::parse_yuan(&amount)
                    .map_err(|_| anyhow::anyhow!("--amount is in yuan, as 5300.00"))?;
                let id = staff_of(&store, &cashier).await?;
                let new = Deposit { cashier: id, amount, bank_slip: slip, deposited_on: on, payee };
                let mut tx = store.begin(Lane::Command).await?;
                let actor = Actor::command_line();
                let row = deposit_cash(&mut tx, &actor, &new, now).await.map_err(said)?;
                tx.commit().await?;
                outln!(
                    "{} yuan of {cashier} are at the bank by slip {}",
                    Fen(row.amount_fen).yuan(),
                    row.bank_slip
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn show_shifts(store: &Store, (from, to): (NaiveDate, NaiveDate), json: bool) -> Result<()> {
    ensure!(from <= to, "--to lies before --from");
    let end = to.checked_add_days(Days::new(1)).context("--to is too late")?;
    let days = (day_begins(from).ms(), day_begins(end).ms());
    let rows = store.read().await?.cash_shifts_between(None, days, SHIFTS).await?;
    if json {
        let shown: Result<Vec<_>> = rows.iter().map(shown).collect();
        outln!("{}", serde_json::to_string_pretty(&shown?)?);
        return Ok(());
    }
    outln!("shift\tcollector\tstate\topened\ttaken\tpaid out\texpected\tcounted\tover/short");
    for row in &rows {
        let shift = shift_of(row)?;
        let yuan = |fen: Result<Fen, _>| fen.map(Fen::yuan).unwrap_or_default();
        let counted = row.counted_at.map_or_else(|| "-".to_owned(), |_| shift.counted.yuan());
        outln!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{counted}\t{}",
            row.shift_id,
            login_of(store, row.collector_id).await?,
            row.state,
            Timestamp::from_ms(row.opened_at),
            shift.taken.yuan(),
            shift.paid_out.yuan(),
            yuan(shift.expected()),
            yuan(shift.over_short()),
        );
    }
    Ok(())
}

fn shown(row: &CashShiftRow) -> Result<serde_json::Value> {
    let shift = shift_of(row)?;
    Ok(json!({
        "shift_id": row.shift_id,
        "collector_id": row.collector_id,
        "state": row.state,
        "opened_at": Timestamp::from_ms(row.opened_at),
        "float_fen": row.float_fen,
        "taken_fen": row.taken_fen,
        "paid_out_fen": row.paid_out_fen,
        "expected_fen": shift.expected().map(|fen| fen.0).ok(),
        "counted_fen": row.counted_at.map(|_| row.counted_fen),
        "over_short_fen": shift.over_short().map(|fen| fen.0).ok(),
        "cashier_id": row.cashier_id,
    }))
}

/// A member of staff by login.
pub(super) async fn staff_of(store: &Store, login: &str) -> Result<StaffId> {
    let staff = store.read().await?.staff_by_login(login).await?;
    let staff = staff.filter(|staff| staff.disabled_at.is_none());
    Ok(StaffId(staff.with_context(|| format!("nobody signs in as {login}"))?.staff_id))
}

async fn login_of(store: &Store, staff_id: Uuid) -> Result<String> {
    let staff = store.read().await?.staff(staff_id).await?;
    Ok(staff.map_or_else(|| staff_id.to_string(), |staff| staff.login))
}
