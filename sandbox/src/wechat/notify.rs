//! Sends what `notices` owes: one loop, woken by a bell and by a timer, at most 64 posts at once.
//!
//! The merchant has taken a notification when it answers 200 or 204 within 5 s; its body is not
//! read. Redirects are not followed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::guard::{signature_headers, wrong_signature};
use super::notices::{About, Attempt, Notice};
use super::refusal::Refusal;
use super::sign::seal;
use crate::app::App;
use crate::clock::beijing;
use crate::troubles::NotifyTrouble;

const POSTS_AT_ONCE: usize = 64;
/// The loop looks again at least this often, should a bell be lost.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// A notification ready to be posted.
struct Letter {
    headers: [(&'static str, String); 5],
    body: Vec<u8>,
    copies: usize,
}

/// Runs until dropped; what is under way then is owed again at the next start.
pub(crate) async fn deliver_forever(app: &Arc<App>) -> Infallible {
    let mut posts = JoinSet::new();
    loop {
        let free = POSTS_AT_ONCE - posts.len();
        let (due, nap) = app.blocking(move |app| look(app, free)).await;
        for notice in due {
            posts.spawn(deliver(app.clone(), notice));
        }
        tokio::select! {
            () = app.bell.notified() => {}
            () = tokio::time::sleep(nap) => {}
            Some(_) = posts.join_next() => {}
        }
    }
}

fn look(app: &App, free: usize) -> (Vec<Notice>, Duration) {
    let notices = &mut app.memory().notices;
    let now_ms = app.now().machine_ms;
    let due = notices.take_due(now_ms, free);
    let nap = match notices.next_due_ms() {
        // With no free place the end of a post wakes the loop.
        Some(next_ms) if next_ms > now_ms => {
            Duration::from_millis(next_ms.abs_diff(now_ms)).min(LONGEST_NAP)
        }
        _ => LONGEST_NAP,
    };
    (due, nap)
}

async fn deliver(app: Arc<App>, notice: Notice) {
    let to_write = notice.clone();
    let letter = app.blocking(move |app| write_letter(app, &to_write)).await;
    let outcome = match letter {
        Ok(Some(letter)) => post(&app, &notice, letter).await,
        Ok(None) => Attempt::Failed,
        Err(refusal) => {
            tracing::error!(id = notice.id, ?refusal, "cannot write a notification");
            Attempt::Failed
        }
    };
    let settled =
        app.blocking(move |app| app.memory().notices.settle(notice, outcome, app.now().machine_ms));
    if let Err(error) = settled.await {
        tracing::error!(%error, "cannot record how a notification went");
    }
}

/// `None` while notifications are switched off.
fn write_letter(app: &App, notice: &Notice) -> Result<Option<Letter>, Refusal> {
    let now = app.now();
    let memory = app.memory();
    let trouble = memory.troubles.notify;
    if trouble == NotifyTrouble::Off {
        return Ok(None);
    }
    let (event, summary, original, mut told) = match &notice.about {
        About::Payment { out_trade_no, .. } => {
            let order = memory.book.order(out_trade_no).ok_or(Refusal::OrderNotExist)?;
            ("TRANSACTION.SUCCESS", "支付成功", "transaction", order.paid_transaction())
        }
        About::Refund { out_refund_no, .. } => {
            let refund = memory.book.refund(out_refund_no).ok_or(Refusal::RefundNotExist)?;
            ("REFUND.SUCCESS", "退款成功", "refund", refund.notified())
        }
    };
    drop(memory);
    if trouble == NotifyTrouble::WrongAmount {
        one_fen_more(&mut told);
    }
    let text = told.to_string();
    let mut resource = seal(&app.keys.merchant.apiv3_key, original, text.as_bytes())
        .map_err(|error| Refusal::System(error.to_string()))?;
    resource["original_type"] = json!(original);
    let body = json!({
        "id": notice.id,
        "create_time": beijing(now.city_ms),
        "event_type": event,
        "resource_type": "encrypt-resource",
        "summary": summary,
        "resource": resource,
    });
    let body = body.to_string().into_bytes();
    let mut headers = signature_headers(app, &app.keys.platform.public_key_id, &body);
    if trouble == NotifyTrouble::WrongSignature {
        headers[2].1 = wrong_signature(&headers[2].1);
    }
    let copies = if trouble == NotifyTrouble::Twice { 2 } else { 1 };
    Ok(Some(Letter { headers, body, copies }))
}

fn one_fen_more(told: &mut Value) {
    for field in ["total", "payer_total"] {
        let fen = told["amount"][field].as_i64().unwrap_or_default();
        told["amount"][field] = json!(fen.saturating_add(1));
    }
}

async fn post(app: &App, notice: &Notice, letter: Letter) -> Attempt {
    let mut outcome = Attempt::Failed;
    for _ in 0..letter.copies {
        let mut request = app.http.post(&notice.url).header("content-type", "application/json");
        for (name, value) in &letter.headers {
            request = request.header(*name, value);
        }
        outcome = match request.body(letter.body.clone()).send().await {
            Ok(answer) if [StatusCode::OK, StatusCode::NO_CONTENT].contains(&answer.status()) => {
                Attempt::Taken
            }
            Ok(answer) => {
                tracing::info!(id = notice.id, status = %answer.status(), "notification refused");
                Attempt::Failed
            }
            Err(error) => {
                tracing::info!(id = notice.id, %error, "notification not delivered");
                Attempt::Failed
            }
        };
    }
    outcome
}
