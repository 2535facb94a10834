//! Tekzitel TEKZIPARK parking sensor (LoRaWAN): magnetometer, radar, Bluetooth beacons.
//!
//! Layout: TheThingsNetwork/lorawan-devices, vendor/tekzitel (Apache-2.0). FPort 1 state, with the
//! beacons heard or without; FPort 2 the same state with debug values; FPort 3 down the whole
//! configuration. Bit 6 of the state has no meaning that is known and is ignored.
//!
//! A state that is neither a keep-alive nor sent at a reset was sent because it changed.

mod configuration;

use super::{
    Codec, Decoded, Frame, HARDWARE_FAULT, LOW_BATTERY, OBSTRUCTED, Refusal, degrees, flag,
    no_such_uplink, wrong_length,
};
use crate::reading::{Kind, Report};

pub(super) const CODEC: Codec = Codec {
    device_type: "tekzitel-tekzipark",
    aliases: &["tekzipark"],
    about: "Tekzitel TEKZIPARK parking sensor (LoRaWAN)",
    ports: &[1, 2],
    decode_up,
    decode_down: configuration::decode,
    encode_down: configuration::encode,
    commands: configuration::commands,
};

fn decode_up(frame: &Frame<'_>) -> Result<Decoded, Refusal> {
    match (frame.fport, frame.bytes) {
        (1, [state, temperature, parking_id]) => Ok(read_state(*state, *temperature, *parking_id)),
        (1, [state, temperature, parking_id, rssi, beacons @ ..]) if beacons.len() % 2 == 0 => {
            let ids: Vec<u16> =
                beacons.as_chunks::<2>().0.iter().map(|id| u16::from_be_bytes(*id)).collect();
            Ok(read_state(*state, *temperature, *parking_id)
                .with("beacon_rssi_dbm", rssi.cast_signed())
                .with("beacon_ids", ids))
        }
        (2, [state, temperature, parking_id, debug @ ..]) if debug.len() == 9 => {
            Ok(with_debug(read_state(*state, *temperature, *parking_id), debug))
        }
        (1, bytes) => Err(wrong_length("a state", "3 bytes, or 4 and 2 for each beacon", bytes)),
        (2, bytes) => Err(wrong_length("a debug message", "12 bytes", bytes)),
        _ => Err(no_such_uplink(frame)),
    }
}

fn read_state(state: u8, temperature: u8, parking_id: u8) -> Decoded {
    let bit = |n: u8| state >> n & 1 == 1;
    let occupied = bit(7);
    let report = match (bit(1), bit(0)) {
        (true, _) => Report { occupied: Some(occupied), ..Report::new(Kind::StartUp) },
        (false, true) => Report { occupied: Some(occupied), ..Report::new(Kind::Heartbeat) },
        (false, false) => Report::change_to(occupied.into()),
    };
    let mut flags = Vec::new();
    flags.extend((!bit(5)).then(|| flag(LOW_BATTERY)));
    flags.extend(bit(4).then(|| flag(OBSTRUCTED)));
    Decoded::reading(Report { temperature_c: Some(degrees(temperature)), flags, ..report })
        .with("radar", bit(3))
        .with("no_beacon", bit(2))
        .with("parking_id", parking_id)
}

/// `debug` is what follows the state. What the codes of the last three bytes mean is not published;
/// only that there is a fault is taken over.
fn with_debug(mut decoded: Decoded, debug: &[u8]) -> Decoded {
    let names =
        ["deflection_x", "deflection_y", "deflection_z", "baseline_x", "baseline_y", "baseline_z"];
    for (name, byte) in names.iter().zip(debug) {
        decoded = decoded.with(name, byte.cast_signed());
    }
    let [.., fault, obstruction, reflection] = debug else { return decoded };
    if *fault != 0 {
        for report in &mut decoded.readings {
            report.flags.push(flag(HARDWARE_FAULT));
        }
    }
    decoded
        .with("fault_code", *fault)
        .with("obstruction", *obstruction)
        .with("reflection", *reflection)
}
