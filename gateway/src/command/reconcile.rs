//! `gateway reconcile`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use billing::ledger::Channel;
use billing::reconcile::empty_bill;
use chrono::NaiveDate;
use clap::Args;
use serde_json::json;
use store::{PayeeName, Store};

use super::database::Database;
use super::import_rows::said;
use crate::clock::Clock;
use crate::config::Config;
use crate::flow::actor::Actor;
use crate::flow::payouts::{Payouts, load_payouts, look_at_payouts};
use crate::flow::reconcile_day::{Reconciled, Reconciling, reconcile_day};
use crate::flow::statement::payee_named;
use crate::outbound::{TradeBill, WechatPay};

/// Largest bill or table read, unpacked: 512 MiB (a day of some millions of payments).
const FILE_LIMIT: u64 = 512 * 1024 * 1024;

/// Reconcile days and payouts.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// Day of the bill, +08:00.
    #[arg(long, value_name = "DAY", required_unless_present = "settlement")]
    date: Option<NaiveDate>,
    /// Last day: every day from --date on.
    #[arg(long, value_name = "DAY", conflicts_with = "bill")]
    until: Option<NaiveDate>,
    /// The bill of the day as WeChat Pay gives it (`bill_type=ALL`, unpacked); downloaded if left out.
    #[arg(long, value_name = "FILE", conflicts_with = "bills")]
    bill: Option<PathBuf>,
    /// Folder of bills named DAY.csv.
    #[arg(long, value_name = "DIR")]
    bills: Option<PathBuf>,
    /// Payouts of the channel by the receipts of bank or treasury, a CSV (docs/MONEY.md).
    #[arg(long, value_name = "FILE")]
    settlement: Option<PathBuf>,
    /// Whose merchant account it is: gets what nobody knows. May be left out if there is one payee.
    #[arg(long, value_name = "NAME")]
    payee: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl Reconcile {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let days = self.days()?;
        let (config, store) = self.database.open().await?;
        let started = Instant::now();
        let (mut reports, mut clean) = (Vec::new(), true);
        if let Some((first, last)) = days {
            let mut tx = store.read().await?;
            let payee = payee_named(&mut tx, &Actor::command_line(), self.payee.as_deref()).await;
            drop(tx);
            let payee = payee.map_err(said)?;
            for day in first.iter_days().take_while(|day| *day <= last) {
                let report = self.reconcile(&config, &store, &payee, day).await?;
                clean &= report.is_clean();
                if !self.json {
                    print_day(&report);
                }
                reports.push(report);
            }
        }
        let payouts = self.payouts(&store).await?;
        clean &= payouts.is_clean();
        let seconds = started.elapsed().as_secs_f64();
        if self.json {
            let answer =
                json!({"days": reports, "payouts": payouts, "clean": clean, "seconds": seconds});
            println!("{answer}");
        } else {
            print_payouts(&payouts);
            let lines: usize = reports.iter().map(|r| r.lines).sum();
            let how = if clean { "clean" } else { "somebody has to look at it" };
            println!("reconcile: {} days, {lines} lines: {how} ({seconds:.1} s)", reports.len());
        }
        store.close().await;
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn days(&self) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let Some(first) = self.date else { return Ok(None) };
        let last = self.until.unwrap_or(first);
        ensure!(first <= last, "--until is before --date");
        Ok(Some((first, last)))
    }

    async fn reconcile(
        &self,
        config: &Config,
        store: &Store,
        payee: &PayeeName,
        day: NaiveDate,
    ) -> Result<Reconciled> {
        let (text, merchant, from) = match (&self.bill, &self.bills) {
            (Some(file), _) => (read(file)?, None, file.display().to_string()),
            (None, Some(dir)) => {
                let file = dir.join(format!("{day}.csv"));
                (read(&file)?, None, file.display().to_string())
            }
            (None, None) => {
                let (text, merchant) = download(config, day).await?;
                (text, merchant, format!("the bill of {day}"))
            }
        };
        let asked = Reconciling {
            channel: Channel::Wechat,
            day,
            text: &text,
            payee,
            merchant: merchant.as_deref(),
            by: "command line",
            now: Database::city_now(store).await?,
            machine_now_ms: Clock::real().machine_now_ms(),
        };
        let report = reconcile_day(store, &asked).await.map_err(said);
        report.context(from)
    }

    async fn payouts(&self, store: &Store) -> Result<Payouts> {
        let now = Database::city_now(store).await?;
        let mut report = match &self.settlement {
            Some(path) => load_payouts(store, &Actor::command_line(), &read(path)?, now)
                .await
                .map_err(said)
                .with_context(|| format!("{}", path.display()))?,
            None => Payouts::default(),
        };
        look_at_payouts(store, Channel::Wechat, now, &mut report).await.map_err(said)?;
        Ok(report)
    }
}

/// The bill as WeChat Pay has it; one without lines if there was no trade.
async fn download(config: &Config, day: NaiveDate) -> Result<(String, Option<String>)> {
    let failed = || "name the bill with --bill FILE, or the merchant's keys with --config FILE";
    let wechat = WechatPay::open(&config.wechat).with_context(failed)?;
    let now_ms = Clock::real().machine_now_ms();
    let merchant = wechat.merchant_id().map(str::to_owned);
    match wechat.trade_bill(day, now_ms).await.with_context(failed)? {
        TradeBill::Text(text) => Ok((text, merchant)),
        TradeBill::None => Ok((empty_bill(), merchant)),
        TradeBill::NotYet => {
            bail!("WeChat Pay has not made the bill of {day} yet: ask after 10:00 on the next day")
        }
    }
}

fn read(path: &Path) -> Result<String> {
    let failed = || format!("cannot read {}", path.display());
    let file = std::fs::File::open(path).with_context(failed)?;
    let mut text = String::new();
    let read = file.take(FILE_LIMIT + 1).read_to_string(&mut text).with_context(failed)?;
    ensure!(
        u64::try_from(read).is_ok_and(|read| read <= FILE_LIMIT),
        "{} is larger than 512 MiB",
        path.display()
    );
    Ok(text)
}

fn print_day(report: &Reconciled) {
    for e in &report.exceptions {
        let fen = |fen: Option<i64>| {
            fen.map_or_else(|| "-".to_owned(), |fen| vocabulary::Fen(fen).yuan())
        };
        println!(
            "{} {} {} {}: theirs {}, ours {}",
            report.day,
            e.outcome,
            e.kind,
            e.number,
            fen(e.theirs_fen),
            fen(e.ours_fen)
        );
    }
    if report.more {
        println!("{}: more exceptions are stored as cases", report.day);
    }
    let outcomes: Vec<String> =
        report.outcomes.iter().filter(|(_, n)| **n > 0).map(|(o, n)| format!("{n} {o}")).collect();
    println!(
        "{}: {} lines, paid {}, refunded {}, fees {}: {}; {} entries booked, {} cases opened, {} closed",
        report.day,
        report.lines,
        vocabulary::Fen(report.paid_fen).yuan(),
        vocabulary::Fen(report.refunded_fen).yuan(),
        vocabulary::Fen(report.fee_fen).yuan(),
        if outcomes.is_empty() { "nothing".to_owned() } else { outcomes.join(", ") },
        report.booked,
        report.cases_opened,
        report.cases_closed
    );
}

fn print_payouts(report: &Payouts) {
    if report.read > 0 {
        let outcomes: Vec<String> =
            report.outcomes.iter().map(|(o, n)| format!("{n} {o}")).collect();
        println!(
            "payouts: {} read: {}; {} entries booked, {} cases opened",
            report.read,
            outcomes.join(", "),
            report.booked,
            report.cases_opened
        );
    }
    if report.unsettled_days > 0 {
        println!(
            "payouts: {} days of payees were billed and not paid out in time",
            report.unsettled_days
        );
    }
}
