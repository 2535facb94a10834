//! Cases, appeals, dunning, coupons, passes and plates: what the databases themselves keep right.

use store::{
    AppealRow, ArrearsNoticeRow, ArrearsRow, AttachmentRow, CapturePhotoRow, CaptureRow,
    CaseFilter, ClaimRow, CouponRow, CoveredPlate, Forgettable, Lane, NewCase, PassMonthRow,
    PassProductRow, PassRow, StayRow, Store,
};

use crate::harness::seed::{self, MORNING, Town, id};

const DAY_MS: i64 = 86_400_000;

async fn open(store: &Store, number: u128, key: &str, kind: &str, opened_at: i64) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let case = NewCase {
        case_id: id(number),
        case_key: key,
        operator_id: None,
        kind,
        source: "system",
        subject_kind: "order",
        subject_id: "s1",
        detail: "why",
        opened_at,
    };
    assert!(tx.open_case(&case).await.unwrap());
    assert!(!tx.open_case(&NewCase { case_id: id(number + 1_000), ..case }).await.unwrap());
    tx.commit().await.unwrap();
}

async fn every_page_of_cases_follows_the_one_before_and_filters_leave_out_the_rest(store: Store) {
    for number in 0..7_u128 {
        let kind = if number % 2 == 0 { "appeal" } else { "device" };
        // Pairs of the same age: the page ends between them.
        let age = MORNING + i64::try_from(number).unwrap() / 2;
        open(&store, 100 + number, &format!("k{number}"), kind, age).await;
    }
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.plan_case(id(100), MORNING + 1, MORNING + 5, "p/1").await.unwrap());
    assert!(!tx.plan_case(id(100), MORNING + 2, MORNING + 9, "p/1").await.unwrap(), "once");
    let mut closed = tx.lock_case(id(101)).await.unwrap().unwrap();
    (closed.state, closed.closed_at) = ("closed".into(), Some(MORNING + 9));
    tx.update_case(&closed).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let filter = CaseFilter { after, ..CaseFilter::default() };
        let page = tx.cases(&filter, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.opened_at, last.case_id));
        seen.extend(page.iter().map(|case| case.case_id.as_u128()));
    }
    assert_eq!(seen, [100, 102, 103, 104, 105, 106], "oldest first, without the closed one");
    for (filter, count) in [
        (CaseFilter { kind: Some("device".into()), ..CaseFilter::default() }, 2),
        (CaseFilter { kind: Some("device".into()), closed_too: true, ..CaseFilter::default() }, 3),
        (CaseFilter { overdue_at: Some(MORNING + 6), ..CaseFilter::default() }, 1),
        (CaseFilter { overdue_at: Some(MORNING + 5), ..CaseFilter::default() }, 0),
        (CaseFilter { subject_id: Some("s2".into()), ..CaseFilter::default() }, 0),
        (CaseFilter { operator: Some(id(9)), ..CaseFilter::default() }, 6),
    ] {
        assert_eq!(tx.cases(&filter, 100).await.unwrap().len(), count, "{filter:?}");
    }
    let counts = tx.count_cases(MORNING + 6).await.unwrap();
    let shown: Vec<_> = counts.iter().map(|c| (c.kind.as_str(), c.cases, c.overdue)).collect();
    assert_eq!(shown, [("appeal", 4, 1), ("device", 2, 0)]);
    assert_eq!(tx.closed_in_time(MORNING).await.unwrap(), [("device".to_owned(), 1, 1)]);
    let events = tx.case_events(id(100)).await.unwrap();
    assert_eq!((events.len(), events[0].kind.as_str()), (1, "opened"));
}

async fn evidence_goes_with_its_time_after_the_case_is_closed_and_its_hash_stays(store: Store) {
    open(&store, 100, "a", "appeal", MORNING).await;
    open(&store, 101, "b", "appeal", MORNING).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    for case in [100, 101] {
        let row = AttachmentRow {
            attachment_id: id(case + 200),
            case_id: id(case),
            media_type: "image/png".into(),
            content_hash: vec![1, 2],
            content_bytes: 3,
            note: String::new(),
            added_by: "driver".into(),
            added_at: MORNING,
            deleted_at: None,
        };
        assert!(tx.attach(&row, b"abc").await.unwrap());
        let again = AttachmentRow { attachment_id: id(case + 300), ..row };
        assert!(!tx.attach(&again, b"abc").await.unwrap());
    }
    let mut closed = tx.lock_case(id(100)).await.unwrap().unwrap();
    (closed.state, closed.closed_at) = ("closed".into(), Some(MORNING));
    tx.update_case(&closed).await.unwrap();
    assert_eq!(tx.forget_attachments(MORNING, 10, MORNING + 1).await.unwrap(), 0);
    assert_eq!(tx.forget_attachments(MORNING + 1, 10, MORNING + 1).await.unwrap(), 1);
    let found = async |tx: &mut store::Tx, case: u128| {
        tx.attachment_content(id(case), id(case + 200)).await.unwrap()
    };
    assert_eq!(found(&mut tx, 100).await, None);
    assert_eq!(found(&mut tx, 101).await, Some(("image/png".to_owned(), b"abc".to_vec())));
    let kept = tx.attachments(id(100)).await.unwrap().remove(0);
    assert_eq!((kept.content_hash, kept.deleted_at), (vec![1, 2], Some(MORNING + 1)));
}

async fn order(store: &Store, town: &Town, number: u128) {
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_order(&seed::order(id(number), town, id(number + 500))).await.unwrap());
    tx.commit().await.unwrap();
}

async fn an_order_has_one_open_appeal_and_a_step_one_notice(store: Store) {
    let town = seed::town(&store, 1).await;
    order(&store, &town, 61).await;
    open(&store, 100, "a", "appeal", MORNING).await;
    open(&store, 102, "b", "appeal", MORNING).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let mut first = appeal(&town, 71, 100);
    assert!(tx.insert_appeal(&first).await.unwrap());
    assert!(!tx.insert_appeal(&appeal(&town, 72, 102)).await.unwrap());
    assert!(tx.has_open_appeal(id(61)).await.unwrap());
    first.state = "refused".into();
    tx.update_appeal(&first).await.unwrap();
    assert!(!tx.has_open_appeal(id(61)).await.unwrap());
    assert!(tx.insert_appeal(&appeal(&town, 72, 102)).await.unwrap());
    assert_eq!(tx.appeals_of_order(id(61)).await.unwrap().len(), 2);

    assert!(tx.insert_arrears(&arrears(&town)).await.unwrap());
    assert!(!tx.insert_arrears(&arrears(&town)).await.unwrap());
    let mut told = notice(&town, 81);
    assert!(tx.insert_arrears_notice(&told).await.unwrap());
    assert!(!tx.insert_arrears_notice(&notice(&town, 82)).await.unwrap());
    told.state = "failed".into();
    tx.update_arrears_notice(&told).await.unwrap();
    assert!(tx.insert_arrears_notice(&notice(&town, 82)).await.unwrap());
    assert_eq!(tx.outbox("queued", Some("sms"), None, 10).await.unwrap().len(), 1);
    assert_eq!(tx.outbox("queued", Some("slip"), None, 10).await.unwrap().len(), 0);
    assert_eq!(tx.contacts_of_account(id(51), MORNING).await.unwrap(), [(MORNING,)]);
    assert_eq!(tx.cancel_arrears_notices(id(61)).await.unwrap(), 1);
}

async fn a_coupon_is_used_once_however_many_try(store: Store) {
    let town = seed::town(&store, 1).await;
    let orders: Vec<u128> = (0..12).map(|n| 600 + n).collect();
    for number in &orders {
        order(&store, &town, *number).await;
    }
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(tx.insert_coupon(&coupon(&town, 91)).await.unwrap());
    let taken = CouponRow { coupon_id: id(92), ..coupon(&town, 91) };
    assert!(!tx.insert_coupon(&taken).await.unwrap(), "a code names one coupon");
    tx.commit().await.unwrap();
    let tries = orders.iter().map(|number| {
        let (store, order_id) = (store.clone(), id(*number));
        tokio::spawn(async move {
            let mut tx = store.begin(Lane::Command).await.unwrap();
            let known = tx.lock_coupon(&[7; 32]).await.unwrap().unwrap();
            let used = tx.use_coupon(known.coupon_id, (order_id, 0), None, MORNING).await.unwrap();
            tx.commit().await.unwrap();
            used
        })
    });
    let mut used = 0;
    for one in tries.collect::<Vec<_>>() {
        used += usize::from(one.await.unwrap());
    }
    assert_eq!(used, 1);
    let mut tx = store.begin(Lane::Command).await.unwrap();
    assert!(!tx.void_coupon(id(91), MORNING).await.unwrap(), "a used one is not voided");
}

async fn a_pass_covers_its_plates_only_while_it_runs_and_its_months_are_booked_once(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let sold = product(&town);
    assert!(tx.insert_pass_product(&sold).await.unwrap());
    assert!(!tx.insert_pass_product(&PassProductRow { product_id: id(32), ..sold }).await.unwrap());
    let mut row = pass(&town);
    tx.insert_pass(&row).await.unwrap();
    tx.change_pass_plate(id(33), "甘D11111", MORNING - DAY_MS).await.unwrap();
    let covers = async |tx: &mut store::Tx, plate: &str| {
        let asked = CoveredPlate { zone_id: town.zone_id, plate, from_at: 0 };
        let rows = tx.covers_of_plates(&[asked]).await.unwrap();
        rows[0].iter().map(|c| (c.from_at, c.to_at)).collect::<Vec<_>>()
    };
    assert_eq!(covers(&mut tx, "甘D11111").await, []);
    row.state = "active".into();
    (row.valid_from_at, row.valid_to_at) = (Some(MORNING), Some(MORNING + 30 * DAY_MS));
    tx.update_pass(&row).await.unwrap();
    assert_eq!(tx.pass_places(id(31)).await.unwrap(), (1, 0));
    tx.change_pass_plate(id(33), "甘D22222", MORNING + DAY_MS).await.unwrap();
    assert_eq!(covers(&mut tx, "甘D11111").await, [(MORNING, MORNING + DAY_MS)]);
    assert_eq!(covers(&mut tx, "甘D22222").await, [(MORNING + DAY_MS, MORNING + 30 * DAY_MS)]);
    assert_eq!(tx.pass_plate_changes(id(33)).await.unwrap(), 1);
    let month = |name: &str, amount_fen, release_at| PassMonthRow {
        pass_id: id(33),
        month: name.into(),
        amount_fen,
        release_at,
        released_at: None,
    };
    let plan = [month("2026-09", 60, MORNING), month("2026-10", 40, MORNING + 1)];
    tx.put_pass_months(id(33), &plan).await.unwrap();
    assert_eq!(tx.pass_months_due(MORNING, 10).await.unwrap().len(), 1);
    assert!(tx.release_pass_month(id(33), "2026-09", MORNING).await.unwrap());
    assert!(!tx.release_pass_month(id(33), "2026-09", MORNING).await.unwrap());
    tx.put_pass_months(id(33), &[month("2026-10", 15, MORNING + 1)]).await.unwrap();
    let kept: Vec<i64> =
        tx.pass_months(id(33)).await.unwrap().iter().map(|m| m.amount_fen).collect();
    assert_eq!(kept, [60, 15], "what is booked is not planned again");
}

async fn a_hidden_plate_is_gone_from_all_that_tells_of_the_visit(store: Store) {
    let town = seed::town(&store, 1).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    tx.write_stays(&[(seed::stay(id(11), town.bays[0]), "opened")], MORNING).await.unwrap();
    tx.insert_claim(&seed::claim(id(12), town.bays[0])).await.unwrap();
    tx.insert_visit(&seed::visit(id(13), &town)).await.unwrap();
    assert!(tx.link_stay(&seed::link(id(11), 1, id(12), id(13))).await.unwrap());
    let found = async |tx: &mut store::Tx, plate: &str| {
        tx.visits_of_plate(None, plate, 0, i64::MAX, 10).await.unwrap().len()
    };
    assert_eq!(found(&mut tx, "甘D12345").await, 1);
    tx.hide_plate(id(13), "DELETED000000001").await.unwrap();
    assert_eq!(
        (found(&mut tx, "甘D12345").await, found(&mut tx, "DELETED000000001").await),
        (0, 1)
    );
    assert_eq!(tx.visit(id(13)).await.unwrap().unwrap().plate, "DELETED000000001");
    let claims = tx.waiting_claims(town.bays[0], 0).await.unwrap();
    assert!(claims.iter().all(|claim| claim.plate == "DELETED000000001"));
}

const HOUR_MS: i64 = 3_600_000;

/// Puts down that the plate was said of a bay at some minute of the morning, without a link; a capture has a photo.
async fn said(tx: &mut store::Tx, number: u128, bay_id: uuid::Uuid, minute: i64) {
    let made_at = MORNING + minute * 60_000;
    let claim = ClaimRow { state: "bound".into(), made_at, ..seed::claim(id(number), bay_id) };
    tx.insert_claim(&claim).await.unwrap();
    let capture = CaptureRow {
        capture_id: id(number),
        staff_id: id(7),
        device_uuid: "handheld-7".into(),
        device_seq: i64::try_from(number).unwrap(),
        content_hash: vec![1; 32],
        wall_at: made_at,
        monotonic_ms: 5,
        boot_id: "run".into(),
        offset_ms: None,
        made_at,
        time_source: "wall".into(),
        bay_id: Some(bay_id),
        claim_id: Some(id(number)),
        order_id: None,
        outcome: "bound".into(),
        answer_json: "{}".into(),
        uploaded_at: made_at,
    };
    tx.insert_capture(&capture).await.unwrap();
    let photo = CapturePhotoRow {
        media_type: "image/jpeg".into(),
        content_hash: vec![1; 32],
        width_px: 1,
        height_px: 1,
        stored_at: made_at,
    };
    assert!(tx.insert_capture_photo(id(number), &photo, b"photo").await.unwrap());
}

/// A visit of an account, or of nobody's, that stood in a bay from one minute of the morning to another.
async fn stood(tx: &mut store::Tx, town: &Town, number: u128, (from, to): (i64, i64)) {
    let at = |minute: i64| MORNING + minute * 60_000;
    let stay = StayRow {
        state: "left".into(),
        arrived_at: at(from),
        left_at: Some(at(to)),
        ..seed::stay(id(number), town.bays[0])
    };
    tx.write_stays(&[(stay, "opened")], MORNING).await.unwrap();
    let claim = ClaimRow { state: "bound".into(), ..seed::claim(id(number), town.bays[0]) };
    tx.insert_claim(&claim).await.unwrap();
    tx.insert_visit(&seed::visit(id(number), town)).await.unwrap();
    assert!(tx.link_stay(&seed::link(id(number), 1, id(number), id(number))).await.unwrap());
}

/// Which of the claims still tell the plate, and which of their photos are there.
async fn tell(tx: &mut store::Tx, claims: &[u128]) -> (Vec<u128>, Vec<u128>) {
    let (mut plates, mut photos) = (Vec::new(), Vec::new());
    for number in claims {
        let claim = tx.claim(id(*number)).await.unwrap().unwrap();
        plates.extend((claim.plate == "甘D12345").then_some(*number));
        let photo = tx.capture_photo(id(*number)).await.unwrap();
        photos.extend(photo.map(|_| *number));
    }
    (plates, photos)
}

async fn a_plate_goes_from_words_and_photos_that_no_link_tells_of(store: Store) {
    let town = seed::town(&store, 2).await;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    // From 0 to 60 the visit, from 90 to 120 the same vehicle again.
    stood(&mut tx, &town, 11, (0, 60)).await;
    stood(&mut tx, &town, 12, (90, 120)).await;
    let (here, beside) = (town.bays[0], town.bays[1]);
    said(&mut tx, 21, here, 10).await;
    said(&mut tx, 22, here, 63).await;
    said(&mut tx, 23, here, 95).await;
    said(&mut tx, 24, beside, 10).await;
    said(&mut tx, 25, here, 300).await;
    let somebodys = ClaimRow {
        state: "expired".into(),
        account_id: Some(id(99)),
        made_at: MORNING + 600_000,
        ..seed::claim(id(26), here)
    };
    tx.insert_claim(&somebodys).await.unwrap();
    let said = [21, 22, 23, 24, 25, 26];

    tx.hide_plate(id(11), "DELETED000000001").await.unwrap();
    assert_eq!(tell(&mut tx, &said).await, (vec![23, 24, 25, 26], vec![23, 24, 25]));
    assert_eq!(tell(&mut tx, &[11, 12]).await.0, [12]);

    // By their age all go, a visit's own but with the visit.
    let noon = MORNING + 4 * HOUR_MS;
    assert_eq!(tx.forget(Forgettable::ClaimPlates, noon, 2).await.unwrap(), 2);
    assert_eq!(tx.forget(Forgettable::ClaimPlates, noon, 2).await.unwrap(), 1);
    assert_eq!(tx.forget(Forgettable::ClaimPlates, noon, 2).await.unwrap(), 0);
    assert_eq!(tell(&mut tx, &said).await, (vec![25], vec![25]));
    assert_eq!(tell(&mut tx, &[11, 12]).await.0, [12]);
    tx.hide_plate(id(12), "DELETED000000002").await.unwrap();
    assert_eq!(tx.forget(Forgettable::ClaimPlates, noon + HOUR_MS + 1, 9).await.unwrap(), 1);
    assert_eq!(tell(&mut tx, &said).await, (vec![], vec![]));
}

on_both_databases! {
    a_plate_goes_from_words_and_photos_that_no_link_tells_of,
    every_page_of_cases_follows_the_one_before_and_filters_leave_out_the_rest,
    evidence_goes_with_its_time_after_the_case_is_closed_and_its_hash_stays,
    an_order_has_one_open_appeal_and_a_step_one_notice,
    a_coupon_is_used_once_however_many_try,
    a_pass_covers_its_plates_only_while_it_runs_and_its_months_are_booked_once,
    a_hidden_plate_is_gone_from_all_that_tells_of_the_visit,
}

fn appeal(town: &Town, number: u128, case: u128) -> AppealRow {
    AppealRow {
        appeal_id: id(number),
        case_id: id(case),
        order_id: id(61),
        operator_id: town.operator_id,
        account_id: None,
        ground: "other".into(),
        said: "x".into(),
        state: "filed".into(),
        asked_fen: 300,
        proposed_fen: 0,
        given_fen: 0,
        reviewer: None,
        reason: None,
        confirmed_by: None,
        filed_at: MORNING,
        decided_at: None,
        policy: "p/1".into(),
    }
}

fn arrears(town: &Town) -> ArrearsRow {
    ArrearsRow {
        order_id: id(61),
        operator_id: town.operator_id,
        account_id: None,
        state: "running".into(),
        since_at: MORNING,
        limitation_at: MORNING + DAY_MS,
        steps_taken: 0,
        step_taken_at: None,
        next_at: None,
        policy: "p/1".into(),
        changed_at: MORNING,
    }
}

fn notice(town: &Town, number: u128) -> ArrearsNoticeRow {
    ArrearsNoticeRow {
        notice_id: id(number),
        order_id: id(61),
        operator_id: town.operator_id,
        account_id: Some(id(51)),
        step: 0,
        step_name: "told".into(),
        channel: "sms".into(),
        text_zh: "欠费".into(),
        text_en: "owed".into(),
        state: "queued".into(),
        made_at: MORNING,
        handed_at: None,
        handed_to: None,
        delivered_at: None,
        proof: None,
        recorded_by: None,
    }
}

fn coupon(town: &Town, number: u128) -> CouponRow {
    CouponRow {
        coupon_id: id(number),
        operator_id: town.operator_id,
        code_hash: vec![7; 32],
        kind: "amount".into(),
        amount_fen: 100,
        minutes: 0,
        zone_id: None,
        account_id: None,
        valid_from_at: 0,
        valid_to_at: i64::MAX,
        purpose: "test".into(),
        issued_by: "test".into(),
        issued_at: MORNING,
        order_id: None,
        place: None,
        used_at: None,
        voided_at: None,
    }
}

fn product(town: &Town) -> PassProductRow {
    PassProductRow {
        product_id: id(31),
        operator_id: town.operator_id,
        zone_id: town.zone_id,
        name: "monthly".into(),
        tariff_pass: "resident".into(),
        price_fen: 100,
        months: 1,
        quota: None,
        evidence_needed: false,
        eligibility: "all".into(),
        offer_hours: 72,
        made_at: MORNING,
        ended_at: None,
    }
}

fn pass(town: &Town) -> PassRow {
    PassRow {
        pass_id: id(33),
        product_id: id(31),
        operator_id: town.operator_id,
        account_id: None,
        state: "offered".into(),
        applied_at: MORNING,
        decided_at: None,
        decided_by: None,
        reason: None,
        offered_until_at: None,
        valid_from_at: None,
        valid_to_at: None,
        price_fen: 100,
        given_back_fen: 0,
        changed_at: MORNING,
    }
}
