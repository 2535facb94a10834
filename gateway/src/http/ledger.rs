//! The books: trial balance, statements, closing a month.
//!
//! Finance, managers and auditors look; finance and managers close and decide, and what takes two
//! persons takes two of them. Statements come as JSON, or as CSV with `format=csv`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use billing::ledger::{Month, city_day};
use chrono::NaiveDate;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Staff;
use super::error::{Answer, Problem};
use super::extract::{Asked, Named};
use super::idempotent::{Command, Once, Reply, Turn};
use crate::app::App;
use crate::flow::close_month::{Closing, close_month};
use crate::flow::sign_in::Role;
use crate::flow::statement::{
    AccountFile, AccountStatement, LINES_LIMIT, MonthStatement, TrialBalance, account_statement,
    month_statement, payee_named, trial_balance,
};
use crate::flow::{Outcome, Refusal, again};

/// Who may look into the books.
pub(super) const READERS: [Role; 3] = [Role::Finance, Role::Manager, Role::Auditor];
/// Who may decide about them.
pub(super) const DECIDERS: [Role; 2] = [Role::Finance, Role::Manager];

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(trial))
        .routes(routes!(statement))
        .routes(routes!(account))
        .routes(routes!(close_ledger_month))
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    #[default]
    Json,
    /// UTF-8 with BOM, amounts in yuan.
    Csv,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TrialAsked {
    /// Name or id; all payees if left out.
    payee: Option<String>,
    /// Day in +08:00; today if left out.
    as_of: Option<NaiveDate>,
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatementAsked {
    /// Name or id; may be left out if there is only one payee.
    payee: Option<String>,
    /// `2026-11`
    #[param(value_type = String, example = "2026-11")]
    month: Month,
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountAsked {
    /// Name or id; may be left out if there is only one payee.
    payee: Option<String>,
    /// As in the trial balance: `receivable`, `bank`, `channel_clearing:wechat`, …
    account: String,
    /// First day, +08:00.
    from: NaiveDate,
    /// Last day, +08:00.
    to: NaiveDate,
    #[param(inline)]
    format: Option<Format>,
}

/// Which payee's month.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseRequest {
    /// Name or id; may be left out if there is only one payee.
    #[schema(example = "城市停车运营公司")]
    payee: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MonthClosing {
    #[schema(example = "2026-11")]
    month: String,
    /// `proposed`, `proposed_again` or `closed`.
    #[schema(value_type = String, example = "proposed")]
    state: Closing,
}

/// What stands on every account at the end of a day.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/trial-balance",
    tag = "ledger",
    security(("token" = [])),
    params(TrialAsked),
    responses(
        (status = OK, body = TrialBalance),
        (status = NOT_FOUND, description = "`payee_unknown`", body = Problem, content_type = "application/problem+json")
    )
)]
async fn trial(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<TrialAsked>,
) -> Answer<Response> {
    staff.must_be(&READERS)?;
    let (mut tx, actor) = (app.store.read().await?, staff.actor());
    let payee = match &asked.payee {
        Some(name) => Some(payee_named(&mut tx, &actor, Some(name)).await?),
        None => None,
    };
    let as_of = asked.as_of.unwrap_or_else(|| city_day(app.clock.city_now()));
    let trial = trial_balance(&mut tx, &actor, payee.as_ref(), as_of).await?;
    answer(asked.format, &trial, &format!("trial-balance-{as_of}"), TrialBalance::csv)
}

/// A payee's month: earned, received, invoiced, un-invoiced, red, by rate.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/statement",
    tag = "ledger",
    security(("token" = [])),
    params(StatementAsked),
    responses(
        (status = OK, body = MonthStatement),
        (status = NOT_FOUND, description = "`payee_unknown`", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`payee_ambiguous`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn statement(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<StatementAsked>,
) -> Answer<Response> {
    staff.must_be(&READERS)?;
    let mut tx = app.store.read().await?;
    let payee = payee_named(&mut tx, &staff.actor(), asked.payee.as_deref()).await?;
    let statement = month_statement(&mut tx, &payee, asked.month).await?;
    answer(asked.format, &statement, &format!("statement-{}", asked.month), MonthStatement::csv)
}

/// An account's lines from a day to a day, with the balance after each: at most 10,000, as CSV all of them.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/account",
    tag = "ledger",
    security(("token" = [])),
    params(AccountAsked),
    responses(
        (status = OK, body = AccountStatement),
        (status = NOT_FOUND, description = "`payee_unknown`, `ledger_account_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "`days_reversed`, `payee_ambiguous`",
            body = Problem, content_type = "application/problem+json")
    )
)]
async fn account(
    State(app): State<Arc<App>>,
    staff: Staff,
    Asked(asked): Asked<AccountAsked>,
) -> Answer<Response> {
    staff.must_be(&READERS)?;
    let mut tx = app.store.snapshot().await?;
    let payee = payee_named(&mut tx, &staff.actor(), asked.payee.as_deref()).await?;
    let days = (asked.from, asked.to);
    if asked.format == Some(Format::Csv) {
        let file = AccountFile::begin(&mut tx, &payee, &asked.account, days).await?;
        drop(tx);
        return Ok(as_file(Body::from_stream(parts(app, file)).into_response(), "account")?);
    }
    let lines = account_statement(&mut tx, &payee, &asked.account, days, LINES_LIMIT).await?;
    Ok(Json(lines).into_response())
}

/// The file as it is written. One that fails on the way breaks off, so that it is not taken for a whole one.
fn parts(app: Arc<App>, file: AccountFile) -> impl Stream<Item = anyhow::Result<String>> {
    futures_util::stream::try_unfold((app, file), |(app, mut file)| async move {
        let part = file.next(&app.store).await.inspect_err(|error| {
            tracing::error!(error = format!("{error:#}"), "a file of an account breaks off");
        })?;
        Ok(part.map(|part| (part, (app, file))))
    })
}

/// Proposes a month for closing, or closes what another person proposed. A closed month stays closed.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/months/{month}/close",
    tag = "ledger",
    security(("token" = [])),
    params(
        ("month" = String, Path, example = "2026-11"),
        ("Idempotency-Key" = String, Header, description = "One key of your own making for each request")
    ),
    request_body = CloseRequest,
    responses(
        (status = OK, body = MonthClosing),
        (status = FORBIDDEN, description = "`second_person_needed`, `role_insufficient`", body = Problem,
            content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "`payee_unknown`, `month_unknown`", body = Problem,
            content_type = "application/problem+json"),
        (status = CONFLICT, description = "`month_not_over`, `month_closed`, `earlier_month_open`, `nothing_booked`, \
            `books_do_not_add_up`, `idempotency_key_reused`", body = Problem,
            content_type = "application/problem+json")
    )
)]
async fn close_ledger_month(
    State(app): State<Arc<App>>,
    staff: Staff,
    named: Named,
    Command { body, once }: Command<CloseRequest>,
) -> Answer<Reply> {
    staff.must_be(&DECIDERS)?;
    let unknown = || Refusal::missing("month_unknown", "a month is written as 2026-11");
    let month: Month = named.0.parse().map_err(|_| unknown())?;
    Ok(again(|| close_once(&app, staff, month, &body, &once)).await?)
}

async fn close_once(
    app: &App,
    staff: Staff,
    month: Month,
    body: &CloseRequest,
    once: &Once,
) -> Outcome<Reply> {
    let (scope, actor, now) = (staff.scope(), staff.actor(), app.clock.city_now());
    let mut tx = match once.begin(app, &scope).await? {
        Turn::First(tx) => tx,
        Turn::Repeat(reply) => return Ok(reply),
    };
    let payee = payee_named(&mut tx, &actor, body.payee.as_deref()).await?;
    let state = close_month(&mut tx, payee.payee_id, month, &actor.name(), now).await?;
    let object = (payee.payee_id.to_string(), month.to_string());
    let detail = serde_json::json!({"payee_id": object.0, "state": state});
    actor.audit(&mut tx, now, "close_month", ("month", &object.1), &detail).await?;
    let answer = MonthClosing { month: object.1, state };
    once.settle(tx, &scope, StatusCode::OK, &answer).await
}

/// As JSON, or as a CSV file.
pub(super) fn answer<T: Serialize>(
    format: Option<Format>,
    value: &T,
    name: &str,
    csv: impl FnOnce(&T) -> anyhow::Result<String>,
) -> Answer<Response> {
    if format != Some(Format::Csv) {
        return Ok(Json(value).into_response());
    }
    let csv = csv(value).map_err(Refusal::from)?;
    Ok(as_file(csv.into_response(), name)?)
}

/// An answer as a CSV file of this name.
fn as_file(mut response: Response, name: &str) -> Outcome<Response> {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(anyhow::Error::from)?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}
