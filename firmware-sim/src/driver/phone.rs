//! A phone that is signed in: WeChat gives a code, the gateway a token for it.
//!
//! Signs in when first needed, and again when the token is no longer good.

use serde_json::{Value, json};

use crate::api::{Api, Ask, Failure, text_of};

/// A login code is good once; if the gateway fell over after using it, another is needed.
const SIGN_IN_ATTEMPTS: u32 = 3;

pub(super) struct Phone {
    api: Api,
    user: String,
    token: Option<String>,
    openid: Option<String>,
}

impl Phone {
    pub(super) fn new(api: Api, user: String) -> Self {
        Phone { api, user, token: None, openid: None }
    }

    /// The JSON answer to a question asked as this driver.
    pub(super) async fn json(&mut self, ask: Ask) -> Result<Value, Failure> {
        let text = self.text(ask).await?;
        serde_json::from_str(&text).map_err(|_| Failure::Unreadable("json"))
    }

    /// The answer, as it is, to a question asked as this driver.
    pub(super) async fn text(&mut self, ask: Ask) -> Result<String, Failure> {
        let token = self.token().await?;
        match self.api.text(&ask.clone().token(&token)).await {
            Err(Failure::Refused { status: 401, .. }) => {
                self.token = None;
                let token = self.token().await?;
                self.api.text(&ask.token(&token)).await
            }
            answer => answer,
        }
    }

    /// Hands the merchant's parameters to WeChat, as `wx.requestPayment` does. WeChat knows who
    /// holds the phone, so the user goes along. Returns the transaction.
    pub(super) async fn pay(&self, parameters: &Value) -> Result<String, Failure> {
        let mut body = parameters.clone();
        body["user"] = Value::from(self.user.as_str());
        if let Some(openid) = &self.openid {
            body["openid"] = Value::from(openid.as_str());
        }
        let answer = self.api.json(&self.api.post_sandbox("/cashier/pay").body(body)).await?;
        text_of(&answer, "transaction_id")
    }

    async fn token(&mut self) -> Result<String, Failure> {
        match &self.token {
            Some(token) => Ok(token.clone()),
            None => self.sign_in().await,
        }
    }

    async fn sign_in(&mut self) -> Result<String, Failure> {
        let mut attempt = 1;
        loop {
            match self.sign_in_once().await {
                Err(Failure::Refused { .. }) if attempt < SIGN_IN_ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    async fn sign_in_once(&mut self) -> Result<String, Failure> {
        let who = json!({"user": self.user});
        let login = self.api.json(&self.api.post_sandbox("/sandbox/login-code").body(who)).await?;
        let code = json!({"wechat_code": text_of(&login, "code")?});
        let session = self.api.json(&self.api.post("/api/v1/sessions").body(code)).await?;
        let token = text_of(&session, "token")?;
        self.openid = login["openid"].as_str().map(str::to_owned);
        self.token = Some(token.clone());
        Ok(token)
    }
}
