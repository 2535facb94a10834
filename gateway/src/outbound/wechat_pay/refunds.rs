//! Refunds at WeChat Pay: asked for, asked about, reported.
//! Source: pay.weixin.qq.com/doc/v3/merchant/4012525182 ff.

use anyhow::{Context, Result, bail, ensure};
use billing::refund::RefundStatus;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use vocabulary::{Fen, Timestamp};

use super::{WechatPay, require_ours};
use crate::outbound::channel::{PayRefusal, RefundDemand, RefundWord};
use crate::outbound::credentials::Merchant;

/// What answers say of a refund; a report calls its status `refund_status`.
#[derive(Deserialize)]
struct Refund {
    mchid: Option<String>,
    out_refund_no: String,
    refund_id: Option<String>,
    transaction_id: Option<String>,
    #[serde(alias = "refund_status")]
    status: String,
    success_time: Option<String>,
    amount: Amount,
}

#[derive(Deserialize)]
struct Amount {
    refund: i64,
    currency: Option<String>,
}

impl WechatPay {
    pub(super) async fn refund(
        &self,
        demand: &RefundDemand<'_>,
        now_ms: i64,
    ) -> Result<Result<RefundWord, PayRefusal>> {
        let body = json!({
            "transaction_id": demand.transaction_id,
            "out_refund_no": demand.out_refund_no,
            "reason": demand.reason,
            "notify_url": self.notify_url,
            "amount": {
                "refund": demand.amount.0,
                "total": demand.total.0,
                "currency": "CNY",
            },
        });
        let path = "/v3/refund/domestic/refunds";
        match self.call(Method::POST, path, &body.to_string(), now_ms).await? {
            Ok(text) => {
                let refund = read(text.as_bytes())?;
                let same = refund.transaction_id.as_deref() == Some(demand.transaction_id);
                ensure!(same, "the answer is about another payment");
                word(refund).map(Ok)
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    pub(super) async fn query_refund(
        &self,
        out_refund_no: &str,
        now_ms: i64,
    ) -> Result<Option<RefundWord>> {
        let path = format!("/v3/refund/domestic/refunds/{out_refund_no}");
        match self.call(Method::GET, &path, "", now_ms).await? {
            Ok(text) => word(read(text.as_bytes())?).map(Some),
            Err(refusal) if refusal.code == "RESOURCE_NOT_EXISTS" => Ok(None),
            Err(refusal) => bail!("WeChat Pay refused a query of a refund: {}", refusal.code),
        }
    }
}

/// Reads a refund that WeChat Pay reported.
pub(super) fn reported(merchant: &Merchant, content: &[u8]) -> Result<RefundWord> {
    let refund = read(content)?;
    let mchid = refund.mchid.as_deref().context("the report names no merchant")?;
    require_ours(merchant, None, mchid)?;
    word(refund)
}

fn read(content: &[u8]) -> Result<Refund> {
    serde_json::from_slice(content).context("the refund is not as documented")
}

fn word(refund: Refund) -> Result<RefundWord> {
    let currency = refund.amount.currency.as_deref().unwrap_or("CNY");
    ensure!(currency == "CNY", "it is in another currency");
    Ok(RefundWord {
        status: RefundStatus::from_name(&refund.status)
            .with_context(|| format!("unknown refund status {}", refund.status))?,
        out_refund_no: refund.out_refund_no,
        refund_id: refund.refund_id,
        amount: Fen(refund.amount.refund),
        success_at: refund.success_time.as_deref().map(Timestamp::parse).transpose()?,
    })
}
