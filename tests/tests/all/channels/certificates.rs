//! Platform certificates: trusted by serial, looked for when a new one signs.

use serde_json::json;

use super::make_due;
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::driver::PATIENCE;
use crate::harness::wait;

const NOTIFY: &str = "route=\"/api/v1/payments/wechat/notify\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_without_a_public_key_goes_on_when_the_certificate_changes() {
    let mut town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, |config| {
        config.wechat.certificates = true;
        for name in ["platform_public_key.pem", "platform_public_key_id.txt"] {
            std::fs::remove_file(config.wechat.credentials_dir.join(name)).unwrap();
        }
    })
    .await;
    let step = async |step: &str| {
        let body = json!({"step": step});
        town.sandbox.api.post("/sandbox/certificates", None, None, &body).await.expect(200);
    };
    step("notices_by_certificate").await;
    let believed =
        async |town: &TestApp| town.api.metric("bowei_http_requests_total", &[NOTIFY, "2xx"]).await;
    step("publish").await;
    let (driver, order_id) = make_due(&mut town).await;
    driver.pay(&order_id).await;
    wait::until("a report under the first certificate", PATIENCE, async || {
        (believed(&town).await >= 1.0).then_some(())
    })
    .await;

    // The next report is signed with a certificate that the gateway has never read.
    for step in ["publish", "sign", "withdraw"] {
        let body = json!({"step": step});
        town.sandbox.api.post("/sandbox/certificates", None, None, &body).await.expect(200);
    }
    let before = believed(&town).await;
    let now = town.api.now().await;
    town.hear("ts-2", &crate::harness::town::parked_for_two_hours_and_five_minutes(now)).await;
    let claim = driver.claim("TS02", "甘D54321").await.expect(201).json();
    let order_id = claim["order_id"].as_str().unwrap();
    town.hear("ts-2", &crate::harness::town::leaves(town.api.now().await)).await;
    driver.order_when(order_id, "due").await;
    driver.pay(order_id).await;
    wait::until("a report under the new certificate", PATIENCE, async || {
        (believed(&town).await > before).then_some(())
    })
    .await;
    town.finish().await;
}
