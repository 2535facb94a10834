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
mod contacts;
mod coupons;
mod cursor;
mod decisions;
mod description;
mod device_change;
mod device_health;
mod device_secrets;
mod devices;
mod error;
mod evidence;
mod exemptions;
mod extract;
mod forecast;
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
mod masked;
mod me;
mod mqtt_auth;
mod notices;
mod orders;
mod passes;
mod payments;
mod photos;
mod picture;
mod places;
mod plate_readings;
mod prepaid;
mod private_file;
mod quote;
mod reconciliation;
mod refund_commands;
mod refunds;
mod reratings;
mod sessions;
mod staff_appeals;
mod staff_arrears;
mod staff_invoices;
mod staff_passes;
mod stays;
mod suspense;
mod tax_notify;
mod visitor;
mod visits;
mod wechat_notify;
mod zones;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt;
use axum::{Extension, Router};
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
    let (router, description) = parts();
    router
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "route_unknown", "there is nothing here")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this route has other methods",
            )
        })
        .layer(Extension(Arc::new(description)))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(Arc::clone(&app), observe))
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
        .merge(forecast::routes())
        .merge(places::routes())
        .merge(quote::routes())
        .merge(sessions::routes())
        .merge(claims::routes())
        .merge(captures::routes())
        .merge(capture_batch::routes())
        .merge(capture_photos::routes())
        .merge(claim_fixes::routes())
        .merge(plate_readings::routes())
        .merge(visits::routes())
        .merge(increases::routes())
        .merge(stays::routes())
        .merge(orders::routes())
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
        .merge(passes::routes())
        .merge(staff_arrears::routes())
        .merge(staff_appeals::routes())
        .merge(staff_invoices::routes())
        .merge(staff_passes::routes())
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
mod tests;

#[cfg(test)]
mod described {
    use super::*;

    #[test]
    fn the_description_has_every_route_every_error_and_the_way_to_sign_in() {
        let description = serde_json::to_value(openapi()).unwrap();
        assert_eq!(description["openapi"], "3.1.0");
        assert_eq!(description["components"]["securitySchemes"]["token"]["scheme"], "bearer");
        for (path, method, security) in [
            ("/healthz", "get", false),
            ("/metrics", "get", false),
            ("/api/openapi.json", "get", false),
            ("/api/v1/bays", "get", false),
            ("/api/v1/bays/{bay_code}", "get", false),
            ("/api/v1/forecast", "get", false),
            ("/api/v1/forecast/score", "get", false),
            ("/api/v1/bays/{bay_code}/hand-over", "get", false),
            ("/api/v1/places", "get", false),
            ("/api/v1/quote", "get", false),
            ("/api/v1/sessions", "post", false),
            ("/api/v1/staff/sessions", "post", false),
            ("/api/v1/claims", "post", true),
            ("/api/v1/staff/captures", "post", true),
            ("/api/v1/staff/captures/batch", "post", true),
            ("/api/v1/staff/captures/{capture_id}/photo", "put", true),
            ("/api/v1/staff/captures/{capture_id}/photo", "get", true),
            ("/api/v1/claims/{claim_id}", "get", true),
            ("/api/v1/claims/{claim_id}/fix", "post", true),
            ("/api/v1/staff/claims/{claim_id}", "get", true),
            ("/api/v1/staff/claims/{claim_id}/fix", "post", true),
            ("/api/v1/staff/orders/{order_id}/increase", "post", true),
            ("/api/v1/staff/plate-readings", "post", true),
            ("/api/v1/staff/visits/{visit_id}/bays", "post", true),
            ("/api/v1/staff/visits/{visit_id}/vehicle", "post", true),
            ("/api/v1/stays/current", "get", true),
            ("/api/v1/orders", "get", true),
            ("/api/v1/orders/{order_id}", "get", true),
            ("/api/v1/orders/{order_id}/payments", "post", true),
            ("/api/v1/payments/wechat/notify", "post", false),
            ("/api/v1/invoices", "post", true),
            ("/api/v1/invoices/{invoice_id}", "get", true),
            ("/api/v1/invoices/{invoice_id}/document.xml", "get", true),
            ("/api/v1/invoices/{invoice_id}/documents/{format}", "get", true),
            ("/api/v1/invoices/{invoice_id}/mails", "post", true),
            ("/api/v1/invoices/{invoice_id}/links", "get", true),
            ("/api/v1/invoices/{invoice_id}/links", "post", true),
            ("/api/v1/invoices/{invoice_id}/links/{link_id}/revoke", "post", true),
            ("/api/v1/invoice-links/{token}", "get", false),
            ("/api/v1/invoice-links/{token}/{format}", "get", false),
            ("/api/v1/invoices/tax/notify", "post", false),
            ("/api/v1/invoices/finance/notify", "post", false),
            ("/api/v1/me/invoices", "get", true),
            ("/api/v1/me/titles", "get", true),
            ("/api/v1/me/titles", "post", true),
            ("/api/v1/me/titles/{title_id}", "put", true),
            ("/api/v1/me/titles/{title_id}", "delete", true),
            ("/api/v1/staff/invoices", "get", true),
            ("/api/v1/staff/invoices/{invoice_id}", "get", true),
            ("/api/v1/staff/invoices/{invoice_id}/red", "post", true),
            ("/api/v1/staff/invoices/{invoice_id}/work", "post", true),
            ("/api/v1/live", "get", true),
            ("/api/v1/bays/{bay_code}/plate", "post", false),
            ("/api/v1/bays/{bay_code}/versions", "get", true),
            ("/api/v1/bays/{bay_code}/versions", "post", true),
            ("/api/v1/bays/{bay_code}/end", "post", true),
            ("/api/v1/bays/{bay_code}/closures", "post", true),
            ("/api/v1/bays/{bay_code}/closures/lift", "post", true),
            ("/api/v1/zones", "get", true),
            ("/api/v1/zones/{zone_id}/versions", "post", true),
            ("/api/v1/devices", "get", true),
            ("/api/v1/devices", "post", true),
            ("/api/v1/devices/{device_id}", "get", true),
            ("/api/v1/devices/{device_id}/commands", "get", true),
            ("/api/v1/devices/{device_id}/commands", "post", true),
            ("/api/v1/devices/{device_id}/credential", "post", true),
            ("/api/v1/devices/{device_id}/mac-key", "post", true),
            ("/api/v1/installations", "post", true),
            ("/api/v1/installations/{installation_id}", "get", true),
            ("/api/v1/installations/{installation_id}/pass", "post", true),
            ("/api/v1/installations/{installation_id}/remove", "post", true),
            ("/api/v1/installations/{installation_id}/photo", "get", true),
            ("/api/v1/installations/{installation_id}/photo", "put", true),
            ("/api/v1/ledger/trial-balance", "get", true),
            ("/api/v1/ledger/suspense", "get", true),
            ("/api/v1/ledger/suspense/{transaction_id}", "post", true),
            ("/api/v1/ledger/statement", "get", true),
            ("/api/v1/ledger/account", "get", true),
            ("/api/v1/ledger/months/{month}/close", "post", true),
            ("/api/v1/orders/{order_id}/appeals", "post", true),
            ("/api/v1/appeals", "get", true),
            ("/api/v1/appeals/{appeal_id}", "get", true),
            ("/api/v1/appeals/{appeal_id}/withdraw", "post", true),
            ("/api/v1/staff/appeals/{appeal_id}", "get", true),
            ("/api/v1/staff/appeals/{appeal_id}/review", "post", true),
            ("/api/v1/arrears", "get", true),
            ("/api/v1/arrears/payments", "post", true),
            ("/api/v1/arrears/payments/{payment_id}", "get", true),
            ("/api/v1/prepaid", "get", true),
            ("/api/v1/prepaid/{payee_id}/moves", "get", true),
            ("/api/v1/prepaid/{payee_id}/top-ups", "post", true),
            ("/api/v1/prepaid/{payee_id}/refund", "post", true),
            ("/api/v1/orders/{order_id}/balance-payments", "post", true),
            ("/api/v1/ledger/reconciliation", "get", true),
            ("/api/v1/ledger/reconciliation/lines", "get", true),
            ("/api/v1/contacts", "get", true),
            ("/api/v1/contacts", "post", true),
            ("/api/v1/contacts/{contact_id}/withdraw", "post", true),
            ("/api/v1/staff/cases", "get", true),
            ("/api/v1/staff/cases/{case_id}", "get", true),
            ("/api/v1/staff/cases", "post", true),
            ("/api/v1/staff/cases/{case_id}/work", "post", true),
            ("/api/v1/staff/cases/{case_id}/attachments", "put", true),
            ("/api/v1/appeals/{appeal_id}/evidence", "put", true),
            ("/api/v1/staff/cases/{case_id}/attachments/{attachment_id}", "get", true),
            ("/api/v1/staff/arrears", "get", true),
            ("/api/v1/staff/orders/{order_id}/decisions", "post", true),
            ("/api/v1/staff/decisions", "get", true),
            ("/api/v1/staff/decisions/{decision_id}", "post", true),
            ("/api/v1/staff/notices", "get", true),
            ("/api/v1/staff/notices/{notice_id}", "post", true),
            ("/api/v1/staff/exemptions", "get", true),
            ("/api/v1/staff/exemptions", "post", true),
            ("/api/v1/staff/exemptions/{exemption_id}/end", "post", true),
            ("/api/v1/staff/coupons", "post", true),
            ("/api/v1/coupons", "get", true),
            ("/api/v1/orders/{order_id}/coupons", "post", true),
            ("/api/v1/passes/products", "get", false),
            ("/api/v1/passes", "get", true),
            ("/api/v1/passes", "post", true),
            ("/api/v1/passes/{pass_id}/evidence", "put", true),
            ("/api/v1/passes/{pass_id}/plate", "post", true),
            ("/api/v1/passes/{pass_id}/give-back", "post", true),
            ("/api/v1/staff/passes/products", "post", true),
            ("/api/v1/staff/passes", "get", true),
            ("/api/v1/staff/passes/{pass_id}/evidence/{evidence_id}", "get", true),
            ("/api/v1/staff/passes/{pass_id}/decision", "post", true),
            ("/api/v1/me/export", "get", true),
            ("/api/v1/me/deletion", "post", true),
            ("/api/v1/mqtt/auth", "post", false),
            ("/api/v1/mqtt/acl", "post", false),
        ] {
            let operation = &description["paths"][path][method];
            assert!(operation.is_object(), "{method} {path}");
            assert_eq!(operation["security"].is_array(), security, "{method} {path}");
            assert_eq!(
                operation["responses"]["401"].is_object(),
                security || ["sessions", "notify", "mqtt"].iter().any(|word| path.contains(word)),
                "{method} {path}"
            );
            assert!(operation["responses"]["500"].is_object(), "{method} {path}");
        }
        assert_eq!(description["paths"].as_object().unwrap().len(), 135);
    }

    #[test]
    fn every_schema_that_is_named_is_described() {
        let text = serde_json::to_string(&openapi()).unwrap();
        let description: serde_json::Value = serde_json::from_str(&text).unwrap();
        for named in text.split("#/components/schemas/").skip(1) {
            let name = named.split('"').next().unwrap();
            assert!(description["components"]["schemas"][name].is_object(), "{name}");
        }
    }

    #[test]
    fn methods_that_a_client_invents_share_one_label() {
        assert_eq!(method_name(&Method::POST), "POST");
        assert_eq!(method_name(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
