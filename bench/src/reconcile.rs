//! What it costs to reconcile a month: the channel's daily bills against as many paid orders, in one
//! command of the gateway, with the time it takes and the memory that it holds at most.
//!
//! One payment in ten thousand is on no bill, and one line in ten thousand is nobody's payment.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use crate::child::{Child, command};
use crate::command::Common;
use crate::gateway::Setup;
use crate::machine::{cpu_s, now_ns, resident_mib, seconds};
use crate::place::Kind;
use crate::prefill::Prefill;
use crate::prefill::money::{amount_fen, numbers};
use crate::report::{Report, progress};

const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 30;
/// 2026-10-31T16:00:00Z: midnight of 1 November in +08:00.
const MONTH_MS: i64 = 1_793_462_400_000;
const CITY_MS: i64 = 8 * 3_600_000;
/// One in so many is missing on either side.
const MISSING: u64 = 10_000;
const LOOK_EVERY: Duration = Duration::from_millis(50);
const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// A month of paid orders reconciled with its daily bills: time and memory.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_enum, default_values_t = [Kind::Sqlite, Kind::Postgres])]
    database: Vec<Kind>,
    /// Orders of the month.
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    orders: u64,
}

/// What one run took.
struct Took {
    seconds: f64,
    cpu_s: f64,
    peak_mib: f64,
    outcomes: [u64; 3],
}

impl Reconcile {
    pub(crate) fn usual(common: &Common) -> Reconcile {
        Reconcile {
            common: common.clone(),
            database: vec![Kind::Sqlite, Kind::Postgres],
            orders: 200_000,
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let mut report = Report::new(
            "reconcile",
            &[
                "database",
                "orders of a month",
                "first run: s",
                "orders/s",
                "processor: s",
                "memory at most: MiB",
                "run again: s",
                "matched / missing here / missing there",
            ],
        );
        let mut figures = Vec::new();
        for kind in &self.database {
            let (first, again) = self.measure(*kind).await?;
            let [matched, here, there] = first.outcomes;
            report.rows.push(vec![
                kind.name().to_owned(),
                self.orders.to_string(),
                format!("{:.1}", first.seconds),
                format!("{:.0}", self.orders as f64 / first.seconds),
                format!("{:.1}", first.cpu_s),
                format!("{:.0}", first.peak_mib),
                format!("{:.1}", again.seconds),
                format!("{matched} / {here} / {there}"),
            ]);
            figures.push(json!({"database": kind.name(), "orders": self.orders, "seconds": first.seconds,
                "again_seconds": again.seconds, "processor_s": first.cpu_s, "peak_mib": first.peak_mib}));
        }
        report.figures = json!(figures);
        self.common.sink().show(&report)
    }

    async fn measure(&self, kind: Kind) -> Result<(Took, Took)> {
        let mut place = self.common.place()?;
        let setup = place.prepared(kind, "reconcile", 20).await?;
        let mut prefill = Prefill::open(&setup.database).await?;
        prefill.payments(self.orders, MONTH_MS, DAYS * DAY_MS).await?;
        prefill.close().await?;
        let bills = setup.dir.join("bills");
        self.write_bills(&bills)?;
        let first = self.reconcile(&setup, &bills).await?;
        progress(&format!("{}: {:.1} s, {:.0} MiB", kind.name(), first.seconds, first.peak_mib));
        let again = self.reconcile(&setup, &bills).await?;
        ensure!(again.outcomes == first.outcomes, "the second run ended otherwise");
        let missing = self.orders.div_ceil(MISSING);
        let expected = [self.orders - missing, missing, missing];
        ensure!(first.outcomes == expected, "{:?}, expected {expected:?}", first.outcomes);
        place.close().await?;
        Ok((first, again))
    }

    fn write_bills(&self, dir: &Path) -> Result<()> {
        std::fs::create_dir_all(dir)?;
        for day in 0..DAYS {
            let (name, text) = self.bill(day)?;
            std::fs::write(dir.join(format!("{name}.csv")), text)?;
        }
        Ok(())
    }

    /// The bill of a day, with 0.6 % in whole fen as the channel's fee.
    fn bill(&self, day: i64) -> Result<(String, String)> {
        let (first, last) = (self.first_of(day)?, self.first_of(day + 1)?);
        let (mut text, mut lines, mut paid, mut fees) = (format!("{HEADER}\n"), 0_u64, 0, 0);
        let name = local(MONTH_MS + day * DAY_MS)[..10].to_owned();
        for n in first..last {
            let (own, id) = numbers(n);
            // One that the books have is left out, and one that they have not is put in.
            let (own, id) = match n % MISSING {
                0 => (format!("x{own}"), format!("99{id}")),
                _ => (own, id),
            };
            let (fen, fee) = (amount_fen(n), (amount_fen(n) * 6 + 500) / 1_000);
            let at =
                local(MONTH_MS + i64::try_from(n)? * DAYS * DAY_MS / i64::try_from(self.orders)?);
            let yuan = yuan(fen);
            writeln!(
                text,
                "`{at},`wx1,`1900000001,`0,`,`{id},`{own},`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`{yuan},`0.00,`0,`0,`0.00,`0.00,`,`,`停车费,`,`0.{fee:02}000,`0.60%,`{yuan},`0.00,`"
            )?;
            (lines, paid, fees) = (lines + 1, paid + fen, fees + fee);
        }
        let (paid, fees) = (yuan(paid), yuan(fees));
        writeln!(text, "{SUMMARY}\n`{lines},`{paid},`0.00,`0.00,`{fees}000,`{paid},`0.00")?;
        Ok((name, text))
    }

    /// The first payment on a day or after it.
    fn first_of(&self, day: i64) -> Result<u64> {
        let orders = i128::from(self.orders);
        let first = (i128::from(day) * orders + i128::from(DAYS) - 1) / i128::from(DAYS);
        Ok(u64::try_from(first)?)
    }

    async fn reconcile(&self, setup: &Setup, bills: &Path) -> Result<Took> {
        let log = setup.dir.join("reconcile.log");
        let mut command = command(&setup.program, &[]);
        command.args(["reconcile", "--date", "2026-11-01", "--until", "2026-11-30", "--json"]);
        command.arg("--bills").arg(bills).args(["--database", &setup.database]);
        let began_ns = now_ns();
        let mut child = Child::start("gateway reconcile", command, &log)?;
        let (mut peak_mib, mut used_s) = (0.0_f64, 0.0_f64);
        let status = loop {
            peak_mib = peak_mib.max(resident_mib(child.id()).1);
            used_s = used_s.max(cpu_s(child.id()));
            if let Some(status) = child.ended() {
                break status;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let took_s = seconds(began_ns, now_ns());
        let said = std::fs::read_to_string(&log)?;
        // 1: some lines are for a person to look at.
        ensure!(matches!(status.code(), Some(0 | 1)), "{status}: {said}");
        Ok(Took { seconds: took_s, cpu_s: used_s, peak_mib, outcomes: outcomes(&said)? })
    }
}

fn outcomes(said: &str) -> Result<[u64; 3]> {
    let answer: Value = serde_json::from_str(said).context("the answer")?;
    let days = answer["days"].as_array().context("days")?;
    let sum =
        |name: &str| -> u64 { days.iter().filter_map(|d| d["outcomes"][name].as_u64()).sum() };
    // A payment near midnight is expected on the next day's bill until that is reconciled.
    let there = sum("missing_there") + sum("expected");
    Ok([sum("matched"), sum("missing_here"), there])
}

/// `2026-11-01 00:00:00` in +08:00.
fn local(ms: i64) -> String {
    Timestamp::from_ms(ms + CITY_MS).utc().format("%Y-%m-%d %H:%M:%S").to_string()
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hold_every_payment_once() {
        for orders in [1, 7, 30, 1_000, 50_001] {
            let month = Reconcile { orders, ..Reconcile::usual(&common()) };
            let firsts: Vec<u64> = (0..=DAYS).map(|day| month.first_of(day).unwrap()).collect();
            assert_eq!((firsts[0], firsts[30]), (0, orders));
            for (day, first) in (0..).zip(&firsts[..30]) {
                let at = |n: u64| {
                    i64::try_from(n).unwrap() * DAYS * DAY_MS / i64::try_from(orders).unwrap()
                };
                assert!(*first >= orders || at(*first) >= day * DAY_MS, "{orders} {day}");
                assert!(*first == 0 || at(first - 1) < day * DAY_MS, "{orders} {day}");
            }
        }
        assert_eq!(local(MONTH_MS), "2026-11-01 00:00:00");
    }

    fn common() -> Common {
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            common: Common,
        }
        <Only as clap::Parser>::parse_from(["bench"]).common
    }
}
