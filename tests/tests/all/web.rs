//! The driver's app in a browser, as the gateway serves it: pages, files, what may be kept, what is refused.

use std::path::Path;

use gateway::config::Config;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderMap, HeaderName, IF_MODIFIED_SINCE, LAST_MODIFIED, VARY,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{run, text};
use crate::harness::served::path;

const PAGE: &str = "<!doctype html><title>the app</title>";
const SCRIPT: &str = "console.log('plain')";
/// Not really compressed: the test is about which file is given.
const BY_BROTLI: &str = "brotli";
const BY_GZIP: &str = "gzip";

/// A folder as `make web` leaves it, in a folder with something that is nobody's business.
fn built_app() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("h5");
    std::fs::create_dir_all(app.join("assets")).unwrap();
    for (name, content) in [
        ("h5/index.html", PAGE),
        ("h5/robots.txt", "User-agent: *"),
        ("h5/assets/index-BzP3kQ9x.js", SCRIPT),
        ("h5/assets/index-BzP3kQ9x.js.br", BY_BROTLI),
        ("h5/assets/index-BzP3kQ9x.js.gz", BY_GZIP),
        ("h5/assets/only-BzP3kQ9x.js", SCRIPT),
        ("secret.txt", "secret"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

async fn town_with(app: &Path) -> TestApp {
    let folder = app.join("h5");
    let change = |config: &mut Config| config.web.folder = Some(folder);
    TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, change).await
}

/// An answer: status, headers, and what it says.
struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Where the town listens, as its provider is told.
fn address(town: &TestApp) -> &str {
    let notify_url = town.app.config.wechat.notify_url.as_str();
    notify_url.trim_start_matches("http://").split('/').next().unwrap()
}

async fn get(town: &TestApp, path: &str, headers: &[(HeaderName, &str)]) -> Got {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(format!("http://{}{path}", address(town)));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Got { status, headers, body: answer.text().await.unwrap() }
}

/// The request line goes out as it is written; a client library would tidy it up first.
async fn get_raw(town: &TestApp, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address(town)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: town\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    text(&answer)
}

#[tokio::test]
async fn every_page_of_the_app_is_its_first_page_and_no_route_of_the_api_is() {
    let built = built_app();
    let town = town_with(built.path()).await;
    for page in ["/", "/index.html", "/b/TS01", "/pages/pay/bay?code=TS01", "/pages/find/index/"] {
        let got = get(&town, page, &[]).await;
        assert_eq!((got.status, got.body.as_str()), (200, PAGE), "{page}");
        assert_eq!(got.header(CONTENT_TYPE), "text/html", "{page}");
        assert_eq!(got.header(CACHE_CONTROL), "no-cache", "{page}");
    }
    // A browser that asks for a wrong route, or for a file of an older build, must not get a page.
    for nothing in
        ["/api/v1/nowhere", "/api", "/tiles/1/2/nowhere", "/assets/index-00000000.js", "/x.png"]
    {
        let answer = town.api.get(nothing, None).await;
        answer.expect_problem(404, "route_unknown");
    }
    town.api.get("/healthz", None).await.expect(200);
    let posted = town.api.post("/b/TS01", None, None, &serde_json::json!({})).await;
    posted.expect_problem(404, "route_unknown");
    town.finish().await;
}

#[tokio::test]
async fn files_with_a_hash_are_kept_for_ever_and_others_are_asked_about() {
    let built = built_app();
    let town = town_with(built.path()).await;
    let script = get(&town, "/assets/index-BzP3kQ9x.js", &[]).await;
    assert_eq!((script.status, script.body.as_str()), (200, SCRIPT));
    assert_eq!(script.header(CONTENT_TYPE), "text/javascript");
    assert_eq!(script.header(CACHE_CONTROL), "public, max-age=31536000, immutable");
    let page = get(&town, "/", &[]).await;
    let since = page.header(LAST_MODIFIED);
    let again = get(&town, "/", &[(IF_MODIFIED_SINCE, since)]).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""), "since {since:?}");
    assert_eq!(get(&town, "/robots.txt", &[]).await.header(CACHE_CONTROL), "no-cache");
    town.finish().await;
}

#[tokio::test]
async fn what_was_compressed_beforehand_is_given_to_those_who_take_it() {
    let built = built_app();
    let town = town_with(built.path()).await;
    for (file, accepted, encoding, body) in [
        ("index-BzP3kQ9x.js", "gzip, deflate, br", "br", BY_BROTLI),
        ("index-BzP3kQ9x.js", "gzip", "gzip", BY_GZIP),
        ("index-BzP3kQ9x.js", "identity", "", SCRIPT),
        ("only-BzP3kQ9x.js", "gzip, br", "", SCRIPT),
    ] {
        let got = get(&town, &format!("/assets/{file}"), &[(ACCEPT_ENCODING, accepted)]).await;
        assert_eq!((got.status, got.header(CONTENT_ENCODING)), (200, encoding), "{accepted}");
        assert_eq!((got.body.as_str(), got.header(VARY)), (body, "accept-encoding"), "{accepted}");
        assert_eq!(got.header(CONTENT_TYPE), "text/javascript", "{accepted}");
    }
    town.finish().await;
}

#[tokio::test]
async fn pages_may_run_our_own_scripts_only_and_nobody_may_frame_them() {
    let built = built_app();
    let folder = built.path().join("h5");
    let change = |config: &mut Config| {
        config.web.folder = Some(folder);
        config.web.origins = vec!["https://tiles.example".to_owned()];
    };
    let town = TestApp::start_with(Kind::Sqlite, BrokerKind::Embedded, change).await;
    // A worker runs under the policy of its own answer, so scripts carry it, too.
    for asked in ["/", "/b/TS01", "/assets/index-BzP3kQ9x.js"] {
        let got = get(&town, asked, &[]).await;
        let policy: Vec<&str> = got.header(CONTENT_SECURITY_POLICY).split("; ").collect();
        for directive in [
            "default-src 'self'",
            "script-src 'self'",
            "worker-src 'self'",
            "img-src 'self' data: blob: https://tiles.example",
            "connect-src 'self' https://tiles.example",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(&directive), "{asked}: {directive} in {policy:?}");
        }
        assert_eq!(got.headers["x-content-type-options"], "nosniff", "{asked}");
        // WeChat Pay looks at the host that a payer comes from.
        assert_eq!(got.headers["referrer-policy"], "strict-origin-when-cross-origin", "{asked}");
    }
    town.finish().await;
}

#[tokio::test]
async fn nothing_outside_the_folder_is_given() {
    let built = built_app();
    let town = town_with(built.path()).await;
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/%00/../secret.txt",
        "/%00.txt",
    ] {
        let answer = get_raw(&town, path).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(!answer.contains("\r\n\r\nsecret"), "{path}: {answer}");
    }
    town.finish().await;
}

#[tokio::test]
async fn where_no_app_is_built_a_browser_is_told_what_to_do_and_a_program_that_nothing_is_here() {
    let town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    for asked in ["/", "/b/TS01"] {
        let got = get(&town, asked, &[(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")]).await;
        assert_eq!(got.status, 404, "{asked}");
        assert!(got.header(CONTENT_TYPE).starts_with("text/html"), "{asked}");
        assert!(got.body.contains("make web") && got.body.contains("--web"), "{}", got.body);
        assert!(!got.header(CONTENT_SECURITY_POLICY).is_empty(), "{asked}");
    }
    town.api.get("/", None).await.expect_problem(404, "route_unknown");
    let browser = [(ACCEPT, "text/html")];
    assert_eq!(get(&town, "/api/v1/nowhere", &browser).await.status, 404);
    let problem = get(&town, "/api/v1/nowhere", &browser).await;
    assert_eq!(problem.header(CONTENT_TYPE), "application/problem+json");
    town.finish().await;
}

#[test]
fn a_folder_that_holds_no_app_is_refused_at_the_start() {
    let empty = tempfile::tempdir().unwrap();
    let config = empty.path().join("gateway.toml");
    std::fs::write(&config, "database = \"sqlite:nowhere.db\"\n").unwrap();
    let arguments = ["serve", "--config", path(&config), "--web", path(empty.path())];
    let refused = run("gateway", &arguments);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("web.folder") && said.contains("make web"), "{said}");
}
