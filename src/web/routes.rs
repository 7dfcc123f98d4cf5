//! Which path means what.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, delete, get, on};
use hyper::{Method, StatusCode, Uri};

use super::reply::Problem;
use super::{Shared, guest, operator};

/// The whole API. The same paths about one exhibit are there twice: unnamed, and with the exhibit's name.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new()
        .route("/", get(operator::index))
        .route("/api/v1/site", get(operator::site))
        .route("/api/v1/exhibits", get(operator::exhibits))
        .route("/api/v1/exhibits/{exhibit}", get(operator::exhibit));
    for prefix in ["/api/v1", "/api/v1/exhibits/{exhibit}"] {
        for (path, methods) in exhibit_routes() {
            router = router.route(&format!("{prefix}{path}"), methods);
        }
    }
    router.method_not_allowed_fallback(not_allowed).fallback(unknown).with_state(shared)
}

fn exhibit_routes() -> Vec<(&'static str, MethodRouter<Arc<Shared>>)> {
    vec![
        ("/status", get(operator::status)),
        ("/heartbeat", either(guest::heartbeat)),
        ("/heartbeat/status", get(guest::heartbeat_status)),
        ("/vm/start", either(operator::start)),
        ("/vm/stop", either(operator::stop)),
        ("/vm/restart", either(operator::revert)),
        ("/hold", either(operator::hold)),
        ("/resume", either(operator::resume)),
        ("/revert/enable", either(operator::resume)),
        ("/revert/disable", either(operator::hold)),
        ("/revert/request", either(guest::revert_request)),
        ("/idle/reset", either(guest::idle)),
        ("/snapshots", get(operator::snapshots)),
        ("/snapshot/create", either(operator::snapshot_create)),
        ("/snapshot/convert", either(operator::snapshot_convert)),
        ("/snapshot/revert", either(operator::revert)),
        ("/snapshot/delete/{snapshot}", either(operator::snapshot_delete)),
        ("/snapshot/{snapshot}", delete(operator::snapshot_delete)),
        // Handing a press out changes something.
        ("/button-status", either(guest::button_status)),
        ("/button/press", either(guest::button_press)),
    ]
}

/// GET and POST alike, since AutoIt can only GET. HEAD, which asks for nothing to happen, is refused.
fn either<H, T>(handler: H) -> MethodRouter<Arc<Shared>>
where
    H: Handler<T, Arc<Shared>>,
    T: 'static,
{
    on(MethodFilter::GET.or(MethodFilter::POST), handler).head(not_allowed)
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let text = format!("{method} means nothing at {}; the header Allow says what does.", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, text)
}

async fn unknown(uri: Uri) -> Problem {
    Problem::not_found(format!("There is nothing at {}; GET / says where everything is.", uri.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_name_every_path() {
        let text = include_str!("../../docs/api.md");
        for (path, _) in exhibit_routes() {
            let written = path.replace("{snapshot}", "SNAPSHOT");
            let named =
                ["/api/v1", "/api/v1/exhibits/eden-garden"].map(|prefix| format!("{prefix}{written}"));
            assert!(named.iter().any(|path| text.contains(path)), "{path}");
        }
    }
}
