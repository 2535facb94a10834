//! The embedded broker's library by itself, with the gateway's limits (`gateway/src/broker.rs`) and
//! nothing around it: what the subscriber that only acknowledges is measured on.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use rmqtt::context::ServerContext;
use rmqtt::net::{Builder, Listener};
use rmqtt::server::MqttServer;
use serde::{Deserialize, Serialize};

use crate::child::Talking;

const QUEUE: usize = 1_000_000;
const IN_FLIGHT: u16 = 65_535;
const RATE: u32 = 1_000_000;
const MAX_PACKET_BYTES: u32 = 2 << 20;
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// Run the bare broker (started by the other commands).
#[derive(Debug, Args)]
pub(crate) struct BareBroker {
    #[arg(long)]
    port: u16,
}

#[derive(Debug, Serialize, Deserialize)]
struct Listening {
    port: u16,
}

impl BareBroker {
    /// Starts it in a process of its own.
    pub(crate) async fn start(port: u16) -> Result<Talking> {
        let arguments = ["bare-broker".to_owned(), format!("--port={port}")];
        let mut process = Talking::start("the bare broker", &arguments)?;
        let _listening: Listening = process.hear(STARTS_WITHIN).await?;
        Ok(process)
    }

    pub(crate) async fn run(self) -> Result<()> {
        let context = ServerContext::new().build().await;
        let listener = Builder::new()
            .name("bare")
            .laddr(SocketAddr::from(([127, 0, 0, 1], self.port)))
            .allow_anonymous(true)
            .max_packet_size(MAX_PACKET_BYTES)
            .max_inflight(NonZeroU16::new(IN_FLIGHT).context("in-flight limit")?)
            .max_mqueue_len(QUEUE)
            .mqueue_rate_limit(NonZeroU32::new(RATE).context("rate")?, Duration::from_secs(1))
            .max_session_expiry_interval(Duration::from_secs(7 * 24 * 3600))
            .bind()
            .and_then(Listener::tcp)
            .context("the broker cannot listen")?;
        println!("{}", serde_json::to_string(&Listening { port: self.port })?);
        MqttServer::new(context).listener(listener).build().run().await?;
        Ok(())
    }
}
