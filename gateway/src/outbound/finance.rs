//! The treasury's platform for non-tax bills (财政电子票据): asked like the tax platform, with other fields.
//!
//! A bill has a code of 8 digits and a number of 10, kept here as one text of 18; it is reversed as a whole by another
//! bill that names it, without a form. Which fields a real province wants is not known.

use anyhow::{Context, Result, bail};
use billing::invoice::NonTaxDraft;
use serde_json::{Value, json};

use super::issuer::{
    Answer, Callback, Demand, Fetched, FormDemand, FormWord, IssueWord, Issuer, Refused,
};
use super::signed::SignedClient;
use super::tax::{Told, known, party, read};
use crate::config::Finance;
use crate::drawn::Drawn;

/// What an item without a code is given to the platform as.
const NO_CODE: &str = "-";

/// An issuer's connection to the treasury's platform.
#[derive(Debug)]
pub struct FinancePlatform {
    client: SignedClient,
    notify_url: String,
}

impl FinancePlatform {
    /// Reads the issuer's key. Without `credentials_dir` every call is refused.
    ///
    /// # Errors
    /// When the file is missing or malformed.
    pub fn open(settings: &Finance) -> Result<FinancePlatform> {
        Ok(FinancePlatform {
            client: SignedClient::open("finance", &settings.url, &settings.credentials_dir)?,
            notify_url: settings.notify_url.clone(),
        })
    }

    fn body(&self, demand: &Demand<'_>) -> Result<Value> {
        let Drawn::Bill(draft) = demand.drawn else {
            bail!("a fapiao is not issued by the treasury's platform")
        };
        let lines: Vec<Value> = draft
            .lines
            .iter()
            .map(|line| {
                let code = line.item_code.as_deref().unwrap_or(NO_CODE);
                json!({"item_code": code, "name": line.item, "amount": line.amount.yuan()})
            })
            .collect();
        let mut body = json!({
            "request_no": demand.request_no,
            "payer": party(&draft.payer),
            "payee": party(&draft.issuer),
            "lines": lines,
            "total": draft.total.yuan(),
            "remark": draft.remark,
        });
        add_red(&mut body, draft);
        if !self.notify_url.is_empty() {
            body["notify_url"] = json!(self.notify_url);
        }
        Ok(body)
    }
}

fn add_red(body: &mut Value, draft: &NonTaxDraft) {
    if let Some(red) = &draft.red {
        let original = format!("{}{}", red.bill_code, red.bill_number);
        body["red"] = json!({"original": original, "reason": red.reason.text()});
    }
}

impl Issuer for FinancePlatform {
    fn name(&self) -> &'static str {
        "the treasury's platform"
    }

    fn needs_form(&self) -> bool {
        false
    }

    fn submit<'a>(&'a self, demand: &'a Demand<'a>, now_ms: i64) -> Answer<'a, IssueWord> {
        Box::pin(async move {
            let body = self.body(demand)?;
            match self.client.call(("/finance/v1/bills", Some(&body)), now_ms).await? {
                Ok(content) => Ok(Ok(read::<Told>(&content)?.word()?)),
                Err(refused) => Ok(Err(refused)),
            }
        })
    }

    fn ask<'a>(&'a self, request_no: &'a str, now_ms: i64) -> Answer<'a, Option<IssueWord>> {
        Box::pin(async move {
            let path = format!("/finance/v1/bills/{request_no}");
            let answered = self.client.call((&path, None), now_ms).await?;
            known(answered, |content| read::<Told>(content)?.word())
        })
    }

    fn fetch<'a>(&'a self, _: &'a str, _: &'static str, _: i64) -> Answer<'a, Fetched> {
        // How a treasury's own file looks is not published: all documents are drawn from what it issued.
        Box::pin(async { Ok(Ok(Fetched::NotOffered)) })
    }

    fn apply<'a>(&'a self, _: &'a FormDemand<'a>, _: i64) -> Answer<'a, FormWord> {
        Box::pin(async {
            let text = "bills are reversed without a form".to_owned();
            Ok(Err(Refused::Final { code: "NO_FORM".into(), text }))
        })
    }

    fn ask_form<'a>(&'a self, _: &'a str, _: i64) -> Answer<'a, Option<FormWord>> {
        Box::pin(async { Ok(Ok(None)) })
    }

    fn read_callback(&self, callback: &Callback<'_>, now_ms: i64) -> Result<String> {
        self.client.check(callback, now_ms)?;
        Some(read::<Told>(callback.body)?.request_no())
            .filter(|request_no| !request_no.is_empty())
            .context("it names no request")
    }
}
