//! What the description of the API says of itself: every route, every error, every schema.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

/// Every operation, and whether one has to be signed in for it.
const OPERATIONS: &[(&str, &str, bool)] = &[
    ("/healthz", "get", false),
    ("/metrics", "get", false),
    ("/api/openapi.json", "get", false),
    ("/api/v1/bays", "get", false),
    ("/api/v1/bays/{bay_code}", "get", false),
    ("/api/v1/forecast", "get", false),
    ("/api/v1/forecast/score", "get", false),
    ("/api/v1/bays/{bay_code}/hand-over", "get", false),
    ("/api/v1/places", "get", false),
    ("/api/v1/map/states", "get", false),
    ("/tiles/style.json", "get", false),
    ("/tiles/layout.json", "get", false),
    ("/tiles/{layout_version}/{z}/{x}/{y}", "get", false),
    ("/api/v1/quote", "get", false),
    ("/api/v1/search", "get", false),
    ("/api/v1/unmet-demand", "get", true),
    ("/api/v1/routes", "get", false),
    ("/api/v1/routes/matrix", "post", false),
    ("/api/v1/guidance", "post", false),
    ("/api/v1/guidance/{guidance_id}", "get", false),
    ("/api/v1/guidance/{guidance_id}", "put", false),
    ("/api/v1/guidance/{guidance_id}", "delete", false),
    ("/api/v1/guidance/{guidance_id}/events", "get", false),
    ("/api/v1/roads/closures", "get", true),
    ("/api/v1/roads/closures", "post", true),
    ("/api/v1/roads/closures/{closure_id}/end", "post", true),
    ("/api/v1/quote/picture", "get", false),
    ("/api/v1/bays/{bay_code}/tariff", "get", false),
    ("/api/v1/sessions", "post", false),
    ("/api/v1/phone-codes", "post", false),
    ("/api/v1/phone-sessions", "post", false),
    ("/api/v1/sessions/renewal", "post", true),
    ("/api/v1/sessions/end", "post", true),
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
    ("/api/v1/orders/{order_id}/evidence", "get", true),
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
    ("/api/v1/me/consents", "get", true),
    ("/api/v1/me/consents", "post", true),
    ("/api/v1/me/invoices", "get", true),
    ("/api/v1/me/payments", "get", true),
    ("/api/v1/me/vehicles", "get", true),
    ("/api/v1/me/vehicles", "put", true),
    ("/api/v1/me/vehicles/{vehicle_id}", "delete", true),
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
    ("/api/v1/bays/{bay_code}/pay", "get", false),
    ("/api/v1/bays/{bay_code}/pay", "post", false),
    ("/api/v1/bays/{bay_code}/pay/{payment_id}", "get", false),
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
    ("/api/v1/devices/{device_id}/commands/{command_id}/withdraw", "post", true),
    ("/api/v1/devices/{device_id}/credential", "post", true),
    ("/api/v1/devices/{device_id}/mac-key", "post", true),
    ("/api/v1/devices/{device_id}", "patch", true),
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
    ("/api/v1/staff/cash/deposits", "post", true),
    ("/api/v1/staff/cash/ranges", "get", true),
    ("/api/v1/staff/cash/ranges", "post", true),
    ("/api/v1/staff/cash/receipts", "post", true),
    ("/api/v1/staff/cash/shifts", "get", true),
    ("/api/v1/staff/cash/shifts", "post", true),
    ("/api/v1/staff/cash/shifts/{shift_id}/count", "post", true),
    ("/api/v1/staff/cash/shifts/{shift_id}/hand-in", "post", true),
    ("/api/v1/staff/arrears", "get", true),
    ("/api/v1/staff/orders/{order_id}/decisions", "post", true),
    ("/api/v1/staff/orders/{order_id}/refunds", "post", true),
    ("/api/v1/staff/decisions", "get", true),
    ("/api/v1/staff/decisions/{decision_id}", "post", true),
    ("/api/v1/staff/notices", "get", true),
    ("/api/v1/staff/notices/{notice_id}", "post", true),
    ("/api/v1/staff/exemptions", "get", true),
    ("/api/v1/staff/exemptions", "post", true),
    ("/api/v1/staff/exemptions/{exemption_id}/end", "post", true),
    ("/api/v1/staff/coupons", "post", true),
    ("/api/v1/staff/coupons/{coupon_id}/void", "post", true),
    ("/api/v1/coupons", "get", true),
    ("/api/v1/orders/{order_id}/coupons", "post", true),
    ("/api/v1/orders/{order_id}/refunds", "get", true),
    ("/api/v1/passes/products", "get", false),
    ("/api/v1/passes", "get", true),
    ("/api/v1/passes", "post", true),
    ("/api/v1/passes/{pass_id}/evidence", "put", true),
    ("/api/v1/passes/{pass_id}/plate", "post", true),
    ("/api/v1/passes/{pass_id}/give-back", "post", true),
    ("/api/v1/staff/passes/products", "post", true),
    ("/api/v1/staff/passes/products/{product_id}/end", "post", true),
    ("/api/v1/staff/passes", "get", true),
    ("/api/v1/staff/passes/{pass_id}/evidence/{evidence_id}", "get", true),
    ("/api/v1/staff/passes/{pass_id}/decision", "post", true),
    ("/api/v1/staff/passes/{pass_id}/plate", "post", true),
    ("/api/v1/staff/refunds", "get", true),
    ("/api/v1/staff/refunds/{refund_id}", "get", true),
    ("/api/v1/staff/refunds/{refund_id}/cash", "post", true),
    ("/api/v1/staff/refunds/{refund_id}/confirm", "post", true),
    ("/api/v1/staff/refunds/{refund_id}/transfer", "post", true),
    ("/api/v1/me/export", "get", true),
    ("/api/v1/me/deletion", "post", true),
    ("/api/v1/mqtt/auth", "post", false),
    ("/api/v1/mqtt/acl", "post", false),
];

#[test]
fn the_description_has_every_route_every_error_and_the_way_to_sign_in() {
    let description = serde_json::to_value(openapi()).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    for (path, method, security) in OPERATIONS {
        let operation = &description["paths"][path][method];
        assert!(operation.is_object(), "{method} {path}");
        assert_eq!(operation["security"].is_array(), *security, "{method} {path}");
        // Whoever pays from the mini-program without signing in sends WeChat's code, which may be refused.
        let by_code = (*method, *path) == ("post", "/api/v1/bays/{bay_code}/pay");
        let by_word = ["sessions", "notify", "mqtt"].iter().any(|word| path.contains(word));
        assert_eq!(
            operation["responses"]["401"].is_object(),
            *security || by_word || by_code,
            "{method} {path}"
        );
        assert!(operation["responses"]["500"].is_object(), "{method} {path}");
    }
    let listed: BTreeSet<(&str, &str)> = OPERATIONS.iter().map(|(p, m, _)| (*p, *m)).collect();
    let paths = description["paths"].as_object().unwrap();
    let described = paths.iter().flat_map(|(path, operations)| {
        operations.as_object().unwrap().keys().map(move |method| (path.as_str(), method.as_str()))
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), listed);
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

/// Bodies of others' programs, which may send more than is read.
const OTHERS: [&str; 2] = ["/api/v1/mqtt/auth", "/api/v1/mqtt/acl"];

#[test]
fn every_body_of_a_command_refuses_what_it_does_not_know() {
    let description = serde_json::to_value(openapi()).unwrap();
    let own = OPERATIONS.iter().filter(|(path, ..)| !OTHERS.contains(path));
    let mut seen = 0;
    for (path, method, _) in own {
        let content = &description["paths"][path][method]["requestBody"]["content"];
        let schema = &content["application/json"]["schema"];
        let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) else {
            continue;
        };
        let body = &description["components"]["schemas"][name];
        assert_eq!(body["additionalProperties"], false, "{method} {path}: {name}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

/// Of two types of one name the description would have one, and say something else than the truth of the other.
#[test]
fn no_two_types_of_the_api_have_one_name() {
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for name in described_types(&std::fs::read_to_string(&path).unwrap()) {
                    types.entry(name).or_default().push(path.display().to_string());
                }
            }
        }
    }
    assert!(types.len() > 100, "{types:?}");
    types.retain(|_, files| files.len() > 1);
    assert!(types.is_empty(), "{types:#?}");
}

/// The types of a source file that stand in the description.
fn described_types(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_described = false;
    for line in source.lines() {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        if line.starts_with("#[derive(") {
            is_described = words.contains(&"ToSchema");
        } else if !line.starts_with([' ', '/', '#'])
            && let Some(place) = words.iter().position(|w| *w == "struct" || *w == "enum")
        {
            let name = words.get(place + 1).filter(|_| is_described);
            found.extend(name.map(|name| (*name).to_owned()));
            is_described = false;
        }
    }
    found
}
