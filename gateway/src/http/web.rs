//! The driver's app in a browser: files of one folder, for every path that is not the API's.
//!
//! Reached only when no route fits. A path that names a file gives the file; one that could be a page of the
//! app (`/b/TS01`) gives `index.html`, and the app finds its page; everything else is unknown.
//! **Invariants:** no file outside the folder; nothing under the API's own paths is ever a page, so that a client
//! that asks for a wrong route gets a problem document; every answer carries the policy of `headers`.

mod headers;
mod not_built;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::error::{Problem, Refused};
use crate::app::App;
use crate::config::Web;
use headers::Kind;

/// First parts of paths that belong to the API, whether there is such a route or not.
const NO_PAGES: [&str; 6] = ["api", "assets", "healthz", "metrics", "static", "tiles"];
const INDEX: &str = "/index.html";

/// What is there when no route of the API fits.
pub(super) async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let web = &app.config.web;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return nothing_here();
    }
    let path = request.uri().path().to_owned();
    match &web.folder {
        None if may_be_page(&path) && wants_page(request.headers()) => not_built::page(),
        None => nothing_here(),
        Some(_) if first_part(&path) == "api" => nothing_here(),
        Some(folder) => match found(web, folder, request, &path).await {
            Ok(Some(response)) => response,
            Ok(None) => nothing_here(),
            // A name that no file can have.
            Err(error) if error.kind() == ErrorKind::InvalidInput => nothing_here(),
            Err(error) => Refused::from(anyhow::Error::from(error)).into_response(),
        },
    }
}

/// The file that the path names, or the app's first page; none if it is neither.
async fn found(
    web: &Web,
    folder: &Path,
    request: Request,
    path: &str,
) -> std::io::Result<Option<Response>> {
    let (asked, _) = request.into_parts();
    if path != "/" {
        let file = file(folder, request_for(&asked.headers, &asked.method, asked.uri)).await?;
        if file.status() != StatusCode::NOT_FOUND {
            return Ok(Some(headers::complete(file, Kind::of(path), web)));
        }
        if !may_be_page(path) {
            return Ok(None);
        }
    }
    let index = request_for(&asked.headers, &asked.method, Uri::from_static(INDEX));
    let page = file(folder, index).await?;
    // Gone since the start: the folder is being built anew.
    if page.status() == StatusCode::NOT_FOUND {
        return Ok(Some(not_built::page()));
    }
    Ok(Some(headers::complete(page, Kind::Page, web)))
}

fn request_for(headers: &HeaderMap, method: &Method, uri: Uri) -> Request {
    let mut request = Request::new(Body::empty());
    *request.headers_mut() = headers.clone();
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri;
    request
}

/// A file as it lies there, or as it was compressed beside it if the client takes that.
async fn file(folder: &Path, request: Request) -> std::io::Result<Response> {
    let files = ServeDir::new(folder).append_index_html_on_directories(false);
    let mut files = files.precompressed_br().precompressed_gzip();
    Ok(files.try_call(request).await?.map(Body::new))
}

/// A page's last part has no dot: what has one is a file, and a missing file is no page.
fn may_be_page(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !NO_PAGES.contains(&first_part(path)) && !last.contains('.')
}

fn first_part(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// Browsers ask for a page by name; programs ask for JSON or for anything.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn nothing_here() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "route_unknown", "there is nothing here").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_page_is_told_from_files_and_from_the_api() {
        for (path, page) in [
            ("/", true),
            ("/b/TS01", true),
            ("/pages/pay/bay", true),
            ("/pages/find/index/", true),
            ("/favicon.ico", false),
            ("/assets/index-0a1b2c3d", false),
            ("/static", false),
            ("/api/v1/nothing", false),
            ("/api", false),
            ("//api/v1/nothing", false),
            ("/tiles/14/1/2", false),
            ("/metrics", false),
            ("/apis", true),
        ] {
            assert_eq!(may_be_page(path), page, "{path}");
        }
    }
}
