//! What a browser gets where no app is built: a page that says what to do.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::{Html, IntoResponse, Response};

use super::headers::guard;
use crate::config::Web;

const PAGE: &str = include_str!("not_built.html");

/// The page, as an answer that nothing is here.
pub(super) fn page() -> Response {
    let mut response = (StatusCode::NOT_FOUND, Html(PAGE)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    guard(headers, &Web::default());
    response
}
