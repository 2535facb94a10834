//! The fields of pay-after-parking requests and their documented limits.
//!
//! Source: pay.weixin.qq.com, "微信支付分停车服务", and the official Java SDK's
//! `wexinpayscoreparking` (API version 1.2.1), which names every field.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::{fits, is_trade_no, require, require_notify_url};
use super::order_request::{Amount, Asked, instant, require_amount, require_optional, typed};
use super::refusal::Refusal;

const COLOURS: [&str; 6] = ["BLUE", "GREEN", "YELLOW", "BLACK", "WHITE", "LIMEGREEN"];
/// Vehicles that were there for longer than this, no sensor would be believed: 10 years.
const LONGEST_S: i64 = 10 * 366 * 86_400;

/// The body of `POST /v3/vehicle/parking/parkings`.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) out_parking_no: String,
    pub(super) plate_number: String,
    pub(super) plate_color: String,
    pub(super) start_time: String,
    pub(super) parking_name: String,
    pub(super) free_duration: i64,
    pub(super) notify_url: String,
}

#[derive(Deserialize)]
struct Fee {
    appid: String,
    description: String,
    attach: Option<String>,
    out_trade_no: String,
    trade_scene: String,
    goods_tag: Option<String>,
    notify_url: String,
    profit_sharing: Option<String>,
    amount: Amount,
    parking_info: Info,
}

/// What was parked, from when to when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Info {
    pub(super) parking_id: String,
    pub(super) plate_number: String,
    pub(super) plate_color: String,
    pub(super) start_time: String,
    pub(super) end_time: String,
    pub(super) parking_name: String,
    pub(super) charging_duration: i64,
    pub(super) device_id: String,
}

impl Entry {
    pub(super) fn read(params: &Value) -> Result<Entry, Refusal> {
        let entry: Entry = typed(params)?;
        require(
            is_trade_no(&entry.out_parking_no, 1, 32),
            "out_parking_no",
            "1到32位字母数字_-|*",
        )?;
        require_plate(&entry.plate_number, &entry.plate_color)?;
        instant(&entry.start_time, "start_time")?;
        require(fits(&entry.parking_name, 1, 32), "parking_name", "长度1到32")?;
        let free = (0..=LONGEST_S).contains(&entry.free_duration);
        require(free, "free_duration", "须为不小于0的秒数")?;
        require_notify_url(&entry.notify_url)?;
        Ok(entry)
    }
}

/// What was parked in a fee that was accepted.
pub(super) fn info_of(params: &Value) -> Result<Info, Refusal> {
    typed(&params["parking_info"])
}

/// The body of `POST /v3/vehicle/transactions/parking` as an order.
pub(super) fn read_fee(params: &Value) -> Result<Asked, Refusal> {
    let fee: Fee = typed(params)?;
    require(is_trade_no(&fee.out_trade_no, 1, 32), "out_trade_no", "1到32位字母数字_-*")?;
    require(fits(&fee.description, 1, 128), "description", "长度1到128")?;
    require_optional(fee.attach.as_deref(), 128, "attach")?;
    require_optional(fee.goods_tag.as_deref(), 32, "goods_tag")?;
    require(fee.trade_scene == "PARKING", "trade_scene", "只支持PARKING")?;
    let sharing = fee.profit_sharing.as_deref().unwrap_or("N");
    require(["Y", "N"].contains(&sharing), "profit_sharing", "须为Y或N")?;
    require_notify_url(&fee.notify_url)?;
    require_amount(&fee.amount)?;
    require_info(&fee.parking_info)?;
    Ok(Asked {
        out_trade_no: fee.out_trade_no,
        appid: fee.appid,
        mchid: String::new(),
        description: fee.description,
        attach: fee.attach,
        notify_url: fee.notify_url,
        total_fen: fee.amount.total,
        openid: None,
        expires_ms: None,
    })
}

fn require_info(info: &Info) -> Result<(), Refusal> {
    require(fits(&info.parking_id, 1, 32), "parking_info.parking_id", "长度1到32")?;
    require_plate(&info.plate_number, &info.plate_color)?;
    let from_ms = instant(&info.start_time, "parking_info.start_time")?;
    let to_ms = instant(&info.end_time, "parking_info.end_time")?;
    require(from_ms <= to_ms, "parking_info.end_time", "不得早于start_time")?;
    require(fits(&info.parking_name, 1, 32), "parking_info.parking_name", "长度1到32")?;
    let charged = (0..=LONGEST_S).contains(&info.charging_duration);
    require(charged, "parking_info.charging_duration", "须为不小于0的秒数")?;
    require(fits(&info.device_id, 1, 32), "parking_info.device_id", "长度1到32")
}

/// Province and number without any other sign, and a colour.
pub(super) fn require_plate(number: &str, colour: &str) -> Result<(), Refusal> {
    let plain = number.chars().all(char::is_alphanumeric);
    require(plain && fits(number, 6, 10), "plate_number", "仅包括省份+车牌，不包括特殊字符")?;
    require(COLOURS.contains(&colour), "plate_color", "须为枚举值")
}
