//! What Prometheus reads: how the service is doing, how the devices are (`devices`), and what a planner
//! watches (`planner`).
//!
//! A registry of our own, no globals. **Invariants:** every label has a bounded set of values; no
//! plate, phone number, openid or id is ever one of them.

mod devices;
mod forecast;
mod invoices;
mod matters;
mod planner;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramTimer, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    Opts, Registry, TextEncoder,
};

use crate::app::App;
use crate::flow::store_readings::Stored;
use crate::job::Kind;
use devices::Devices;
use planner::Planner;

/// Content type of the text format.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;
/// Values that a label may take before the rest is counted as `other`.
const VALUES_LIMIT: usize = 64;
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const SIZES: [f64; 8] = [1.0, 5.0, 20.0, 100.0, 500.0, 1_000.0, 2_000.0, 5_000.0];

/// The service's counters.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    messages: IntCounterVec,
    rejected: IntCounterVec,
    batch_seconds: Histogram,
    batch_size: Histogram,
    settle_seconds: Histogram,
    settle_size: Histogram,
    jobs: IntCounterVec,
    job_backlog: IntGauge,
    jobs_given_up: IntGauge,
    guidance_sessions: IntGauge,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    mqtt_connected: IntGauge,
    acks_dropped: IntCounter,
    receipts_dropped: IntCounter,
    reasons: Values,
    devices: Devices,
    planner: Planner,
}

/// The values that a label has had, so that there are never too many.
#[derive(Debug, Default)]
struct Values(Mutex<HashSet<String>>);

impl Metrics {
    /// All counters at nought, registered.
    ///
    /// # Errors
    /// When two metrics have the same name.
    pub fn new() -> prometheus::Result<Metrics> {
        let registry = Registry::new();
        let r = &registry;
        let metrics = Metrics {
            messages: counters(
                r,
                "bowei_messages_total",
                "Readings stored or repeated, and messages rejected.",
                &["outcome"],
            )?,
            rejected: counters(
                r,
                "bowei_rejected_total",
                "Messages that gave no readings, by reason.",
                &["reason"],
            )?,
            batch_seconds: histogram(
                r,
                "bowei_ingest_batch_seconds",
                "From the first try to the commit of a batch.",
                &SECONDS,
            )?,
            batch_size: histogram(r, "bowei_ingest_batch_size", "Messages in a batch.", &SIZES)?,
            settle_seconds: histogram(
                r,
                "bowei_settle_batch_seconds",
                "How long the transaction of a batch of departures was open.",
                &SECONDS,
            )?,
            settle_size: histogram(
                r,
                "bowei_settle_batch_size",
                "Departures settled in one transaction.",
                &SIZES,
            )?,
            jobs: counters(
                r,
                "bowei_jobs_total",
                "Jobs run, by kind and outcome.",
                &["kind", "outcome"],
            )?,
            job_backlog: gauge(r, "bowei_job_backlog", "Jobs that wait or run, in the database.")?,
            jobs_given_up: gauge(
                r,
                "bowei_jobs_given_up",
                "Jobs that failed for good; each has a case.",
            )?,
            guidance_sessions: gauge(
                r,
                "bowei_guidance_sessions",
                "Drivers on their way to a bay whom this gateway guides, those just arrived included.",
            )?,
            requests: counters(
                r,
                "bowei_http_requests_total",
                "Requests answered, by route, method and class of status.",
                &["route", "method", "status_class"],
            )?,
            request_seconds: histograms(
                r,
                "bowei_http_seconds",
                "From the request to the head of its answer.",
                "route",
            )?,
            mqtt_connected: gauge(
                r,
                "bowei_mqtt_connected",
                "1 while connected to the broker and subscribed.",
            )?,
            acks_dropped: added(
                r,
                IntCounter::new(
                    "bowei_mqtt_acks_dropped_total",
                    "Acknowledgements not sent since their connection was gone; the messages come again.",
                )?,
            )?,
            receipts_dropped: added(
                r,
                IntCounter::new(
                    "bowei_receipts_dropped_total",
                    "Words to native devices about what is stored that could not be sent; they ask again.",
                )?,
            )?,
            reasons: Values::default(),
            devices: Devices::new(r)?,
            planner: Planner::default(),
            registry,
        };
        // Known from the start, so that an alert on their growth sees the first one.
        for outcome in ["stored", "repeat", "rejected"] {
            metrics.messages.with_label_values(&[outcome]).reset();
        }
        for kind in Kind::ALL {
            for outcome in ["done", "postponed", "failed"] {
                metrics.jobs.with_label_values(&[kind.name(), outcome]).reset();
            }
        }
        Ok(metrics)
    }

    /// Counts a stored batch. `reasons` has one entry for each rejected message.
    pub fn count_messages<'a>(&self, stored: &Stored, reasons: impl Iterator<Item = &'a str>) {
        for (outcome, count) in
            [("stored", stored.readings), ("repeat", stored.repeats), ("rejected", stored.rejected)]
        {
            self.messages
                .with_label_values(&[outcome])
                .inc_by(u64::try_from(count).unwrap_or(u64::MAX));
        }
        for reason in reasons {
            self.rejected.with_label_values(&[self.reasons.bounded(reason)]).inc();
        }
    }

    /// Notes how late stored readings came, each in milliseconds of city time.
    pub fn note_lateness(&self, late_ms: impl Iterator<Item = i64>) {
        self.devices.note_lateness(late_ms);
    }

    /// Readings stored since the start.
    #[must_use]
    pub fn readings_stored(&self) -> u64 {
        self.messages.with_label_values(&["stored"]).get()
    }

    /// A batch of that many messages begins to be stored; dropping the timer ends it.
    pub fn start_batch(&self, messages: usize) -> HistogramTimer {
        self.batch_size.observe(messages as f64);
        self.batch_seconds.start_timer()
    }

    /// Counts a job that ran. `outcome` is a name in the code; a kind that this gateway has no name for is `other`.
    pub fn count_job(&self, kind: &str, outcome: &'static str) {
        let kind = Kind::from_name(kind).map_or("other", Kind::name);
        self.jobs.with_label_values(&[kind, outcome]).inc();
    }

    /// Counts jobs that ended alike.
    pub fn count_jobs(&self, kind: Kind, outcome: &'static str, jobs: usize) {
        let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
        self.jobs.with_label_values(&[kind.name(), outcome]).inc_by(jobs);
    }

    /// Departures that were settled in one transaction, and how long it was open.
    pub fn settled_together(&self, departures: usize, held: Duration) {
        self.settle_size.observe(departures as f64);
        self.settle_seconds.observe(held.as_secs_f64());
    }

    /// Counts an answered request. `route` is the pattern of the route, never the path.
    pub fn count_request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let class = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.requests.with_label_values(&[route, method, class]).inc();
        self.request_seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// 1 when connected to the broker and subscribed, 0 when not.
    pub fn set_connected(&self, connected: i64) {
        self.mqtt_connected.set(connected);
    }

    /// Whether readings can come in.
    #[must_use]
    pub fn is_subscribed(&self) -> bool {
        self.mqtt_connected.get() == 1
    }

    /// Counts a word to a device that could not be sent.
    pub fn count_dropped_receipt(&self) {
        self.receipts_dropped.inc();
    }

    /// Counts an acknowledgement that could not be sent.
    pub fn count_dropped_ack(&self) {
        self.acks_dropped.inc();
    }

    /// How many drivers are guided.
    pub fn count_guidance(&self, sessions: usize) {
        self.guidance_sessions.set(i64::try_from(sessions).unwrap_or(i64::MAX));
    }

    /// Everything in Prometheus' text format. Without the database, only what is known without it.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub async fn render(&self, app: &App) -> prometheus::Result<String> {
        if let Ok((waiting, given_up)) = backlog(app).await {
            self.job_backlog.set(waiting);
            self.jobs_given_up.set(given_up);
        }
        if let Err(error) = self.devices.count(app).await {
            tracing::warn!(error = %error, "the devices could not be counted");
        }
        let mut text = TextEncoder::new().encode_to_string(&self.registry.gather())?;
        match self.planner.text(app).await {
            Ok(figures) => text.push_str(&figures),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "the planner's figures could not be read"
            ),
        }
        match invoices::text(app).await {
            Ok(figures) => text.push_str(&figures),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "documents on their way could not be counted"
            ),
        }
        match forecast::text(&app.forecasts.kept()) {
            Ok(figures) => text.push_str(&figures),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "the forecast's score could not be told"
            ),
        }
        match matters::text(app).await {
            Ok(figures) => text.push_str(&figures),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "what waits for a person could not be counted"
            ),
        }
        Ok(text)
    }
}

impl Values {
    /// The value itself, or `other` once there are too many.
    fn bounded<'a>(&self, value: &'a str) -> &'a str {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if values.contains(value) {
            return value;
        }
        if values.len() >= VALUES_LIMIT {
            return "other";
        }
        values.insert(value.to_owned());
        value
    }
}

async fn backlog(app: &App) -> store::Result<(i64, i64)> {
    app.store.read().await?.count_jobs().await
}

fn added<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> prometheus::Result<C> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> prometheus::Result<IntCounterVec> {
    added(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntGauge> {
    added(registry, IntGauge::new(name, help)?)
}

fn histogram(
    registry: &Registry,
    name: &str,
    help: &str,
    buckets: &[f64],
) -> prometheus::Result<Histogram> {
    added(registry, Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?)
}

fn histograms(
    registry: &Registry,
    name: &str,
    help: &str,
    label: &str,
) -> prometheus::Result<HistogramVec> {
    let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
    added(registry, HistogramVec::new(options, &[label])?)
}

#[cfg(test)]
mod tests;
