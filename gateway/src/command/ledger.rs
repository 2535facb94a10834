//! `gateway ledger`

mod pay;
mod print;
mod split;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use billing::ledger::{Month, city_day};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use output::{out, outln};
use serde::Serialize;
use serde_json::json;
use store::{Lane, Store};

use super::database::Database;
use super::import_rows::said;
use crate::flow::actor::Actor;
use crate::flow::close_month::{Closing, close_month};
use crate::flow::prove_books::prove_books;
use crate::flow::sign_in::Role;
use crate::flow::statement::{
    AccountFile, LINES_LIMIT, MonthStatement, TrialBalance, account_statement, month_statement,
    payee_named, trial_balance,
};

/// Look into the books, prove them, close months. Days are YYYY-MM-DD in +08:00, months YYYY-MM.
#[derive(Debug, Args)]
pub(super) struct Ledger {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What stands on every account at the end of a day.
    TrialBalance {
        /// The day; today if left out.
        #[arg(long, value_name = "DAY")]
        as_of: Option<NaiveDate>,
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        database: Database,
    },
    /// A payee's month: earned, received, invoiced, un-invoiced, red, by VAT rate.
    Statement {
        #[arg(long, value_name = "MONTH")]
        month: Month,
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        database: Database,
    },
    /// An account's lines with the balance after each.
    Account {
        /// As in the trial balance: receivable, bank, channel_clearing:wechat, …
        account: String,
        #[arg(long, value_name = "DAY")]
        from: NaiveDate,
        /// Last day, included.
        #[arg(long, value_name = "DAY")]
        to: NaiveDate,
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        database: Database,
    },
    /// Close a month: the first person proposes it, a second one closes what is still the same.
    ///
    /// Exit code 1 if it is refused. A closed month is never opened again: what is late is booked on the
    /// first day that is open.
    Close {
        #[arg(long, value_name = "MONTH")]
        month: Month,
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        of: Of,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Prove the books from their first entry: chains, entries, balances. Exit code 0 only if nothing differs.
    Verify {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Record what was handed over: charges to the treasury, VAT, fees to a channel that pays out gross.
    #[command(subcommand)]
    Pay(pay::Pay),
    /// Split VAT out of fees that were booked gross, since no tax item held on their day. Exit code 1 if refused.
    SplitVat(split::SplitVat),
}

#[derive(Debug, Args)]
struct Of {
    /// Name or id of the payee; may be left out if there is only one.
    #[arg(long, value_name = "NAME")]
    payee: Option<String>,
}

#[derive(Debug, Args)]
struct By {
    /// Who does it: the login of a person of the role finance or manager.
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct How {
    /// Print JSON (amounts in fen).
    #[arg(long)]
    json: bool,
    /// Print CSV (amounts in yuan, UTF-8 with BOM).
    #[arg(long)]
    csv: bool,
}

impl Ledger {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::TrialBalance { as_of, of, how, database } => {
                let (_, store) = database.open().await?;
                let as_of = as_of.unwrap_or(city_day(Database::city_now(&store).await?));
                let (mut tx, actor) = (store.snapshot().await?, Actor::command_line());
                let payee = match &of.payee {
                    Some(name) => {
                        Some(payee_named(&mut tx, &actor, Some(name)).await.map_err(said)?)
                    }
                    None => None,
                };
                let trial = trial_balance(&mut tx, &actor, payee.as_ref(), as_of).await;
                how.print(&trial.map_err(said)?, TrialBalance::csv, print::trial)
            }
            What::Statement { month, of, how, database } => {
                let (_, store) = database.open().await?;
                let (mut tx, actor) = (store.snapshot().await?, Actor::command_line());
                let payee =
                    payee_named(&mut tx, &actor, of.payee.as_deref()).await.map_err(said)?;
                let statement = month_statement(&mut tx, &payee, month).await.map_err(said)?;
                how.print(&statement, MonthStatement::csv, print::month)
            }
            What::Account { account, from, to, of, how, database } => {
                let (_, store) = database.open().await?;
                let (mut tx, actor) = (store.snapshot().await?, Actor::command_line());
                let payee =
                    payee_named(&mut tx, &actor, of.payee.as_deref()).await.map_err(said)?;
                let days = (from, to);
                if how.csv {
                    let file = AccountFile::begin(&mut tx, &payee, &account, days).await;
                    return print_file(&store, file.map_err(said)?).await;
                }
                let lines = account_statement(&mut tx, &payee, &account, days, LINES_LIMIT).await;
                let lines = lines.map_err(said)?;
                match how.json {
                    true => outln!("{}", serde_json::to_string_pretty(&lines)?),
                    false => out!("{}", print::account(&lines)),
                }
                Ok(ExitCode::SUCCESS)
            }
            What::Close { month, by, of, json, database } => {
                let (_, store) = database.open().await?;
                close(&store, month, &by, of.payee.as_deref(), json).await
            }
            What::Verify { json, database } => {
                let (_, store) = database.open().await?;
                verify(&store, json).await
            }
            What::Pay(pay) => pay.run().await,
            What::SplitVat(split) => split.run().await,
        }
    }
}

impl How {
    fn print<T: Serialize>(
        &self,
        value: &T,
        csv: impl FnOnce(&T) -> Result<String>,
        text: impl FnOnce(&T) -> String,
    ) -> Result<ExitCode> {
        match (self.json, self.csv) {
            (true, _) => outln!("{}", serde_json::to_string_pretty(value)?),
            (_, true) => out!("{}", csv(value)?),
            _ => out!("{}", text(value)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn print_file(store: &Store, mut file: AccountFile) -> Result<ExitCode> {
    while let Some(part) = file.next(store).await? {
        out!("{part}");
    }
    Ok(ExitCode::SUCCESS)
}

impl By {
    /// The person as the books name them.
    async fn actor(&self, store: &Store) -> Result<Actor> {
        let staff = store.read().await?.staff_by_login(&self.by).await?;
        let staff = staff.filter(|s| s.disabled_at.is_none());
        let staff =
            staff.with_context(|| format!("no member of staff has the login {}", self.by))?;
        let decides = [Role::Finance, Role::Manager].iter().any(|role| role.name() == staff.role);
        ensure!(decides, "{} has the role {}: finance or manager is needed", self.by, staff.role);
        Ok(Actor {
            staff: Some(vocabulary::StaffId(staff.staff_id)),
            operator: staff.operator_id.map(vocabulary::OperatorId),
        })
    }
}

async fn close(
    store: &Store,
    month: Month,
    by: &By,
    payee: Option<&str>,
    json: bool,
) -> Result<ExitCode> {
    let (actor, now) = (by.actor(store).await?, Database::city_now(store).await?);
    let mut tx = store.begin(Lane::Command).await?;
    let payee = payee_named(&mut tx, &actor, payee).await.map_err(said)?;
    let closing = match close_month(&mut tx, payee.payee_id, month, &actor.name(), now).await {
        Ok(closing) => closing,
        Err(refusal) => {
            eprintln!("{}", said(refusal));
            return Ok(ExitCode::from(1));
        }
    };
    let detail = json!({"payee_id": payee.payee_id, "state": closing, "from": "command line"});
    let name = month.to_string();
    actor.audit(&mut tx, now, "close_month", ("month", &name), &detail).await.map_err(said)?;
    tx.commit().await?;
    if json {
        outln!("{}", json!({"month": month, "payee": payee.name, "state": closing}));
        return Ok(ExitCode::SUCCESS);
    }
    match closing {
        Closing::Proposed => {
            outln!("{month} of {}: proposed; a second person closes it", payee.name);
        }
        Closing::ProposedAgain => outln!(
            "{month} of {}: something was booked since it was proposed; proposed again, a second person closes it",
            payee.name
        ),
        Closing::Closed => outln!("{month} of {}: closed", payee.name),
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(store: &Store, json: bool) -> Result<ExitCode> {
    let started = Instant::now();
    let proved = prove_books(&mut store.snapshot().await?).await?;
    let (entries, balances) =
        proved.iter().fold((0, 0), |(e, b), p| (e + p.entries, b + p.balances));
    let differences: Vec<_> = proved.iter().flat_map(|p| &p.differences).collect();
    let seconds = started.elapsed().as_secs_f64();
    if json {
        let told: Vec<_> = differences
            .iter()
            .map(|d| json!({"kind": d.kind, "subject": d.subject, "detail": d.detail}))
            .collect();
        let answer = json!({"payees": proved.len(), "entries": entries, "balances": balances,
            "differences": told, "seconds": seconds});
        outln!("{answer}");
    } else {
        for difference in &differences {
            outln!("DIFFERENCE {difference}");
        }
        let how = match differences.len() {
            0 => "clean".to_owned(),
            some => format!("{some} differences"),
        };
        outln!(
            "ledger verify: {} payees, {entries} entries, {balances} balances: {how} ({seconds:.1} s)",
            proved.len()
        );
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn yuan(text: &str) -> Result<i64> {
    match vocabulary::Fen::parse_yuan(text) {
        Ok(fen) if fen > vocabulary::Fen::ZERO => Ok(fen.0),
        _ => bail!("an amount in yuan above 0, for example 3.00"),
    }
}
