//! Logging in and out.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::SET_COOKIE;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::access::from_our_own_page;
use super::call::{nobody, read_body};
use super::caller::{Caller, Peer};
use super::connections::Activity;
use super::params::Params;
use super::reply::{Problem, json};
use super::staff::{Member, set_cookie};
use crate::core::types::{Access, Role};

/// The longest name and password that are taken, in bytes: Argon2's time grows with them.
const MAX_BYTES: usize = 1024;

/// Who somebody is to Vitrine.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The name; null for who has none.
    name: Option<String>,
    /// `view` or `operate`; null where a log-in is needed for either.
    role: Option<&'static str>,
}

impl From<&Member> for Me {
    fn from(member: &Member) -> Self {
        Self { name: Some(member.name.clone()), role: Some(member.role.code()) }
    }
}

/// Takes a name and a password, and gives a cookie for them.
pub(super) async fn log_in(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(nobody)?;
    from_our_own_page((&request).into(), &shared.gate.names)?;
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    if let Some(activity) = parts.extensions.get::<Activity>() {
        activity.request_arrived(Instant::now());
    }
    // What is in an address is in logs and histories.
    if parts.uri.query().is_some() {
        return Err(Problem::bad("Send name and password in the body, not in the address."));
    }
    let params = Params::read(&parts, &body)?;
    let (name, password) = (params.secret("name")?, params.secret("password")?);
    if name.len() > MAX_BYTES || password.len() > MAX_BYTES {
        return Err(Problem::bad(format!("Name and password have at most {MAX_BYTES} bytes each.")));
    }
    let from = match caller.peer {
        Peer::Network(address) => address,
        Peer::Local { .. } => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let (secret, member) = shared.gate.staff.log_in(|| shared.gate.rules(), &name, password, from).await?;
    let mut response = json(&Me::from(&member));
    response.headers_mut().insert(SET_COOKIE, set_cookie(Some(&secret), caller.is_encrypted(&parts.headers)));
    Ok(response)
}

/// Ends the session, and takes the cookie away.
pub(super) async fn log_out(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Problem> {
    from_our_own_page((&request).into(), &shared.gate.names)?;
    let caller = request.extensions().get::<Caller>().ok_or_else(nobody)?;
    shared.gate.staff.log_out(request.headers());
    let mut response = json(&Me { name: None, role: None });
    let cookie = set_cookie(None, caller.is_encrypted(request.headers()));
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// Who asks, and what they may do.
pub(super) async fn me(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>().ok_or_else(nobody)?;
    Ok(json(&match shared.gate.staff.member(&shared.gate.rules(), request.headers(), Instant::now())? {
        Some(member) => Me::from(&member),
        None => {
            let role = match shared.gate.access_of(caller, request.headers()) {
                Access::As(role) => Some(Role::code(role)),
                Access::Login => None,
            };
            Me { name: None, role }
        }
    }))
}
