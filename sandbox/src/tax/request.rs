//! The body of `POST /tax/v1/invoices`, read and checked: form first, then the sums.

use serde::Deserialize;
use serde_json::Value;

use super::arithmetic::{self, Amounts};
use super::refusal::Refusal;

const LINES_LIMIT: usize = 500;
/// VAT rates an invoice of 2026 may carry, in millionths.
const RATES: [i64; 7] = [0, 10_000, 30_000, 50_000, 60_000, 90_000, 130_000];

#[derive(Deserialize)]
pub(super) struct InvoiceRequest {
    request_no: String,
    buyer: Party,
    seller: Party,
    lines: Vec<Line>,
    totals: Totals,
    remark: Option<String>,
}

#[derive(Deserialize)]
struct Party {
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
}

#[derive(Deserialize)]
struct Totals {
    net: String,
    tax: String,
    gross: String,
}

impl InvoiceRequest {
    /// The request number and the whole body, if the body may be invoiced.
    pub(super) fn parse(body: &[u8]) -> Result<(String, Value), Refusal> {
        let malformed = |error: serde_json::Error| Refusal::Malformed(error.to_string());
        let content: Value = serde_json::from_slice(body).map_err(malformed)?;
        let request: InvoiceRequest = serde_json::from_value(content.clone()).map_err(malformed)?;
        request.check()?;
        Ok((request.request_no, content))
    }

    fn check(&self) -> Result<(), Refusal> {
        let number =
            self.request_no.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        require(number && fits(&self.request_no, 1, 64), "request_no: 1–64 of [A-Za-z0-9_-]")?;
        self.buyer.check("buyer")?;
        self.seller.check("seller")?;
        require(self.seller.tax_id.is_some(), "seller.tax_id is required")?;
        require((1..=LINES_LIMIT).contains(&self.lines.len()), "lines: 1–500")?;
        let remark = self.remark.as_deref().unwrap_or_default();
        require(fits(remark, 0, 230), "remark: at most 230 characters")?;
        let lines = self.lines.iter().enumerate();
        let lines: Vec<_> = lines.map(|(n, line)| line.read(n + 1)).collect::<Result<_, _>>()?;
        let totals = amounts("totals", &self.totals.net, &self.totals.tax, &self.totals.gross)?;
        require(totals.gross_fen > 0, "totals.gross must be above zero")?;
        arithmetic::check(&lines, totals).map_err(Refusal::Arithmetic)
    }
}

impl Party {
    fn check(&self, who: &str) -> Result<(), Refusal> {
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
        let rate = arithmetic::rate(&self.rate).filter(|rate| RATES.contains(rate));
        let rate = rate.ok_or_else(|| Refusal::Field(format!("line {line}: no such rate")))?;
        let place = format!("line {line}");
        Ok((rate, amounts(&place, &self.net, &self.tax, &self.gross)?))
    }
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

fn require(allowed: bool, issue: &str) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::Field(issue.to_owned())) }
}

fn fits(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.chars().count())
}
