//! A client of the live stream.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

/// Each event must come within this.
const EVENT_WITHIN: Duration = Duration::from_secs(30);

/// An open stream of server-sent events.
#[derive(Debug)]
pub(crate) struct Stream {
    answer: reqwest::Response,
    rest: Vec<u8>,
    bays: VecDeque<Value>,
}

impl Stream {
    /// Watches a rectangle: west, south, east, north.
    pub(crate) async fn of(http_url: &str, bbox: &str) -> Stream {
        let client = reqwest::Client::builder().no_proxy().build().expect("a plain client");
        let asked = client.get(format!("{http_url}/api/v1/live?bbox={bbox}")).send().await;
        let answer = asked.expect("the service answers");
        assert_eq!(answer.status(), 200);
        Stream { answer, rest: Vec::new(), bays: VecDeque::new() }
    }

    /// What the next event says of a bay.
    pub(crate) async fn next_bay(&mut self) -> Value {
        loop {
            if let Some(bay) = self.bays.pop_front() {
                return bay;
            }
            let chunk = tokio::time::timeout(EVENT_WITHIN, self.answer.chunk()).await;
            let chunk = chunk.expect("the next event comes in time").expect("the stream goes on");
            self.rest.extend_from_slice(&chunk.expect("the stream has no end"));
            self.read_lines();
        }
    }

    fn read_lines(&mut self) {
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            assert!(!line.starts_with(b"event: resync"), "changes were missed");
            let data = line.strip_prefix(b"data: ").filter(|d| d.starts_with(b"{\"bay_code\""));
            self.bays.extend(data.map(|d| serde_json::from_slice::<Value>(d).expect("JSON")));
        }
    }
}
