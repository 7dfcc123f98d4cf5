//! Which path means what: one table, of which both the router and the document of the API are made, so that neither has
//! a path that the other has not.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, delete, get, on, post};
use axum::{Extension, Router};
use hyper::{Method, StatusCode, Uri};

use super::document::{self, Answer, Asks, Parameter, Topic};
use super::reply::{Problem, Said};
use super::{Shared, dto, guest, login, operator, panel};
use crate::core::types::Act;

use Methods::{Delete, Get, GetOrPost, Post};

/// Before the paths about an exhibit where the path does not name it.
const UNNAMED_PREFIX: &str = "/api/v1";
/// Before the same paths where it does.
const NAMED_PREFIX: &str = "/api/v1/exhibits/{exhibit}";

/// A path, what happens there, and what the document says of it.
pub(super) struct Route {
    place: Place,
    path: &'static str,
    pub(super) methods: Methods,
    /// What is done about an exhibit, which not everybody may.
    pub(super) act: Option<Act>,
    handler: MethodRouter<Arc<Shared>>,
    pub(super) topic: Topic,
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) answer: Answer,
    pub(super) asks: Asks,
}

/// Where a path stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// By itself.
    Root,
    /// Below [`UNNAMED_PREFIX`] and below [`NAMED_PREFIX`].
    Exhibit,
    /// Below [`NAMED_PREFIX`] alone.
    NamedExhibit,
}

/// How a path is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Methods {
    Get,
    Post,
    Delete,
    /// GET and POST alike, since AutoIt can only GET.
    GetOrPost,
}

impl Methods {
    /// Their names. With GET alone there is HEAD, too.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Get => &["GET"],
            Self::Post => &["POST"],
            Self::Delete => &["DELETE"],
            Self::GetOrPost => &["GET", "POST"],
        }
    }

    fn handler<H, T>(self, handler: H) -> MethodRouter<Arc<Shared>>
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        match self {
            Self::Get => get(handler),
            Self::Post => post(handler),
            Self::Delete => delete(handler),
            // HEAD, which asks for nothing to happen, is refused.
            Self::GetOrPost => on(MethodFilter::GET.or(MethodFilter::POST), handler).head(not_allowed),
        }
    }
}

impl Route {
    /// One that stands by itself.
    fn root<H, T>(
        methods: Methods,
        path: &'static str,
        handler: H,
        summary: &'static str,
        answer: Answer,
    ) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        let handler = methods.handler(handler);
        Self {
            place: Place::Root,
            path,
            methods,
            act: None,
            handler,
            topic: Topic::Site,
            summary,
            parameters: &[],
            answer,
            asks: Asks::Nothing,
        }
    }

    /// One about an exhibit.
    fn of<H, T>(
        act: Act,
        methods: Methods,
        path: &'static str,
        handler: H,
        summary: &'static str,
        answer: Answer,
    ) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        Self { place: Place::Exhibit, act: Some(act), ..Self::root(methods, path, handler, summary, answer) }
    }

    /// One that changes an exhibit, which the daemon does.
    fn change<H, T>(act: Act, path: &'static str, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        let answer = Answer::done::<operator::VmDetails>("Changed");
        Self::of(act, GetOrPost, path, handler, summary, answer).asks(Asks::Daemon)
    }

    fn asks(self, asks: Asks) -> Self {
        Self { asks, ..self }
    }

    fn with(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// Its whole paths.
    pub(super) fn paths(&self) -> Vec<String> {
        let (unnamed, named) = (UNNAMED_PREFIX.to_owned() + self.path, NAMED_PREFIX.to_owned() + self.path);
        match self.place {
            Place::Root => vec![self.path.to_owned()],
            Place::Exhibit => vec![unnamed, named],
            Place::NamedExhibit => vec![named],
        }
    }
}

/// The whole API.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        for path in route.paths() {
            let handler = route.handler.clone();
            router = router.route(
                &path,
                match route.act {
                    Some(act) => handler.layer(Extension(act)),
                    None => handler,
                },
            );
        }
    }
    let router = router.merge(panel::routes());
    router.method_not_allowed_fallback(not_allowed).fallback(unknown).with_state(shared)
}

/// All paths, topic by topic.
pub(super) fn routes() -> Vec<Route> {
    let topics = [
        (Topic::Site, site()),
        (Topic::Guests, guests()),
        (Topic::Staff, staff()),
        (Topic::Snapshots, snapshots()),
        (Topic::LogIn, log_in()),
        (Topic::Documents, documents()),
    ];
    let of =
        |(topic, routes): (Topic, Vec<Route>)| routes.into_iter().map(move |route| Route { topic, ..route });
    topics.into_iter().flat_map(of).collect()
}

fn site() -> Vec<Route> {
    let index = Answer::json::<operator::Index>();
    let all = Answer::json::<dto::Site>();
    let exhibits = Answer::json::<operator::Exhibits>();
    let exhibit = Answer::json::<dto::Exhibit>();
    let status = Answer::json::<dto::VmStatus>();
    #[rustfmt::skip]
    let routes = vec![
        Route::root(Get, "/", operator::index,
            "Which program this is, and where to look next", index),
        Route::root(Get, "/api/v1/site", operator::site,
            "Everything: exhibits, screens, libvirt, units of systemd", all)
            .asks(Asks::Site),
        Route::root(Get, "/api/v1/exhibits", operator::exhibits,
            "The exhibits, without the rest of the site", exhibits)
            .asks(Asks::Site),
        Route { place: Place::NamedExhibit, ..Route::of(Act::ReadStatus, Get, "", operator::exhibit,
            "One exhibit", exhibit) },
        Route::of(Act::ReadStatus, Get, "/status", operator::status,
            "One exhibit in the words of the Exhibition VM Controller", status),
    ];
    routes
}

fn guests() -> Vec<Route> {
    const BEAT: &[Parameter] = &[
        Parameter::text("status", "ok", "The guest's own word for how it is, which staff see"),
        Parameter::text("message", "room 2", "Whatever else it has to say"),
    ];
    const REVERT: &[Parameter] = &[
        Parameter::text("reason", "artwork frozen", "Why; the journal has it").required(),
        Parameter::text("severity", "high", "How bad it is; the journal has it, too"),
    ];
    const IDLE: &[Parameter] =
        &[Parameter::seconds("idle_duration", "300", "For how many seconds nobody has used it").required()];
    const WORD: &[Parameter] = &[Parameter::text(
        "value",
        "dimmed",
        "One word of at most 64 characters; without it, the hook answers again",
    )];
    const VALUE: &[Parameter] = &[Parameter::text("value", "open", "An argument for the hook's program")];
    let beaten = Answer::json::<guest::Beaten>();
    let heartbeat = Answer::json::<dto::Heartbeat>();
    let taken = Answer::json::<guest::Taken>();
    let button = Answer::json::<guest::Button>();
    let told = Answer::json::<Said>();
    #[rustfmt::skip]
    let routes = vec![
        Route::of(Act::Heartbeat, GetOrPost, "/heartbeat", guest::heartbeat,
            "The guest's sign of life, which counts whatever is wrong with its parameters", beaten)
            .with(BEAT),
        Route::of(Act::ReadStatus, Get, "/heartbeat/status", guest::heartbeat_status,
            "The last heartbeat, and whether it is recent enough", heartbeat),
        Route::of(Act::RequestRevert, GetOrPost, "/revert/request", guest::revert_request,
            "The guest asks to be put back to its snapshot", taken)
            .asks(Asks::Daemon).with(REVERT),
        Route::of(Act::ReportIdle, GetOrPost, "/idle/reset", guest::idle,
            "The guest reports that nobody uses the artwork; what follows is the configuration's affair", taken)
            .asks(Asks::Daemon).with(IDLE),
        // Handing a press out changes something.
        Route::of(Act::ReadButton, GetOrPost, "/button-status", guest::button_status,
            "Whether the button was pressed; each press is handed out once", button),
        Route::of(Act::PressButton, GetOrPost, "/button/press", guest::button_press,
            "Presses the button", told),
        // A hook runs.
        Route::of(Act::Poll, GetOrPost, "/poll/{state}", guest::poll,
            "How something on this computer is, as one word: as it was set, or as the hook poll/STATE says",
            Answer::text("text/plain; charset=utf-8", "dimmed"))
            .asks(Asks::Hook),
        Route::of(Act::SetState, GetOrPost, "/poll/{state}/set", guest::set_state,
            "Sets such a state from outside", told)
            .asks(Asks::States).with(WORD),
        Route::of(Act::Signal, GetOrPost, "/signal/{event}", guest::signal,
            "The guest tells of something in the artwork; the hook signal/EVENT runs, and the answer comes once it has \
             ended", told)
            .asks(Asks::Hook).with(VALUE),
    ];
    routes
}

fn staff() -> Vec<Route> {
    const HOLD: &[Parameter] = &[
        Parameter::moment("until", "4102444800", "When it ends by itself, in Unix seconds"),
        Parameter::text("reason", "the lamp is exchanged", "Why, for whoever finds it held"),
    ];
    let held = Answer::done::<operator::AutoRevert>("Automatic");
    let hold = |path| {
        let summary = "Holds the exhibit: it is watched and shown, but not touched";
        let route = Route::of(Act::Hold, GetOrPost, path, operator::hold, summary, held);
        route.asks(Asks::Daemon).with(HOLD)
    };
    let resume = |path| {
        let route = Route::of(Act::Resume, GetOrPost, path, operator::resume, "Ends a hold", held);
        route.asks(Asks::Daemon)
    };
    #[rustfmt::skip]
    let routes = vec![
        Route::change(Act::Start, "/vm/start", operator::start,
            "Starts the VM from its snapshot, plainly where there is none; ends a stop"),
        Route::change(Act::Stop, "/vm/stop", operator::stop,
            "Switches the VM off until it is started"),
        Route::change(Act::Revert, "/vm/restart", operator::revert,
            "Puts the VM back to its snapshot; answers when it is back"),
        hold("/hold"),
        resume("/resume"),
        resume("/revert/enable"),
        hold("/revert/disable"),
    ];
    routes
}

fn snapshots() -> Vec<Route> {
    const NAME: &[Parameter] = &[Parameter::snapshot(
        "snapshot_name",
        "before-update",
        "Its name; without one, the configured snapshot is meant",
    )];
    const PRESENT: &[Parameter] = &[Parameter::switch(
        "present",
        "true",
        "Whether the artwork is kept as it is now, and not as it was when the external snapshot was made",
    )];
    let names = Answer::json::<dto::Snapshots>();
    let gone = Answer::done::<operator::VmDetails>("Changed");
    #[rustfmt::skip]
    let routes = vec![
        Route::of(Act::ListSnapshots, Get, "/snapshots", operator::snapshots,
            "The names of the VM's snapshots, as libvirt has them now", names)
            .asks(Asks::Daemon),
        Route::change(Act::CreateSnapshot, "/snapshot/create", operator::snapshot_create,
            "Makes a snapshot of the artwork as it is now, or replaces one").with(NAME),
        Route::change(Act::ConvertSnapshot, "/snapshot/convert", operator::snapshot_convert,
            "Makes an internal snapshot of an external one").with(PRESENT),
        Route::change(Act::Revert, "/snapshot/revert", operator::revert,
            "Puts the VM back to its snapshot; answers when it is back"),
        Route::change(Act::DeleteSnapshot, "/snapshot/delete/{snapshot}", operator::snapshot_delete,
            "Deletes a snapshot"),
        Route::of(Act::DeleteSnapshot, Delete, "/snapshot/{snapshot}", operator::snapshot_delete,
            "Deletes a snapshot", gone)
            .asks(Asks::Daemon),
    ];
    routes
}

fn log_in() -> Vec<Route> {
    const SECRETS: &[Parameter] = &[
        Parameter::secret("name", "anna", "The name of the account").required(),
        Parameter::secret("password", "correct horse battery", "Its password").required(),
    ];
    let me = Answer::json::<login::Me>();
    #[rustfmt::skip]
    let routes = vec![
        Route::root(Post, "/api/v1/login", login::log_in,
            "Gives a cookie for a name and a password, which are taken from the body alone", me)
            .asks(Asks::Password).with(SECRETS),
        Route::root(Post, "/api/v1/logout", login::log_out,
            "Ends the session, and takes the cookie away", me)
            .asks(Asks::Page),
        Route::root(Get, "/api/v1/me", login::me,
            "Who asks, and as what", me)
            .asks(Asks::Token),
    ];
    routes
}

fn documents() -> Vec<Route> {
    let document = Answer::json::<document::Document>();
    #[rustfmt::skip]
    let routes = vec![
        Route::root(Get, "/openapi.json", document::openapi,
            "This description of the API, in the form of OpenAPI 3.1", document),
        Route::root(Get, "/docs", document::page,
            "The same as a page for people", Answer::text("text/html; charset=utf-8", "<!DOCTYPE html>")),
        Route::root(Get, "/docs/style.css", document::style,
            "How that page looks", Answer::text("text/css; charset=utf-8", "body { }")),
    ];
    routes
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
        for route in routes() {
            let written = |path: &String| {
                let path = path.replace("{exhibit}", "eden-garden").replace("{snapshot}", "SNAPSHOT");
                path.replace("{state}", "STATE").replace("{event}", "EVENT")
            };
            let paths: Vec<_> = route.paths().iter().map(written).collect();
            let stands =
                |path: &String| text.contains(path) || text.contains(&path.replace("/eden-garden", "/NAME"));
            assert!(paths.iter().any(stands), "{paths:?}");
        }
    }
}
