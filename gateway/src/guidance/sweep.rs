//! Looks after the sessions: at once when a bay changed, and each second at all of them, so that a change that was missed,
//! roads that were closed, silence and the end of the time allowed are noticed whatever happens.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Guided, Phase, Why};
use crate::app::App;

/// How often all are looked at (machine time).
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// A driver who is not heard for so long, and does not listen, is gone (machine time).
const SILENT_MS: i64 = 10 * 60_000;
/// What has ended is told for so long to who comes back (machine time).
const TOLD_MS: i64 = 10 * 60_000;
/// After so many sessions others may work.
const PAUSE_AFTER: usize = 50;

/// Looks after the sessions until `shutdown`.
///
/// # Errors
/// None today.
pub async fn run(app: Arc<App>, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    tokio::pin!(shutdown);
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = app.guidance.bell.notified() => those_concerned(&app),
            _ = sweep.tick() => all(&app).await,
        }
    }
}

/// Looks at the sessions whose bays changed.
fn those_concerned(app: &App) {
    for guided in app.guidance.bound_for(&app.guidance.take_heard()) {
        guided.work(app, |session| guided.look(app, session));
    }
}

/// Looks at all of them; whose bay changes meanwhile does not wait for the others.
async fn all(app: &App) {
    let sessions: Vec<Arc<Guided>> = app.guidance.lock().by_id.values().map(Arc::clone).collect();
    app.metrics.count_guidance(sessions.len());
    let now_ms = app.clock.machine_now_ms();
    let edition = app.roads.current().map_or(0, |current| current.facts.edition);
    for (number, guided) in sessions.iter().enumerate() {
        if number % PAUSE_AFTER == PAUSE_AFTER - 1 {
            tokio::task::yield_now().await;
            those_concerned(app);
        }
        if now_ms.saturating_sub(guided.ended_ms.load(Ordering::SeqCst)) > TOLD_MS {
            app.guidance.lock().by_id.remove(&guided.id);
            continue;
        }
        if guided.streams.load(Ordering::SeqCst) > 0 {
            guided.heard_ms.fetch_max(now_ms, Ordering::SeqCst);
        }
        guided.work(app, |session| {
            if let Some(why) = guided.over(now_ms) {
                session.end(why);
            }
            if session.phase == Phase::Ended {
                return;
            }
            let roads_changed = guided.edition.load(Ordering::SeqCst) != edition;
            if roads_changed && guided.found_way(app, session) {
                session.reroute();
            }
            guided.look(app, session);
        });
    }
}

impl Guided {
    /// Why it is over, if it is.
    fn over(&self, now_ms: i64) -> Option<Why> {
        let silent_ms = now_ms.saturating_sub(self.heard_ms.load(Ordering::SeqCst));
        if now_ms >= self.expires_ms() {
            Some(Why::Expired)
        } else if silent_ms > SILENT_MS {
            Some(Why::Silent)
        } else {
            None
        }
    }
}
