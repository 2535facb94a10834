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

use super::guard::{Signed, signature_headers, under_for_notices, wrong_signature};
use super::notices::{About, Attempt, Notice};
use super::order::TradeType;
use super::parking;
use super::refund::Outcome;
use super::refusal::Refusal;
use super::sign::seal;
use crate::app::App;
use crate::clock::beijing;
use crate::tax::notify as callback;
use crate::troubles::NotifyTrouble;

const POSTS_AT_ONCE: usize = 64;
/// The loop looks again at least this often, should a bell be lost.
const LONGEST_NAP: Duration = Duration::from_secs(1);

type Headers = Vec<(&'static str, String)>;

/// A notification ready to be posted, once or more often.
struct Letter {
    posts: Vec<Headers>,
    body: Vec<u8>,
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
        Ok(Post::Letter(letter)) => post(&app, &notice, letter).await,
        Ok(Post::Withheld(outcome)) => outcome,
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

/// What is sent of a notice.
enum Post {
    Letter(Letter),
    /// Nothing: notifications are switched off, or lost on the way; the attempt ends like this.
    Withheld(Attempt),
}

fn write_letter(app: &App, notice: &Notice) -> Result<Post, Refusal> {
    if let About::Document { request_no, status } = &notice.about {
        return write_callback(app, &notice.url, (request_no, status));
    }
    let trouble = app.memory().troubles.notify;
    match trouble {
        NotifyTrouble::Off => return Ok(Post::Withheld(Attempt::Failed)),
        NotifyTrouble::Lost => return Ok(Post::Withheld(Attempt::Taken)),
        _ => {}
    }
    let mut news = tell(app, &notice.about)?;
    match trouble {
        NotifyTrouble::WrongAmount => one_fen_more(&mut news.told),
        NotifyTrouble::WrongMerchant => another_merchant(&mut news.told),
        _ => {}
    }
    let text = news.told.to_string();
    let mut resource = seal(&app.keys.merchant.apiv3_key, news.original, text.as_bytes())
        .map_err(|error| Refusal::System(error.to_string()))?;
    resource["original_type"] = json!(news.original);
    let body = json!({
        "id": notice.id,
        "create_time": beijing(app.now().city_ms),
        "event_type": news.event,
        "resource_type": "encrypt-resource",
        "summary": news.summary,
        "resource": resource,
    });
    let body = body.to_string().into_bytes();
    let stale = trouble == NotifyTrouble::StaleSignature;
    let when = if stale { Signed::TenMinutesAgo } else { Signed::Now };
    let headers = signature_headers(app, &under_for_notices(app), when, &body).to_vec();
    Ok(Post::Letter(Letter { posts: posts(trouble, headers), body }))
}

/// A callback of the tax platform; troubles of payments do not touch it.
fn write_callback(app: &App, url: &str, about: (&str, &str)) -> Result<Post, Refusal> {
    let trouble = app.memory().troubles.tax_notify_of(about.0);
    match trouble {
        NotifyTrouble::Off => return Ok(Post::Withheld(Attempt::Failed)),
        NotifyTrouble::Lost => return Ok(Post::Withheld(Attempt::Taken)),
        _ => {}
    }
    let stale = trouble == NotifyTrouble::StaleSignature;
    let signed = if stale { callback::Signed::TenMinutesAgo } else { callback::Signed::Now };
    let written = callback::callback(app, about, url, signed)
        .map_err(|refusal| Refusal::System(format!("{refusal:?}")))?;
    Ok(Post::Letter(Letter { posts: posts(trouble, written.headers), body: written.body }))
}

/// The headers of each post of one attempt; the last one's answer counts.
fn posts(trouble: NotifyTrouble, headers: Headers) -> Vec<Headers> {
    let signed = |signature: String| {
        let mut other = headers.clone();
        other[2].1 = signature;
        other
    };
    let probe = || signed(wrong_signature(&headers[2].1));
    match trouble {
        NotifyTrouble::Twice => vec![headers.clone(), headers],
        NotifyTrouble::WrongSignature => vec![probe()],
        NotifyTrouble::Probe => vec![probe(), headers],
        NotifyTrouble::ForgedSignature => vec![signed(another_text(&headers[2].1))],
        _ => vec![headers],
    }
}

/// What a notification says.
struct News {
    event: &'static str,
    summary: &'static str,
    original: &'static str,
    told: Value,
}

fn tell(app: &App, about: &About) -> Result<News, Refusal> {
    let memory = app.memory();
    let news = |event, summary, original, told| News { event, summary, original, told };
    match about {
        About::Payment { out_trade_no, .. } | About::PayFail { out_trade_no } => {
            let order = memory.book.order(out_trade_no).ok_or(Refusal::OrderNotExist)?;
            Ok(match (order.trade_type, about) {
                (TradeType::Parking, About::PayFail { .. }) => {
                    let told = parking::fee(order, app.now())?;
                    news("TRANSACTION.PAY_FAIL", "支付失败", "vehicle", told)
                }
                (TradeType::Parking, _) => {
                    let told = parking::fee(order, app.now())?;
                    news("TRANSACTION.SUCCESS", "支付成功", "vehicle", told)
                }
                _ => {
                    let told = order.paid_transaction();
                    news("TRANSACTION.SUCCESS", "支付成功", "transaction", told)
                }
            })
        }
        About::Document { .. } => Err(Refusal::System("a callback is no letter".to_owned())),
        About::Refund { out_refund_no, .. } => {
            let refund = memory.book.refund(out_refund_no).ok_or(Refusal::RefundNotExist)?;
            let (event, summary) = match refund.outcome {
                Outcome::Abnormal => ("REFUND.ABNORMAL", "退款异常"),
                Outcome::Closed => ("REFUND.CLOSED", "退款关闭"),
                Outcome::Success | Outcome::Stuck => ("REFUND.SUCCESS", "退款成功"),
            };
            Ok(news(event, summary, "refund", refund.notified()))
        }
    }
}

/// The same signature but for its first character: that of no text at all.
fn another_text(signature: &str) -> String {
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    std::iter::once(first).chain(signature.chars().skip(1)).collect()
}

fn one_fen_more(told: &mut Value) {
    for field in ["total", "payer_total"] {
        let fen = told["amount"][field].as_i64().unwrap_or_default();
        told["amount"][field] = json!(fen.saturating_add(1));
    }
}

fn another_merchant(told: &mut Value) {
    for field in ["mchid", "sp_mchid"] {
        if told[field].is_string() {
            told[field] = json!("1900000001");
        }
    }
}

async fn post(app: &App, notice: &Notice, letter: Letter) -> Attempt {
    let mut outcome = Attempt::Failed;
    for headers in &letter.posts {
        let mut request = app.http.post(&notice.url).header("content-type", "application/json");
        for (name, value) in headers {
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
