//! The programs from the command line: the one-command demo, replay, decode.

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{run, text};
use crate::harness::served::path;

#[test]
fn the_demo_runs_by_itself_ends_with_clean_books_and_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=2 {
        let output = run(
            "gateway",
            &[
                "demo",
                "--for",
                "15s",
                "--speed",
                "600",
                "--bays",
                "40",
                "--http",
                "127.0.0.1:0",
                "--mqtt",
                "127.0.0.1:0",
                "--data",
                path(dir.path()),
            ],
        );
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "round {round}\n{out}\n{err}");
        assert!(out.contains(": clean ("), "round {round}\n{out}");
    }
    let charges = crate::harness::sandbox::charges_in(&dir.path().join("sandbox"));
    assert!(!charges.is_empty(), "five hours of a town with 40 bays, and nobody paid");
    let verified = run("gateway", &["verify", "--data", path(dir.path())]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
    the_billed_visits_priced_again_cost_what_was_billed(dir.path());
    // The town has roads from the start: from its middle to 45 m east and 22 m north of it.
    let (from, to) = ("104.17,36.55", "104.1705,36.5502");
    let way = run("gateway", &["route", "--from", from, "--to", to, "--data", path(dir.path())]);
    assert_eq!(way.status.code(), Some(0), "{}", text(&way.stderr));
}

/// By the programs alone: the gateway writes what was billed, the price office's program prices it
/// under the tariff that holds and under the same with a cap of nought.
fn the_billed_visits_priced_again_cost_what_was_billed(data: &std::path::Path) {
    let visits = run("gateway", &["export", "visits", "--data", path(data)]);
    assert!(visits.status.success(), "{}", text(&visits.stderr));
    let lines = text(&visits.stdout).lines().count();
    assert!(lines > 10, "five hours of a town with 40 bays, and {lines} were billed");
    let stays = run("gateway", &["export", "stays", "--data", path(data)]);
    assert!(text(&stays.stdout).lines().count() >= lines, "a visit is of a stay");

    let tariffs = crate::harness::programs::repository().join("billing/tariffs");
    let holds = tariffs.join("demo-baiyin-road-1.yaml");
    let free = data.join("free.yaml");
    let text_of = std::fs::read_to_string(&holds).unwrap();
    std::fs::write(&free, text_of.replace("small: 5.00, large: 8.00", "small: 0, large: 0"))
        .unwrap();
    let database = format!("sqlite:{}", path(&data.join("bowei.db")));
    let simulate = |against: &std::path::Path| -> serde_json::Value {
        let tariff = ["--tariff", path(&holds), "--against", path(against), "--json", &database];
        let done = run("billing", &[&["simulate"], &tariff[..]].concat());
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let same = simulate(&holds);
    assert_eq!(same["all"]["stays"], lines, "every visit is priced again");
    assert_eq!(same["all"]["tariff"], same["all"]["against"]);
    assert_ne!(same["all"]["tariff"], "0.00");
    let roads = same["by_street"].as_array().map_or(0, Vec::len);
    assert!(roads > 1, "the sums are told apart by street: {same}");
    assert_eq!(simulate(&free)["all"]["against"], "0.00");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_messages_are_published_again_and_a_malformed_line_is_named() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Mosquitto).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("recorded.jsonl");
    let lines = [
        r#"{"at":"2026-09-15T00:00:00Z","topic":"bowei/v1/ts-1/up","payload":{"boot_id":"b","seq":1,"kind":"occupied"}}"#,
        // {"boot_id":"b","seq":2,"kind":"vacant"}
        r#"{"at":"2026-09-15T00:10:00Z","topic":"bowei/v1/ts-1/up","payload_base64":"eyJib290X2lkIjoiYiIsInNlcSI6Miwia2luZCI6InZhY2FudCJ9"}"#,
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let broker = town.broker_url();
    let replay =
        |file: &std::path::Path| run("firmware-sim", &["replay", path(file), "--broker", &broker]);
    let done = replay(&file);
    assert!(done.status.success(), "{}", text(&done.stderr));
    town.until_readings(2).await;

    std::fs::write(&file, format!("{}\nnot json\n", lines[0])).unwrap();
    let refused = replay(&file);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("line 2"), "{}", text(&refused.stderr));
    town.finish().await;
}

#[test]
fn encode_writes_what_decode_reads_or_refuses_it_with_a_code() {
    // The vectors of the makers' public codecs, and the EM400's interval of 1200 s = 0x04b0, low byte first.
    let usage =
        r#"{"command":"Device Usage Request","sub_command":"Time running in occupied state"}"#;
    let interval = r#"{"command":"set_report_interval","report_interval_s":1200}"#;
    for (device_type, command, exit, expected) in [
        ("bosch-tps110-0.39", usage, 0, r#"{"fport":55,"hex":"01"}"#),
        ("milesight-em400-mud", interval, 0, r#"{"fport":85,"hex":"ff03b004"}"#),
        ("bosch-tps110", interval, 1, r#""code":"command_unknown""#),
        ("em400-mud", r#"{"command":"set_working_mode"}"#, 1, r#""code":"command_malformed""#),
        ("em400-mud", "[]", 1, r#""code":"malformed_json""#),
        ("native", r#"{"restart":{}}"#, 1, r#""code":"unknown_device_type""#),
    ] {
        let arguments = ["encode", "--device-type", device_type, "--command", command, "--json"];
        let output = run("gateway", &arguments);
        let out = text(&output.stdout);
        assert_eq!(output.status.code(), Some(exit), "{command}: {out}{}", text(&output.stderr));
        assert!(out.contains(expected), "{command}: {out}");
    }
    let help = text(&run("gateway", &["encode", "--help"]).stdout);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in ["Heartbeat frequency", "report_now", "set_on_distance", "tekzitel-tekzipark"] {
        assert!(help.contains(name), "{name} in {help}");
    }
    let list = text(&run("gateway", &["encode", "--list", "--json"]).stdout);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    for entry in list["commands"].as_array().unwrap() {
        let (device_type, command) =
            (entry["device_type"].as_str().unwrap(), entry["command"].to_string());
        let written = run(
            "gateway",
            &["encode", "--device-type", device_type, "--command", &command, "--json"],
        );
        let frame: serde_json::Value = serde_json::from_slice(&written.stdout).unwrap();
        let (fport, hex) = (frame["fport"].to_string(), frame["hex"].as_str().unwrap());
        let read = [
            "decode",
            "--device-type",
            device_type,
            "--direction",
            "down",
            "--fport",
            &fport,
            "--hex",
            hex,
            "--json",
        ];
        let read: serde_json::Value =
            serde_json::from_slice(&run("gateway", &read).stdout).unwrap();
        assert_eq!(read["extra"], entry["command"], "{device_type}");
    }
}

#[test]
fn decode_says_what_a_frame_means_or_refuses_it_with_a_code() {
    // Layout of the TPS110 on FPort 1: bit 0 of the only byte says whether the bay is occupied.
    for (hex, fport, exit, expected) in [
        ("01", "1", 0, r#""occupied":true"#),
        ("00", "1", 0, r#""occupied":false"#),
        ("0x01", "1", 0, r#""occupied":true"#),
        ("01 ff", "2", 0, r#""temperature_c":-1.0"#),
        ("01:ff", "2", 0, r#""temperature_c":-1.0"#),
        ("01", "99", 1, r#""code":"unknown_frame""#),
        ("01", "99", 1, r#""detail":"no uplink on FPort 99""#),
        ("", "1", 1, r#""code":"#),
        ("0g", "1", 1, r#""code":"malformed_hex""#),
    ] {
        let output = run(
            "gateway",
            &["decode", "--device-type", "bosch-tps110", "--fport", fport, "--hex", hex, "--json"],
        );
        let out = text(&output.stdout).replace(": ", ":");
        assert_eq!(
            output.status.code(),
            Some(exit),
            "{hex} on {fport}: {out}{}",
            text(&output.stderr)
        );
        assert!(out.contains(expected), "{hex} on {fport}: {out}");
    }
}
