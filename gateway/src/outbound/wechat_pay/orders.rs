//! Orders at WeChat Pay: by three doors, asked about, closed; and what opens the cashier in the app.

use anyhow::{Context, Result, bail, ensure};
use billing::payment::TradeState;
use billing::refund::Way;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use vocabulary::{Fen, Timestamp};

use super::{WechatPay, beijing, require_ours};
use crate::outbound::channel::{
    Answer, Channel, Demand, Door, PayRefusal, ProviderWord, RefundDemand, RefundWord, Said,
};
use crate::outbound::credentials::Merchant;
use crate::outbound::wechat_signature as signature;

/// What the app hands to WeChat to open the cashier. Signed for one prepay id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayParams {
    pub app_id: String,
    pub time_stamp: String,
    pub nonce_str: String,
    pub package: String,
    pub sign_type: String,
    pub pay_sign: String,
}

/// A transaction; one of pay after parking names its merchant `sp_mchid`.
#[derive(Deserialize)]
struct Transaction {
    appid: String,
    #[serde(alias = "sp_mchid")]
    mchid: String,
    out_trade_no: String,
    transaction_id: Option<String>,
    trade_state: String,
    success_time: Option<String>,
    amount: Option<Amount>,
}

#[derive(Deserialize)]
struct Amount {
    total: i64,
    currency: Option<String>,
}

impl WechatPay {
    async fn place(&self, demand: &Demand<'_>, now_ms: i64) -> Result<Result<String, PayRefusal>> {
        let merchant = self.merchant()?;
        let mut body = json!({
            "appid": merchant.appid,
            "mchid": merchant.mchid,
            "description": demand.description,
            "out_trade_no": demand.out_trade_no,
            "time_expire": beijing(demand.expires_at_ms)?,
            "notify_url": self.notify_url,
            "amount": {"total": demand.amount.0, "currency": "CNY"},
        });
        let (path, handle) = match demand.door {
            Door::Jsapi { openid } => {
                body["payer"] = json!({"openid": openid});
                ("/v3/pay/transactions/jsapi", "prepay_id")
            }
            Door::Native => ("/v3/pay/transactions/native", "code_url"),
            Door::H5 { client_ip } => {
                let h5 = json!({"type": "Wap"});
                body["scene_info"] = json!({"payer_client_ip": client_ip, "h5_info": h5});
                ("/v3/pay/transactions/h5", "h5_url")
            }
        };
        match self.call(Method::POST, path, &body.to_string(), now_ms).await? {
            Ok(text) => {
                let placed: Value = serde_json::from_str(&text)?;
                let handle = placed[handle].as_str();
                Ok(Ok(handle.context("the answer has no handle for the payer")?.to_owned()))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn query(&self, out_trade_no: &str, now_ms: i64) -> Result<Option<ProviderWord>> {
        let mchid = &self.merchant()?.mchid;
        let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={mchid}");
        self.transaction_at(&path, now_ms).await
    }

    /// Asks by WeChat Pay's own number.
    ///
    /// # Errors
    /// When WeChat Pay does not answer, or refuses.
    pub async fn ask_transaction(
        &self,
        transaction_id: &str,
        now_ms: i64,
    ) -> Result<Option<ProviderWord>> {
        let mchid = &self.merchant()?.mchid;
        let path = format!("/v3/pay/transactions/id/{transaction_id}?mchid={mchid}");
        self.transaction_at(&path, now_ms).await
    }

    pub(super) async fn transaction_at(
        &self,
        path: &str,
        now_ms: i64,
    ) -> Result<Option<ProviderWord>> {
        match self.call(Method::GET, path, "", now_ms).await? {
            Ok(text) => answered(self.merchant()?, text.as_bytes()).map(Some),
            Err(refusal) if refusal.code == "ORDERNOTEXIST" => Ok(None),
            Err(refusal) => bail!("WeChat Pay refused a query: {}", refusal.code),
        }
    }

    async fn close_order(&self, out_trade_no: &str, now_ms: i64) -> Result<Result<(), PayRefusal>> {
        let body = json!({"mchid": self.merchant()?.mchid}).to_string();
        let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
        Ok(self.call(Method::POST, &path, &body, now_ms).await?.map(|_| ()))
    }

    /// What the app needs to open WeChat's cashier for a prepay id.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn pay_params(&self, prepay_id: &str, now_ms: i64) -> Result<PayParams> {
        let merchant = self.merchant()?;
        let (time_stamp, nonce_str) = ((now_ms / 1000).to_string(), signature::nonce());
        let package = format!("prepay_id={prepay_id}");
        let pay_sign =
            signature::sign(merchant, &[&merchant.appid, &time_stamp, &nonce_str, &package])?;
        Ok(PayParams {
            app_id: merchant.appid.clone(),
            time_stamp,
            nonce_str,
            package,
            sign_type: "RSA".into(),
            pay_sign,
        })
    }
}

impl Channel for WechatPay {
    fn name(&self) -> &'static str {
        "wechat"
    }

    fn way(&self) -> Way {
        Way::Channel
    }

    fn prepare<'a>(
        &'a self,
        demand: &'a Demand<'a>,
        now_ms: i64,
    ) -> Answer<'a, Result<String, PayRefusal>> {
        Box::pin(self.place(demand, now_ms))
    }

    fn ask<'a>(&'a self, out_trade_no: &'a str, now_ms: i64) -> Answer<'a, Option<ProviderWord>> {
        Box::pin(self.query(out_trade_no, now_ms))
    }

    fn close<'a>(
        &'a self,
        out_trade_no: &'a str,
        now_ms: i64,
    ) -> Answer<'a, Result<(), PayRefusal>> {
        Box::pin(self.close_order(out_trade_no, now_ms))
    }

    fn give_back<'a>(
        &'a self,
        demand: &'a RefundDemand<'a>,
        now_ms: i64,
    ) -> Answer<'a, Result<RefundWord, PayRefusal>> {
        Box::pin(self.refund(demand, now_ms))
    }

    fn ask_refund<'a>(
        &'a self,
        out_refund_no: &'a str,
        now_ms: i64,
    ) -> Answer<'a, Option<RefundWord>> {
        Box::pin(self.query_refund(out_refund_no, now_ms))
    }
}

/// Reads a transaction that WeChat Pay reported.
pub(super) fn reported(merchant: &Merchant, content: &[u8]) -> Result<ProviderWord> {
    word(merchant, content, Said::Reported)
}

pub(super) fn answered(merchant: &Merchant, content: &[u8]) -> Result<ProviderWord> {
    word(merchant, content, Said::Answered)
}

fn word(merchant: &Merchant, content: &[u8], said: Said) -> Result<ProviderWord> {
    let t: Transaction =
        serde_json::from_slice(content).context("the transaction is not as documented")?;
    require_ours(merchant, Some(&t.appid), &t.mchid)?;
    let currency = t.amount.as_ref().and_then(|amount| amount.currency.as_deref());
    ensure!(currency.is_none_or(|currency| currency == "CNY"), "it is in another currency");
    let success_at = t.success_time.as_deref().map(Timestamp::parse).transpose()?;
    Ok(ProviderWord {
        said,
        out_trade_no: t.out_trade_no,
        trade_state: TradeState::from_name(&t.trade_state)
            .with_context(|| format!("unknown trade state {}", t.trade_state))?,
        transaction_id: t.transaction_id,
        amount: Fen(t.amount.as_ref().map_or(0, |a| a.total)),
        success_at,
    })
}
