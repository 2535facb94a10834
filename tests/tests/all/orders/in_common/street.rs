//! The visits of a street: made by chance with a seed, changed in rounds, the same wherever they are made.

use std::sync::Arc;

use billing::payment::TradeState;
use gateway::app::App;
use gateway::clock::Clock;
use gateway::config::Config;
use gateway::flow::confirm_payment::confirm_payment;
use gateway::flow::import_town;
use gateway::outbound::{ProviderWord, Said};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use store::{Lane, OrderRow, StayRow, TermsRow, Tx};
use uuid::Uuid;
use vocabulary::{Fen, Timestamp};

use crate::harness::database::{Database, Kind};
use crate::harness::seed::{self, MORNING, id};
use crate::harness::town;

use super::super::MINUTE;

pub(super) const VISITS: u128 = 150;
pub(super) const ROUNDS: u64 = 4;
const BAYS: [&str; 3] = ["TS01", "TS02", "TS03"];
const HOUR: i64 = 60 * MINUTE;
/// The clock stands still: two days after the first visits.
const NOW: i64 = MORNING + 50 * HOUR;
/// Counts the visits of one vehicle together.
const COUNTED: &str = "counted";
/// Is stored before the last round.
const MISSING: &str = "missing";

pub(super) struct Street {
    pub(super) app: Arc<App>,
    seed: u64,
    terms: TermsRow,
    bays: Vec<Uuid>,
    database: Database,
}

impl Street {
    pub(super) async fn make(kind: Kind, seed: u64) -> Street {
        let clock = Clock::fixed(Timestamp::from_ms(NOW));
        let database = Database::fresh(kind).await;
        let store = database.open().await;
        let passes = "    passes: [{ name: resident, windows: [] }]\n    caps:";
        let tariff = billing::DEMO_TARIFF.replace("    caps:", passes);
        let mut file = town::file();
        file["tariffs"] = json!([tariff]);
        let file = import_town::read(&file.to_string()).unwrap();
        let began = Timestamp::from_ms(MORNING - 24 * HOUR);
        import_town::import_town(&store, &file, began).await.unwrap();
        let policy = json!({"grace_h": 24, "waiver": [{"authority": "局", "document_number": "1",
            "valid_from": "2026-01-01", "limit_fen": 200}]});
        let orders = serde_json::from_value(policy).unwrap();
        let config = Config { orders, ..Config::default() };
        let app = App::build(config, store.clone(), clock).await.unwrap();
        let mut tx = store.begin(Lane::Command).await.unwrap();
        let mut bays = Vec::new();
        for code in BAYS {
            bays.push(tx.bay_by_code(code).await.unwrap().unwrap().bay_id);
        }
        let terms = tx.terms(bays[0], NOW).await.unwrap().unwrap();
        let by_window = "{ per: window, windows: [日间], amount: { small: 5.00, large: 8.00 } }";
        let by_day = "{ per: day, visits: all, amount: { small: 5.00, large: 8.00 } }";
        let counted = tariff.replace(by_window, by_day);
        assert_ne!(counted, tariff);
        tx.put_tariff(COUNTED, terms.operator_id, &counted, began.ms()).await.unwrap();
        let street = Street { app, seed, terms, bays, database };
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        entitle(&mut tx, &street).await;
        for n in 0..VISITS {
            street.park(&mut tx, &mut chance, n).await;
        }
        tx.commit().await.unwrap();
        street
    }

    pub(super) fn url(&self) -> String {
        self.database.url.clone()
    }

    /// In the order of their orders' ids.
    pub(super) fn visits(&self) -> Vec<Uuid> {
        (0..VISITS).map(|n| id(30_000 + n)).collect()
    }

    /// What happened since the round before.
    pub(super) async fn change(&self, round: u64) {
        let mut chance = ChaCha8Rng::seed_from_u64(self.seed ^ ((round + 1) << 32));
        if round + 1 == ROUNDS {
            let mut tx = self.app.store.begin(Lane::Command).await.unwrap();
            let (operator, yaml) = (self.terms.operator_id, billing::DEMO_TARIFF);
            tx.put_tariff(MISSING, operator, yaml, MORNING).await.unwrap();
            tx.commit().await.unwrap();
            // Those that may have been back within the gap are gone for good.
            self.app.clock.set(Timestamp::from_ms(NOW + HOUR));
        }
        for n in 0..VISITS {
            if chance.random_ratio(1, 3) {
                self.pay(&mut chance, n, round).await;
            }
            if round > 0 && chance.random_ratio(1, 3) {
                self.revise(&mut chance, n).await;
            }
        }
    }

    fn plate(n: u128) -> String {
        // Every third vehicle comes several times.
        format!("甘D{:05}", if n.is_multiple_of(3) { 10_000 + n % 30 } else { 20_000 + n })
    }

    async fn park(&self, tx: &mut Tx, chance: &mut ChaCha8Rng, n: u128) {
        let place = seed::Town {
            operator_id: self.terms.operator_id,
            payee_id: self.terms.payee_id,
            zone_id: self.terms.zone_id,
            block_id: Uuid::nil(),
            bays: self.bays.clone(),
            devices: Vec::new(),
        };
        let visit =
            store::VisitRow { plate: Street::plate(n), ..seed::visit(id(30_000 + n), &place) };
        tx.insert_visit(&visit).await.unwrap();
        let mut at = MORNING + chance.random_range(0..40 * HOUR);
        let opened_at = at;
        for part in 0..chance.random_range(1..=2_u128) {
            let stay_id = id(10_000 + part * 5_000 + n);
            let bay = self.bays[usize::try_from((n + part) % 3).unwrap()];
            let stay = stay(chance, stay_id, bay, at);
            at = stay.left_at.unwrap_or(at) + 5 * MINUTE;
            tx.write_stays(&[(stay, "new")], NOW).await.unwrap();
            let claim_id = id(20_000 + part * 5_000 + n);
            let claim = store::ClaimRow { state: "bound".into(), ..seed::claim(claim_id, bay) };
            tx.insert_claim(&claim).await.unwrap();
            let link = seed::link(stay_id, 1, claim_id, id(30_000 + n));
            assert!(tx.link_stay(&link).await.unwrap());
        }
        let tariff_id = match n {
            57 => MISSING.to_owned(),
            _ if n.is_multiple_of(3) => COUNTED.to_owned(),
            _ => self.terms.tariff_id.clone(),
        };
        let order = OrderRow {
            regime: self.terms.regime.clone(),
            tariff_id,
            opened_at,
            zone_id: (!n.is_multiple_of(10)).then_some(self.terms.zone_id),
            ..seed::order(id(40_000 + n), &place, id(30_000 + n))
        };
        assert!(tx.insert_order(&order).await.unwrap());
        if n.is_multiple_of(11) {
            use_coupon(tx, &place, n).await;
        }
    }

    /// The channel tells of a payment: of part, of all, of more than is owed.
    async fn pay(&self, chance: &mut ChaCha8Rng, n: u128, round: u64) {
        let (amount, earlier) =
            (chance.random_range(1..=4) * 100, chance.random_range(0..8 * HOUR));
        let number = id(50_000 + n * 10 + u128::from(round));
        let out_trade_no = format!("t{}", number.as_u128());
        let payment = store::PaymentRow {
            state: "ready".into(),
            amount_fen: amount,
            out_trade_no: out_trade_no.clone(),
            ..seed::payment(number, id(40_000 + n))
        };
        let mut tx = self.app.store.begin(Lane::Command).await.unwrap();
        if !tx.insert_payment(&payment).await.unwrap() {
            // The one of an earlier round is still pending.
            return;
        }
        tx.commit().await.unwrap();
        if chance.random_ratio(1, 6) {
            // It stays pending, and a new price closes it.
            return;
        }
        let word = ProviderWord {
            said: Said::Reported,
            transaction_id: Some(format!("w{out_trade_no}")),
            out_trade_no,
            trade_state: TradeState::Success,
            amount: Fen(amount),
            success_at: Some(Timestamp::from_ms(NOW - earlier)),
        };
        confirm_payment(&self.app, &word).await.unwrap();
    }

    /// A late word of the sensors: shorter, longer, another doubt, or there was no such stay.
    async fn revise(&self, chance: &mut ChaCha8Rng, n: u128) {
        let mut tx = self.app.store.begin(Lane::Command).await.unwrap();
        let before = tx.stay(id(10_000 + n)).await.unwrap().unwrap();
        let mut after = stay(chance, before.stay_id, before.bay_id, before.arrived_at);
        after.revision = before.revision + 1;
        tx.write_stays(&[(after, "revised")], NOW).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A stay that began then.
fn stay(chance: &mut ChaCha8Rng, stay_id: Uuid, bay_id: Uuid, arrived_at: i64) -> StayRow {
    let minutes = chance.random_range(3..400_i64);
    let left_at = (arrived_at + minutes * MINUTE).min(NOW);
    let state = match chance.random_range(0..20) {
        0 => "void",
        1 => "present",
        _ => "left",
    };
    let left_at = match chance.random_range(0..25) {
        // It may be back within the gap.
        0 => NOW - MINUTE / 2,
        _ => left_at,
    };
    let left_at = (state != "present").then_some(left_at.max(arrived_at + MINUTE));
    let doubt = chance.random_ratio(1, 4).then(|| arrived_at + minutes * MINUTE / 3);
    StayRow {
        state: state.into(),
        arrived_at,
        left_at,
        span_json: span(arrived_at, left_at, doubt).to_string(),
        ..seed::stay(stay_id, bay_id)
    }
}

fn span(arrived_at: i64, left_at: Option<i64>, doubt: Option<i64>) -> Value {
    let at = Timestamp::from_ms;
    let edge = |ms: i64| json!({"earliest_at": at(ms), "latest_at": at(ms)});
    let reading = |number: i64| json!({"device": id(1), "epoch": "1", "number": number, "part": 0});
    let doubts = doubt.map(|from| {
        json!({"interval": {"start_at": at(from), "end_at": at(from + 20 * MINUTE)}, "reason": "silence"})
    });
    json!({"arrived": edge(arrived_at), "left": left_at.map(edge), "brief": false,
        "doubts": doubts.into_iter().collect::<Vec<_>>(), "first": reading(1),
        "last": left_at.map(|_| reading(2))})
}

/// One plate is exempt, another has a pass.
async fn entitle(tx: &mut Tx, street: &Street) {
    let (operator_id, zone_id) = (street.terms.operator_id, street.terms.zone_id);
    let exemption = store::ExemptionRow {
        exemption_id: id(1),
        operator_id: Some(operator_id),
        duty: "sanitation".into(),
        whose: "plate".into(),
        whose_value: Some(Street::plate(3)),
        zone_id: None,
        basis: "环卫".into(),
        legal_basis: "law".into(),
        document_number: "1".into(),
        valid_from_at: MORNING - 24 * HOUR,
        valid_to_at: NOW + 24 * HOUR,
        entered_by: "manager".into(),
        entered_at: MORNING,
        ended_at: None,
    };
    tx.insert_exemption(&exemption).await.unwrap();
    let product = store::PassProductRow {
        product_id: id(2),
        operator_id,
        zone_id,
        name: "居民包月".into(),
        tariff_pass: "resident".into(),
        price_fen: 10_000,
        months: 1,
        quota: None,
        evidence_needed: false,
        eligibility: String::new(),
        offer_hours: 24,
        made_at: MORNING,
        ended_at: None,
    };
    assert!(tx.insert_pass_product(&product).await.unwrap());
    let pass = store::PassRow {
        pass_id: id(3),
        product_id: id(2),
        operator_id,
        account_id: None,
        state: "active".into(),
        applied_at: MORNING,
        decided_at: None,
        decided_by: None,
        reason: None,
        offered_until_at: None,
        valid_from_at: Some(MORNING - 24 * HOUR),
        valid_to_at: Some(NOW + 24 * HOUR),
        price_fen: 10_000,
        given_back_fen: 0,
        changed_at: MORNING,
    };
    tx.insert_pass(&pass).await.unwrap();
    tx.update_pass(&pass).await.unwrap();
    tx.change_pass_plate(id(3), &Street::plate(6), MORNING - 24 * HOUR).await.unwrap();
}

async fn use_coupon(tx: &mut Tx, place: &seed::Town, n: u128) {
    let coupon = store::CouponRow {
        coupon_id: id(60_000 + n),
        operator_id: place.operator_id,
        code_hash: n.to_be_bytes().to_vec(),
        kind: ["amount", "minutes", "free_once"][usize::try_from(n % 3).unwrap()].into(),
        amount_fen: 100,
        minutes: 45,
        zone_id: None,
        account_id: None,
        valid_from_at: MORNING - HOUR,
        valid_to_at: NOW + HOUR,
        purpose: "test".into(),
        issued_by: "manager".into(),
        issued_at: MORNING,
        order_id: None,
        place: None,
        used_at: None,
        voided_at: None,
    };
    assert!(tx.insert_coupon(&coupon).await.unwrap());
    let used = (id(40_000 + n), 0);
    assert!(tx.use_coupon(coupon.coupon_id, used, None, MORNING).await.unwrap());
}
