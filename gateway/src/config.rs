//! Configuration: one TOML file, then environment variables `BOWEI_SECTION__FIELD` (and
//! `BOWEI_DATABASE`). Other `BOWEI_…` variables, such as `BOWEI_LOG`, are no settings.
//!
//! Secrets are never in the file: it names folders and files that hold them, and printing a
//! configuration prints only those names.

mod issuing;
mod map;
mod money;
mod search;
mod services;
mod web;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

pub use issuing::{Documents, Finance, Mail, MailSecurity, Tax};
pub use map::{Map, MapDatum};
pub use money::{After, Notices, Orders, Prepaid, PrepaidPayee, Reconcile, Retention};
pub use search::Search;
pub use services::{Claims, ClockSettings, Http, Mqtt, Sensing, Wechat};
pub use web::Web;

/// Everything the service can be told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://user:password@host/database`.
    pub database: String,
    pub http: Http,
    pub web: Web,
    pub mqtt: Mqtt,
    pub clock: ClockSettings,
    pub wechat: Wechat,
    pub tax: Tax,
    pub finance: Finance,
    pub mail: Mail,
    pub documents: Documents,
    pub claims: Claims,
    pub orders: Orders,
    pub prepaid: Prepaid,
    pub reconcile: Reconcile,
    pub sensing: Sensing,
    pub retention: Retention,
    pub after: After,
    pub map: Map,
    pub search: Search,
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
        self.mqtt.check()?;
        self.web.check()?;
        self.retention.check()?;
        self.prepaid.check()?;
        self.tax.check()?;
        self.documents.check()?;
        self.mail.check()?;
        self.map.check()?;
        self.search.check()?;
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
        Some(toml::Value::Float(_)) => value.parse().map_or_else(|_| text(), toml::Value::Float),
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
                ("BOWEI_SEARCH__DETOUR", "1.45"),
                ("BOWEI_SEARCH__GONE_FEN", "300"),
                ("BOWEI_LOG", "debug"),
                ("HOME", "x"),
            ],
        )
        .unwrap();
        assert_eq!(config.http.listen.port(), 2);
        assert_eq!(config.claims.before_arrival_min, 7);
        assert_eq!(config.mqtt.client_id, "12");
        assert!(config.wechat.sandbox);
        assert_eq!((config.search.detour, config.search.gone_fen), (1.45, 300.0));
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
            (
                "database = \"sqlite:a\"\n[mqtt]\nembedded = \"127.0.0.1:1883\"\nshare_group = \"town\"",
                "mqtt.share_group",
            ),
            ("database = \"sqlite:a\"\n[mqtt]\nshare_group = \"\"", "mqtt.share_group"),
            ("database = \"sqlite:a\"\n[mqtt]\nshare_group = \"a/b\"", "mqtt.share_group"),
            ("database = \"sqlite:a\"\n[retention]\nrejected_days = 0", "rejected_days"),
            ("database = \"sqlite:a\"\n[tax]\npoll_ms = 1", "tax.poll_ms"),
            ("database = \"sqlite:a\"\n[search]\ndetour = 0.5", "search_detour_out_of_range"),
            (
                "database = \"sqlite:a\"\n[search]\nwalk_m_per_min = nan",
                "search_speed_out_of_range",
            ),
            ("database = \"sqlite:a\"\n[search]\nspeed = 20", "does not fit"),
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

    #[test]
    fn every_setting_with_a_default_is_in_the_operators_guide() {
        let guide = include_str!("../../docs/guides/operator.md");
        let printed: toml::Table = Config::default().printable().unwrap().parse().unwrap();
        for (section, settings) in &printed {
            let Some(settings) = settings.as_table() else {
                assert!(guide.contains(&format!("`{section}`")), "{section}");
                continue;
            };
            for name in settings.keys() {
                let one = format!("{section}.{name}");
                let named = [format!("`{one}`"), format!("`[[{one}]]`"), format!("`[{section}]`")];
                let is_there = named.iter().any(|named| guide.contains(named));
                assert!(is_there, "{section}.{name} is not in docs/guides/operator.md");
            }
        }
    }

    #[test]
    fn a_balance_is_offered_by_payees_that_are_named_with_limits_and_who_allowed_it() {
        assert!(load("database = \"sqlite:a.db\"", &[]).unwrap().prepaid.payees.is_empty());
        let one = |limits: &str, authority: &str| {
            let text = format!(
                "database = \"sqlite:a.db\"\n[[prepaid.payees]]\npayee = \"p\"\nauthority = \"{authority}\"\n\
                 document_number = \"1\"\n{limits}"
            );
            load(&text, &[]).map(|config| config.prepaid.payees.len()).map_err(|e| format!("{e:#}"))
        };
        let good = "min_top_up_fen = 100\nmax_top_up_fen = 500\nmax_balance_fen = 500";
        assert_eq!(one(good, "a"), Ok(1));
        assert!(one(good, " ").unwrap_err().contains("authority"));
        let bad = "min_top_up_fen = 600\nmax_top_up_fen = 500\nmax_balance_fen = 500";
        assert!(one(bad, "a").unwrap_err().contains("does not hold"));
    }
}
