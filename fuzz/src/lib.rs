//! What the fuzz targets do with the bytes they are given. `fuzz/README.md` says how to run them.
//!
//! A target finds a panic, an endless loop and an allocation out of proportion by itself; beside
//! that each checks that the answer keeps the promises of the types.
#![forbid(unsafe_code)]

use sensing::{Codec, DeviceProfile, Frame, Heard, Network, Refusal, codec, read_message};
use uuid::Uuid;
use vocabulary::{DeviceId, Interval, Timestamp};

/// The firmware that the second byte of an input chooses.
const FIRMWARE: [Option<&str>; 5] =
    [None, Some("0.29"), Some("0.39.2"), Some("1.2"), Some("2.0.1")];

/// A target for the codec of one device type.
///
/// Input: the port, the number of a firmware, the frame.
#[macro_export]
macro_rules! codec_target {
    ($device_type:literal) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::frame($device_type, input));
    };
}

/// A target for messages of a network.
///
/// Input: the number of the topic, 1 for a device that signs, the payload.
#[macro_export]
macro_rules! message_target {
    ($topics:expr, $device_type:literal) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::message(&$topics, $device_type, input));
    };
}

/// Decodes a frame both ways; what was read as a command must be written as the same again.
pub fn frame(device_type: &str, input: &[u8]) {
    let [fport, firmware, bytes @ ..] = input else { return };
    let firmware = FIRMWARE[usize::from(*firmware) % FIRMWARE.len()];
    let codec = codec(device_type).expect("a target is named after a codec");
    let frame = Frame { fport: *fport, bytes, firmware };
    match (codec.decode_up)(&frame) {
        Ok(decoded) => assert!(!decoded.readings.is_empty()),
        Err(refusal) => check(&refusal),
    }
    match (codec.decode_down)(&frame) {
        Ok(decoded) => written_again(codec, &decoded),
        Err(refusal) => check(&refusal),
    }
}

fn written_again(codec: &Codec, decoded: &sensing::Decoded) {
    let written = (codec.encode_down)(&decoded.extra).expect("a codec's own words");
    let frame = Frame { fport: written.fport, bytes: &written.bytes, firmware: None };
    assert_eq!((codec.decode_down)(&frame).as_ref(), Ok(decoded));
}

fn check(refusal: &Refusal) {
    assert!(["unknown_frame", "bad_frame"].contains(&refusal.reason.code()));
}

/// Reads a message of a device that signs, or does not.
pub fn message(topics: &[&str], device_type: &str, input: &[u8]) {
    let [topic, key, payload @ ..] = input else { return };
    let topic = topics[usize::from(*topic) % topics.len()];
    let find = |_: Network, _: &str| {
        Some(DeviceProfile {
            device: DeviceId(Uuid::from_u128(1)),
            device_type: device_type.into(),
            firmware: None,
            occupied_below_mm: None,
            mac_key: (*key == 1).then_some([0; 32]),
        })
    };
    match read_message(topic, payload, Timestamp::from_ms(1_789_430_400_000), &find) {
        Ok(Heard::Readings(readings)) => assert!(!readings.is_empty()),
        Ok(Heard::Notice(notice)) => assert!(!notice.what.name().is_empty()),
        Err(rejected) => assert!(!rejected.detail.is_empty()),
    }
}

/// Reads a tariff; what it refuses it must place, and what it takes must price a stay without
/// charging less than nothing.
pub fn tariff(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let tariff = match billing::tariff::parse(text) {
        Ok(tariff) => tariff,
        Err(problems) => {
            assert!(!problems.is_empty(), "a refusal has a reason");
            let placed = |p: &billing::tariff::Problem| p.path.is_empty() || p.place.is_some();
            assert!(problems.iter().all(placed), "what can be read has lines: {problems:?}");
            return;
        }
    };
    let Some(version) = tariff.versions.first() else { return };
    let Some(class) = version.vehicle_classes.first() else { return };
    let arrived_at = Timestamp::parse(&format!("{}T12:00:00Z", version.valid_from))
        .expect("a version is valid from a day");
    let stay = Interval::new(arrived_at, arrived_at.plus_ms(3 * 86_400_000)).expect("forwards");
    let mut case = billing::Case::new(class.clone(), vec![stay], Vec::new());
    case.street = version.streets.first().cloned();
    if let Ok(bill) = billing::price(&tariff, billing::Calendars::built_in(), &case) {
        let sum: i64 = bill.lines.iter().map(|line| line.amount.0).sum();
        assert!(sum == bill.total.0 && sum >= 0, "the lines sum to a total of 0 or more");
    }
}

/// Bytes as the only block, not packed, of an OpenStreetMap file.
pub fn in_frames(bytes: &[u8]) -> Vec<u8> {
    let blob = [vec![0x0a], varint(bytes.len()), bytes.to_vec()].concat();
    let mut file = vec![0, 0, 0, 13];
    file.extend(b"\x0a\x09OSMHeader\x18\x02\x0a\x00");
    let header = [b"\x0a\x07OSMData\x18".to_vec(), varint(blob.len())].concat();
    file.extend([0, 0, 0, u8::try_from(header.len()).unwrap_or_default()]);
    file.extend(header);
    file.extend(blob);
    file
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(u8::try_from(value & 127).unwrap_or_default() | 128);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap_or_default());
    bytes
}
