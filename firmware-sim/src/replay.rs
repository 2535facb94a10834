//! Publishes recorded messages again: a file with one JSON object a line,
//! `{"at": …, "topic": …, "payload": …}` or `"payload_base64"` instead of `"payload"`.
//!
//! `payload` is any JSON value and is published byte for byte as it stands in the file;
//! `payload_base64` is for everything else. `at` is only needed to keep the recorded pace. The
//! whole file is checked before anything is published. QoS 1; done when all is acknowledged.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use vocabulary::Timestamp;

use crate::broker::Broker;
use crate::counters::Counters;
use crate::link::{Link, LinkLost, Parcel, Patience};

/// Connections in a row without an acknowledgement before giving up.
const ATTEMPTS: u32 = 5;

/// How fast to publish.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Without waiting.
    AtOnce,
    /// Keeping the recorded gaps, divided by this speed.
    Recorded {
        /// Above 0.
        speed: f64,
    },
}

/// How a replay went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Messages that the broker took.
    pub messages: u64,
    /// Of these, messages for which the broker had no subscriber.
    pub unheard: u64,
}

/// Why a replay did not go through.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFailure {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// As given.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is no recorded message. Nothing was published.
    #[error("line {line}: {reason}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: LineReject,
    },
    /// The broker cannot be reached, closes every connection, or refuses a message.
    #[error("{broker}: {cause} (acknowledged {acknowledged} of {of} messages)")]
    Broker {
        /// Its address.
        broker: String,
        /// What the last connection ended with.
        cause: String,
        /// Messages taken before that.
        acknowledged: u64,
        /// Messages in the file.
        of: u64,
    },
}

/// Why a line is no recorded message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineReject {
    /// Not a JSON object of the known form.
    #[error("not a recorded message: {0}")]
    Json(String),
    /// A topic that cannot be published to.
    #[error("the topic is empty, too long, or holds +, # or a zero character")]
    Topic,
    /// Neither `payload` nor `payload_base64`, or both.
    #[error("exactly one of payload and payload_base64 is needed")]
    Payload,
    /// `payload_base64` is not base64.
    #[error("payload_base64 is not base64")]
    Base64,
    /// `at` is not an RFC 3339 instant.
    #[error("at is not an RFC 3339 instant")]
    At,
    /// The recorded pace was asked for, and `at` is missing.
    #[error("at is missing, but the recorded pace was asked for")]
    NoAt,
}

#[derive(Deserialize)]
struct Line<'a> {
    at: Option<String>,
    topic: String,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    payload_base64: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Recorded {
    at: Option<Timestamp>,
    topic: String,
    payload: Vec<u8>,
}

/// Publishes the messages of a file, in order.
///
/// # Errors
/// `ReplayFailure`; after `Line` nothing was published, after `Broker` some may have been.
pub async fn replay(path: &Path, broker: &Broker, pace: Pace) -> Result<Replayed, ReplayFailure> {
    let mut of = 0;
    for line in lines(path)? {
        let (number, text) = line?;
        read(&text, pace).map_err(|reason| ReplayFailure::Line { line: number, reason })?;
        of += 1;
    }
    let counters = Arc::new(Counters::default());
    let (parcels, inbox) = mpsc::channel(1_000);
    let client_id = format!("bowei-replay-{:08x}", rand::random::<u32>());
    let patience = Patience::Connections(ATTEMPTS);
    let link = Link::new(broker.clone(), client_id, inbox, counters.clone(), patience);
    let (sent, carried) = tokio::join!(send(path, pace, parcels), link.carry());
    let summary = counters.summary();
    let lost = |lost: LinkLost| ReplayFailure::Broker {
        broker: broker.to_string(),
        cause: lost.to_string(),
        acknowledged: summary.pubacked,
        of,
    };
    carried.map_err(lost)?;
    sent?;
    Ok(Replayed { messages: summary.pubacked, unheard: summary.unheard })
}

/// Second reading of the file: a large recording need not fit into memory.
async fn send(
    path: &Path,
    pace: Pace,
    parcels: mpsc::Sender<Parcel<usize>>,
) -> Result<(), ReplayFailure> {
    let began = Instant::now();
    let mut first_at = None;
    for line in lines(path)? {
        let (number, text) = line?;
        let recorded =
            read(&text, pace).map_err(|reason| ReplayFailure::Line { line: number, reason })?;
        if let (Pace::Recorded { speed }, Some(at)) = (pace, recorded.at) {
            let gap_ms = at.since_ms(*first_at.get_or_insert(at));
            sleep_until(began + shortened(gap_ms, speed)).await;
        }
        let parcel = Parcel { key: number, topic: recorded.topic, payload: recorded.payload };
        if parcels.send(parcel).await.is_err() {
            // The link has given up, and says why itself.
            return Ok(());
        }
    }
    Ok(())
}

/// Lines that are not blank, with their numbers.
fn lines(
    path: &Path,
) -> Result<impl Iterator<Item = Result<(usize, String), ReplayFailure>>, ReplayFailure> {
    let shown = path.display().to_string();
    let failure = move |source| ReplayFailure::File { path: shown.clone(), source };
    let file = File::open(path).map_err(&failure)?;
    let numbered = (1..).zip(BufReader::new(file).lines());
    let readable = numbered.map(move |(number, line)| line.map(|l| (number, l)).map_err(&failure));
    Ok(readable.filter(|line| !matches!(line, Ok((_, text)) if text.trim().is_empty())))
}

fn read(text: &str, pace: Pace) -> Result<Recorded, LineReject> {
    let line: Line<'_> =
        serde_json::from_str(text).map_err(|error| LineReject::Json(error.to_string()))?;
    let at = line.at.map(|at| Timestamp::parse(&at)).transpose().map_err(|_| LineReject::At)?;
    if at.is_none() && matches!(pace, Pace::Recorded { .. }) {
        return Err(LineReject::NoAt);
    }
    let topic = line.topic;
    if topic.is_empty() || topic.len() > 65_535 || topic.contains(['+', '#', '\0']) {
        return Err(LineReject::Topic);
    }
    let payload = match (line.payload, line.payload_base64) {
        (Some(json), None) => json.get().as_bytes().to_vec(),
        (None, Some(base64)) => STANDARD.decode(base64).map_err(|_| LineReject::Base64)?,
        _ => return Err(LineReject::Payload),
    };
    Ok(Recorded { at, topic, payload })
}

/// A recording that goes back in time is not waited for.
fn shortened(gap_ms: i64, speed: f64) -> Duration {
    Duration::from_millis(u64::try_from(gap_ms).unwrap_or(0)).div_f64(speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, pace: Pace, expected: Result<(&str, &[u8]), &LineReject>) {
        let got = read(text, pace);
        let got = got.as_ref().map(|r| (r.topic.as_str(), r.payload.as_slice()));
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn a_line_is_published_as_it_was_recorded() {
        for (text, topic, payload) in [
            (r#"{"topic":"a/b","payload":{"z":1, "a":2.50}}"#, "a/b", &br#"{"z":1, "a":2.50}"#[..]),
            (r#"{"topic":"t","payload":[1,2]}"#, "t", b"[1,2]"),
            (r#"{"topic":"t","payload":"x"}"#, "t", br#""x""#),
            (r#"{"topic":"t","payload_base64":"AP8="}"#, "t", &[0, 255]),
            (r#"{"topic":"t","payload_base64":""}"#, "t", b""),
            (r#"{"at":"2026-09-15T00:00:00Z","topic":"t","payload":1,"qos":1}"#, "t", b"1"),
        ] {
            check(text, Pace::AtOnce, Ok((topic, payload)));
        }
    }

    #[test]
    fn a_line_that_is_no_recorded_message_is_refused_with_a_reason() {
        for (text, why) in [
            (r#"{"topic":"t"}"#, LineReject::Payload),
            (r#"{"topic":"t","payload":1,"payload_base64":"AA=="}"#, LineReject::Payload),
            (r#"{"topic":"t","payload_base64":"%"}"#, LineReject::Base64),
            (r#"{"topic":"","payload":1}"#, LineReject::Topic),
            (r#"{"topic":"a/+/b","payload":1}"#, LineReject::Topic),
            (r##"{"topic":"#","payload":1}"##, LineReject::Topic),
            (r#"{"at":"noon","topic":"t","payload":1}"#, LineReject::At),
        ] {
            check(text, Pace::AtOnce, Err(&why));
        }
        for text in ["", "x", "[]", "{", r#"{"payload":1}"#, r#"{"topic":5,"payload":1}"#] {
            assert!(matches!(read(text, Pace::AtOnce), Err(LineReject::Json(_))), "{text}");
        }
        let recorded = Pace::Recorded { speed: 2.0 };
        check(r#"{"topic":"t","payload":1}"#, recorded, Err(&LineReject::NoAt));
    }

    #[test]
    fn recorded_gaps_are_divided_by_the_speed() {
        assert_eq!(shortened(60_000, 60.0), Duration::from_secs(1));
        assert_eq!(shortened(-5, 1.0), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_malformed_file_is_refused_by_line_number_before_anything_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording.jsonl");
        std::fs::write(&path, "{\"topic\":\"t\",\"payload\":1}\n\n{\"topic\":1}\n").unwrap();
        // Nothing listens on port 1: reaching for the broker would be another error.
        let broker: Broker = "mqtt://127.0.0.1:1".parse().unwrap();
        let refused = replay(&path, &broker, Pace::AtOnce).await.unwrap_err();
        assert!(refused.to_string().starts_with("line 3: not a recorded message"), "{refused}");
        let missing = replay(&folder.path().join("none"), &broker, Pace::AtOnce).await.unwrap_err();
        assert!(matches!(missing, ReplayFailure::File { .. }));
    }
}
