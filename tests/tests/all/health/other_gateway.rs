//! What one gateway is told, another one on the same database knows within seconds.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use gateway::app::App;
use gateway::flow::import_town;
use gateway::flow::sign_in::Role;
use gateway::live::{Audience, Live, Shown, Turned, Watch};
use sensing::Network;
use serde_json::json;
use store::Store;
use vocabulary::Point;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::{town, wait};

const WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_gateway_on_postgresql_sees_devices_bays_and_closures_at_once() {
    is_seen_by_another_gateway(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_on_sqlite_sees_devices_bays_and_closures_at_once() {
    is_seen_by_another_gateway(Kind::Sqlite).await;
}

async fn is_seen_by_another_gateway(kind: Kind) {
    let mut town = TestApp::start(kind, BrokerKind::Embedded).await;
    let store = Store::open(&town.app.config.database).await.unwrap();
    let other = App::build(town.app.config.clone(), store, town.app.clock.clone()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let tail = tokio::spawn(gateway::live::tail(Arc::clone(&other), async {
        let _told = stopped.await;
    }));
    let corner = |lon, lat| Point::new(lon, lat).unwrap();
    let watch = Watch::new(corner(104.16, 36.53), corner(104.18, 36.55)).unwrap();
    let app = Arc::clone(&other);
    let mut shown = Box::pin(Live::watch(OfApp(app), watch, Audience::Staff { operator: None }));

    // A reading here, a condition there.
    let mut low = town::reading(1, "heartbeat", false, town.api.now().await);
    low["battery_pct"] = json!(9);
    town.hear("ts-1", &low).await;
    let seen = tokio::time::timeout(WITHIN, async {
        loop {
            // The others were never heard of, and are told of, too.
            match shown.next().await {
                Some(Shown::Device(seen)) if seen.condition == "low_battery" => break seen,
                Some(_) => {}
                None => panic!("the stream ended"),
            }
        }
    });
    let seen = seen.await.expect("the other gateway shows it");
    assert_eq!((seen.key.as_str(), seen.turned), ("ts-1", Turned::On));

    // A bay and its sensor imported here, known there.
    let mut more = town::file();
    more["bays"] = json!([{"code": "TS08", "block": "rm-n1", "lon": 104.1708, "lat": 36.54}]);
    more["devices"] = json!([
        {"key": "ts-8", "network": "native", "device_type": "native", "bay_code": "TS08"}]);
    let file = import_town::read(&more.to_string()).unwrap();
    import_town::import_town(&town.app.store, &file, town.app.clock.city_now()).await.unwrap();
    for app in [&town.app, &other] {
        wait::until("the new bay and its sensor to be known", WITHIN, async || {
            let placed = app.live.look(|index| index.bays().any(|b| b.code.as_str() == "TS08"));
            let speaks = app.devices.current().profile(Network::Native, "ts-8").is_some();
            (placed && speaks).then_some(())
        })
        .await;
    }

    // A closure planned here, and what it does to the bay, there.
    let manager = town.staff(Role::Manager).await;
    let now = town.api.now().await;
    let body = json!({"from": now, "to": now.plus_ms(86_400_000), "reason": "fair"});
    let path = "/api/v1/bays/TS01/closures";
    town.api.post(path, Some(&manager), None, &body).await.expect(200);
    wait::until("the other gateway to know of the closure", WITHIN, async || {
        let register = other.devices.current();
        let device = register.profile(Network::Native, "ts-1").unwrap().device;
        let closed = register.bay_of(device).unwrap().setup.is_closed(other.clock.city_now());
        let unknown = other.live.look(|index| {
            let bay = index.bays().find(|b| b.code.as_str() == "TS01").unwrap();
            bay.state == wayfinding::State::Unknown
        });
        (closed && unknown).then_some(())
    })
    .await;
    drop(shown);
    stop.send(()).unwrap();
    tail.await.unwrap().unwrap();
    other.store.close().await;
    town.finish().await;
}

/// The live states of an `App`.
struct OfApp(Arc<App>);

impl std::ops::Deref for OfApp {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.0.live
    }
}
