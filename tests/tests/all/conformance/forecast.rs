//! What the forecast keeps, and what it begins with.

use store::{BlockHour, ForecastRow, Lane, Store, UsageRow};

use crate::harness::seed::{self, MORNING};

const HOUR_MS: i64 = 3_600_000;

async fn parts_take_the_place_of_what_they_were(store: Store) {
    let part = |part: &str, content: &[u8], learned_at| ForecastRow {
        part: part.into(),
        content: content.to_vec(),
        learned_at,
    };
    let (rules, block) = (part("rules", &[1, 2], 5), part("block/b1", &[0, 255], 5));
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    assert_eq!(tx.forecast_parts().await.unwrap(), []);
    tx.put_forecast(&[rules, block.clone()]).await.unwrap();
    let newer = part("rules", &[], 6);
    tx.put_forecast(std::slice::from_ref(&newer)).await.unwrap();
    assert_eq!(tx.forecast_parts().await.unwrap(), [block, newer]);
}

async fn the_hours_of_blocks_are_told_by_code_from_an_hour_on(store: Store) {
    let town = seed::town(&store, 1).await;
    let hour = |hours: i64| UsageRow {
        block_id: town.block_id,
        hour_at: MORNING + hours * HOUR_MS,
        arrivals: hours + 2,
        departures: hours + 1,
        occupied_ms: hours,
        doubtful_ms: 0,
    };
    let mut tx = store.begin(Lane::Ingest).await.unwrap();
    tx.add_usage(&[hour(0), hour(1), hour(2)]).await.unwrap();
    let told = tx.block_hours(MORNING + HOUR_MS).await.unwrap();
    let expected = |hours: i64| BlockHour {
        block: "b1".into(),
        hour_at: MORNING + hours * HOUR_MS,
        arrivals: hours + 2,
        departures: hours + 1,
        occupied_ms: hours,
        doubtful_ms: 0,
    };
    assert_eq!(told, [expected(1), expected(2)]);
}

on_both_databases! {
    parts_take_the_place_of_what_they_were,
    the_hours_of_blocks_are_told_by_code_from_an_hour_on,
}
