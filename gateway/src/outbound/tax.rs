//! The tax platform in its generic asynchronous shape: submit with our own number, then ask, or be called back.
//! Red fapiao go in under a confirmation form. Fields are those that Chinese providers have in common.

use anyhow::{Context, Result, bail};
use billing::invoice::{Draft, InvoiceLine, Party};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::issuer::{
    Answer, Callback, Demand, Fetched, FormDemand, FormWord, IssueStatus, IssueWord, Issuer,
    Refused,
};
use super::signed::SignedClient;
use crate::config::Tax;
use crate::drawn::Drawn;

/// A seller's connection to the tax platform.
#[derive(Debug)]
pub struct TaxPlatform {
    client: SignedClient,
    notify_url: String,
}

#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    request_no: String,
    status: String,
    serial_no: Option<String>,
    invoice_number: Option<String>,
    issued_at: Option<Timestamp>,
    check_code: Option<String>,
    reject_reason: Option<String>,
}

#[derive(Deserialize)]
struct ToldForm {
    status: String,
    confirmation_no: Option<String>,
    reject_reason: Option<String>,
}

impl TaxPlatform {
    /// Reads the seller's key. Without `credentials_dir` every call is refused.
    ///
    /// # Errors
    /// When the file is missing or malformed.
    pub fn open(settings: &Tax) -> Result<TaxPlatform> {
        Ok(TaxPlatform {
            client: SignedClient::open("tax", &settings.url, &settings.credentials_dir)?,
            notify_url: settings.notify_url.clone(),
        })
    }

    fn body(&self, demand: &Demand<'_>) -> Result<Value> {
        let Drawn::Fapiao(draft) = demand.drawn else {
            bail!("a non-tax bill is not issued by the tax platform")
        };
        let lines: Vec<Value> = draft.lines.iter().map(line).collect();
        let mut body = json!({
            "request_no": demand.request_no,
            "buyer": party(&draft.buyer),
            "seller": party(&draft.seller),
            "lines": lines,
            "totals": {
                "net": draft.totals.net.yuan(),
                "tax": draft.totals.tax.yuan(),
                "gross": draft.totals.gross.yuan(),
            },
            "remark": draft.remark,
        });
        add_red(&mut body, draft)?;
        if !self.notify_url.is_empty() {
            body["notify_url"] = json!(self.notify_url);
        }
        Ok(body)
    }
}

fn add_red(body: &mut Value, draft: &Draft) -> Result<()> {
    let Some(red) = &draft.red else { return Ok(()) };
    let confirmation = red.confirmation_number.as_deref().context("a red one is not confirmed")?;
    body["kind"] = json!("red");
    body["red"] = json!({"original": red.blue_number, "confirmation_no": confirmation});
    Ok(())
}

fn line(line: &InvoiceLine) -> Value {
    let mut told = json!({
        "name": line.tax_item.item_name(),
        "tax_code": line.tax_item.code,
        "rate": line.tax_item.rate_text(),
        "net": line.totals.net.yuan(),
        "tax": line.totals.tax.yuan(),
        "gross": line.totals.gross.yuan(),
    });
    if let Some(lease) = &line.lease {
        let (from, to) = lease.minutes();
        let site = lease.site.as_ref();
        told["lease"] = json!({
            "place": site.map_or_else(String::new, billing::invoice::Site::region),
            "address": site.map_or_else(|| lease.place.clone(), billing::invoice::Site::full_address),
            "cross_city": site.is_some_and(|site| site.cross_city),
            "from": from,
            "to": to,
        });
        if let Some(plate) = &lease.plate {
            told["lease"]["plate"] = json!(plate);
        }
    }
    told
}

pub(super) fn party(party: &Party) -> Value {
    match &party.tax_id {
        Some(tax_id) => json!({"name": party.name, "tax_id": tax_id}),
        None => json!({"name": party.name}),
    }
}

pub(super) fn read<T: DeserializeOwned>(content: &[u8]) -> Result<T> {
    serde_json::from_slice(content).context("the answer is not as documented")
}

impl Told {
    pub(super) fn word(self) -> Result<IssueWord> {
        let status = match self.status.as_str() {
            "accepted" | "issuing" => IssueStatus::UnderWay,
            "issued" | "document_ready" => IssueStatus::Issued,
            "sign_failed" => IssueStatus::SignFailed,
            "rejected" => IssueStatus::Rejected,
            "void" => IssueStatus::Void,
            other => bail!("the platform knows a status that we do not: {other}"),
        };
        Ok(IssueWord {
            status,
            serial_no: self.serial_no,
            number: self.invoice_number,
            issued_at: self.issued_at,
            check_code: self.check_code,
            reject_reason: self.reject_reason,
        })
    }

    pub(super) fn request_no(self) -> String {
        self.request_no
    }
}

/// An answer to a question: what was never heard of is none.
pub(super) fn known<T>(
    answered: Result<Vec<u8>, Refused>,
    read: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<Result<Option<T>, Refused>> {
    match answered {
        Ok(content) => Ok(Ok(Some(read(&content)?))),
        Err(Refused::Final { code, .. }) if code == "REQUEST_NOT_FOUND" => Ok(Ok(None)),
        Err(refused) => Ok(Err(refused)),
    }
}

fn form_word(content: &[u8]) -> Result<FormWord> {
    let told: ToldForm = read(content)?;
    Ok(match told.status.as_str() {
        "accepted" => FormWord::UnderWay,
        "waits_for_buyer" => FormWord::WaitsForBuyer,
        "confirmed" => FormWord::Confirmed(told.confirmation_no.context("no confirmation_no")?),
        "refused" => FormWord::Refused(told.reject_reason.unwrap_or_else(|| "refused".into())),
        other => bail!("the platform knows a status that we do not: {other}"),
    })
}

impl Issuer for TaxPlatform {
    fn name(&self) -> &'static str {
        "the tax platform"
    }

    fn needs_form(&self) -> bool {
        true
    }

    fn submit<'a>(&'a self, demand: &'a Demand<'a>, now_ms: i64) -> Answer<'a, IssueWord> {
        Box::pin(async move {
            let body = self.body(demand)?;
            match self.client.call(("/tax/v1/invoices", Some(&body)), now_ms).await? {
                Ok(content) => Ok(Ok(read::<Told>(&content)?.word()?)),
                Err(refused) => Ok(Err(refused)),
            }
        })
    }

    fn ask<'a>(&'a self, request_no: &'a str, now_ms: i64) -> Answer<'a, Option<IssueWord>> {
        Box::pin(async move {
            let path = format!("/tax/v1/invoices/{request_no}");
            let answered = self.client.call((&path, None), now_ms).await?;
            known(answered, |content| read::<Told>(content)?.word())
        })
    }

    fn fetch<'a>(
        &'a self,
        request_no: &'a str,
        format: &'static str,
        now_ms: i64,
    ) -> Answer<'a, Fetched> {
        Box::pin(async move {
            let path = format!("/tax/v1/invoices/{request_no}/document/{format}");
            match self.client.call((&path, None), now_ms).await? {
                Ok(content) => Ok(Ok(Fetched::Content(content))),
                Err(Refused::Final { code, .. }) if code == "DOCUMENT_NOT_READY" => {
                    Ok(Ok(Fetched::NotYet))
                }
                Err(Refused::Final { code, .. }) if code == "FORMAT_NOT_OFFERED" => {
                    Ok(Ok(Fetched::NotOffered))
                }
                Err(refused) => Ok(Err(refused)),
            }
        })
    }

    fn apply<'a>(&'a self, demand: &'a FormDemand<'a>, now_ms: i64) -> Answer<'a, FormWord> {
        Box::pin(async move {
            let body = json!({
                "request_no": demand.form_no,
                "original": demand.blue_number,
                "reason": demand.reason,
                "gross": demand.gross.yuan(),
            });
            match self.client.call(("/tax/v1/red-forms", Some(&body)), now_ms).await? {
                Ok(content) => Ok(Ok(form_word(&content)?)),
                Err(refused) => Ok(Err(refused)),
            }
        })
    }

    fn ask_form<'a>(&'a self, form_no: &'a str, now_ms: i64) -> Answer<'a, Option<FormWord>> {
        Box::pin(async move {
            let path = format!("/tax/v1/red-forms/{form_no}");
            let answered = self.client.call((&path, None), now_ms).await?;
            known(answered, form_word)
        })
    }

    fn read_callback(&self, callback: &Callback<'_>, now_ms: i64) -> Result<String> {
        self.client.check(callback, now_ms)?;
        Ok(read::<Told>(callback.body)?.request_no())
    }
}

#[cfg(test)]
mod tests {
    use billing::invoice::{Lease, Site, demo_tax_items, split_gross};
    use vocabulary::{Fen, Interval, Timestamp};

    use super::*;

    #[test]
    fn the_platform_is_told_what_was_leased_and_where() {
        let at = |text| Timestamp::parse(text).unwrap();
        let (from, to) = (at("2026-09-15T08:00:30+08:00"), at("2026-09-15T10:05:01+08:00"));
        let site = Site {
            province: "甘肃省".into(),
            city: "白银市".into(),
            district: "白银区".into(),
            address: "人民路".into(),
            cross_city: false,
        };
        let lease = Lease {
            place: "人民路".into(),
            site: Some(site),
            period: Interval::new(from, to).unwrap(),
            plate: Some("甘D12345".into()),
        };
        let tax_item = demo_tax_items().remove(0);
        let totals = split_gross(Fen(300), tax_item.rate_bp).unwrap();
        let told = line(&InvoiceLine { order: "o".into(), tax_item, totals, lease: Some(lease) });
        let expected = json!({"place": "甘肃省-白银市-白银区", "address": "甘肃省白银市白银区人民路", "cross_city": false,
            "from": "2026-09-15 08:00", "to": "2026-09-15 10:06", "plate": "甘D12345"});
        assert_eq!(told["lease"], expected);
    }
}
