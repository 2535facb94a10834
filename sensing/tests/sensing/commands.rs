//! What devices are told: documented commands, the messages that carry them, what becomes of them.

use sensing::{
    CommandEvent, CommandRejectKind, CommandState, DeviceCommand, Frame, Letter, Network, Proof,
    Sending, codecs, command_named, encode_command, network_id, proves_restart, route_of,
};
use serde_json::{Map, Value, json};
use vocabulary::CommandId;

use crate::world::instant;

const ID: &str = "0199a000-0000-7000-8000-000000000001";
const EUI: &str = "a8404127a188d826";
const CONFIRMED: Sending = Sending { confirmed: true, replaces: false };

fn id() -> CommandId {
    ID.parse().expect("an id")
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().expect("a map").clone()
}

#[test]
fn every_documented_command_is_written_and_read_back_as_it_was() {
    let mut by_type = Vec::new();
    for codec in codecs() {
        let commands = (codec.commands)();
        for command in &commands {
            let written =
                (codec.encode_down)(command).unwrap_or_else(|e| panic!("{command:?}: {e}"));
            let frame = Frame { fport: written.fport, bytes: &written.bytes, firmware: None };
            let read = (codec.decode_down)(&frame).unwrap_or_else(|e| panic!("{command:?}: {e}"));
            assert_eq!(&read.extra, command, "{}", codec.device_type);
            assert!(read.readings.is_empty());
        }
        if !commands.is_empty() {
            by_type.push((codec.device_type, commands.len()));
        }
    }
    // By the makers' tables: Bosch 5 + 6 + 4 + 2 + 7 values of five commands, EM310-UDL three, EM400 seven
    // and the three working modes, VS34x five, Netvox eight, TEKZIPARK one.
    let documented = [
        ("bosch-tps110", 24),
        ("milesight-em310-udl", 3),
        ("milesight-em400-mud", 10),
        ("milesight-vs34x", 5),
        ("netvox-r718pe", 8),
        ("tekzitel-tekzipark", 1),
    ];
    assert_eq!(by_type, documented);
}

#[test]
fn the_published_vectors_of_commands_are_written_to_the_byte() {
    // TheThingsNetwork/lorawan-devices, vendor/bosch/tps110-0392 and vendor/tekzitel/tekzipark.
    let usage = |what: &str| json!({"command": "Device Usage Request", "sub_command": what});
    let shipped = json!({
        "suppress_baseline_offset": 0, "radar_start_range": 4, "fluctuations_count": 7,
        "downlink_frequency": 0, "axis_deflection": 0, "debug_mode": 1,
        "deflection_threshold_mag": 6, "zero_neg_drop": 0, "oversampling": 0,
        "hw_acc_samples_no": 3, "fluctuation_threshold_XY": 0, "sleep_time": 7,
        "reset_control": 0, "mag_reboot": 1, "fluctuation_delay_time": 3, "axis_fluctuations": 0,
        "fluctuation_threshold_Z": 0, "self_heal": 0, "keepalive_period": 0,
        "radar_scan_count": 0, "obstruction_check": 0, "reflection_threshold_radar": 0, "OI": 0,
        "send_rssi": 1, "beacons_scan_no": 5, "ble_scan_window": 0, "ble_scan_rssi": 170
    });
    for (device_type, command, expected) in [
        ("bosch-tps110-0.39", usage("Time running in occupied state"), Ok((55, "01"))),
        ("bosch-tps110-0.39", usage("Answer to everything 42"), Err("command_malformed")),
        ("tekzitel-tekzipark", shipped, Ok((3, "471618eb000068aa"))),
        ("bosch-tps110", json!({"command": "Self-destruction"}), Err("command_unknown")),
        ("nwave-nps405", json!({"command": "reboot"}), Err("command_unknown")),
        ("abacus", json!({"command": "reboot"}), Err("unknown_device_type")),
        (
            "milesight-em400-mud",
            json!({"command": "set_report_interval"}),
            Err("command_malformed"),
        ),
    ] {
        let written = encode_command(device_type, &map(&command));
        let written = written.map(|d| (d.fport, hex::encode(d.bytes))).map_err(|e| e.kind.code());
        assert_eq!(written, expected.map(|(port, hex)| (port, hex.to_owned())), "{command}");
    }
}

fn letter(
    command: &DeviceCommand,
    network: Network,
    key: &str,
    uplink: Option<&str>,
) -> Option<(String, Value)> {
    let route = uplink.and_then(route_of);
    let Letter { topic, payload } = command.letter(network, key, route, id())?;
    Some((topic, serde_json::from_str(&payload).expect("JSON")))
}

#[test]
fn a_frame_goes_to_chirpstack_as_its_documentation_shows() {
    // The topic and frame of a command captured in 2024, under an id of ours.
    let application = "application/d63c10b6-9263-4ab3-9299-4308fa19a2ad";
    let uplink = format!("{application}/device/{EUI}/event/up");
    let command = DeviceCommand::raw(1, "01000258", Sending::default()).unwrap();
    let message =
        json!({"id": ID, "devEui": EUI, "confirmed": false, "fPort": 1, "data": "AQACWA=="});
    let topic = format!("{application}/device/{EUI}/command/down");
    let sent = letter(&command, Network::ChirpStack, EUI, Some(&uplink));
    assert_eq!(sent, Some((topic, message)));
    assert_eq!(network_id(Network::ChirpStack, id()).as_deref(), Some(ID));
}

#[test]
fn a_frame_goes_to_the_things_stack_as_its_documentation_shows() {
    let command = DeviceCommand::raw(15, "BEEF", CONFIRMED).unwrap();
    let message = json!({"downlinks": [{"f_port": 15, "frm_payload": "vu8=", "priority": "NORMAL",
        "confirmed": true, "correlation_ids": [format!("bowei:{ID}")]}]});
    let uplink = Some("v3/app1@tenant/devices/dev1/up");
    let sent = letter(&command, Network::TheThingsStack, EUI, uplink);
    assert_eq!(sent, Some(("v3/app1@tenant/devices/dev1/down/push".to_owned(), message.clone())));
    let instead = Sending { replaces: true, ..CONFIRMED };
    let sent = letter(
        &DeviceCommand::raw(15, "beef", instead).unwrap(),
        Network::TheThingsStack,
        EUI,
        uplink,
    );
    assert_eq!(sent, Some(("v3/app1@tenant/devices/dev1/down/replace".to_owned(), message)));
    let named = network_id(Network::TheThingsStack, id()).unwrap();
    assert_eq!((named.as_str(), command_named(&named)), (&*format!("bowei:{ID}"), Some(id())));
    assert_eq!(command_named(ID), Some(id()));
    assert_eq!(command_named("as:downlink:01E19B99501X84X6CV471TVSZ1"), None);
}

#[test]
fn a_word_goes_to_a_native_device_as_it_is_and_over_no_other_network() {
    let word = DeviceCommand::native(map(&json!({"config": {"heartbeat_s": 1200}}))).unwrap();
    let topic = "bowei/v1/bw-1/down".to_owned();
    let sent = letter(&word, Network::Native, "bw-1", None);
    assert_eq!(sent, Some((topic, json!({"config": {"heartbeat_s": 1200}}))));
    assert_eq!(
        letter(&word, Network::ChirpStack, EUI, Some("application/1/device/2/event/up")),
        None
    );
    let frame = DeviceCommand::raw(1, "01", Sending::default()).unwrap();
    assert_eq!(letter(&frame, Network::Native, "bw-1", None), None);
    assert_eq!(letter(&frame, Network::ChirpStack, EUI, None), None, "it was never heard");
    assert_eq!(network_id(Network::Native, id()), None);
}

#[test]
fn the_way_back_to_a_device_is_in_the_topic_of_its_uplinks() {
    for (topic, route) in [
        ("application/1/device/02b0e1c500620001/event/up", Some("application/1")),
        ("v3/app@ttn/devices/bay-7/up", Some("v3/app@ttn/devices/bay-7")),
        ("v3/app/devices/up/up", Some("v3/app/devices/up")),
        ("bowei/v1/bw-1/up", None),
        ("application/1/device/02b0e1c500620001/event/join", None),
        ("v3/app@ttn/devices/bay-7/join", None),
        ("v3/app@ttn/devices/bay-7/down/up", None),
        ("v3/app@ttn/gateways/bay-7/up", None),
        ("somewhere/1/device/2/event/up", None),
        ("up", None),
    ] {
        assert_eq!(route_of(topic), route, "{topic}");
    }
}

#[test]
fn what_makes_no_sense_to_say_is_refused() {
    use CommandRejectKind::{Frame, Malformed, Unknown};
    for (word, expected) in [
        (json!({"restart": {}}), Ok(Proof::Start)),
        (json!({"recalibrate": {}}), Ok(Proof::Nothing)),
        (json!({"config": {"heartbeat_s": 1}}), Ok(Proof::Nothing)),
        (json!({"config": {"heartbeat_s": 604_800, "led": true}}), Ok(Proof::Nothing)),
        (json!({"config": {"led": true}}), Ok(Proof::Nothing)),
        (json!({"config": {"heartbeat_s": 604_801}}), Err(Malformed)),
        (json!({"config": {"heartbeat_s": 0}}), Err(Malformed)),
        (json!({"config": {"heartbeat_s": "20m"}}), Err(Malformed)),
        (json!({"config": {"heartbeat_s": 1.5}}), Err(Malformed)),
        (json!({"config": {}}), Err(Malformed)),
        (json!({"config": {"name": "x".repeat(4096)}}), Err(Malformed)),
        (json!({"restart": null}), Err(Malformed)),
        (json!({"restart": {}, "recalibrate": {}}), Err(Malformed)),
        (json!({"stored": {"boot_id": "a", "up_to": 3}}), Err(Unknown)),
        (json!({"explode": {}}), Err(Unknown)),
        (json!({}), Err(Malformed)),
    ] {
        let got = DeviceCommand::native(map(&word)).map(|c| c.proof()).map_err(|e| e.kind);
        assert_eq!(got, expected, "{word}");
    }
    let long = "00".repeat(243);
    for (fport, hex, sending, expected) in [
        (1, "00", Sending::default(), Ok(Proof::Air)),
        (223, &long[2..], CONFIRMED, Ok(Proof::Device)),
        (0, "00", CONFIRMED, Err(Frame)),
        (224, "00", CONFIRMED, Err(Frame)),
        (1, "", CONFIRMED, Err(Frame)),
        (1, "0", CONFIRMED, Err(Frame)),
        (1, "zz", CONFIRMED, Err(Frame)),
        (1, &long, CONFIRMED, Err(Frame)),
    ] {
        let got = DeviceCommand::raw(fport, hex, sending).map(|c| c.proof()).map_err(|e| e.kind);
        assert_eq!(got, expected, "{fport} {hex}");
    }
}

#[test]
fn words_about_a_command_never_move_it_back_in_whatever_order_they_come() {
    use CommandEvent::{
        Acknowledged, Failed, OnAir, Published, Queued, Refused, Started, TimePassed, Withdrawn,
    };
    for (proof, events, expected) in [
        (Proof::Device, &[Published, Queued, OnAir, Acknowledged][..], "acknowledged"),
        (Proof::Device, &[Acknowledged, OnAir, Queued, Published], "acknowledged"),
        (Proof::Device, &[Queued, Published], "queued"),
        (Proof::Device, &[Published, OnAir, Queued, Published], "on_air"),
        (Proof::Device, &[Published, OnAir, TimePassed], "expired"),
        (Proof::Device, &[Published, OnAir, Refused, TimePassed], "refused"),
        (Proof::Device, &[Published, Refused, Acknowledged, Refused], "acknowledged"),
        (Proof::Device, &[Published, TimePassed, Acknowledged], "acknowledged"),
        (Proof::Air, &[Published, OnAir, TimePassed], "on_air"),
        (Proof::Air, &[Published, TimePassed, OnAir], "on_air"),
        (Proof::Air, &[Published, Queued, Failed, Queued], "failed"),
        (Proof::Air, &[TimePassed, Published], "expired"),
        (Proof::Start, &[Published, Started], "acknowledged"),
        (Proof::Start, &[Started, Published], "acknowledged"),
        (Proof::Start, &[Published, TimePassed], "expired"),
        (Proof::Nothing, &[Published, TimePassed], "sent"),
        (Proof::Nothing, &[TimePassed], "expired"),
        (Proof::Air, &[Withdrawn, Published, Queued, TimePassed], "withdrawn"),
        (Proof::Air, &[Withdrawn, OnAir], "on_air"),
        (Proof::Device, &[Withdrawn, OnAir, Acknowledged], "acknowledged"),
        (Proof::Nothing, &[Published, Withdrawn], "sent"),
        (Proof::Device, &[Queued, Withdrawn], "queued"),
        (Proof::Device, &[TimePassed, Withdrawn], "expired"),
    ] {
        let end = events.iter().fold(CommandState::Waiting, |state, event| {
            state.after(*event, proof).unwrap_or(state)
        });
        assert_eq!(end.name(), expected, "{proof:?} {events:?}");
        // The same words once more change nothing.
        let again = events.iter().fold(end, |state, e| state.after(*e, proof).unwrap_or(state));
        assert_eq!(again, end, "{proof:?} {events:?}");
    }
    for state in CommandState::ALL {
        assert_eq!(CommandState::from_name(state.name()), Some(state));
    }
}

#[test]
fn a_start_proves_a_restart_if_it_is_a_new_one_and_not_an_old_story() {
    let tried_at = instant("2026-09-15T08:00:00Z");
    for (before, boot_id, observed_at, expected) in [
        (Some("a"), "b", "2026-09-15T08:00:02Z", true),
        (Some("a"), "a", "2026-09-15T08:00:02Z", false),
        (None, "b", "2026-09-15T08:00:02Z", true),
        // The device's clock may be behind by five minutes, and no more.
        (Some("a"), "b", "2026-09-15T07:55:00Z", true),
        (Some("a"), "b", "2026-09-15T07:54:59Z", false),
    ] {
        let proves = proves_restart(before, tried_at, boot_id, instant(observed_at));
        assert_eq!(proves, expected, "{before:?} {boot_id} {observed_at}");
    }
}
