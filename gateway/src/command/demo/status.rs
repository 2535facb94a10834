//! What the demo shows in the terminal: addresses, one live line, and the summary at the end.

use std::convert::Infallible;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::FixedOffset;
use firmware_sim::{Counters, Summary};
use output::outln;
use store::Store;
use vocabulary::Fen;

use super::town::Sandbox;
use crate::app::App;
use crate::broker::Broker;
use crate::service::Service;

const LIVE_EVERY: Duration = Duration::from_millis(500);
/// A log file is no place for two lines a second.
const PLAIN_EVERY: Duration = Duration::from_secs(10);
const BEIJING_S: i32 = 8 * 3600;

pub(super) fn print_addresses(service: &Service, broker: &Broker, sandbox: &Sandbox, note: &str) {
    let http = service.http;
    outln!("Bowei 泊位 demo: a synthetic town");
    outln!("  {note}");
    outln!(
        "  收费示例参照已到期的景泰县试行办法，仅供演示 (the tariff follows an expired trial: an example only)"
    );
    outln!();
    match service.app.config.web.folder {
        Some(_) => outln!("  driver's app          http://{http}/"),
        None => outln!("  driver's app          not built: `make web`, with Node.js 20 or newer"),
    }
    outln!(
        "  bays near the centre  http://{http}/api/v1/bays?lon=104.17&lat=36.55&radius_m=800&state=free&limit=5"
    );
    outln!(
        "  live changes          curl -N 'http://{http}/api/v1/live?bbox=104.1,36.5,104.2,36.6'"
    );
    outln!("  API description       http://{http}/api/openapi.json");
    outln!("  metrics               http://{http}/metrics");
    outln!("  MQTT broker           {}", broker.url());
    outln!(
        "  sandbox               {}  (stand-ins for WeChat Pay and the tax platform)",
        sandbox.url()
    );
    outln!("  Ctrl-C stops; the next start goes on from here");
    outln!();
}

/// Shows the live line for ever.
pub(super) async fn show(app: &App, counters: &Arc<Counters>) -> Infallible {
    let live = std::io::stdout().is_terminal();
    let every = if live { LIVE_EVERY } else { PLAIN_EVERY };
    let (mut last, mut since) = (0_u64, Instant::now());
    loop {
        tokio::time::sleep(every).await;
        let stored = app.metrics.readings_stored();
        let rate = (stored - last) as f64 / since.elapsed().as_secs_f64();
        (last, since) = (stored, Instant::now());
        // A line that cannot be read or written now is written the next time.
        if let Ok(line) = line(app, counters, rate).await {
            let _written = write_line(&line, live);
        }
    }
}

fn write_line(line: &str, live: bool) -> std::io::Result<()> {
    let mut out = output::Out;
    if live {
        // No wrapping: a narrow terminal cuts the line off instead of scrolling.
        write!(out, "\r\x1b[2K\x1b[?7l{line}\x1b[?7h")?;
    } else {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

async fn line(app: &App, counters: &Counters, rate: f64) -> Result<String> {
    let sums = Sums::read(&app.store).await?;
    let bays = app.live.counts();
    let clock = local(app.clock.city_now());
    let waiting = counters.summary().retries;
    let retries = if waiting > 0 { format!(" | {waiting} retries") } else { String::new() };
    Ok(format!(
        "{clock} ×{} | occupied {}/{} known, {} unknown | stays {} | paid {} ({}) | invoices {} | {rate:.0} readings/s{retries}",
        app.clock.speed(),
        bays.occupied,
        bays.occupied + bays.free,
        bays.unknown,
        sums.stays,
        sums.paid,
        sums.paid_total,
        sums.invoices,
    ))
}

struct Sums {
    stays: i64,
    paid: i64,
    paid_total: Fen,
    free: i64,
    due: i64,
    invoices: i64,
}

impl Sums {
    async fn read(store: &Store) -> store::Result<Sums> {
        let mut tx = store.read().await?;
        let (paid, fen) = tx.count_orders("paid").await?;
        Ok(Sums {
            stays: tx.count_stays().await?,
            paid,
            paid_total: Fen(fen),
            free: tx.count_orders("free").await?.0,
            due: tx.count_orders("due").await?.0,
            invoices: tx.count_invoices("issued").await?,
        })
    }
}

pub(super) fn print_stopping() {
    outln!("\nstopping: what is under way is finished first");
}

/// What is in the books, and what the simulated people saw.
pub(super) async fn print_summary(store: &Store, simulated: &Summary) -> Result<()> {
    let sums = Sums::read(store).await?;
    let readings = store.read().await?.count_readings().await?;
    outln!("summary");
    outln!("  readings stored    {readings}");
    outln!("  stays              {}", sums.stays);
    outln!(
        "  orders             {} paid ({}), {} free, {} due",
        sums.paid,
        sums.paid_total,
        sums.free,
        sums.due
    );
    outln!("  invoices issued    {}", sums.invoices);
    outln!(
        "  simulated          {} arrivals, {} departures, {} claims, {} paid, {} invoices fetched",
        simulated.arrivals,
        simulated.departures,
        simulated.claims,
        simulated.orders_paid,
        simulated.invoices
    );
    for (code, count) in &simulated.errors {
        outln!("  refused            {count} × {code}");
    }
    Ok(())
}

fn local(at: vocabulary::Timestamp) -> String {
    let utc = at.utc();
    FixedOffset::east_opt(BEIJING_S).map_or_else(
        || utc.to_string(),
        |zone| utc.with_timezone(&zone).format("%a %m-%d %H:%M:%S").to_string(),
    )
}
