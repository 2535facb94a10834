//! A crash before and after every commit of the whole life of a stay's money: claim, departure, bill, payment
//! by callback, appeal, refund, invoice, red invoice by a refund, red invoice and a new one by hand, reconciliation.
//!
//! For n = 1, 2, … the gateway dies at its n-th commit: before it, so that what it wrote is lost, or after it,
//! so that nobody learns that it was kept. Nothing is left of the program but its database; another one is
//! started on it, and clients, sensors, the provider go on as real ones do: they ask again. In the end the
//! books must be those of a life without a crash, and `verify` clean.
//!
//! `BOWEI_CRASH_STEP` is how many commits lie between two crash points (1: every one; `make crash-test`), and
//! `BOWEI_CRASH_FROM` the first of them: 1, or `red` for those from the first red invoice on.

mod books;
mod journey;
mod process;

use store::{CrashPoint, Moment};

use crate::harness::ahead::Ahead;
use crate::harness::database::Kind;
use crate::harness::sandbox::Sandbox;
use crate::harness::seed::MORNING;

/// How many commits lie between two crash points, unless told otherwise.
const USUAL_STEP: u64 = 9;
/// More commits than the journey can have.
const MANY: u64 = 1_000;

async fn crash_everywhere(kind: Kind) {
    let step = said("BOWEI_CRASH_STEP").unwrap_or(USUAL_STEP);
    let ahead = Ahead::from(MORNING);
    let sandbox = Sandbox::on(ahead.sandbox()).await;
    let calm = CrashPoint::new(u64::MAX, Moment::Before);
    let whole = journey::live(kind, (&sandbox, &ahead), calm).await;
    assert_eq!(whole.deaths, 0);
    books::check(&whole.books);
    let from_red = std::env::var("BOWEI_CRASH_FROM").is_ok_and(|text| text == "red");
    let from = if from_red { whole.before_red } else { said("BOWEI_CRASH_FROM").unwrap_or(1) };
    println!(
        "{} commits without a crash, {} before the red invoices; crashes from {from} on",
        whole.commits, whole.before_red
    );
    let mut crashes = 0;
    for (moment, first) in [(Moment::Before, from), (Moment::After, from + step / 2)] {
        for at in (first..MANY).step_by(usize::try_from(step).unwrap()) {
            let point = CrashPoint::new(at, moment);
            let end = journey::live(kind, (&sandbox, &ahead), point).await;
            assert_eq!(end.books, whole.books, "a crash {moment:?} commit {at}");
            if end.deaths == 0 {
                break;
            }
            crashes += 1;
            println!("{kind:?}: died {moment:?} commit {at}, the same books");
        }
    }
    println!("{crashes} crashes, the same books after each");
    let commits = whole.commits.saturating_sub(from);
    assert!(crashes >= 2 * commits / step / 2, "{crashes} of {commits}");
    sandbox.stop().await;
}

/// A number that the environment says.
fn said(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_before_or_after_any_commit_leaves_the_same_books_on_sqlite() {
    crash_everywhere(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_before_or_after_any_commit_leaves_the_same_books_on_postgresql() {
    crash_everywhere(Kind::Postgres).await;
}
