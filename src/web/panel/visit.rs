//! Who looks at a page, in which language, and how its addresses are written from there.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue, LOCATION};
use hyper::http::request::Parts;

use super::page;
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::{Act, Role};
use crate::web::Shared;
use crate::web::call::nobody;
use crate::web::caller::Caller;
use crate::web::listen::SlashAtEnd;
use crate::web::reply::Problem;
use crate::words::{self, Language};

/// The language that a browser wishes for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tongue(pub(super) Language);

impl Tongue {
    fn of(headers: &HeaderMap) -> Self {
        let wish = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self(wish.map_or_else(Language::default, Language::of_wish))
    }
}

impl FromRequestParts<Arc<Shared>> for Tongue {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// Somebody who may see the site, and looks at a page of it.
pub(super) struct Visit {
    pub(super) shared: Arc<Shared>,
    /// As it was when the page was asked for.
    pub(super) status: Arc<Status>,
    pub(super) language: Language,
    /// Who it is, where there was a log-in.
    pub(super) name: Option<String>,
    /// Whether this visitor may change anything.
    pub(super) operates: bool,
    /// What leads from the page's address to the panel's first page.
    pub(super) root: String,
    caller: Caller,
    head: Parts,
}

impl Visit {
    /// Whether the visitor may still see the site: a session ends, and an account may be taken away.
    pub(super) fn may_stay(&self) -> bool {
        let gate = &self.shared.gate;
        gate.may((&self.head).into(), &self.caller, &self.status, None, Act::ReadSite).is_ok()
    }

    /// The exhibit of this name.
    pub(super) fn exhibit(&self, name: &str) -> Option<&ExhibitStatus> {
        self.status.exhibits.iter().find(|exhibit| exhibit.name == name)
    }

    /// Says something in the visitor's language.
    pub(super) fn speaking<T>(&self, say: impl FnOnce() -> T) -> T {
        words::speaking(self.language, say)
    }
}

impl FromRequest<Arc<Shared>> for Visit {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Response> {
        let (head, _) = request.into_parts();
        let uri = &head.uri;
        let slash = head.extensions.get::<SlashAtEnd>().is_some();
        if uri.path() == "/ui" && !slash {
            return Err(to_the_first_page());
        }
        let root = root_of(uri.path(), slash);
        let Tongue(language) = Tongue::of(&head.headers);
        let caller = head.extensions.get::<Caller>().cloned().ok_or_else(|| nobody().into_response())?;
        let status = Arc::clone(&shared.status.borrow());
        match shared.gate.may((&head).into(), &caller, &status, None, Act::ReadSite) {
            Ok(member) => {
                let role = member.as_ref().map(|member| member.role).or_else(|| {
                    let access = shared.gate.access_of(&caller, &head.headers);
                    access.role()
                });
                Ok(Self {
                    shared: Arc::clone(shared),
                    status,
                    language,
                    name: member.map(|member| member.name),
                    operates: role == Some(Role::Operate),
                    root,
                    caller,
                    head,
                })
            }
            Err(problem) => Err(refused(problem, language, &root)),
        }
    }
}

/// Something that is to be done about the whole site, from somebody who may have it done.
pub(super) struct Order {
    pub(super) shared: Arc<Shared>,
    pub(super) language: Language,
}

impl Order {
    /// Says something in the visitor's language.
    pub(super) fn speaking<T>(&self, say: impl FnOnce() -> T) -> T {
        words::speaking(self.language, say)
    }
}

impl FromRequest<Arc<Shared>> for Order {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let (Some(caller), Some(act)) =
            (request.extensions().get::<Caller>(), request.extensions().get::<Act>().copied())
        else {
            return Err(nobody());
        };
        let status = Arc::clone(&shared.status.borrow());
        shared.gate.may((&request).into(), caller, &status, None, act)?;
        let Tongue(language) = Tongue::of(request.headers());
        Ok(Self { shared: Arc::clone(shared), language })
    }
}

/// Who is not known gets the page where to log in.
fn refused(problem: Problem, language: Language, root: &str) -> Response {
    if problem.status() == StatusCode::UNAUTHORIZED {
        return words::speaking(language, || page::log_in(root));
    }
    problem.into_response()
}

/// From `/ui` to `/ui/`, below which all relative addresses lie.
fn to_the_first_page() -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("ui/"));
    response
}

/// What leads from a path below `/ui` to `/ui/`.
fn root_of(path: &str, slash: bool) -> String {
    let below = path.trim_start_matches("/ui").trim_matches('/');
    let deep = below.split('/').filter(|part| !part.is_empty()).count();
    let up = if slash { deep } else { deep.saturating_sub(1) };
    if up == 0 { "./".to_owned() } else { "../".repeat(up) }
}

#[cfg(test)]
mod tests {
    use super::root_of;

    #[test]
    fn every_page_finds_the_first_one() {
        let rows = [
            ("/ui", true, "./"),
            ("/ui/site", false, "./"),
            ("/ui/site", true, "../"),
            ("/ui/exhibits/eden", false, "../"),
            ("/ui/exhibits/eden", true, "../../"),
            ("/ui/journal/7", false, "../"),
        ];
        for (path, slash, root) in rows {
            assert_eq!(root_of(path, slash), root, "{path} {slash}");
        }
    }
}
