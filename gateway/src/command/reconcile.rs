//! `gateway reconcile`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use billing::ledger::Channel;
use billing::reconcile::empty_bill;
use chrono::NaiveDate;
use clap::Args;
use output::outln;
use serde_json::json;
use store::{PayeeName, Store};
use vocabulary::Timestamp;

use super::database::Database;
use super::import_rows::said;
use crate::clock::Clock;
use crate::config::Config;
use crate::flow::actor::Actor;
use crate::flow::payouts::{Payouts, load_payouts, look_at_payouts};
use crate::flow::reconcile_day::{Reconciled, Reconciling, reconcile_day};
use crate::flow::statement::payee_named;
use crate::job::reconcile::ready_at;
use crate::outbound::{TradeBill, WechatPay};

/// Largest bill or table read, unpacked: 512 MiB (a day of some millions of payments).
const FILE_LIMIT: u64 = 512 * 1024 * 1024;

/// Reconcile days and payouts.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// Day of the bill in +08:00; it must be over.
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
    /// Payouts of the channel by the receipts of bank or treasury, a CSV (docs/MONEY.md); booked whole or not at all.
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
            outln!("{answer}");
        } else {
            print_payouts(&payouts);
            let lines: usize = reports.iter().map(|r| r.lines).sum();
            let how = if clean { "clean" } else { "somebody has to look at it" };
            outln!("reconcile: {} days, {lines} lines: {how} ({seconds:.1} s)", reports.len());
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
        let now = Database::city_now(store).await?;
        let (text, merchant_id, from) = match (&self.bill, &self.bills) {
            (Some(file), _) => (read(file)?, merchant(config)?, file.display().to_string()),
            (None, Some(dir)) => {
                let file = dir.join(format!("{day}.csv"));
                (read(&file)?, merchant(config)?, file.display().to_string())
            }
            (None, None) => {
                let (text, merchant_id) = download(config, day, now).await?;
                (text, merchant_id, format!("the bill of {day}"))
            }
        };
        let asked = Reconciling {
            channel: Channel::Wechat,
            day,
            text: &text,
            payee,
            merchant: merchant_id.as_deref(),
            by: "command line",
            now,
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

/// Whose keys the configuration names, if any.
fn merchant(config: &Config) -> Result<Option<String>> {
    let wechat = WechatPay::open(&config.wechat).context("the merchant's keys of --config")?;
    Ok(wechat.merchant_id().map(str::to_owned))
}

/// The bill as WeChat Pay has it; one without lines if there was no trade.
async fn download(
    config: &Config,
    day: NaiveDate,
    now: Timestamp,
) -> Result<(String, Option<String>)> {
    let failed = || "name the bill with --bill FILE, or the merchant's keys with --config FILE";
    let wechat = WechatPay::open(&config.wechat).with_context(failed)?;
    let now_ms = Clock::real().machine_now_ms();
    let merchant = wechat.merchant_id().map(str::to_owned);
    let answer = wechat.trade_bill(day, now_ms).await.with_context(failed)?;
    let text = final_bill(answer, day, now).with_context(|| {
        format!("WeChat Pay has not made the bill of {day} yet: ask after 10:00 on the next day")
    })?;
    Ok((text, merchant))
}

/// The bill, if it will not change any more: of a day whose bill is not made, WeChat Pay may say the same as of
/// one without trade.
fn final_bill(answer: TradeBill, day: NaiveDate, now: Timestamp) -> Option<String> {
    match answer {
        TradeBill::Text(text) => Some(text),
        TradeBill::None => (ready_at(day) <= now).then(empty_bill),
        TradeBill::NotYet => None,
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
        outln!(
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
        outln!("{}: more exceptions are stored as cases", report.day);
    }
    let outcomes: Vec<String> =
        report.outcomes.iter().filter(|(_, n)| **n > 0).map(|(o, n)| format!("{n} {o}")).collect();
    outln!(
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
        outln!(
            "payouts: {} read: {}; {} entries booked, {} cases opened",
            report.read,
            outcomes.join(", "),
            report.booked,
            report.cases_opened
        );
    }
    if report.unsettled_days > 0 {
        outln!(
            "payouts: {} days of payees were billed and not paid out in time",
            report.unsettled_days
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_statement_means_no_trade_only_once_the_bill_must_be_there() {
        let day = "2026-09-15".parse().unwrap();
        // 10:00 in +08:00 of the next day is 02:00 UTC.
        let made = Timestamp::parse("2026-09-16T02:00:00Z").unwrap();
        let bill = || TradeBill::Text("lines".to_owned());
        for (answer, now, expected) in [
            (TradeBill::None, made.plus_ms(-1), None),
            (TradeBill::None, made, Some(empty_bill())),
            (TradeBill::NotYet, made.plus_ms(3_600_000), None),
            (bill(), made.plus_ms(-1), Some("lines".to_owned())),
        ] {
            assert_eq!(final_bill(answer, day, now), expected, "{now}");
        }
    }
}
