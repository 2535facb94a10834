//! A recording: what a broker received, a JSON object a line, in the order of receipt.
//!
//! `{"at": …, "topic": …, "payload": …}`, or `"payload_base64"` for what is not JSON
//! (docs/PROTOCOL.md). Read line by line; a line that makes no sense ends the reading and is named.

use std::io::{BufRead, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use vocabulary::Timestamp;

use crate::flow::import_sheet::{Place, Wrong};
use crate::flow::store_readings::Incoming;

/// Longest line, in bytes: the longest payload that is read, as base64, and room for the rest.
const LINE_LIMIT: u64 = 1 << 20;
/// Longest topic that MQTT knows.
const TOPIC_LIMIT: usize = 65_535;

/// The messages of a recording, oldest first.
#[derive(Debug)]
pub struct Recording<R> {
    from: R,
    line: u64,
    newest: Option<Timestamp>,
    not_after: Option<Timestamp>,
    /// Read already, to know when the recording begins.
    first: Option<Incoming>,
}

#[derive(Deserialize)]
struct Line<'a> {
    at: String,
    topic: String,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    payload_base64: Option<String>,
}

impl<R: BufRead> Recording<R> {
    /// A recording that holds no message after `not_after`.
    ///
    /// # Errors
    /// What is wrong with its first message.
    pub fn open(from: R, not_after: Option<Timestamp>) -> Result<Self, Wrong> {
        let mut recording = Recording { from, line: 0, newest: None, not_after, first: None };
        recording.first = recording.read()?;
        Ok(recording)
    }

    /// When its first message was received; `None` if there is none.
    #[must_use]
    pub fn begins_at(&self) -> Option<Timestamp> {
        self.first.as_ref().map(|message| message.received_at)
    }

    /// The next message.
    ///
    /// # Errors
    /// What is wrong with its line; nothing can be read after that.
    pub fn message(&mut self) -> Result<Option<Incoming>, Wrong> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Result<Option<Incoming>, Wrong> {
        let mut text = Vec::new();
        loop {
            text.clear();
            self.line += 1;
            let length = (&mut self.from)
                .take(LINE_LIMIT)
                .read_until(b'\n', &mut text)
                .map_err(|error| self.wrong("unreadable", error.to_string()))?;
            if length == 0 {
                return Ok(None);
            }
            if u64::try_from(length).is_ok_and(|length| length == LINE_LIMIT) {
                return Err(self.wrong("too_long", "a line has less than 1 MiB"));
            }
            if !text.trim_ascii().is_empty() {
                return self.parse(&text).map(Some);
            }
        }
    }

    fn parse(&mut self, text: &[u8]) -> Result<Incoming, Wrong> {
        let line: Line<'_> = serde_json::from_slice(text)
            .map_err(|error| self.wrong("not_a_message", error.to_string()))?;
        let received_at = self.time(&line.at)?;
        if line.topic.is_empty()
            || line.topic.len() > TOPIC_LIMIT
            || line.topic.contains(['+', '#', '\0'])
        {
            let advice = "the topic is empty, too long, or holds +, # or a zero character";
            return Err(self.wrong("bad_topic", advice));
        }
        let payload = match (line.payload, line.payload_base64) {
            (Some(json), None) => json.get().as_bytes().to_vec(),
            (None, Some(base64)) => STANDARD
                .decode(base64)
                .map_err(|_| self.wrong("bad_payload", "payload_base64 is not base64"))?,
            _ => return Err(self.wrong("bad_payload", "give payload or payload_base64, not both")),
        };
        self.newest = Some(received_at);
        Ok(Incoming { topic: line.topic, payload: payload.into(), received_at })
    }

    fn time(&self, text: &str) -> Result<Timestamp, Wrong> {
        let at = Timestamp::parse(text)
            .map_err(|_| self.wrong("bad_time", "at is not an RFC 3339 instant"))?;
        if let Some(newest) = self.newest.filter(|newest| at < *newest) {
            let advice = format!("{at} comes after {newest}: sort the lines by their receipt");
            return Err(self.wrong("runs_back", advice));
        }
        if self.not_after.is_some_and(|limit| limit < at) {
            let advice = format!("{at} is still to come; --simulated takes invented time");
            return Err(self.wrong("in_the_future", advice));
        }
        Ok(at)
    }

    fn wrong(&self, code: &'static str, advice: impl Into<String>) -> Wrong {
        Wrong::new(Place::Line(self.line), None, code, advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Incoming>, Wrong> {
        let noon = Timestamp::parse("2026-09-15T12:00:00Z").unwrap();
        let mut recording = Recording::open(text.as_bytes(), Some(noon))?;
        std::iter::from_fn(|| recording.message().transpose()).collect()
    }

    #[test]
    fn a_message_is_taken_as_it_was_recorded() {
        let read = all(
            "\n{\"at\":\"2026-09-15T08:00:00+08:00\",\"topic\":\"a/b\",\"payload\":{\"z\":1, \"a\":2.50}}\n\
             {\"at\":\"2026-09-15T00:00:00Z\",\"topic\":\"t\",\"payload_base64\":\"AP8=\",\"qos\":1}",
        )
        .unwrap();
        let read: Vec<_> =
            read.iter().map(|m| (m.topic.as_str(), &m.payload[..], m.received_at.ms())).collect();
        let midnight = 1_789_430_400_000;
        let expected: [(&str, &[u8], i64); 2] =
            [("a/b", br#"{"z":1, "a":2.50}"#, midnight), ("t", &[0, 255], midnight)];
        assert_eq!(read, expected);
        assert!(all("").unwrap().is_empty());
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        let good = r#"{"at":"2026-09-15T01:00:00Z","topic":"t","payload":1}"#;
        for (line, code) in [
            ("x", "not_a_message"),
            (r#"{"topic":"t","payload":1}"#, "not_a_message"),
            (r#"{"at":"noon","topic":"t","payload":1}"#, "bad_time"),
            (r#"{"at":"2026-09-15T00:59:59Z","topic":"t","payload":1}"#, "runs_back"),
            (r#"{"at":"2026-09-15T12:00:01Z","topic":"t","payload":1}"#, "in_the_future"),
            (r#"{"at":"2026-09-15T02:00:00Z","topic":"a/+","payload":1}"#, "bad_topic"),
            (r#"{"at":"2026-09-15T02:00:00Z","topic":"t"}"#, "bad_payload"),
            (r#"{"at":"2026-09-15T02:00:00Z","topic":"t","payload_base64":"%"}"#, "bad_payload"),
        ] {
            let wrong = all(&format!("{good}\n\n{line}\n")).unwrap_err();
            assert_eq!((wrong.at, wrong.code), (Place::Line(3), code), "{line}");
        }
        let endless = format!("{good}\n{}", " ".repeat(1 << 20));
        assert_eq!(all(&endless).unwrap_err().code, "too_long");
    }
}
