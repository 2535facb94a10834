//! The town that is measured: bays on a grid, each with one device. Writes the file that
//! `gateway import town` reads, and knows how each device is called.
//!
//! Bays lie 6 m apart in blocks of 20, blocks 100 m apart, so 100,000 bays fill about 7 km by 7 km:
//! one rectangle of the live stream holds them all. Of ten devices seven are native, two Bosch
//! sensors behind ChirpStack, one a Milesight behind The Things Stack.

use serde_json::{Value, json};

const FIRST_CODE: u32 = 100_000;
const BAYS_PER_BLOCK: u32 = 20;
const WEST: f64 = 104.10;
const SOUTH: f64 = 36.50;
/// 6 m and 100 m in degrees at this latitude, near enough for a grid.
const BAY_DEG: f64 = 0.000_067;
const BLOCK_DEG: f64 = 0.001;

/// How a device's messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Native,
    ChirpStack,
    TheThingsStack,
}

/// The way of the device with this number.
#[must_use]
pub(crate) fn network(device: u32) -> Network {
    match device % 10 {
        0..7 => Network::Native,
        7..9 => Network::ChirpStack,
        _ => Network::TheThingsStack,
    }
}

/// The number painted on the bay of this device.
#[must_use]
pub(crate) fn bay_code(device: u32) -> String {
    (FIRST_CODE + device).to_string()
}

/// Its key: the name in the topic, or the DevEUI.
#[must_use]
pub(crate) fn key(device: u32) -> String {
    match network(device) {
        Network::Native => format!("bw-{}", bay_code(device)),
        Network::ChirpStack => format!("02b0e1c500{}", bay_code(device)),
        Network::TheThingsStack => format!("02b0e17700{}", bay_code(device)),
    }
}

/// West, south, east, north of everything, in degrees.
#[must_use]
pub(crate) fn rectangle(bays: u32) -> [f64; 4] {
    let side = f64::from(blocks_a_side(bays)) * BLOCK_DEG;
    [WEST - BLOCK_DEG, SOUTH - BLOCK_DEG, WEST + side + BLOCK_DEG, SOUTH + side + BLOCK_DEG]
}

/// The town file.
#[must_use]
pub(crate) fn file(bays: u32) -> Value {
    let blocks = bays.div_ceil(BAYS_PER_BLOCK);
    json!({
        "format": "bowei-town/1",
        "note": "synthetic: a grid for measuring",
        "operator": {"name": "Sample Parking Ltd"},
        "payee": {"name": "Sample Parking Ltd", "regime": "non_tax"},
        "tariffs": [billing::DEMO_TARIFF],
        "zones": [{"code": "all", "name": "all", "tariff": tariff_id()}],
        "blocks": (0..blocks).map(block).collect::<Vec<_>>(),
        "bays": (0..bays).map(|device| bay(device, bays)).collect::<Vec<_>>(),
        "devices": (0..bays).map(device).collect::<Vec<_>>(),
    })
}

fn tariff_id() -> &'static str {
    let line = billing::DEMO_TARIFF.lines().find_map(|line| line.strip_prefix("id:"));
    line.expect("a tariff has an id").trim()
}

fn block(number: u32) -> Value {
    json!({"code": block_code(number), "zone": "all", "street": format!("Sample {}", number / 10), "side": "north"})
}

fn block_code(number: u32) -> String {
    format!("K{number:05}")
}

fn blocks_a_side(bays: u32) -> u32 {
    let blocks = f64::from(bays.div_ceil(BAYS_PER_BLOCK));
    (0_u32..).find(|side| f64::from(side * side) >= blocks).expect("a square is large enough")
}

fn bay(device: u32, bays: u32) -> Value {
    let (block, place) = (device / BAYS_PER_BLOCK, device % BAYS_PER_BLOCK);
    let side = blocks_a_side(bays);
    let lon = WEST + f64::from(block % side) * BLOCK_DEG + f64::from(place) * BAY_DEG * 0.5;
    let lat = SOUTH + f64::from(block / side) * BLOCK_DEG;
    json!({"code": bay_code(device), "block": block_code(block), "lon": lon, "lat": lat, "heading_deg": 90})
}

fn device(number: u32) -> Value {
    let (network, device_type) = match network(number) {
        Network::Native => ("native", "native"),
        Network::ChirpStack => ("chirpstack", "bosch-tps110"),
        Network::TheThingsStack => ("the_things_stack", "milesight-vs34x"),
    };
    json!({"key": key(number), "network": network, "device_type": device_type, "bay_code": bay_code(number)})
}
