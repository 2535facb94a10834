//! What every part of the service shares, built once at start and passed along.

use std::sync::Arc;

use anyhow::{Context, Result};
use billing::invoice::Regime;
use sensing::Policy;
use store::Store;
use tokio::sync::{Notify, Semaphore};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::config::{Config, Notices};
use crate::devices::Devices;
use crate::downlinks::Downlinks;
use crate::flow::render_document::Fonts;
use crate::folds::Folds;
use crate::forecasts::Forecasts;
use crate::guidance::Guidance;
use crate::live::Live;
use crate::map::CityMap;
use crate::metrics::Metrics;
use crate::outbound::issuer::Issuer;
use crate::outbound::{
    Balance, Cash, Channel, FinancePlatform, LogChannel, Mailer, NoticeChannel, Outbox,
    TaxPlatform, WechatLogin, WechatPay,
};
use crate::rate_limit::RateLimit;
use crate::roads::RoadMap;
use crate::unmet::Unmet;

/// See `App::password_checks`.
const PASSWORD_CHECKS: usize = 2;

/// The running service, without its listeners.
#[derive(Debug)]
pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub config: Config,
    pub policy: Policy,
    pub devices: Devices,
    /// What bays were like after their newest reading.
    pub folds: Folds,
    /// Who may speak to the broker.
    pub accounts: Arc<Accounts>,
    /// What a broker that asks over HTTP must send; nobody may ask without one.
    pub broker_secret: Option<Vec<u8>>,
    pub live: Live,
    /// What is learned of how full blocks are.
    pub forecasts: Forecasts,
    /// Searches that found nothing, on their way to be stored.
    pub unmet: Unmet,
    /// Drivers on their way to a bay.
    pub guidance: Guidance,
    /// The roads in force, if any were imported.
    pub roads: RoadMap,
    /// What is drawn of the city, and its tiles.
    pub map: CityMap,
    /// What goes to devices over the connection to the broker.
    pub downlinks: Downlinks,
    pub metrics: Metrics,
    pub wechat_pay: WechatPay,
    pub cash: Cash,
    pub balance: Balance,
    pub wechat_login: WechatLogin,
    pub tax: TaxPlatform,
    pub finance: FinancePlatform,
    /// What documents are drawn with.
    pub fonts: Arc<Fonts>,
    /// Where documents are mailed by, if it is configured.
    pub mailer: Option<Mailer>,
    /// The policy for what comes after payment.
    pub after: billing::policy::Policy,
    /// Who is told that a notice waits in the outbox.
    pub notices: Box<dyn NoticeChannel>,
    /// Who asks without signing in, and how often.
    pub visitors: RateLimit,
    /// Passwords checked at once: each check takes 19 MiB and a good part of a core.
    pub password_checks: Semaphore,
    /// Rung when a job was queued; the runner also looks by itself.
    pub job_bell: Notify,
    /// Rung when a bay changed; the tail also looks by itself.
    pub change_bell: Notify,
}

impl App {
    /// Loads what the service keeps in memory. The schema must be right already.
    ///
    /// # Errors
    /// When credentials cannot be read or the database does not answer.
    pub async fn build(config: Config, store: Store, clock: Clock) -> Result<Arc<App>> {
        store.prepare_partitions(clock.city_now().ms()).await.context("preparing partitions")?;
        let mut tx = store.read().await?;
        let live = Live::load(&mut tx, clock.city_now()).await?;
        let devices = Devices::load(&mut tx).await?;
        let accounts = Arc::new(Accounts::load(&mut tx).await?);
        drop(tx);
        let roads = RoadMap::load(&store, clock.city_now()).await?;
        let drawn = roads.current().map(|current| current.roads);
        let mut tx = store.read().await?;
        let map = CityMap::load(&mut tx, drawn, &config.map, clock.city_now()).await?;
        drop(tx);
        let metrics = Metrics::new().context("registering metrics")?;
        let wechat_pay =
            WechatPay::open(&config.wechat).context("reading WeChat Pay credentials")?;
        let wechat_login =
            WechatLogin::open(&config.wechat).context("reading WeChat credentials")?;
        let tax = TaxPlatform::open(&config.tax).context("reading tax platform credentials")?;
        let finance = FinancePlatform::open(&config.finance)
            .context("reading credentials of the treasury's platform")?;
        let mailer = Mailer::open(&config.mail).context("setting up mail")?;
        let fonts = Fonts::named(config.documents.fonts.clone());
        let after = after_of(&config)?;
        let notices: Box<dyn NoticeChannel> = match config.after.notices {
            Notices::Outbox => Box::new(Outbox),
            Notices::Log => Box::new(LogChannel),
        };
        let broker_secret = config.mqtt.auth_secret().context("reading mqtt.auth_secret_file")?;
        let policy = policy_of(&config);
        let (job_bell, change_bell) = (Notify::new(), Notify::new());
        Ok(Arc::new(App {
            cash: Cash::of(store.clone()),
            balance: Balance::of(store.clone()),
            store,
            clock,
            config,
            policy,
            devices,
            folds: Folds::default(),
            accounts,
            broker_secret,
            live,
            forecasts: Forecasts::default(),
            unmet: Unmet::default(),
            guidance: Guidance::default(),
            roads,
            map,
            downlinks: Downlinks::default(),
            metrics,
            wechat_pay,
            wechat_login,
            tax,
            finance,
            fonts: Arc::new(fonts),
            mailer,
            after,
            notices,
            visitors: RateLimit::default(),
            password_checks: Semaphore::new(PASSWORD_CHECKS),
            job_bell,
            change_bell,
        }))
    }

    /// The channel of that name.
    pub(crate) fn channel(&self, name: &str) -> Result<&dyn Channel> {
        let channels: [&dyn Channel; 3] = [&self.wechat_pay, &self.cash, &self.balance];
        let found = channels.into_iter().find(|channel| channel.name() == name);
        found.with_context(|| format!("there is no channel {name}"))
    }

    /// The office that issues documents of a regime.
    pub(crate) fn issuer(&self, regime: &str) -> Result<&dyn Issuer> {
        match Regime::from_name(regime) {
            Some(Regime::Vat) => Ok(&self.tax),
            Some(Regime::NonTax) => Ok(&self.finance),
            None => anyhow::bail!("there is no regime {regime}"),
        }
    }

    /// Reads devices and accounts again, after some were made, moved or ended.
    ///
    /// # Errors
    /// When the database does not answer; what could not be read stays as it was.
    pub async fn reload_register(&self) -> Result<()> {
        let mut tx = self.store.read().await?;
        self.devices.reload(&mut tx).await?;
        self.accounts.reload(&mut tx).await?;
        Ok(())
    }
}

/// The policy in force for what comes after payment.
///
/// # Errors
/// When the file cannot be read or is no policy; names what is wrong.
pub(crate) fn after_of(config: &Config) -> Result<billing::policy::Policy> {
    let Some(path) = &config.after.policy_file else {
        return billing::policy::Policy::parse(billing::policy::BUILT_IN_POLICY)
            .context("the policy that comes with the program");
    };
    let yaml = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read after.policy_file {}", path.display()))?;
    billing::policy::Policy::parse(&yaml)
        .with_context(|| format!("after.policy_file {}", path.display()))
}

pub(crate) fn policy_of(config: &Config) -> Policy {
    let s = config.sensing;
    Policy {
        version: s.policy_version,
        merge_gap_ms: s.merge_gap_s.saturating_mul(1000),
        minimum_stay_ms: s.minimum_stay_s.saturating_mul(1000),
        heartbeat_ms: s.heartbeat_s.saturating_mul(1000),
        silent_after_heartbeats: s.silent_after_heartbeats,
        ..Policy::default()
    }
}
