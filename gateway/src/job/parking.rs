//! Pay after parking: WeChat Pay is told of a vehicle that came, and handed its fee when it has left.
//!
//! Off unless `wechat.pay_after_parking` is set. An entry that WeChat Pay does not serve changes nothing:
//! the fee is paid as any other. A sweep finds what is to be told and handed in.

use anyhow::{Context, Result};
use billing::payment::{PaymentState, TradeState};
use store::{Lane, OrderRow, ParkingEntryRow, PaymentRow, Tx, VisitRow};
use uuid::Uuid;
use vocabulary::{Fen, Plate, PlateColour};

use super::{Ended, Kind};
use crate::app::App;
use crate::flow::confirm_payment::confirm_payment;
use crate::flow::move_order::order_of;
use crate::outbound::{Fee, ParkingState, PayRefusal, Vehicle};

/// What WeChat Pay shows to the owner.
const PARKING_NAME: &str = "路内停车";
/// It asks for a device, and every bay has one; which one is no business of the payer's.
const DEVICE: &str = "roadside";
/// How long a fee may take to be debited before somebody else may pay it (city time).
const VALID_MS: i64 = 24 * 3_600_000;
/// Orders looked at in one sweep.
const BATCH: i64 = 200;

/// Tells WeChat Pay of the vehicle of an order.
pub(super) async fn tell_entry(app: &App, order_id: Uuid) -> Result<Ended> {
    let mut tx = app.store.read().await?;
    let known = tx.parking_entry(order_id).await?.context("an entry that was not asked for")?;
    let order = tx.order(order_id).await?.context("an entry of no order")?;
    let Some((visit, plate, colour)) = vehicle_of(&mut tx, &order).await? else {
        drop(tx);
        return keep(app, known, ("refused", None, Some("no plate with a colour".into()))).await;
    };
    drop(tx);
    if known.state != "asked" || order.state != "open" {
        return Ok(Ended::Done);
    }
    let vehicle = vehicle(&known, &visit, &plate, colour);
    let now = app.clock.machine_now_ms();
    let answer = app.wechat_pay.parking_entry(&vehicle, now).await?;
    let (state, parking_id, reason) = match answer {
        Ok(ParkingState::Normal { parking_id }) => ("normal", Some(parking_id), None),
        Ok(ParkingState::Blocked { parking_id, reason }) => {
            ("blocked", Some(parking_id), Some(reason))
        }
        Err(refusal) => ("refused", None, Some(refusal.code)),
    };
    keep(app, known, (state, parking_id, reason)).await
}

async fn keep(
    app: &App,
    known: ParkingEntryRow,
    (state, parking_id, block_reason): (&str, Option<String>, Option<String>),
) -> Result<Ended> {
    let mut tx = app.store.begin(Lane::Command).await?;
    let row = ParkingEntryRow { state: state.into(), parking_id, block_reason, ..known };
    tx.put_parking_entry(&row).await?;
    tx.commit().await?;
    Ok(Ended::Done)
}

/// Hands a fee in. What is answered at once is usually that it was accepted; the rest is asked for.
pub(super) async fn charge(
    app: &App,
    payment: &PaymentRow,
    now: i64,
) -> Result<std::result::Result<String, PayRefusal>> {
    let mut tx = app.store.read().await?;
    let order = tx.order(payment.order_id).await?.context("payment without order")?;
    let entry = tx.parking_entry(order.order_id).await?.context("a fee without entry")?;
    let parking_id = entry.parking_id.clone().context("a fee of an entry that was refused")?;
    let found = vehicle_of(&mut tx, &order).await?;
    drop(tx);
    let Some((visit, plate, colour)) = found else {
        return Ok(Err(PayRefusal { code: "PLATE_CHANGED".into() }));
    };
    let vehicle = vehicle(&entry, &visit, &plate, colour);
    let left_at_ms = order.ended_at.unwrap_or(order.opened_at).max(vehicle.arrived_at_ms);
    let fee = Fee {
        out_trade_no: &payment.out_trade_no,
        parking_id: &parking_id,
        vehicle: &vehicle,
        left_at_ms,
        charged_s: (left_at_ms - vehicle.arrived_at_ms) / 1000,
        device_id: DEVICE,
        amount: Fen(payment.amount_fen),
    };
    match app.wechat_pay.parking_fee(&fee, now).await? {
        Ok(word) => {
            if word.trade_state != TradeState::Accept {
                confirm_payment(app, &word).await?;
            }
            Ok(Ok(parking_id))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Finds vehicles to tell of, and fees to hand in.
pub(super) async fn sweep(app: &App) -> Result<()> {
    if !app.config.wechat.pay_after_parking {
        return Ok(());
    }
    let mut tx = app.store.read().await?;
    let (to_tell, to_charge) =
        (tx.orders_without_entry(BATCH).await?, tx.orders_to_charge(BATCH).await?);
    drop(tx);
    if to_tell.is_empty() && to_charge.is_empty() {
        return Ok(());
    }
    let (now, city) = (app.clock.machine_now_ms(), app.clock.city_now());
    let mut tx = app.store.begin(Lane::Command).await?;
    for order_id in to_tell {
        tx.put_parking_entry(&ParkingEntryRow {
            order_id,
            out_parking_no: order_id.simple().to_string(),
            state: "asked".into(),
            parking_id: None,
            block_reason: None,
            told_at: city.ms(),
        })
        .await?;
        tx.enqueue(Kind::TellEntry.name(), &order_id.to_string(), order_id, now).await?;
    }
    for order_id in to_charge {
        hand_in(app, &mut tx, order_id).await?;
    }
    tx.commit().await?;
    app.job_bell.notify_one();
    Ok(())
}

async fn hand_in(app: &App, tx: &mut Tx, order_id: Uuid) -> Result<()> {
    let Some(order) = tx.lock_order(order_id).await? else { return Ok(()) };
    let Ok(amount) = order_of(&order)?.payable(None) else { return Ok(()) };
    let payment_id = Uuid::now_v7();
    let now = app.clock.machine_now_ms();
    let payment = PaymentRow {
        payment_id,
        order_id,
        channel: "wechat".into(),
        method: "parking".into(),
        state: PaymentState::Created.name().into(),
        amount_fen: amount.0,
        payer: None,
        scene_json: None,
        out_trade_no: payment_id.simple().to_string(),
        prepay_id: None,
        transaction_id: None,
        created_at: now,
        expires_at: app.clock.city_now().plus_ms(VALID_MS).ms(),
        succeeded_at: None,
    };
    if tx.insert_payment(&payment).await? {
        tx.enqueue(Kind::PreparePayment.name(), &payment_id.to_string(), order_id, now).await?;
    }
    Ok(())
}

async fn vehicle_of(
    tx: &mut Tx,
    order: &OrderRow,
) -> Result<Option<(VisitRow, Plate, PlateColour)>> {
    let Some(visit) = tx.visit(order.subject_id).await? else { return Ok(None) };
    let colour = visit.plate_colour.as_deref().and_then(PlateColour::from_name);
    let plate = Plate::parse(&visit.plate).ok();
    Ok(plate.zip(colour).map(|(plate, colour)| (visit, plate, colour)))
}

fn vehicle<'a>(
    entry: &'a ParkingEntryRow,
    visit: &VisitRow,
    plate: &'a Plate,
    colour: PlateColour,
) -> Vehicle<'a> {
    Vehicle {
        out_parking_no: &entry.out_parking_no,
        plate,
        colour,
        parking_name: PARKING_NAME,
        arrived_at_ms: visit.opened_at,
        free_s: 0,
    }
}
