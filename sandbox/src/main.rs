//! The command line of the sandbox: reads the switches, binds the port, prints the address, serves
//! until SIGINT or SIGTERM.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use sandbox::{CityClock, Config, DEFAULT_NOTIFY_RETRY_MS};

/// Stand-ins for WeChat Pay v3, WeChat login and a tax platform, with real signatures.
///
/// At the first start keys are made in DIR; what a merchant would be given is in DIR/merchant.
/// The first line on standard output is `sandbox: http://ADDR`. No real money moves.
#[derive(Parser)]
#[command(version)]
struct Switches {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Folder for keys, orders, charges, refunds and invoices; made if missing.
    #[arg(long, value_name = "DIR", default_value = "data/sandbox")]
    data: PathBuf,
    /// Machine instant, in milliseconds since 1970, at which the city clock stood at its origin
    /// [default: now].
    #[arg(long, value_name = "N")]
    clock_machine_origin_ms: Option<i64>,
    /// City instant, in milliseconds since 1970, at that machine instant [default: the same].
    #[arg(long, value_name = "N")]
    clock_city_origin_ms: Option<i64>,
    /// City seconds for one machine second.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// Milliseconds before a refused payment notification is sent again. WeChat waits 15000; the
    /// later waits shrink by the same factor.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_NOTIFY_RETRY_MS, value_parser = clap::value_parser!(u32).range(1..=15_000))]
    notify_retry_ms: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let switches = Switches::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let clock = CityClock::from_switches(
        switches.clock_machine_origin_ms,
        switches.clock_city_origin_ms,
        switches.speed,
    );
    let config =
        Config { data: switches.data, clock, notify_retry_ms: switches.notify_retry_ms };
    let listener = tokio::net::TcpListener::bind(switches.listen)
        .await
        .with_context(|| format!("cannot listen on {} (see --listen)", switches.listen))?;
    println!("sandbox: http://{}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    sandbox::run(config, listener, async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    })
    .await
}
