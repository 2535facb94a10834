//! How far a long run is, on one line of a terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(200);
const BAR: u64 = 24;

pub(super) struct Progress {
    began: Instant,
    told: Option<Instant>,
    /// Bytes of the input, where they are known.
    total: Option<u64>,
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(total: Option<u64>) -> Self {
        let is_shown = std::io::stderr().is_terminal();
        Progress { began: Instant::now(), told: None, total, is_shown }
    }

    pub(super) fn tell(&mut self, bytes: u64, stays: u64) {
        if !self.is_shown || self.told.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        self.told = Some(Instant::now());
        let line = line(self.total, bytes, stays, self.began.elapsed());
        eprint!("\r{line}\x1b[K");
        // A terminal that is gone is no reason to stop.
        let _ = std::io::stderr().flush();
    }

    /// Clears the line; the time that it took.
    pub(super) fn end(&self) -> Duration {
        if self.is_shown && self.told.is_some() {
            eprint!("\r\x1b[K");
        }
        self.began.elapsed()
    }
}

fn line(total: Option<u64>, bytes: u64, stays: u64, elapsed: Duration) -> String {
    let rate = per_second(stays, elapsed);
    let Some(total) = total.filter(|total| *total > 0) else {
        return format!("{stays} stays, {rate}/s");
    };
    let bytes = bytes.min(total);
    let full = bytes * BAR / total;
    let bar: String = (0..BAR).map(|at| if at < full { '#' } else { '-' }).collect();
    let left = elapsed.as_secs() * (total - bytes) / bytes.max(1);
    let percent = bytes * 100 / total;
    format!("[{bar}] {percent:3} %  {stays} stays, {rate}/s, {left} s left")
}

/// How many a second.
pub(super) fn per_second(count: u64, elapsed: Duration) -> u64 {
    let micros = elapsed.as_micros().max(1);
    u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_far_and_how_long() {
        let at = |bytes| line(Some(1_000), bytes, 500, Duration::from_secs(10));
        assert_eq!(at(250), "[######------------------]  25 %  500 stays, 50/s, 30 s left");
        assert_eq!(at(1_000), "[########################] 100 %  500 stays, 50/s, 0 s left");
        assert_eq!(line(None, 5, 500, Duration::from_secs(1)), "500 stays, 500/s");
    }
}
