//! WeChat Pay v3 (direct merchant, JSAPI and mini program), its cashier, and WeChat login.
//!
//! Source: the merchant documentation at pay.weixin.qq.com/doc/v3/merchant/4012525167 ff. Not
//! imitated: the minute between two partial refunds, rate limits, coupons, service-provider mode,
//! bills. Unlike the real service, `notify_url` may be plain HTTP.

pub(crate) mod book;
pub(crate) mod login;
pub(crate) mod notices;
pub(crate) mod notify;

mod cashier;
mod certificates;
mod guard;
mod order;
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
        .route("/v3/pay/transactions/jsapi", post(transactions::place))
        .route("/v3/pay/transactions/out-trade-no/{no}", get(transactions::by_out_trade_no))
        .route("/v3/pay/transactions/id/{id}", get(transactions::by_transaction_id))
        .route("/v3/pay/transactions/out-trade-no/{no}/close", post(transactions::close))
        .route("/v3/refund/domestic/refunds", post(refunds::ask))
        .route("/v3/refund/domestic/refunds/{no}", get(refunds::show))
        .route("/v3/certificates", get(certificates::list))
        .route_layer(from_fn_with_state(app.clone(), trouble))
        .route_layer(from_fn_with_state(app.clone(), guard::guard));
    let login = Router::new()
        .route("/sns/jscode2session", get(login::exchange))
        .route_layer(from_fn_with_state(app.clone(), trouble));
    Router::new()
        .merge(merchant)
        .merge(login)
        .route("/cashier/pay", post(cashier::pay))
        .route("/cashier/charges", get(cashier::charges))
        .route("/sandbox/login-code", post(login::make_code))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}
