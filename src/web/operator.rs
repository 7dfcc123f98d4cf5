//! What staff, their scripts and the commands call.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use serde::Serialize;

use super::call::{Call, Change};
use super::done::Done;
use super::dto::{Reload, Site, Snapshots, VmStatus, age, seconds_of};
use super::reply::{Problem, Success, json};
use super::{Shared, now};
use crate::core::types::{Action, Answer, Told};

#[derive(Serialize)]
struct Index {
    name: &'static str,
    version: &'static str,
    status: &'static str,
}

/// `GET /`: which program this is, and where to look next.
pub(super) async fn index() -> Response {
    json(&Index { name: "Vitrine", version: env!("CARGO_PKG_VERSION"), status: "/api/v1/status" })
}

/// The whole site in Vitrine's own words.
pub(super) async fn site(State(shared): State<Arc<Shared>>) -> Response {
    let status = Arc::clone(&shared.status.borrow());
    let mut site = Site::new(&status, now());
    let reload = *super::lock(&shared.reload);
    site.reload =
        reload.map(|(problem, at)| Reload { problem: problem.code().to_owned(), since: seconds_of(at) });
    json(&site)
}

#[derive(Serialize)]
struct Exhibits {
    exhibits: Vec<super::dto::Exhibit>,
}

/// The exhibits, without the rest of the site.
pub(super) async fn exhibits(State(shared): State<Arc<Shared>>) -> Response {
    let status = Arc::clone(&shared.status.borrow());
    json(&Exhibits { exhibits: Site::new(&status, now()).exhibits })
}

/// One exhibit in Vitrine's own words.
pub(super) async fn exhibit(call: Call) -> Response {
    let now = now();
    json(&super::dto::Exhibit::new(call.exhibit(), &call.status, now, age(&call.status, now)))
}

/// One exhibit in the old controller's words.
pub(super) async fn status(call: Call) -> Response {
    let now = now();
    json(&VmStatus::new(call.exhibit(), now, age(&call.status, now)))
}

#[derive(Serialize)]
struct VmDetails<'a> {
    exhibit: &'a str,
    vm_name: &'a str,
    snapshot_name: &'a str,
}

/// What a person is told of an answer.
fn told(answer: Answer, done: Done) -> Told {
    let done = Box::new(done);
    match answer {
        Answer::Done | Answer::Snapshots(_) => done.told(),
        Answer::DoneUnwritten => Done::Unwritten { done }.told(),
        Answer::Joined => Done::Joined { done }.told(),
        Answer::Followed => Done::Followed { done }.told(),
        // A guest alone is answered so; where it is said of staff's request, it goes on all the same.
        Answer::Accepted | Answer::StartedAnew => Done::GoingOn { done }.told(),
        Answer::Ignored(why) => why.told(),
    }
}

/// Asks the daemon, and answers with `done` or with why nothing happens.
async fn act(call: &Change, action: Action, done: fn(String) -> Done) -> Result<Response, Problem> {
    let exhibit = call.exhibit();
    let snapshot = match &action {
        Action::CreateSnapshot(Some(name)) | Action::DeleteSnapshot(name) => name.clone(),
        Action::CreateSnapshot(None)
        | Action::ConvertSnapshot { .. }
        | Action::ListSnapshots
        | Action::Start
        | Action::Stop
        | Action::Revert
        | Action::Hold { .. }
        | Action::Resume
        | Action::GuestRevert { .. }
        | Action::Idle { .. } => exhibit.snapshot.clone(),
    };
    let told = told(call.ask(action).await?, done(exhibit.name.clone()));
    let details = VmDetails { exhibit: &exhibit.name, vm_name: &exhibit.vm, snapshot_name: &snapshot };
    Ok(json(&Success::new(&told, Some(details))))
}

pub(super) async fn start(call: Change) -> Result<Response, Problem> {
    act(&call, Action::Start, |exhibit| Done::Started { exhibit }).await
}

pub(super) async fn stop(call: Change) -> Result<Response, Problem> {
    act(&call, Action::Stop, |exhibit| Done::Stopped { exhibit }).await
}

/// `vm/restart` and `snapshot/revert`.
pub(super) async fn revert(call: Change) -> Result<Response, Problem> {
    act(&call, Action::Revert, |exhibit| Done::Back { exhibit }).await
}

#[derive(Serialize)]
struct AutoRevert {
    auto_revert_enabled: bool,
}

/// `hold` and `revert/disable`.
pub(super) async fn hold(call: Change) -> Result<Response, Problem> {
    let until = call.params()?.moment("until")?;
    automatic(&call, Action::Hold { until }, false).await
}

/// `resume` and `revert/enable`.
pub(super) async fn resume(call: Change) -> Result<Response, Problem> {
    automatic(&call, Action::Resume, true).await
}

/// Ends or begins that Vitrine recovers an exhibit by itself.
async fn automatic(call: &Change, action: Action, enabled: bool) -> Result<Response, Problem> {
    let exhibit = call.exhibit().name.clone();
    let done = if enabled { Done::Resumed { exhibit } } else { Done::Held { exhibit } };
    let told = told(call.ask(action).await?, done);
    Ok(json(&Success::new(&told, Some(AutoRevert { auto_revert_enabled: enabled }))))
}

/// The names of the VM's snapshots, as libvirt has them now.
pub(super) async fn snapshots(call: Call) -> Result<Response, Problem> {
    let Some(snapshots) = call.snapshots().await? else {
        let text = "The daemon answered something else than the snapshots; please report this with its log.";
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, text));
    };
    Ok(json(&Snapshots { vm_name: call.exhibit().vm.clone(), snapshots }))
}

pub(super) async fn snapshot_create(call: Change) -> Result<Response, Problem> {
    let name = call.params()?.new_snapshot()?;
    act(&call, Action::CreateSnapshot(name), |exhibit| Done::HasSnapshot { exhibit }).await
}

pub(super) async fn snapshot_convert(call: Change) -> Result<Response, Problem> {
    let present = call.params()?.switch("present")?;
    act(&call, Action::ConvertSnapshot { present }, |exhibit| Done::HasFlatSnapshot { exhibit }).await
}

pub(super) async fn snapshot_delete(call: Change) -> Result<Response, Problem> {
    let name = call.snapshot_in_path()?;
    act(&call, Action::DeleteSnapshot(name), |exhibit| Done::SnapshotGone { exhibit }).await
}
