//! The trade bill of a day: asked for (`GET /v3/bill/tradebill`), then downloaded from an address that
//! soon ends, in an answer without a signature.
//!
//! As documented: days are Beijing's, a day's bill is there from 10:00 the next day on and for three
//! months; a day without trade has none. What a bill looks like is in `bill_text`.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{Months, NaiveDate, NaiveTime};
use flate2::Compression;
use flate2::write::GzEncoder;
use openssl::hash::{MessageDigest, hash};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bill_text::{BillKind, bill_of};
use super::order::require;
use super::refusal::Refusal;
use crate::app::App;
use crate::clock::at_beijing;
use crate::keys::random_hex;
use crate::troubles::BillTrouble;

/// How long a bill can be downloaded, machine time.
const DOWNLOAD_MS: i64 = 5 * 60_000;
/// From this hour on the bill of the day before is there.
const READY_HOUR: u32 = 10;
/// For so long a bill can be had.
const KEPT: Months = Months::new(3);

/// Bills that wait to be downloaded.
#[derive(Default)]
pub(crate) struct Downloads {
    waiting: HashMap<String, Download>,
}

struct Download {
    content: Vec<u8>,
    expires_ms: i64,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    bill_date: Option<String>,
    bill_type: Option<String>,
    tar_type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Token {
    token: Option<String>,
}

/// Makes the bill, and answers where it lies and what it hashes to.
pub(super) async fn trade_bill(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Refusal> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let base = format!("http://{host}/v3/billdownload/file");
    app.blocking(move |app| {
        let now = app.now();
        let (day, kind) = read(&asked)?;
        require_ready(day, now.city_ms)?;
        let mut memory = app.memory();
        let text = bill_of(&memory.book, &app.keys.merchant.account, (day, kind), now);
        let mut text = text?.ok_or(Refusal::NoStatement)?;
        require_made(day, now.city_ms)?;
        let trouble = memory.troubles.bill;
        if trouble == BillTrouble::Late {
            return Err(Refusal::StatementCreating);
        }
        if trouble == BillTrouble::CutOff {
            text.truncate(text.find("\r\n").map_or(0, |end| end + 2));
        }
        let hashed = if trouble == BillTrouble::WrongHash { "another text" } else { text.as_str() };
        let digest = hash(MessageDigest::sha1(), hashed.as_bytes());
        let digest = digest.map_err(|error| Refusal::System(error.to_string()))?;
        let mut content = packed(text.into_bytes(), asked.tar_type.as_deref())?;
        if trouble == BillTrouble::Truncated {
            content.truncate(content.len() / 2);
        }
        let token = random_hex(24);
        let expires_ms = now.machine_ms.saturating_add(DOWNLOAD_MS);
        memory.downloads.waiting.retain(|_, one| one.expires_ms > now.machine_ms);
        memory.downloads.waiting.insert(token.clone(), Download { content, expires_ms });
        Ok(Json(json!({
            "download_url": format!("{base}?token={token}"),
            "hash_type": "SHA1",
            "hash_value": hex::encode(digest),
        })))
    })
    .await
}

/// Gives a bill out, as often as asked for in its time.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Query(token): Query<Token>,
) -> Result<Response, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let waiting = token.token.as_ref().and_then(|token| memory.downloads.waiting.get(token));
        let known = waiting.filter(|one| one.expires_ms > app.now().machine_ms);
        let content = known.ok_or(Refusal::NoStatement)?.content.clone();
        let kind = [(CONTENT_TYPE, "application/octet-stream")];
        Ok((StatusCode::OK, kind, content).into_response())
    })
    .await
}

fn read(asked: &Asked) -> Result<(NaiveDate, BillKind), Refusal> {
    let day =
        asked.bill_date.as_deref().and_then(|d| NaiveDate::parse_from_str(d, "%Y-%m-%d").ok());
    let day = day.ok_or(Refusal::Param { field: "bill_date", issue: "须为yyyy-MM-dd" })?;
    let kind = match asked.bill_type.as_deref() {
        None | Some("ALL") => BillKind::All,
        Some("SUCCESS") => BillKind::Success,
        Some("REFUND") => BillKind::Refund,
        Some(_) => return Err(Refusal::Param { field: "bill_type", issue: "须为枚举值" }),
    };
    let packing = asked.tar_type.as_deref().is_none_or(|packing| packing == "GZIP");
    require(packing, "tar_type", "须为GZIP")?;
    Ok((day, kind))
}

/// Today has no bill yet, and those of more than three months ago are gone.
fn require_ready(day: NaiveDate, city_ms: i64) -> Result<(), Refusal> {
    let today = at_beijing(city_ms).date_naive();
    if day >= today {
        return Err(Refusal::NoStatement);
    }
    let oldest = today.checked_sub_months(KEPT).unwrap_or(NaiveDate::MIN);
    require(day >= oldest, "bill_date", "仅支持三个月内的账单")
}

fn require_made(day: NaiveDate, city_ms: i64) -> Result<(), Refusal> {
    let now = at_beijing(city_ms).naive_local();
    let hour = NaiveTime::from_hms_opt(READY_HOUR, 0, 0).unwrap_or(NaiveTime::MIN);
    let ready = day.succ_opt().map(|next| next.and_time(hour));
    if ready.is_none_or(|ready| now < ready) {
        return Err(Refusal::StatementCreating);
    }
    Ok(())
}

fn packed(text: Vec<u8>, packing: Option<&str>) -> Result<Vec<u8>, Refusal> {
    if packing.is_none() {
        return Ok(text);
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&text)?;
    Ok(packer.finish()?)
}
