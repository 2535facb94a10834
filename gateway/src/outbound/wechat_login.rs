//! WeChat login: a one-time code becomes an openid. The mini program's codes come from `wx.login`; those of
//! a page inside WeChat from `snsapi_base`, for which WeChat asks the user nothing.
//! Source: developers.weixin.qq.com, auth.code2Session and 网页授权.

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::credentials::Merchant;
use crate::config::Wechat;
use crate::flow::{Outcome, Refusal};

/// The app's connection to WeChat login.
#[derive(Debug)]
pub struct WechatLogin {
    base_url: String,
    authorize_url: String,
    merchant: Option<Merchant>,
    client: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer {
    openid: Option<String>,
    #[serde(default)]
    errcode: i64,
}

impl WechatLogin {
    /// Reads the app's secret. Without `credentials_dir` every sign-in is refused.
    ///
    /// # Errors
    /// When a file is missing or malformed.
    pub fn open(settings: &Wechat) -> Result<WechatLogin> {
        let folder = &settings.credentials_dir;
        let merchant =
            (!folder.as_os_str().is_empty()).then(|| Merchant::read(folder)).transpose()?;
        Ok(WechatLogin {
            base_url: settings.login_url.trim_end_matches('/').to_owned(),
            authorize_url: settings.authorize_url.trim_end_matches('/').to_owned(),
            merchant,
            client: super::client()?,
        })
    }

    /// The openid behind a code of the mini program. A code works once.
    ///
    /// # Errors
    /// `wechat_code_refused`, or a dependency failure when WeChat does not answer.
    pub async fn openid(&self, code: &str) -> Outcome<String> {
        self.exchange("/sns/jscode2session", "js_code", code).await
    }

    /// The openid behind a code of a page inside WeChat (`snsapi_base`). A code works once.
    ///
    /// # Errors
    /// As `openid`.
    pub async fn web_openid(&self, code: &str) -> Outcome<String> {
        self.exchange("/sns/oauth2/access_token", "code", code).await
    }

    /// Where a page inside WeChat sends the phone for a code; `redirect_uri` and `state` are to be added.
    #[must_use]
    pub fn authorize_address(&self) -> Option<String> {
        let appid = &self.merchant.as_ref()?.appid;
        let base = Some(&self.authorize_url).filter(|url| !url.is_empty())?;
        Some(format!(
            "{base}/connect/oauth2/authorize?appid={appid}&response_type=code&scope=snsapi_base"
        ))
    }

    async fn exchange(&self, path: &str, name: &str, code: &str) -> Outcome<String> {
        let dependency =
            |cause: anyhow::Error| Refusal::Dependency { code: "wechat_login_unavailable", cause };
        let merchant = self
            .merchant
            .as_ref()
            .ok_or_else(|| dependency(anyhow!("wechat.credentials_dir is not set")))?;
        let query = [
            ("appid", merchant.appid.as_str()),
            ("secret", merchant.app_secret.as_str()),
            (name, code),
            ("grant_type", "authorization_code"),
        ];
        let url = format!("{}{path}", self.base_url);
        let sent = self.client.get(url).query(&query).send().await;
        // The address holds the app's secret: it must not reach the log.
        let sent =
            sent.map_err(reqwest::Error::without_url).context("WeChat login does not answer");
        let text = sent
            .map_err(dependency)?
            .text()
            .await
            .map_err(|e| dependency(e.without_url().into()))?;
        let answer: Answer = serde_json::from_str(&text).map_err(|e| dependency(e.into()))?;
        match answer.openid {
            Some(openid) if answer.errcode == 0 => Ok(openid),
            _ => Err(Refusal::Unknown {
                code: "wechat_code_refused",
                detail: "WeChat does not know this code (any more)".into(),
            }),
        }
    }
}
