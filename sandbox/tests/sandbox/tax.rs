//! The tax platform.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::merchant::{Merchant, now_s, parse};
use crate::server::{Program, folder_with_keys};
use crate::shop::{Shop, open_shop};

pub(crate) const PATH: &str = "/tax/v1/invoices";

/// 9.00 yuan at 9 %: 8.26 + 0.74, as on a real parking invoice of 2026.
pub(crate) fn invoice(request_no: &str) -> Value {
    json!({
        "request_no": request_no,
        "buyer": {"name": "白银某某商贸有限公司", "tax_id": "91620400MA7XXXXX0A"},
        "seller": {"name": "白银停车样例公司", "tax_id": "91620400MA7XXXXX1B"},
        "lines": [{
            "name": "*生产生活服务*车辆停放服务", "tax_code": "3040502020200000000",
            "rate": "0.09", "net": "8.26", "tax": "0.74", "gross": "9.00",
        }],
        "totals": {"net": "8.26", "tax": "0.74", "gross": "9.00"},
        "remark": "甘D12345 2026-09-15 08:00–10:00",
    })
}

pub(crate) fn signature(secret: &str, text: &str) -> String {
    let key = PKey::hmac(secret.as_bytes()).expect("a key");
    let mut signer = Signer::new(MessageDigest::sha256(), &key).expect("HMAC-SHA256");
    hex::encode_upper(signer.sign_oneshot_to_vec(text.as_bytes()).expect("it signs"))
}

async fn send(
    shop: &Shop,
    method: Method,
    path: &str,
    body: String,
    headers: [(&str, &str); 4],
) -> (u16, Value) {
    let mut request = shop.merchant.http.request(method, format!("{}{path}", shop.base)).body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.expect("the sandbox answers");
    (answer.status().as_u16(), parse(&answer.text().await.expect("a body")))
}

pub(crate) async fn call(shop: &Shop, method: Method, path: &str, body: String) -> (u16, Value) {
    let at = now_s().to_string();
    let text = format!("{method}\n{path}\n{at}\nnonce-0001\n{body}");
    let sign = signature(shop.merchant.app("tax_app_secret"), &text);
    let headers = [
        ("X-App-Key", shop.merchant.app("tax_app_key")),
        ("X-Timestamp", &at),
        ("X-Nonce", "nonce-0001"),
        ("X-Sign", &sign),
    ];
    send(shop, method, path, body, headers).await
}

async fn ask(shop: &Shop, invoice: &Value) -> (u16, Value) {
    call(shop, Method::POST, PATH, invoice.to_string()).await
}

/// Polls until the status is no longer one of `passing`.
pub(crate) async fn poll(shop: &Shop, request_no: &str, passing: &[&str]) -> Value {
    loop {
        let (status, body) =
            call(shop, Method::GET, &format!("{PATH}/{request_no}"), String::new()).await;
        assert_eq!(status, 200, "{body}");
        if !passing.contains(&body["status"].as_str().expect("a status")) {
            return body;
        }
    }
}

/// The text at a path, once it is there.
pub(crate) async fn wait_for(shop: &Shop, path: &str) -> String {
    loop {
        let at = now_s().to_string();
        let sign = signature(
            shop.merchant.app("tax_app_secret"),
            &format!("GET\n{path}\n{at}\nnonce-0001\n"),
        );
        let request = shop.merchant.http.get(format!("{}{path}", shop.base));
        let request = request
            .header("X-App-Key", shop.merchant.app("tax_app_key"))
            .header("X-Timestamp", &at)
            .header("X-Nonce", "nonce-0001")
            .header("X-Sign", &sign);
        let answer = request.send().await.expect("the sandbox answers");
        if answer.status().is_success() {
            return answer.text().await.expect("a body");
        }
    }
}

#[tokio::test]
async fn an_invoice_is_accepted_then_issued_with_a_number_then_has_its_document() {
    let (_server, shop) = open_shop().await;
    let (status, accepted) = ask(&shop, &invoice("inv-1")).await;
    assert_eq!((status, &accepted["status"]), (202, &json!("accepted")), "{accepted}");

    let mut issued = poll(&shop, "inv-1", &["accepted", "issuing"]).await;
    assert_eq!(issued["serial_no"], accepted["serial_no"]);
    let number = issued["invoice_number"].as_str().unwrap();
    assert_eq!((number.len(), &number[..4]), (20, "2662"));
    let issued_at = issued["issued_at"].as_str().unwrap();
    assert!(issued_at.starts_with("2026-09-15T") && issued_at.ends_with("+08:00"), "{issued_at}");

    let ready = poll(&shop, "inv-1", &["accepted", "issuing", "issued"]).await;
    assert_eq!(ready["status"], "document_ready");
    // A slow test may have seen the last status at once.
    issued["status"] = json!("document_ready");
    assert_eq!(ready, issued, "nothing else changes");

    ask(&shop, &invoice("inv-2")).await;
    let second = poll(&shop, "inv-2", &["accepted", "issuing"]).await;
    assert_ne!(second["invoice_number"], issued["invoice_number"]);
}

#[tokio::test]
async fn the_same_request_is_one_invoice_and_another_body_is_refused() {
    let (_server, shop) = open_shop().await;
    let first = ask(&shop, &invoice("inv-1")).await;
    assert_eq!(ask(&shop, &invoice("inv-1")).await, first);
    let mut other = invoice("inv-1");
    other["remark"] = json!("另一张");
    let (status, body) = ask(&shop, &other).await;
    assert_eq!((status, &body["code"]), (409, &json!("REQUEST_NO_USED")));
    let (status, body) = call(&shop, Method::GET, &format!("{PATH}/inv-9"), String::new()).await;
    assert_eq!((status, &body["code"]), (404, &json!("REQUEST_NOT_FOUND")));
}

#[tokio::test]
async fn an_invoice_that_does_not_add_up_is_refused_with_the_reason() {
    let (_server, shop) = open_shop().await;
    let rows = [
        ("/lines/0/tax", json!("0.75"), 422, "LINE_SUM_MISMATCH"),
        ("/lines/0/rate", json!("0.06"), 422, "LINE_TAX_MISMATCH"),
        ("/totals/net", json!("8.27"), 422, "TOTALS_MISMATCH"),
        ("/totals/gross", json!("0.00"), 422, "FIELD_INVALID"),
        ("/lines/0/net", json!("8.260"), 422, "FIELD_INVALID"),
        ("/lines/0/rate", json!("0.08"), 422, "FIELD_INVALID"),
        ("/lines/0/tax_code", json!("30405020202"), 422, "FIELD_INVALID"),
        ("/lines", json!([]), 422, "FIELD_INVALID"),
        ("/buyer/name", json!(" "), 422, "FIELD_INVALID"),
        ("/buyer/tax_id", json!("91-62"), 422, "FIELD_INVALID"),
        ("/seller/tax_id", Value::Null, 422, "FIELD_INVALID"),
        ("/request_no", json!("a/b"), 422, "FIELD_INVALID"),
        ("/totals", json!(9), 400, "PARAM_ERROR"),
    ];
    for (place, value, status, code) in rows {
        let mut wrong = invoice("inv-1");
        *wrong.pointer_mut(place).expect("it is there") = value.clone();
        let (got, body) = ask(&shop, &wrong).await;
        assert_eq!((got, &body["code"]), (status, &json!(code)), "{place} = {value}: {body}");
    }
    let (status, body) = call(&shop, Method::POST, PATH, "{".to_owned()).await;
    assert_eq!((status, &body["code"]), (400, &json!("PARAM_ERROR")));
    let (status, body) = call(&shop, Method::POST, PATH, "x".repeat(300_000)).await;
    assert_eq!((status, &body["code"]), (413, &json!("TOO_LARGE")));
}

#[tokio::test]
async fn a_request_without_a_holding_signature_is_refused() {
    let (_server, shop) = open_shop().await;
    let at = now_s().to_string();
    let late = (now_s() - 310).to_string();
    let app_key = shop.merchant.app("tax_app_key");
    let sign = |at: &str| {
        let text = format!("POST\n{PATH}\n{at}\nnonce-0001\n{}", invoice("inv-1"));
        signature(shop.merchant.app("tax_app_secret"), &text)
    };
    let (right, late_sign, lower) = (sign(&at), sign(&late), sign(&at).to_lowercase());
    let rows = [
        ([app_key, &at, "nonce-0001", &right], 202),
        (["other", &at, "nonce-0001", &right], 401),
        ([app_key, &late, "nonce-0001", &late_sign], 401),
        ([app_key, "soon", "nonce-0001", &right], 401),
        ([app_key, &at, "nonce-0002", &right], 401),
        ([app_key, &at, "n", &right], 401),
        ([app_key, &at, "nonce-0001", &lower], 401),
        ([app_key, &at, "nonce-0001", ""], 401),
    ];
    for ([key, at, nonce, sign], expected) in rows {
        let headers =
            [("X-App-Key", key), ("X-Timestamp", at), ("X-Nonce", nonce), ("X-Sign", sign)];
        let body = invoice("inv-1").to_string();
        let (status, body) = send(&shop, Method::POST, PATH, body, headers).await;
        assert_eq!(status, expected, "{headers:?}: {body}");
        assert!(status == 202 || body["code"] == "SIGN_ERROR", "{body}");
    }
}

#[tokio::test]
async fn an_invoice_can_be_rejected_on_purpose() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"tax": "reject"})).await;
    ask(&shop, &invoice("inv-1")).await;
    shop.trouble(json!({"tax": "normal"})).await;
    let rejected = poll(&shop, "inv-1", &["accepted", "issuing"]).await;
    assert_eq!(rejected["status"], "rejected");
    assert!(rejected["reject_reason"].is_string() && rejected.get("invoice_number").is_none());
}

#[tokio::test]
async fn an_invoice_accepted_before_a_kill_is_issued_after_it() {
    let folder = folder_with_keys();
    let program = Program::start(folder.path()).await;
    let merchant = Merchant::read(folder.path());
    let mut shop = Shop { base: program.base.clone(), merchant };
    let accepted = ask(&shop, &invoice("inv-1")).await;
    program.kill();

    let program = Program::start(folder.path()).await;
    shop.base.clone_from(&program.base);
    let first = poll(&shop, "inv-1", &["accepted", "issuing", "issued"]).await;
    assert_eq!(first["serial_no"], accepted.1["serial_no"]);
    assert_eq!(ask(&shop, &invoice("inv-1")).await, accepted);
    ask(&shop, &invoice("inv-2")).await;
    let second = poll(&shop, "inv-2", &["accepted", "issuing"]).await;
    assert_ne!(second["invoice_number"], first["invoice_number"]);
}
