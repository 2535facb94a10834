//! Confirmation forms of red invoices (红字发票信息确认单): applied for under the seller's own number,
//! confirmed at once, or by the buyer if the buyer has used the invoice.
//!
//! Applications and what buyers did are on disk (`red_forms.jsonl`). A buyer is played over
//! `/sandbox/tax/…`: uses an invoice, confirms a form or refuses it, gives up what could not be signed.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path as Named, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arithmetic;
use super::refusal::Refusal;
use super::register::Office;
use super::request::{Red, check_request_no, require};
use crate::app::{App, Memory};
use crate::journal::Journal;
use crate::keys::random_digits;
use crate::troubles::RedTrouble;

/// What a buyer who must confirm says in the end if nobody plays the buyer, machine time; only under
/// `tax_chance`.
const BUYER_THINKS_MS: i64 = 3_000;

const REASONS: [&str; 4] = ["销货退回", "开票有误", "服务中止", "销售折让"];

pub(crate) struct RedForms {
    forms: HashMap<String, Form>,
    used: HashSet<String>,
    lines: Journal,
}

#[derive(Clone, Debug)]
struct Form {
    content: Value,
    original: String,
    gross_fen: i64,
    confirmation_no: String,
    word: Word,
    /// Confirms by itself then (machine time).
    confirms_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    WaitsForBuyer,
    Confirmed,
    Refused,
}

/// One line of `red_forms.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Applied {
        request_no: String,
        content: Value,
        confirmation_no: String,
        word: Word,
        confirms_ms: Option<i64>,
    },
    Said {
        request_no: String,
        word: Word,
    },
    Used {
        invoice_number: String,
    },
}

#[derive(Deserialize)]
struct Application {
    request_no: String,
    /// The number of the blue invoice.
    original: String,
    /// One of four.
    reason: String,
    /// Below 0.
    gross: String,
}

impl RedForms {
    pub(crate) fn open(data: &Path) -> anyhow::Result<RedForms> {
        let (lines, known) = Journal::open::<Line>(&data.join("red_forms.jsonl"))?;
        let mut forms = RedForms { forms: HashMap::new(), used: HashSet::new(), lines };
        for line in known {
            forms.enter(line);
        }
        Ok(forms)
    }

    /// Whether a form allows this red invoice.
    pub(super) fn check(&self, red: &Red, gross_fen: i64, now_ms: i64) -> Result<(), Refusal> {
        let form = self.forms.values().find(|form| form.confirmation_no == red.confirmation_no);
        let form = form.ok_or(Refusal::Red("CONFIRMATION_UNKNOWN", "红字确认单不存在"))?;
        if form.word(now_ms) != Word::Confirmed {
            return Err(Refusal::Red("NOT_CONFIRMED", "红字确认单未确认"));
        }
        if form.original != red.original || form.gross_fen != gross_fen {
            return Err(Refusal::Red("CONFIRMATION_DIFFERS", "红字发票与确认单不一致"));
        }
        Ok(())
    }

    fn write(&mut self, line: Line) -> Result<(), Refusal> {
        self.lines.append(&line)?;
        self.enter(line);
        Ok(())
    }

    fn enter(&mut self, line: Line) {
        match line {
            Line::Applied { request_no, content, confirmation_no, word, confirms_ms } => {
                let original = content["original"].as_str().unwrap_or_default().to_owned();
                let gross_fen = content["gross"].as_str().and_then(arithmetic::fen);
                let gross_fen = gross_fen.unwrap_or_default();
                let form =
                    Form { content, original, gross_fen, confirmation_no, word, confirms_ms };
                self.forms.insert(request_no, form);
            }
            Line::Said { request_no, word } => {
                if let Some(form) = self.forms.get_mut(&request_no) {
                    form.word = word;
                }
            }
            Line::Used { invoice_number } => {
                self.used.insert(invoice_number);
            }
        }
    }

    /// What confirmed forms of an invoice ask for that no red invoice was issued under, fen above 0.
    fn promised_fen(&self, original: &str, is_used: impl Fn(&str) -> bool) -> i64 {
        let open = self.forms.values().filter(|form| {
            form.original == original
                && form.word != Word::Refused
                && !is_used(&form.confirmation_no)
        });
        open.map(|form| -form.gross_fen).sum()
    }
}

impl Form {
    fn word(&self, now_ms: i64) -> Word {
        match (self.word, self.confirms_ms) {
            (Word::WaitsForBuyer, Some(at_ms)) if now_ms >= at_ms => Word::Confirmed,
            (word, _) => word,
        }
    }

    fn shown(&self, request_no: &str, now_ms: i64) -> Value {
        let mut shown = json!({"request_no": request_no});
        match self.word(now_ms) {
            Word::WaitsForBuyer => shown["status"] = json!("waits_for_buyer"),
            Word::Confirmed => {
                shown["status"] = json!("confirmed");
                shown["confirmation_no"] = json!(self.confirmation_no);
            }
            Word::Refused => {
                shown["status"] = json!("refused");
                shown["reject_reason"] = json!("购买方不同意开具红字发票");
            }
        }
        shown
    }
}

pub(super) fn offices_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/tax/v1/red-forms", post(apply))
        .route("/tax/v1/red-forms/{request_no}", axum::routing::get(show))
}

pub(super) fn buyers_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sandbox/tax/invoices/{number}/use", post(use_invoice))
        .route("/sandbox/tax/invoices/{number}/void", post(void_invoice))
        .route("/sandbox/tax/red-forms/{request_no}", post(say))
}

async fn apply(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Refusal> {
    let malformed = |error: serde_json::Error| Refusal::Malformed(error.to_string());
    let content: Value = serde_json::from_slice(&body).map_err(malformed)?;
    let asked: Application = serde_json::from_value(content.clone()).map_err(malformed)?;
    check_request_no(&asked.request_no)?;
    require(REASONS.contains(&asked.reason.as_str()), "reason: one of the four")?;
    let gross_fen = arithmetic::fen(&asked.gross).filter(|fen| *fen < 0);
    let gross_fen = gross_fen.ok_or_else(|| Refusal::Field("gross: below 0.00".to_owned()))?;
    app.blocking(move |app| {
        let now_ms = app.now().machine_ms;
        let mut memory = app.memory();
        if let Some(known) = memory.red_forms.forms.get(&asked.request_no) {
            if known.content != content {
                return Err(Refusal::RequestNoUsed);
            }
            return Ok(answer(known.shown(&asked.request_no, now_ms)));
        }
        check_room(&memory, &asked.original, gross_fen)?;
        let (word, confirms_ms) = first_word(&memory, &asked, now_ms);
        let request_no = asked.request_no;
        let confirmation_no = format!("62{}", random_digits(18));
        let applied = Line::Applied {
            request_no: request_no.clone(),
            content,
            confirmation_no,
            word,
            confirms_ms,
        };
        memory.red_forms.write(applied)?;
        Ok(answer(memory.red_forms.forms[&request_no].shown(&request_no, now_ms)))
    })
    .await
}

/// Red invoices and forms of one blue invoice never exceed it.
fn check_room(memory: &Memory, original: &str, gross_fen: i64) -> Result<(), Refusal> {
    let register = &memory.register;
    let blue = register.numbered(original).filter(|invoice| invoice.gross_fen() > 0);
    let blue = blue.filter(|invoice| invoice.office == Office::Tax);
    let blue = blue.ok_or(Refusal::Red("ORIGINAL_UNKNOWN", "蓝字发票不存在"))?;
    let promised = memory.red_forms.promised_fen(original, |no| register.is_confirmation_used(no));
    if register.reversed_fen(original) + promised - gross_fen > blue.gross_fen() {
        return Err(Refusal::Red("MORE_THAN_BLUE", "红字金额超过蓝字发票可冲红余额"));
    }
    Ok(())
}

fn first_word(memory: &Memory, asked: &Application, now_ms: i64) -> (Word, Option<i64>) {
    let used = memory.red_forms.used.contains(&asked.original);
    match memory.troubles.red_of(&asked.request_no) {
        RedTrouble::Refused => (Word::Refused, None),
        RedTrouble::Used => {
            let by_itself = memory.troubles.tax_chance.is_some();
            (Word::WaitsForBuyer, by_itself.then(|| now_ms.saturating_add(BUYER_THINKS_MS)))
        }
        RedTrouble::Normal if used => (Word::WaitsForBuyer, None),
        RedTrouble::Normal => (Word::Confirmed, None),
    }
}

async fn show(
    State(app): State<Arc<App>>,
    Named(request_no): Named<String>,
) -> Result<Response, Refusal> {
    app.blocking(move |app| {
        let now_ms = app.now().machine_ms;
        let memory = app.memory();
        let form = memory.red_forms.forms.get(&request_no).ok_or(Refusal::RequestNotFound)?;
        Ok(Json(form.shown(&request_no, now_ms)).into_response())
    })
    .await
}

/// The buyer takes the invoice into its books: from now on a red one needs its word.
async fn use_invoice(
    State(app): State<Arc<App>>,
    Named(number): Named<String>,
) -> Result<Response, Refusal> {
    app.blocking(move |app| {
        let mut memory = app.memory();
        memory.register.numbered(&number).ok_or(Refusal::RequestNotFound)?;
        memory.red_forms.write(Line::Used { invoice_number: number })?;
        Ok(Json(json!({"used": true})).into_response())
    })
    .await
}

/// The office gives a document up that it could not sign.
async fn void_invoice(
    State(app): State<Arc<App>>,
    Named(number): Named<String>,
) -> Result<Response, Refusal> {
    app.blocking(move |app| {
        app.memory().register.make_void(&number)?;
        Ok(Json(json!({"void": true})).into_response())
    })
    .await
}

#[derive(Deserialize)]
struct BuyersWord {
    confirms: bool,
}

async fn say(
    State(app): State<Arc<App>>,
    Named(request_no): Named<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let said: BuyersWord = serde_json::from_slice(&body)
        .map_err(|error: serde_json::Error| Refusal::Malformed(error.to_string()))?;
    app.blocking(move |app| {
        let now_ms = app.now().machine_ms;
        let mut memory = app.memory();
        let form = memory.red_forms.forms.get(&request_no).ok_or(Refusal::RequestNotFound)?;
        if form.word(now_ms) == Word::WaitsForBuyer {
            let word = if said.confirms { Word::Confirmed } else { Word::Refused };
            memory.red_forms.write(Line::Said { request_no: request_no.clone(), word })?;
        }
        Ok(Json(memory.red_forms.forms[&request_no].shown(&request_no, now_ms)).into_response())
    })
    .await
}

fn answer(shown: Value) -> Response {
    (StatusCode::ACCEPTED, Json(shown)).into_response()
}
