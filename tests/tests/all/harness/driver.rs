//! A driver with a phone: signs in, claims a bay, pays at WeChat's cashier, asks for an invoice.

use std::cell::Cell;
use std::time::Duration;

use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::sandbox::{login_code, pay_at_cashier};
use super::wait;

/// For jobs that talk to the sandbox, also when the first way to learn of a payment fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// A signed-in driver.
#[derive(Debug)]
pub(crate) struct Driver {
    api: Api,
    sandbox: Api,
    openid: String,
    pub(crate) token: String,
    keys: Cell<u32>,
}

impl Driver {
    pub(crate) async fn sign_in(api: &Api, sandbox: &Api, user: &str) -> Driver {
        let (code, openid) = login_code(sandbox, user).await;
        let answer = api
            .post("/api/v1/sessions", None, None, &json!({"wechat_code": code}))
            .await
            .expect(201);
        let token = answer.json()["token"].as_str().expect("a session has a token").to_owned();
        Driver { api: api.clone(), sandbox: sandbox.clone(), openid, token, keys: Cell::new(0) }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.api.get(path, Some(&self.token)).await
    }

    /// Posts under a key of its own.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.keys.set(self.keys.get() + 1);
        self.post_as(&format!("key-{}", self.keys.get()), path, body).await
    }

    /// Posts under the key given.
    pub(crate) async fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.api.post(path, Some(&self.token), Some(key), body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.api.put(path, Some(&self.token), body.to_string().as_bytes()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.api.delete(path, Some(&self.token)).await
    }

    pub(crate) async fn claim(&self, bay: &str, plate: &str) -> Answer {
        self.post("/api/v1/claims", &json!({"bay_code": bay, "plate": plate})).await
    }

    pub(crate) async fn order(&self, order_id: &str) -> Value {
        self.get(&format!("/api/v1/orders/{order_id}")).await.expect(200).json()
    }

    /// The order, once it is in that state.
    pub(crate) async fn order_when(&self, order_id: &str, state: &str) -> Value {
        wait::until(&format!("the order to be {state}"), PATIENCE, async || {
            let order = self.order(order_id).await;
            (order["state"] == state).then_some(order)
        })
        .await
    }

    /// Starts to pay and gives the parameters for the cashier, once they are there.
    pub(crate) async fn pay_params(&self, order_id: &str) -> Value {
        let path = format!("/api/v1/orders/{order_id}/payments");
        self.post(&path, &json!({"channel": "wechat"})).await.expect(201);
        wait::until("the payment to be ready", PATIENCE, async || {
            let order = self.order(order_id).await;
            let pay = order["payments"].as_array()?.last()?["pay"].clone();
            pay.is_object().then_some(pay)
        })
        .await
    }

    /// Confirms at the cashier. Gives WeChat's answer.
    pub(crate) async fn confirm(&self, pay: &Value) -> Value {
        pay_at_cashier(&self.sandbox, pay, &self.openid).await
    }

    /// Pays a due order to the end.
    pub(crate) async fn pay(&self, order_id: &str) -> Value {
        let pay = self.pay_params(order_id).await;
        assert_eq!(self.confirm(&pay).await["trade_state"], "SUCCESS");
        self.order_when(order_id, "paid").await
    }

    /// Asks for an invoice and waits until it is issued and its documents are there.
    pub(crate) async fn invoice(&self, order_id: &str) -> Value {
        let invoice_id = self.ask_for_invoice(&[order_id]).await;
        self.invoice_when(&invoice_id, "issued").await
    }

    /// Asks for an invoice; its id.
    pub(crate) async fn ask_for_invoice(&self, order_ids: &[&str]) -> String {
        let title = json!({"kind": "person", "name": "张三"});
        let body = json!({"order_ids": order_ids, "title": title});
        let asked = self.post("/api/v1/invoices", &body).await.expect(202).json();
        asked["invoice_id"].as_str().unwrap().to_owned()
    }

    /// The invoice, once it is in that state; an issued one with its documents.
    pub(crate) async fn invoice_when(&self, invoice_id: &str, state: &str) -> Value {
        let path = format!("/api/v1/invoices/{invoice_id}");
        wait::until(&format!("the invoice to be {state}"), PATIENCE, async || {
            let invoice = self.get(&path).await.expect(200).json();
            let whole = state != "issued" || invoice["documents"] != json!([]);
            (invoice["state"] == state && whole).then_some(invoice)
        })
        .await
    }
}
