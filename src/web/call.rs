//! One call of the API, taken apart: which exhibit, who calls, with what parameters.

use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use hyper::StatusCode;
use hyper::body::{Body as _, Bytes};
use tokio::sync::oneshot;

use super::Shared;
use super::access::is_handed_on;
use super::budget::Asker;
use super::caller::{Caller, Peer, Plane, exhibits_for, same_mac};
use super::connections::Activity;
use super::hooks;
use super::kit;
use super::params::{Params, snapshot_name};
use super::reply::Problem;
use super::staff::Member;
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::{Act, Action, Answer};

/// The largest body, in bytes: far more than any text that a guest or a script has to send.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a beat waits for what comes with it before it counts without: the guest lives, however slow its network is.
const BEAT_PATIENCE: Duration = Duration::from_millis(250);

/// A call that reads something about one exhibit.
pub(super) struct Call {
    pub(super) shared: Arc<Shared>,
    /// As it was when the call came.
    pub(super) status: Arc<Status>,
    /// Of the exhibit that is meant, in `status`; several where it is not clear which.
    indices: Vec<usize>,
    caller: Caller,
    /// Somebody hands it on for somebody else.
    handed_on: bool,
    /// Who of the staff it is.
    member: Option<Member>,
    /// The snapshot, state or event that the path names, unchecked.
    named: Option<String>,
    /// What is wrong with them concerns only calls that look at them.
    params: Result<Params, Problem>,
    /// The body did not come in time, was too large or broke off.
    broken: bool,
    /// It has been counted as a beat already.
    beaten: bool,
    /// What the guest kit that calls says of itself, if it is one.
    kit: Option<Box<str>>,
}

/// A call that reads how the whole site is.
pub(super) struct SiteCall {
    pub(super) shared: Arc<Shared>,
    /// As it was when the call came.
    pub(super) status: Arc<Status>,
}

impl FromRequest<Arc<Shared>> for SiteCall {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let caller = request.extensions().get::<Caller>().ok_or_else(nobody)?;
        let status = Arc::clone(&shared.status.borrow());
        shared.gate.may((&request).into(), caller, &status, None, Act::ReadSite)?;
        Ok(Self { shared: Arc::clone(shared), status })
    }
}

/// A request that did not come by way of a listener.
pub(super) fn nobody() -> Problem {
    Problem::failed("It is not known who calls, or what for; please report this.")
}

/// A beat. It counts though its body does not arrive.
pub(super) struct BeatCall(Call);

impl Deref for BeatCall {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.0
    }
}

impl BeatCall {
    /// Whether it has been counted already, since its body was slow.
    pub(super) fn has_counted(&self) -> bool {
        self.0.beaten
    }
}

impl FromRequest<Arc<Shared>> for BeatCall {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let call = Call::parse(request, shared, true).await?;
        call.refuse_another_guests()?;
        Ok(Self(call))
    }
}

/// A call that changes something about one exhibit, from somebody who may. Nothing else can.
pub(super) struct Change(Call);

impl Deref for Change {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.0
    }
}

impl FromRequest<Arc<Shared>> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        Self::parse(request, shared, false).await?.whole()
    }
}

impl FromRequest<Arc<Shared>> for Change {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let call = Call::parse(request, shared, false).await?.whole()?;
        call.refuse_another_guests()?;
        Ok(Self(call))
    }
}

impl Change {
    /// Asks the daemon, and waits for its answer.
    pub(super) async fn ask(&self, action: Action) -> Result<Answer, Problem> {
        self.0.ask(action).await
    }
}

impl Call {
    /// Takes a call apart, if this caller may make it; one that `beats` counts as a beat while its body is waited for.
    async fn parse(request: Request, shared: &Arc<Shared>, beats: bool) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let (Some(caller), Some(activity), Some(act)) = (
            parts.extensions.remove::<Caller>(),
            parts.extensions.remove::<Activity>(),
            parts.extensions.get::<Act>().copied(),
        ) else {
            return Err(nobody());
        };
        let mut name = None;
        let mut named = None;
        let in_path = RawPathParams::from_request_parts(&mut parts, shared)
            .await
            .map_err(|_| Problem::bad("The path is not valid UTF-8 once its % signs are decoded."))?;
        for (key, value) in &in_path {
            match key {
                "exhibit" => name = Some(value.to_owned()),
                _ => named = Some(value.to_owned()),
            }
        }
        let status = Arc::clone(&shared.status.borrow());
        let indices = exhibits_for(&status, name.as_deref(), &caller)?;
        let mut member = None;
        for index in &indices {
            member =
                shared.gate.may((&parts).into(), &caller, &status, Some(&status.exhibits[*index]), act)?;
        }
        let (arrived, mut beaten) = (Instant::now(), false);
        let mut reading = pin!(read_body(body));
        let body = tokio::select! {
            biased;
            body = &mut reading => body,
            () = tokio::time::sleep(BEAT_PATIENCE), if beats => {
                for index in &indices {
                    shared.beats.take(status.exhibits[*index].id, arrived, None, caller.way());
                }
                beaten = true;
                reading.await
            }
        };
        activity.request_arrived(Instant::now());
        let broken = body.is_err();
        let params = body.and_then(|body| Params::read(&parts, &body));
        Ok(Self {
            shared: Arc::clone(shared),
            status,
            indices,
            caller,
            handed_on: is_handed_on(&parts.headers),
            kit: kit::said(&parts.headers).map(Into::into),
            member,
            named,
            params,
            broken,
            beaten,
        })
    }

    /// A call that broke off half-way is not acted upon.
    fn whole(self) -> Result<Self, Problem> {
        match self.params {
            Err(problem) if self.broken => Err(problem),
            params => Ok(Self { params, ..self }),
        }
    }

    /// Refuses a guest that names another exhibit among the parameters: it means that one.
    fn refuse_another_guests(&self) -> Result<(), Problem> {
        let own = self.exhibit();
        let named = self.params.as_ref().ok().and_then(|params| params.text("exhibit").ok().flatten());
        match named {
            Some(other) if other != own.name && self.caller.is_guest_of(own) => {
                Err(Problem::forbidden(format!(
                    "{} is the guest of {}, and a guest changes nothing about another exhibit.",
                    self.caller.peer, own.name
                )))
            }
            _ => Ok(()),
        }
    }

    /// The exhibit that is meant.
    pub(super) fn exhibit(&self) -> &ExhibitStatus {
        // `exhibits_for` found it in this very copy.
        &self.status.exhibits[self.indices[0]]
    }

    /// What the guest kit that calls says of itself, if it is one.
    pub(super) fn kit(&self) -> Option<&str> {
        self.kit.as_deref()
    }

    /// Who calls.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// All that may be meant: several where VMs have the same MAC address.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &ExhibitStatus> {
        self.indices.iter().map(|index| &self.status.exhibits[*index])
    }

    /// The parameters, or what is wrong with them.
    pub(super) fn params(&self) -> Result<&Params, Problem> {
        self.params.as_ref().map_err(Clone::clone)
    }

    /// The snapshot that the path names.
    pub(super) fn snapshot_in_path(&self) -> Result<String, Problem> {
        snapshot_name(self.named.as_deref().unwrap_or_default())
    }

    /// The state or event that the path names.
    pub(super) fn hook_in_path(&self) -> Result<hooks::Name, Problem> {
        hooks::Name::new(self.named.as_deref().unwrap_or_default())
    }

    /// The snapshots, as libvirt has them now; `None` where the daemon answers something else.
    pub(super) async fn snapshots(&self) -> Result<Option<Vec<String>>, Problem> {
        Ok(match self.ask(Action::ListSnapshots).await? {
            Answer::Snapshots(names) => Some(names),
            Answer::Done
            | Answer::DoneUnwritten
            | Answer::Joined
            | Answer::Followed
            | Answer::Accepted
            | Answer::StartedAnew
            | Answer::Ignored(_) => None,
        })
    }

    /// Whose budget a request comes out of; `None` for commands and this computer's own programs.
    fn asker(&self) -> Option<Asker> {
        let Peer::Network(address) = self.caller.peer else { return None };
        let own = self.status.exhibits.iter().find(|exhibit| self.caller.is_guest_of(exhibit));
        match (own, &self.caller.plane) {
            (Some(own), _) => Some(Asker::Guest(own.id)),
            (None, Plane::Local) if !self.handed_on => None,
            (None, _) => Some(Asker::Address(address)),
        }
    }

    async fn ask(&self, action: Action) -> Result<Answer, Problem> {
        if self.indices.len() > 1 {
            return Err(same_mac(&self.status, &self.indices));
        }
        if let Some(asker) = self.asker() {
            self.shared.budgets.spend(asker, &action, Instant::now())?;
        }
        let (reply, answer) = oneshot::channel();
        let by = match &self.member {
            Some(member) => format!("{} ({})", member.name, self.caller.peer),
            None => self.caller.peer.to_string(),
        };
        let request = super::Request { exhibit: self.exhibit().id, by, action, reply };
        let ending = || Problem::unavailable("Vitrine is ending; ask again once it has been started anew.");
        self.shared.requests.send(request).map_err(|_| ending())?;
        answer.await.map_err(|_| ending())?.map_err(Problem::from)
    }
}

/// The whole body.
pub(super) async fn read_body(body: Body) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let late = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive within 10 seconds.");
    let unfit =
        |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body has more than 64 KiB, or broke off.");
    tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await.map_err(late)?.map_err(unfit)
}
