//! The trade bill of a day: asked for, downloaded, unpacked, and its hash checked, which is all there is to
//! check, since the download bears no signature. What it says is read elsewhere.
//! Source: pay.weixin.qq.com/doc/v3/merchant, "申请交易账单", "下载账单".

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use chrono::NaiveDate;
use flate2::read::GzDecoder;
use openssl::hash::{MessageDigest, hash};
use reqwest::Method;
use serde::Deserialize;

use super::WechatPay;

/// Longest bill that is unpacked, bytes: some millions of rows.
const LONGEST: u64 = 2 << 30;

/// What there is of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradeBill {
    /// Its text, as its hash says.
    Text(String),
    /// No trade on that day, as far as WeChat Pay says.
    None,
    /// It is not made yet; after 10:00 on the next day it is.
    NotYet,
}

#[derive(Deserialize)]
struct Where {
    download_url: String,
    hash_type: String,
    hash_value: String,
}

impl WechatPay {
    /// The bill of everything on a day of Beijing's.
    ///
    /// # Errors
    /// When WeChat Pay does not answer, or the text is not the one whose hash it told.
    pub async fn trade_bill(&self, day: NaiveDate, now_ms: i64) -> Result<TradeBill> {
        let path = format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP");
        let place: Where = match self.call(Method::GET, &path, "", now_ms).await? {
            Ok(text) => serde_json::from_str(&text).context("the answer is not as documented")?,
            Err(refusal) if refusal.code == "NO_STATEMENT_EXIST" => return Ok(TradeBill::None),
            Err(refusal) if refusal.code == "STATEMENT_CREATING" => return Ok(TradeBill::NotYet),
            Err(refusal) => bail!("WeChat Pay refused the bill of {day}: {}", refusal.code),
        };
        ensure!(place.hash_type == "SHA1", "the bill has a hash of the kind {}", place.hash_type);
        // Our signature goes to nobody else, whatever address is named.
        let path = place.download_url.strip_prefix(&self.base_url);
        let path = path.context("the bill lies at another address than WeChat Pay's")?;
        let (status, _, content) = self.send(Method::GET, path, "", now_ms).await?;
        ensure!(status.is_success(), "the bill could not be downloaded: {status}");
        let text = unpacked(&content)?;
        let digest = hex::encode(hash(MessageDigest::sha1(), text.as_bytes())?);
        let same = digest.eq_ignore_ascii_case(&place.hash_value);
        ensure!(same, "the bill of {day} is not the one whose hash was told");
        Ok(TradeBill::Text(text))
    }
}

fn unpacked(content: &[u8]) -> Result<String> {
    let mut text = String::new();
    let read = GzDecoder::new(content).take(LONGEST).read_to_string(&mut text);
    read.context("the bill cannot be unpacked")?;
    Ok(text)
}
