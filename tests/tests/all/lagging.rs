//! A stored fold may lag behind its bay's readings. Whoever opens the bay finds what somebody finds who
//! was there all the time: after a kill, on another gateway, when nothing more is heard, and in the proof.

use std::sync::Arc;

use gateway::app::App;
use gateway::clock::Clock;
use gateway::config::Config;
use gateway::flow::look_again::look_again;
use gateway::flow::store_folds::store_folds;
use gateway::flow::store_readings::{
    Incoming, read_messages, store_batch_ahead, store_messages, work_ahead,
};
use gateway::verify::{Report, verify};
use sensing::Policy;
use serde_json::json;
use store::{FoldRow, Lane, LiveRow};
use vocabulary::Timestamp;

use crate::harness::database::{Database, Kind};
use crate::harness::seed::{self, MORNING};

const MINUTE: i64 = 60_000;
/// Heartbeats of an ordinary sensor come so often.
const BEAT: i64 = 20 * MINUTE;
/// Silent after so long: three heartbeats of 20 minutes, as configured at first.
const SILENT: i64 = 3 * BEAT;

/// One bay, and a gateway that may be another one for each word.
struct Street {
    database: Database,
    clock: Clock,
}

impl Street {
    async fn new(kind: Kind) -> Street {
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        seed::town(&store, 1).await;
        store.close().await;
        Street { database, clock: Clock::fixed(Timestamp::from_ms(MORNING)) }
    }

    /// A gateway that knows nothing by heart.
    async fn gateway(&self) -> Arc<App> {
        let config = Config { database: self.database.url.clone(), ..Config::default() };
        App::build(config, self.database.open().await, self.clock.clone()).await.unwrap()
    }

    /// What the device says so long after the morning; it is stored then.
    async fn hear(&self, app: &App, seq: i64, kind: &str, after: i64) {
        let message = self.said(seq, kind, after);
        let stored = store_messages(app, &[message]).await.unwrap();
        assert_eq!((stored.readings, stored.rejected), (1, 0));
    }

    /// The message; it is received then.
    fn said(&self, seq: i64, kind: &str, after: i64) -> Incoming {
        let at = Timestamp::from_ms(MORNING + after);
        self.clock.set(at);
        let said = json!({
            "boot_id": "b1", "seq": seq, "kind": kind, "occupied": kind != "vacant", "at": at,
            "battery_pct": 90 - seq % 20, "rssi_dbm": -70 - seq % 7
        });
        Incoming {
            topic: "bowei/v1/dev-0/up".into(),
            payload: said.to_string().into_bytes().into(),
            received_at: at,
        }
    }

    /// An arrival, then heartbeats up to number `last`.
    async fn hear_up_to(&self, app: &App, from: i64, last: i64) {
        for seq in from..=last {
            let kind = if seq == 0 { "occupied" } else { "heartbeat" };
            self.hear(app, seq, kind, seq * BEAT).await;
        }
    }

    async fn live(&self, app: &App) -> LiveRow {
        app.store.read().await.unwrap().live(1).await.unwrap().unwrap()
    }

    async fn fold(&self, app: &App) -> FoldRow {
        app.store.read().await.unwrap().fold(1).await.unwrap().unwrap()
    }

    /// How many readings the stored fold lags behind; they are numbered one by one.
    async fn lag(&self, app: &App) -> i64 {
        self.live(app).await.last_seq.unwrap() - self.fold(app).await.folded_seq.unwrap()
    }
}

async fn verified(app: &App) -> Report {
    verify(&app.store, &Policy::default(), None).await.unwrap()
}

/// Fold and health that one gateway stores which hears everything and is never killed.
async fn undisturbed(kind: Kind, last: i64) -> FoldRow {
    let street = Street::new(kind).await;
    let app = street.gateway().await;
    street.hear_up_to(&app, 0, last).await;
    store_folds(&app).await.unwrap();
    assert_eq!(street.lag(&app).await, 0);
    street.fold(&app).await
}

async fn a_gateway_that_was_killed_goes_on_as_if_it_had_not_been(kind: Kind) {
    let street = Street::new(kind).await;
    let killed = street.gateway().await;
    street.hear_up_to(&killed, 0, 10).await;
    assert_eq!(street.lag(&killed).await, 10, "the first reading stores a fold, the others do not");
    assert!(verified(&killed).await.is_clean());
    drop(killed);

    let next = street.gateway().await;
    street.hear_up_to(&next, 11, 11).await;
    assert_eq!(street.lag(&next).await, 0, "whoever had to catch up stores what it found");
    let expected = undisturbed(kind, 11).await;
    let found = street.fold(&next).await;
    assert_eq!((found.fold, found.health), (expected.fold, expected.health));
    assert!(verified(&next).await.is_clean());
}

async fn a_fold_never_lags_far_behind(kind: Kind) {
    let street = Street::new(kind).await;
    let app = street.gateway().await;
    let mut most = 0;
    for seq in 0..100 {
        street.hear_up_to(&app, seq, seq).await;
        most = most.max(street.lag(&app).await);
    }
    assert_eq!(most, 31, "the 32nd reading stores the fold");
}

async fn two_gateways_that_take_turns_at_a_bay_make_the_fold_that_one_makes(kind: Kind) {
    let street = Street::new(kind).await;
    let (here, there) = (street.gateway().await, street.gateway().await);
    let mut heard = 0;
    for (app, until) in
        [(&here, 5), (&there, 6), (&here, 8), (&there, 20), (&here, 21), (&there, 22), (&here, 29)]
    {
        street.hear_up_to(app, heard, until).await;
        heard = until + 1;
        assert!(verified(app).await.is_clean(), "after reading {until}");
    }
    assert!(street.lag(&here).await > 0);
    assert_eq!(store_folds(&there).await.unwrap(), 0, "the other one knows the bay better");
    assert_eq!(store_folds(&here).await.unwrap(), 1);
    let (expected, found) = (undisturbed(kind, 29).await, street.fold(&here).await);
    assert_eq!((found.fold, found.health), (expected.fold, expected.health));
}

async fn a_bay_that_was_heard_again_is_not_shown_as_silent(kind: Kind) {
    for killed in [false, true] {
        let street = Street::new(kind).await;
        let mut app = street.gateway().await;
        // The second one is not published: what is stored of silence is older than the truth.
        street.hear_up_to(&app, 0, 1).await;
        assert_eq!(street.live(&app).await.again_at, Some(MORNING + SILENT));
        if killed {
            app = street.gateway().await;
        }
        let at = |after: i64| street.clock.set(Timestamp::from_ms(MORNING + after));
        at(SILENT);
        assert_eq!(look_again(&app).await.unwrap(), 1);
        let live = street.live(&app).await;
        assert_eq!((live.state.as_str(), live.version), ("occupied", 1), "nothing is published");
        assert_eq!(live.again_at, Some(MORNING + BEAT + SILENT));
        assert_eq!(look_again(&app).await.unwrap(), 0, "and it is not looked at again and again");
        at(BEAT + SILENT);
        assert_eq!(look_again(&app).await.unwrap(), 1);
        let live = street.live(&app).await;
        assert_eq!((live.state.as_str(), live.reason.as_str()), ("unknown", "silent"));
        assert!(verified(&app).await.is_clean());
    }
}

async fn a_late_reading_before_a_lagging_fold_is_derived_as_ever(kind: Kind) {
    let street = Street::new(kind).await;
    let app = street.gateway().await;
    for seq in [0, 1, 2, 4, 5, 6] {
        street.hear_up_to(&app, seq, seq).await;
    }
    assert!(street.lag(&app).await > 0);
    let again = street.gateway().await;
    street.hear(&again, 3, "heartbeat", 3 * BEAT).await;
    assert_eq!(street.lag(&again).await, 0);
    assert!(verified(&again).await.is_clean());
}

async fn a_stored_fold_that_says_it_holds_more_than_it_does_is_found_out(kind: Kind) {
    let street = Street::new(kind).await;
    let app = street.gateway().await;
    street.hear_up_to(&app, 0, 9).await;
    assert!(verified(&app).await.is_clean());
    let newest = street.live(&app).await.last_seq;
    let wrong = FoldRow { folded_seq: newest, ..street.fold(&app).await };
    let mut tx = app.store.begin(Lane::Command).await.unwrap();
    tx.write_folds(&[wrong]).await.unwrap();
    tx.commit().await.unwrap();
    let differences = verified(&app).await.differences;
    assert_eq!(differences.iter().map(|d| d.kind).collect::<Vec<_>>(), ["bay"], "{differences:?}");
}

/// What is worked out ahead of the lock is what is worked out under it: whatever happens in between,
/// and where the database has to be asked.
async fn what_is_worked_out_ahead_is_what_is_worked_out_under_the_lock(kind: Kind) {
    let street = Street::new(kind).await;
    let (here, there) = (street.gateway().await, street.gateway().await);
    street.hear_up_to(&here, 0, 3).await;
    // Nothing in between; another gateway in between; a sweep in between; a repeat; one that is late.
    for (seq, kind, between, expected) in [
        (4, "heartbeat", "nothing", (1, 0)),
        (6, "heartbeat", "the other gateway says 5", (1, 0)),
        (7, "vacant", "a sweep", (1, 0)),
        (7, "vacant", "nothing", (0, 1)),
        (9, "occupied", "nothing", (1, 0)),
        (8, "heartbeat", "nothing", (1, 0)),
    ] {
        let batch = read_messages(&here.devices.current(), &[street.said(seq, kind, seq * BEAT)]);
        let ahead = work_ahead(&here, &batch);
        match between {
            "a sweep" => {
                street.clock.set(Timestamp::from_ms(MORNING + seq * BEAT + 2 * SILENT));
                assert_eq!(look_again(&there).await.unwrap(), 1);
            }
            "nothing" => {}
            _ => street.hear(&there, 5, "heartbeat", 5 * BEAT).await,
        }
        let mut told = false;
        let stored = store_batch_ahead(&here, &batch, ahead, || told = true).await.unwrap();
        assert_eq!((stored.readings, stored.repeats), expected, "{seq} {kind} {between}");
        assert!(told);
        assert!(verified(&here).await.is_clean(), "{seq} {kind} {between}");
    }
    let stays = here.store.read().await.unwrap().count_stays().await.unwrap();
    assert_eq!(stays, 2);
}

/// Makes a test of each check on each database.
macro_rules! on_both_databases {
    ($($check:ident,)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                super::$check(super::Kind::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                super::$check(super::Kind::Postgres).await;
            })+
        }
    };
}

on_both_databases! {
    a_gateway_that_was_killed_goes_on_as_if_it_had_not_been,
    a_fold_never_lags_far_behind,
    two_gateways_that_take_turns_at_a_bay_make_the_fold_that_one_makes,
    a_bay_that_was_heard_again_is_not_shown_as_silent,
    a_late_reading_before_a_lagging_fold_is_derived_as_ever,
    a_stored_fold_that_says_it_holds_more_than_it_does_is_found_out,
    what_is_worked_out_ahead_is_what_is_worked_out_under_the_lock,
}
