//! What a stay would cost, by the same engine as the bill.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{Timestamp, VehicleClass};

use super::bays::bay_code;
use super::bill::{self, BillLine, TariffView};
use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query};
use super::health::Moment;
use crate::app::App;
use crate::flow::Outcome;
use crate::flow::quote::{Question, quote};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(quote_stay))
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Stay {
    bay_code: String,
    /// `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`.
    vehicle_class: Option<String>,
    /// Arrival, RFC 3339; write `+` as `%2B`.
    #[param(value_type = String, format = DateTime)]
    from: String,
    /// Departure, at most 31 days later.
    #[param(value_type = String, format = DateTime)]
    to: String,
}

/// What the stay would cost.
#[derive(Debug, Serialize, ToSchema)]
struct Quote {
    #[serde(flatten)]
    moment: Moment,
    total_fen: i64,
    lines: Vec<BillLine>,
    tariff: TariffView,
}

impl Stay {
    pub(super) fn question(&self) -> Outcome<Question> {
        let class = self.vehicle_class.as_deref().unwrap_or("small");
        let vehicle = VehicleClass::from_name(class);
        let instant = |name: &str, text: &str| {
            Timestamp::parse(text)
                .map_err(|reject| malformed_query(&format!("{name}: {reject}; write + as %2B")))
        };
        Ok(Question {
            bay_code: bay_code(&self.bay_code)?,
            vehicle: vehicle.ok_or_else(|| {
                malformed_query(&format!("vehicle_class: no class is called {class}"))
            })?,
            from: instant("from", &self.from)?,
            to: instant("to", &self.to)?,
        })
    }
}

/// What a stay would cost.
#[utoipa::path(
    get,
    path = "/api/v1/quote",
    tag = "bays",
    params(Stay),
    responses(
        (status = OK, body = Quote),
        (status = BAD_REQUEST, description = "`malformed_query`, `interval_negative`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`bay_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`interval_too_long`, `no_tariff_terms` or the engine's refusal",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn quote_stay(State(app): State<Arc<App>>, Asked(stay): Asked<Stay>) -> Answer<Json<Quote>> {
    let (tariff, bill) = quote(&app, &stay.question()?).await?;
    Ok(Json(Quote {
        moment: Moment::of(&app),
        total_fen: bill.total.0,
        lines: bill::lines(&tariff, &bill),
        tariff: bill::tariff(&tariff, &bill),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Refusal;

    #[test]
    fn a_question_that_makes_no_sense_is_refused_by_name() {
        let stay = |bay_code: &str, class: Option<&str>, from: &str| Stay {
            bay_code: bay_code.into(),
            vehicle_class: class.map(str::to_owned),
            from: from.into(),
            to: "2026-09-15T02:00:00Z".into(),
        };
        let question = stay("by0012", None, "2026-09-15T08:00:00+08:00").question().unwrap();
        assert_eq!((question.bay_code.as_str(), question.vehicle), ("BY0012", VehicleClass::Small));
        assert_eq!(question.from.ms(), 1_789_430_400_000);
        for (wrong, expected) in [
            (stay("?", None, "2026-09-15T00:00:00Z"), "bay_unknown"),
            (stay("BY0012", Some("tank"), "2026-09-15T00:00:00Z"), "malformed_query"),
            (stay("BY0012", None, "2026-09-15T08:00:00 08:00"), "malformed_query"),
            (stay("BY0012", None, "now"), "malformed_query"),
        ] {
            match wrong.question() {
                Err(Refusal::Malformed { code, .. } | Refusal::Missing { code, .. }) => {
                    assert_eq!(code, expected);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
