//! What visitors see now, and what a VM draws, as small pictures.
//!
//! However many browsers look, a picture is taken once in [`FRESH`], and none while nobody looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use tokio::sync::oneshot;

use super::page;
use super::visit::Visit;
use crate::core::types::ExhibitId;
use crate::web::{Look, Shared, Sight, lock};

/// A picture is shown for so long: pages ask for one every two seconds.
const FRESH: Duration = Duration::from_millis(1800);
/// How long taking one may take before there is none.
const TIME: Duration = Duration::from_secs(5);

/// A picture, and when it was taken; whoever holds the lock takes the next one.
type Slot = Arc<tokio::sync::Mutex<Option<(Instant, Option<Bytes>)>>>;

/// The pictures that were asked for.
#[derive(Default)]
pub(in crate::web) struct Pictures(Mutex<HashMap<(ExhibitId, Sight), Slot>>);

impl Pictures {
    /// The picture of an exhibit; `None` where there is none to be had.
    async fn get(&self, shared: &Shared, exhibit: ExhibitId, sight: Sight) -> Option<Bytes> {
        let slot = Arc::clone(lock(&self.0).entry((exhibit, sight)).or_default());
        let mut slot = slot.lock().await;
        if let Some((at, picture)) = &*slot
            && at.elapsed() < FRESH
        {
            return picture.clone();
        }
        let (reply, answer) = oneshot::channel();
        shared.looks.send(Look { exhibit, sight, reply }).ok()?;
        let picture = tokio::time::timeout(TIME, answer).await.ok().and_then(Result::ok).map(Bytes::from);
        *slot = Some((Instant::now(), picture.clone()));
        picture
    }
}

/// `GET /ui/exhibits/NAME/picture`: its screens, side by side.
pub(super) async fn screens(Path(name): Path<String>, visit: Visit) -> Response {
    picture(&visit, &name, Sight::Screens).await
}

/// `GET /ui/exhibits/NAME/vm-picture`: what the VM draws, whatever is in front of it.
pub(super) async fn vm(Path(name): Path<String>, visit: Visit) -> Response {
    picture(&visit, &name, Sight::Vm).await
}

async fn picture(visit: &Visit, name: &str, sight: Sight) -> Response {
    let Some(exhibit) = visit.exhibit(name).map(|exhibit| exhibit.id) else { return page::missing(visit) };
    match visit.shared.pictures.get(&visit.shared, exhibit, sight).await {
        Some(jpeg) => {
            let mut response = Body::from(jpeg).into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
