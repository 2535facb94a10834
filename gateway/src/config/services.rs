//! Settings of what the service listens to and talks to, and of what it makes of readings and claims.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Shortest secret of a broker that asks over HTTP.
const SECRET_BYTES: usize = 16;

/// The HTTP API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    pub listen: SocketAddr,
    /// Header in which the proxy in front of us names the client (`X-Real-IP`). Leave it out without a
    /// proxy: anybody could write it.
    pub client_header: Option<String>,
}

/// Where readings come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mqtt {
    /// `mqtt://host:port` or `mqtts://host:port`, with `user:password@` if the broker asks for one.
    pub url: String,
    /// Stable over restarts, so that the broker keeps the session; one per gateway.
    pub client_id: String,
    /// Name of the shared subscription when several gateways share the load.
    pub share_group: Option<String>,
    /// Starts the built-in broker on this address instead of using `url`.
    pub embedded: Option<SocketAddr>,
    /// Lets everybody use the built-in broker, without an account; on a loopback address only.
    pub embedded_open: bool,
    /// File with the secret that a broker sends when it asks over HTTP who may do what.
    pub auth_secret_file: Option<PathBuf>,
}

/// City time; leave it out for real time.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockSettings {
    pub machine_origin_ms: Option<i64>,
    pub city_origin_ms: Option<i64>,
    pub speed: Option<i64>,
}

/// WeChat Pay and WeChat login.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wechat {
    pub pay_url: String,
    pub login_url: String,
    /// Folder with merchant_key.pem, merchant_serial.txt, apiv3_key.txt, platform_public_key.pem,
    /// platform_public_key_id.txt and app.json.
    pub credentials_dir: PathBuf,
    /// Where WeChat Pay reports payments: the public address of `/api/v1/payments/wechat/notify`.
    pub notify_url: String,
    /// Where a page inside WeChat sends the phone to learn who it is: `https://open.weixin.qq.com`.
    pub authorize_url: String,
    /// Also trust the platform's certificates, which are downloaded and change: for a merchant who has no
    /// platform public key, or who is about to get one.
    pub certificates: bool,
    /// Offer 微信支付分停车服务: WeChat Pay is told of vehicles that came and debits their owners.
    pub pay_after_parking: bool,
    /// Must be true for a provider on a loopback address, and only for one.
    pub sandbox: bool,
}

/// How long around an arrival a claim counts, in minutes of city time, and what a camera has to reach.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    pub before_arrival_min: i64,
    pub after_departure_min: i64,
    /// A camera's word counts from this confidence on, of 100.
    pub video_sure_pct: u8,
}

/// The sensing policy in force. Seconds of city time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sensing {
    /// Stored with every stay; raise it whenever a figure below changes.
    pub policy_version: u32,
    pub merge_gap_s: i64,
    pub minimum_stay_s: i64,
    pub heartbeat_s: i64,
    pub silent_after_heartbeats: u32,
}

impl Default for Http {
    fn default() -> Self {
        Http { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), client_header: None }
    }
}

impl Default for Mqtt {
    fn default() -> Self {
        Mqtt {
            url: "mqtt://127.0.0.1:1883".into(),
            client_id: "bowei-gateway".into(),
            share_group: None,
            embedded: None,
            embedded_open: false,
            auth_secret_file: None,
        }
    }
}

impl Mqtt {
    /// Refuses what would take no message in, or let everybody.
    pub(super) fn check(&self) -> Result<()> {
        if self.embedded_open && self.embedded.is_none_or(|a| !a.ip().is_loopback()) {
            bail!("mqtt.embedded_open: only for mqtt.embedded on a loopback address");
        }
        let Some(group) = self.share_group.as_deref() else { return Ok(()) };
        // It takes the subscription of a group, and hands the group nothing.
        if self.embedded.is_some() {
            bail!("mqtt.share_group: the built-in broker serves one gateway; leave it out");
        }
        if group.is_empty() || group.contains(['/', '+', '#']) {
            bail!("mqtt.share_group: a name without / + #, as in $share/NAME/...");
        }
        Ok(())
    }
}

impl Default for Claims {
    fn default() -> Self {
        Claims { before_arrival_min: 10, after_departure_min: 5, video_sure_pct: 90 }
    }
}

impl Default for Sensing {
    fn default() -> Self {
        Sensing {
            policy_version: 1,
            merge_gap_s: 60,
            minimum_stay_s: 60,
            heartbeat_s: 1200,
            silent_after_heartbeats: 3,
        }
    }
}

impl Mqtt {
    /// The secret in `auth_secret_file`, without blanks around it.
    ///
    /// # Errors
    /// When there is a name, and no such file or nothing in it to keep anybody out.
    pub fn auth_secret(&self) -> Result<Option<Vec<u8>>> {
        let Some(path) = &self.auth_secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let secret = text.trim();
        if secret.len() < SECRET_BYTES {
            bail!("{} holds fewer than {SECRET_BYTES} characters", path.display());
        }
        Ok(Some(secret.as_bytes().to_vec()))
    }
}
