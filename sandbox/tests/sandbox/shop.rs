//! A merchant at a sandbox, with the few moves the tests are made of.

use reqwest::Method;
use serde_json::{Value, json};

use crate::merchant::{Answer, Merchant, parse};
use crate::server::Server;

pub(crate) const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

pub(crate) struct Shop {
    pub(crate) base: String,
    pub(crate) merchant: Merchant,
}

/// A server of its own and a shop at it.
pub(crate) async fn open_shop() -> (Server, Shop) {
    open_shop_at(60).await
}

/// The same in a city whose time runs so many times as fast.
pub(crate) async fn open_shop_at(speed: u32) -> (Server, Shop) {
    let server = Server::start_at(speed).await;
    let merchant = Merchant::read(server.folder.path());
    let base = server.base.clone();
    (server, Shop { base, merchant })
}

impl Shop {
    /// Order parameters of 9.00 yuan; notifications go to `url`.
    pub(crate) fn order(&self, out_trade_no: &str, url: &str) -> Value {
        json!({
            "appid": self.merchant.app("appid"),
            "mchid": self.merchant.app("mchid"),
            "description": "白银路停车费",
            "out_trade_no": out_trade_no,
            "attach": "visit-1",
            "notify_url": url,
            "amount": {"total": 900, "currency": "CNY"},
            "payer": {"openid": OPENID},
        })
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.merchant.call(&self.base, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.merchant.call(&self.base, Method::GET, path, None).await
    }

    pub(crate) async fn place(&self, order: &Value) -> Answer {
        self.post("/v3/pay/transactions/jsapi", order).await
    }

    /// Places an order that must be taken, and answers the prepay id.
    pub(crate) async fn prepay(&self, order: &Value) -> String {
        let answer = self.place(order).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["prepay_id"].as_str().expect("a prepay id").to_owned()
    }

    pub(crate) async fn query(&self, out_trade_no: &str) -> Answer {
        let mchid = self.merchant.app("mchid");
        self.get(&format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={mchid}")).await
    }

    pub(crate) async fn close(&self, out_trade_no: &str) -> Answer {
        let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
        self.post(&path, &json!({"mchid": self.merchant.app("mchid")})).await
    }

    /// What the merchant hands to the payer's phone.
    pub(crate) fn pay_call(&self, prepay_id: &str) -> Value {
        let (appid, package) = (self.merchant.app("appid"), format!("prepay_id={prepay_id}"));
        let signed = format!("{appid}\n1789430400\nabcdef\n{package}\n");
        json!({
            "appId": appid,
            "timeStamp": "1789430400",
            "nonceStr": "abcdef",
            "package": package,
            "signType": "RSA",
            "paySign": self.merchant.sign(&signed),
            "openid": OPENID,
        })
    }

    /// What the payer's phone does with it: status and body.
    pub(crate) async fn pay(&self, call: &Value) -> (u16, Value) {
        self.plain_post("/cashier/pay", call).await
    }

    /// Orders and pays; the transaction id.
    pub(crate) async fn sell(&self, out_trade_no: &str, url: &str) -> String {
        let prepay_id = self.prepay(&self.order(out_trade_no, url)).await;
        let (status, paid) = self.pay(&self.pay_call(&prepay_id)).await;
        assert_eq!((status, &paid["trade_state"]), (200, &json!("SUCCESS")));
        paid["transaction_id"].as_str().expect("a transaction id").to_owned()
    }

    pub(crate) async fn charges(&self) -> Vec<Value> {
        let request = self.merchant.http.get(format!("{}/cashier/charges", self.base));
        let answer = request.send().await;
        answer.expect("the cashier answers").json().await.expect("a list")
    }

    pub(crate) async fn trouble(&self, troubles: Value) {
        let (status, _) = self.plain_post("/sandbox/troubles", &troubles).await;
        assert_eq!(status, 200, "{troubles}");
    }

    pub(crate) async fn plain_post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.merchant.http.post(format!("{}{path}", self.base)).json(body);
        let answer = request.send().await.expect("the sandbox answers");
        (answer.status().as_u16(), parse(&answer.text().await.expect("a body")))
    }
}

/// Status and code, to compare a refusal with what is expected.
pub(crate) fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}
