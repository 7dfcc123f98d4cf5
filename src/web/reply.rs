//! How answers look on the wire.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::dto::Sentence;
use crate::core::types::{Refusal, RefusalKind, Told};
use crate::words::{Language, sentence};

/// An error as the caller sees it: `{"detail": text}`, and where the core tells it, its code and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    told: Option<Told>,
    /// What would do, for programs.
    way_out: Option<WayOut>,
}

/// Why it was not done.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Detail {
    /// Why, in English.
    detail: String,
    /// Which sentence that is, where the daemon itself has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<String>,
    /// What the sentence names: texts, numbers, `{"seconds": 1.5}`, or a sentence within it of this very form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    values: Option<Map<String, Value>>,
}

/// What a program can do about a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WayOut {
    /// Another method, one of these (RFC 9110, 10.2.1).
    Methods(&'static str),
    /// To say who it is (RFC 9110, 11.6.1).
    LogIn,
    /// To come again after so many seconds (RFC 9110, 10.2.3).
    Later(u64),
}

impl WayOut {
    fn header(self) -> (HeaderName, HeaderValue) {
        match self {
            Self::Methods(methods) => (ALLOW, HeaderValue::from_static(methods)),
            Self::LogIn => (WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Vitrine\"")),
            Self::Later(seconds) => (RETRY_AFTER, HeaderValue::from(seconds)),
        }
    }
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), told: None, way_out: None }
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

    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// Says by a header what would do.
    pub(super) fn with(mut self, way_out: WayOut) -> Self {
        self.way_out = Some(way_out);
        self
    }

    /// What is wrong, as HTTP has it.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Says it in this language, where it is known what is said.
    pub(super) fn in_language(mut self, language: Language) -> Self {
        if let Some(told) = &self.told {
            self.detail = sentence(told, language);
        }
        self
    }

    /// What the caller is told.
    pub(super) fn detail(&self) -> &str {
        &self.detail
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
        let (code, values) = match self.told.as_ref().map(Sentence::new) {
            Some(Sentence { code, values }) => (Some(code), Some(values)),
            None => (None, None),
        };
        let mut response = json_with(self.status, &Detail { detail: self.detail, code, values });
        if let Some(way_out) = self.way_out {
            let (name, value) = way_out.header();
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Success<T> {
    /// What, in English.
    message: String,
    /// Which sentence that is.
    code: String,
    /// What the sentence names: texts, numbers, `{"seconds": 1.5}`, or a sentence within it of this very form.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// What it was done to.
    details: T,
}

impl<T> Success<T> {
    pub(super) fn new(told: &Told, details: T) -> Self {
        let Sentence { code, values } = Sentence::new(told);
        Self { message: told.to_string(), code, values, details }
    }
}

/// What was done, where there is no more to say of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Told)]
pub(super) struct Said {
    /// What, in English.
    message: String,
    /// Which sentence that is.
    code: String,
    /// What the sentence names: texts, numbers, `{"seconds": 1.5}`, or a sentence within it of this very form.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// Always null.
    details: Option<String>,
}

impl Said {
    pub(super) fn new(told: &Told) -> Self {
        Self::in_language(told, Language::English)
    }

    /// The same in words of this language.
    pub(super) fn in_language(told: &Told, language: Language) -> Self {
        let Sentence { code, values } = Sentence::new(told);
        Self { message: sentence(told, language), code, values, details: None }
    }
}

/// A 200 with this text, for guests that compare it.
pub(super) fn text(text: String) -> Response {
    with_text(text, "text/plain; charset=utf-8")
}

/// A 200 with a text of this media type.
pub(super) fn with_text(text: impl Into<Body>, media_type: &'static str) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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
