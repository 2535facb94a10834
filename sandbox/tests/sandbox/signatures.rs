//! Who may call, and how answers are signed.

use std::os::unix::fs::PermissionsExt;

use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::X509;
use reqwest::Method;

use crate::merchant::{Merchant, now_s};
use crate::server::{Program, Server};
use crate::shop::{Shop, open_shop, refusal};

const PATH: &str = "/v3/certificates";

async fn check(shop: &Shop, authorization: &str, expect: (u16, &str)) {
    let answer =
        shop.merchant.send(&shop.base, Method::GET, PATH, authorization, String::new()).await;
    assert_eq!(refusal(&answer), expect, "{authorization}: {answer:?}");
}

#[tokio::test]
async fn a_request_without_a_holding_signature_is_refused_with_a_signed_answer() {
    let (server, shop) = open_shop().await;
    let right = shop.merchant.authorization("GET", PATH, "", now_s());
    check(&shop, &right, (200, "")).await;
    check(&shop, "", (401, "SIGN_ERROR")).await;
    check(&shop, &right.replace("RSA2048 ", "RSA1024 "), (401, "SIGN_ERROR")).await;
    check(&shop, &right.replace("7F3A1C02", "7F3A1C03"), (401, "SIGN_ERROR")).await;
    check(&shop, &right.replace(&shop.merchant.serial, "00"), (401, "SIGN_ERROR")).await;
    check(&shop, &right.replace("mchid=\"1900", "mchid=\"1901"), (400, "MCH_NOT_EXISTS")).await;
    for (method, path, body) in [("POST", PATH, ""), ("GET", "/v3/x", ""), ("GET", PATH, "x")] {
        let other = shop.merchant.authorization(method, path, body, now_s());
        check(&shop, &other, (401, "SIGN_ERROR")).await;
    }
    let stranger =
        Merchant { key: PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(), ..shop.merchant };
    let other = stranger.authorization("GET", PATH, "", now_s());
    let shop = Shop { base: shop.base, merchant: Merchant::read(server.folder.path()) };
    check(&shop, &other, (401, "SIGN_ERROR")).await;
}

#[tokio::test]
async fn a_timestamp_more_than_five_minutes_off_is_refused() {
    let (_server, shop) = open_shop().await;
    let rows = [
        (now_s() - 290, (200, "")),
        (now_s() + 290, (200, "")),
        (now_s() - 310, (401, "SIGN_ERROR")),
        (now_s() + 310, (401, "SIGN_ERROR")),
        (0, (401, "SIGN_ERROR")),
    ];
    for (at_s, expect) in rows {
        check(&shop, &shop.merchant.authorization("GET", PATH, "", at_s), expect).await;
    }
}

#[tokio::test]
async fn a_body_changed_on_the_way_is_refused() {
    let (_server, shop) = open_shop().await;
    let path = "/v3/pay/transactions/jsapi";
    let order = shop.order("bowei-0001", "http://127.0.0.1:9/notify").to_string();
    let signed = shop.merchant.authorization("POST", path, &order, now_s());
    let changed = order.replace("900", "100");
    let answer = shop.merchant.send(&shop.base, Method::POST, path, &signed, changed).await;
    assert_eq!(refusal(&answer), (401, "SIGN_ERROR"));
    let long = "x".repeat(70_000);
    let answer = shop.merchant.send(&shop.base, Method::POST, path, &signed, long).await;
    assert_eq!(refusal(&answer), (413, "PARAM_ERROR"));
}

#[tokio::test]
async fn a_client_that_does_not_name_itself_is_refused() {
    let (_server, shop) = open_shop().await;
    let authorization = shop.merchant.authorization("GET", PATH, "", now_s());
    // reqwest sends no User-Agent unless told to.
    let request = reqwest::Client::new().get(format!("{}{PATH}", shop.base));
    let answer = request.header("authorization", authorization).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("User-Agent"));
}

#[tokio::test]
async fn the_platform_certificate_opens_with_the_apiv3_key_and_carries_the_public_key() {
    let (_server, shop) = open_shop().await;
    let answer = shop.get(PATH).await;
    let listed = &answer.body["data"][0];
    let pem = shop.merchant.unseal_text(&listed["encrypt_certificate"]);
    let certificate = X509::from_pem(pem.as_bytes()).unwrap();
    assert!(certificate.public_key().unwrap().public_eq(&shop.merchant.platform_key));
    let serial = certificate.serial_number().to_bn().unwrap().to_hex_str().unwrap().to_string();
    assert_eq!(listed["serial_no"], *serial);
    assert_eq!(serial.len(), 40);
    assert_eq!(answer.headers["wechatpay-serial"], *serial);
    let other = shop.query("bowei-9999").await;
    assert_eq!(other.headers["wechatpay-serial"], *shop.merchant.platform_key_id);
}

#[tokio::test]
async fn keys_are_made_at_the_first_start_for_the_owner_only_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let program = Program::start(&data).await;
    for place in [data.clone(), data.join("merchant")] {
        for entry in std::fs::read_dir(place).unwrap().map(Result::unwrap) {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let expected = if entry.path().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{}", entry.path().display());
        }
    }
    let merchant = Merchant::read(&data);
    assert_eq!(merchant.apiv3_key.len(), 32);
    assert!(merchant.platform_key_id.starts_with("PUB_KEY_ID_"));
    program.kill();

    let program = Program::start(&data).await;
    let shop = Shop { merchant, base: program.base.clone() };
    assert_eq!(shop.get(PATH).await.status, 200, "the keys of the first start still hold");
}

#[tokio::test]
async fn two_sandboxes_never_share_a_folder() {
    let server = Server::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = sandbox::Config {
        data: server.folder.path().to_owned(),
        clock: sandbox::CityClock::real(),
        notify_retry_ms: sandbox::DEFAULT_NOTIFY_RETRY_MS,
    };
    let error = sandbox::run(config, listener, std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains("another sandbox already uses"), "{error:#}");
    server.stop().await.unwrap();
}
