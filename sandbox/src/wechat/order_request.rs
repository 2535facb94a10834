//! The fields of an order request and their documented limits, one door at a time.
//!
//! Source: pay.weixin.qq.com/doc/v3/merchant, "JSAPI下单", "Native下单", "H5下单". Lengths count
//! characters. Unlike the real service, `notify_url` may be plain HTTP.

use chrono::DateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::order::{TradeType, fits, is_trade_no, require, require_notify_url};
use super::refusal::Refusal;

/// Largest order, fen (a million yuan).
const TOTAL_LIMIT_FEN: i64 = 100_000_000;

/// What an order is made of.
pub(super) struct Asked {
    pub(super) out_trade_no: String,
    pub(super) appid: String,
    pub(super) mchid: String,
    pub(super) description: String,
    pub(super) attach: Option<String>,
    pub(super) notify_url: String,
    pub(super) total_fen: i64,
    pub(super) openid: Option<String>,
    pub(super) expires_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Request {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    time_expire: Option<String>,
    attach: Option<String>,
    notify_url: String,
    goods_tag: Option<String>,
    #[serde(rename = "support_fapiao")]
    _support_fapiao: Option<bool>,
    amount: Amount,
    payer: Option<Payer>,
    detail: Option<Detail>,
    scene_info: Option<Scene>,
    #[serde(rename = "settle_info")]
    _settle_info: Option<Settle>,
}

#[derive(Deserialize)]
pub(super) struct Amount {
    pub(super) total: i64,
    pub(super) currency: Option<String>,
}

#[derive(Deserialize)]
struct Payer {
    openid: String,
}

#[derive(Deserialize)]
struct Detail {
    invoice_id: Option<String>,
    #[serde(default)]
    goods_detail: Vec<Goods>,
}

#[derive(Deserialize)]
struct Goods {
    merchant_goods_id: String,
    quantity: i64,
    unit_price: i64,
}

#[derive(Deserialize)]
struct Scene {
    payer_client_ip: Option<String>,
    device_id: Option<String>,
    store_info: Option<Place>,
    h5_info: Option<H5>,
}

#[derive(Deserialize)]
struct Place {
    id: String,
    name: Option<String>,
    area_code: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
struct H5 {
    r#type: String,
}

#[derive(Deserialize)]
struct Settle {
    #[serde(rename = "profit_sharing")]
    _profit_sharing: Option<bool>,
}

/// Reads a request of one door; what the API does not allow is refused with the field's name.
pub(super) fn read(params: &Value, trade_type: TradeType) -> Result<Asked, Refusal> {
    if trade_type == TradeType::Parking {
        return super::parking_request::read_fee(params);
    }
    let request: Request = typed(params)?;
    require(is_trade_no(&request.out_trade_no, 6, 32), "out_trade_no", "6到32位字母数字_-|*")?;
    require(fits(&request.description, 1, 127), "description", "长度1到127")?;
    require_amount(&request.amount)?;
    require_optional(request.attach.as_deref(), 128, "attach")?;
    require_optional(request.goods_tag.as_deref(), 32, "goods_tag")?;
    require_notify_url(&request.notify_url)?;
    require_payer(&request, trade_type)?;
    require_scene(request.scene_info.as_ref(), trade_type)?;
    require_detail(request.detail.as_ref())?;
    let expires_ms = request.time_expire.as_deref().map(|at| instant(at, "time_expire"));
    Ok(Asked {
        out_trade_no: request.out_trade_no,
        appid: request.appid,
        mchid: request.mchid,
        description: request.description,
        attach: request.attach,
        notify_url: request.notify_url,
        total_fen: request.amount.total,
        openid: request.payer.filter(|_| trade_type == TradeType::Jsapi).map(|payer| payer.openid),
        expires_ms: expires_ms.transpose()?,
    })
}

/// A value of the expected shape, or why it is none.
pub(super) fn typed<T: DeserializeOwned>(params: &Value) -> Result<T, Refusal> {
    serde_json::from_value(params.clone()).map_err(|error| Refusal::Malformed(error.to_string()))
}

pub(super) fn require_amount(amount: &Amount) -> Result<(), Refusal> {
    require((1..=TOTAL_LIMIT_FEN).contains(&amount.total), "amount.total", "超出范围")?;
    let currency = amount.currency.as_deref().unwrap_or("CNY");
    require(currency == "CNY", "amount.currency", "只支持CNY")
}

/// A field that may be left out but not be empty or longer than `longest` characters.
pub(super) fn require_optional(
    text: Option<&str>,
    longest: usize,
    field: &'static str,
) -> Result<(), Refusal> {
    require(text.is_none_or(|text| fits(text, 1, longest)), field, "长度超出范围")
}

/// An RFC 3339 instant, milliseconds.
pub(super) fn instant(text: &str, field: &'static str) -> Result<i64, Refusal> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_millis())
        .map_err(|_| Refusal::Param { field, issue: "须为RFC 3339时间" })
}

fn require_payer(request: &Request, trade_type: TradeType) -> Result<(), Refusal> {
    if trade_type != TradeType::Jsapi {
        return Ok(());
    }
    let openid = request.payer.as_ref().map(|payer| payer.openid.as_str());
    require(openid.is_some_and(|openid| fits(openid, 1, 128)), "payer.openid", "长度1到128")
}

fn require_scene(scene: Option<&Scene>, trade_type: TradeType) -> Result<(), Refusal> {
    let of_h5 = trade_type == TradeType::H5;
    let Some(scene) = scene else { return require(!of_h5, "scene_info", "H5支付必填") };
    let ip = scene.payer_client_ip.as_deref();
    require(ip.is_some_and(|ip| fits(ip, 1, 45)), "scene_info.payer_client_ip", "必填，长度1到45")?;
    require_optional(scene.device_id.as_deref(), 32, "scene_info.device_id")?;
    if let Some(place) = &scene.store_info {
        require(fits(&place.id, 1, 32), "scene_info.store_info.id", "长度1到32")?;
        require_optional(place.name.as_deref(), 256, "scene_info.store_info.name")?;
        require_optional(place.area_code.as_deref(), 32, "scene_info.store_info.area_code")?;
        require_optional(place.address.as_deref(), 512, "scene_info.store_info.address")?;
    }
    let kind = scene.h5_info.as_ref().map(|h5| h5.r#type.as_str());
    let known = kind.is_some_and(|kind| ["iOS", "Android", "Wap"].contains(&kind));
    require(!of_h5 || known, "scene_info.h5_info.type", "须为iOS、Android或Wap")
}

fn require_detail(detail: Option<&Detail>) -> Result<(), Refusal> {
    let Some(detail) = detail else { return Ok(()) };
    require_optional(detail.invoice_id.as_deref(), 32, "detail.invoice_id")?;
    for goods in &detail.goods_detail {
        let id = &goods.merchant_goods_id;
        require(fits(id, 1, 32), "detail.goods_detail.merchant_goods_id", "长度1到32")?;
        require(goods.quantity > 0, "detail.goods_detail.quantity", "须大于0")?;
        require(goods.unit_price >= 0, "detail.goods_detail.unit_price", "不得小于0")?;
    }
    Ok(())
}
