//! A small town made by hand: seven bays on one block, with the devices that the tests speak for.

use serde_json::{Value, json};
use vocabulary::Timestamp;

const MINUTE: i64 = 60_000;

/// Bays with native devices, `(bay, device)`.
pub(crate) const NATIVE: [(&str, &str); 3] = [("TS01", "ts-1"), ("TS02", "ts-2"), ("TS03", "ts-3")];

/// Bays with devices behind a network server: bay, network, key, type.
const BEHIND_A_SERVER: [(&str, &str, &str, &str); 4] = [
    ("TS04", "chirpstack", "0101010101010101", "bosch-tps110"),
    ("TS05", "chirpstack", "a84041263188b787", "bosch-tps110"),
    ("TS06", "the_things_stack", "0004a30b001c0530", "bosch-tps110"),
    ("TS07", "the_things_stack", "647fda0000009f7c", "milesight-vs34x"),
];

/// The town file.
pub(crate) fn file() -> Value {
    let native = NATIVE.map(|(bay, key)| (bay, "native", key, "native"));
    let placed: Vec<_> = native.into_iter().chain(BEHIND_A_SERVER).collect();
    let bays: Vec<Value> = placed
        .iter()
        .enumerate()
        .map(|(n, (bay, ..))| {
            json!({"code": bay, "block": "rm-n1", "lon": 104.17 + f64::from(u8::try_from(n).unwrap()) * 0.0001, "lat": 36.54})
        })
        .collect();
    let devices: Vec<Value> = placed
        .iter()
        .map(|(bay, network, key, kind)| {
            json!({"key": key, "network": network, "device_type": kind, "bay_code": bay})
        })
        .collect();
    json!({
        "format": "bowei-town/1",
        "note": "made by hand for the tests",
        "operator": {"name": "测试停车运营有限公司"},
        "payee": {
            "name": "测试停车运营有限公司", "tax_id": "91620400MA00SAMPLE", "regime": "vat",
            "tax_items": [{"valid_from": "2026-01-01", "code": "3040502020200000000",
                "short_name": "生产生活服务", "name": "车辆停放服务", "rate_bp": 900}]
        },
        "tariffs": [billing::DEMO_TARIFF],
        "zones": [{"code": "z1", "name": "一类区", "tariff": "demo-baiyin-road-1"}],
        "blocks": [{"code": "rm-n1", "zone": "z1", "street": "人民路", "side": "north"}],
        "bays": bays,
        "devices": devices,
    })
}

/// One reading of a native device.
pub(crate) fn reading(seq: u64, kind: &str, occupied: bool, at: Timestamp) -> Value {
    json!({"boot_id": "b1", "seq": seq, "kind": kind, "occupied": occupied, "at": at})
}

/// A vehicle that has stood for 2 h 05 min at `now`, heard of every 20 minutes.
pub(crate) fn parked_for_two_hours_and_five_minutes(now: Timestamp) -> Value {
    let beats = (3..).zip([105, 85, 65, 45, 25, 5]);
    let beat =
        |(number, ago): (u64, i64)| reading(number, "heartbeat", true, now.plus_ms(-ago * MINUTE));
    let changes = [
        reading(1, "vacant", false, now.plus_ms(-140 * MINUTE)),
        reading(2, "occupied", true, now.plus_ms(-125 * MINUTE)),
    ];
    changes.into_iter().chain(beats.map(beat)).collect()
}

/// It leaves.
pub(crate) fn leaves(at: Timestamp) -> Value {
    reading(9, "vacant", false, at)
}

/// What it pays if it leaves within 55 minutes from then, by the demo's tariff for small vehicles by
/// day: 2 yuan for the first two hours, 1 yuan for the hour begun. In fen.
pub(crate) const ITS_FEE_FEN: i64 = 300;
