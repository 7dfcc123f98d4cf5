//! The style sheet and the script.

use axum::body::Body;
use axum::response::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};

const STYLE: &str = include_str!("assets/panel.css");
const SCRIPT: &str = include_str!("assets/panel.js");

pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers: [(HeaderName, &'static str); 3] = [
        (CONTENT_TYPE, kind),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A page names them with Vitrine's version.
        (CACHE_CONTROL, "private, max-age=86400"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};

    /// The most that a browser is to load besides a page, in bytes: a phone may have a bad connection.
    const MAX_BYTES: usize = 100_000;

    #[test]
    fn they_are_small_and_name_no_other_host() {
        assert!(SCRIPT.len() + STYLE.len() < MAX_BYTES);
        for asset in [SCRIPT, STYLE] {
            assert!(!asset.contains("//") || !asset.contains("http"), "{asset}");
        }
    }
}
