//! What an answer of the app's says about itself: how long it may be kept, and what its pages may load.
//!
//! The policy lets pages run our own scripts and workers only, talk to us only, and be framed by nobody.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use crate::config::Web;

/// A year: the name changes with the content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about each time.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");
/// Least letters of a hash in a file's name, as the app's builder writes them.
const HASH_LETTERS: usize = 8;
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file whose name has a hash of its content.
    Hashed,
    /// Whatever may change under its name.
    Page,
}

impl Kind {
    /// Of the file that a path names: `/assets/name-0a1b2c3d.js` is hashed.
    pub(super) fn of(path: &str) -> Kind {
        let Some(name) = path.strip_prefix("/assets/") else { return Kind::Page };
        let name = name.rsplit('/').next().unwrap_or_default();
        let Some((stem, _extension)) = name.rsplit_once('.') else { return Kind::Page };
        let hashed = stem.char_indices().any(|(at, c)| {
            let hash = &stem[at + c.len_utf8()..];
            matches!(c, '-' | '.') && hash.len() >= HASH_LETTERS && is_hash(hash)
        });
        if hashed { Kind::Hashed } else { Kind::Page }
    }
}

/// Letters of base 64 as they stand in names, and one at least that is no small letter: `-components` is a word.
fn is_hash(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && text.bytes().any(|b| !b.is_ascii_lowercase() && b != b'-')
}

/// Adds to an answer what a browser has to know of it.
pub(super) fn complete(mut response: Response, kind: Kind, web: &Web) -> Response {
    let whole = matches!(
        response.status(),
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
    );
    let headers = response.headers_mut();
    let keep = if whole && kind == Kind::Hashed { FOR_EVER } else { ASK_FIRST };
    headers.insert(CACHE_CONTROL, keep);
    // The same address has a compressed and a plain answer.
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    guard(headers, web);
    response
}

/// The headers that keep others out of our pages.
pub(super) fn guard(headers: &mut axum::http::HeaderMap, web: &Web) {
    let policy = HeaderValue::try_from(policy(&web.origins));
    let policy = policy.expect("`Web::check` let nothing but hosts in");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // WeChat Pay's page in a browser wants to know from which host the payer comes, and no more.
    let referrer = HeaderValue::from_static("strict-origin-when-cross-origin");
    headers.insert(REFERRER_POLICY, referrer);
    let permissions = HeaderValue::from_static("geolocation=(self), camera=(self), microphone=()");
    headers.insert(PERMISSIONS_POLICY, permissions);
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
}

/// Styles may stand in the page: the app's framework writes a style element of its own at start.
fn policy(origins: &[String]) -> String {
    let others: String = origins.iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:{others}; connect-src 'self'{others}; worker-src 'self'; \
         object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for (path, kind) in [
            ("/assets/index-BzP3kQ9x.js", Kind::Hashed),
            ("/assets/index-0a1b2c3d.css", Kind::Hashed),
            ("/assets/pages-find-index.DiwrgTda.js", Kind::Hashed),
            ("/assets/maplibre-gl-worker-C_x-9aZ1.mjs", Kind::Hashed),
            ("/assets/uni-components.js", Kind::Page),
            ("/assets/logo.png", Kind::Page),
            ("/static/BzP3kQ9x-BzP3kQ9x.png", Kind::Page),
            ("/index.html", Kind::Page),
            ("/assets/index-0a1b2c3d", Kind::Page),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
    }

    #[test]
    fn another_origin_may_give_pictures_and_tiles_and_nothing_else() {
        let policy = policy(&["https://tiles.example".to_owned()]);
        let directives: Vec<&str> = policy.split("; ").collect();
        let naming: Vec<&&str> =
            directives.iter().filter(|d| d.contains("tiles.example")).collect();
        assert_eq!(
            naming,
            [
                &"img-src 'self' data: blob: https://tiles.example",
                &"connect-src 'self' https://tiles.example"
            ]
        );
        assert!(directives.contains(&"script-src 'self'"), "{policy}");
    }
}
