//! Notifications: repeats, troubles, the end of the schedule.

use serde_json::json;

use crate::merchant::parse;
use crate::receiver::Receiver;
use crate::shop::open_shop;

#[tokio::test]
async fn a_notification_is_repeated_with_the_same_id_until_it_is_taken() {
    let (server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[500, 302, 200, 200]).await;
    shop.sell("bowei-0001", &receiver.url).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let received = receiver.next().await;
        assert_eq!(shop.merchant.open(&received)["out_trade_no"], "bowei-0001");
        ids.push(parse(&received.body)["id"].clone());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");

    // A second order's notification comes after any further one of the first would have.
    shop.sell("bowei-0002", &receiver.url).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["out_trade_no"], "bowei-0002");
    server.stop().await.unwrap();
    assert!(receiver.is_empty());
}

#[tokio::test]
async fn a_merchant_that_is_down_gets_its_notifications_when_it_is_back() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.trouble(json!({"notify": "off"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    shop.sell("bowei-0002", &receiver.url).await;
    shop.trouble(json!({"notify": "normal"})).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(shop.merchant.open(&receiver.next().await)["out_trade_no"].clone());
    }
    told.sort_by_key(ToString::to_string);
    assert_eq!(told, ["bowei-0001", "bowei-0002"]);
}

#[tokio::test]
async fn a_notification_can_be_sent_twice_on_purpose() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.trouble(json!({"notify": "twice"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn a_wrong_signature_is_marked_and_the_right_one_follows() {
    let (_server, shop) = open_shop().await;
    // Refused often enough that none is taken before the trouble is over.
    let mut receiver = Receiver::answering(&[401; 8]).await;
    shop.trouble(json!({"notify": "wrong_signature"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    let received = receiver.next().await;
    assert!(!shop.merchant.holds(&received.headers, &received.body));
    let signature = received.headers["wechatpay-signature"].to_str().unwrap();
    assert!(signature.starts_with("WECHATPAY/SIGNTEST/"), "{signature}");

    shop.trouble(json!({"notify": "normal"})).await;
    let mut next = receiver.next().await;
    while !shop.merchant.holds(&next.headers, &next.body) {
        next = receiver.next().await;
    }
    assert_eq!(shop.merchant.open(&next)["amount"]["total"], 900);
}

#[tokio::test]
async fn a_wrong_amount_is_rightly_signed_and_a_query_tells_the_truth() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[400]).await;
    shop.trouble(json!({"notify": "wrong_amount"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["amount"]["total"], 901);
    assert_eq!(shop.query("bowei-0001").await.body["amount"]["total"], 900);
    assert_eq!(shop.charges().await[0]["amount_fen"], 900);
}

#[tokio::test]
async fn a_lost_notification_never_comes_and_a_late_one_comes_late() {
    let (server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.trouble(json!({"notify": "lost"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    let journal = server.folder.path().join("notices.jsonl");
    while std::fs::read_to_string(&journal).unwrap_or_default().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    shop.trouble(json!({"notify": "late", "notify_late_ms": 300})).await;
    let began = std::time::Instant::now();
    shop.sell("bowei-0002", &receiver.url).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["out_trade_no"], "bowei-0002");
    assert!(began.elapsed().as_millis() >= 300);
    assert!(receiver.is_empty(), "the first one is lost for good");
}

#[tokio::test]
async fn notifications_can_come_out_of_order() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.trouble(json!({"notify": "out_of_order", "notify_late_ms": 4000})).await;
    for number in ["bowei-0001", "bowei-0002", "bowei-0003"] {
        shop.sell(number, &receiver.url).await;
    }
    let mut order = Vec::new();
    for _ in 0..3 {
        order.push(shop.merchant.open(&receiver.next().await)["out_trade_no"].clone());
    }
    assert_eq!(order, ["bowei-0003", "bowei-0002", "bowei-0001"]);
}

#[tokio::test]
async fn a_probe_goes_before_the_right_one_and_other_bad_signatures_are_not_marked() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[401, 204]).await;
    shop.trouble(json!({"notify": "probe"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    let (probe, right) = (receiver.next().await, receiver.next().await);
    let signature = |received: &crate::receiver::Received| {
        received.headers["wechatpay-signature"].to_str().unwrap().to_owned()
    };
    assert!(signature(&probe).starts_with("WECHATPAY/SIGNTEST/"));
    assert!(!shop.merchant.holds(&probe.headers, &probe.body));
    assert_eq!(shop.merchant.open(&right)["out_trade_no"], "bowei-0001");

    let mut doubted = Receiver::answering(&[401; 40]).await;
    shop.trouble(json!({"notify": "forged_signature"})).await;
    shop.sell("bowei-0002", &doubted.url).await;
    let forged = doubted.next().await;
    assert!(!signature(&forged).contains("SIGNTEST"));
    assert!(!shop.merchant.holds(&forged.headers, &forged.body));
}

#[tokio::test]
async fn a_notification_can_be_of_another_merchant_or_ten_minutes_old() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    shop.trouble(json!({"notify": "wrong_merchant"})).await;
    shop.sell("bowei-0001", &receiver.url).await;
    assert_eq!(shop.merchant.open(&receiver.next().await)["mchid"], "1900000001");
    shop.trouble(json!({"notify": "stale_signature"})).await;
    shop.sell("bowei-0002", &receiver.url).await;
    let stale = receiver.next().await;
    let at: u64 = stale.headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    assert!((590..700).contains(&(crate::merchant::now_s() - at)), "{at}");
}
