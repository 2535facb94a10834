//! The few made-up things the tests share: devices, instants, ids.

use std::collections::HashMap;
use std::sync::Arc;

use sensing::{DeviceProfile, Kind, Network, Observation, ReadingId, TimeSource};
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
    let device_type: Arc<str> = device_type.into();
    move |_, _| {
        let device_type = Arc::clone(&device_type);
        Some(DeviceProfile {
            device: device(1),
            device_type,
            firmware: None,
            occupied_below_mm: None,
            mac_key: None,
        })
    }
}

pub(crate) fn nobody(_: Network, _: &str) -> Option<DeviceProfile> {
    None
}

/// Reads `o 17` (occupied, 17 s), `v` vacant, `h1`/`h0` heartbeat, `s1`/`s0`/`s` start-up, `i` info,
/// `!` fault. Before it `A:` or `B:` names the device, `N:` one that a radio network dates; after it
/// `@40` when it came (else at once), `/boot#n` the epoch and number. The instant may be `-` (no
/// clock), `60m`, `3h` or `2d`, also negative; for `N:` `10..17` if the network's clocks disagree.
pub(crate) fn observations(text: &str) -> Vec<Observation> {
    let mut numbers = HashMap::new();
    text.split(',').map(str::trim).filter(|o| !o.is_empty()).map(|o| one(o, &mut numbers)).collect()
}

fn one(text: &str, numbers: &mut HashMap<(DeviceId, String), i64>) -> Observation {
    let (who, text) = text.split_once(':').unwrap_or(("A", text));
    let (text, number) = text.split_once('#').map_or((text, None), |(t, n)| (t, Some(n)));
    let (text, epoch) = text.split_once('/').unwrap_or((text, "boot"));
    let (text, came) = text.split_once('@').map_or((text, None), |(t, c)| (t, Some(c)));
    let (what, at) = text.split_once(' ').expect("a kind and an instant");
    let (earliest, at) = at.split_once("..").map_or((None, at), |(e, at)| (Some(e), at));
    let said_at = (at != "-").then(|| moment(at));
    let received_at = came.map_or_else(|| said_at.expect("an instant"), moment);
    let device = device(match who {
        "A" => 1,
        "B" => 2,
        _ => 3,
    });
    let next = numbers.entry((device, epoch.to_owned())).or_insert(0);
    *next = number.map_or(*next + 1, |n| n.parse().expect("a number"));
    let (kind, occupied) = kind(what);
    let dated = who == "N";
    Observation {
        id: ReadingId { device, epoch: epoch.to_owned(), number: *next, part: 0 },
        observed_at: said_at.unwrap_or(received_at),
        earliest_at: earliest.map(moment),
        time_source: match (dated, said_at) {
            (true, _) => TimeSource::Network,
            (false, Some(_)) => TimeSource::Device,
            (false, None) => TimeSource::Received,
        },
        device_at: said_at.filter(|_| !dated),
        network_at: None,
        received_at,
        kind,
        occupied,
    }
}

fn kind(what: &str) -> (Kind, Option<bool>) {
    match what {
        "o" => (Kind::Occupied, Some(true)),
        "v" => (Kind::Vacant, Some(false)),
        "h1" => (Kind::Heartbeat, Some(true)),
        "h0" => (Kind::Heartbeat, Some(false)),
        "s1" => (Kind::StartUp, Some(true)),
        "s0" => (Kind::StartUp, Some(false)),
        "s" => (Kind::StartUp, None),
        "!" => (Kind::Fault, None),
        _ => (Kind::Info, None),
    }
}

/// `100`, `60m`, `3h`, `2d` into the test; also negative.
pub(crate) fn moment(text: &str) -> Timestamp {
    let (figure, unit) = match text.chars().last() {
        Some('m') => (&text[..text.len() - 1], 60),
        Some('h') => (&text[..text.len() - 1], 3600),
        Some('d') => (&text[..text.len() - 1], 86_400),
        _ => (text, 1),
    };
    second(figure.parse::<i64>().expect("a figure") * unit)
}
