//! The notifications still owed to the merchant, and when each is due.
//!
//! A notification is owed from the charge or refund it is about until the merchant takes it or the
//! last attempt fails. Attempts are on disk (`notices.jsonl`); what is owed is derived from charges
//! and refunds at start, so none is forgotten. One taken just before a crash is sent again, as the
//! real service may. Sends nothing itself.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use openssl::sha::sha256;
use serde::{Deserialize, Serialize};

use super::order::{Attempted, Charge, Order};
use super::refund::Refund;
use crate::journal::Journal;

/// WeChat Pay's waits between attempts, seconds: 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h.
const WAITS_S: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// The real waits, scaled so that the first lasts as long as told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    first_ms: i64,
}

pub(crate) struct Notices {
    schedule: Schedule,
    /// By due machine time; one that is being sent is in nobody's list but its sender's.
    waiting: BTreeMap<(i64, String), Notice>,
    known: HashMap<String, Progress>,
    lines: Journal,
}

/// One notification owed.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// The same in every attempt.
    pub(super) id: String,
    pub(super) about: About,
    pub(super) url: String,
}

/// What it tells of.
#[derive(Clone, Debug)]
pub(crate) enum About {
    Payment {
        out_trade_no: String,
        transaction_id: String,
    },
    /// Of one attempt to give back.
    Refund {
        out_refund_no: String,
        refund_id: String,
        renewed: u32,
    },
    /// A parking fee that could not be debited.
    PayFail {
        out_trade_no: String,
    },
    /// A document of the tax platform or the treasury's that came to this status.
    Document {
        request_no: String,
        status: &'static str,
    },
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Attempt {
    /// 200 or 204.
    Taken,
    /// Another status, no answer in time, no connection, or withheld by a trouble.
    Failed,
}

#[derive(Clone, Copy, Default)]
struct Progress {
    attempts: usize,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Read from disk; nobody has planned it since the start.
    #[default]
    Unplanned,
    Owed,
    /// Taken, or the last attempt failed.
    Settled,
}

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    attempt: usize,
    outcome: Attempt,
    at_ms: i64,
}

impl Schedule {
    /// `first_ms` replaces the real first wait of 15 s; the others shrink alike.
    pub(crate) fn new(first_ms: u32) -> Schedule {
        Schedule { first_ms: i64::from(first_ms) }
    }

    /// The wait after that many failed attempts; `None` after the last.
    fn wait_ms(self, attempts: usize) -> Option<i64> {
        let wait_s = WAITS_S.get(attempts.checked_sub(1)?)?;
        Some(wait_s * self.first_ms / WAITS_S[0])
    }
}

impl About {
    pub(crate) fn payment(charge: &Charge) -> About {
        About::Payment {
            out_trade_no: charge.out_trade_no.clone(),
            transaction_id: charge.transaction_id.clone(),
        }
    }

    pub(crate) fn refund(refund: &Refund) -> About {
        About::Refund {
            out_refund_no: refund.out_refund_no.clone(),
            refund_id: refund.refund_id.clone(),
            renewed: refund.renewed,
        }
    }

    /// What is owed about a parking fee that could not be debited, and from when on (machine time).
    pub(crate) fn failure(order: &Order) -> Option<(About, i64)> {
        let (_, at_ms) = order.tried.filter(|(attempted, _)| *attempted == Attempted::PayFail)?;
        Some((About::PayFail { out_trade_no: order.out_trade_no.clone() }, at_ms))
    }

    /// Derived from the fact, so that it is the same after a restart; shaped like a UUID.
    fn notice_id(&self) -> String {
        let fact = match self {
            About::Payment { transaction_id, .. } => format!("payment:{transaction_id}"),
            About::Refund { refund_id, renewed: 0, .. } => format!("refund:{refund_id}"),
            About::Refund { refund_id, renewed, .. } => format!("refund:{refund_id}:{renewed}"),
            About::PayFail { out_trade_no } => format!("fail:{out_trade_no}"),
            About::Document { request_no, status } => format!("document:{request_no}:{status}"),
        };
        let h = hex::encode(&sha256(fact.as_bytes())[..16]);
        format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
    }
}

impl Notices {
    pub(crate) fn open(data: &Path, schedule: Schedule) -> anyhow::Result<Notices> {
        let (lines, attempts) = Journal::open::<Line>(&data.join("notices.jsonl"))?;
        let mut known: HashMap<String, Progress> = HashMap::new();
        for line in attempts {
            let progress = known.entry(line.id).or_default();
            progress.attempts = line.attempt;
            if line.outcome == Attempt::Taken || schedule.wait_ms(line.attempt).is_none() {
                progress.state = State::Settled;
            }
        }
        Ok(Notices { schedule, waiting: BTreeMap::new(), known, lines })
    }

    /// Owes a notification from `due_ms` on, unless it is owed or settled already.
    pub(crate) fn plan(&mut self, about: About, url: &str, due_ms: i64) {
        let id = about.notice_id();
        let progress = self.known.entry(id.clone()).or_default();
        if progress.state == State::Unplanned {
            progress.state = State::Owed;
            let notice = Notice { id: id.clone(), about, url: url.to_owned() };
            self.waiting.insert((due_ms, id), notice);
        }
    }

    /// Takes out up to `most` notifications that are due; each must be given to `settle`.
    pub(super) fn take_due(&mut self, now_ms: i64, most: usize) -> Vec<Notice> {
        let mut due = Vec::new();
        while due.len() < most {
            match self.waiting.first_entry() {
                Some(first) if first.key().0 <= now_ms => due.push(first.remove()),
                _ => break,
            }
        }
        due
    }

    /// When the next one is due, machine time.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.waiting.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// Records how an attempt ended, and owes the next if there is one. On an error it is owed
    /// again too, since a repeat is harmless and a loss is not.
    pub(super) fn settle(
        &mut self,
        notice: Notice,
        outcome: Attempt,
        now_ms: i64,
    ) -> io::Result<()> {
        let progress = self.known.entry(notice.id.clone()).or_default();
        progress.attempts += 1;
        let attempt = progress.attempts;
        let wait_ms = match outcome {
            Attempt::Taken => None,
            Attempt::Failed => self.schedule.wait_ms(attempt),
        };
        if wait_ms.is_none() {
            progress.state = State::Settled;
        }
        let line = Line { id: notice.id.clone(), attempt, outcome, at_ms: now_ms };
        if let Some(wait_ms) = wait_ms {
            self.waiting.insert((now_ms.saturating_add(wait_ms), notice.id.clone()), notice);
        }
        self.lines.append(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_notification_is_sent_sixteen_times_over_a_day_and_four_minutes() {
        let folder = tempfile::tempdir().unwrap();
        let mut notices = Notices::open(folder.path(), Schedule::new(15_000)).unwrap();
        let about =
            || About::Refund { out_refund_no: "r".into(), refund_id: "1".into(), renewed: 0 };
        notices.plan(about(), "http://x/", 0);
        notices.plan(about(), "http://x/", 0);
        let mut sent_at = Vec::new();
        while let Some(due_ms) = notices.next_due_ms() {
            let notice = notices.take_due(due_ms, 9).pop().unwrap();
            sent_at.push(due_ms / 1000);
            notices.settle(notice, Attempt::Failed, due_ms).unwrap();
        }
        assert_eq!(sent_at.len(), 16);
        assert_eq!(sent_at[..4], [0, 15, 30, 60]);
        assert_eq!(sent_at[15], 24 * 3600 + 4 * 60);

        drop(notices);
        let mut notices = Notices::open(folder.path(), Schedule::new(15_000)).unwrap();
        notices.plan(about(), "http://x/", 0);
        assert_eq!(notices.next_due_ms(), None, "given up stays given up");
    }

    #[test]
    fn the_schedule_shrinks_with_its_first_wait() {
        let schedule = Schedule::new(150);
        let waits: Vec<_> = (0..=16).map(|attempts| schedule.wait_ms(attempts)).collect();
        assert_eq!(waits[..4], [None, Some(150), Some(150), Some(300)]);
        assert_eq!(waits[14..], [Some(216_000), Some(216_000), None]);
    }
}
