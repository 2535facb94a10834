//! What came of comparing the channel's bills with these books: days, and their lines.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use billing::ledger::city_day;
use billing::reconcile::Outcome as Ended;
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use store::LineFilter;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query, one_of};
use super::ledger::{Format, READERS, answer};
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::reconciled_days::{
    ReconciledDays, ReconciledLines, read_cursor, reconciled_days, reconciled_lines,
};

/// Days that are shown if none is named.
const USUAL_DAYS: u64 = 31;
const USUAL_LINES: usize = 200;
const LINES_LIMIT: usize = 2_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(days)).routes(routes!(lines))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DaysAsked {
    /// First day, +08:00; 31 days ago if left out.
    from: Option<NaiveDate>,
    /// Last day; today if left out.
    to: Option<NaiveDate>,
    /// `waiting` or `done`.
    state: Option<String>,
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LinesAsked {
    /// First day, +08:00; 31 days ago if left out.
    from: Option<NaiveDate>,
    /// Last day; today if left out.
    to: Option<NaiveDate>,
    /// `matched`, `expected`, `missing_here`, `missing_there`, `amount_differs` or `status_differs`.
    outcome: Option<String>,
    /// `payment` or `refund`.
    kind: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 200 if left out, 2,000 at most.
    #[param(minimum = 1, maximum = 2000)]
    limit: Option<usize>,
    #[param(inline)]
    format: Option<Format>,
}

/// Days of the merchant account, the newest first: what waits, what was tried in vain and why, and how the lines
/// of the others ended. For finance, managers and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/reconciliation",
    tag = "ledger",
    security(("token" = [])),
    params(DaysAsked),
    responses(
        (status = OK, body = ReconciledDays),
        (status = BAD_REQUEST, description = "`malformed_query`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn days(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<DaysAsked>,
) -> Answer<Response> {
    staff.must_be(&READERS)?;
    let span = span(&app, asked.from, asked.to)?;
    one_of(asked.state.as_deref(), &["waiting", "done"], "state")?;
    let mut tx = app.store.read().await?;
    let days = reconciled_days(&mut tx, &staff.actor(), span, asked.state.as_deref()).await?;
    answer(asked.format, &days, "reconciliation", ReconciledDays::csv)
}

/// Lines of bills, and payments and refunds of ours that are on none, with how each ended. For finance, managers
/// and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/reconciliation/lines",
    tag = "ledger",
    security(("token" = [])),
    params(LinesAsked),
    responses(
        (status = OK, body = ReconciledLines),
        (status = BAD_REQUEST, description = "`malformed_query`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn lines(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<LinesAsked>,
) -> Answer<Response> {
    staff.must_be(&READERS)?;
    let (from, to) = span(&app, asked.from, asked.to)?;
    one_of(asked.outcome.as_deref(), &Ended::ALL.map(Ended::name), "outcome")?;
    one_of(asked.kind.as_deref(), &["payment", "refund"], "kind")?;
    let limit = asked.limit.unwrap_or(USUAL_LINES);
    if !(1..=LINES_LIMIT).contains(&limit) {
        return Err(malformed_query(&"limit must lie in 1..2000").into());
    }
    let after = match asked.cursor.as_deref() {
        Some(text) => {
            read_cursor(text).ok_or_else(|| malformed_query(&"the cursor is not one of ours"))?
        }
        None => (String::new(), String::new()),
    };
    let filter = LineFilter {
        from_on: from.to_string(),
        to_on: to.to_string(),
        outcome: asked.outcome,
        kind: asked.kind,
        operator: staff.actor().operator.map(|operator| operator.0),
        after,
    };
    let mut tx = app.store.read().await?;
    let lines = reconciled_lines(&mut tx, &filter, limit).await?;
    answer(asked.format, &lines, "reconciliation-lines", ReconciledLines::csv)
}

fn span(
    app: &App,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Outcome<(NaiveDate, NaiveDate)> {
    let to = to.unwrap_or_else(|| city_day(app.clock.city_now()));
    let usual = to.checked_sub_days(Days::new(USUAL_DAYS)).unwrap_or(to);
    let from = from.unwrap_or(usual);
    if from > to {
        return Err(malformed_query(&"the first day is after the last"));
    }
    Ok((from, to))
}
