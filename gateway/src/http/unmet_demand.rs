//! Where drivers searched and found no free bay, for planners: by block and hour, small counts left out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::{UnmetFilter, UnmetHour};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;

use super::auth::Staff;
use super::error::Answer;
use super::extract::{Asked, malformed_query};
use super::health::Moment;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::sign_in::Role;

/// Fewer searches than these could be told apart.
const FEWEST: i64 = 5;
const HOUR_MS: i64 = 3_600_000;
const USUAL_MS: i64 = 7 * 24 * HOUR_MS;
const LONGEST_MS: i64 = 92 * 24 * HOUR_MS;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(unmet_demand))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Period {
    /// City time, RFC 3339 (write `+` as `%2B`); whole hours are taken. Seven days before `to` if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// At most 92 days later; now if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// Code of a block; all if left out.
    block: Option<String>,
}

/// Searches around a block within the hour that begins at `hour_at`.
#[derive(Debug, Serialize, ToSchema)]
struct UnmetView {
    block: String,
    street: String,
    #[schema(value_type = String, format = DateTime)]
    hour_at: Timestamp,
    searches: i64,
}

/// By hour, then block.
#[derive(Debug, Serialize, ToSchema)]
struct UnmetDemand {
    #[serde(flatten)]
    moment: Moment,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Hours of a block with fewer searches are left out.
    fewest: i64,
    hours: Vec<UnmetView>,
    /// How many were left out.
    withheld: usize,
}

impl Period {
    /// Whole hours, the end rounded up.
    fn read(&self, now: Timestamp) -> Outcome<(Timestamp, Timestamp)> {
        let instant = |name: &str, text: &Option<String>| {
            let read = text.as_deref().map(Timestamp::parse).transpose();
            read.map_err(|why| malformed_query(&format!("{name}: {why}; write + as %2B")))
        };
        let to = instant("to", &self.to)?.unwrap_or(now);
        let from = instant("from", &self.from)?.unwrap_or(to.plus_ms(-USUAL_MS));
        let whole = |at: Timestamp| at.plus_ms(-at.ms().rem_euclid(HOUR_MS));
        let (from, to) = (whole(from), whole(to.plus_ms(HOUR_MS - 1)));
        if !(0..=LONGEST_MS).contains(&to.since_ms(from)) {
            return Err(malformed_query(&"from to to must be 0 to 92 days"));
        }
        Ok((from, to))
    }
}

/// Searches that found no free bay, by block and hour. For planners, managers and auditors.
#[utoipa::path(
    get,
    path = "/api/v1/unmet-demand",
    tag = "street",
    security(("token" = [])),
    params(Period),
    responses((status = OK, body = UnmetDemand))
)]
async fn unmet_demand(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(period): Asked<Period>,
) -> Answer<Json<UnmetDemand>> {
    staff.must_be(&[Role::Planner, Role::Manager, Role::Auditor])?;
    let moment = Moment::of(&app);
    let (from, to) = period.read(moment.now)?;
    let filter = UnmetFilter {
        from: from.ms(),
        to: to.ms(),
        block: period.block.as_deref(),
        operator_id: staff.actor().operator.map(|operator| operator.0),
    };
    let all = app.store.read().await?.unmet(filter).await?;
    let count = all.len();
    let hours: Vec<UnmetView> = all.into_iter().filter_map(UnmetView::of).collect();
    let withheld = count - hours.len();
    Ok(Json(UnmetDemand { moment, from, to, fewest: FEWEST, hours, withheld }))
}

impl UnmetView {
    fn of(hour: UnmetHour) -> Option<UnmetView> {
        (hour.searches >= FEWEST).then(|| UnmetView {
            block: hour.block,
            street: hour.street,
            hour_at: Timestamp::from_ms(hour.hour_at),
            searches: hour.searches,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_of_whole_hours_and_has_a_limit() {
        let now = Timestamp::parse("2026-09-15T02:30:00Z").unwrap();
        let read = |from: Option<&str>, to: Option<&str>| {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let period = Period { from: text(from), to: text(to), block: None };
            period.read(now).ok().map(|(from, to)| (from.to_string(), to.to_string()))
        };
        let hours = |from: &str, to: &str| {
            let at = |text| Timestamp::parse(text).unwrap().to_string();
            Some((at(from), at(to)))
        };
        assert_eq!(read(None, None), hours("2026-09-08T02:00:00Z", "2026-09-15T03:00:00Z"));
        assert_eq!(
            read(Some("2026-09-15T01:59:00Z"), Some("2026-09-15T02:00:00Z")),
            hours("2026-09-15T01:00:00Z", "2026-09-15T02:00:00Z")
        );
        assert_eq!(read(Some("2026-09-15T03:00:01Z"), Some("2026-09-15T02:00:00Z")), None);
        assert_eq!(read(Some("2026-01-01T00:00:00Z"), None), None);
        assert_eq!(read(Some("yesterday"), None), None);
    }
}
