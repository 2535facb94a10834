//! The built-in MQTT broker, so that one command is enough. For a city, use Mosquitto or EMQX.
//!
//! It keeps sessions in memory only: it dies with the process, and devices send again what was not
//! acknowledged. It lets in who has an account and holds everybody to its rights (`guard`). An open
//! one, without accounts, listens on loopback only.

mod guard;

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rmqtt::context::ServerContext;
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;

use crate::accounts::{Account, Accounts};

/// Messages queued for a reader that is behind.
const QUEUE: usize = 1_000_000;
/// Unacknowledged messages under way to one reader.
const IN_FLIGHT: u16 = 8_000;
/// Messages a second to one reader; far above what a town sends.
const RATE: u32 = 1_000_000;
/// The largest message taken.
const MAX_PACKET_BYTES: u32 = 2 << 20;
/// The account under which this process listens to its own broker.
const OWN_ACCOUNT: &str = "gateway";

/// A broker that is listening.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    /// Name and password of this process, where the broker asks for one.
    login: Option<(&'static str, String)>,
    task: tokio::task::JoinHandle<()>,
}

impl Broker {
    /// Starts listening for everybody, on a loopback address; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address is taken, not ours, or not loopback.
    pub async fn start(address: SocketAddr) -> Result<Broker> {
        ensure!(
            address.ip().is_loopback(),
            "the built-in broker without accounts listens on loopback only, not on {address}"
        );
        listen(address, None).await
    }

    /// Starts listening for those who have an account; makes one for this process itself.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn guarded(address: SocketAddr, accounts: Arc<Accounts>) -> Result<Broker> {
        let password = accounts.add_own(OWN_ACCOUNT, Account::Gateway);
        let mut broker = listen(address, Some(accounts)).await?;
        broker.login = Some((OWN_ACCOUNT, password));
        Ok(broker)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How clients reach it, without any password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.address)
    }

    /// How this process reaches it, with its password: not for printing.
    #[must_use]
    pub fn own_url(&self) -> String {
        match &self.login {
            Some((name, password)) => format!("mqtt://{name}:{password}@{}", self.address),
            None => self.url(),
        }
    }

    /// Stops it.
    pub fn stop(self) {
        self.task.abort();
    }
}

async fn listen(address: SocketAddr, accounts: Option<Arc<Accounts>>) -> Result<Broker> {
    let context = ServerContext::new().build().await;
    let open = accounts.is_none();
    if let Some(accounts) = accounts {
        guard::post(&context, accounts).await;
    }
    let listener = Builder::new()
        .name("bowei")
        .laddr(address)
        .allow_anonymous(open)
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
    Ok(Broker { address, login: None, task })
}
