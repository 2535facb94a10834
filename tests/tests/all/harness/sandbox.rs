//! The real sandbox over HTTP, in this process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::api::Api;
use super::town_clock::TownClock;

/// Keys are made at the first start, in an unoptimised build.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// A callback that was refused comes again after this.
const NOTIFY_RETRY_MS: u32 = 100;

/// A sandbox of a test's own.
#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) api: Api,
    pub(crate) url: String,
    dir: TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Sandbox {
    pub(crate) async fn start(clock: TownClock) -> Sandbox {
        let TownClock { machine_origin_ms, city_origin_ms, speed } = clock;
        Sandbox::on(sandbox::CityClock::new(machine_origin_ms, city_origin_ms, speed)).await
    }

    pub(crate) async fn on(clock: sandbox::CityClock) -> Sandbox {
        let dir = tempfile::tempdir().expect("there is room for a temporary folder");
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("loopback has a free port");
        let url =
            format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let config = sandbox::Config {
            data: dir.path().to_owned(),
            clock,
            notify_retry_ms: NOTIFY_RETRY_MS,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            sandbox::run(config, listener, shutdown).await.expect("the sandbox runs");
        });
        let api = Api::at(&url);
        api.get("/sandbox/troubles", None).await.expect(200);
        Sandbox { api, url, dir, stop: Some(stop), task: Some(task) }
    }

    /// What a merchant would be given.
    pub(crate) fn merchant_dir(&self) -> PathBuf {
        self.dir.path().join("merchant")
    }

    /// Lets something go wrong: `{"notify":"off"}`, …
    pub(crate) async fn trouble(&self, what: &Value) {
        self.api.post("/sandbox/troubles", None, None, what).await.expect(200);
    }

    /// What has become of every refund so far.
    pub(crate) fn refunds(&self) -> Vec<Value> {
        self.lines("refunds.jsonl")
    }

    /// Every document that the tax platform and the treasury's took on.
    pub(crate) fn invoices(&self) -> Vec<Value> {
        self.lines("invoices.jsonl")
    }

    /// Every application for a red invoice, and what buyers did.
    pub(crate) fn red_forms(&self) -> Vec<Value> {
        self.lines("red_forms.jsonl")
    }

    fn lines(&self, file: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.dir.path().join(file)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }

    /// How many lines its records of refunds have.
    pub(crate) fn refund_lines(&self) -> usize {
        let text = std::fs::read(self.dir.path().join("refunds.jsonl")).unwrap_or_default();
        text.iter().filter(|byte| **byte == b'\n').count()
    }

    /// Every charge of a payer's money so far.
    pub(crate) fn charges(&self) -> Vec<Value> {
        charges_in(self.dir.path())
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            tokio::time::timeout(READY_WITHIN, task)
                .await
                .expect("it stops")
                .expect("in good order");
        }
    }
}

/// Every charge that a sandbox with this data folder has written down.
pub(crate) fn charges_in(data: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(data.join("charges.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a charge is a JSON line")).collect()
}

/// A phone: asks for a login code. Gives the code and the openid that WeChat knows it by.
pub(crate) async fn login_code(sandbox: &Api, user: &str) -> (String, String) {
    let answer = sandbox.post("/sandbox/login-code", None, None, &json!({"user": user})).await;
    let answer = answer.expect(200).json();
    let text = |name: &str| answer[name].as_str().expect("the sandbox gives both").to_owned();
    (text("code"), text("openid"))
}

/// The payer confirms in the cashier what `wx.requestPayment` was called with.
pub(crate) async fn pay_at_cashier(sandbox: &Api, pay: &Value, openid: &str) -> Value {
    let mut call = pay.clone();
    call["openid"] = openid.into();
    sandbox.post("/cashier/pay", None, None, &call).await.expect(200).json()
}
