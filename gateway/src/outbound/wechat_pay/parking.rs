//! Pay after parking (微信支付分停车服务): does WeChat Pay serve the plate, a vehicle came, it left and owes.
//!
//! A fee is accepted at once and debited later; what became of it is told as a payment's word. Source:
//! pay.weixin.qq.com, "微信支付分停车服务"; fields as in the official Java SDK's `wexinpayscoreparking`.

use anyhow::{Context, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use vocabulary::{Fen, Plate, PlateColour};

use super::orders::answered;
use super::{WechatPay, beijing};
use crate::outbound::channel::{PayRefusal, ProviderWord};

/// A vehicle that came.
#[derive(Debug)]
pub(crate) struct Vehicle<'a> {
    pub(crate) out_parking_no: &'a str,
    pub(crate) plate: &'a Plate,
    pub(crate) colour: PlateColour,
    pub(crate) parking_name: &'a str,
    /// City time.
    pub(crate) arrived_at_ms: i64,
    pub(crate) free_s: i64,
}

/// A fee of a vehicle that left.
#[derive(Debug)]
pub(crate) struct Fee<'a> {
    pub(crate) out_trade_no: &'a str,
    pub(crate) parking_id: &'a str,
    pub(crate) vehicle: &'a Vehicle<'a>,
    pub(crate) left_at_ms: i64,
    pub(crate) charged_s: i64,
    pub(crate) device_id: &'a str,
    pub(crate) amount: Fen,
}

/// Whether a vehicle that came can be charged when it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParkingState {
    Normal {
        parking_id: String,
    },
    /// `PAUSE`, `OVERDUE`, `OUT_SERVICE`, `EVALUATION_FAILED`.
    Blocked {
        parking_id: String,
        reason: String,
    },
}

#[derive(Deserialize)]
struct Came {
    id: String,
    state: String,
    block_reason: Option<String>,
}

#[derive(Deserialize)]
struct Served {
    service_state: String,
}

impl WechatPay {
    /// `NORMAL`, `PAUSE` or `OUT_SERVICE` for an owner's plate.
    ///
    /// # Errors
    /// When WeChat Pay does not answer.
    pub async fn parking_service(
        &self,
        (plate, colour): (&Plate, PlateColour),
        openid: &str,
        now_ms: i64,
    ) -> Result<Result<String, PayRefusal>> {
        // The path is signed as it is sent: encoded.
        let pairs = [
            ("appid", self.merchant()?.appid.as_str()),
            ("plate_number", plate.as_str()),
            ("plate_color", colour_name(colour)),
            ("openid", openid),
        ];
        let mut address = reqwest::Url::parse("http://x/v3/vehicle/parking/services/find")?;
        address.query_pairs_mut().extend_pairs(pairs);
        let path = format!("{}?{}", address.path(), address.query().unwrap_or_default());
        Ok(match self.call(Method::GET, &path, "", now_ms).await? {
            Ok(text) => Ok(serde_json::from_str::<Served>(&text)?.service_state),
            Err(refusal) => Err(refusal),
        })
    }

    /// Tells that a vehicle came. The same vehicle again is the same entry.
    pub(crate) async fn parking_entry(
        &self,
        vehicle: &Vehicle<'_>,
        now_ms: i64,
    ) -> Result<Result<ParkingState, PayRefusal>> {
        let body = json!({
            "out_parking_no": vehicle.out_parking_no,
            "plate_number": vehicle.plate.as_str(),
            "plate_color": colour_name(vehicle.colour),
            "notify_url": self.notify_url,
            "start_time": beijing(vehicle.arrived_at_ms)?,
            "parking_name": vehicle.parking_name,
            "free_duration": vehicle.free_s,
        });
        let path = "/v3/vehicle/parking/parkings";
        let text = match self.call(Method::POST, path, &body.to_string(), now_ms).await? {
            Ok(text) => text,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let came: Came = serde_json::from_str(&text).context("the entry is not as documented")?;
        Ok(Ok(match came.state.as_str() {
            "NORMAL" => ParkingState::Normal { parking_id: came.id },
            _ => ParkingState::Blocked {
                parking_id: came.id,
                reason: came.block_reason.unwrap_or_else(|| "BLOCKED".into()),
            },
        }))
    }

    /// Hands a fee in, to be debited. The same fee again is the same transaction.
    pub(crate) async fn parking_fee(
        &self,
        fee: &Fee<'_>,
        now_ms: i64,
    ) -> Result<Result<ProviderWord, PayRefusal>> {
        let merchant = self.merchant()?;
        let body = json!({
            "appid": merchant.appid,
            "description": "路内停车费",
            "out_trade_no": fee.out_trade_no,
            "trade_scene": "PARKING",
            "notify_url": self.notify_url,
            "amount": {"total": fee.amount.0, "currency": "CNY"},
            "parking_info": {
                "parking_id": fee.parking_id,
                "plate_number": fee.vehicle.plate.as_str(),
                "plate_color": colour_name(fee.vehicle.colour),
                "start_time": beijing(fee.vehicle.arrived_at_ms)?,
                "end_time": beijing(fee.left_at_ms)?,
                "parking_name": fee.vehicle.parking_name,
                "charging_duration": fee.charged_s,
                "device_id": fee.device_id,
            },
        });
        let path = "/v3/vehicle/transactions/parking";
        Ok(match self.call(Method::POST, path, &body.to_string(), now_ms).await? {
            Ok(text) => Ok(answered(merchant, text.as_bytes())?),
            Err(refusal) => Err(refusal),
        })
    }

    /// Asks what became of a fee; `None` if WeChat Pay never heard of it.
    pub(crate) async fn ask_parking_fee(
        &self,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<Option<ProviderWord>> {
        let path = format!("/v3/vehicle/transactions/out-trade-no/{out_trade_no}");
        self.transaction_at(&path, now_ms).await
    }
}

fn colour_name(colour: PlateColour) -> &'static str {
    match colour {
        PlateColour::Blue => "BLUE",
        PlateColour::Green => "GREEN",
        PlateColour::Yellow => "YELLOW",
        PlateColour::Black => "BLACK",
        PlateColour::White => "WHITE",
        PlateColour::YellowGreen => "LIMEGREEN",
    }
}
