//! What other programs on the same PostgreSQL have changed, heard as soon as it is committed: rings the
//! bell of this gateway, and the tail reads on.
//!
//! **Invariant:** nothing rests on it. The tail also looks by itself: a broken connection costs a
//! delay and no change.

use std::sync::Arc;
use std::time::Duration;

use store::Listener;

use crate::app::App;

/// After a failure the database is asked for a listener again this much later.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Hears of changes until `shutdown`.
///
/// # Errors
/// None today: a database that does not answer is asked again.
pub async fn follow(app: Arc<App>, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    tokio::select! {
        () = shutdown => {}
        () = hear(&app) => {}
    }
    Ok(())
}

async fn hear(app: &App) {
    loop {
        match app.store.listen().await {
            // One service on SQLite: there is nobody else to hear of.
            Ok(None) => std::future::pending().await,
            Ok(Some(listener)) => log_failure(ring_as_heard(app, listener).await),
            Err(error) => log_failure(error),
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

/// Rings until the connection is lost for good; gives why.
async fn ring_as_heard(app: &App, mut listener: Listener) -> store::StoreError {
    loop {
        // The first time for what was done before anybody listened.
        app.change_bell.notify_waiters();
        if let Err(error) = listener.changed().await {
            return error;
        }
    }
}

fn log_failure(error: store::StoreError) {
    let error = format!("{:#}", anyhow::Error::from(error));
    tracing::warn!(error, "what other programs change is not heard at once");
}
