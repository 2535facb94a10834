//! Vendor frames: the published vectors, and frames nobody should send. One file per family.
//!
//! Every table goes through one `check`. Where a vector has a published source, the table names it;
//! all others are written by hand from the layouts.

mod bosch;
mod cicicom;
mod libelium;
mod milesight;
mod netvox;
mod nwave;
mod placepod;
mod tekzipark;

use sensing::{Codec, Decoded, Frame, Refusal, codec, codecs, firmware_in};
use serde_json::{Value, json};

type Way = fn(&Codec) -> fn(&Frame<'_>) -> Result<Decoded, Refusal>;

pub(crate) fn up(device_type: &str, fport: u8, bytes: &str, expected: &Value) {
    check(|codec| codec.decode_up, device_type, fport, bytes, expected);
}

pub(crate) fn down(device_type: &str, fport: u8, bytes: &str, expected: &Value) {
    check(|codec| codec.decode_down, device_type, fport, bytes, expected);
}

/// `expected` is the code of a refusal, or what the frame says.
fn check(way: Way, device_type: &str, fport: u8, bytes: &str, expected: &Value) {
    let codec = codec(device_type).expect("a codec");
    let bytes = hex::decode(bytes.replace(' ', "")).expect("hex");
    let frame = Frame { fport, bytes: &bytes, firmware: firmware_in(device_type) };
    let got = match way(codec)(&frame) {
        Ok(decoded) => serde_json::to_value(decoded).expect("plain data"),
        Err(refusal) => json!(refusal.reason.code()),
    };
    assert_eq!(&got, expected, "{device_type} FPort {fport} {}", hex::encode(&bytes));
}

/// The frame of a command, or the code of the refusal.
pub(crate) fn encoded(device_type: &str, command: &Value) -> Result<(u8, String), &'static str> {
    (codec(device_type).expect("a codec").encode_down)(command.as_object().expect("a map"))
        .map(|down| (down.fport, hex::encode(down.bytes)))
        .map_err(|refusal| refusal.reason.code())
}

pub(crate) fn reading(report: &Value, extra: &Value) -> Value {
    let mut report = report.clone();
    report["flags"].is_null().then(|| report["flags"] = json!([]));
    json!({ "readings": [report], "extra": extra })
}

#[test]
fn a_device_type_is_found_by_its_names() {
    for (name, found) in [
        ("bosch-tps110", Some(("bosch-tps110", None))),
        ("Bosch-TPS110", Some(("bosch-tps110", None))),
        ("bosch_tps110", Some(("bosch-tps110", None))),
        (" bosch-tps110-0.29 ", Some(("bosch-tps110", Some("0.29")))),
        ("BOSCH-TPS110-0.39.2", Some(("bosch-tps110", Some("0.39.2")))),
        ("tps110-0292", Some(("bosch-tps110", Some("0292")))),
        ("Milesight-VS341", Some(("milesight-vs34x", None))),
        ("milesight-vs34x", Some(("milesight-vs34x", None))),
        ("nwave-nps310sm", Some(("nwave-nps310sm", None))),
        ("NPS405FM", Some(("nwave-nps405", None))),
        ("ncc405", Some(("nwave-ncc405", None))),
        ("tekzipark", Some(("tekzitel-tekzipark", None))),
        ("libelium-parking-v1", Some(("libelium-parking-v1", None))),
        ("libelium-parking-2.1.0", Some(("libelium-parking", Some("2.1.0")))),
        ("R718PE01", Some(("netvox-r718pe", None))),
        ("em400-udl", Some(("milesight-em400-mud", None))),
        ("milesight_nb_iot", Some(("milesight-nb-iot", None))),
        ("bosch-tps110-new", None),
        ("bosch-tps110-", None),
        ("native", None),
        ("", None),
        ("-0.29", None),
    ] {
        let got = codec(name).map(|codec| (codec.device_type, firmware_in(name)));
        assert_eq!(got, found, "{name:?}");
    }
}

#[test]
fn no_two_device_types_share_a_name() {
    let names: Vec<&str> = codecs()
        .iter()
        .flat_map(|codec| std::iter::once(&codec.device_type).chain(codec.aliases))
        .copied()
        .collect();
    for name in &names {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }
    assert!(codecs().iter().all(|codec| !codec.about.is_empty()));
}

#[test]
fn a_frame_on_a_port_that_the_layout_does_not_name_is_refused() {
    for codec in codecs().iter().filter(|codec| !codec.ports.is_empty()) {
        for fport in (0..=255).filter(|fport| !codec.ports.contains(fport)) {
            let frame = Frame { fport, bytes: &[1], firmware: None };
            let refusal = (codec.decode_up)(&frame).expect_err(codec.device_type);
            assert_eq!(refusal.reason.code(), "unknown_frame", "{} {fport}", codec.device_type);
        }
    }
}
