//! What happens on the way to a bay, as server-sent events.
//!
//! Every event carries all there is to show: a client that was away needs the newest one only.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::directions::NOT_KEPT;
use super::error::{Answer, Problem};
use super::extract::Named;
use super::guidance::{Token, known};
use super::guidance_view::GuidanceView;
use crate::app::App;
use crate::guidance::{Guided, Listening, Phase};

/// A silent stream says this often that it is alive (machine time).
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(guidance_events))
}

/// One who listens.
struct Stay {
    app: Arc<App>,
    guided: Arc<Guided>,
    told: watch::Receiver<i64>,
    /// The newest that the client knows.
    known: Option<i64>,
    ended: bool,
    _listening: Listening,
}

/// What happens on the way.
///
/// Events `state` (right after connecting, unless `Last-Event-ID` is the newest), `offer` (the bay is lost: another one is
/// offered, or there is none), `bay` (free again, accepted, declined, changed), `route` (another way), `ended` (the stream ends with it).
#[utoipa::path(
    get,
    path = "/api/v1/guidance/{guidance_id}/events",
    tag = "ways",
    params(
        ("guidance_id" = Uuid, Path),
        ("Guidance-Token" = Option<String>, Header, description = "As it was shown once"),
        ("token" = Option<String>, Query, description = "The same, where no header can be set (EventSource)"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The newest event that the client knows")
    ),
    responses(
        (status = OK, description = "Server-sent events `state`, `offer`, `bay`, `route`, `ended`",
            body = GuidanceView, content_type = "text/event-stream"),
        (status = NOT_FOUND, description = "`guidance_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, description = "`too_many_streams`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn guidance_events(
    State(app): State<Arc<App>>,
    named: Named,
    token: Token,
    headers: HeaderMap,
) -> Answer<([(HeaderName, &'static str); 1], Sse<impl Stream<Item = Result<Event, axum::Error>>>)>
{
    let guided = known(&app, &named, &token)?;
    let (told, listening) = Guided::listen(&guided)?;
    let known = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let stay = Stay { app, guided, told, known, ended: false, _listening: listening };
    // What the client knows already is not told again.
    let first = stay.known != Some(stay.guided.session().seq);
    let events = futures_util::stream::unfold((stay, first), |(mut stay, first)| async move {
        let event = stay.next(first).await?;
        Some((event, (stay, false)))
    });
    Ok((NOT_KEPT, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

impl Stay {
    /// The next event; none once it has ended or the service stops.
    async fn next(&mut self, first: bool) -> Option<Result<Event, axum::Error>> {
        let mut first = first;
        while !self.ended {
            self.told.borrow_and_update();
            let session = self.guided.session();
            self.ended = session.phase == Phase::Ended;
            if first || self.known != Some(session.seq) {
                let name = match first && !self.ended {
                    true => "state",
                    false => session.why.event(),
                };
                self.known = Some(session.seq);
                let view = GuidanceView::showing(&self.app, &self.guided, &session);
                let event = Event::default().id(session.seq.to_string()).event(name);
                return Some(event.json_data(view));
            }
            first = false;
            if self.ended {
                break;
            }
            tokio::select! {
                changed = self.told.changed() => changed.ok()?,
                () = self.app.guidance.closed() => return None,
            }
        }
        None
    }
}
