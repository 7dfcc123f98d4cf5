//! One call of the API, taken apart: which exhibit, who calls, with what parameters.

use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use hyper::StatusCode;
use hyper::body::{Body as _, Bytes};
use hyper::http::request::Parts;
use tokio::sync::oneshot;

use super::caller::{Caller, exhibits_for, same_mac};
use super::connections::Activity;
use super::params::{Params, snapshot_name};
use super::reply::Problem;
use super::{Shared, access};
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::{Action, Answer};

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
    /// The one that the path names, unchecked.
    snapshot: Option<String>,
    /// What is wrong with them concerns only calls that look at them.
    params: Result<Params, Problem>,
    /// The body did not come in time, was too large or broke off.
    broken: bool,
    /// It has been counted as a beat already.
    beaten: bool,
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
        let call = Call::parse(request, shared, may_change(shared), true).await?;
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
        Self::parse(request, shared, |_, _, _, _| Ok(()), false).await?.whole()
    }
}

impl FromRequest<Arc<Shared>> for Change {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let call = Call::parse(request, shared, may_change(shared), false).await?.whole()?;
        call.refuse_another_guests()?;
        Ok(Self(call))
    }
}

fn may_change(shared: &Shared) -> impl Fn(&Parts, &Caller, &Status, &ExhibitStatus) -> Result<(), Problem> {
    |parts, caller, status, exhibit| access::may_change(parts.into(), caller, &shared.names, status, exhibit)
}

impl Change {
    /// Asks the daemon, and waits for its answer.
    pub(super) async fn ask(&self, action: Action) -> Result<Answer, Problem> {
        self.0.ask(action).await
    }
}

impl Call {
    /// Takes a call apart, if this caller may make it; one that `beats` counts as a beat while its body is waited for.
    async fn parse(
        request: Request,
        shared: &Arc<Shared>,
        may: impl Fn(&Parts, &Caller, &Status, &ExhibitStatus) -> Result<(), Problem>,
        beats: bool,
    ) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let (Some(caller), Some(activity)) =
            (parts.extensions.remove::<Caller>(), parts.extensions.remove::<Activity>())
        else {
            let text = "It is not known who calls; please report this.";
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, text));
        };
        let mut name = None;
        let mut snapshot = None;
        let in_path = RawPathParams::from_request_parts(&mut parts, shared)
            .await
            .map_err(|_| Problem::bad("The path is not valid UTF-8 once its % signs are decoded."))?;
        for (key, value) in &in_path {
            match key {
                "exhibit" => name = Some(value.to_owned()),
                _ => snapshot = Some(value.to_owned()),
            }
        }
        let status = Arc::clone(&shared.status.borrow());
        let indices = exhibits_for(&status, name.as_deref(), &caller)?;
        for index in &indices {
            may(&parts, &caller, &status, &status.exhibits[*index])?;
        }
        let (arrived, mut beaten) = (Instant::now(), false);
        let mut reading = pin!(read_body(body));
        let body = tokio::select! {
            biased;
            body = &mut reading => body,
            () = tokio::time::sleep(BEAT_PATIENCE), if beats => {
                for index in &indices {
                    shared.beats.take(status.exhibits[*index].id, arrived, None);
                }
                beaten = true;
                reading.await
            }
        };
        activity.request_arrived(Instant::now());
        let broken = body.is_err();
        let params = body.and_then(|body| Params::read(&parts, &body));
        Ok(Self { shared: Arc::clone(shared), status, indices, caller, snapshot, params, broken, beaten })
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
        snapshot_name(self.snapshot.as_deref().unwrap_or_default())
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

    async fn ask(&self, action: Action) -> Result<Answer, Problem> {
        if self.indices.len() > 1 {
            return Err(same_mac(&self.status, &self.indices));
        }
        let (reply, answer) = oneshot::channel();
        let request =
            super::Request { exhibit: self.exhibit().id, by: self.caller.peer.to_string(), action, reply };
        let ending = || Problem::unavailable("Vitrine is ending; ask again once it has been started anew.");
        self.shared.requests.send(request).map_err(|_| ending())?;
        answer.await.map_err(|_| ending())?.map_err(Problem::from)
    }
}

/// The whole body.
async fn read_body(body: Body) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let late = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive within 10 seconds.");
    let unfit =
        |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body has more than 64 KiB, or broke off.");
    tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await.map_err(late)?.map_err(unfit)
}
