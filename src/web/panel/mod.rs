//! The panel: what staff see of the exhibits, and do about them, in a browser on a phone or a desk.
//!
//! Pages are made here, in the browser's language, and are whole as they come. A script keeps them up to date: it takes
//! the parts that have changed out of a stream ([`live`]), fetches pictures anew, and sends what a button asks for. All
//! addresses within a page are relative, so that a proxy may have the panel under a path of its own.

mod assets;
mod checks;
mod doing;
mod exhibits;
mod journal;
mod live;
mod page;
mod pictures;
mod site;
mod visit;

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Extension, Router};

use super::Shared;
use crate::core::types::Act;

pub(super) use checks::Checks;
pub(super) use pictures::Pictures;

/// All that is below `/ui`.
pub(super) fn routes() -> Router<Arc<Shared>> {
    let mut routes = Router::new()
        .route("/ui", get(exhibits::all))
        .route("/ui/exhibits/{exhibit}", get(exhibits::one))
        .route("/ui/exhibits/{exhibit}/picture", get(pictures::screens))
        .route("/ui/exhibits/{exhibit}/vm-picture", get(pictures::vm))
        .route("/ui/site", get(site::show))
        .route("/ui/journal", get(journal::list))
        .route("/ui/journal/{entry}", get(journal::entry))
        .route("/ui/journal/{entry}/picture", get(journal::picture))
        .route("/ui/checks", get(checks::show))
        .route("/ui/checks/begin", post(checks::begin).layer(Extension(Act::RunChecks)))
        .route("/ui/identify", post(site::identify).layer(Extension(Act::IdentifyScreens)))
        .route("/ui/live", get(live::stream))
        .route("/ui/panel.css", get(assets::style))
        .route("/ui/panel.js", get(assets::script));
    for (name, act, methods) in doing::ALL {
        let path = format!("/ui/exhibits/{{exhibit}}/do/{name}");
        routes = routes.route(&path, methods().layer(Extension(act)));
    }
    routes
}

/// What the panel may be asked to do about an exhibit, as its address ends.
type Doing = (&'static str, Act, fn() -> axum::routing::MethodRouter<Arc<Shared>>);
