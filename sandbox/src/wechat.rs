//! WeChat Pay v3 (direct merchant: JSAPI and mini program, Native, H5, refunds, trade bills, pay after
//! parking), its cashier, and WeChat login.
//!
//! Source: the merchant documentation at pay.weixin.qq.com/doc/v3/merchant/4012525167 ff. Not
//! imitated: rate limits but as a trouble, coupons, service-provider mode, fund bills. The minute
//! between two refunds of one order is minded when switched on (`refund_minute`). Unlike the real
//! service, `notify_url` may be plain HTTP.

pub(crate) mod bills;
pub(crate) mod book;
pub(crate) mod login;
pub(crate) mod notices;
pub(crate) mod notify;
pub(crate) mod parking;

mod bill_text;
mod cashier;
mod cashier_page;
mod certificates;
mod guard;
mod order;
mod order_request;
mod parking_request;
mod refund;
mod refunds;
mod refusal;
mod sign;
mod transactions;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::app::App;
use crate::troubles::trouble;

/// Longest request body, bytes.
const BODY_LIMIT: usize = 64 * 1024;

pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let merchant = Router::new()
        .route("/v3/pay/transactions/jsapi", post(transactions::place_jsapi))
        .route("/v3/pay/transactions/native", post(transactions::place_native))
        .route("/v3/pay/transactions/h5", post(transactions::place_h5))
        .route("/v3/pay/transactions/out-trade-no/{no}", get(transactions::by_out_trade_no))
        .route("/v3/pay/transactions/id/{id}", get(transactions::by_transaction_id))
        .route("/v3/pay/transactions/out-trade-no/{no}/close", post(transactions::close))
        .route("/v3/refund/domestic/refunds", post(refunds::ask))
        .route("/v3/refund/domestic/refunds/{no}", get(refunds::show))
        .route(
            "/v3/refund/domestic/refunds/{no}/apply-abnormal-refund",
            post(refunds::ask_otherwise),
        )
        .route("/v3/bill/tradebill", get(bills::trade_bill))
        .route("/v3/billdownload/file", get(bills::download))
        .route("/v3/vehicle/parking/services/find", get(parking::find))
        .route("/v3/vehicle/parking/parkings", post(parking::enter))
        .route("/v3/vehicle/transactions/parking", post(parking::charge))
        .route("/v3/vehicle/transactions/out-trade-no/{no}", get(parking::query))
        .route("/v3/certificates", get(certificates::list))
        .route_layer(from_fn_with_state(app.clone(), trouble))
        .route_layer(from_fn_with_state(app.clone(), guard::guard));
    let login = Router::new()
        .route("/sns/jscode2session", get(login::exchange))
        .route("/sns/oauth2/access_token", get(login::exchange_web))
        .route_layer(from_fn_with_state(app.clone(), trouble));
    Router::new()
        .merge(merchant)
        .merge(login)
        .route("/connect/oauth2/authorize", get(login::authorize))
        .route("/cashier/pay", post(cashier::pay))
        .route("/cashier/scan", post(cashier::scan))
        .route("/cashier/h5", post(cashier::h5))
        .route("/cgi-bin/mmpayweb-bin/checkmweb", get(cashier_page::page))
        .route("/cashier/charges", get(cashier::charges))
        .route("/sandbox/login-code", post(login::make_code))
        .route("/sandbox/certificates", post(certificates::change))
        .route("/sandbox/parking-service", post(parking::serve))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}
