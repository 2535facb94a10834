//! Whether a bay will be free on arrival, block by block, and how good such forecasts were so far.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::Timestamp;
use wayfinding::forecast::{Kept, Outlook};

use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::health::Moment;
use crate::app::App;
use crate::flow::Refusal;

const USUAL_MIN: f64 = 15.0;
/// A week: beyond that nothing more is known than what is usual.
const MINUTES_LIMIT: f64 = 10_080.0;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(forecast)).routes(routes!(forecast_score))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Ahead {
    /// Code of the block.
    block: String,
    /// How many minutes from now; 15 if left out, a week at most.
    #[param(minimum = 0, maximum = 10_080)]
    minutes: Option<f64>,
}

/// What is to be expected of a block on arrival.
#[derive(Debug, Serialize, ToSchema)]
struct BlockForecast {
    #[serde(flatten)]
    moment: Moment,
    block: String,
    minutes: f64,
    #[schema(value_type = String, format = DateTime)]
    arrive_at: Timestamp,
    /// Bays of the block, those whose state is known, those that were free at the newest count.
    bays: u16,
    known: u16,
    free: u16,
    /// How many vehicles usually come and leave in an hour, at such a time; null as long as nothing is known of it.
    arrivals_per_hour: Option<f64>,
    departures_per_hour: Option<f64>,
    /// Null as long as nothing was ever heard of the block.
    expected: Option<Expectation>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Expectation {
    /// How likely it is that at least one bay is free, 0 to 1.
    chance: f64,
    /// How likely a bay that is free now is free then, 0 to 1.
    bay_chance: f64,
    /// How many are to be expected free, and between which numbers they will be four times of five.
    free: f64,
    free_from: f64,
    free_to: f64,
    /// `filling`, `stable` or `emptying`.
    #[schema(example = "filling")]
    trend: &'static str,
    /// `learned`: from the present and what is usual; `last_seen`: from the present alone; `usual`: nothing was heard
    /// for hours.
    #[schema(example = "learned")]
    basis: &'static str,
}

/// How good forecasts were since the service started.
#[derive(Debug, Serialize, ToSchema)]
struct ForecastScores {
    #[serde(flatten)]
    moment: Moment,
    horizons: Vec<ForecastScore>,
}

/// Forecasts of 'at least one bay of the block is free', judged when their time had come.
#[derive(Debug, Serialize, ToSchema)]
struct ForecastScore {
    minutes: u16,
    forecasts: u64,
    /// Null before the first was judged.
    brier: Option<BrierScores>,
    /// How often a bay was there where one was promised (a chance of at least one half).
    hit_rate: Option<f64>,
    reliability: Vec<ReliabilityBin>,
}

/// Mean squared error of the chance: smaller is better.
#[derive(Debug, Serialize, ToSchema)]
struct BrierScores {
    model: f64,
    /// It stays as it is.
    last: f64,
    /// As often as at this hour of the week.
    how: f64,
}

/// Forecasts whose chance was in one tenth: what was told on average, and how often it came.
#[derive(Debug, Serialize, ToSchema)]
struct ReliabilityBin {
    forecasts: u64,
    told: Option<f64>,
    came: Option<f64>,
}

impl Expectation {
    fn of(outlook: &Outlook) -> Expectation {
        let bays = f64::from(outlook.spaces);
        let (from, to) = outlook.likely();
        Expectation {
            chance: thousandth(outlook.one_free()),
            bay_chance: thousandth(outlook.stays_free()),
            free: tenth(outlook.expected * bays),
            free_from: tenth(from * bays),
            free_to: tenth(to * bays),
            trend: outlook.trend().name(),
            basis: outlook.basis.name(),
        }
    }
}

impl ForecastScore {
    fn of(kept: &Kept) -> ForecastScore {
        let score = &kept.score;
        let mean = |sum: f64, count: u64| (count > 0).then(|| thousandth(sum / count as f64));
        ForecastScore {
            minutes: kept.minutes,
            forecasts: score.forecasts,
            brier: score.brier().map(|[model, last, how]| BrierScores { model, last, how }),
            hit_rate: score.hit_rate().map(thousandth),
            reliability: score
                .reliability
                .iter()
                .map(|bin| ReliabilityBin {
                    forecasts: bin.forecasts,
                    told: mean(bin.told, bin.forecasts),
                    came: mean(bin.came as f64, bin.forecasts),
                })
                .collect(),
        }
    }
}

fn tenth(count: f64) -> f64 {
    (count * 10.0).round() / 10.0
}

fn thousandth(part: f64) -> f64 {
    (part * 1000.0).round() / 1000.0
}

/// Whether a bay of a block will be free.
#[utoipa::path(
    get,
    path = "/api/v1/forecast",
    tag = "bays",
    params(Ahead),
    responses(
        (status = OK, body = BlockForecast),
        (status = NOT_FOUND, description = "`block_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn forecast(
    State(app): State<Arc<App>>,
    Asked(ahead): Asked<Ahead>,
) -> Answer<Json<BlockForecast>> {
    let minutes = ahead.minutes.unwrap_or(USUAL_MIN);
    if !(0.0..=MINUTES_LIMIT).contains(&minutes) {
        return Err(malformed_query(&"minutes must lie in 0..10080").into());
    }
    let moment = Moment::of(&app);
    let Some(expected) = app.forecasts.expected(&ahead.block, minutes) else {
        let detail = format!("no block with bays has the code {}", ahead.block);
        return Err(Refusal::missing("block_unknown", detail).into());
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most a week of milliseconds")]
    let arrive_at = moment.now.plus_ms((minutes * 60_000.0) as i64);
    Ok(Json(BlockForecast {
        moment,
        block: ahead.block,
        minutes,
        arrive_at,
        bays: expected.count.bays,
        known: expected.count.known,
        free: expected.count.free,
        arrivals_per_hour: expected.hourly.map(|(arrivals, _)| tenth(arrivals)),
        departures_per_hour: expected.hourly.map(|(_, departures)| tenth(departures)),
        expected: expected.outlook.as_ref().map(Expectation::of),
    }))
}

/// How good the forecasts of this gateway were, next to two that anybody can make.
#[utoipa::path(
    get,
    path = "/api/v1/forecast/score",
    tag = "bays",
    responses((status = OK, body = ForecastScores))
)]
async fn forecast_score(State(app): State<Arc<App>>) -> Answer<Json<ForecastScores>> {
    let horizons = app.forecasts.kept().iter().map(ForecastScore::of).collect();
    Ok(Json(ForecastScores { moment: Moment::of(&app), horizons }))
}
