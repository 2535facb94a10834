//! The evening at the office: grace ends, appeals are decided, debts are told of, refunds arrive, an
//! exemption is entered afterwards and taken back.

use billing::appeal::{Decision, Ground};
use billing::exemption::Duty;
use billing::refund::RefundStatus;
use gateway::flow::actor::Actor;
use gateway::flow::confirm_refund::confirm_refund;
use gateway::flow::decide_money::{self, Proposal, Verdict};
use gateway::flow::end_grace::end_grace;
use gateway::flow::enter_exemption::{For, NewExemption, end_exemption, enter_exemption};
use gateway::flow::file_appeal::file_appeal;
use gateway::flow::follow_arrears::follow_arrears;
use gateway::flow::record_notice::{Word, record_notice};
use gateway::flow::review_appeal::{Review, review_appeal};
use gateway::flow::settle_visit::settle_visit;
use gateway::flow::sign_in::Role;
use gateway::outbound::RefundWord;
use store::{Lane, OrderRow};
use vocabulary::{Fen, Interval, Plate, StaffId, Timestamp};

use super::chance::Chance;
use super::world::World;

fn actor(staff: StaffId) -> Actor {
    Actor { staff: Some(staff), operator: None }
}

pub(super) async fn orders(world: &World) -> Vec<OrderRow> {
    world.app.store.read().await.unwrap().orders_after(None, 100_000).await.unwrap()
}

/// Everything that the office does in an evening.
pub(super) async fn act(world: &mut World, chance: &mut Chance, day: u64) {
    end_grace(&world.app).await.unwrap();
    while follow_arrears(&world.app).await.unwrap() > 0 {}
    tell(world, chance).await;
    appeals(world, chance).await;
    give_up(world, chance).await;
    exemption(world, day).await;
    for visit in world.visits.clone() {
        settle_visit(&world.app, visit).await.unwrap();
    }
    refunds(world, chance).await;
}

async fn tell(world: &World, chance: &mut Chance) {
    let mut tx = world.app.store.begin(Lane::Command).await.unwrap();
    for notice in tx.outbox("queued", None, None, 1_000).await.unwrap() {
        let at = world.app.clock.city_now();
        let word = match chance.of_100(70) {
            true => Word::Delivered { proof: "slip".into(), at },
            false => Word::Failed { why: "rain".into() },
        };
        let by = actor(world.staff[1]);
        record_notice(&world.app, &mut tx, &by, notice.notice_id, &word).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn appeals(world: &World, chance: &mut Chance) {
    for order in orders(world).await {
        let Some(account) = order.account_id.filter(|_| chance.of_100(8)) else { continue };
        let mut tx = world.app.store.begin(Lane::Command).await.unwrap();
        let account = vocabulary::AccountId(account);
        let filed =
            file_appeal(&world.app, &mut tx, account, order.order_id, Ground::Other, "why").await;
        let Ok(appeal) = filed else { continue };
        // Who decided the first appeal has a part in what the second one is against.
        let second = tx.appeals_of_order(order.order_id).await.unwrap().len() > 1;
        let by = actor(world.staff[usize::from(second)]);
        let decision = match chance.between(0, 3) {
            0 => Decision::Refuse,
            1 => Decision::Whole,
            _ => Decision::Waive(Fen(chance.between(1, appeal.asked_fen + 1))),
        };
        let decide = Review::Decide { decision, reason: "looked at".into() };
        for review in [Review::Take, decide] {
            review_appeal(&world.app, &mut tx, &by, appeal.appeal_id, &review).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

async fn give_up(world: &World, chance: &mut Chance) {
    for order in orders(world).await {
        if order.state != "owing" || !chance.of_100(10) {
            continue;
        }
        let mut tx = world.app.store.begin(Lane::Command).await.unwrap();
        let proposal = Proposal {
            kind: decide_money::Kind::WriteOff,
            reason: "gone",
            authority: "office",
            document_number: "1",
        };
        let by = actor(world.staff[0]);
        let proposed =
            decide_money::propose(&world.app, &mut tx, &by, order.order_id, &proposal).await;
        let Ok(proposed) = proposed else { continue };
        let second = (&actor(world.staff[1]), Role::Manager);
        decide_money::decide(&world.app, &mut tx, second, proposed.decision_id, Verdict::Approve)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// The first driver turns out to have been on duty since the first day; a day later it was a mistake.
async fn exemption(world: &World, day: u64) {
    let mut tx = world.app.store.begin(Lane::Command).await.unwrap();
    let (app, by) = (&world.app, actor(world.staff[1]));
    let from = Timestamp::from_ms(crate::harness::seed::MORNING);
    if day == 1 {
        let new = NewExemption {
            duty: Duty::Sanitation,
            whose: For::Plate(Plate::parse(&world.drivers[0].plate).unwrap()),
            zone_id: None,
            legal_basis: "law",
            document_number: "1",
            valid: Interval::new(from, from.plus_ms(90 * 86_400_000)).unwrap(),
        };
        enter_exemption(app, &mut tx, &by, &new).await.unwrap();
    }
    if day == 2 {
        let known = tx.exemptions(None, from.ms(), 100).await.unwrap();
        let mistake = known.iter().find(|e| e.whose == "plate").unwrap().exemption_id;
        end_exemption(app, &mut tx, &by, mistake, from.plus_ms(-1)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Most refunds arrive, some are told twice.
async fn refunds(world: &mut World, chance: &mut Chance) {
    for order in orders(world).await {
        let mut tx = world.app.store.read().await.unwrap();
        let open = tx.refunds_of_order(order.order_id).await.unwrap();
        drop(tx);
        for refund in open.into_iter().filter(|r| r.state == "requested" || r.state == "processing")
        {
            let word = RefundWord {
                out_refund_no: refund.out_refund_no,
                refund_id: None,
                status: RefundStatus::Success,
                amount: Fen(refund.amount_fen),
                success_at: Some(world.app.clock.city_now()),
            };
            if chance.of_100(75) {
                confirm_refund(&world.app, &word).await.unwrap();
                confirm_refund(&world.app, &word).await.unwrap();
                world.went_back_fen += refund.amount_fen;
            }
        }
    }
}
