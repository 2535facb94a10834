//! The inspector, who also collects: captures and receipts are made without a network and uploaded later,
//! answered item by item; in the evening the bag is counted, handed in and brought to the bank.

use serde_json::{Value, json};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::city::{City, Clerk};
use super::day::Day;
use super::plan::MINUTE;

/// Most items of an upload.
const AT_ONCE: usize = 200;
/// The handheld's wall clock is two hours slow.
const SLOW: i64 = 120 * MINUTE;

/// What the inspector carries.
#[derive(Debug, Default)]
pub(super) struct Bag {
    captures: Vec<Value>,
    receipts: Vec<Value>,
    captured: i64,
    written: u64,
}

impl Bag {
    /// Captures a plate, in the handheld's run of this day.
    pub(super) fn capture(&mut self, day: &Day, (bay, plate): (&str, &str), at: i64) {
        self.captured += 1;
        self.captures.push(json!({
            "capture_id": Uuid::now_v7(), "seq": self.captured, "bay_code": bay, "plate": plate,
            "wall_at": Timestamp::from_ms(at - SLOW), "monotonic_ms": at - day.midnight,
            "boot_id": day.name,
        }));
    }

    /// Writes a receipt.
    fn receipt(&mut self, order: &str, amount: &Value, at: i64) {
        self.written += 1;
        let number = format!("BY-{:07}", self.written);
        self.receipts.push(json!({"receipt_no": number, "order_id": order, "amount_fen": amount,
            "taken_at": Timestamp::from_ms(at)}));
    }
}

/// A driver hands over what is due.
pub(super) async fn collect(city: &City, driver: usize) {
    let driver = &city.drivers[driver];
    let Some(order) = driver.order(&["due", "owing"]).await else { return };
    let known = driver.show(&order).await;
    if known["due_fen"].as_i64().is_some_and(|due| due > 0) {
        let at = city.ahead.now();
        city.bag.lock().unwrap().receipt(&order, &known["due_fen"], at);
        city.tally.add("cash receipts", 1);
    }
}

/// The handheld has a network for a moment.
pub(super) async fn upload(city: &City, inspector: &Clerk, day: &Day) {
    let (captures, receipts) = {
        let mut bag = city.bag.lock().unwrap();
        (std::mem::take(&mut bag.captures), std::mem::take(&mut bag.receipts))
    };
    for captures in captures.chunks(AT_ONCE) {
        let body = json!({"device_uuid": "handheld-1", "boot_id": day.name,
            "monotonic_now_ms": city.ahead.now() - day.midnight, "captures": captures});
        // The answer is lost, and all is sent again: nothing happens twice.
        let path = "/api/v1/staff/captures/batch";
        let first = inspector.post(city, path, &body).await.expect(200).json();
        let again = inspector.post(city, path, &body).await.expect(200).json();
        let (first, again) = (first["captures"].as_array(), again["captures"].as_array());
        for (first, again) in first.expect("answers").iter().zip(again.expect("answers")) {
            assert_eq!(first["claim_id"], again["claim_id"], "{first} {again}");
            let outcome = first["outcome"].as_str().expect("an outcome");
            city.tally.add("captures", 1);
            city.tally.add(&format!("captures {outcome}"), 1);
        }
    }
    for receipts in receipts.chunks(AT_ONCE) {
        let body = json!({"receipts": receipts});
        let path = "/api/v1/staff/cash/receipts";
        inspector.post(city, path, &body).await.expect(200);
        let again = inspector.post(city, path, &body).await.expect(200).json();
        for answer in again["receipts"].as_array().expect("answers") {
            assert_eq!((&answer["outcome"], &answer["repeated"]), (&json!("paid"), &json!(true)));
        }
    }
}

/// The morning: a shift begins.
pub(super) async fn begin(city: &City, inspector: &Clerk) {
    inspector.post(city, "/api/v1/staff/cash/shifts", &json!({})).await.expect(201);
}

/// The evening: counted (sometimes ten fen too little), handed in, brought to the bank.
pub(super) async fn end(city: &City, (inspector, cashier): (&Clerk, &Clerk), day: &Day) {
    let shifts = inspector.get("/api/v1/staff/cash/shifts").await.expect(200).json();
    let shift = &shifts["shifts"][0];
    assert_eq!(shift["state"], "open", "{shift}");
    let expected = shift["expected_fen"].as_i64().expect("fen");
    let counted = if day.number % 5 == 4 && expected > 10 { expected - 10 } else { expected };
    let path = |what: &str| {
        format!("/api/v1/staff/cash/shifts/{}/{what}", shift["shift_id"].as_str().expect("an id"))
    };
    let count = json!({"counted_fen": counted});
    inspector.post(city, &path("count"), &count).await.expect(200);
    let received = json!({"received_fen": counted});
    cashier.post(city, &path("hand-in"), &received).await.expect(200);
    if counted > 0 {
        let slip = json!({"amount_fen": counted, "bank_slip": day.name, "deposited_on": day.name});
        cashier.post(city, "/api/v1/staff/cash/deposits", &slip).await.expect(201);
        city.tally.add("fen of cash at the bank", usize::try_from(counted).expect("fen"));
    }
    city.tally.add("shifts", 1);
}
