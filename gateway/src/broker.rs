//! The built-in MQTT broker, so that one command is enough. For a city, use Mosquitto or EMQX.
//!
//! It keeps sessions in memory only: it dies with the process, and devices send again what was not
//! acknowledged. It listens without passwords, so it belongs on a loopback address.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use anyhow::{Context, Result};
use rmqtt::context::ServerContext;
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;

/// Messages queued for a reader that is behind.
const QUEUE: usize = 1_000_000;
/// Unacknowledged messages under way to one reader.
const IN_FLIGHT: u16 = 8_000;
/// Messages a second to one reader; far above what a town sends.
const RATE: u32 = 1_000_000;
/// The largest message taken.
const MAX_PACKET_BYTES: u32 = 2 << 20;

/// A broker that is listening.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Broker {
    /// Starts listening; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn start(address: SocketAddr) -> Result<Broker> {
        let context = ServerContext::new().build().await;
        let listener = Builder::new()
            .name("bowei")
            .laddr(address)
            .allow_anonymous(true)
            .max_packet_size(MAX_PACKET_BYTES)
            .max_inflight(NonZeroU16::new(IN_FLIGHT).context("in-flight limit")?)
            .max_mqueue_len(QUEUE)
            .mqueue_rate_limit(NonZeroU32::new(RATE).context("rate")?, Duration::from_secs(1))
            // Started again after a crash, it must not wait for the dead one's connections to fade.
            .reuseaddr(Some(true))
            .max_session_expiry_interval(Duration::from_secs(7 * 24 * 3600))
            .bind()
            .and_then(rmqtt::net::Listener::tcp)
            .with_context(|| format!("the broker cannot listen on {address}"))?;
        let address = listener.local_addr().context("the broker's address")?;
        let server = MqttServer::new(context).listener(listener).build();
        let task = tokio::spawn(async move {
            if let Err(error) = server.run().await {
                tracing::error!(error = error.to_string(), "the built-in broker stopped");
            }
        });
        Ok(Broker { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How clients reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.address)
    }

    /// Stops it.
    pub fn stop(self) {
        self.task.abort();
    }
}
