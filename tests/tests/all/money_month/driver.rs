//! A driver with a phone: claims, pays by three doors, pays debts, appeals, uses coupons.

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::city::City;
use super::troubles::Trouble;
use crate::harness::api::{Answer, Api};
use crate::harness::app::TestApp;
use crate::harness::sandbox::login_code;

/// How often a phone looks for the handle of a payment that is being prepared.
const LOOKS: u32 = 8;

pub(super) struct Driver {
    api: Api,
    sandbox: Api,
    user: String,
    openid: String,
    pub(super) plate: String,
    token: Mutex<String>,
}

impl Driver {
    pub(super) async fn sign_in(town: &TestApp, number: usize) -> Driver {
        let user = format!("driver-{number}");
        let (token, openid) = session(&town.api, &town.sandbox.api, &user).await;
        Driver {
            api: town.api.clone(),
            sandbox: town.sandbox.api.clone(),
            user,
            openid,
            plate: format!("甘D{number:05}"),
            token: Mutex::new(token),
        }
    }

    /// Before the session of thirty days ends.
    pub(super) async fn sign_in_again(&self) {
        *self.token.lock().await = session(&self.api, &self.sandbox, &self.user).await.0;
    }

    async fn get(&self, path: &str) -> Answer {
        let token = self.token.lock().await.clone();
        self.api.get(path, Some(&token)).await
    }

    pub(super) async fn post(&self, city: &City, path: &str, body: &Value) -> Answer {
        let token = self.token.lock().await.clone();
        self.api.post(path, Some(&token), Some(&city.key()), body).await
    }

    pub(super) async fn claim(&self, city: &City, bay: usize) {
        let body = json!({"bay_code": city.bays[bay], "plate": self.plate});
        let answer = self.post(city, "/api/v1/claims", &body).await;
        match answer.status {
            201 => city.tally.add("claims", 1),
            // Somebody else's word holds the stay.
            409 => city.tally.add("claims refused", 1),
            status => panic!("a claim: {status} {}", answer.text),
        }
    }

    pub(super) async fn show(&self, order: &str) -> Value {
        self.get(&format!("/api/v1/orders/{order}")).await.expect(200).json()
    }

    /// The newest order in one of these states.
    pub(super) async fn order(&self, states: &[&str]) -> Option<String> {
        let orders = self.get("/api/v1/orders").await.expect(200).json();
        let orders = orders["orders"].as_array().expect("orders");
        let found =
            orders.iter().find(|order| states.iter().any(|state| order["state"] == *state))?;
        Some(found["order_id"].as_str().expect("an id").to_owned())
    }

    /// Pays what the newest order asks for; whether money was taken.
    pub(super) async fn pay(&self, city: &City, door: &str, trouble: Option<&Trouble>) -> bool {
        let Some(order) = self.order(&["due", "owing", "open"]).await else { return false };
        let path = format!("/api/v1/orders/{order}/payments");
        let body = json!({"channel": "wechat", "method": door});
        let answer = self.post(city, &path, &body).await;
        if answer.status == 409 {
            city.tally.add("payments refused", 1);
            return false;
        }
        let started = answer.expect(201).json();
        let Some(call) = self.handle(city, &order, &started["payment_id"]).await else {
            city.tally.add("payments without a handle", 1);
            return false;
        };
        if let Some(trouble) = trouble.filter(|trouble| trouble.after_the_handle) {
            city.trouble(&trouble.switches).await;
        }
        self.confirm(city, &call).await
    }

    /// What the cashier is called with, once the payment has a handle.
    async fn handle(
        &self,
        city: &City,
        order: &str,
        payment: &Value,
    ) -> Option<(&'static str, Value)> {
        for _ in 0..LOOKS {
            let order = self.show(order).await;
            let payments = order["payments"].as_array().expect("payments");
            let own = payments.iter().find(|known| known["payment_id"] == *payment)?;
            if let Some(call) = self.call(own) {
                return Some(call);
            }
            if own["state"] != "created" {
                return None;
            }
            self.wait_a_moment(city).await;
        }
        None
    }

    /// The same for one payment over several orders.
    async fn joint_handle(&self, city: &City, payment: &str) -> Option<(&'static str, Value)> {
        for _ in 0..LOOKS {
            let own = self.get(&format!("/api/v1/arrears/payments/{payment}")).await;
            let own = own.expect(200).json();
            if let Some(call) = self.call(&own) {
                return Some(call);
            }
            if own["state"] != "created" {
                return None;
            }
            self.wait_a_moment(city).await;
        }
        None
    }

    /// What the cashier is called with for a payment that is ready.
    fn call(&self, own: &Value) -> Option<(&'static str, Value)> {
        let openid = &self.openid;
        if own["pay"].is_object() {
            let mut call = own["pay"].clone();
            call["openid"] = json!(openid);
            return Some(("/cashier/pay", call));
        }
        if let Some(code) = own["code_url"].as_str() {
            return Some(("/cashier/scan", json!({"code_url": code, "openid": openid})));
        }
        let (_, id) = own["h5_url"].as_str().and_then(|url| url.split_once("prepay_id="))?;
        let id = id.split('&').next().expect("there is a first");
        Some(("/cashier/h5", json!({"prepay_id": id, "openid": openid})))
    }

    async fn wait_a_moment(&self, city: &City) {
        city.ahead.pass(700);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }

    async fn confirm(&self, city: &City, (path, call): &(&str, Value)) -> bool {
        let answer = self.sandbox.post(path, None, None, call).await;
        city.tally.add("cashier", 1);
        if answer.status == 200 {
            city.tally.add("paid at the channel", 1);
        }
        answer.status == 200
    }

    /// All debts at once, with one payment.
    pub(super) async fn pay_debts(&self, city: &City) {
        let known = self.get("/api/v1/arrears").await.expect(200).json();
        let owed = known["arrears"].as_array().expect("arrears");
        let orders: Vec<&Value> = owed.iter().map(|one| &one["order_id"]).take(20).collect();
        if orders.is_empty() {
            return;
        }
        let body = json!({"order_ids": orders, "channel": "wechat"});
        let answer = self.post(city, "/api/v1/arrears/payments", &body).await;
        if answer.status != 201 {
            city.tally.add("payments refused", 1);
            return;
        }
        let started = answer.json();
        let payment = started["payment_id"].as_str().expect("an id");
        if let Some(call) = self.joint_handle(city, payment).await
            && self.confirm(city, &call).await
        {
            city.tally.add("debts paid", started["parts"].as_array().expect("parts").len());
        }
    }

    pub(super) async fn appeal(&self, city: &City) {
        let Some(order) = self.order(&["paid", "due", "owing"]).await else { return };
        let path = format!("/api/v1/orders/{order}/appeals");
        let body = json!({"ground": "times_wrong", "text": "时间不对"});
        let answer = self.post(city, &path, &body).await;
        if answer.status == 201 {
            city.tally.add("appeals", 1);
            let id = answer.json()["appeal_id"].as_str().expect("an id").to_owned();
            city.appeals.lock().unwrap().push(id);
        }
    }

    pub(super) async fn use_coupon(&self, city: &City) {
        let Some(order) = self.order(&["due", "owing", "open"]).await else { return };
        let Some(code) = city.coupons.lock().unwrap().pop() else { return };
        let path = format!("/api/v1/orders/{order}/coupons");
        if self.post(city, &path, &json!({"code": code})).await.status == 201 {
            city.tally.add("coupons used", 1);
        }
    }

    /// Buys a pass that is offered; gives back one that runs.
    pub(super) async fn see_to_passes(&self, city: &City, gives_back: bool) {
        let known = self.get("/api/v1/passes").await.expect(200).json();
        let Some(pass) = known["passes"].as_array().and_then(|passes| passes.first()).cloned()
        else {
            return;
        };
        if pass["state"] == "offered" {
            let order = pass["order_id"].as_str().expect("an order").to_owned();
            let path = format!("/api/v1/orders/{order}/payments");
            let answer = self.post(city, &path, &json!({"channel": "wechat"})).await;
            if answer.status == 201 {
                let payment = answer.json()["payment_id"].clone();
                if let Some(call) = self.handle(city, &order, &payment).await
                    && self.confirm(city, &call).await
                {
                    city.tally.add("passes bought", 1);
                }
            }
        } else if pass["state"] == "active" && gives_back {
            let path =
                format!("/api/v1/passes/{}/give-back", pass["pass_id"].as_str().expect("an id"));
            if self.post(city, &path, &json!({})).await.status == 200 {
                city.tally.add("passes given back", 1);
            }
        }
    }
}

async fn session(api: &Api, sandbox: &Api, user: &str) -> (String, String) {
    let (code, openid) = login_code(sandbox, user).await;
    let answer = api.post("/api/v1/sessions", None, None, &json!({"wechat_code": code})).await;
    let answer = answer.expect(201).json();
    (answer["token"].as_str().expect("a session has a token").to_owned(), openid)
}
