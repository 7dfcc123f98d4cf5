//! What staff, their scripts and the commands call.

use axum::response::Response;
use hyper::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::call::{Call, Change, SiteCall};
use super::done::Done;
use super::dto::{HeartbeatWay, Reload, Site, Snapshots, VmStatus, age, seconds_of};
use super::kit;
use super::reply::{Problem, Success, json};
use super::{Shared, now};
use crate::core::status::Status;
use crate::core::types::{Action, Answer, ExhibitId, Told};

/// Which program this is, and where everything is.
#[derive(Serialize, ToSchema)]
pub(super) struct Index {
    /// `Vitrine`.
    name: &'static str,
    /// The version of the daemon.
    version: &'static str,
    /// The path of how the exhibit is.
    status: &'static str,
    /// The path of the page that describes the API.
    docs: &'static str,
    /// The path of the same as an OpenAPI document.
    openapi: &'static str,
    /// The path of the page for staff.
    panel: &'static str,
}

/// `GET /`: which program this is, and where to look next.
pub(super) async fn index() -> Response {
    json(&Index {
        name: "Vitrine",
        version: env!("CARGO_PKG_VERSION"),
        status: "/api/v1/status",
        docs: "/docs",
        openapi: "/openapi.json",
        panel: "/ui/",
    })
}

/// The whole site in Vitrine's own words.
pub(super) async fn site(call: SiteCall) -> Response {
    json(&whole_site(&call.shared, &call.status))
}

/// All that is known of the site.
pub(super) fn whole_site(shared: &Shared, status: &Status) -> Site {
    let mut site = site_now(shared, status);
    let reload = *super::lock(&shared.reload);
    site.reload =
        reload.map(|(problem, at)| Reload { problem: problem.code().to_owned(), since: seconds_of(at) });
    site
}

/// The site as the daemon told it, and what of its heartbeats the API alone sees.
fn site_now(shared: &Shared, status: &Status) -> Site {
    let mut site = Site::new(status, now());
    for (exhibit, told) in site.exhibits.iter_mut().zip(&status.exhibits) {
        add_ways(shared, told.id, exhibit);
    }
    site
}

/// Which way its heartbeats come, and from which kit.
fn add_ways(shared: &Shared, id: ExhibitId, exhibit: &mut super::dto::Exhibit) {
    exhibit.heartbeat_way = shared.beats.way(id).map(|way| HeartbeatWay { from: way.from, to: way.to });
    exhibit.guest_kit = shared.beats.kit(id).as_deref().and_then(kit::parse);
}

/// The exhibits.
#[derive(Serialize, ToSchema)]
pub(super) struct Exhibits {
    /// In the configuration's order.
    exhibits: Vec<super::dto::Exhibit>,
}

/// The exhibits, without the rest of the site.
pub(super) async fn exhibits(call: SiteCall) -> Response {
    let SiteCall { shared, status } = call;
    json(&Exhibits { exhibits: site_now(&shared, &status).exhibits })
}

/// One exhibit in Vitrine's own words.
pub(super) async fn exhibit(call: Call) -> Response {
    let now = now();
    let mut exhibit = super::dto::Exhibit::new(call.exhibit(), &call.status, now, age(&call.status, now));
    add_ways(&call.shared, call.exhibit().id, &mut exhibit);
    json(&exhibit)
}

/// One exhibit in the old controller's words.
pub(super) async fn status(call: Call) -> Response {
    let now = now();
    json(&VmStatus::new(call.exhibit(), now, age(&call.status, now)))
}

/// What something was done to.
#[derive(Serialize, ToSchema)]
pub(super) struct VmDetails {
    /// The exhibit's name in the configuration.
    exhibit: String,
    /// The name of its libvirt domain.
    vm_name: String,
    /// The snapshot that it was about, or the configured one.
    snapshot_name: String,
}

/// What a person is told of an answer.
pub(super) fn told(answer: Answer, done: Done) -> Told {
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
    let details =
        VmDetails { exhibit: exhibit.name.clone(), vm_name: exhibit.vm.clone(), snapshot_name: snapshot };
    Ok(json(&Success::new(&told, details)))
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

/// Whether Vitrine recovers an exhibit by itself.
#[derive(Serialize, ToSchema)]
pub(super) struct AutoRevert {
    /// False while the exhibit is on hold.
    auto_revert_enabled: bool,
}

/// `hold` and `revert/disable`.
pub(super) async fn hold(call: Change) -> Result<Response, Problem> {
    let params = call.params()?;
    let (until, reason) = (params.moment("until")?, params.text("reason")?);
    automatic(&call, Action::Hold { until, reason }, false).await
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
    Ok(json(&Success::new(&told, AutoRevert { auto_revert_enabled: enabled })))
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
