//! What the office does: in the morning passes and coupons, in the evening appeals, refunds that need a person,
//! notices, what is given up, bills that wait, money in suspense.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::city::{City, Clerk};
use super::day::Day;
use crate::harness::api::Answer;

/// Coupons issued when none are left.
const COUPONS: usize = 40;

/// Who works there, signed in for the day.
pub(super) struct Office {
    pub(super) reviewer: Clerk,
    /// Where both the reviewer and the manager had a part in something.
    pub(super) deputy: Clerk,
    pub(super) manager: Clerk,
    pub(super) cashier: Clerk,
    pub(super) inspector: Clerk,
}

fn id<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("no {name}: {row}"))
}

fn list(answer: &Value, name: &str) -> Vec<Value> {
    answer[name].as_array().unwrap_or_else(|| panic!("no {name}: {answer}")).clone()
}

impl Office {
    pub(super) async fn open(city: &City) -> Office {
        Office {
            reviewer: city.clerk("reviewer").await,
            deputy: city.clerk("deputy").await,
            manager: city.clerk("manager").await,
            cashier: city.clerk("cashier").await,
            inspector: city.clerk("inspector").await,
        }
    }

    /// Once, before the first day: receipt numbers, and a pass that is sold.
    pub(super) async fn prepare(&self, city: &City) {
        for book in 0..10 {
            let (first, last) = (book * 10_000 + 1, (book + 1) * 10_000);
            let range =
                json!({"collector": "inspector", "series": "BY", "first": first, "last": last});
            self.cashier.post(city, "/api/v1/staff/cash/ranges", &range).await.expect(201);
        }
        let zones = self.manager.get("/api/v1/zones").await.expect(200).json();
        let product = json!({"zone_id": zones["zones"][0]["zone_id"], "name": "居民月票",
            "tariff_pass": "resident", "price_fen": 10_900, "months": 1, "quota": 100_000,
            "evidence_needed": false, "eligibility": "本路段居民"});
        self.manager.post(city, "/api/v1/staff/passes/products", &product).await.expect(201);
    }

    pub(super) async fn morning(&self, city: &City, chance: &mut ChaCha8Rng, day: &Day) {
        super::collector::begin(city, &self.inspector).await;
        if city.coupons.lock().unwrap().is_empty() {
            let kind = [
                json!({"kind": "amount", "amount_fen": 100}),
                json!({"kind": "minutes", "minutes": 45}),
                json!({"kind": "free_once"}),
            ];
            let mut body = json!({"count": COUPONS, "purpose": "活动",
                "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2027-06-01T00:00:00Z"});
            for (name, value) in kind[chance.random_range(0..3)].as_object().expect("fields") {
                body[name] = value.clone();
            }
            let issued = self.manager.post(city, "/api/v1/staff/coupons", &body).await.expect(201);
            let codes = list(&issued.json(), "coupons");
            let codes = codes.iter().map(|coupon| id(coupon, "code").to_owned());
            city.coupons.lock().unwrap().extend(codes);
        }
        self.exemption(city, day).await;
        self.passes(city, chance).await;
    }

    /// On the second day a driver turns out to be on duty; on the third that was a mistake.
    async fn exemption(&self, city: &City, day: &Day) {
        if day.number == 1 {
            let body = json!({"duty": "sanitation", "whose": "plate", "plate": city.plates[0],
                "legal_basis": "办法", "document_number": "1", "valid_from": "2026-01-01T00:00:00Z",
                "valid_to": "2027-01-01T00:00:00Z"});
            self.manager.post(city, "/api/v1/staff/exemptions", &body).await.expect(201);
            city.tally.add("exemptions entered", 1);
        }
        if day.number == 2 {
            let known = self.manager.get("/api/v1/staff/exemptions").await.expect(200).json();
            let known = list(&known, "exemptions");
            let wrong = known.iter().find(|e| e["duty"] == "sanitation").expect("the exemption");
            let path = format!("/api/v1/staff/exemptions/{}/end", id(wrong, "exemption_id"));
            let never = json!({"at": "2025-12-31T00:00:00Z"});
            self.manager.post(city, &path, &never).await.expect(200);
        }
    }

    async fn passes(&self, city: &City, chance: &mut ChaCha8Rng) {
        let shown = city.town.api.get("/api/v1/passes/products", None).await.expect(200).json();
        let product = &shown["products"][0]["product_id"];
        for driver in &city.drivers {
            if chance.random_ratio(1, 60) {
                let body = json!({"product_id": product, "plate": driver.plate});
                if driver.post(city, "/api/v1/passes", &body).await.status == 201 {
                    city.tally.add("passes asked for", 1);
                }
            }
        }
        let waiting = self.reviewer.get("/api/v1/staff/passes").await.expect(200).json();
        for application in list(&waiting, "applications") {
            let path = format!("/api/v1/staff/passes/{}/decision", id(&application, "pass_id"));
            let decision = match chance.random_ratio(9, 10) {
                true => json!({"approve": true}),
                false => json!({"approve": false, "reason": "不在本路段"}),
            };
            self.reviewer.post(city, &path, &decision).await.expect(200);
        }
        for driver in &city.drivers {
            if chance.random_ratio(1, 8) {
                driver.see_to_passes(city, chance.random_ratio(1, 4)).await;
            }
        }
    }

    pub(super) async fn evening(&self, city: &City, chance: &mut ChaCha8Rng, day: &Day) {
        super::collector::upload(city, &self.inspector, day).await;
        city.quiet().await;
        self.appeals(city, chance).await;
        city.quiet().await;
        self.refunds(city, chance).await;
        super::collector::end(city, (&self.inspector, &self.cashier), day).await;
        self.notices(city, chance).await;
        self.give_up(city, chance).await;
        self.increases(city, chance).await;
        self.suspense(city).await;
        city.quiet().await;
    }

    async fn appeals(&self, city: &City, chance: &mut ChaCha8Rng) {
        let appeals = std::mem::take(&mut *city.appeals.lock().unwrap());
        for appeal in appeals {
            let path = format!("/api/v1/staff/appeals/{appeal}/review");
            let take = json!({"do": "take"});
            let (who, _) = self.first_who_may(city, &path, &take).await;
            let decision = match chance.random_range(0..3) {
                0 => json!({"do": "refuse", "reason": "照片清楚"}),
                1 => json!({"do": "grant", "reason": "属实"}),
                _ => json!({"do": "grant", "waive_fen": 100, "reason": "部分属实"}),
            };
            let mut decided = who.post(city, &path, &decision).await;
            if decided.status == 422 {
                let refuse = json!({"do": "refuse", "reason": "无可减"});
                decided = who.post(city, &path, &refuse).await;
            }
            if decided.status == 403 {
                let refuse = json!({"do": "refuse", "reason": "照片清楚"});
                decided = self.first_who_may(city, &path, &refuse).await.1;
            }
            let decided = decided.expect(200).json();
            city.tally.add(&format!("appeals {}", decided["state"].as_str().unwrap_or("left")), 1);
            if decided["state"] == "proposed" {
                self.first_who_may(city, &path, &json!({"do": "confirm"})).await;
            }
        }
    }

    /// Does it by the first of those who decide who had no part in what it is about.
    async fn first_who_may(&self, city: &City, path: &str, what: &Value) -> (&Clerk, Answer) {
        for clerk in [&self.reviewer, &self.manager, &self.deputy] {
            let answer = clerk.post(city, path, what).await;
            if answer.status != 403 {
                return (clerk, answer.expect(200));
            }
        }
        panic!("nobody may {what} {path}");
    }

    /// Those that no channel gives back: from the bag, or by transfer of two persons. Those that were
    /// closed are started again.
    async fn refunds(&self, city: &City, chance: &mut ChaCha8Rng) {
        for state in ["requested", "abnormal"] {
            let path = format!("/api/v1/staff/refunds?state={state}&limit=200");
            let waiting = self.cashier.get(&path).await.expect(200).json();
            for refund in list(&waiting, "refunds") {
                if state == "requested" && refund["way"] != "hand" {
                    continue;
                }
                let path = |what: &str| {
                    format!("/api/v1/staff/refunds/{}/{what}", id(&refund, "refund_id"))
                };
                if state == "requested" && chance.random_ratio(1, 2) {
                    let paid = self.inspector.post(city, &path("cash"), &json!({})).await;
                    match paid.status {
                        200 => {
                            city.tally.add("refunds from the bag", 1);
                            continue;
                        }
                        // The bag does not hold so much, or it was not paid in cash: the bank pays it.
                        409 => {}
                        status => panic!("a refund out of the bag: {status}"),
                    }
                }
                let reference = json!({"reference": format!("T{}", id(&refund, "refund_id"))});
                self.cashier.post(city, &path("transfer"), &reference).await.expect(200);
                self.manager.post(city, &path("confirm"), &json!({})).await.expect(200);
                city.tally.add("refunds by transfer", 1);
            }
        }
        for order in self.subjects(city, "refund_failed").await {
            let path = format!("/api/v1/staff/orders/{order}/refunds");
            match self.cashier.post(city, &path, &json!({})).await.status {
                201 => city.tally.add("refunds started again", 1),
                // The case is older than its mending.
                409 => {}
                status => panic!("a refund started again: {status}"),
            }
        }
    }

    /// What the open cases of a kind are about.
    async fn subjects(&self, _city: &City, kind: &str) -> Vec<String> {
        let path = format!("/api/v1/staff/cases?kind={kind}&limit=200");
        let cases = self.manager.get(&path).await.expect(200).json();
        list(&cases, "cases").iter().map(|case| id(case, "subject_id").to_owned()).collect()
    }

    async fn notices(&self, city: &City, chance: &mut ChaCha8Rng) {
        let queued = self.manager.get("/api/v1/staff/notices").await.expect(200).json();
        for notice in list(&queued, "notices") {
            let path = format!("/api/v1/staff/notices/{}", id(&notice, "notice_id"));
            let word = match chance.random_ratio(7, 10) {
                true => json!({"state": "delivered", "proof": "photo"}),
                false => json!({"state": "failed", "proof": "rain"}),
            };
            let answer = self.manager.post(city, &path, &word).await;
            if answer.status == 200 {
                city.tally.add("notices recorded", 1);
            } else {
                // The debt was settled a moment ago, and the notice withdrawn; or this driver was reminded of
                // another debt today, and the notice waits.
                let code = &answer.json()["code"];
                assert!(code == "notice_over" || code == "contact_not_now", "{}", answer.text);
            }
        }
    }

    async fn give_up(&self, city: &City, chance: &mut ChaCha8Rng) {
        let owed = self.manager.get("/api/v1/staff/arrears?state=listed").await.expect(200).json();
        for debt in list(&owed, "arrears") {
            if !chance.random_ratio(1, 4) {
                continue;
            }
            let path = format!("/api/v1/staff/orders/{}/decisions", id(&debt, "order_id"));
            let why = json!({"kind": "write_off", "reason": "失联", "authority": "经营单位",
                "document_number": "1号"});
            let proposed = self.cashier.post(city, &path, &why).await;
            if proposed.status != 201 {
                continue;
            }
            let decision = id(&proposed.json(), "decision_id").to_owned();
            let path = format!("/api/v1/staff/decisions/{decision}");
            let answer = self.manager.post(city, &path, &json!({"approve": true})).await;
            if answer.status == 200 {
                city.tally.add("debts written off", 1);
            } else {
                // Something was paid, or the bill changed, since it was proposed.
                let code = &answer.json()["code"];
                assert!(code == "nothing_due" || code == "nothing_to_decide", "{}", answer.text);
            }
        }
    }

    async fn increases(&self, city: &City, chance: &mut ChaCha8Rng) {
        for order in self.subjects(city, "bill_differs").await {
            let path = format!("/api/v1/staff/orders/{order}/increase");
            let decision = match chance.random_ratio(1, 2) {
                true => json!({"decision": "charge", "reason": "记录清楚"}),
                false => json!({"decision": "waive", "reason": "已告知结清", "authority": "局",
                    "document_number": "2"}),
            };
            let answer = self.manager.post(city, &path, &decision).await;
            if answer.status == 200 {
                city.tally.add("increases decided", 1);
            } else {
                answer.expect_problem(409, "nothing_to_decide");
            }
        }
    }

    async fn suspense(&self, city: &City) {
        let held = self.cashier.get("/api/v1/ledger/suspense").await.expect(200).json();
        for payment in list(&held, "payments") {
            let transaction = id(&payment, "transaction_id");
            let path = format!("/api/v1/ledger/suspense/{transaction}");
            let back = json!({"receipt": format!("B{transaction}"), "reason": "付款人来电"});
            self.cashier.post(city, &path, &back).await.expect(200);
            self.manager.post(city, &path, &back).await.expect(200);
            city.tally.add("payments out of suspense", 1);
        }
    }
}
