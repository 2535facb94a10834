//! The picture of a bill: day by day the hours that cost and those that do not, and what the stay is when.
//!
//! The engine says it, so that no app works out prices of its own; what is drawn was priced before.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use billing::explain::{Day, Picture, Stretch, WindowHours, picture};
use billing::tariff::Tariff;
use billing::{Bill, Calendars, Case};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{Interval, Timestamp};

use super::error::{Answer, Problem};
use super::extract::Asked;
use super::quote::Stay;
use crate::app::App;
use crate::flow::quote::quote;

/// Most days that are drawn; a phone shows no more.
const DAYS_LIMIT: usize = 7;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(quote_picture))
}

/// What a drawing is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PictureView {
    /// From arrival to departure.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// IANA name of the zone whose days these are.
    #[schema(example = "Asia/Shanghai")]
    time_zone: String,
    /// The first seven days, oldest first.
    days: Vec<DayView>,
    /// Days of the stay after them.
    days_left_out: usize,
}

/// One day on the wall clock: 24 hours, or 23 or 25 where the clocks change.
#[derive(Debug, Serialize, ToSchema)]
struct DayView {
    #[schema(example = "2026-09-15")]
    on: String,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    ticks: Vec<TickView>,
    /// The hours that hold, without gap; empty where the vehicle is exempt.
    windows: Vec<WindowView>,
    stay: Vec<StretchView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TickView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// 0 to 24.
    hour: u32,
}

/// Hours of the tariff.
#[derive(Debug, Serialize, ToSchema)]
struct WindowView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Empty where they have none.
    name: String,
    charged: bool,
    permitted: bool,
}

/// A part of the stay.
#[derive(Debug, Serialize, ToSchema)]
struct StretchView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// `charged`, `capped`, `free_minutes`, `free_hours`, `not_permitted`, `not_sold`, `doubt`, `pass`, `leaving` or
    /// `exempt`.
    #[schema(value_type = String, example = "charged")]
    state: billing::explain::State,
    /// Place of its line in the bill, from 0.
    line: usize,
    /// What that line charges, where it begins here: `3×4.00`.
    charge: Option<String>,
    /// The cap, where one is reached.
    capped_at_fen: Option<i64>,
    /// Where units begin.
    #[schema(value_type = Vec<String>)]
    cuts: Vec<Timestamp>,
}

impl PictureView {
    /// The picture of a bill and the case that it was made from.
    pub(super) fn of(tariff: &Tariff, bill: &Bill, case: &Case) -> PictureView {
        let drawn: Picture = picture(bill, tariff, Calendars::built_in(), case, DAYS_LIMIT);
        PictureView {
            from: drawn.span.start_at(),
            to: drawn.span.end_at(),
            time_zone: drawn.time_zone,
            days: drawn.days.into_iter().map(DayView::of).collect(),
            days_left_out: drawn.days_left_out,
        }
    }
}

impl DayView {
    fn of(day: Day) -> DayView {
        let ticks = day.ticks.iter().map(|tick| TickView { at: tick.at, hour: tick.hour });
        DayView {
            on: day.on.to_string(),
            from: day.span.start_at(),
            to: day.span.end_at(),
            ticks: ticks.collect(),
            windows: day.windows.into_iter().map(WindowView::of).collect(),
            stay: day.stay.into_iter().map(StretchView::of).collect(),
        }
    }
}

impl WindowView {
    fn of(hours: WindowHours) -> WindowView {
        WindowView {
            from: hours.interval.start_at(),
            to: hours.interval.end_at(),
            name: hours.name,
            charged: hours.charged,
            permitted: hours.permitted,
        }
    }
}

impl StretchView {
    fn of(stretch: Stretch) -> StretchView {
        StretchView {
            from: stretch.interval.start_at(),
            to: stretch.interval.end_at(),
            state: stretch.state,
            line: stretch.line,
            charge: stretch.charge,
            capped_at_fen: stretch.capped_at_fen.map(|fen| fen.0),
            cuts: stretch.cuts,
        }
    }
}

/// The picture of what a stay would cost; asked as the quote is.
#[utoipa::path(
    get,
    path = "/api/v1/quote/picture",
    tag = "bays",
    params(Stay),
    responses(
        (status = OK, body = PictureView),
        (status = BAD_REQUEST, description = "`malformed_query`, `interval_negative`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`interval_too_long`, `no_tariff_terms` or the engine's refusal",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn quote_picture(
    State(app): State<Arc<App>>,
    Asked(stay): Asked<Stay>,
) -> Answer<Json<PictureView>> {
    let question = stay.question()?;
    let (tariff, bill) = quote(&app, &question).await?;
    let stays = Interval::new(question.from, question.to).into_iter().collect();
    let case = Case::new(question.vehicle.name(), stays, Vec::new());
    Ok(Json(PictureView::of(&tariff, &bill, &case)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_names_hours_and_what_the_stay_is_in_them() {
        // The demo's tariff: free from 21:00; 20:00 to 22:00 is one hour by day (the first two cost
        // 2.00 yuan together) and one that is free.
        let tariff = billing::tariff::parse(billing::DEMO_TARIFF).unwrap();
        let at = |clock: &str| Timestamp::parse(&format!("2026-09-15T{clock}:00+08:00")).unwrap();
        let stays = vec![Interval::new(at("20:00"), at("22:00")).unwrap()];
        let case = Case::new("small", stays, Vec::new());
        let bill = billing::price(&tariff, Calendars::built_in(), &case).unwrap();
        let view = serde_json::to_value(PictureView::of(&tariff, &bill, &case)).unwrap();
        assert_eq!(
            (&view["time_zone"], &view["days_left_out"]),
            (&"Asia/Shanghai".into(), &0.into())
        );
        let day = &view["days"][0];
        assert_eq!(day["on"], "2026-09-15");
        let states: Vec<_> = day["stay"].as_array().unwrap().iter().map(|s| &s["state"]).collect();
        assert_eq!(states, ["charged", "free_hours"]);
        let charged: Vec<_> =
            day["windows"].as_array().unwrap().iter().map(|w| &w["charged"]).collect();
        assert_eq!(charged, [false, true, false], "night, day, night");
    }
}
