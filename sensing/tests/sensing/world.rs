//! The few made-up things the tests share: devices, instants, ids.

use sensing::{DeviceProfile, Kind, Network, Observation, ReadingId};
use uuid::Uuid;
use vocabulary::{DeviceId, StayId, Timestamp};

pub(crate) fn device(n: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(n))
}

pub(crate) fn stay(n: u128) -> StayId {
    StayId(Uuid::from_u128(n))
}

pub(crate) fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("the test's own text")
}

/// `s` seconds into the test.
pub(crate) fn second(s: i64) -> Timestamp {
    Timestamp::from_ms(s * 1000)
}

/// A register in which every key is a device of one type.
pub(crate) fn everybody_is(
    device_type: &str,
) -> impl Fn(Network, &str) -> Option<DeviceProfile> + use<> {
    let device_type = device_type.to_owned();
    move |_, _| {
        let device_type = device_type.clone();
        Some(DeviceProfile { device: device(1), device_type, firmware: None, mac_key: None })
    }
}

pub(crate) fn nobody(_: Network, _: &str) -> Option<DeviceProfile> {
    None
}

/// Reads `o 17` (occupied, 17 s), `v` vacant, `h1`/`h0` heartbeat, `s1`/`s0`/`s` start-up, `i` info,
/// `!` fault; `A:` or `B:` before it names the device, `/boot#n` after it the epoch and number.
pub(crate) fn observations(text: &str) -> Vec<Observation> {
    let mut numbers = std::collections::HashMap::new();
    text.split(',').map(str::trim).filter(|o| !o.is_empty()).map(|o| one(o, &mut numbers)).collect()
}

fn one(
    text: &str,
    numbers: &mut std::collections::HashMap<(DeviceId, String), i64>,
) -> Observation {
    let (who, text) = text.split_once(':').unwrap_or(("A", text));
    let (text, number) = text.split_once('#').map_or((text, None), |(t, n)| (t, Some(n)));
    let (text, epoch) = text.split_once('/').unwrap_or((text, "boot"));
    let (what, at) = text.split_once(' ').expect("a kind and a second");
    let device = device(if who == "A" { 1 } else { 2 });
    let next = numbers.entry((device, epoch.to_owned())).or_insert(0);
    *next = number.map_or(*next + 1, |n| n.parse().expect("a number"));
    let (kind, occupied) = match what {
        "o" => (Kind::Occupied, Some(true)),
        "v" => (Kind::Vacant, Some(false)),
        "h1" => (Kind::Heartbeat, Some(true)),
        "h0" => (Kind::Heartbeat, Some(false)),
        "s1" => (Kind::StartUp, Some(true)),
        "s0" => (Kind::StartUp, Some(false)),
        "s" => (Kind::StartUp, None),
        "!" => (Kind::Fault, None),
        _ => (Kind::Info, None),
    };
    let id = ReadingId { device, epoch: epoch.to_owned(), number: *next, part: 0 };
    Observation { id, observed_at: second(at.parse().expect("seconds")), kind, occupied }
}
