//! What other programs on the same PostgreSQL have done, heard as soon as it is committed: rings the
//! bells of this gateway and reads its register of devices and accounts again.
//!
//! **Invariant:** nothing rests on it. Whoever waits for a bell also looks by itself: a broken
//! connection costs a delay and no change.

use std::sync::Arc;
use std::time::Duration;

use store::{Heard, Listener, News};

use crate::app::App;

/// After a failure the database is asked for a listener again this much later.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// So long more news of the register is gathered before it is read: an import tells of every bay.
const GATHER: Duration = Duration::from_millis(100);

/// Hears news until `shutdown`.
///
/// # Errors
/// None today: a database that does not answer is asked again.
pub async fn follow(app: Arc<App>, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    tokio::select! {
        () = shutdown => {}
        () = hear(&app) => {}
        () = keep_register(&app) => {}
    }
    Ok(())
}

async fn hear(app: &App) {
    loop {
        match app.store.listen().await {
            // One service on SQLite: there is nobody else to hear of.
            Ok(None) => std::future::pending().await,
            Ok(Some(listener)) => {
                // Whatever was done before this moment was not heard.
                ring(app, Heard::Lost);
                ring_as_heard(app, listener).await;
            }
            Err(error) => log_failure(error),
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

async fn ring_as_heard(app: &App, mut listener: Listener) {
    loop {
        match listener.next().await {
            Ok(heard) => ring(app, heard),
            Err(error) => return log_failure(error),
        }
    }
}

fn ring(app: &App, heard: Heard) {
    if matches!(heard, Heard::News(News::BayChange) | Heard::Lost) {
        app.change_bell.notify_waiters();
    }
    if matches!(heard, Heard::News(News::Register) | Heard::Lost) {
        app.register_bell.notify_one();
    }
}

/// Beside `hear`, so that reading a large register holds up no change of a bay.
async fn keep_register(app: &App) {
    loop {
        app.register_bell.notified().await;
        tokio::time::sleep(GATHER).await;
        if let Err(error) = app.reload_register().await {
            tracing::warn!(
                error = format!("{error:#}"),
                "the register of devices could not be read again"
            );
        }
    }
}

fn log_failure(error: store::StoreError) {
    let error = format!("{:#}", anyhow::Error::from(error));
    tracing::warn!(error, "what other programs change is not heard at once");
}
