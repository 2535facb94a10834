//! A message of a radio network that comes twice: within one batch it is what it is one by one.

use std::sync::Arc;

use gateway::app::App;
use gateway::clock::Clock;
use gateway::config::Config;
use gateway::flow::import_town::{import_town, read};
use gateway::flow::store_readings::{Incoming, store_messages};
use gateway::verify::verify;
use sensing::Policy;
use serde_json::json;
use vocabulary::Timestamp;

use crate::harness::database::{Database, Kind};
use crate::harness::seed::MORNING;
use crate::harness::town;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600_000;
const DEV_EUI: &str = "0101010101010101";

/// Number, when the network got it and when it came (after the morning), whether the bay is occupied.
type Uplink = (u32, i64, i64, bool);

fn message((number, at, came, occupied): Uplink, has_server_time: bool) -> Incoming {
    let instant = |after: i64| Timestamp::from_ms(MORNING + after);
    let heard = if has_server_time { json!({"nsTime": instant(at)}) } else { json!({"rssi": -90}) };
    let payload = json!({
        "time": instant(at), "deviceInfo": {"devEui": DEV_EUI}, "devAddr": "00189440",
        "fCnt": number, "fPort": 1, "data": if occupied { "AQ==" } else { "AA==" },
        "rxInfo": [heard],
    });
    Incoming {
        topic: format!("application/1/device/{DEV_EUI}/event/up"),
        payload: payload.to_string().into_bytes().into(),
        received_at: instant(came),
    }
}

/// A gateway of the hand-made town, a day after the morning.
async fn gateway(database: &Database) -> Arc<App> {
    let store = database.open().await;
    let town = read(&town::file().to_string()).unwrap();
    import_town(&store, &town, Timestamp::from_ms(MORNING - HOUR)).await.unwrap();
    let config = Config { database: database.url.clone(), ..Config::default() };
    let clock = Clock::fixed(Timestamp::from_ms(MORNING + 24 * HOUR));
    App::build(config, store, clock).await.unwrap()
}

/// Readings, repeats, refusals; and what the bay's readings say in the order in which they were stored.
async fn stored(batches: &[Vec<Incoming>]) -> ((usize, usize, usize), Vec<(i64, Option<bool>)>) {
    let database = Database::fresh(Kind::Sqlite).await;
    let app = gateway(&database).await;
    let mut sum = (0, 0, 0);
    for batch in batches {
        let stored = store_messages(&app, batch).await.unwrap();
        sum = (sum.0 + stored.readings, sum.1 + stored.repeats, sum.2 + stored.rejected);
    }
    assert!(verify(&app.store, &Policy::default(), None).await.unwrap().is_clean());
    let mut tx = app.store.read().await.unwrap();
    let bay_no = tx.bay_by_code("TS04").await.unwrap().unwrap().bay_no;
    let newest = tx.live(bay_no).await.unwrap().unwrap().last_seq;
    let mut rows = tx.chain(newest, 0, i64::MAX).await.unwrap();
    rows.sort_by_key(|row| row.reading_seq);
    (sum, rows.into_iter().map(|row| (row.number, row.occupied)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_twice_counts_once_in_whichever_batches() {
    let (free, taken) = ((50, 0, SECOND, false), (51, HOUR, HOUR + SECOND, true));
    let again = |at: i64, came: i64, occupied: bool| (51, at, came, occupied);
    for (case, uplinks, has_server_time, expected) in [
        // Two gateways heard it, each with a time of its own.
        ("50 ms", vec![free, taken, again(HOUR + 50, HOUR + SECOND, true)], true, (2, 1, 0)),
        (
            "40 s",
            vec![free, taken, again(HOUR + 40 * SECOND, HOUR + 41 * SECOND, true)],
            true,
            (2, 1, 0),
        ),
        ("exact", vec![free, taken, taken], true, (2, 1, 0)),
        // Another word under the same number.
        ("other", vec![free, taken, again(HOUR + 50, HOUR + SECOND, false)], true, (2, 0, 1)),
        (
            "other, 40 s",
            vec![free, taken, again(HOUR + 40 * SECOND, HOUR + 41 * SECOND, false)],
            true,
            (2, 0, 1),
        ),
        // More than a minute later the counter was set back: another message, and its copy is one.
        (
            "reset",
            vec![
                free,
                taken,
                again(2 * HOUR, 2 * HOUR, false),
                again(2 * HOUR + 50, 2 * HOUR, false),
            ],
            true,
            (3, 1, 0),
        ),
        (
            "reset, other",
            vec![
                free,
                taken,
                again(2 * HOUR, 2 * HOUR, false),
                again(2 * HOUR + 50, 2 * HOUR, true),
            ],
            true,
            (3, 0, 1),
        ),
        // A copy that the broker hands over again an hour later, of a server that tells no time.
        ("late copy", vec![free, taken, again(HOUR, 2 * HOUR, true)], false, (2, 1, 0)),
        ("late, other", vec![free, taken, again(HOUR, 2 * HOUR, false)], false, (2, 0, 1)),
    ] {
        let messages: Vec<Incoming> =
            uplinks.iter().map(|uplink| message(*uplink, has_server_time)).collect();
        let one_by_one: Vec<Vec<Incoming>> = messages.iter().map(|m| vec![m.clone()]).collect();
        let (counts, rows) = stored(&one_by_one).await;
        assert_eq!(counts, expected, "{case}, one by one");
        let (counts, at_once) = stored(&[messages]).await;
        assert_eq!((counts, at_once), (expected, rows), "{case}, at once");
    }
}
