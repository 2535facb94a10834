//! A crash on purpose, for tests of what one leaves behind: at the n-th commit the program is dead.
//!
//! Either the commit is not made and its transaction is gone, or it is made and nobody learns of it. From
//! then on the store answers nobody: whoever asks waits for ever, as nothing of a dead program goes on. The
//! test drops everything that held the store and opens the database again.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// On which side of the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// What was written is lost.
    Before,
    /// What was written is kept.
    After,
}

/// Where a store dies.
#[derive(Debug)]
pub struct CrashPoint {
    commits: AtomicU64,
    at: u64,
    moment: Moment,
    dead: watch::Sender<bool>,
}

impl CrashPoint {
    /// Dies at commit number `at`, the first being 1; never, if there are not so many.
    #[must_use]
    pub fn new(at: u64, moment: Moment) -> CrashPoint {
        CrashPoint { commits: AtomicU64::new(0), at, moment, dead: watch::channel(false).0 }
    }

    /// Resolves once it is dead.
    pub async fn died(&self) {
        // This holds the sender: it cannot be gone.
        let mut dead = self.dead.subscribe();
        let _dead = dead.wait_for(|dead| *dead).await;
    }

    /// Whether it is dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        *self.dead.borrow()
    }

    /// Commits asked for so far.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Returns while the program lives, and never afterwards.
    pub(crate) async fn alive(&self) {
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// One more commit is about to be made; whether the program dies at it, and on which side.
    pub(crate) async fn next(&self) -> Option<Moment> {
        self.alive().await;
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        (number == self.at).then_some(self.moment)
    }

    /// Dies.
    pub(crate) async fn die(&self) {
        self.dead.send_replace(true);
        std::future::pending::<()>().await;
    }
}
