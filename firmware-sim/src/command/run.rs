//! `firmware-sim run`: the simulated city against a running broker, gateway and sandbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use firmware_sim::clock::{Clock, machine_now_ms};
use firmware_sim::{Counters, Faults, Persistence, RunConfig};

const STATUS_EVERY: Duration = Duration::from_secs(5);

/// Let a town live: sensors report, vehicles come and go, drivers claim, pay and ask for invoices.
///
/// Runs until Ctrl-C or --for, then sends what is queued and prints a summary as JSON. Gateway and
/// broker may be stopped and started meanwhile. A status line goes to standard error.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The town, as `firmware-sim town` prints it.
    #[arg(long, value_name = "FILE")]
    town: PathBuf,
    /// The broker: mqtt://[user:password@]host[:port].
    #[arg(long, value_name = "URL")]
    broker: String,
    /// The gateway: http://host:port. Without it vehicles have no drivers: nobody claims or pays.
    #[arg(long, value_name = "URL", requires = "sandbox")]
    api: Option<String>,
    /// The sandbox: http://host:port.
    #[arg(long, value_name = "URL", requires = "api")]
    sandbox: Option<String>,
    /// Of demand, devices and faults.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Machine time (ms since 1970) at which city time began; default: now.
    #[arg(long, value_name = "MS")]
    clock_machine_origin_ms: Option<i64>,
    /// City time (ms since 1970) at that moment; default: the same.
    #[arg(long, value_name = "MS")]
    clock_city_origin_ms: Option<i64>,
    /// City seconds in a machine second.
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    speed: f64,
    /// Stop by itself after this machine time: 90s, 10m, 2h.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    for_: Option<Duration>,
    /// Add what really happened to this file, a JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    truth: Option<PathBuf>,
    /// Share of messages that come twice, 0 to 1.
    #[arg(long, default_value_t = Faults::default().duplicates, value_name = "SHARE")]
    duplicates: f64,
    /// What else goes wrong, a YAML file.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// A native device that hears nothing for this machine time sends again what it keeps.
    #[arg(long, default_value = "120s", value_name = "DURATION", value_parser = duration)]
    resend_after: Duration,
    /// After the end, wait this machine time for the gateway to have stored every native reading.
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = duration)]
    wait_stored: Duration,
}

pub(crate) async fn simulate(arguments: Arguments) -> anyhow::Result<()> {
    let config = configuration(arguments)?;
    let counters = config.counters.clone();
    let status = tokio::spawn(async move {
        loop {
            tokio::time::sleep(STATUS_EVERY).await;
            eprintln!("{}", counters.summary());
        }
    });
    let summary = firmware_sim::run(config, told_to_stop()?).await?;
    status.abort();
    println!("{}", serde_json::to_string(&summary)?);
    Ok(())
}

fn configuration(arguments: Arguments) -> anyhow::Result<RunConfig> {
    let town = super::read_town(&arguments.town)?;
    let scenario = arguments.scenario.as_deref().map(super::read_scenario).transpose()?;
    let machine_origin_ms = arguments.clock_machine_origin_ms.unwrap_or_else(machine_now_ms);
    let city_origin_ms = arguments.clock_city_origin_ms.unwrap_or(machine_origin_ms);
    Ok(RunConfig {
        town,
        broker_url: arguments.broker,
        api_url: arguments.api.unwrap_or_default(),
        sandbox_url: arguments.sandbox.unwrap_or_default(),
        seed: arguments.seed,
        clock: Clock::new(machine_origin_ms, city_origin_ms, arguments.speed)?,
        truth: arguments.truth,
        for_: arguments.for_,
        faults: Faults { duplicates: arguments.duplicates, scenario },
        persistence: Persistence {
            resend_after: arguments.resend_after,
            wait_at_end: arguments.wait_stored,
        },
        counters: Arc::new(Counters::default()),
    })
}

/// Ctrl-C, or the polite signal of a service manager.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u64 = digits.parse().map_err(|_| "a duration looks like 90s, 10m or 2h")?;
    let seconds = match &text[digits.len()..] {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3_600),
        _ => return Err("a duration ends in ms, s, m or h".into()),
    };
    seconds.map(Duration::from_secs).ok_or_else(|| "that long will not be waited for".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, read) in [
            ("90s", Ok(Duration::from_secs(90))),
            ("10m", Ok(Duration::from_secs(600))),
            ("2h", Ok(Duration::from_secs(7_200))),
            ("250ms", Ok(Duration::from_millis(250))),
            ("90", Err(())),
            ("s", Err(())),
            ("-1s", Err(())),
            ("1d", Err(())),
            ("99999999999999999999h", Err(())),
            ("9999999999999999h", Err(())),
        ] {
            assert_eq!(duration(text).map_err(|_| ()), read, "{text}");
        }
    }
}
