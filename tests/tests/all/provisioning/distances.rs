//! A sensor that measures a distance says what its bay is once the register says below which distance there
//! is a vehicle, and nothing before that.

use gateway::flow::sign_in::Role;
use serde_json::json;

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::town;
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

/// Of the EM400-MUD: channel 04, type 82, then 05db or 05dc with the low byte first, in base64.
const AT_1499_MM: &str = "BILbBQ==";
const AT_1500_MM: &str = "BILcBQ==";

async fn measures(town: &mut TestApp, dev_eui: &str, f_cnt: u32, data: &str) {
    let message = json!({"time": town.api.now().await, "deviceInfo": {"devEui": dev_eui},
        "devAddr": "00189440", "fCnt": f_cnt, "fPort": 85, "rxInfo": [{"rssi": -36}],
        "data": data});
    let before = town.readings().await;
    town.radio.send(&format!("application/1/device/{dev_eui}/event/up"), message.to_string()).await;
    town.until_readings(before + 1).await;
}

async fn state(town: &TestApp, bay: &str) -> String {
    let bay = town.api.get(&format!("/api/v1/bays/{bay}"), None).await.expect(200).json();
    bay["state"].as_str().unwrap().to_owned()
}

async fn until_shown(town: &TestApp, bay: &str, expected: &str) {
    wait::until(&format!("{bay} to be {expected}"), WITHIN, async || {
        (state(town, bay).await == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_distance_fills_a_bay_if_the_register_says_below_which_one_there_is_a_vehicle() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut file = town::file();
        let devices = file["devices"].as_array_mut().unwrap();
        for device in devices.iter_mut().filter(|d| d["network"] == "chirpstack") {
            device["device_type"] = "milesight-em400-mud".into();
            if device["bay_code"] == "TS04" {
                device["occupied_below_mm"] = 1_500.into();
            }
        }
        let clock = TownClock::at_noon();
        let mut town =
            TestApp::start_town(kind, BrokerKind::Embedded, &file.to_string(), clock, |_| {}).await;
        measures(&mut town, "0101010101010101", 1, AT_1499_MM).await;
        until_shown(&town, "TS04", "occupied").await;
        measures(&mut town, "0101010101010101", 2, AT_1500_MM).await;
        until_shown(&town, "TS04", "free").await;
        measures(&mut town, "a84041263188b787", 1, AT_1499_MM).await;
        assert_eq!(state(&town, "TS05").await, "unknown");

        let token = town.staff(Role::Installer).await;
        for (number, device_type, below_mm, expected) in [
            (1, "bosch-tps110", json!(1_500), Err("distance_not_measured")),
            (2, "em310-udl", json!(20_001), Err("occupied_below_out_of_range")),
            (3, "em310-udl", json!(1_500), Ok(())),
            (4, "em310-udl", json!(null), Ok(())),
        ] {
            let body = json!({"network": "chirpstack", "key": format!("02b0e1c50062000{number}"),
                "device_type": device_type, "occupied_below_mm": below_mm});
            let key = format!("key-{number}");
            let answer = town.api.post("/api/v1/devices", Some(&token), Some(&key), &body).await;
            match expected {
                Ok(()) => assert_eq!(answer.expect(201).json()["occupied_below_mm"], below_mm),
                Err(code) => answer.expect_problem(422, code),
            }
        }
        the_register_learns_it_later(&mut town, &token).await;
        town.finish().await;
    }
}

async fn the_register_learns_it_later(town: &mut TestApp, token: &str) {
    let devices = town.api.get("/api/v1/devices", Some(token)).await.expect(200).json();
    let path_of = |key: &str| {
        let device = devices["devices"].as_array().unwrap().iter().find(|d| d["key"] == key);
        format!("/api/v1/devices/{}", device.unwrap()["device_id"].as_str().unwrap())
    };
    let path = path_of("a84041263188b787");
    let changed = town.api.patch(&path, Some(token), &json!({"occupied_below_mm": 1_500})).await;
    assert_eq!(changed.expect(200).json()["occupied_below_mm"], 1_500);
    // Every gateway reads the register again within a moment.
    let mut f_cnt = 1;
    while state(town, "TS05").await != "occupied" {
        f_cnt += 1;
        assert!(f_cnt < 200, "the register is not read again");
        measures(town, "a84041263188b787", f_cnt, AT_1499_MM).await;
    }
    for (key, body, status, code) in [
        ("a84041263188b787", json!({"occupied_below_mm": 0}), 422, "occupied_below_out_of_range"),
        ("a84041263188b787", json!({}), 400, "malformed_json"),
        ("a84041263188b787", json!({"key": "x", "occupied_below_mm": 9}), 400, "malformed_json"),
        ("ts-1", json!({"occupied_below_mm": 1_500}), 422, "distance_not_measured"),
    ] {
        let refused = town.api.patch(&path_of(key), Some(token), &body).await;
        refused.expect_problem(status, code);
    }
    let cleared = town.api.patch(&path, Some(token), &json!({"occupied_below_mm": null})).await;
    assert_eq!(cleared.expect(200).json()["occupied_below_mm"], json!(null));
}
