//! Platform certificates that change: published, then used, then withdrawn.

use openssl::pkey::{PKey, Public};
use openssl::x509::X509;
use reqwest::Method;
use serde_json::{Value, json};

use crate::merchant::now_s;
use crate::receiver::Receiver;
use crate::shop::{Shop, open_shop};

/// The certificates that a merchant reads: serial and key. Their signature is left to the caller.
async fn published(shop: &Shop) -> Vec<(String, PKey<Public>)> {
    let path = "/v3/certificates";
    let authorization = shop.merchant.authorization("GET", path, "", now_s());
    let request = shop.merchant.http.request(Method::GET, format!("{}{path}", shop.base));
    let answer = request
        .header("authorization", authorization)
        .header("accept", "application/json")
        .header("user-agent", "bowei-test")
        .send()
        .await
        .unwrap();
    let body: Value = answer.json().await.unwrap();
    let certificates = body["data"].as_array().unwrap().iter().map(|one| {
        let pem = shop.merchant.unseal_text(&one["encrypt_certificate"]);
        let certificate = X509::from_pem(pem.as_bytes()).unwrap();
        let serial = certificate.serial_number().to_bn().unwrap().to_hex_str().unwrap().to_string();
        assert_eq!(one["serial_no"], serial);
        (serial, certificate.public_key().unwrap())
    });
    certificates.collect()
}

async fn step(shop: &Shop, step: &str) -> Value {
    let (status, body) = shop.plain_post("/sandbox/certificates", &json!({"step": step})).await;
    assert_eq!(status, 200, "{step}: {body}");
    body
}

#[tokio::test]
async fn a_new_certificate_is_published_before_it_signs_and_the_old_one_goes_after() {
    let (_server, shop) = open_shop().await;
    let first = published(&shop).await;
    assert_eq!(first.len(), 1);
    let shown = step(&shop, "publish").await;
    assert_eq!(shown["signing"], first[0].0, "the old one still signs");
    let both = published(&shop).await;
    assert_eq!(both.len(), 2);
    assert!(!both[1].1.public_eq(&both[0].1), "the new one has a key of its own");

    assert_eq!(step(&shop, "sign").await["signing"], both[1].0);
    assert_eq!(published(&shop).await.len(), 2, "the old one is still published");
    let shown = step(&shop, "withdraw").await;
    assert_eq!(shown["published"], json!([both[1].0]));
    let (status, _) = shop.plain_post("/sandbox/certificates", &json!({"step": "lose"})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn notifications_are_signed_with_the_certificate_that_signs_if_so_wanted() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    step(&shop, "publish").await;
    step(&shop, "sign").await;
    step(&shop, "notices_by_certificate").await;
    // Answers to a merchant who names the public key are signed with its partner all the same.
    let id = shop.merchant.platform_key_id.clone();
    let newest = published(&shop).await.pop().unwrap();
    let prepay = sell_naming(&shop, &receiver.url, &id).await;
    let (status, _) = shop.pay(&shop.pay_call(&prepay)).await;
    assert_eq!(status, 200);
    let received = receiver.next().await;
    assert_eq!(received.headers["wechatpay-serial"], newest.0.as_str());
    let signed = crate::merchant::Merchant {
        platform_key: newest.1,
        ..crate::merchant::Merchant::read(_server.folder.path())
    };
    assert!(signed.holds(&received.headers, &received.body));
}

/// Orders as a merchant who names the key that is to sign the answer.
async fn sell_naming(shop: &Shop, url: &str, serial: &str) -> String {
    let (path, order) = ("/v3/pay/transactions/jsapi", shop.order("bowei-0001", url).to_string());
    let authorization = shop.merchant.authorization("POST", path, &order, now_s());
    let request = shop.merchant.http.request(Method::POST, format!("{}{path}", shop.base));
    let answer = request
        .header("authorization", authorization)
        .header("accept", "application/json")
        .header("user-agent", "bowei-test")
        .header("wechatpay-serial", serial)
        .body(order)
        .send()
        .await
        .unwrap();
    let headers = answer.headers().clone();
    assert_eq!(headers["wechatpay-serial"], serial);
    let text = answer.text().await.unwrap();
    assert!(shop.merchant.holds(&headers, &text));
    crate::merchant::parse(&text)["prepay_id"].as_str().unwrap().to_owned()
}
