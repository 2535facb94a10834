//! What a simulated phone asks of the gateway and of the WeChat stand-in, over HTTP.
//!
//! Asks again, with the same idempotency key and the same body, after a broken connection, a
//! 5xx or a 429, until its patience ends; every other refusal is data with the gateway's stable
//! code. Knows nothing of parking.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::counters::Counters;

/// Waiting times, all in machine time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// First pause before asking again; each further one is half as long again.
    pub(crate) first_pause: Duration,
    /// Longest pause.
    pub(crate) longest_pause: Duration,
    /// How long one matter may take, with all its repetitions.
    pub(crate) matter: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(2),
            matter: Duration::from_secs(180),
        }
    }
}

/// Pauses that grow, until patience ends.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    longest: Duration,
    ends: Instant,
}

impl Pauses {
    pub(crate) fn new(patience: Patience) -> Self {
        Pauses {
            next: patience.first_pause,
            longest: patience.longest_pause,
            ends: Instant::now() + patience.matter,
        }
    }

    /// Waits a little; an error once the matter has taken too long.
    pub(crate) async fn pause(&mut self) -> Result<(), Failure> {
        if Instant::now() >= self.ends {
            return Err(Failure::TookTooLong);
        }
        sleep(self.next).await;
        self.next = (self.next + self.next / 2).min(self.longest);
        Ok(())
    }
}

/// A question to one of the servers.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    url: String,
    token: Option<String>,
    idempotency_key: Option<String>,
    body: Option<Value>,
}

/// Why a question was not answered as hoped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A 4xx with its stable code.
    Refused { status: u16, code: String },
    /// Nobody answered, or it never became true, for as long as patience lasted.
    TookTooLong,
    /// An answer that is not what the contract says; the text names what is missing.
    Unreadable(&'static str),
    /// The order or invoice came to an end that is no success.
    EndedAs(String),
    /// The simulation ends.
    SentHome,
}

impl Failure {
    /// The name under which it is counted.
    pub(crate) fn code(&self) -> String {
        match self {
            Failure::Refused { code, .. } => code.clone(),
            Failure::TookTooLong => "took_too_long".into(),
            Failure::Unreadable(what) => format!("unreadable_{what}"),
            Failure::EndedAs(state) => format!("ended_as_{state}"),
            Failure::SentHome => "sent_home".into(),
        }
    }
}

/// The two servers, and how patiently to ask them.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    http: Client,
    api_url: String,
    sandbox_url: String,
    patience: Patience,
    counters: Arc<Counters>,
}

impl Ask {
    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.into());
        self
    }

    pub(crate) fn key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl Api {
    pub(crate) fn new(
        api_url: &str,
        sandbox_url: &str,
        patience: Patience,
        counters: Arc<Counters>,
    ) -> reqwest::Result<Self> {
        // Both servers are near; a proxy of the environment is for the outside world.
        let http = Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(15))
            .build()?;
        let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
        let (api_url, sandbox_url) = (trimmed(api_url), trimmed(sandbox_url));
        Ok(Api { http, api_url, sandbox_url, patience, counters })
    }

    pub(crate) fn pauses(&self) -> Pauses {
        Pauses::new(self.patience)
    }

    pub(crate) fn get(&self, path: &str) -> Ask {
        ask(Method::GET, &self.api_url, path)
    }

    pub(crate) fn post(&self, path: &str) -> Ask {
        ask(Method::POST, &self.api_url, path)
    }

    pub(crate) fn post_sandbox(&self, path: &str) -> Ask {
        ask(Method::POST, &self.sandbox_url, path)
    }

    /// The JSON answer.
    pub(crate) async fn json(&self, ask: &Ask) -> Result<Value, Failure> {
        let text = self.text(ask).await?;
        serde_json::from_str(&text).map_err(|_| Failure::Unreadable("json"))
    }

    /// The answer as it is; asks again while the servers cannot answer.
    pub(crate) async fn text(&self, ask: &Ask) -> Result<String, Failure> {
        let mut pauses = self.pauses();
        loop {
            match self.once(ask).await {
                Some((status, text)) if status.is_success() => return Ok(text),
                Some((status, text)) if !is_passing(status) => return Err(refusal(status, &text)),
                _ => {
                    self.counters.count(|c| &c.retries);
                    pauses.pause().await?;
                }
            }
        }
    }

    /// Status and body, or nothing if the connection broke anywhere on the way.
    async fn once(&self, ask: &Ask) -> Option<(StatusCode, String)> {
        let mut request = self.http.request(ask.method.clone(), &ask.url);
        if let Some(token) = &ask.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = &ask.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        Some((status, answer.text().await.ok()?))
    }
}

/// The field of an answer, as text.
pub(crate) fn text_of(answer: &Value, field: &'static str) -> Result<String, Failure> {
    answer[field].as_str().map(str::to_owned).ok_or(Failure::Unreadable(field))
}

fn ask(method: Method, base: &str, path: &str) -> Ask {
    let url = format!("{base}{path}");
    Ask { method, url, token: None, idempotency_key: None, body: None }
}

/// Worth asking again: the server cannot answer now, but may soon.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The stable code of the problem document, or the status where there is none.
fn refusal(status: StatusCode, text: &str) -> Failure {
    let problem: Option<Value> = serde_json::from_str(text).ok();
    let code = problem.and_then(|problem| problem["code"].as_str().map(str::to_owned));
    let code = code.unwrap_or_else(|| format!("http_{}", status.as_u16()));
    Failure::Refused { status: status.as_u16(), code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_its_code_or_else_by_its_status() {
        for (status, body, code) in [
            (409, r#"{"type":"about:blank","status":409,"code":"already_paid"}"#, "already_paid"),
            (404, "Not Found", "http_404"),
            (422, r#"{"code":5}"#, "http_422"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refusal(status, body).code(), code);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_patience_ends() {
        let patience = Patience {
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(2),
            matter: Duration::from_secs(10),
        };
        let (began, mut pauses, mut count) = (Instant::now(), Pauses::new(patience), 0);
        while pauses.pause().await.is_ok() {
            count += 1;
        }
        // 0.3 + 0.45 + 0.675 + 1.0125 + 1.51875 = 3.96 s, then 2 s each until 10 s have passed.
        assert_eq!(count, 9);
        assert!(began.elapsed() >= Duration::from_secs(10));
    }
}
