//! A driver's app that is guided to a bay.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Each event must come within this.
const EVENT_WITHIN: Duration = Duration::from_secs(30);

/// One session, as its app holds it.
#[derive(Clone, Debug)]
pub(crate) struct Guided {
    http: reqwest::Client,
    url: String,
    pub(crate) token: String,
    /// What opening it answered.
    pub(crate) opened: Value,
}

/// An open stream of events.
#[derive(Debug)]
pub(crate) struct Events {
    answer: reqwest::Response,
    text: String,
    waiting: VecDeque<Event>,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) data: Value,
    pub(crate) came: Instant,
}

impl Guided {
    pub(crate) async fn open(base: &str, body: &Value) -> Guided {
        let http = reqwest::Client::builder().no_proxy().build().expect("a plain client");
        let url = format!("{base}/api/v1/guidance");
        let answer = http.post(&url).json(body).send().await.expect("the service answers");
        let status = answer.status().as_u16();
        let opened: Value = answer.json().await.expect("an answer is JSON");
        assert_eq!(status, 201, "{opened}");
        let url = format!("{url}/{}", opened["guidance_id"].as_str().expect("it has an id"));
        let token = opened["token"].as_str().expect("it has a token").to_owned();
        Guided { http, url, token, opened }
    }

    /// The events, after the one that is known.
    pub(crate) async fn events(&self, known: Option<i64>) -> Events {
        let mut request = self.http.get(format!("{}/events", self.url));
        request = request.header("Guidance-Token", &self.token);
        if let Some(known) = known {
            request = request.header("Last-Event-ID", known.to_string());
        }
        let answer = request.send().await.expect("the service answers");
        assert_eq!(answer.status().as_u16(), 200);
        Events { answer, text: String::new(), waiting: VecDeque::new() }
    }

    /// The status of a stream that is asked for with that token in the address, as a browser's EventSource does.
    pub(crate) async fn stream_status(&self, token: &str) -> u16 {
        let request = self.http.get(format!("{}/events?token={token}", self.url));
        request.send().await.expect("the service answers").status().as_u16()
    }

    pub(crate) async fn get(&self) -> (u16, Value) {
        self.send(self.http.get(&self.url)).await
    }

    pub(crate) async fn put(&self, body: &Value) -> (u16, Value) {
        self.send(self.http.put(&self.url).json(body)).await
    }

    /// Moves on; what the service shows then.
    pub(crate) async fn move_to(&self, lon: f64, lat: f64) -> Value {
        let (status, shown) = self.put(&json!({"at": {"lon": lon, "lat": lat}})).await;
        assert_eq!(status, 200, "{shown}");
        shown
    }

    pub(crate) async fn end(&self, reason: &str) -> u16 {
        let (status, _) = self.send(self.http.delete(format!("{}{reason}", self.url))).await;
        status
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.header("Guidance-Token", &self.token).send().await;
        let answer = answer.expect("the service answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("an answer comes whole");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

impl Events {
    /// The next event.
    pub(crate) async fn next(&mut self) -> Event {
        self.next_or_end().await.expect("the stream goes on")
    }

    /// The next event; none if the stream ends.
    pub(crate) async fn next_or_end(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(EVENT_WITHIN, self.answer.chunk()).await;
            let chunk = chunk.expect("something comes in time").expect("the connection holds")?;
            self.text += std::str::from_utf8(&chunk).expect("events are text");
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim().to_owned())
                };
                // A comment is none.
                let read = field("id:").zip(field("event:")).zip(field("data:"));
                self.waiting.extend(read.map(|((id, name), data)| Event {
                    id: id.parse().expect("an id is a number"),
                    name,
                    data: serde_json::from_str(&data).expect("events are JSON"),
                    came: Instant::now(),
                }));
                self.text = rest.to_owned();
            }
        }
    }

    /// That nothing comes for so long.
    pub(crate) async fn silent_for(&mut self, time: Duration) {
        let next = tokio::time::timeout(time, self.next()).await;
        assert!(next.is_err(), "{next:?}");
    }
}
