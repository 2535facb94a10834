//! The HTTP API, version 1: one file a group of routes, one place that turns refusals into answers.
//!
//! A handler reads the request, calls a flow or looks at the live states, and writes the answer; it
//! decides nothing. **Invariants:** every error is a problem document with a stable code; every route
//! is in the OpenAPI description, since both come from the same line.

mod appeals;
mod arrears;
mod auth;
mod bay_pay;
mod bay_plate;
mod bay_versions;
mod bays;
mod bill;
mod capture_batch;
mod capture_photos;
mod captures;
mod case_view;
mod cases;
mod cash;
mod cash_receipts;
mod cash_shifts;
mod claim_fixes;
mod claims;
mod closures;
mod command_withdrawal;
mod commands;
mod consents;
mod contacts;
mod coupons;
mod cursor;
mod day_picture;
mod decisions;
mod description;
mod device_change;
mod device_health;
mod device_secrets;
mod devices;
mod directions;
mod error;
mod evidence;
mod exemptions;
mod extract;
mod forecast;
mod guidance;
mod guidance_events;
mod guidance_view;
mod health;
mod idempotent;
mod increases;
mod installation_view;
mod installations;
mod invoice_file;
mod invoice_links;
mod invoice_mails;
mod invoice_titles;
mod invoice_view;
mod invoices;
mod joint_payments;
mod ledger;
mod live;
mod map_states;
mod map_style;
mod masked;
mod me;
mod mqtt_auth;
mod my_payments;
mod notices;
mod order_evidence;
mod order_list;
mod orders;
mod passes;
mod payments;
mod phone_sessions;
mod photos;
mod picture;
mod places;
mod plate_readings;
mod prepaid;
mod prepaid_view;
mod private_file;
mod quote;
mod reconciliation;
mod refund_commands;
mod refunds;
mod reratings;
mod road_closures;
mod route_matrix;
mod route_view;
mod saved_vehicles;
mod search;
mod search_view;
mod session_life;
mod sessions;
mod staff_appeals;
mod staff_arrears;
mod staff_invoices;
mod staff_passes;
mod stays;
mod suspense;
mod tariff_words;
mod tax_notify;
mod tiles;
mod unmet_demand;
mod visitor;
mod visits;
mod web;
mod wechat_notify;
mod zones;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use error::Problem;

/// Longest body of a request, in bytes.
const BODY_LIMIT: usize = 256 * 1024;
/// How long answers under way may take once the service stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Serves the API until `shutdown`; answers under way are finished, live streams end.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    app: Arc<App>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let (closing, closed) = tokio::sync::oneshot::channel::<()>();
    let router = router(Arc::clone(&app));
    // Small answers and live changes go out at once.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    // Who asks without signing in is told apart by address.
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let serve = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        app.live.cells().close();
        app.guidance.close();
        drop(closing);
    });
    tokio::select! {
        ended = serve.into_future() => ended.context("the HTTP listener failed"),
        () = async { drop(closed.await); tokio::time::sleep(DRAIN_WITHIN).await } => {
            tracing::warn!("some HTTP answers were still under way when the service stopped");
            Ok(())
        }
    }
}

/// The whole API over an `App`.
pub fn router(app: Arc<App>) -> Router {
    parts()
        .0
        .fallback(web::answer)
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this route has other methods",
            )
        })
        // One layer of two, from the outside: each layer is another box around every route.
        .layer((from_fn_with_state(Arc::clone(&app), observe), DefaultBodyLimit::max(BODY_LIMIT)))
        .with_state(app)
}

/// The description of the API, OpenAPI 3.1.
#[must_use]
pub fn openapi() -> OpenApi {
    parts().1
}

fn parts() -> (Router<Arc<App>>, OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(description::opening())
        .merge(health::routes())
        .merge(bay_pay::routes())
        .merge(bay_plate::routes())
        .merge(bays::routes())
        .merge(cash::routes())
        .merge(cash_receipts::routes())
        .merge(cash_shifts::routes())
        .merge(directions::routes())
        .merge(forecast::routes())
        .merge(guidance::routes())
        .merge(guidance_events::routes())
        .merge(places::routes())
        .merge(quote::routes())
        .merge(search::routes())
        .merge(unmet_demand::routes())
        .merge(road_closures::routes())
        .merge(route_matrix::routes())
        .merge(day_picture::routes())
        .merge(tariff_words::routes())
        .merge(sessions::routes())
        .merge(phone_sessions::routes())
        .merge(session_life::routes())
        .merge(claims::routes())
        .merge(captures::routes())
        .merge(capture_batch::routes())
        .merge(capture_photos::routes())
        .merge(claim_fixes::routes())
        .merge(plate_readings::routes())
        .merge(visits::routes())
        .merge(increases::routes())
        .merge(stays::routes())
        .merge(order_list::routes())
        .merge(orders::routes())
        .merge(order_evidence::routes())
        .merge(payments::routes())
        .merge(joint_payments::routes())
        .merge(prepaid::routes())
        .merge(refunds::routes())
        .merge(refund_commands::routes())
        .merge(wechat_notify::routes())
        .merge(invoices::routes())
        .merge(invoice_links::routes())
        .merge(invoice_mails::routes())
        .merge(invoice_titles::routes())
        .merge(tax_notify::routes())
        .merge(ledger::routes())
        .merge(reconciliation::routes())
        .merge(suspense::routes())
        .merge(live::routes())
        .merge(map_states::routes())
        .merge(map_style::routes())
        .merge(tiles::routes())
        .merge(bay_versions::routes())
        .merge(closures::routes())
        .merge(zones::routes())
        .merge(devices::routes())
        .merge(commands::routes())
        .merge(command_withdrawal::routes())
        .merge(device_change::routes())
        .merge(device_secrets::routes())
        .merge(installations::routes())
        .merge(photos::routes())
        .merge(appeals::routes())
        .merge(arrears::routes())
        .merge(cases::routes())
        .merge(evidence::routes())
        .merge(exemptions::routes())
        .merge(me::routes())
        .merge(my_payments::routes())
        .merge(saved_vehicles::routes())
        .merge(passes::routes())
        .merge(staff_arrears::routes())
        .merge(staff_appeals::routes())
        .merge(staff_invoices::routes())
        .merge(staff_passes::routes())
        .merge(consents::routes())
        .merge(contacts::routes())
        .merge(coupons::routes())
        .merge(decisions::routes())
        .merge(notices::routes())
        .merge(mqtt_auth::routes())
        .split_for_parts();
    description::complete(&mut description);
    (router, description)
}

async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let method = method_name(request.method());
    let began = Instant::now();
    let response = next.run(request).await;
    let route = pattern.as_ref().map_or("unknown", MatchedPath::as_str);
    app.metrics.count_request(route, method, response.status().as_u16(), began.elapsed());
    response
}

/// Methods are named by clients, so only the usual ones get a label.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod described;
#[cfg(test)]
mod tests;
