//! How answers look on the wire.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use crate::core::types::Refusal;

/// An error as the caller sees it: `{"detail": text}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
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

    /// Puts a sentence in front.
    pub(super) fn after(mut self, sentence: &str) -> Self {
        self.detail.insert_str(0, sentence);
        self
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
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
        json_with(self.status, &Detail { detail: self.detail })
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
    let mut text = Vec::with_capacity(512);
    if let Err(error) = serde_json::to_writer(&mut text, body) {
        tracing::error!(%error, "an answer could not be written as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // WinHTTP and WinInet would answer a GET from their cache.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
