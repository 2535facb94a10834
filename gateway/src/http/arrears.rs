//! What a driver owes. How several debts are paid at once stands in `joint_payments`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::{OwedRow, Tx};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::Timestamp;

use super::auth::Driver;
use super::error::Answer;
use super::health::Moment;
use crate::app::App;

/// Debts shown.
const SHOWN: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_arrears))
}

/// What is owed for one visit.
#[derive(Debug, Serialize, ToSchema)]
struct Owed {
    order_id: Uuid,
    plate: String,
    owed_fen: i64,
    #[schema(value_type = String, format = DateTime)]
    arrived_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    owing_since: Timestamp,
    /// `running`, `paused` while an appeal is looked at, `listed` or `lapsed`.
    state: String,
    /// Notices that were delivered.
    notices: i64,
}

/// Debts of the caller, oldest first. Nothing is added to what a bill says.
#[derive(Debug, Serialize, ToSchema)]
struct Arrears {
    #[serde(flatten)]
    moment: Moment,
    count: usize,
    sum_fen: i64,
    arrears: Vec<Owed>,
    /// Where to pay and to appeal.
    pay_at: String,
}

/// What else a driver owes when they claim a bay; shown, never a reason to refuse the bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PriorDebts {
    pub(super) count: usize,
    pub(super) sum_fen: i64,
}

impl Owed {
    fn of(row: &OwedRow) -> Owed {
        Owed {
            order_id: row.order_id,
            plate: row.plate.clone(),
            owed_fen: row.owed_fen,
            arrived_at: Timestamp::from_ms(row.opened_at),
            left_at: row.ended_at.map(Timestamp::from_ms),
            owing_since: Timestamp::from_ms(row.since_at),
            state: row.state.clone(),
            notices: row.steps_taken,
        }
    }
}

/// What an account owes, in short; none if nothing.
pub(super) async fn prior_debts(
    tx: &mut Tx,
    account_id: Uuid,
) -> store::Result<Option<PriorDebts>> {
    let owed = tx.owed_by_account(account_id, SHOWN).await?;
    let sum_fen = owed.iter().map(|row| row.owed_fen).sum();
    Ok((!owed.is_empty()).then_some(PriorDebts { count: owed.len(), sum_fen }))
}

/// What the caller owes.
#[utoipa::path(
    get,
    path = "/api/v1/arrears",
    tag = "orders",
    security(("token" = [])),
    responses((status = OK, body = Arrears))
)]
async fn list_arrears(State(app): State<Arc<App>>, driver: Driver) -> Answer<Json<Arrears>> {
    let rows = app.store.read().await?.owed_by_account(driver.0.0, SHOWN).await?;
    Ok(Json(Arrears {
        moment: Moment::of(&app),
        count: rows.len(),
        sum_fen: rows.iter().map(|row| row.owed_fen).sum(),
        arrears: rows.iter().map(Owed::of).collect(),
        pay_at: app.config.after.pay_at.clone(),
    }))
}
