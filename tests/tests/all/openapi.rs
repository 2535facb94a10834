//! The API's own description, as the running service gives it.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{run, text};

/// Every route of version 1.
const ROUTES: &[&str] = &[
    "delete /api/v1/guidance/{guidance_id}",
    "delete /api/v1/me/titles/{title_id}",
    "delete /api/v1/me/vehicles/{vehicle_id}",
    "get /api/openapi.json",
    "get /api/v1/appeals",
    "get /api/v1/appeals/{appeal_id}",
    "get /api/v1/arrears",
    "get /api/v1/arrears/payments/{payment_id}",
    "get /api/v1/bays",
    "get /api/v1/bays/{bay_code}",
    "get /api/v1/bays/{bay_code}/hand-over",
    "get /api/v1/bays/{bay_code}/pay",
    "get /api/v1/bays/{bay_code}/pay/{payment_id}",
    "get /api/v1/bays/{bay_code}/tariff",
    "get /api/v1/bays/{bay_code}/versions",
    "get /api/v1/claims/{claim_id}",
    "get /api/v1/contacts",
    "get /api/v1/coupons",
    "get /api/v1/devices",
    "get /api/v1/devices/{device_id}",
    "get /api/v1/devices/{device_id}/commands",
    "get /api/v1/forecast",
    "get /api/v1/forecast/score",
    "get /api/v1/guidance/{guidance_id}",
    "get /api/v1/guidance/{guidance_id}/events",
    "get /api/v1/installations/{installation_id}",
    "get /api/v1/installations/{installation_id}/photo",
    "get /api/v1/invoice-links/{token}",
    "get /api/v1/invoice-links/{token}/{format}",
    "get /api/v1/invoices/{invoice_id}",
    "get /api/v1/invoices/{invoice_id}/document.xml",
    "get /api/v1/invoices/{invoice_id}/documents/{format}",
    "get /api/v1/invoices/{invoice_id}/links",
    "get /api/v1/ledger/account",
    "get /api/v1/ledger/reconciliation",
    "get /api/v1/ledger/reconciliation/lines",
    "get /api/v1/ledger/statement",
    "get /api/v1/ledger/suspense",
    "get /api/v1/ledger/trial-balance",
    "get /api/v1/live",
    "get /api/v1/map/states",
    "get /api/v1/me/consents",
    "get /api/v1/me/export",
    "get /api/v1/me/invoices",
    "get /api/v1/me/payments",
    "get /api/v1/me/titles",
    "get /api/v1/me/vehicles",
    "get /api/v1/orders",
    "get /api/v1/orders/{order_id}",
    "get /api/v1/orders/{order_id}/evidence",
    "get /api/v1/orders/{order_id}/refunds",
    "get /api/v1/passes",
    "get /api/v1/passes/products",
    "get /api/v1/places",
    "get /api/v1/prepaid",
    "get /api/v1/prepaid/{payee_id}/moves",
    "get /api/v1/quote",
    "get /api/v1/quote/picture",
    "get /api/v1/roads/closures",
    "get /api/v1/routes",
    "get /api/v1/search",
    "get /api/v1/staff/appeals/{appeal_id}",
    "get /api/v1/staff/arrears",
    "get /api/v1/staff/captures/{capture_id}/photo",
    "get /api/v1/staff/cases",
    "get /api/v1/staff/cases/{case_id}",
    "get /api/v1/staff/cases/{case_id}/attachments/{attachment_id}",
    "get /api/v1/staff/cash/ranges",
    "get /api/v1/staff/cash/shifts",
    "get /api/v1/staff/claims/{claim_id}",
    "get /api/v1/staff/decisions",
    "get /api/v1/staff/exemptions",
    "get /api/v1/staff/invoices",
    "get /api/v1/staff/invoices/{invoice_id}",
    "get /api/v1/staff/notices",
    "get /api/v1/staff/passes",
    "get /api/v1/staff/passes/{pass_id}/evidence/{evidence_id}",
    "get /api/v1/staff/refunds",
    "get /api/v1/staff/refunds/{refund_id}",
    "get /api/v1/stays/current",
    "get /api/v1/unmet-demand",
    "get /api/v1/zones",
    "get /healthz",
    "get /metrics",
    "get /tiles/layout.json",
    "get /tiles/style.json",
    "get /tiles/{layout_version}/{z}/{x}/{y}",
    "patch /api/v1/devices/{device_id}",
    "post /api/v1/appeals/{appeal_id}/withdraw",
    "post /api/v1/arrears/payments",
    "post /api/v1/bays/{bay_code}/closures",
    "post /api/v1/bays/{bay_code}/closures/lift",
    "post /api/v1/bays/{bay_code}/end",
    "post /api/v1/bays/{bay_code}/pay",
    "post /api/v1/bays/{bay_code}/plate",
    "post /api/v1/bays/{bay_code}/versions",
    "post /api/v1/claims",
    "post /api/v1/claims/{claim_id}/fix",
    "post /api/v1/contacts",
    "post /api/v1/contacts/{contact_id}/withdraw",
    "post /api/v1/devices",
    "post /api/v1/devices/{device_id}/commands",
    "post /api/v1/devices/{device_id}/commands/{command_id}/withdraw",
    "post /api/v1/devices/{device_id}/credential",
    "post /api/v1/devices/{device_id}/mac-key",
    "post /api/v1/guidance",
    "post /api/v1/installations",
    "post /api/v1/installations/{installation_id}/pass",
    "post /api/v1/installations/{installation_id}/remove",
    "post /api/v1/invoices",
    "post /api/v1/invoices/finance/notify",
    "post /api/v1/invoices/tax/notify",
    "post /api/v1/invoices/{invoice_id}/links",
    "post /api/v1/invoices/{invoice_id}/links/{link_id}/revoke",
    "post /api/v1/invoices/{invoice_id}/mails",
    "post /api/v1/ledger/months/{month}/close",
    "post /api/v1/ledger/suspense/{transaction_id}",
    "post /api/v1/me/consents",
    "post /api/v1/me/deletion",
    "post /api/v1/me/titles",
    "post /api/v1/mqtt/acl",
    "post /api/v1/mqtt/auth",
    "post /api/v1/orders/{order_id}/appeals",
    "post /api/v1/orders/{order_id}/balance-payments",
    "post /api/v1/orders/{order_id}/coupons",
    "post /api/v1/orders/{order_id}/payments",
    "post /api/v1/passes",
    "post /api/v1/passes/{pass_id}/give-back",
    "post /api/v1/passes/{pass_id}/plate",
    "post /api/v1/payments/wechat/notify",
    "post /api/v1/phone-codes",
    "post /api/v1/phone-sessions",
    "post /api/v1/prepaid/{payee_id}/refund",
    "post /api/v1/prepaid/{payee_id}/top-ups",
    "post /api/v1/roads/closures",
    "post /api/v1/roads/closures/{closure_id}/end",
    "post /api/v1/routes/matrix",
    "post /api/v1/sessions",
    "post /api/v1/sessions/end",
    "post /api/v1/sessions/renewal",
    "post /api/v1/staff/appeals/{appeal_id}/review",
    "post /api/v1/staff/captures",
    "post /api/v1/staff/captures/batch",
    "post /api/v1/staff/cases",
    "post /api/v1/staff/cases/{case_id}/work",
    "post /api/v1/staff/cash/deposits",
    "post /api/v1/staff/cash/ranges",
    "post /api/v1/staff/cash/receipts",
    "post /api/v1/staff/cash/shifts",
    "post /api/v1/staff/cash/shifts/{shift_id}/count",
    "post /api/v1/staff/cash/shifts/{shift_id}/hand-in",
    "post /api/v1/staff/claims/{claim_id}/fix",
    "post /api/v1/staff/coupons",
    "post /api/v1/staff/coupons/{coupon_id}/void",
    "post /api/v1/staff/decisions/{decision_id}",
    "post /api/v1/staff/exemptions",
    "post /api/v1/staff/exemptions/{exemption_id}/end",
    "post /api/v1/staff/invoices/{invoice_id}/red",
    "post /api/v1/staff/invoices/{invoice_id}/work",
    "post /api/v1/staff/notices/{notice_id}",
    "post /api/v1/staff/orders/{order_id}/decisions",
    "post /api/v1/staff/orders/{order_id}/increase",
    "post /api/v1/staff/orders/{order_id}/refunds",
    "post /api/v1/staff/passes/products",
    "post /api/v1/staff/passes/products/{product_id}/end",
    "post /api/v1/staff/passes/{pass_id}/decision",
    "post /api/v1/staff/passes/{pass_id}/plate",
    "post /api/v1/staff/plate-readings",
    "post /api/v1/staff/refunds/{refund_id}/cash",
    "post /api/v1/staff/refunds/{refund_id}/confirm",
    "post /api/v1/staff/refunds/{refund_id}/transfer",
    "post /api/v1/staff/sessions",
    "post /api/v1/staff/visits/{visit_id}/bays",
    "post /api/v1/staff/visits/{visit_id}/vehicle",
    "post /api/v1/zones/{zone_id}/versions",
    "put /api/v1/appeals/{appeal_id}/evidence",
    "put /api/v1/guidance/{guidance_id}",
    "put /api/v1/installations/{installation_id}/photo",
    "put /api/v1/me/titles/{title_id}",
    "put /api/v1/me/vehicles",
    "put /api/v1/passes/{pass_id}/evidence",
    "put /api/v1/staff/captures/{capture_id}/photo",
    "put /api/v1/staff/cases/{case_id}/attachments",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_openapi_3_1_and_lists_exactly_the_routes() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let description = town.api.get("/api/openapi.json", None).await.expect(200).json();
    let version = description["openapi"].as_str().unwrap();
    assert!(version.starts_with("3.1."), "{version}");
    let paths = description["paths"].as_object().unwrap();
    let listed: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    let expected: BTreeSet<String> = ROUTES.iter().map(|route| (*route).to_owned()).collect();
    assert_eq!(listed, expected);
    // What is listed is there: each route answers something else than "there is nothing here".
    for route in ROUTES.iter().filter_map(|r| r.strip_prefix("get ")) {
        let path = route.replace("{bay_code}", "TS01").replace("{invoice_id}", "x");
        if path != "/api/v1/live" {
            let answer = town.api.get(&path, None).await;
            assert!(!answer.text.contains("route_unknown"), "{route}: {}", answer.text);
        }
    }
    let printed = run("gateway", &["openapi"]);
    let printed: serde_json::Value = serde_json::from_str(&text(&printed.stdout)).unwrap();
    assert_eq!(printed["paths"], description["paths"]);
    town.finish().await;
}

/// Generators of clients make a function of each: of two with one name there would be one.
#[test]
fn every_operation_has_a_name_of_its_own() {
    let printed = run("gateway", &["openapi"]);
    let description: serde_json::Value = serde_json::from_str(&text(&printed.stdout)).unwrap();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            places.entry(name).or_default().push(format!("{method} {path}"));
        }
    }
    assert_eq!(places.values().map(Vec::len).sum::<usize>(), ROUTES.len());
    places.retain(|name, of| name.is_empty() || of.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

/// Clients decide by the status what to do, and by the code what to say.
#[test]
fn a_code_has_the_same_status_wherever_it_is_answered() {
    let printed = run("gateway", &["openapi"]);
    let description: serde_json::Value = serde_json::from_str(&text(&printed.stdout)).unwrap();
    let mut statuses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operations in description["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            let refused = operation["responses"].as_object().unwrap().iter();
            for (status, response) in refused.filter(|(status, _)| status.as_str() >= "400") {
                // Codes stand between backticks.
                let told = response["description"].as_str().unwrap_or_default();
                for code in told.split('`').skip(1).step_by(2) {
                    statuses.entry(code.to_owned()).or_default().insert(status.clone());
                }
            }
        }
    }
    assert!(statuses.len() > 150, "codes were found: {}", statuses.len());
    statuses.retain(|_, of| of.len() > 1);
    assert!(statuses.is_empty(), "{statuses:#?}");
}
