//! A gateway that can die: it runs in a runtime of its own, and all that runs there is dropped with it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::app::App;
use gateway::config::Config;
use store::{CrashPoint, Store};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::harness::ahead::Ahead;
use crate::harness::api::Api;

/// A running gateway without a broker: HTTP and jobs.
pub(super) struct Process {
    pub(super) app: Arc<App>,
    pub(super) api: Api,
    pub(super) crash: Arc<CrashPoint>,
    runtime: Option<Runtime>,
}

impl Process {
    /// Starts it; nothing if it died before it ran.
    pub(super) async fn start(
        config: &Config,
        ahead: &Ahead,
        crash: Arc<CrashPoint>,
    ) -> Option<Process> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (config, clock, point) = (config.clone(), ahead.gateway(), Arc::clone(&crash));
        let address: SocketAddr = config.http.listen;
        let starting = runtime.spawn(async move {
            let store = Store::open(&config.database).await.expect("the database opens");
            let app = App::build(config, store.crashing(point), clock).await;
            let app = app.expect("the service can be built");
            let listener = bound(address).await;
            tokio::spawn(gateway::http::run(Arc::clone(&app), listener, std::future::pending()));
            tokio::spawn(gateway::job::run(Arc::clone(&app), std::future::pending()));
            app
        });
        let started = tokio::select! {
            app = starting => Some(app.expect("a start does not panic")),
            () = crash.died() => None,
        };
        let Some(app) = started else {
            runtime.shutdown_background();
            return None;
        };
        let api = Api::at(&format!("http://{address}"));
        Some(Process { app, api, crash, runtime: Some(runtime) })
    }

    /// Runs something inside it: what a listener of it would do.
    pub(super) async fn inside<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let runtime = self.runtime.as_ref().expect("it runs");
        runtime.spawn(work).await.expect("it does not panic")
    }
}

impl Drop for Process {
    /// Nothing of it goes on, finished or not.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The port of the one that died is free a moment later.
async fn bound(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
