//! The body of `POST /tax/v1/invoices`, read and checked: form first, then the sums.
//!
//! A red invoice has amounts below 0 and names the blue one and the number of its confirmation form.

use serde::Deserialize;
use serde_json::Value;

use super::arithmetic::{self, Amounts};
use super::refusal::Refusal;

const LINES_LIMIT: usize = 500;
/// VAT rates an invoice of 2026 may carry, in millionths.
const RATES: [i64; 7] = [0, 10_000, 30_000, 50_000, 60_000, 90_000, 130_000];
const URL_LIMIT: usize = 512;

#[derive(Deserialize)]
pub(super) struct InvoiceRequest {
    request_no: String,
    #[serde(default)]
    kind: Kind,
    red: Option<Red>,
    buyer: Party,
    seller: Party,
    lines: Vec<Line>,
    totals: Totals,
    remark: Option<String>,
    notify_url: Option<String>,
}

/// Blue if left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    #[default]
    Blue,
    Red,
}

/// What a red invoice is of.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Red {
    /// The number of the blue one.
    pub(super) original: String,
    /// 20 digits, from the confirmation form.
    pub(super) confirmation_no: String,
}

#[derive(Deserialize)]
pub(super) struct Party {
    name: String,
    tax_id: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    tax_code: String,
    rate: String,
    net: String,
    tax: String,
    gross: String,
    lease: Option<Lease>,
}

/// What a line of a real-estate lease tells: parking is one.
#[derive(Deserialize)]
struct Lease {
    /// Province, city, district.
    place: String,
    address: String,
    cross_city: bool,
    /// `yyyy-MM-dd HH:mm`.
    from: String,
    to: String,
    plate: Option<String>,
}

#[derive(Deserialize)]
struct Totals {
    net: String,
    tax: String,
    gross: String,
}

/// A request that may be accepted.
pub(super) struct Read {
    pub(super) request_no: String,
    pub(super) red: Option<Red>,
    pub(super) gross_fen: i64,
    pub(super) content: Value,
}

impl InvoiceRequest {
    /// The request and the whole body, if the body may be invoiced.
    pub(super) fn parse(body: &[u8]) -> Result<Read, Refusal> {
        let malformed = |error: serde_json::Error| Refusal::Malformed(error.to_string());
        let content: Value = serde_json::from_slice(body).map_err(malformed)?;
        let request: InvoiceRequest = serde_json::from_value(content.clone()).map_err(malformed)?;
        let gross_fen = request.check()?;
        Ok(Read { request_no: request.request_no, red: request.red, gross_fen, content })
    }

    fn check(&self) -> Result<i64, Refusal> {
        check_request_no(&self.request_no)?;
        check_url(self.notify_url.as_deref())?;
        self.buyer.check("buyer")?;
        self.seller.check("seller")?;
        require(self.seller.tax_id.is_some(), "seller.tax_id is required")?;
        require((1..=LINES_LIMIT).contains(&self.lines.len()), "lines: 1–500")?;
        let remark = self.remark.as_deref().unwrap_or_default();
        require(fits(remark, 0, 230), "remark: at most 230 characters")?;
        let lines = self.lines.iter().enumerate();
        let lines: Vec<_> = lines.map(|(n, line)| line.read(n + 1)).collect::<Result<_, _>>()?;
        let totals = amounts("totals", &self.totals.net, &self.totals.tax, &self.totals.gross)?;
        match (self.kind, &self.red) {
            (Kind::Blue, None) => {
                require(totals.gross_fen > 0, "totals.gross must be above zero")?;
            }
            (Kind::Red, Some(_)) => {
                require(totals.gross_fen < 0, "totals.gross of a red invoice is below zero")?;
            }
            _ => require(false, "red: with kind red, and only then")?,
        }
        arithmetic::check(&lines, totals).map_err(Refusal::Arithmetic)?;
        Ok(totals.gross_fen)
    }
}

impl Party {
    pub(super) fn check(&self, who: &str) -> Result<(), Refusal> {
        require(fits(self.name.trim(), 1, 100), &format!("{who}.name: 1–100 characters"))?;
        let tax_id = self.tax_id.as_deref().unwrap_or("000000000000000");
        let allowed = tax_id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        require(
            allowed && fits(tax_id, 15, 20),
            &format!("{who}.tax_id: 15–20 digits or capital letters"),
        )
    }
}

impl Line {
    fn read(&self, line: usize) -> Result<(i64, Amounts), Refusal> {
        require(fits(&self.name, 1, 100), &format!("line {line}: name of 1–100 characters"))?;
        let code = self.tax_code.len() == 19 && self.tax_code.bytes().all(|b| b.is_ascii_digit());
        require(code, &format!("line {line}: tax_code of 19 digits"))?;
        if let Some(lease) = &self.lease {
            require(lease.is_whole(), &format!("line {line}: the lease is not to the minute"))?;
        }
        let rate = arithmetic::rate(&self.rate).filter(|rate| RATES.contains(rate));
        let rate = rate.ok_or_else(|| Refusal::Field(format!("line {line}: no such rate")))?;
        let place = format!("line {line}");
        Ok((rate, amounts(&place, &self.net, &self.tax, &self.gross)?))
    }
}

impl Lease {
    fn is_whole(&self) -> bool {
        // Text of one form sorts as the times it tells.
        let times = is_minute(&self.from) && is_minute(&self.to) && self.from <= self.to;
        let plate = self.plate.as_deref().is_none_or(|plate| fits(plate, 1, 20));
        let places = fits(&self.place, 0, 100) && fits(&self.address, 1, 200);
        // Either answer is one.
        let _either = self.cross_city;
        times && plate && places
    }
}

/// `yyyy-MM-dd HH:mm`.
fn is_minute(text: &str) -> bool {
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").is_ok() && text.len() == 16
}

pub(super) fn check_request_no(request_no: &str) -> Result<(), Refusal> {
    let number = request_no.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    require(number && fits(request_no, 1, 64), "request_no: 1–64 of [A-Za-z0-9_-]")
}

pub(super) fn check_url(url: Option<&str>) -> Result<(), Refusal> {
    let http = url.is_none_or(|url| url.starts_with("http://") || url.starts_with("https://"));
    require(http && url.is_none_or(|url| url.len() <= URL_LIMIT), "notify_url: an http address")
}

fn amounts(place: &str, net: &str, tax: &str, gross: &str) -> Result<Amounts, Refusal> {
    let read = |name: &str, text: &str| {
        let issue = || Refusal::Field(format!("{place}: {name} is no amount such as 9.00"));
        arithmetic::fen(text).ok_or_else(issue)
    };
    Ok(Amounts {
        net_fen: read("net", net)?,
        tax_fen: read("tax", tax)?,
        gross_fen: read("gross", gross)?,
    })
}

pub(super) fn require(allowed: bool, issue: &str) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::Field(issue.to_owned())) }
}

pub(super) fn fits(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.chars().count())
}
