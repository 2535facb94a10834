//! The treasury's platform for non-tax bills (财政电子票据): asked like the tax platform, with other numbers.
//!
//! Modelled on what such platforms have in common: a bill has a code of 8 digits, a number of 10 and a check
//! code; no tax; it is reversed by another bill that names it, without a confirmation form. Which fields a
//! real province wants is not known: nothing here is a claim about one.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::arithmetic::fen;
use super::refusal::{Refusal, Sums};
use super::register::Office;
use super::request::{Party, check_request_no, check_url, fits, require};
use crate::app::{App, Memory};

const LINES_LIMIT: usize = 200;

#[derive(Deserialize)]
struct BillRequest {
    request_no: String,
    payer: Party,
    payee: Party,
    lines: Vec<Line>,
    total: String,
    remark: Option<String>,
    notify_url: Option<String>,
    red: Option<Red>,
}

#[derive(Deserialize)]
struct Line {
    item_code: String,
    name: String,
    amount: String,
}

#[derive(Deserialize)]
struct Red {
    /// Code and number of the bill that is reversed, 18 digits.
    original: String,
    reason: String,
}

pub(super) fn offices_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/finance/v1/bills", post(ask))
        .route("/finance/v1/bills/{request_no}", get(show))
}

async fn ask(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let malformed = |error: serde_json::Error| Refusal::Malformed(error.to_string());
    let content: Value = serde_json::from_slice(&body).map_err(malformed)?;
    let bill: BillRequest = serde_json::from_value(content.clone()).map_err(malformed)?;
    let total_fen = bill.check()?;
    app.blocking(move |app| {
        let mut memory = app.memory();
        if memory.register.known(&bill.request_no, &content)?.is_none()
            && let Some(red) = &bill.red
        {
            check_reversal(&memory, red, total_fen)?;
        }
        super::accept(app, &mut memory, Office::Finance, (bill.request_no, content))
    })
    .await
}

async fn show(
    State(app): State<Arc<App>>,
    Path(request_no): Path<String>,
) -> Result<Json<Value>, Refusal> {
    super::show_one(&app, request_no, Office::Finance).await
}

impl BillRequest {
    fn check(&self) -> Result<i64, Refusal> {
        check_request_no(&self.request_no)?;
        check_url(self.notify_url.as_deref())?;
        self.payer.check("payer")?;
        self.payee.check("payee")?;
        require((1..=LINES_LIMIT).contains(&self.lines.len()), "lines: 1–200")?;
        require(fits(self.remark.as_deref().unwrap_or_default(), 0, 230), "remark: at most 230")?;
        let mut sum = 0;
        for (n, line) in self.lines.iter().enumerate() {
            require(fits(&line.name, 1, 100), &format!("line {}: name", n + 1))?;
            require(fits(&line.item_code, 1, 32), &format!("line {}: item_code", n + 1))?;
            let amount = fen(&line.amount);
            sum += amount.ok_or_else(|| Refusal::Field(format!("line {}: amount", n + 1)))?;
        }
        let total = fen(&self.total).ok_or_else(|| Refusal::Field("total".to_owned()))?;
        require((total > 0) == self.red.is_none() && total != 0, "total: above 0, below 0 if red")?;
        let reason = self.red.as_ref().map_or("reason", |red| &red.reason);
        require(fits(reason, 1, 100), "red.reason: 1–100 characters")?;
        if sum == total { Ok(total) } else { Err(Refusal::Arithmetic(Sums::Totals)) }
    }
}

/// Reversals of a bill never exceed it.
fn check_reversal(memory: &Memory, red: &Red, total_fen: i64) -> Result<(), Refusal> {
    let blue = memory.register.numbered(&red.original).filter(|bill| bill.gross_fen() > 0);
    let blue = blue.filter(|bill| bill.office == Office::Finance);
    let blue = blue.ok_or(Refusal::Red("ORIGINAL_UNKNOWN", "原票据不存在"))?;
    if memory.register.reversed_fen(&red.original) - total_fen > blue.gross_fen() {
        return Err(Refusal::Red("MORE_THAN_BLUE", "冲红金额超过原票据余额"));
    }
    Ok(())
}
