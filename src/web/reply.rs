//! How answers look on the wire.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use crate::core::types::Refusal;

/// An error as the caller sees it: `{"detail": text}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// The methods that would do, where it is the method.
    allow: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), allow: None }
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// Names the methods that would do.
    pub(super) fn allowing(mut self, methods: &'static str) -> Self {
        self.allow = Some(methods);
        self
    }

    /// Puts a sentence in front.
    pub(super) fn after(mut self, sentence: &str) -> Self {
        self.detail.insert_str(0, sentence);
        self
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unfit(text) => Self::bad(text),
            Refusal::NotFound(text) => Self::not_found(text),
            Refusal::Conflict(text) => Self::conflict(text),
            Refusal::Failed(text) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, text),
            Refusal::Unavailable(text) => Self::unavailable(text),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Detail {
            detail: String,
        }
        let mut response = json_with(self.status, &Detail { detail: self.detail });
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// `{"message": text, "details": object or null}`.
#[derive(Serialize)]
pub(super) struct Success<T> {
    pub(super) message: String,
    pub(super) details: Option<T>,
}

/// A 200 with this body.
pub(super) fn json(body: &impl Serialize) -> Response {
    json_with(StatusCode::OK, body)
}

fn json_with(status: StatusCode, body: &impl Serialize) -> Response {
    bare_json(status, body).map(Body::new)
}

/// The same without a box around the body, which a heartbeat can do without.
pub(super) fn bare_json(status: StatusCode, body: &impl Serialize) -> hyper::Response<Full<Bytes>> {
    let mut text = Vec::with_capacity(512);
    let status = match serde_json::to_writer(&mut text, body) {
        Ok(()) => status,
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            text.clear();
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    let mut response = hyper::Response::new(Full::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // WinHTTP and WinInet would answer a GET from their cache.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
