//! Configuration: one TOML file, then environment variables `BOWEI_SECTION__FIELD` (and
//! `BOWEI_DATABASE`). Other `BOWEI_…` variables, such as `BOWEI_LOG`, are no settings.
//!
//! Secrets are never in the file: it names folders and files that hold them, and printing a
//! configuration prints only those names.

mod issuing;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use billing::order::WaiverPolicies;
use serde::{Deserialize, Serialize};

pub use issuing::{Documents, Finance, Mail, MailSecurity, Tax};

/// Shortest secret of a broker that asks over HTTP.
const SECRET_BYTES: usize = 16;

/// Everything the service can be told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://user:password@host/database`.
    pub database: String,
    pub http: Http,
    pub mqtt: Mqtt,
    pub clock: ClockSettings,
    pub wechat: Wechat,
    pub tax: Tax,
    pub finance: Finance,
    pub mail: Mail,
    pub documents: Documents,
    pub claims: Claims,
    pub orders: Orders,
    pub sensing: Sensing,
    pub retention: Retention,
    pub after: After,
}

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

/// What becomes of orders by themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Orders {
    /// After so many hours an order that is due is owing. City time.
    pub grace_h: i64,
    /// By whose authority an increase after payment is waived, from when to when, up to what limit:
    /// `[[orders.waiver]]`. Without one a person decides.
    pub waiver: WaiverPolicies,
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

/// What comes after payment: appeals, dunning, cases.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct After {
    /// A policy (`bowei-policy/1`) instead of the one that comes with the program.
    pub policy_file: Option<PathBuf>,
    /// Where a driver pays and appeals, as notices say it.
    pub pay_at: String,
    /// `outbox`: notices wait for whoever delivers them; `log`: a line in the log for each as well.
    pub notices: Notices,
}

/// Who is told that a notice waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notices {
    #[default]
    Outbox,
    Log,
}

/// For how many days what nobody has to prove is kept; 1 or more each.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Messages that were rejected. City time.
    pub rejected_days: i64,
    /// Answers to commands that may be sent again. Machine time.
    pub idempotency_days: i64,
    /// What networks said about devices. City time.
    pub notice_days: i64,
    /// Evidence of cases, after they were closed. City time.
    pub evidence_days: i64,
    /// Photos of plates that inspectors took. City time.
    pub plate_photo_days: i64,
    /// Plates of visits that are settled, after they were opened. City time.
    pub plate_days: i64,
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

impl Default for Claims {
    fn default() -> Self {
        Claims { before_arrival_min: 10, after_departure_min: 5, video_sure_pct: 90 }
    }
}

impl Default for Orders {
    fn default() -> Self {
        Orders { grace_h: 24, waiver: WaiverPolicies::default() }
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

impl Default for After {
    fn default() -> Self {
        After {
            policy_file: None, pay_at: "小程序“我的欠费”".into(), notices: Notices::Outbox
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            rejected_days: 30,
            idempotency_days: 7,
            notice_days: 90,
            evidence_days: 365,
            plate_photo_days: 90,
            plate_days: 1_095,
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

impl Config {
    /// Reads the file, lays `BOWEI_…` variables over it and checks the whole.
    ///
    /// # Errors
    /// Says which setting is wrong and what it should be.
    pub fn load(
        path: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Config> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        let mut tree: toml::Table =
            text.parse().with_context(|| format!("{} is not valid TOML", path.display()))?;
        for (name, value) in environment {
            let setting =
                name.strip_prefix("BOWEI_").filter(|s| s.contains("__") || *s == "DATABASE");
            if let Some(setting) = setting {
                lay_over(&mut tree, setting, &value)?;
            }
        }
        let config: Config = tree.try_into().context("the configuration does not fit")?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings that contradict each other.
    ///
    /// # Errors
    /// Says which setting is wrong and what it should be.
    pub fn check(&self) -> Result<()> {
        if self.database.is_empty() {
            bail!(
                "`database` is not set: use sqlite:PATH or postgres://user:password@host/database"
            );
        }
        if self.mqtt.embedded_open && self.mqtt.embedded.is_none_or(|a| !a.ip().is_loopback()) {
            bail!("mqtt.embedded_open: only for mqtt.embedded on a loopback address");
        }
        let kept = self.retention;
        for (name, days) in [
            ("rejected_days", kept.rejected_days),
            ("idempotency_days", kept.idempotency_days),
            ("notice_days", kept.notice_days),
            ("evidence_days", kept.evidence_days),
            ("plate_photo_days", kept.plate_photo_days),
            ("plate_days", kept.plate_days),
        ] {
            if days < 1 {
                bail!("retention.{name} is {days}: nothing is forgotten on the day it came");
            }
        }
        if self.mail.security == MailSecurity::None
            && !self.mail.host.is_empty()
            && !is_loopback(&self.mail.host)
        {
            bail!("mail.security = none: only to a server on a loopback address");
        }
        let kinds = ["xml", "pdf", "ofd"];
        if let Some(odd) = self.documents.formats.iter().find(|f| !kinds.contains(&f.as_str())) {
            bail!("documents.formats: {odd:?} is none of xml, pdf, ofd");
        }
        if !(10..=60_000).contains(&self.tax.poll_ms) {
            bail!("tax.poll_ms is {}: 10 to 60000", self.tax.poll_ms);
        }
        let clock = self.clock;
        if clock.speed.is_some() != clock.machine_origin_ms.is_some()
            || clock.speed.is_some() != clock.city_origin_ms.is_some()
        {
            bail!(
                "clock: speed, machine_origin_ms and city_origin_ms belong together; leave all out for real time"
            );
        }
        for (name, url, sandbox) in [
            ("wechat.pay_url", &self.wechat.pay_url, self.wechat.sandbox),
            ("wechat.login_url", &self.wechat.login_url, self.wechat.sandbox),
            ("wechat.authorize_url", &self.wechat.authorize_url, self.wechat.sandbox),
            ("tax.url", &self.tax.url, self.tax.sandbox),
            ("finance.url", &self.finance.url, self.finance.sandbox),
        ] {
            match (is_loopback(url), sandbox) {
                (true, false) => bail!(
                    "{name} is a loopback address: set sandbox = true beside it, or use the real one"
                ),
                (false, true) if !url.is_empty() => {
                    bail!("{name} is a real address, but sandbox = true stands beside it")
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The file that would make this configuration, without any password.
    ///
    /// # Errors
    /// When it cannot be written as TOML.
    pub fn printable(&self) -> Result<String> {
        let mut shown = self.clone();
        shown.database = without_password(&shown.database);
        shown.mqtt.url = without_password(&shown.mqtt.url);
        toml::to_string_pretty(&shown).context("the configuration cannot be printed")
    }
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"].iter().any(|loopback| host.starts_with(loopback))
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = user.split_once(':').map_or(user, |(name, _)| name);
    format!("{scheme}://{user}:***@{host}")
}

/// `HTTP__LISTEN=…` becomes `http.listen = …`; a setting with a numeric or boolean default is read as such.
fn lay_over(tree: &mut toml::Table, setting: &str, value: &str) -> Result<()> {
    let path: Vec<String> = setting.split("__").map(str::to_ascii_lowercase).collect();
    let (field, sections) = path.split_last().context("an empty BOWEI_ variable")?;
    let mut place = tree;
    for section in sections {
        place = place
            .entry(section.clone())
            .or_insert_with(|| toml::Value::Table(toml::Table::new()))
            .as_table_mut()
            .with_context(|| format!("BOWEI_{setting}: `{section}` is not a section"))?;
    }
    place.insert(field.clone(), typed(&path, value));
    Ok(())
}

/// The value in the type of the setting's default; optional settings (without one) are numbers where they can be.
fn typed(path: &[String], value: &str) -> toml::Value {
    let defaults = toml::Value::try_from(Config::default()).ok();
    let default =
        defaults.and_then(|tree| path.iter().try_fold(tree, |tree, name| tree.get(name).cloned()));
    let text = || toml::Value::String(value.to_owned());
    match default {
        Some(toml::Value::String(_)) => text(),
        Some(toml::Value::Boolean(_)) => {
            value.parse().map_or_else(|_| text(), toml::Value::Boolean)
        }
        _ => value.parse().map_or_else(|_| text(), toml::Value::Integer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let pairs = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Config::load(file.path(), pairs)
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let config = load(
            "database = \"sqlite:a.db\"\n[http]\nlisten = \"127.0.0.1:1\"",
            &[
                ("BOWEI_HTTP__LISTEN", "127.0.0.1:2"),
                ("BOWEI_CLAIMS__BEFORE_ARRIVAL_MIN", "7"),
                ("BOWEI_MQTT__CLIENT_ID", "12"),
                ("BOWEI_WECHAT__SANDBOX", "true"),
                ("BOWEI_LOG", "debug"),
                ("HOME", "x"),
            ],
        )
        .unwrap();
        assert_eq!(config.http.listen.port(), 2);
        assert_eq!(config.claims.before_arrival_min, 7);
        assert_eq!(config.mqtt.client_id, "12");
        assert!(config.wechat.sandbox);
    }

    #[test]
    fn contradictions_are_refused_with_the_setting_named() {
        for (text, named) in [
            ("", "database"),
            ("database = \"sqlite:a\"\nspeling = 1", "does not fit"),
            (
                "database = \"sqlite:a\"\n[wechat]\npay_url = \"http://127.0.0.1:9\"",
                "sandbox = true",
            ),
            ("database = \"sqlite:a\"\n[clock]\nspeed = 60", "belong together"),
            ("database = \"sqlite:a\"\n[mqtt]\nembedded_open = true", "mqtt.embedded_open"),
            (
                "database = \"sqlite:a\"\n[mqtt]\nembedded = \"0.0.0.0:1883\"\nembedded_open = true",
                "loopback",
            ),
            ("database = \"sqlite:a\"\n[retention]\nrejected_days = 0", "rejected_days"),
            ("database = \"sqlite:a\"\n[tax]\npoll_ms = 1", "tax.poll_ms"),
            (
                "database = \"sqlite:a\"\n[mail]\nhost = \"mail.example\"\nsecurity = \"none\"",
                "mail.security",
            ),
            (
                "database = \"sqlite:a\"\n[tax]\nurl = \"https://tax.example\"\nsandbox = true",
                "tax.url",
            ),
        ] {
            let error = format!("{:#}", load(text, &[]).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn passwords_are_never_printed() {
        let config = load("database = \"postgres://bowei:secret@db/bowei\"", &[]).unwrap();
        let printed = config.printable().unwrap();
        assert!(printed.contains("postgres://bowei:***@db/bowei") && !printed.contains("secret"));
    }
}
