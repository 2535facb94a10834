//! Orders by the other doors: a code to scan, a page for browsers; and the openid of a page inside WeChat.

use serde_json::{Value, json};

use crate::merchant::parse;
use crate::receiver::Receiver;
use crate::shop::{Shop, open_shop, refusal};

const NOWHERE: &str = "http://127.0.0.1:9/notify";

fn without_payer(shop: &Shop, number: &str, url: &str) -> Value {
    let mut order = shop.order(number, url);
    order.as_object_mut().unwrap().remove("payer");
    order
}

fn of_h5(shop: &Shop, number: &str, url: &str) -> Value {
    let mut order = without_payer(shop, number, url);
    order["scene_info"] = json!({"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}});
    order
}

#[tokio::test]
async fn whoever_scans_the_code_of_a_native_order_pays_it_once() {
    let (_server, shop) = open_shop().await;
    let mut receiver = Receiver::answering(&[]).await;
    let order = without_payer(&shop, "bowei-0001", &receiver.url);
    let placed = shop.post("/v3/pay/transactions/native", &order).await;
    let code_url = placed.body["code_url"].as_str().unwrap().to_owned();
    assert!(code_url.starts_with("weixin://wxpay/bizpayurl?pr="), "{code_url}");

    let scan = |openid: &str| json!({"code_url": code_url, "openid": openid});
    let (status, paid) = shop.plain_post("/cashier/scan", &scan("oSomebody")).await;
    assert_eq!((status, &paid["trade_state"]), (200, &json!("SUCCESS")));
    let (_, again) = shop.plain_post("/cashier/scan", &scan("oSomebodyElse")).await;
    assert_eq!(again, paid, "the first payer's payment");
    assert_eq!(shop.charges().await.len(), 1);

    let told = shop.merchant.open(&receiver.next().await);
    assert_eq!(told["trade_type"], "NATIVE");
    assert_eq!(told["payer"], json!({"openid": "oSomebody"}));
    let query = shop.query("bowei-0001").await.body;
    assert_eq!(query["trade_type"], "NATIVE");
}

#[tokio::test]
async fn a_browser_pays_on_the_page_that_an_h5_order_leads_to() {
    let (_server, shop) = open_shop().await;
    let placed = shop.post("/v3/pay/transactions/h5", &of_h5(&shop, "bowei-0001", NOWHERE)).await;
    let h5_url = placed.body["h5_url"].as_str().unwrap();
    let page = shop.merchant.http.get(h5_url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("¥9.00") && page.contains("订单未支付"), "{page}");

    let prepay_id = h5_url.split("prepay_id=").nth(1).unwrap().split('&').next().unwrap();
    let call = json!({"prepay_id": prepay_id, "openid": "oBrowser"});
    let (status, paid) = shop.plain_post("/cashier/h5", &call).await;
    assert_eq!((status, &paid["trade_state"]), (200, &json!("SUCCESS")));
    assert_eq!(shop.query("bowei-0001").await.body["trade_type"], "MWEB");
    let page = shop.merchant.http.get(h5_url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("支付成功"), "{page}");
}

#[tokio::test]
async fn a_handle_opens_its_own_door_only() {
    let (_server, shop) = open_shop().await;
    let order = without_payer(&shop, "bowei-0001", NOWHERE);
    let placed = shop.post("/v3/pay/transactions/native", &order).await;
    let code_url = placed.body["code_url"].as_str().unwrap();
    let token = code_url.split("pr=").nth(1).unwrap();
    let (status, body) = shop.pay(&shop.pay_call(token)).await;
    assert_eq!((status, &body["code"]), (404, &json!("ORDERNOTEXIST")));
    // The number is taken, whatever door it came by.
    let jsapi = shop.place(&shop.order("bowei-0001", NOWHERE)).await;
    assert_eq!(refusal(&jsapi), (403, "OUT_TRADE_NO_USED"));
}

#[tokio::test]
async fn an_order_of_another_door_has_limits_of_its_own() {
    let (_server, shop) = open_shop().await;
    let (native, h5) = ("/v3/pay/transactions/native", "/v3/pay/transactions/h5");
    let scene = |scene: Value| {
        let mut order = without_payer(&shop, "bowei-0001", NOWHERE);
        order["scene_info"] = scene;
        order
    };
    let ip = "203.0.113.7";
    for (path, order) in [
        (h5, without_payer(&shop, "bowei-0001", NOWHERE)),
        (h5, scene(json!({"payer_client_ip": ip}))),
        (h5, scene(json!({"payer_client_ip": ip, "h5_info": {"type": "Symbian"}}))),
        (h5, scene(json!({"h5_info": {"type": "Wap"}}))),
        (native, scene(json!({"payer_client_ip": "1".repeat(46)}))),
        (native, scene(json!({"payer_client_ip": ip, "device_id": "d".repeat(33)}))),
        (native, scene(json!({"payer_client_ip": ip, "store_info": {"id": ""}}))),
        (native, {
            let mut order = without_payer(&shop, "bowei-0001", NOWHERE);
            order["goods_tag"] = json!("g".repeat(33));
            order
        }),
        (native, {
            let mut order = without_payer(&shop, "bowei-0001", NOWHERE);
            order["detail"] = json!({"goods_detail": [{"merchant_goods_id": "", "quantity": 1, "unit_price": 1}]});
            order
        }),
    ] {
        let answer = shop.post(path, &order).await;
        assert_eq!(refusal(&answer), (400, "PARAM_ERROR"), "{path} {order}");
    }
    assert_eq!(refusal(&shop.query("bowei-0001").await), (404, "ORDERNOTEXIST"));
}

#[tokio::test]
async fn a_page_inside_wechat_learns_the_openid_of_the_phone_without_asking() {
    let (_server, shop) = open_shop().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.unwrap();
    let appid = shop.merchant.app("appid");
    let page = "http%3A%2F%2Fbowei.example%2Fpay%3Fbay%3DTS01";
    let url = format!(
        "{}/connect/oauth2/authorize?appid={appid}&redirect_uri={page}&response_type=code\
         &scope=snsapi_base&state=s1&user=driver-1",
        shop.base
    );
    let answer = client.get(url).send().await.unwrap();
    assert!(answer.status().is_redirection(), "{answer:?}");
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with("http://bowei.example/pay?bay=TS01&code="), "{back}");
    assert!(back.ends_with("&state=s1"), "{back}");
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();

    let exchange = format!(
        "{}/sns/oauth2/access_token?appid={appid}&secret={}&code={code}&grant_type=authorization_code",
        shop.base,
        shop.merchant.app("app_secret")
    );
    let known = parse(&client.get(&exchange).send().await.unwrap().text().await.unwrap());
    assert_eq!(known["scope"], "snsapi_base");
    let (_, phone) = shop.plain_post("/sandbox/login-code", &json!({"user": "driver-1"})).await;
    assert_eq!(known["openid"], phone["openid"], "one user has one openid");
    let again = parse(&client.get(&exchange).send().await.unwrap().text().await.unwrap());
    assert_eq!(again["errcode"], 40029, "a code works once");
}
