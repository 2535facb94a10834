//! Rows to begin with: the smallest town, and a row of each kind with every optional field empty.

use store::{
    BayFeatures, BayVersionFacts, BlockRow, ClaimRow, DeviceRow, Lane, LinkRow, NewBay, OrderRow,
    PayeeRow, PaymentRow, ReadingRow, StayRow, Store, VisitRow, ZoneVersionRow,
};
use uuid::Uuid;

/// 2026-09-15T00:00:00Z, a Tuesday, 08:00 in Baiyin.
pub(crate) const MORNING: i64 = 1_789_430_400_000;

/// The ids of what was made.
#[derive(Clone, Debug)]
pub(crate) struct Town {
    pub(crate) operator_id: Uuid,
    pub(crate) payee_id: Uuid,
    pub(crate) zone_id: Uuid,
    pub(crate) block_id: Uuid,
    pub(crate) bays: Vec<Uuid>,
    pub(crate) devices: Vec<Uuid>,
}

/// An id that a reader of a failure can recognise.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A town of `bays` bays, each with a device, from one day before the morning on.
pub(crate) async fn town(store: &Store, bays: u32) -> Town {
    let from_at = MORNING - 86_400_000;
    let mut tx = store.begin(Lane::Command).await.unwrap();
    let operator_id = tx.put_operator(id(1), "测试运营公司").await.unwrap();
    let payee_id = tx.put_payee(&payee(operator_id, from_at)).await.unwrap();
    tx.put_tariff("t1", operator_id, "id: t1", from_at).await.unwrap();
    let zone_id = tx.put_zone(id(3), operator_id, "z1", "一类区").await.unwrap();
    let dated =
        ZoneVersionRow { zone_id, valid_from_at: from_at, tariff_id: "t1".into(), payee_id };
    tx.put_zone_version(&dated).await.unwrap();
    let block_id = tx.put_blocks(&[block()]).await.unwrap()["b1"];
    let fresh: Vec<NewBay> = (0..bays).map(|number| new_bay(operator_id, number)).collect();
    let known = tx.put_bays(&fresh).await.unwrap();
    let bays: Vec<Uuid> = fresh.iter().map(|bay| known[&bay.code]).collect();
    let mut town = Town { operator_id, payee_id, zone_id, block_id, bays, devices: Vec::new() };
    let dated = |(number, bay_id): (u32, &Uuid)| bay_version(*bay_id, &town, from_at, number);
    let versions: Vec<BayVersionFacts> = (0..).zip(&town.bays).map(dated).collect();
    tx.put_bay_versions(&versions).await.unwrap();
    for (number, bay_id) in (0..).zip(&town.bays) {
        let device = device(id(0x10_000 + u128::from(number)), *bay_id, number);
        tx.put_device(&device).await.unwrap();
        town.devices.push(device.device_id);
    }
    tx.commit().await.unwrap();
    town
}

fn payee(operator_id: Uuid, valid_from_at: i64) -> PayeeRow {
    PayeeRow {
        payee_id: id(2),
        operator_id,
        name: "测试收款方".into(),
        regime: "vat".into(),
        seller_json: "{}".into(),
        valid_from_at,
    }
}

fn block() -> BlockRow {
    BlockRow {
        block_id: id(4), code: "b1".into(), street: "人民路".into(), side: "north".into()
    }
}

fn new_bay(operator_id: Uuid, number: u32) -> NewBay {
    NewBay { bay_id: id(0x100 + u128::from(number)), operator_id, code: format!("BY{number:04}") }
}

/// What is stored as known of a bay of the town beside its readings: its bays are numbered from 1 on.
pub(crate) fn setup(town: &Town, place: usize, json: &str) -> (Uuid, i64, String) {
    let bay_no = i64::try_from(place).unwrap() + 1;
    (town.bays[place], bay_no, json.to_owned())
}

fn bay_version(bay_id: Uuid, town: &Town, valid_from_at: i64, number: u32) -> BayVersionFacts {
    BayVersionFacts {
        bay_id,
        valid_from_at,
        valid_to_at: None,
        zone_id: town.zone_id,
        block_id: town.block_id,
        lon: 104.17 + f64::from(number) * 0.0001,
        lat: 36.54,
        heading_deg: 90.0,
        length_m: 6.0,
        vehicle_classes: None,
        permitted_hours: None,
        features: BayFeatures::default(),
    }
}

/// A device of the native protocol.
pub(crate) fn device(device_id: Uuid, bay_id: Uuid, number: u32) -> DeviceRow {
    DeviceRow {
        device_id,
        network: "native".into(),
        device_key: format!("dev-{number}"),
        device_type: "native".into(),
        firmware: None,
        bay_id,
        installed_at: MORNING,
    }
}

/// A heartbeat that says nothing that may be left out; number 1 is the bay's first.
pub(crate) fn reading(bay_id: Uuid, device_id: Uuid, number: i64) -> ReadingRow {
    ReadingRow {
        reading_seq: number,
        prev_seq: (number > 1).then_some(number - 1),
        stored_at: MORNING + number,
        bay_id,
        device_id,
        epoch: "boot".into(),
        number,
        part: 0,
        observed_at: MORNING + number,
        earliest_at: None,
        time_source: "received".into(),
        device_at: None,
        network_at: None,
        received_at: MORNING + number,
        kind: "heartbeat".into(),
        occupied: None,
        rssi_dbm: None,
        snr_db: None,
        report_json: "{}".into(),
        payload_hash: None,
    }
}

/// A vehicle that is in the bay now.
pub(crate) fn stay(stay_id: Uuid, bay_id: Uuid) -> StayRow {
    StayRow {
        stay_id,
        bay_id,
        state: "present".into(),
        revision: 1,
        arrived_at: MORNING,
        left_at: None,
        span_json: "{}".into(),
        superseded_by: None,
        fold_version: 1,
        policy_version: 1,
    }
}

/// A claim that waits for a vehicle.
pub(crate) fn claim(claim_id: Uuid, bay_id: Uuid) -> ClaimRow {
    ClaimRow {
        claim_id,
        bay_id,
        plate: "甘D12345".into(),
        plate_colour: None,
        vehicle_class: "small".into(),
        method: "driver".into(),
        account_id: None,
        staff_id: None,
        made_at: MORNING,
        confidence_pct: None,
        state: "waiting".into(),
        source: None,
        plate_form: None,
    }
}

/// A visit without an account.
pub(crate) fn visit(visit_id: Uuid, town: &Town) -> VisitRow {
    VisitRow {
        visit_id,
        operator_id: town.operator_id,
        plate: "甘D12345".into(),
        vehicle_class: "small".into(),
        account_id: None,
        opened_at: MORNING,
        plate_colour: None,
    }
}

/// The link that says whose a stay is.
pub(crate) fn link(stay_id: Uuid, version: i64, claim_id: Uuid, visit_id: Uuid) -> LinkRow {
    LinkRow {
        stay_id,
        version,
        claim_id,
        visit_id,
        method: "driver".into(),
        actor: "driver".into(),
        bound_at: MORNING,
        role: "occupies".into(),
        confidence_pct: None,
        reason: "claimed".into(),
    }
}

/// An open order for a visit.
pub(crate) fn order(order_id: Uuid, town: &Town, visit_id: Uuid) -> OrderRow {
    OrderRow {
        order_id,
        operator_id: town.operator_id,
        payee_id: town.payee_id,
        regime: "vat".into(),
        subject_kind: "visit".into(),
        subject_id: visit_id,
        account_id: None,
        tariff_id: "t1".into(),
        state: "open".into(),
        zone_id: None,
        total_fen: 0,
        waived_fen: 0,
        waived_increase_fen: 0,
        written_off_fen: 0,
        paid_fen: 0,
        refunding_fen: 0,
        refunded_fen: 0,
        invoiced_fen: 0,
        bill_revision: 0,
        holding_revision: 0,
        opened_at: MORNING,
        ended_at: None,
        final_at: None,
        due_at: None,
        owing_at: None,
        paid_at: None,
    }
}

/// A payment just started.
pub(crate) fn payment(payment_id: Uuid, order_id: Uuid) -> PaymentRow {
    PaymentRow {
        payment_id,
        order_id,
        channel: "wechat".into(),
        method: "jsapi".into(),
        state: "created".into(),
        amount_fen: 200,
        payer: None,
        scene_json: None,
        out_trade_no: format!("no{}", payment_id.as_u128()),
        prepay_id: None,
        transaction_id: None,
        created_at: MORNING,
        expires_at: MORNING + 900_000,
        succeeded_at: None,
    }
}
