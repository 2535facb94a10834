//! Pay after parking (微信支付分停车服务): is the plate served, a vehicle came, it left and owes a fee.
//!
//! A fee is accepted at once and debited later; whether it was is told by a notification and in answer to
//! a query. A fee is an order of the book, so that it can be refunded and stands in the bill. `POST
//! /sandbox/parking-service` plays the owner who opens or ends the service for a plate.

use std::collections::HashMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::notices::About;
use super::order::{Attempted, Order, TradeType, require};
use super::order_request::typed;
use super::parking_request::{Entry, info_of, require_plate};
use super::refunds::settles;
use super::refusal::Refusal;
use super::transactions::object;
use crate::app::App;
use crate::clock::beijing;
use crate::journal::Journal;
use crate::keys::{random_digits, random_hex};
use crate::troubles::ParkingTrouble;

const STATES: [&str; 5] = ["NORMAL", "PAUSE", "OUT_SERVICE", "OVERDUE", "EVALUATION_FAILED"];

/// Plates that are served, and vehicles that came.
pub(crate) struct Parkings {
    services: HashMap<(String, String), Service>,
    by_number: HashMap<String, Parked>,
    by_id: HashMap<String, String>,
    lines: Journal,
}

/// One line of `parkings.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Served { plate_number: String, plate_color: String, service: Service },
    Came { parking_id: String, state: String, params: Value },
}

#[derive(Clone, Serialize, Deserialize)]
struct Service {
    openid: String,
    state: String,
    opened_at: String,
}

#[derive(Clone)]
struct Parked {
    parking_id: String,
    state: String,
    params: Value,
}

#[derive(Deserialize)]
struct Owner {
    plate_number: String,
    plate_color: String,
    openid: String,
    service_state: String,
}

#[derive(Deserialize)]
pub(super) struct Plate {
    appid: Option<String>,
    plate_number: Option<String>,
    plate_color: Option<String>,
    openid: Option<String>,
}

impl Parkings {
    pub(crate) fn open(data: &FilePath) -> anyhow::Result<Parkings> {
        let (journal, lines) = Journal::open::<Line>(&data.join("parkings.jsonl"))?;
        let mut parkings = Parkings {
            services: HashMap::new(),
            by_number: HashMap::new(),
            by_id: HashMap::new(),
            lines: journal,
        };
        for line in lines {
            parkings.apply(line)?;
        }
        Ok(parkings)
    }

    fn record(&mut self, line: Line) -> Result<(), Refusal> {
        self.lines.append(&line)?;
        self.apply(line).map_err(|error| Refusal::System(error.to_string()))
    }

    fn apply(&mut self, line: Line) -> anyhow::Result<()> {
        match line {
            Line::Served { plate_number, plate_color, service } => {
                self.services.insert((plate_number, plate_color), service);
            }
            Line::Came { parking_id, state, params } => {
                let entry = Entry::read(&params);
                let entry = entry.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
                self.by_id.insert(parking_id.clone(), entry.out_parking_no.clone());
                self.by_number.insert(entry.out_parking_no, Parked { parking_id, state, params });
            }
        }
        Ok(())
    }

    fn state_of(&self, number: &str, colour: &str) -> &str {
        let service = self.services.get(&(number.to_owned(), colour.to_owned()));
        service.map_or("OUT_SERVICE", |service| service.state.as_str())
    }
}

/// The owner of a vehicle opens, pauses or ends the service.
pub(super) async fn serve(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let owner: Owner = typed(&object(&body)?)?;
    require_plate(&owner.plate_number, &owner.plate_color)?;
    require(STATES.contains(&owner.service_state.as_str()), "service_state", "须为枚举值")?;
    app.blocking(move |app| {
        let opened_at = beijing(app.now().city_ms);
        let service = Service { openid: owner.openid, state: owner.service_state, opened_at };
        let shown = json!({"service_state": service.state});
        let (plate_number, plate_color) = (owner.plate_number, owner.plate_color);
        app.memory().parkings.record(Line::Served { plate_number, plate_color, service })?;
        Ok(Json(shown))
    })
    .await
}

/// `GET /v3/vehicle/parking/services/find`.
pub(super) async fn find(
    State(app): State<Arc<App>>,
    Query(plate): Query<Plate>,
) -> Result<Json<Value>, Refusal> {
    let named = |text: Option<String>, field| text.ok_or(Refusal::Param { field, issue: "必填" });
    let appid = named(plate.appid, "appid")?;
    let (number, colour) =
        (named(plate.plate_number, "plate_number")?, named(plate.plate_color, "plate_color")?);
    let openid = named(plate.openid, "openid")?;
    require_plate(&number, &colour)?;
    if appid != app.keys.merchant.account.appid {
        return Err(Refusal::AppidMchidMismatch);
    }
    app.blocking(move |app| {
        let parkings = &app.memory().parkings;
        let service = parkings.services.get(&(number.clone(), colour.clone()));
        let service = service.filter(|service| service.openid == openid);
        let state = service.map_or("OUT_SERVICE", |service| match service.state.as_str() {
            "OVERDUE" | "EVALUATION_FAILED" => "PAUSE",
            state => state,
        });
        let mut shown = json!({
            "plate_number": number,
            "plate_color": colour,
            "openid": openid,
            "service_state": state,
        });
        if let Some(service) = service {
            shown["service_open_time"] = json!(service.opened_at);
        }
        Ok(Json(shown))
    })
    .await
}

/// `POST /v3/vehicle/parking/parkings`: a vehicle came.
pub(super) async fn enter(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let params = object(&body)?;
    let entry = Entry::read(&params)?;
    app.blocking(move |app| {
        let parkings = &mut app.memory().parkings;
        match parkings.by_number.get(&entry.out_parking_no) {
            Some(known) if known.params != params => Err(Refusal::OutTradeNoUsed),
            Some(known) => Ok(Json(came(&entry, known))),
            None => {
                let state = parkings.state_of(&entry.plate_number, &entry.plate_color).to_owned();
                let parking_id = format!("{}{}", random_hex(8).to_uppercase(), random_digits(3));
                let parked = Parked { parking_id, state, params };
                let (parking_id, state) = (parked.parking_id.clone(), parked.state.clone());
                let params = parked.params.clone();
                parkings.record(Line::Came { parking_id, state, params })?;
                Ok(Json(came(&entry, &parked)))
            }
        }
    })
    .await
}

/// `POST /v3/vehicle/transactions/parking`: it left and owes a fee. Accepted, and debited later.
pub(super) async fn charge(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let params = object(&body)?;
    app.blocking(move |app| {
        let now = app.now();
        let mut memory = app.memory();
        let asked = Order::parse(&params, TradeType::Parking, now.city_ms)?;
        let info = info_of(&params)?;
        let number = memory.parkings.by_id.get(&info.parking_id);
        let known = number.and_then(|number| memory.parkings.by_number.get(number));
        let known = known
            .ok_or(Refusal::Param {
                field: "parking_info.parking_id", issue: "入场id不存在"
            })?;
        let plate = [&known.params["plate_number"], &known.params["plate_color"]];
        let same = plate == [&json!(info.plate_number), &json!(info.plate_color)];
        require(same, "parking_info.plate_number", "与入场车牌不一致")?;
        let state = memory.parkings.state_of(&info.plate_number, &info.plate_color).to_owned();
        let fresh = memory.book.order(&asked.out_trade_no).is_none();
        if fresh && state != "NORMAL" {
            return Err(Refusal::ParkingBlocked(state));
        }
        let account = &app.keys.merchant.account;
        memory.book.place(params, TradeType::Parking, account, now)?;
        let key = (info.plate_number, info.plate_color);
        let openid = memory.parkings.services.get(&key).map(|service| service.openid.clone());
        let openid = openid.unwrap_or_default();
        let outcome = match memory.troubles.parking {
            ParkingTrouble::Normal => Some(Ok((openid.as_str(), "OTHERS"))),
            ParkingTrouble::Advanced => Some(Ok((openid.as_str(), "BPA"))),
            ParkingTrouble::PayFail => Some(Err(Attempted::PayFail)),
            ParkingTrouble::Stuck => None,
        };
        let settles = settles(app, now);
        if let Some(outcome) = outcome {
            memory.book.debit(&asked.out_trade_no, outcome, settles)?;
        }
        let order = memory.book.order(&asked.out_trade_no).ok_or(Refusal::OrderNotExist)?;
        let (shown, url) = (fee(order, now)?, order.notify_url.clone());
        let about = match (&order.charge, About::failure(order)) {
            (Some(charge), _) => Some((About::payment(charge), charge.settles_ms)),
            (None, failure) => failure,
        };
        if let Some((about, at_ms)) = about {
            memory.owe(about, &url, at_ms);
            app.bell.notify_one();
        }
        Ok(Json(shown))
    })
    .await
}

/// `GET /v3/vehicle/transactions/out-trade-no/{no}`.
pub(super) async fn query(
    State(app): State<Arc<App>>,
    Path(no): Path<String>,
) -> Result<Json<Value>, Refusal> {
    app.blocking(move |app| {
        let memory = app.memory();
        let order = memory.book.order(&no).filter(|o| o.trade_type == TradeType::Parking);
        Ok(Json(fee(order.ok_or(Refusal::OrderNotExist)?, app.now())?))
    })
    .await
}

fn came(entry: &Entry, parked: &Parked) -> Value {
    let normal = parked.state == "NORMAL";
    let mut shown = json!({
        "id": parked.parking_id,
        "out_parking_no": entry.out_parking_no,
        "plate_number": entry.plate_number,
        "plate_color": entry.plate_color,
        "start_time": entry.start_time,
        "parking_name": entry.parking_name,
        "free_duration": entry.free_duration,
        "state": if normal { "NORMAL" } else { "BLOCKED" },
    });
    if !normal {
        shown["block_reason"] = json!(parked.state);
    }
    shown
}

/// How far a fee is, as answers and notifications tell it.
pub(super) fn fee(order: &Order, now: crate::clock::Now) -> Result<Value, Refusal> {
    let state = order.trade_state(now);
    let mut shown = json!({
        "appid": order.appid,
        "sp_mchid": order.mchid,
        "description": order.description,
        "create_time": beijing(order.ordered_ms),
        "out_trade_no": order.out_trade_no,
        "trade_state": state.name(),
        "trade_state_description": state.description(),
        "attach": order.attach.as_deref().unwrap_or(""),
        "trade_scene": "PARKING",
        "parking_info": info_of(&order.params)?,
        "amount": {"total": order.total_fen, "currency": "CNY"},
    });
    if let Some(charge) = order.charged(now) {
        shown["transaction_id"] = json!(charge.transaction_id);
        shown["success_time"] = json!(charge.success_at);
        shown["bank_type"] = json!(charge.bank_type);
        if charge.bank_type == "BPA" {
            shown["user_repaid"] = json!("N");
        }
        shown["payer"] = json!({"openid": charge.openid});
        shown["amount"] = json!({
            "total": order.total_fen,
            "payer_total": charge.amount_fen,
            "discount_total": 0,
            "currency": "CNY",
        });
    }
    Ok(shown)
}
