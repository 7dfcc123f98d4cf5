//! How answers look on the wire.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use super::dto::Sentence;
use crate::core::types::{Refusal, RefusalKind, Told};

/// An error as the caller sees it: `{"detail": text}`, and where the core tells it, its code and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    told: Option<Told>,
    /// The methods that would do, where it is the method.
    allow: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), told: None, allow: None }
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
        let status = match refusal.kind() {
            RefusalKind::Unfit => StatusCode::BAD_REQUEST,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self { told: Some(refusal.told()), ..Self::new(status, refusal.to_string()) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Detail {
            detail: String,
            #[serde(flatten)]
            sentence: Option<Sentence>,
        }
        let sentence = self.told.as_ref().map(Sentence::new);
        let mut response = json_with(self.status, &Detail { detail: self.detail, sentence });
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// `{"message": text, "code": code, "values": object, "details": object or null}`.
#[derive(Serialize)]
pub(super) struct Success<T> {
    message: String,
    #[serde(flatten)]
    sentence: Sentence,
    details: Option<T>,
}

impl<T> Success<T> {
    pub(super) fn new(told: &Told, details: Option<T>) -> Self {
        Self { message: told.to_string(), sentence: Sentence::new(told), details }
    }
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
