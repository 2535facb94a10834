//! Reads the history of changes as it grows and brings the live states up to it; and, at every look,
//! the conditions of devices (`conditions`) and the register (`register`).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use vocabulary::BayId;

use super::position::Position;
use super::register::Register;
use crate::app::App;

/// The tail looks at least this often, bell or no bell.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Changes read at once.
const BATCH: i64 = 2_000;

/// Follows the history until `shutdown`.
///
/// # Errors
/// None today: a database that does not answer is asked again.
pub async fn tail(app: Arc<App>, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let mut position = Position::before(app.live.loaded_at());
    let mut events = Position::before(app.live.conditions.loaded_at());
    let mut register = Register::read_in(app.live.register);
    let mut placeless = HashSet::new();
    tokio::pin!(shutdown);
    loop {
        // Made before the reading, so that a ring during it is not lost.
        let rung = app.change_bell.notified();
        match register.catch_up(&app).await {
            Ok(true) => placeless.clear(),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the register could not be read");
            }
        }
        log_failure(catch_up(&app, &mut position, &mut placeless).await);
        log_failure(super::conditions::catch_up(&app, &mut events).await);
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = rung => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// A failed look changed nothing; the next one does it all.
fn log_failure(ended: store::Result<()>) {
    if let Err(error) = ended {
        tracing::warn!(
            error = format!("{:#}", anyhow::Error::from(error)),
            "the history of changes could not be read"
        );
    }
}

async fn catch_up(
    app: &App,
    position: &mut Position,
    placeless: &mut HashSet<BayId>,
) -> store::Result<()> {
    let mut tx = app.store.read().await?;
    let mut unknown = Vec::new();
    let asked = position.missing(Instant::now());
    if !asked.is_empty() {
        let late = tx.changes_named(&asked).await?;
        unknown.extend(app.live.take(&late));
        app.guidance.heard(late.iter().map(|change| BayId(change.bay_id)));
        position.found(late.iter().map(|change| change.change_seq));
    }
    loop {
        let changes = tx.changes_after(position.newest(), BATCH).await?;
        unknown.extend(app.live.take(&changes));
        app.guidance.heard(changes.iter().map(|change| BayId(change.bay_id)));
        position.read(changes.iter().map(|change| change.change_seq), Instant::now());
        if changes.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            break;
        }
    }
    drop(tx);
    unknown.retain(|bay| !placeless.contains(bay));
    if !unknown.is_empty() {
        // A town was imported meanwhile. A bay that still has no place then is not asked for again.
        app.live.reload(&mut app.store.read().await?, app.clock.city_now()).await?;
        placeless.extend(unknown);
    }
    Ok(())
}
