//! What comes after the number: callbacks, the platform's own XML, red invoices under a form, a lost login, and the
//! treasury's platform.

use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::shop::{Shop, open_shop};
use crate::tax::{PATH, call, invoice, poll, signature, wait_for};

async fn issue(shop: &Shop, body: &Value) -> Value {
    let (status, accepted) = call(shop, Method::POST, PATH, body.to_string()).await;
    assert_eq!(status, 202, "{accepted}");
    let request_no = body["request_no"].as_str().unwrap();
    poll(shop, request_no, &["accepted", "issuing", "issued"]).await
}

/// 1.00 yuan of the nine taken back: 8.26 + 0.74 less 7.34 + 0.66 of the 8.00 that stay.
fn red(request_no: &str, original: &Value, confirmation_no: &Value) -> Value {
    let mut red = invoice(request_no);
    red["kind"] = json!("red");
    red["red"] = json!({"original": original, "confirmation_no": confirmation_no});
    for place in ["/lines/0", "/totals"] {
        let amounts = red.pointer_mut(place).unwrap();
        amounts["net"] = json!("-0.92");
        amounts["tax"] = json!("-0.08");
        amounts["gross"] = json!("-1.00");
    }
    red
}

async fn apply(shop: &Shop, request_no: &str, original: &Value, gross: &str) -> (u16, Value) {
    let form = json!({"request_no": request_no, "original": original, "reason": "服务中止", "gross": gross});
    call(shop, Method::POST, "/tax/v1/red-forms", form.to_string()).await
}

async fn form(shop: &Shop, request_no: &str) -> Value {
    let path = format!("/tax/v1/red-forms/{request_no}");
    call(shop, Method::GET, &path, String::new()).await.1
}

#[tokio::test]
async fn a_callback_tells_of_the_number_and_of_the_document_and_is_signed() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[500]).await;
    let mut wanted = invoice("inv-1");
    wanted["notify_url"] = json!(receiver.url);
    issue(&shop, &wanted).await;
    let mut events = Vec::new();
    for _ in 0..3 {
        let received = receiver.next().await;
        let header = |name: &str| received.headers[name].to_str().unwrap();
        let start = format!("POST\n/notify\n{}\n{}\n", header("x-timestamp"), header("x-nonce"));
        let expected =
            signature(shop.merchant.app("tax_app_secret"), &format!("{start}{}", received.body));
        assert_eq!(header("x-sign"), expected);
        let told: Value = serde_json::from_str(&received.body).unwrap();
        assert_eq!(told["request_no"], "inv-1");
        events.push(told["event"].as_str().unwrap().to_owned());
    }
    events.sort();
    assert_eq!(events, ["document_ready", "issued", "issued"], "one that is refused comes again");
}

#[tokio::test]
async fn the_document_is_the_platforms_own_xml_and_nothing_else_is_offered() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"tax": "document_late", "tax_late_ms": 60_000})).await;
    call(&shop, Method::POST, PATH, invoice("late").to_string()).await;
    let (status, body) =
        call(&shop, Method::GET, &format!("{PATH}/late/document/xml"), String::new()).await;
    assert_eq!((status, &body["code"]), (409, &json!("DOCUMENT_NOT_READY")));
    shop.trouble(json!({"tax": "normal"})).await;
    let issued = issue(&shop, &invoice("inv-1")).await;
    let xml = wait_for(&shop, &format!("{PATH}/inv-1/document/xml")).await;
    for part in [
        &format!("<EIid>{}</EIid>", issued["invoice_number"].as_str().unwrap()),
        "<LabelCode>Y</LabelCode>",
        "<TotalTax-includedAmount>9.00</TotalTax-includedAmount>",
        "<TotalTax-includedAmountInChinese>玖圆整</TotalTax-includedAmountInChinese>",
        "<BuyerName>白银某某商贸有限公司</BuyerName>",
        "<TaxRate>0.090000</TaxRate>",
        "<ComTaxAm>0.740000</ComTaxAm>",
    ] {
        assert!(xml.contains(part), "{part} is not in\n{xml}");
    }
    let (status, body) =
        call(&shop, Method::GET, &format!("{PATH}/inv-1/document/pdf"), String::new()).await;
    assert_eq!((status, &body["code"]), (404, &json!("FORMAT_NOT_OFFERED")));
}

#[tokio::test]
async fn a_red_invoice_needs_a_confirmed_form_over_the_same_amount_and_uses_it_up() {
    let (_server, shop) = open_shop().await;
    let blue = issue(&shop, &invoice("inv-1")).await;
    let number = &blue["invoice_number"];
    let refused = async |body: Value, code: &str| {
        let (status, answer) = call(&shop, Method::POST, PATH, body.to_string()).await;
        assert_eq!((status, &answer["code"]), (422, &json!(code)), "{answer}");
    };
    refused(red("r1", number, &json!("1")), "CONFIRMATION_UNKNOWN").await;
    let (status, applied) = apply(&shop, "f1", number, "-1.00").await;
    assert_eq!((status, &applied["status"]), (202, &json!("confirmed")));
    assert_eq!(apply(&shop, "f1", number, "-1.00").await.1, applied, "a repeat is the same form");
    assert_eq!(apply(&shop, "f1", number, "-2.00").await.0, 409);
    let confirmation = &applied["confirmation_no"];
    assert_eq!(confirmation.as_str().unwrap().len(), 20);
    let mut more = red("r1", number, confirmation);
    for place in ["/lines/0", "/totals"] {
        let amounts = more.pointer_mut(place).unwrap();
        (amounts["net"], amounts["tax"], amounts["gross"]) =
            (json!("-1.83"), json!("-0.17"), json!("-2.00"));
    }
    refused(more, "CONFIRMATION_DIFFERS").await;
    let red_one = issue(&shop, &red("r1", number, confirmation)).await;
    assert_ne!(&red_one["invoice_number"], number);
    refused(red("r2", number, confirmation), "CONFIRMATION_USED").await;
    let (_, again) =
        call(&shop, Method::POST, PATH, red("r1", number, confirmation).to_string()).await;
    assert_eq!(again["serial_no"], red_one["serial_no"], "a repeat is the same red invoice");
    // 9.00 less 1.00: 8.00 are left.
    let (status, body) = apply(&shop, "f2", number, "-8.01").await;
    assert_eq!((status, &body["code"]), (422, &json!("MORE_THAN_BLUE")));
    assert_eq!(apply(&shop, "f3", number, "-8.00").await.0, 202);
    let (status, body) = apply(&shop, "f4", number, "-0.01").await;
    assert_eq!((status, &body["code"]), (422, &json!("MORE_THAN_BLUE")), "f3 was promised all");
    let (status, body) = apply(&shop, "f5", &json!("1"), "-1.00").await;
    assert_eq!((status, &body["code"]), (422, &json!("ORIGINAL_UNKNOWN")));
}

#[tokio::test]
async fn a_buyer_who_has_used_an_invoice_has_the_last_word() {
    let (_server, shop) = open_shop().await;
    let blue = issue(&shop, &invoice("inv-1")).await;
    let number = blue["invoice_number"].as_str().unwrap();
    shop.plain_post(&format!("/sandbox/tax/invoices/{number}/use"), &json!({})).await;
    for (request_no, confirms, status) in [("f1", false, "refused"), ("f2", true, "confirmed")] {
        let applied = apply(&shop, request_no, &blue["invoice_number"], "-1.00").await.1;
        assert_eq!(applied["status"], "waits_for_buyer");
        assert!(applied.get("confirmation_no").is_none());
        let said = json!({"confirms": confirms});
        shop.plain_post(&format!("/sandbox/tax/red-forms/{request_no}"), &said).await;
        assert_eq!(form(&shop, request_no).await["status"], status);
    }
    shop.trouble(json!({"red": "used"})).await;
    let other = issue(&shop, &invoice("inv-2")).await;
    let applied = apply(&shop, "f3", &other["invoice_number"], "-1.00").await.1;
    assert_eq!(applied["status"], "waits_for_buyer");
}

#[tokio::test]
async fn nothing_is_done_while_the_login_is_lost() {
    let (_server, shop) = open_shop().await;
    shop.trouble(json!({"tax_login": "lost"})).await;
    let (status, body) = call(&shop, Method::POST, PATH, invoice("inv-1").to_string()).await;
    assert_eq!((status, &body["code"]), (403, &json!("LOGIN_LOST")));
    shop.trouble(json!({"tax_login": "ok"})).await;
    let (status, body) = call(&shop, Method::GET, &format!("{PATH}/inv-1"), String::new()).await;
    assert_eq!((status, &body["code"]), (404, &json!("REQUEST_NOT_FOUND")));
}

#[tokio::test]
async fn an_invoice_can_fail_to_be_signed_or_be_made_void() {
    let (_server, shop) = open_shop().await;
    for (trouble, numbered) in [("sign_failed", true), ("void", true), ("reject", false)] {
        shop.trouble(json!({"tax": trouble})).await;
        call(&shop, Method::POST, PATH, invoice(trouble).to_string()).await;
        let ended = poll(&shop, trouble, &["accepted", "issuing"]).await;
        let status = if trouble == "reject" { "rejected" } else { trouble };
        assert_eq!(ended["status"], status);
        assert_eq!(ended["invoice_number"].is_string(), numbered, "{trouble}");
    }
}

#[tokio::test]
async fn the_treasury_issues_bills_and_reverses_them_without_a_form() {
    const BILLS: &str = "/finance/v1/bills";
    let (_server, shop) = open_shop().await;
    let bill = |request_no: &str, amount: &str| {
        json!({
            "request_no": request_no, "payer": {"name": "张三"}, "payee": {"name": "白银停车管理中心"},
            "lines": [{"item_code": "-", "name": "机动车停放服务费", "amount": amount}],
            "total": amount, "remark": "",
        })
    };
    let ask = async |body: &Value| call(&shop, Method::POST, BILLS, body.to_string()).await;
    assert_eq!(ask(&bill("b1", "9.00")).await.0, 202);
    let issued = loop {
        let (_, shown) = call(&shop, Method::GET, &format!("{BILLS}/b1"), String::new()).await;
        if shown["status"] == "document_ready" {
            break shown;
        }
    };
    let number = issued["invoice_number"].as_str().unwrap();
    assert!(number.len() == 18 && issued["check_code"].as_str().unwrap().len() == 6, "{issued}");
    // Of another office, and of another amount than its lines.
    let (status, _) = call(&shop, Method::GET, &format!("{PATH}/b1"), String::new()).await;
    assert_eq!(status, 404);
    let mut wrong = bill("b2", "9.00");
    wrong["total"] = json!("9.01");
    assert_eq!(ask(&wrong).await.1["code"], "TOTALS_MISMATCH");
    let mut reversal = bill("b3", "-9.00");
    reversal["red"] = json!({"original": number, "reason": "服务中止"});
    assert_eq!(ask(&reversal).await.0, 202);
    reversal["request_no"] = json!("b4");
    assert_eq!(ask(&reversal).await.1["code"], "MORE_THAN_BLUE");
}
