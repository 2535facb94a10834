//! Captures that a handheld made while it was offline.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use gateway::flow::sign_in::Role;
use serde_json::{Value, json};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::{MINUTE, PLATE, Story, ago, text};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_a0b0_0000_7000_8000_0000_0000_0000 + number)
}

/// A capture of the present run, made so many minutes ago by a wall clock that is two hours slow.
fn capture(number: u128, bay: &str, plate: &str, now: Timestamp, minutes: i64) -> Value {
    json!({
        "capture_id": id(number), "seq": i64::try_from(number).unwrap(), "bay_code": bay, "plate": plate,
        "wall_at": ago(now, minutes + 120), "monotonic_ms": (600 - minutes) * MINUTE, "boot_id": "run-1",
    })
}

fn upload(captures: &[Value]) -> Value {
    json!({
        "device_uuid": "handheld-7", "boot_id": "run-1", "monotonic_now_ms": 600 * MINUTE, "captures": captures,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_answered_one_by_one_and_uploading_it_again_is_harmless() {
    let mut town = TestApp::start(Kind::Postgres, BrokerKind::Embedded).await;
    let driver = town.driver("lin").await;
    let now = town.api.now().await;
    let story = Story::parked(now, 90);
    town.hear("ts-1", &story.arrives()).await;
    town.hear("ts-2", &Story::parked(now, 45).arrives()).await;
    let claim = driver.claim("TS01", PLATE).await.expect(201).json();
    let order_id = text(&claim["order_id"]);
    let left_at = town.api.now().await;
    town.hear("ts-1", &story.leaves(left_at)).await;
    driver.order_when(order_id, "due").await;
    driver.pay(order_id).await;

    // Made while the vehicle stood there; uploaded when all was paid.
    let captures = [
        capture(1, "TS01", PLATE, now, 60),
        capture(2, "TS02", "甘D22222", now, 20),
        capture(3, "TS03", "甘D33333", now, 20),
        capture(4, "TS01", "甘D44444", now, 60),
        capture(5, "TS99", "甘D55555", now, 20),
        capture(6, "TS03", "?", now, 20),
    ];
    let inspector = town.staff(Role::Inspector).await;
    let path = "/api/v1/staff/captures/batch";
    let send = async |body: Value| town.api.post(path, Some(&inspector), None, &body).await;
    let answer = send(upload(&captures)).await.expect(200).json();
    let told: Vec<_> = answer["captures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (text(&c["outcome"]).to_owned(), c["code"].as_str().unwrap_or("-").to_owned()))
        .collect();
    let expected = [
        ("paid_meanwhile", "-"),
        ("bound", "-"),
        ("waiting", "-"),
        ("disputed", "-"),
        ("refused", "bay_unknown"),
        ("refused", "plate_invalid"),
    ];
    assert_eq!(told, expected.map(|(outcome, code)| (outcome.to_owned(), code.to_owned())));
    let first = &answer["captures"][0];
    assert_eq!((&first["order_id"], &first["due_fen"]), (&claim["order_id"], &0.into()));
    // Two hours slow, and right all the same; the clock of the test went on a little since.
    assert_eq!(first["time_source"], "monotonic");
    let made_at = Timestamp::parse(text(&first["made_at"])).unwrap();
    assert!((0..20 * MINUTE).contains(&made_at.since_ms(ago(now, 60))), "{made_at}");

    let claims =
        || async { town.app.store.read().await.unwrap().count_audit("capture").await.unwrap() };
    let before = claims().await;
    let again = send(upload(&captures)).await.expect(200).json();
    for (place, capture) in again["captures"].as_array().unwrap().iter().enumerate().take(5) {
        assert_eq!(capture["repeated"], true, "{capture}");
        assert_eq!(capture["claim_id"], answer["captures"][place]["claim_id"]);
    }
    assert_eq!(claims().await, before);
    // The same id with other content, the same number with another id.
    let other = capture(2, "TS02", "甘D99999", now, 20);
    let mut reused = capture(9, "TS02", "甘D22222", now, 20);
    reused["seq"] = json!(2);
    let refused = send(upload(&[other, reused])).await.expect(200).json();
    let codes = [0, 1].map(|n| text(&refused["captures"][n]["code"]).to_owned());
    assert_eq!(codes, ["capture_reused", "sequence_reused"]);
    let many = vec![capture(10, "TS02", PLATE, now, 1); 201];
    send(upload(&many)).await.expect_problem(400, "captures_limit");
    town.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_photo_of_a_plate_is_cropped_and_kept_once() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    town.hear("ts-1", &Story::parked(now, 45).arrives()).await;
    let inspector = town.staff(Role::Inspector).await;
    let body = upload(&[capture(1, "TS01", PLATE, now, 20)]);
    let path = "/api/v1/staff/captures/batch";
    town.api.post(path, Some(&inspector), None, &body).await.expect(200);
    let path = format!("/api/v1/staff/captures/{}/photo", id(1));
    let put = async |content: &[u8]| town.api.put(&path, Some(&inspector), content).await;
    put(b"<svg/>").await.expect_problem(422, "photo_unknown");
    put(&png(1_280, 720)).await.expect_problem(422, "photo_not_cropped");
    put(&[png(440, 140), vec![0; 70_000]].concat()).await.expect_problem(413, "body_too_large");
    let whole = png(440, 140);
    put(&whole[..33]).await.expect_problem(422, "photo_unknown");
    put(&whole[..whole.len() - 20]).await.expect_problem(422, "photo_unknown");
    put(&whole).await.expect(204);
    put(&png(440, 140)).await.expect(204);
    put(&png(441, 140)).await.expect_problem(409, "photo_reused");
    let shown = town.api.get(&path, Some(&inspector)).await.expect(200);
    assert_eq!(shown.media_type, "image/png");
    let planner = town.staff(Role::Planner).await;
    town.api.get(&path, Some(&planner)).await.expect_problem(403, "role_insufficient");
    let unknown = format!("/api/v1/staff/captures/{}/photo", id(2));
    town.api.get(&unknown, Some(&inspector)).await.expect_problem(404, "capture_unknown");
    town.finish().await;
}

/// A black picture, as a PNG has it.
fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), b"\x08\x02\x00\x00\x00"];
    let lines = vec![0; usize::try_from((width * 3 + 1) * height).unwrap()];
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&lines).unwrap();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header.concat()),
        chunk(b"IDAT", &packed.finish().unwrap()),
        chunk(b"IEND", b""),
    ]
    .concat()
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(body);
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length[..], kind, body, &sum.sum().to_be_bytes()].concat()
}
