//! The command line of the sandbox: switches in, address out, serves until SIGINT or SIGTERM.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, value_parser};
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
    /// Machine time, in ms since 1970, at the city clock's origin [default: now].
    #[arg(long, value_name = "N")]
    clock_machine_origin_ms: Option<i64>,
    /// City time, in ms since 1970, at that machine time [default: the same].
    #[arg(long, value_name = "N")]
    clock_city_origin_ms: Option<i64>,
    /// City seconds for one machine second.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// Milliseconds before a refused notification is sent again (WeChat Pay: 15000); the fourteen
    /// later waits shrink by the same factor.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_NOTIFY_RETRY_MS, value_parser = value_parser!(u32).range(1..=15_000))]
    notify_retry_ms: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let args = Switches::parse();
    let (machine, city) = (args.clock_machine_origin_ms, args.clock_city_origin_ms);
    let clock = CityClock::from_switches(machine, city, args.speed);
    let config = Config { data: args.data, clock, notify_retry_ms: args.notify_retry_ms };
    let listener = tokio::net::TcpListener::bind(args.listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {} (--listen)", args.listen))?;
    println!("sandbox: http://{}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    sandbox::run(config, listener, shutdown).await
}
