//! The HTTP API as a client sees it.

use serde_json::Value;
use vocabulary::Timestamp;

/// A base address to ask.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    base: String,
    http: reqwest::Client,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) text: String,
}

impl Api {
    pub(crate) fn at(base: &str) -> Api {
        let http = reqwest::Client::builder().no_proxy().build();
        Api { base: base.to_owned(), http: http.expect("a plain client can be built") }
    }

    /// The base address.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        send(authorized(request, token)).await
    }

    /// Posts JSON, under an idempotency key if there is one.
    pub(crate) async fn post(
        &self,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: &Value,
    ) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        send(authorized(request, token)).await
    }

    /// Changes what is there, by JSON.
    pub(crate) async fn patch(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let request = self.http.patch(format!("{}{path}", self.base)).json(body);
        send(authorized(request, token)).await
    }

    /// Puts bytes.
    pub(crate) async fn put(&self, path: &str, token: Option<&str>, content: &[u8]) -> Answer {
        let request = self.http.put(format!("{}{path}", self.base)).body(content.to_vec());
        send(authorized(request, token)).await
    }

    pub(crate) async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        let request = self.http.delete(format!("{}{path}", self.base));
        send(authorized(request, token)).await
    }

    /// Posts JSON as a broker that knows the secret does.
    pub(crate) async fn ask(&self, path: &str, secret: Option<&str>, body: &Value) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if let Some(secret) = secret {
            request = request.header("X-Bowei-Secret", secret);
        }
        send(request).await
    }

    /// Opens a stream; its head has come.
    pub(crate) async fn stream(&self, path: &str, token: Option<&str>) -> Stream {
        let request = self.http.get(format!("{}{path}", self.base));
        let answer = authorized(request, token).send().await.expect("the service answers");
        assert_eq!(answer.status().as_u16(), 200);
        Stream { answer, text: String::new() }
    }

    /// Whether anybody answers that all is well.
    pub(crate) async fn is_well(&self) -> bool {
        let asked = self.http.get(format!("{}/healthz", self.base)).send().await;
        asked.is_ok_and(|answer| answer.status() == 200)
    }

    /// Whether anybody answers at all.
    pub(crate) async fn is_reachable(&self) -> bool {
        self.http.get(&self.base).send().await.is_ok()
    }

    /// City time, as the service knows it.
    pub(crate) async fn now(&self) -> Timestamp {
        let health = self.get("/healthz", None).await.expect(200).json();
        let now = health["now"].as_str().expect("a healthy service says what time it is");
        Timestamp::parse(now).expect("an instant is RFC 3339")
    }

    /// What Prometheus would read.
    pub(crate) async fn metrics(&self) -> String {
        self.get("/metrics", None).await.expect(200).text
    }

    /// The sum of a metric over the series that carry every one of `labels` (`reason="x"`).
    pub(crate) async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        sum(&self.metrics().await, name, labels)
    }
}

/// Server-sent events as they come.
#[derive(Debug)]
pub(crate) struct Stream {
    answer: reqwest::Response,
    text: String,
}

impl Stream {
    /// The name and the data of the next event; a comment is none.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim().to_owned())
                };
                let read = field("event:").zip(field("data:"));
                self.text = rest.to_owned();
                if let Some((name, data)) = read {
                    return (name, serde_json::from_str(&data).expect("events are JSON"));
                }
                continue;
            }
            let more = self.answer.chunk().await.expect("the stream goes on");
            self.text += std::str::from_utf8(&more.expect("it does not end")).expect("text");
        }
    }
}

impl Answer {
    /// The answer, which must have this status.
    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// A refusal: this status and this stable code, as a problem document.
    pub(crate) fn expect_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.media_type, "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()));
    }
}

fn authorized(request: reqwest::RequestBuilder, token: Option<&str>) -> reqwest::RequestBuilder {
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.expect("the service answers");
    let media_type = answer.headers().get("content-type").and_then(|v| v.to_str().ok());
    Answer {
        status: answer.status().as_u16(),
        media_type: media_type.unwrap_or_default().to_owned(),
        text: answer.text().await.expect("an answer comes whole"),
    }
}

fn sum(metrics: &str, name: &str, labels: &[&str]) -> f64 {
    let lines = metrics.lines().filter(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    });
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}
