//! What all pages have in common.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use maud::{DOCTYPE, Markup, html};

use super::live;
use super::visit::Visit;
use crate::web::dto::Site;
use crate::words::{self, Language, tr};

/// Nothing from elsewhere, no script within a page, and no page of ours within another's
/// (<https://www.w3.org/TR/CSP3/>).
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// One of the panel's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// All exhibits, or one of them.
    Exhibits,
    /// Screens, units and the computer.
    Site,
    /// What happened.
    Journal,
    /// What the doctor finds.
    Checks,
}

impl Place {
    const ALL: [Self; 4] = [Self::Exhibits, Self::Site, Self::Journal, Self::Checks];

    fn address(self) -> &'static str {
        match self {
            Self::Exhibits => "",
            Self::Site => "site",
            Self::Journal => "journal",
            Self::Checks => "checks",
        }
    }

    fn title(self) -> String {
        match self {
            Self::Exhibits => tr!("Exhibits"),
            Self::Site => tr!("Screens and computer"),
            Self::Journal => tr!("Journal"),
            Self::Checks => tr!("Checks"),
        }
    }
}

/// Which parts of a page are kept up to date, as [`super::live`] knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptNew {
    /// `exhibits`, `exhibit`, `site`, `checks`, or `headline` for nothing else.
    pub(super) page: &'static str,
    /// The exhibit that it is about.
    pub(super) exhibit: Option<String>,
}

/// A whole page, in the visitor's language: to be called within [`Visit::speaking`].
pub(super) fn page(
    visit: &Visit,
    site: &Site,
    place: Place,
    title: &str,
    kept_new: &KeptNew,
    content: &Markup,
) -> Response {
    let root = &visit.root;
    let markup = shell(
        root,
        title,
        Some(kept_new),
        &html! {
            header {
                nav aria-label=(tr!("Pages")) {
                    ul {
                        @for other in Place::ALL {
                            li {
                                a href={ (root) (other.address()) } aria-current=[(other == place).then_some("page")] {
                                    (other.title())
                                }
                            }
                        }
                        @if let Some(name) = &visit.name {
                            li { form #log-out { button type="submit" { (tr!("Log out {name}", name = name)) } } }
                        }
                    }
                }
            }
            main #main tabindex="-1" {
                (live::headline(site))
                (content)
            }
        },
    );
    respond(StatusCode::OK, markup)
}

fn shell(root: &str, title: &str, live: Option<&KeptNew>, content: &Markup) -> Markup {
    let version = env!("CARGO_PKG_VERSION");
    let language = match words::language() {
        Language::English => "en",
        Language::German => "de",
    };
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Vitrine" }
                link rel="stylesheet" href={ (root) "panel.css?v=" (version) };
                link rel="icon" href="data:,";
                script src={ (root) "panel.js?v=" (version) } defer {}
            }
            body
                data-root=(root)
                data-page=[live.map(|live| live.page)]
                data-exhibit=[live.and_then(|live| live.exhibit.as_deref())]
                data-lost=(tr!("No connection to Vitrine since {{time}}. What is shown below is old."))
                data-unreached=(tr!("Vitrine could not be reached; nothing was done."))
                data-asked=(tr!("Asked; the answer comes as soon as it is done."))
            {
                a.skip href="#main" { (tr!("To the content")) }
                div #lost role="alert" hidden {}
                (content)
                div #said role="status" aria-live="polite" {}
                noscript { p { (tr!("Buttons and news need JavaScript, which is switched off in this browser.")) } }
            }
        }
    }
}

/// Where somebody logs in.
pub(super) fn log_in(root: &str) -> Response {
    let content = html! {
        main #main.log-in tabindex="-1" {
            h1 { "Vitrine" }
            p { (tr!("Who are you? Name and password are those that `vitrine passwd` was told.")) }
            form #log-in method="post" {
                label for="name" { (tr!("Name")) }
                input #name name="name" type="text" autocomplete="username" autocapitalize="none" required autofocus;
                label for="password" { (tr!("Password")) }
                input #password name="password" type="password" autocomplete="current-password" required;
                p.buttons { button.main type="submit" { (tr!("Log in")) } }
            }
        }
    };
    respond(StatusCode::UNAUTHORIZED, shell(root, &tr!("Log in"), None, &content))
}

/// There is nothing at an address of the panel.
pub(super) fn missing(visit: &Visit) -> Response {
    visit.speaking(|| {
        let content = html! { main #main { h1 { (tr!("There is nothing here")) }
        p { a href=(visit.root) { (tr!("To the exhibits")) } } } };
        respond(StatusCode::NOT_FOUND, shell(&visit.root, &tr!("There is nothing here"), None, &content))
    })
}

fn respond(status: StatusCode, markup: Markup) -> Response {
    let mut response = (status, Body::from(markup.into_string())).into_response();
    let headers: [(HeaderName, &'static str); 6] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
