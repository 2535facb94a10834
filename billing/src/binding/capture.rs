//! A capture made offline: when it really was, and what it comes to when it arrives late.
//!
//! **When**, by the best clock that there is:
//!
//! | source | needs | is |
//! | --- | --- | --- |
//! | `monotonic` | the handheld has not been restarted since | now − (its monotonic clock now − then) |
//! | `offset` | an offset measured against our clock | its wall clock + offset |
//! | `wall` | nothing else | its wall clock |
//!
//! **What it comes to**, by the verdict on the stay and the state of the order:
//!
//! | verdict | order | outcome |
//! | --- | --- | --- |
//! | none: no stay seen | – | `waiting` |
//! | `Bind`, `Replace` | new | `bound` |
//! | `Join` | `open` | `bound` |
//! | `Join` | `due`, `owing` | `bound`: there is something to collect |
//! | `Join` | `paid` and the other ends | `paid_meanwhile`: nothing to collect |
//! | `Dispute` | any | `disputed` |
//! | `Refuse`, `Hint` | any | `refused` |

use vocabulary::Timestamp;

use super::Verdict;
use crate::order::OrderState;

/// What a handheld's clocks said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Its wall clock at the capture.
    pub wall_at: Timestamp,
    /// Its monotonic clock at the capture.
    pub monotonic_ms: i64,
    /// Its monotonic clock at the upload, if it has not been restarted in between.
    pub monotonic_now_ms: Option<i64>,
    /// Our time minus its wall clock, as measured by the handheld.
    pub offset_ms: Option<i64>,
}

/// Which clock gave the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// The time since the capture.
    Monotonic,
    /// The wall clock, set right.
    Offset,
    /// The wall clock alone.
    Wall,
}

/// Why a capture has no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeReject {
    /// After now.
    #[error("the capture lies in the future: check the handheld's clock")]
    Future,
    /// Before captures are taken.
    #[error("the capture is too old to be taken")]
    TooOld,
}

/// What a late capture came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureOutcome {
    /// To a stay.
    Bound,
    /// For the sensor.
    Waiting,
    /// To a stay whose order is settled: nothing is to be collected.
    PaidMeanwhile,
    /// Another word stands against it.
    Disputed,
    /// A stay of another vehicle.
    Refused,
}

/// A handheld may be ahead by so much: then it is now.
const AHEAD_MS: i64 = 60_000;

/// When a capture was made; at most `oldest_ms` ago.
///
/// # Errors
/// `Future` or `TooOld`.
pub fn captured_at(
    now: Timestamp,
    clocks: Clocks,
    oldest_ms: i64,
) -> Result<(Timestamp, TimeSource), TimeReject> {
    let since_ms = clocks
        .monotonic_now_ms
        .map(|ms| ms.saturating_sub(clocks.monotonic_ms))
        // A clock that ran backwards was restarted, whatever it says.
        .filter(|ms| *ms >= 0);
    let (at, source) = match (since_ms, clocks.offset_ms) {
        (Some(ms), _) => (now.plus_ms(ms.saturating_neg()), TimeSource::Monotonic),
        (None, Some(offset_ms)) => (clocks.wall_at.plus_ms(offset_ms), TimeSource::Offset),
        (None, None) => (clocks.wall_at, TimeSource::Wall),
    };
    let ago_ms = now.since_ms(at);
    if ago_ms > oldest_ms {
        return Err(TimeReject::TooOld);
    }
    if ago_ms < AHEAD_MS.saturating_neg() {
        return Err(TimeReject::Future);
    }
    Ok((at.min(now), source))
}

/// What a capture came to; `order` is that of the visit that it belongs to now.
#[must_use]
pub fn capture_outcome(verdict: Option<Verdict>, order: Option<OrderState>) -> CaptureOutcome {
    match verdict {
        None => CaptureOutcome::Waiting,
        Some(Verdict::Bind | Verdict::Replace) => CaptureOutcome::Bound,
        Some(Verdict::Dispute) => CaptureOutcome::Disputed,
        Some(Verdict::Refuse | Verdict::Hint) => CaptureOutcome::Refused,
        Some(Verdict::Join) => match order {
            None | Some(OrderState::Open | OrderState::Due | OrderState::Owing) => {
                CaptureOutcome::Bound
            }
            Some(_) => CaptureOutcome::PaidMeanwhile,
        },
    }
}

impl TimeSource {
    /// The name used in stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeSource::Monotonic => "monotonic",
            TimeSource::Offset => "offset",
            TimeSource::Wall => "wall",
        }
    }
}

impl TimeReject {
    /// Stable name for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TimeReject::Future => "captured_in_future",
            TimeReject::TooOld => "captured_too_long_ago",
        }
    }
}

impl CaptureOutcome {
    /// The name used in interfaces and stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CaptureOutcome::Bound => "bound",
            CaptureOutcome::Waiting => "waiting",
            CaptureOutcome::PaidMeanwhile => "paid_meanwhile",
            CaptureOutcome::Disputed => "disputed",
            CaptureOutcome::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn the_best_clock_says_when_it_was() {
        // Now is 100 h. The handheld's wall clock is two hours slow.
        let now = Timestamp::from_ms(100 * HOUR);
        let clocks =
            |wall: i64, then: i64, monotonic_now: Option<i64>, offset: Option<i64>| Clocks {
                wall_at: Timestamp::from_ms(wall * HOUR),
                monotonic_ms: then * HOUR,
                monotonic_now_ms: monotonic_now.map(|h| h * HOUR),
                offset_ms: offset.map(|h| h * HOUR),
            };
        for (clocks, expected) in [
            (clocks(95, 7, Some(10), Some(2)), Ok((97, TimeSource::Monotonic))),
            (clocks(95, 7, None, Some(2)), Ok((97, TimeSource::Offset))),
            (clocks(95, 7, None, None), Ok((95, TimeSource::Wall))),
            (clocks(95, 7, Some(3), Some(2)), Ok((97, TimeSource::Offset))),
            (clocks(95, 7, Some(3), None), Ok((95, TimeSource::Wall))),
            (clocks(76, 0, None, None), Ok((76, TimeSource::Wall))),
            (clocks(75, 0, None, None), Err(TimeReject::TooOld)),
            (clocks(95, 0, Some(25), None), Err(TimeReject::TooOld)),
            (clocks(101, 0, None, None), Err(TimeReject::Future)),
            (clocks(100, 0, None, Some(1)), Err(TimeReject::Future)),
        ] {
            let read = captured_at(now, clocks, 24 * HOUR);
            let read = read.map(|(at, source)| (at.ms() / HOUR, source));
            assert_eq!(read, expected, "{clocks:?}");
        }
        let ahead = Clocks { wall_at: now.plus_ms(60_000), ..clocks(100, 0, None, None) };
        assert_eq!(captured_at(now, ahead, HOUR), Ok((now, TimeSource::Wall)));
    }

    #[test]
    fn paid_meanwhile_is_said_wherever_nothing_is_left_to_collect() {
        use CaptureOutcome::{Bound, Disputed, PaidMeanwhile, Refused, Waiting};
        use OrderState::{Due, Exempt, FaultFree, Free, Open, Owing, Paid, Pass, Void, WrittenOff};
        for (verdict, order, expected) in [
            (None, None, Waiting),
            (Some(Verdict::Bind), Some(Open), Bound),
            (Some(Verdict::Replace), Some(Open), Bound),
            (Some(Verdict::Join), None, Bound),
            (Some(Verdict::Join), Some(Open), Bound),
            (Some(Verdict::Join), Some(Due), Bound),
            (Some(Verdict::Join), Some(Owing), Bound),
            (Some(Verdict::Join), Some(Paid), PaidMeanwhile),
            (Some(Verdict::Join), Some(Free), PaidMeanwhile),
            (Some(Verdict::Join), Some(Pass), PaidMeanwhile),
            (Some(Verdict::Join), Some(Exempt), PaidMeanwhile),
            (Some(Verdict::Join), Some(FaultFree), PaidMeanwhile),
            (Some(Verdict::Join), Some(WrittenOff), PaidMeanwhile),
            (Some(Verdict::Join), Some(Void), PaidMeanwhile),
            (Some(Verdict::Dispute), Some(Paid), Disputed),
            (Some(Verdict::Refuse), Some(Due), Refused),
            (Some(Verdict::Hint), None, Refused),
        ] {
            assert_eq!(capture_outcome(verdict, order), expected, "{verdict:?} {order:?}");
        }
    }
}
