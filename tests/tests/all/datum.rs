//! `gateway convert-datum`, as a user pipes places through it.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::harness::programs::{command, text};

/// What the offsets of map services and the common formula may differ by.
const TOLERANCE_DEG: f64 = 1e-5;

/// Baiyin and Beijing in three datums (gcoord `test/fixtures/china-cities.json`), and a place abroad.
const PLACES: [(&str, [f64; 2]); 9] = [
    ("wgs84", [104.1357665, 36.5449176]),
    ("gcj02", [104.1385932, 36.5450174]),
    ("bd09", [104.1450406, 36.5511515]),
    ("wgs84", [116.4011517, 39.9028057]),
    ("gcj02", [116.4074002, 39.9042136]),
    ("bd09", [116.4137852, 39.9105355]),
    ("wgs84", [-73.9857, 40.7484]),
    ("gcj02", [-73.9857, 40.7484]),
    ("bd09", [-73.9857, 40.7484]),
];

fn convert(from: &str, to: &str, input: &[u8]) -> Output {
    let mut child = command("gateway", &["convert-datum", "--from", from, "--to", to])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Places in all datums: one array each, in the same order.
fn check(places: &[[[f64; 2]; 3]]) {
    let names = ["wgs84", "gcj02", "bd09"];
    for (from_number, from) in names.iter().enumerate() {
        for (to_number, to) in names.iter().enumerate() {
            let lines: String = places
                .iter()
                .map(|place| format!("{},{}\n", place[from_number][0], place[from_number][1]))
                .collect();
            let output = convert(from, to, lines.as_bytes());
            assert!(output.status.success(), "{}", text(&output.stderr));
            let out = text(&output.stdout);
            assert_eq!(out.lines().count(), places.len());
            for (line, place) in out.lines().zip(places) {
                let (lon, lat) = line.split_once(',').unwrap();
                for (got, expected) in [lon, lat].into_iter().zip(place[to_number]) {
                    assert_eq!(got.split_once('.').unwrap().1.len(), 7, "{line}");
                    let off = (got.parse::<f64>().unwrap() - expected).abs();
                    assert!(off < TOLERANCE_DEG, "{from} to {to}: {line} is not {place:?}");
                }
            }
        }
    }
}

/// The places above, and those of a file in the form of gcoord's fixture if `BOWEI_GCJ02` names one.
#[test]
fn places_go_through_all_datums_in_order() {
    let mut places: Vec<[[f64; 2]; 3]> =
        PLACES.chunks(3).map(|three| [three[0].1, three[1].1, three[2].1]).collect();
    if let Ok(file) = std::env::var("BOWEI_GCJ02") {
        let known: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        for point in known["points"].as_array().unwrap() {
            let of = |datum: &str| [0, 1].map(|n| point[datum][n].as_f64().unwrap());
            places.push(["wgs84", "gcj02", "bd09"].map(of));
        }
    }
    check(&places);
}

#[test]
fn a_bad_line_is_named_after_what_came_before_it() {
    let output = convert("wgs84", "gcj02", b"2.3522,48.8566\r\n\r\nParis\r\n1,1\r\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "2.3522000,48.8566000\n");
    assert!(text(&output.stderr).contains("line 3"), "{}", text(&output.stderr));
}

#[test]
fn a_long_input_streams_through() {
    let lines = "104.1357665,36.5449176\n".repeat(200_000);
    let output = convert("wgs84", "gcj02", lines.as_bytes());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), 200_000);
}
