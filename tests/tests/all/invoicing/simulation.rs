//! Hundreds of requests, with every trouble of the platform on: each ends issued once or refused with a reason, and never
//! more is invoiced than was paid and kept.
//!
//! The service with its jobs against the real sandbox over HTTP; only the parked vehicles are made up, by copying one that was
//! there. `BOWEI_INVOICES` for how many, `BOWEI_SEED` for another one; a failure prints its seed.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use billing::invoice::{RedReason, TitleKind};
use gateway::flow::Refusal;
use gateway::flow::actor::Actor;
use gateway::flow::decide_money::{self, Proposal, Verdict};
use gateway::flow::request_invoice::{Title, Wanted, request_invoice};
use gateway::flow::sign_in::{Role, add_staff};
use gateway::flow::take_back::{RedRequest, approve_red, ask_red};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use store::{BillRow, InvoiceRow, Lane, OrderRow, PaymentRow, StayRow, VisitRow};
use uuid::Uuid;
use vocabulary::{AccountId, Fen, StaffId};

use super::{at_the_platform, make_paid};
use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::{seed, wait};

/// Orders made before anything is done with them.
const BATCH: usize = 40;

struct World {
    town: TestApp,
    account: AccountId,
    order: OrderRow,
    visit: VisitRow,
    bill: BillRow,
    stay: StayRow,
    claim_id: Uuid,
    staff: [StaffId; 2],
    orders: Vec<Uuid>,
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

impl World {
    async fn begin(kind: Kind, seed: u64) -> World {
        let quick = |config: &mut gateway::config::Config| config.tax.poll_ms = 50;
        let mut town = TestApp::start_with(kind, BrokerKind::Embedded, quick).await;
        let (_, order_id) = make_paid(&mut town).await;
        let mut tx = town.app.store.read().await.unwrap();
        let order = tx.order(order_id.parse().unwrap()).await.unwrap().unwrap();
        let visit = tx.visit(order.subject_id).await.unwrap().unwrap();
        let bill = tx.bill_revision(order.order_id, order.holding_revision).await.unwrap().unwrap();
        let stay = tx.stays_of_visit(visit.visit_id).await.unwrap().remove(0);
        let claim_id = tx.current_link(stay.stay_id).await.unwrap().unwrap().claim_id;
        drop(tx);
        let mut staff = Vec::new();
        for (login, role) in [("finance", Role::Finance), ("manager", Role::Manager)] {
            add_staff(&town.app.store, login, "correct horse", role, 0).await.unwrap();
            let known = town.app.store.read().await.unwrap().staff_by_login(login).await.unwrap();
            staff.push(StaffId(known.unwrap().staff_id));
        }
        let account = AccountId(order.account_id.unwrap());
        town.sandbox.trouble(&json!({"tax_chance": seed, "notify_late_ms": 1_500})).await;
        let staff = staff.try_into().unwrap();
        World { town, account, order, visit, bill, stay, claim_id, staff, orders: Vec::new() }
    }

    fn actor(&self, which: usize) -> Actor {
        Actor { staff: Some(self.staff[which]), operator: None }
    }

    /// Vehicles that stood where the first one did, and paid in cash.
    async fn park(&mut self, count: usize, chance: &mut ChaCha8Rng) -> Vec<Uuid> {
        let mut made = Vec::with_capacity(count);
        let mut tx = self.town.app.store.begin(Lane::Command).await.unwrap();
        for _ in 0..count {
            let amount = chance.random_range(100..5_000);
            let (order_id, visit_id, stay_id) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
            let visit = VisitRow { visit_id, ..self.visit.clone() };
            tx.insert_visit(&visit).await.unwrap();
            let stay = StayRow { stay_id, revision: 1, ..self.stay.clone() };
            tx.write_stays(&[(stay, "opened")], self.stay.arrived_at).await.unwrap();
            let link = seed::link(stay_id, 1, self.claim_id, visit_id);
            assert!(tx.link_stay(&link).await.unwrap());
            let order = OrderRow {
                order_id,
                subject_id: visit_id,
                total_fen: amount,
                paid_fen: amount,
                ..self.order.clone()
            };
            assert!(tx.insert_order(&order).await.unwrap());
            tx.update_order(&order).await.unwrap();
            let bill = BillRow { order_id, total_fen: amount, ..self.bill.clone() };
            tx.insert_bills(&[bill]).await.unwrap();
            let payment = PaymentRow {
                channel: "cash".into(),
                method: "cash".into(),
                state: "succeeded".into(),
                amount_fen: amount,
                transaction_id: Some(format!("cash-{}", order_id.simple())),
                out_trade_no: order_id.simple().to_string(),
                succeeded_at: self.order.paid_at,
                created_at: self.order.opened_at,
                ..seed::payment(Uuid::now_v7(), order_id)
            };
            assert!(tx.insert_payment(&payment).await.unwrap());
            tx.update_payment(&payment).await.unwrap();
            made.push(order_id);
        }
        tx.commit().await.unwrap();
        self.orders.extend(&made);
        made
    }

    async fn request(&self, orders: &[Uuid], chance: &mut ChaCha8Rng) -> Option<Uuid> {
        let company = chance.random_bool(0.4);
        let title = Title {
            kind: if company { TitleKind::Company } else { TitleKind::Person },
            name: format!("购买方{}", chance.random_range(0..1_000)),
            tax_id: company.then(|| "91350100M000100Y43".to_owned()),
        };
        let app = &self.town.app;
        let asked = gateway::flow::again(async || {
            let mut tx = app.store.begin(Lane::Command).await?;
            let wanted = Wanted { title: &title, mail: None };
            let row = request_invoice(app, &mut tx, self.account, orders, &wanted).await?;
            tx.commit().await?;
            Ok(row.invoice_id)
        });
        match asked.await {
            Ok(id) => Some(id),
            Err(Refusal::Refused { code, .. }) => {
                assert_eq!(code, "nothing_to_invoice");
                None
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    /// A part of what was paid is given up: it goes back.
    async fn waive(&self, order_id: Uuid, chance: &mut ChaCha8Rng) {
        let app = &self.town.app;
        let order = app.store.read().await.unwrap().order(order_id).await.unwrap().unwrap();
        let most = order.total_fen - order.waived_fen;
        if most < 2 {
            return;
        }
        let amount = Fen(chance.random_range(1..=most));
        let (first, second) = (self.actor(0), self.actor(1));
        let done = gateway::flow::again(async || {
            let mut tx = app.store.begin(Lane::Command).await?;
            let proposal = Proposal {
                kind: decide_money::Kind::Waiver(amount),
                reason: "simulated",
                authority: "office",
                document_number: "1",
            };
            let row = decide_money::propose(app, &mut tx, &first, order_id, &proposal).await?;
            let by = (&second, Role::Manager);
            let id = row.decision_id;
            decide_money::decide(app, &mut tx, by, id, Verdict::Approve).await?;
            tx.commit().await?;
            Ok(())
        });
        done.await.unwrap();
    }

    /// A clerk takes a document back if it can be taken back now.
    async fn take_back(&self, invoice_id: Uuid, chance: &mut ChaCha8Rng) {
        let app = &self.town.app;
        let follows = chance.random_bool(0.5);
        let title =
            Title { kind: TitleKind::Person, name: "更正后的抬头".into(), tax_id: None };
        let wanted = RedRequest {
            reason: RedReason::IssuedInError,
            parts: Vec::new(),
            reissue: follows.then_some(title),
        };
        let (first, second) = (self.actor(0), self.actor(1));
        let done = gateway::flow::again(async || {
            let mut tx = app.store.begin(Lane::Command).await?;
            let red = ask_red(app, &mut tx, &first, (invoice_id, &wanted)).await?;
            if red.state == "proposed" {
                approve_red(app, &mut tx, (&second, Role::Manager), red.invoice_id).await?;
            }
            tx.commit().await?;
            Ok(())
        });
        match done.await {
            Ok(()) | Err(Refusal::Conflict { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn all_orders(&self) -> Vec<OrderRow> {
        let mut tx = self.town.app.store.read().await.unwrap();
        let mut rows = Vec::with_capacity(self.orders.len());
        for id in &self.orders {
            rows.push(tx.order(*id).await.unwrap().unwrap());
        }
        rows
    }

    async fn all_documents(&self) -> Vec<InvoiceRow> {
        let mut tx = self.town.app.store.read().await.unwrap();
        tx.invoices_after(None, i64::MAX).await.unwrap()
    }

    /// What must hold at any moment.
    async fn check(&self) {
        for order in self.all_orders().await {
            let kept = order.paid_fen - order.refunding_fen - order.refunded_fen;
            assert!((0..=kept).contains(&order.invoiced_fen), "{order:?}");
        }
    }

    /// What must hold at the end, here and at the platform.
    async fn check_ends(&self) -> BTreeMap<String, usize> {
        self.check().await;
        let documents = self.all_documents().await;
        let platform = at_the_platform(&self.town);
        let mut there: HashMap<&str, &Value> = HashMap::new();
        for line in &platform {
            let known = there.insert(line["request_no"].as_str().unwrap(), line);
            assert!(known.is_none(), "accepted twice: {line}");
        }
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        for row in &documents {
            *ends.entry(format!("{} {}", row.colour, row.state)).or_default() += 1;
            check_end(row, there.get(row.request_no.as_str()).copied());
        }
        let ours: Vec<&str> = documents.iter().map(|row| row.request_no.as_str()).collect();
        assert!(there.keys().all(|no| ours.contains(no)), "the platform knows more than we asked");
        let mut tx = self.town.app.store.read().await.unwrap();
        for order in self.all_orders().await {
            let sums = tx.order_sums(order.order_id).await.unwrap();
            assert_eq!(order.invoiced_fen, sums.invoiced_fen, "{order:?}");
            let owed = order.total_fen - order.waived_fen;
            let kept = order.paid_fen - order.refunding_fen - order.refunded_fen;
            let of_order = tx.invoices_of_order(order.order_id).await.unwrap();
            let refused = of_order.iter().any(|row| {
                row.colour == "red" && matches!(row.state.as_str(), "rejected" | "void")
            });
            assert!(
                kept == owed || refused,
                "what is not owed went back, or a red was refused: {order:?}"
            );
        }
        ends
    }
}

/// Issued once with the platform's number, or refused with a reason.
fn check_end(row: &InvoiceRow, there: Option<&Value>) {
    let outcome = there.map(|line| &line["outcome"]);
    let kind = outcome.and_then(|outcome| outcome["kind"].as_str());
    match row.state.as_str() {
        "issued" | "unsigned" => {
            let number = outcome.and_then(|outcome| outcome["invoice_number"].as_str());
            assert_eq!(row.invoice_number.as_deref(), number, "{row:?}");
            assert_eq!(row.state == "issued", kind == Some("issued"), "{row:?}");
            assert_eq!(row.state == "issued", row.documents_at.is_some(), "{row:?}");
            assert!(row.content_hash.is_some(), "{row:?}");
        }
        "rejected" | "void" => {
            assert!(row.reject_reason.is_some() && row.invoice_number.is_none(), "{row:?}");
            // A form that is refused leaves nothing at the platform.
            let expected = kind.is_none_or(|kind| kind == row.state);
            assert!(expected && (kind.is_some() || row.colour == "red"), "{row:?}");
        }
        "withdrawn" => assert!(row.colour == "red" && there.is_none(), "{row:?}"),
        other => panic!("{other} is no end: {row:?}"),
    }
}

async fn simulate(kind: Kind, usual_seed: u64) {
    let (seed, count) = (number("BOWEI_SEED", usual_seed), number("BOWEI_INVOICES", 150));
    println!("BOWEI_SEED={seed} BOWEI_INVOICES={count}");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut world = World::begin(kind, seed).await;
    let (mut asked, mut known) = (0, Vec::new());
    while asked < count {
        let mut orders = world.park(BATCH, &mut chance).await;
        while !orders.is_empty() && asked < count {
            let size = chance.random_range(1..=3).min(orders.len());
            let group: Vec<Uuid> = orders.drain(..size).collect();
            let id = world.request(&group, &mut chance).await.expect("nothing was invoiced yet");
            asked += 1;
            known.push(id);
            if chance.random_bool(0.2) {
                assert_eq!(world.request(&group[..1], &mut chance).await, None, "asked for twice");
            }
            if chance.random_bool(0.3) {
                world.waive(group[0], &mut chance).await;
            }
            if chance.random_bool(0.3) {
                let which = known[chance.random_range(0..known.len())];
                world.take_back(which, &mut chance).await;
            }
            if chance.random_bool(0.2) {
                let which = world.orders[chance.random_range(0..world.orders.len())];
                world.waive(which, &mut chance).await;
            }
        }
        world.check().await;
    }
    let within = Duration::from_secs(120 + count / 2);
    wait::until("every request to come to its end", within, async || {
        let (waiting, given_up) =
            world.town.app.store.read().await.unwrap().count_jobs().await.unwrap();
        assert_eq!(given_up, 0, "a job was given up");
        (waiting == 0).then_some(())
    })
    .await;
    let ends = world.check_ends().await;
    println!("{ends:?}");
    for end in ["blue issued", "blue rejected", "blue unsigned", "red issued"] {
        assert!(ends.contains_key(end), "{end} never came: {ends:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_issued_once_or_refused_with_a_reason_on_sqlite() {
    simulate(Kind::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_issued_once_or_refused_with_a_reason_on_postgresql() {
    simulate(Kind::Postgres, 2).await;
}
