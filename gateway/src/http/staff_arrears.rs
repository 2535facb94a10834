//! Arrears for staff: who owes what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use billing::arrears::ArrearsState;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Lane, OwedRow};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{Plate, Timestamp};

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Asked, malformed_query, one_of};
use super::health::Moment;
use super::masked;
use crate::app::App;
use crate::flow::sign_in::Role;
use crate::flow::{Outcome, Refusal};

pub(super) const READERS: [Role; 5] =
    [Role::Inspector, Role::Finance, Role::Reviewer, Role::Manager, Role::Auditor];

/// Who reads whole plates, and the numbers that notices go to.
pub(super) const IN_CLEAR: [Role; 2] = [Role::Finance, Role::Manager];

pub(super) const SHOWN: i64 = 200;

/// Longest reason, authority, proof, in characters.
pub(super) const TEXT_LIMIT: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(owed_for_staff))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Of one plate; goes to the audit log.
    plate: Option<String>,
    /// `running` if left out; `paused`, `listed`, `lapsed`, `settled`, `written_off`, `detached`: without a plate.
    state: Option<String>,
    /// `next` of the page before.
    cursor: Option<Uuid>,
}

/// What is owed for one visit. The plate is masked but for finance and managers.
#[derive(Debug, Serialize, ToSchema)]
struct StaffOwed {
    order_id: Uuid,
    plate: String,
    owed_fen: i64,
    order_state: String,
    state: String,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    owing_since: Timestamp,
    /// Nobody is reminded from then on.
    #[schema(value_type = String, format = DateTime)]
    limitation_at: Timestamp,
    steps_taken: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct StaffArrears {
    #[serde(flatten)]
    moment: Moment,
    count: usize,
    sum_fen: i64,
    arrears: Vec<StaffOwed>,
    next: Option<Uuid>,
}

impl StaffOwed {
    fn of(row: &OwedRow, clear: bool) -> StaffOwed {
        StaffOwed {
            order_id: row.order_id,
            plate: if clear { row.plate.clone() } else { masked::plate(&row.plate) },
            owed_fen: row.owed_fen,
            order_state: row.order_state.clone(),
            state: row.state.clone(),
            arrived_at: Timestamp::from_ms(row.opened_at),
            owing_since: Timestamp::from_ms(row.since_at),
            limitation_at: Timestamp::from_ms(row.limitation_at),
            steps_taken: row.steps_taken,
        }
    }
}

/// What is owed for a plate, or all dunning in a state.
#[utoipa::path(
    get,
    path = "/api/v1/staff/arrears",
    tag = "cases",
    security(("token" = [])),
    params(Whose),
    responses(
        (status = OK, body = StaffArrears),
        (status = BAD_REQUEST, description = "`malformed_query`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`plate_invalid`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn owed_for_staff(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(whose): Asked<Whose>,
) -> Answer<Json<StaffArrears>> {
    staff.must_be(&READERS)?;
    one_of(whose.state.as_deref(), &ArrearsState::ALL.map(ArrearsState::name), "state")?;
    let clear = staff.must_be(&IN_CLEAR).is_ok();
    let moment = Moment::of(&app);
    let operator = staff.actor().operator.map(|operator| operator.0);
    let (rows, next) = match (&whose.plate, &whose.state) {
        (Some(plate), None) => (owed_by_plate(&app, &staff, plate, operator).await?, None),
        (None, state) => {
            let state = state.as_deref().unwrap_or("running");
            let mut tx = app.store.begin(Lane::Command).await?;
            let rows = tx.owed_in_state(state, operator, whose.cursor, SHOWN).await?;
            if clear {
                let detail = json!({"found": rows.len()});
                let object = ("arrears", state);
                staff.actor().audit(&mut tx, moment.now, "read_plates", object, &detail).await?;
            }
            tx.commit().await?;
            let full = i64::try_from(rows.len()).is_ok_and(|count| count == SHOWN);
            let next = rows.last().filter(|_| full).map(|row| row.order_id);
            (rows, next)
        }
        (Some(_), Some(_)) => return Err(malformed_query(&"either plate or state").into()),
    };
    let arrears: Vec<StaffOwed> = rows.iter().map(|row| StaffOwed::of(row, clear)).collect();
    let sum_fen = rows.iter().filter(|r| r.order_state == "owing").map(|r| r.owed_fen).sum();
    Ok(Json(StaffArrears { moment, count: arrears.len(), sum_fen, arrears, next }))
}

/// Asking for a plate is on record; the log holds no plate.
async fn owed_by_plate(
    app: &App,
    staff: &Staff,
    typed: &str,
    operator: Option<Uuid>,
) -> Outcome<Vec<OwedRow>> {
    let plate = Plate::parse(typed)
        .map_err(|reject| Refusal::refused("plate_invalid", reject.to_string()))?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let rows = tx.owed_by_plate(plate.as_str(), operator, SHOWN).await?;
    let detail = json!({"found": rows.len()});
    let now = app.clock.city_now();
    staff.actor().audit(&mut tx, now, "read_arrears", ("plate", &plate.masked()), &detail).await?;
    tx.commit().await?;
    Ok(rows)
}
